/* VirtualQuery, VirtualProtect, VirtualAlloc and VirtualFree on views (section 4.5). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"

#include <string.h>

#define PAGE 0x1000
#define EVERY_PAGE "lets every page of a section be touched"

/* What VirtualQuery says of the first page of a new view. */
static const char *queried(DWORD section_protection, DWORD access)
{
    HANDLE section = create(section_protection, 3 * PAGE, NULL);
    unsigned char *view = map(section, access);
    const char *result = query(view);

    UnmapViewOfFile(view);
    CloseHandle(section);
    return result;
}

static void queries(void)
{
    MEMORY_BASIC_INFORMATION found;
    HANDLE section = create(PAGE_READWRITE, 2 * PAGE + 7, NULL);
    unsigned char *view = map(section, FILE_MAP_WRITE);

    row("4.5.query.write", "commit type=40000 protect=4 first=4", query(view));
    row("4.5.query.length", "48",
        text("%lu", (unsigned long)VirtualQuery(view, &found, sizeof found)));
    row("4.5.query.base", "yes", yes(found.BaseAddress == view && found.AllocationBase == view));
    row("4.5.query.size", "0x3000", text("%#lx", (unsigned long)found.RegionSize));
    VirtualQuery(view + PAGE + 1, &found, sizeof found);
    row("4.5.query.inside", "page=1 first=yes size=0x2000",
        text("page=%d first=%s size=%#lx",
             (int)(((unsigned char *)found.BaseAddress - view) / PAGE),
             yes(found.AllocationBase == view), (unsigned long)found.RegionSize));
    CloseHandle(section);
    UnmapViewOfFile(view);
    row("4.5.query.unmapped", "free type=0 protect=1 first=0", query(view));

    row("4.5.query.read", "commit type=40000 protect=2 first=2",
        queried(PAGE_READWRITE, FILE_MAP_READ));
    row("4.5.query.copy", "commit type=40000 protect=8 first=8",
        queried(PAGE_READWRITE, FILE_MAP_COPY));
    row("4.5.query.0", "commit type=40000 protect=1 first=1", queried(PAGE_READWRITE, 0));
    row("4.5.query.nocache", "commit type=40000 protect=204 first=204",
        queried(PAGE_READWRITE | SEC_COMMIT | SEC_NOCACHE, FILE_MAP_WRITE));
    row("4.5.query.reserve", "reserve type=40000 protect=0 first=4",
        queried(PAGE_READWRITE | SEC_RESERVE, FILE_MAP_WRITE));
}

#define PROTECTIONS 8

static const DWORD protections[PROTECTIONS] = {
    PAGE_NOACCESS, PAGE_READONLY,     PAGE_READWRITE,         PAGE_WRITECOPY,
    PAGE_EXECUTE,  PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY,
};

typedef struct {
    const char *id;
    DWORD access, protection;
    /* A `y` for each of the protections that pages of the view may get. */
    const char *may_be;
} View;

static const View views[] = {
    {"none", 0, PAGE_NOACCESS, "y......."},
    {"read", FILE_MAP_READ, PAGE_READONLY, "yy.y...."},
    {"write", FILE_MAP_WRITE, PAGE_READWRITE, "yyyy...."},
    {"copy", FILE_MAP_COPY, PAGE_WRITECOPY, "yy.y...."},
    {"execute-read", FILE_MAP_READ | FILE_MAP_EXECUTE, PAGE_EXECUTE_READ, "yy.yyy.y"},
    {"execute-write", FILE_MAP_WRITE | FILE_MAP_EXECUTE, PAGE_EXECUTE_READWRITE, "yyyyyyyy"},
    {"execute-copy", FILE_MAP_COPY | FILE_MAP_EXECUTE, PAGE_EXECUTE_WRITECOPY, "yy.yyy.y"},
};

