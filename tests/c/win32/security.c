/* Security descriptors, and who may open what has one (section 7). */
#include "call.h"
#include "process.h"
#include "row.h"

#include <string.h>

static HANDLE create_secured(SECURITY_ATTRIBUTES *attributes, const char *end)
{
    forget();
    return CreateFileMappingA(INVALID_HANDLE_VALUE, attributes, PAGE_READWRITE, 0, 0x1000,
                              end ? name(end) : NULL);
}

static void everyone(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    HANDLE section;

    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    section = create_secured(&attributes, "everyone");
    row("7.null-dacl", "ok 0", outcome(section));
    row("7.null-dacl.open", "ok untouched rw-",
        granted(open_section(FILE_MAP_READ | FILE_MAP_WRITE, name("everyone"))));
    CloseHandle(section);

    attributes.lpSecurityDescriptor = NULL;
    section = create_secured(&attributes, "default");
    row("7.no-descriptor", "ok 0", outcome(section));
    row("7.no-descriptor.open", "ok untouched rw-",
        granted(open_section(FILE_MAP_READ | FILE_MAP_WRITE, name("default"))));
    CloseHandle(section);
}

/* What the copy of a handle that had been made to do only `had` may not do any more: `more`. */
static void copies(const char *kind, HANDLE object, DWORD had, DWORD more)
{
    HANDLE less = duplicate(object, had, 0);

    row(text("7.empty-dacl.duplicate.%s.less", kind), "ok untouched", outcome(less));
    row(text("7.empty-dacl.duplicate.%s.same", kind), "ok untouched",
        tried(duplicate(less, had, 0)));
    row(text("7.empty-dacl.duplicate.%s.more", kind), "NULL 5", tried(duplicate(less, more, 0)));
    row(text("7.empty-dacl.duplicate.%s.all", kind), "NULL 5",
        tried(duplicate(less, GENERIC_ALL, 0)));
    CloseHandle(less);
    CloseHandle(object);
}

/* A copy may do what its source may do; for more the list is asked, as if it were opened. */
static void nobody_s_copies(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    ACL empty;

    InitializeAcl(&empty, sizeof empty, ACL_REVISION);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE);
    copies("section", create_secured(&attributes, "closed-section"), FILE_MAP_READ,
           FILE_MAP_READ | FILE_MAP_WRITE);
    copies("event", CreateEventA(&attributes, FALSE, FALSE, name("closed-event")), SYNCHRONIZE,
           SYNCHRONIZE | EVENT_MODIFY_STATE);
    copies("mutex", CreateMutexA(&attributes, FALSE, name("closed-mutex")), SYNCHRONIZE,
           SYNCHRONIZE | MUTANT_QUERY_STATE);
    copies("semaphore", CreateSemaphoreA(&attributes, 0, 1, name("closed-semaphore")), SYNCHRONIZE,
           SYNCHRONIZE | SEMAPHORE_MODIFY_STATE);
}

static void nobody(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    ACL empty;
    HANDLE section, opened;

    InitializeAcl(&empty, sizeof empty, ACL_REVISION);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, &empty, FALSE);
    section = create_secured(&attributes, "nobody");
    row("7.empty-dacl", "ok 0", outcome(section));
    row("7.empty-dacl.own-handle", "rw-", rights(section));
    row("7.empty-dacl.open-read", "NULL 5", tried(open_section(FILE_MAP_READ, name("nobody"))));
    row("7.empty-dacl.create", "NULL 5", tried(create_page(name("nobody"))));
    row("7.empty-dacl.other-process", "0", process_end(process_start("refused", "nobody")));
    opened = open_section(READ_CONTROL | WRITE_DAC, name("nobody"));
    LINUX_DIFFERS("NULL 5", "an owner is admitted as anybody is, by read and write");
    row("7.empty-dacl.owner", "ok untouched", tried(opened));

    /* A handle is a right that stays. */
    opened = duplicate(section, 0, DUPLICATE_SAME_ACCESS);
    row("7.empty-dacl.duplicate", "rw-", opened ? rights(opened) : outcome(opened));
    CloseHandle(opened);
    CloseHandle(section);
    row("7.empty-dacl.then-gone", "ok 0", tried(create_page(name("nobody"))));
}

static void malformed(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};

    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    descriptor.Revision = 9;
    row("7.malformed", "NULL 1305", tried(create_secured(&attributes, "malformed")));

    attributes.nLength = 0;
    attributes.lpSecurityDescriptor = NULL;
    row("7.length-0", "ok 0", tried(create_secured(&attributes, "length")));
}

static void global_names(void)
{
    const char *object = text("Global\\%s", name("existing"));
    HANDLE section = create_page(object);

    row("7.global.create", "ok 0", outcome(section));
    row("7.global.existing", "ok 183", tried(create_page(object)));
    row("7.global.open", "ok untouched", tried(open_section(FILE_MAP_ALL_ACCESS, object)));
    CloseHandle(section);
}

void rows(void)
{
    everyone();
    nobody();
    nobody_s_copies();
    malformed();
    global_names();
}

int child(const char *role, const char *argument)
{
    HANDLE opened = open_section(FILE_MAP_READ, name(argument));
    DWORD error = GetLastError();

    return strcmp(role, "refused") == 0 && !opened && error == ERROR_ACCESS_DENIED ? 0 : 1;
}
