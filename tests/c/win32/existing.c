/* CreateFileMapping with a name that a section has already (section 2.5). */
#include "call.h"
#include "row.h"

/* What a handle gives that has been asked for with a protection on an existing section. */
static const char *asked_with(DWORD protection)
{
    HANDLE first = create(PAGE_EXECUTE_READWRITE, 0x1000, name("protection"));
    const char *result = granted(create(protection, 0x1000, name("protection")));
    CloseHandle(first);
    return result;
}

static void protections(void)
{
    row("2.5.readonly", "ok 183 r--", asked_with(PAGE_READONLY));
    row("2.5.writecopy", "ok 183 r--", asked_with(PAGE_WRITECOPY));
    row("2.5.readwrite", "ok 183 rw-", asked_with(PAGE_READWRITE));
    row("2.5.execute-read", "ok 183 r-x", asked_with(PAGE_EXECUTE_READ));
    row("2.5.execute-readwrite", "ok 183 rwx", asked_with(PAGE_EXECUTE_READWRITE));
}

/* The views that a handle with every right gives of a section that is read-only itself. */
static void stricter_section(void)
{
    HANDLE first = create(PAGE_READONLY, 0x1000, name("strict"));
    HANDLE second = create(PAGE_READWRITE, 0x1000, name("strict"));

    row("2.5.on-readonly.readwrite", "ok 183", outcome(second));
    row("2.5.on-readonly.readwrite.map-read", "0x02", mapped_as(map(second, FILE_MAP_READ)));
    WINE_DIFFERS("0x04", "keeps no protection with a section of memory");
    row("2.5.on-readonly.readwrite.map-write", "NULL 87", mapped_as(map(second, FILE_MAP_WRITE)));
    CloseHandle(second);
    CloseHandle(first);
}

static void sizes(void)
{
    HANDLE first = create(PAGE_READWRITE, 0x2000, name("size"));
    HANDLE bigger = create(PAGE_READWRITE, 0x9000, name("size"));
    HANDLE smaller = create(PAGE_READWRITE, 0x1000, name("size"));
    unsigned char *view;

    row("2.5.distinct-handle", "yes", yes(first != bigger && bigger != smaller));
    view = map(bigger, FILE_MAP_WRITE);
    row("2.5.bigger", "0x2000", text("%#lx", (unsigned long)region_size(view)));
    UnmapViewOfFile(view);
    view = map(smaller, FILE_MAP_WRITE);
    row("2.5.smaller", "0x2000", text("%#lx", (unsigned long)region_size(view)));
    UnmapViewOfFile(view);
    row("2.5.zero", "NULL 87", tried(create(PAGE_READWRITE, 0, name("size"))));
    CloseHandle(first);
    CloseHandle(bigger);
    CloseHandle(smaller);
}

static void security(void)
{
    SECURITY_DESCRIPTOR nobody;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &nobody, TRUE};
    ACL empty;
    HANDLE first = create_page(name("security")), second;
    DWORD flags = 0;

    InitializeAcl(&empty, sizeof empty, ACL_REVISION);
    InitializeSecurityDescriptor(&nobody, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&nobody, TRUE, &empty, FALSE);
    forget();
    second = CreateFileMappingA(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE, 0, 0x1000,
                                name("security"));
    row("2.5.security", "ok 183", outcome(second));
    GetHandleInformation(second, &flags);
    row("2.5.security.inherit", "1", text("%lu", (unsigned long)flags));
    row("2.5.security.ignored", "ok untouched",
        tried(open_section(FILE_MAP_READ, name("security"))));
    CloseHandle(second);
    CloseHandle(first);
}

void rows(void)
{
    protections();
    stricter_section();
    sizes();
    security();
}

NO_CHILDREN
