/* CreateFileMapping of memory: protections, SEC_ flags, sizes (sections 2.1 to 2.3). */
#include "call.h"
#include "row.h"

#define TERABYTE (1ull << 40)

typedef struct {
    const char *id;
    DWORD protection;
    const char *windows;
} Case;

static void protections(void)
{
    static const Case cases[] = {
        {"2.1.readonly", PAGE_READONLY, "ok 0 r--"},
        {"2.1.writecopy", PAGE_WRITECOPY, "ok 0 r--"},
        {"2.1.readwrite", PAGE_READWRITE, "ok 0 rw-"},
        {"2.1.execute-read", PAGE_EXECUTE_READ, "ok 0 r-x"},
        {"2.1.execute-writecopy", PAGE_EXECUTE_WRITECOPY, "ok 0 r-x"},
        {"2.1.execute-readwrite", PAGE_EXECUTE_READWRITE, "ok 0 rwx"},
        {"2.1.none", 0, "NULL 87"},
        {"2.1.noaccess", PAGE_NOACCESS, "NULL 87"},
        {"2.1.execute", PAGE_EXECUTE, "NULL 87"},
        {"2.1.readwrite+guard", PAGE_READWRITE | PAGE_GUARD, "NULL 87"},
        {"2.1.readwrite+nocache", PAGE_READWRITE | PAGE_NOCACHE, "NULL 87"},
        {"2.1.readwrite+writecombine", PAGE_READWRITE | PAGE_WRITECOMBINE, "NULL 87"},
    };
    DWORD value;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        row(cases[i].id, cases[i].windows,
            granted(create(cases[i].protection, 0x1000, NULL)));

    /* Two of them at once: every number of two or more bits in one half of a byte. */
    for (value = 3; value < 0x10; value++)
        if (value & (value - 1))
            row(text("2.1.two.0x%02lx", (unsigned long)value), "NULL 87",
                tried(create(value, 0x1000, NULL)));
    for (value = 0x30; value < 0x100; value += 0x10)
        if (value & (value - 1))
            row(text("2.1.two.0x%02lx", (unsigned long)value), "NULL 87",
                tried(create(value, 0x1000, NULL)));
}

/* A handle of a new section, and in which state its pages are. */
static const char *state_of(HANDLE section)
{
    const char *result = outcome(section);
    MEMORY_BASIC_INFORMATION found;
    unsigned char *view;

    if (!section)
        return result;
    view = map(section, FILE_MAP_WRITE);
    if (!VirtualQuery(view, &found, sizeof found))
        result = text("%s unknown", result);
    else
        result = text("%s %s", result, found.State == MEM_RESERVE ? "reserve" : "commit");
    UnmapViewOfFile(view);
    CloseHandle(section);
    return result;
}