/* Protects the second of three pages, and says what it was and what it is. */
static const char *protect(HANDLE section, const View *it, DWORD protection_wanted)
{
    unsigned char *view = map(section, it->access);
    DWORD old = 0;
    const char *result;

    forget();
    result = done(VirtualProtect(view + PAGE, PAGE, protection_wanted, &old));
    if (*result == 'T')
        result = text("TRUE was=%02lx is=%s beside=%s", (unsigned long)old,
                      protection(view + PAGE), protection(view + 2 * PAGE));
    UnmapViewOfFile(view);
    return result;
}

static const char *commit(HANDLE section, const View *it, DWORD protection_wanted)
{
    unsigned char *view = map(section, it->access);
    const char *result;

    forget();
    result = mapped(VirtualAlloc(view + PAGE, PAGE, MEM_COMMIT, protection_wanted));
    if (*result == 'o')
        result = text("ok is=%s beside=%s", protection(view + PAGE), protection(view + 2 * PAGE));
    UnmapViewOfFile(view);
    return result;
}

static void protection_changes(void)
{
    HANDLE section = create(PAGE_EXECUTE_READWRITE, 3 * PAGE, NULL);
    HANDLE file = file_of(3 * PAGE), of_file;
    size_t i, j;

    of_file = create_of(file, PAGE_EXECUTE_READWRITE, 0, NULL);
    for (i = 0; i < sizeof views / sizeof *views; i++)
        for (j = 0; j < PROTECTIONS; j++) {
            unsigned long wanted = protections[j], had = views[i].protection;
            int may = views[i].may_be[j] == 'y';

            row(text("4.5.protect.%s.0x%02lx", views[i].id, wanted),
                may ? text("TRUE was=%02lx is=0x%02lx beside=0x%02lx", had, wanted, had)
                    : "FALSE 87",
                protect(section, &views[i], protections[j]));
            row(text("4.5.protect.file.%s.0x%02lx", views[i].id, wanted),
                may ? text("TRUE was=%02lx is=0x%02lx beside=0x%02lx", had, wanted, had)
                    : "FALSE 87",
                protect(of_file, &views[i], protections[j]));
            row(text("4.5.commit.%s.0x%02lx", views[i].id, wanted),
                may ? text("ok is=0x%02lx beside=0x%02lx", wanted, had) : "NULL 87",
                commit(section, &views[i], protections[j]));
        }
    CloseHandle(of_file);
    CloseHandle(file);
    CloseHandle(section);
}

