/* OpenFileMapping: what is asked for, and what the handle may do then (section 3). */
#include "call.h"
#include "row.h"

typedef struct {
    const char *id;
    DWORD access;
    const char *windows, *wine;
} Access;

#define ACCEPTED "ok untouched ---"

static const Access accesses[] = {
    {"copy", FILE_MAP_COPY, "ok untouched r--", NULL},
    {"read", FILE_MAP_READ, "ok untouched r--", NULL},
    {"write", FILE_MAP_WRITE, "ok untouched -w-", NULL},
    {"read+write", FILE_MAP_READ | FILE_MAP_WRITE, "ok untouched rw-", NULL},
    {"execute", FILE_MAP_EXECUTE, "ok untouched ---", NULL},
    {"execute+read", FILE_MAP_EXECUTE | FILE_MAP_READ, "ok untouched r-x", "ok untouched r--"},
    {"execute+write", FILE_MAP_EXECUTE | FILE_MAP_WRITE, "ok untouched -wx", "ok untouched -w-"},
    {"all", FILE_MAP_ALL_ACCESS, "ok untouched rwx", NULL},
    {"generic-read", GENERIC_READ, "ok untouched r--", NULL},
    {"generic-write", GENERIC_WRITE, "ok untouched -w-", NULL},
    {"generic-execute", GENERIC_EXECUTE, "ok untouched ---", NULL},
    {"generic-read+execute", GENERIC_READ | GENERIC_EXECUTE, "ok untouched r-x", NULL},
    {"generic-write+execute", GENERIC_WRITE | GENERIC_EXECUTE, "ok untouched -wx", NULL},
    {"generic-all", GENERIC_ALL, "ok untouched rwx", NULL},
    {"maximum", MAXIMUM_ALLOWED, "ok untouched rwx", NULL},
    {"none", 0, "NULL 5", ACCEPTED},
    {"invalid.0x00000040", 0x40, "NULL 5", ACCEPTED},
    {"invalid.0x00008000", 0x8000, "NULL 5", ACCEPTED},
    {"invalid.0x00200000", 0x200000, "NULL 5", ACCEPTED},
    {"invalid.0x00800000", 0x800000, "NULL 5", ACCEPTED},
    {"invalid.0x04000000", 0x4000000, "NULL 5", ACCEPTED},
    {"invalid.0x08000000", 0x8000000, "NULL 5", ACCEPTED},
    {"system-security", ACCESS_SYSTEM_SECURITY, "NULL 1314", ACCEPTED},
};

static void access_masks(void)
{
    HANDLE section = create(PAGE_EXECUTE_READWRITE, 0x1000, name("access"));
    size_t i;

    for (i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        if (accesses[i].wine)
            WINE_DIFFERS(accesses[i].wine, "checks and translates no access here");
        row(text("3.access.%s", accesses[i].id), accesses[i].windows,
            granted(open_section(accesses[i].access, name("access"))));
    }
    CloseHandle(section);
}

static void found_or_not(void)
{
    HANDLE section = create_page(name("found")), opened;

    row("3.found", "ok untouched", tried(open_section(FILE_MAP_ALL_ACCESS, name("found"))));
    row("3.found.wide", "ok untouched",
        tried(open_section_wide(FILE_MAP_ALL_ACCESS, wide(name("found")))));
    row("3.not-found", "NULL 2", tried(open_section(FILE_MAP_ALL_ACCESS, name("missing"))));
    row("3.not-found.wide", "NULL 2",
        tried(open_section_wide(FILE_MAP_ALL_ACCESS, wide(name("missing")))));
    row("3.no-name", "NULL 87", tried(open_section(FILE_MAP_ALL_ACCESS, NULL)));
    row("3.no-name.wide", "NULL 87", tried(open_section_wide(FILE_MAP_ALL_ACCESS, NULL)));

    opened = open_section(PAGE_READWRITE, name("found"));
    row("3.page-readwrite-by-mistake", "NULL 5",
        mapped_as(map(opened, FILE_MAP_READ | FILE_MAP_WRITE)));
    CloseHandle(opened);
    CloseHandle(section);
}

static void all_of_a_readonly_section(void)
{
    HANDLE section = create(PAGE_READONLY, 0x1000, name("readonly"));
    HANDLE opened = open_section(FILE_MAP_ALL_ACCESS, name("readonly"));

    row("3.all-of-readonly", "ok untouched", outcome(opened));
    row("3.all-of-readonly.map-read", "0x02", mapped_as(map(opened, FILE_MAP_READ)));
    WINE_DIFFERS("0x04", "keeps no protection with a section of memory");
    row("3.all-of-readonly.map-write", "NULL 87", mapped_as(map(opened, FILE_MAP_WRITE)));
    CloseHandle(opened);
    CloseHandle(section);
}

static void inheritance(void)
{
    HANDLE section = create_page(name("inherit")), marked, plain;
    DWORD of_section = 9, of_marked = 9, of_plain = 9;

    marked = OpenFileMappingA(FILE_MAP_READ, TRUE, name("inherit"));
    plain = OpenFileMappingA(FILE_MAP_READ, FALSE, name("inherit"));
    GetHandleInformation(section, &of_section);
    GetHandleInformation(marked, &of_marked);
    GetHandleInformation(plain, &of_plain);
    row("3.inherit", "first=0 marked=1 plain=0",
        text("first=%lu marked=%lu plain=%lu", (unsigned long)of_section,
             (unsigned long)of_marked, (unsigned long)of_plain));
    CloseHandle(plain);
    CloseHandle(marked);
    CloseHandle(section);
}

void rows(void)
{
    access_masks();
    found_or_not();
    all_of_a_readonly_section();
    inheritance();
}

NO_CHILDREN