static void flags(void)
{
    static const Case cases[] = {
        {"2.2.none", 0, "ok 0 commit"},
        {"2.2.commit", SEC_COMMIT, "ok 0 commit"},
        {"2.2.commit+nocache", SEC_COMMIT | SEC_NOCACHE, "ok 0 commit"},
        {"2.2.commit+writecombine", SEC_COMMIT | SEC_WRITECOMBINE, "ok 0 commit"},
        {"2.2.reserve", SEC_RESERVE, "ok 0 reserve"},
        {"2.2.reserve+nocache", SEC_RESERVE | SEC_NOCACHE, "ok 0 reserve"},
        {"2.2.reserve+writecombine", SEC_RESERVE | SEC_WRITECOMBINE, "ok 0 reserve"},
        {"2.2.reserve+commit", SEC_RESERVE | SEC_COMMIT, "NULL 87"},
        {"2.2.nocache", SEC_NOCACHE, "NULL 87"},
        {"2.2.writecombine", SEC_WRITECOMBINE, "NULL 87"},
        {"2.2.large-pages", SEC_LARGE_PAGES, "NULL 87"},
        {"2.2.reserve+large-pages", SEC_RESERVE | SEC_LARGE_PAGES, "NULL 87"},
        {"2.2.file", SEC_FILE, "NULL 87"},
        {"2.2.file+reserve", SEC_FILE | SEC_RESERVE, "NULL 87"},
        {"2.2.file+commit", SEC_FILE | SEC_COMMIT, "NULL 87"},
        {"2.2.image", SEC_IMAGE, "NULL 193"},
        {"2.2.image-no-execute", SEC_IMAGE_NO_EXECUTE, "NULL 193"},
        {"2.2.image+reserve", SEC_IMAGE | SEC_RESERVE, "NULL 87"},
        {"2.2.image+commit", SEC_IMAGE | SEC_COMMIT, "NULL 87"},
        {"2.2.unknown.0x00100000", 0x100000, "NULL 87"},
        {"2.2.unknown.0x00200000", 0x200000, "NULL 87"},
        {"2.2.unknown.0x00400000", 0x400000, "NULL 87"},
        {"2.2.unknown.0x02000000", 0x2000000, "NULL 87"},
        {"2.2.unknown.0x20000000", 0x20000000, "NULL 87"},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        row(cases[i].id, cases[i].windows,
            state_of(create(PAGE_READWRITE | cases[i].protection, 0x1000, NULL)));

    WINE_DIFFERS("ok 0", "takes large pages for ordinary ones and asks for no privilege");
    row("2.2.commit+large-pages", "NULL 1314",
        tried(create(PAGE_READWRITE | SEC_COMMIT | SEC_LARGE_PAGES, 0x200000, NULL)));
}

/* The region that a view of all has, and whether its last byte is that of another view. */
static const char *extent(HANDLE section)
{
    unsigned char *one = map(section, FILE_MAP_WRITE), *other = map(section, FILE_MAP_WRITE);
    SIZE_T size = region_size(one);
    const char *result;

    one[size - 1] = 42;
    result = text("%#lx shared=%s", (unsigned long)size, yes(other[size - 1] == 42));
    UnmapViewOfFile(one);
    UnmapViewOfFile(other);
    CloseHandle(section);
    return result;
}

static void sizes(void)
{
    row("2.3.zero", "NULL 87", tried(create(PAGE_READWRITE, 0, NULL)));
    row("2.3.null-file", "ok 0", tried(create_of(NULL, PAGE_READWRITE, 0x1000, NULL)));
    row("2.3.null-file.zero", "NULL 87", tried(create_of(NULL, PAGE_READWRITE, 0, NULL)));
    row("2.3.rounded", "0x4000 shared=yes", extent(create(PAGE_READWRITE, 0x3452, NULL)));
    row("2.3.rounded.one-byte", "0x1000 shared=yes", extent(create(PAGE_READWRITE, 1, NULL)));

    WINE_DIFFERS("ok 0", "has no commit limit");
    row("2.3.commit.1TiB", "NULL 1455", tried(create(PAGE_READWRITE, TERABYTE, NULL)));
    row("2.3.reserve.1TiB", "ok 0", tried(create(PAGE_READWRITE | SEC_RESERVE, TERABYTE, NULL)));
    WINE_DIFFERS("ok 0", "rounds the size up to 0");
    row("2.3.2^64-1", "NULL 87", tried(create(PAGE_READWRITE, ~0ull, NULL)));
}

/* What is checked in front of the name, and so of the section that has it already. */
static void order(void)
{
    HANDLE section = create_page(name("order"));

    row("2.order.bad-protection", "NULL 87", tried(create(PAGE_NOACCESS, 0x1000, name("order"))));
    row("2.order.zero-size", "NULL 87", tried(create(PAGE_READWRITE, 0, name("order"))));
    row("2.order.fresh", "ok 0", tried(create_page(name("order.fresh"))));
    row("2.order.existing", "ok 183", tried(create_page(name("order"))));
    CloseHandle(section);
}

void rows(void)
{
    protections();
    flags();
    sizes();
    order();
}

NO_CHILDREN