static void commit_of_reserved(void)
{
    HANDLE section = create(PAGE_READWRITE | SEC_RESERVE, 5 * PAGE, name("reserved"));
    unsigned char *one = map(section, FILE_MAP_WRITE), *other = map(section, FILE_MAP_READ);
    unsigned char *late;

    forget();
    row("4.5.reserved.commit", "ok",
        mapped(VirtualAlloc(one + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE)));
    row("4.5.reserved.committed", "commit type=40000 protect=4 first=4", query(one + PAGE));
    row("4.5.reserved.before", "reserve type=40000 protect=0 first=4", query(one));
    row("4.5.reserved.behind", "reserve type=40000 protect=0 first=4", query(one + 2 * PAGE));
    row("4.5.reserved.behind.size", "0x3000",
        text("%#lx", (unsigned long)region_size(one + 2 * PAGE)));
    row("4.5.reserved.other-view", "commit type=40000 protect=2 first=2", query(other + PAGE));
    row("4.5.reserved.other-view.before", "reserve type=40000 protect=0 first=2", query(other));
    row("4.5.reserved.zero", "0 0", text("%d %d", one[PAGE], one[2 * PAGE - 1]));

    one[PAGE] = 42;
    row("4.5.reserved.seen", "42", text("%d", other[PAGE]));
    forget();
    row("4.5.reserved.again", "ok",
        mapped(VirtualAlloc(one, 4 * PAGE, MEM_COMMIT, PAGE_READWRITE)));
    row("4.5.reserved.again.keeps", "42", text("%d", one[PAGE]));
    row("4.5.reserved.again.size", "0x4000", text("%#lx", (unsigned long)region_size(one)));
    late = map(section, FILE_MAP_WRITE);
    row("4.5.reserved.late-view", "commit type=40000 protect=4 first=4", query(late + 3 * PAGE));
    VirtualAlloc(one + 4 * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    WINE_DIFFERS("reserve type=40000 protect=0 first=4", "forgets the last page of a section");
    row("4.5.reserved.last-page", "commit type=40000 protect=4 first=4", query(late + 4 * PAGE));
    UnmapViewOfFile(late);
    UnmapViewOfFile(other);
    UnmapViewOfFile(one);
    CloseHandle(section);
}

/* Pages that one process commits while another has a view of them. */
static void commit_by_another_process(void)
{
    HANDLE section = create(PAGE_READWRITE | SEC_RESERVE, 3 * PAGE, name("shared"));
    unsigned char *view = map(section, FILE_MAP_WRITE);
    const char *before = query(view + PAGE);
    const char *end = process_end(process_start("commit", "shared"));

    row("4.5.reserved.by-another", "0 reserve type=40000 protect=0 first=4",
        text("%s %s", end, before));
    row("4.5.reserved.by-another.then", "commit type=40000 protect=4 first=4",
        query(view + PAGE));
    row("4.5.reserved.by-another.data", "7", text("%d", view[PAGE]));
    UnmapViewOfFile(view);
    CloseHandle(section);

    WINE_DIFFERS("0", EVERY_PAGE);
    LINUX_DIFFERS("0", EVERY_PAGE);
    row("4.5.reserved.touch", "crash", process_end(process_start("touch", "r")));
    WINE_DIFFERS("1", EVERY_PAGE);
    LINUX_DIFFERS("1", EVERY_PAGE);
    row("4.5.reserved.touch.write", "crash", process_end(process_start("touch", "w")));
}

static void other_requests(void)
{
    HANDLE section = create(PAGE_READWRITE, 4 * PAGE, NULL), file = file_of(4 * PAGE), of_file;
    unsigned char *view = map(section, FILE_MAP_WRITE), *view_of_file;

    forget();
    row("4.5.alloc.reserve-inside", "NULL 487",
        mapped(VirtualAlloc(view, PAGE, MEM_RESERVE, PAGE_READWRITE)));
    forget();
    row("4.5.alloc.commit-past-end", "NULL 487",
        mapped(VirtualAlloc(view, 17 * PAGE, MEM_COMMIT, PAGE_READWRITE)));
    view[0] = 1;
    forget();
    row("4.5.alloc.reset", "yes",
        yes(VirtualAlloc(view, PAGE, MEM_RESET, PAGE_NOACCESS) == view));
    forget();
    row("4.5.free.decommit", "FALSE 87", done(VirtualFree(view, PAGE, MEM_DECOMMIT)));
    forget();
    row("4.5.free.release", "FALSE 87", done(VirtualFree(view, 0, MEM_RELEASE)));
    row("4.5.free.nothing-happened", "1", text("%d", view[0]));
    UnmapViewOfFile(view);
    CloseHandle(section);

    of_file = create_of(file, PAGE_READWRITE, 0, NULL);
    view_of_file = map(of_file, FILE_MAP_WRITE);
    forget();
    row("4.5.alloc.commit-of-file", "NULL 5",
        mapped(VirtualAlloc(view_of_file, PAGE, MEM_COMMIT, PAGE_READWRITE)));
    UnmapViewOfFile(view_of_file);
    CloseHandle(of_file);
    CloseHandle(file);
}

void rows(void)
{
    queries();
    protection_changes();
    commit_of_reserved();
    commit_by_another_process();
    other_requests();
}

int child(const char *role, const char *argument)
{
    if (strcmp(role, "commit") == 0) {
        HANDLE section = open_section(FILE_MAP_ALL_ACCESS, name(argument));
        unsigned char *view = map(section, FILE_MAP_WRITE);
        if (!VirtualAlloc(view + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE))
            return 1;
        view[PAGE] = 7;
        return 0;
    }
    if (strcmp(role, "touch") == 0) {
        HANDLE section = create(PAGE_READWRITE | SEC_RESERVE, PAGE, NULL);
        volatile unsigned char *view = map(section, FILE_MAP_WRITE);
        if (*argument == 'w')
            *view = 1;
        return *view;
    }
    return 2;
}
