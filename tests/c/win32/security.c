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
    malformed();
    global_names();
}

int child(const char *role, const char *argument)
{
    HANDLE opened = open_section(FILE_MAP_READ, name(argument));
    DWORD error = GetLastError();

    return strcmp(role, "refused") == 0 && !opened && error == ERROR_ACCESS_DENIED ? 0 : 1;
}
