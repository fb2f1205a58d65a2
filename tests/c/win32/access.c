/* MapViewOfFile: the access asked for, the protection of the view, and what the handle must allow
 * (sections 4.1 and 4.2). */
#include "call.h"
#include "process.h"
#include "row.h"

#include <stdlib.h>
#include <string.h>

#define SECTIONS 6

static const DWORD protections[SECTIONS] = {
    PAGE_READONLY,     PAGE_WRITECOPY,         PAGE_READWRITE,
    PAGE_EXECUTE_READ, PAGE_EXECUTE_WRITECOPY, PAGE_EXECUTE_READWRITE,
};
static const char *const names[SECTIONS] = {
    "readonly",     "writecopy",         "readwrite",
    "execute-read", "execute-writecopy", "execute-readwrite",
};

typedef struct {
    const char *id;
    DWORD access;
    /* By section: read-only ones, PAGE_READWRITE, executable ones that are read-only,
     * PAGE_EXECUTE_READWRITE. */
    const char *views[4];
} Access;

#define NO "NULL 5"

static const Access accesses[] = {
    {"0", 0, {"0x01", "0x01", "0x01", "0x01"}},
    {"copy", FILE_MAP_COPY, {"0x08", "0x08", "0x08", "0x08"}},
    {"write", FILE_MAP_WRITE, {NO, "0x04", NO, "0x04"}},
    {"copy+write", 3, {NO, "0x04", NO, "0x04"}},
    {"read", FILE_MAP_READ, {"0x02", "0x02", "0x02", "0x02"}},
    {"copy+read", 5, {"0x02", "0x02", "0x02", "0x02"}},
    {"write+read", 6, {NO, "0x04", NO, "0x04"}},
    {"copy+write+read", 7, {NO, "0x04", NO, "0x04"}},
    {"8", 8, {"0x01", "0x01", "0x01", "0x01"}},
    {"copy+8", 9, {"0x01", "0x01", "0x01", "0x01"}},
    {"write+8", 10, {NO, "0x04", NO, "0x04"}},
    {"copy+write+8", 11, {NO, "0x04", NO, "0x04"}},
    {"read+8", 12, {"0x02", "0x02", "0x02", "0x02"}},
    {"copy+read+8", 13, {"0x02", "0x02", "0x02", "0x02"}},
    {"write+read+8", 14, {NO, "0x04", NO, "0x04"}},
    {"copy+write+read+8", 15, {NO, "0x04", NO, "0x04"}},
    {"0x10", 0x10, {"0x01", "0x01", "0x01", "0x01"}},
    {"0x100", 0x100, {"0x01", "0x01", "0x01", "0x01"}},
    {"all", FILE_MAP_ALL_ACCESS, {NO, "0x04", NO, "0x04"}},
    {"execute", 0x20, {"0x01", "0x01", "0x01", "0x01"}},
    {"execute+copy", 0x21, {NO, NO, "0x80", "0x80"}},
    {"execute+write", 0x22, {NO, NO, NO, "0x40"}},
    {"execute+copy+write", 0x23, {NO, NO, NO, "0x40"}},
    {"execute+read", 0x24, {NO, NO, "0x20", "0x20"}},
    {"execute+copy+read", 0x25, {NO, NO, "0x20", "0x20"}},
    {"execute+write+read", 0x26, {NO, NO, NO, "0x40"}},
    {"execute+copy+write+read", 0x27, {NO, NO, NO, "0x40"}},
    {"execute+8", 0x28, {"0x01", "0x01", "0x01", "0x01"}},
    {"execute+copy+8", 0x29, {"0x01", "0x01", "0x01", "0x01"}},
    {"execute+write+8", 0x2a, {NO, NO, NO, "0x40"}},
    {"execute+copy+write+8", 0x2b, {NO, NO, NO, "0x40"}},
    {"execute+read+8", 0x2c, {NO, NO, "0x20", "0x20"}},
    {"execute+copy+read+8", 0x2d, {NO, NO, "0x20", "0x20"}},
    {"execute+write+read+8", 0x2e, {NO, NO, NO, "0x40"}},
    {"execute+copy+write+read+8", 0x2f, {NO, NO, NO, "0x40"}},
};

static void matrix(void)
{
    static const int kind[SECTIONS] = {0, 0, 1, 2, 2, 3};
    size_t i, j;

    for (i = 0; i < SECTIONS; i++) {
        HANDLE section = create(protections[i], 0x1000, NULL);
        for (j = 0; j < sizeof accesses / sizeof *accesses; j++)
            row(text("4.2.%s.%s", names[i], accesses[j].id), accesses[j].views[kind[i]],
                mapped_as(map(section, accesses[j].access)));
        CloseHandle(section);
    }
}

typedef struct {
    const char *id;
    DWORD of_handle, of_view;
    const char *windows;
} Right;

/* What the handle must allow, of a section that allows everything. */
static void rights_of_handles(void)
{
    static const Right needed[] = {
        {"write-only.write", FILE_MAP_WRITE, FILE_MAP_WRITE, "0x04"},
        {"write-only.read", FILE_MAP_WRITE, FILE_MAP_READ, NO},
        {"write-only.copy", FILE_MAP_WRITE, FILE_MAP_COPY, NO},
        {"write-only.0", FILE_MAP_WRITE, 0, NO},
        {"write-only.write+read", FILE_MAP_WRITE, FILE_MAP_WRITE | FILE_MAP_READ, "0x04"},
        {"read-only.read", FILE_MAP_READ, FILE_MAP_READ, "0x02"},
        {"read-only.copy", FILE_MAP_READ, FILE_MAP_COPY, "0x08"},
        {"read-only.0", FILE_MAP_READ, 0, "0x01"},
        {"read-only.write", FILE_MAP_READ, FILE_MAP_WRITE, NO},
        {"read-only.execute+read", FILE_MAP_READ, FILE_MAP_READ | FILE_MAP_EXECUTE, NO},
        {"query-only.0", STANDARD_RIGHTS_REQUIRED, 0, NO},
    };
    HANDLE section = create(PAGE_EXECUTE_READWRITE, 0x1000, name("rights"));
    size_t i;

    for (i = 0; i < sizeof needed / sizeof *needed; i++) {
        HANDLE opened = open_section(needed[i].of_handle, name("rights"));
        row(text("4.2.handle.%s", needed[i].id), needed[i].windows,
            mapped_as(map(opened, needed[i].of_view)));
        CloseHandle(opened);
    }
    CloseHandle(section);
}

/* What a process can do with a view, by doing it in one of its own: "0" if it can. */
static const char *touched(const char *how)
{
    return process_end(process_start("touch", how));
}

static void use(void)
{
    row("4.1.view.write.read", "0", touched("2 r"));
    row("4.1.view.write.write", "0", touched("2 w"));
    row("4.1.view.read.read", "0", touched("4 r"));
    row("4.1.view.read.write", "crash", touched("4 w"));
    row("4.1.view.copy.write", "0", touched("1 w"));
    row("4.1.view.0.read", "crash", touched("0 r"));
    row("4.1.view.0.write", "crash", touched("0 w"));
}

/* The high bits that some systems know. */
static void high_bits(void)
{
    HANDLE section = create_page(NULL);

    row("4.1.targets-invalid", "0x04", mapped_as(map(section, FILE_MAP_WRITE | 0x40000000)));
    CloseHandle(section);
}

void rows(void)
{
    matrix();
    rights_of_handles();
    use();
    high_bits();
}

/* Touches a view of a new section: the access in hexadecimal, and `r` or `w`. */
int child(const char *role, const char *argument)
{
    HANDLE section = create_page(NULL);
    volatile unsigned char *view = map(section, (DWORD)strtoul(argument, NULL, 16));

    if (strcmp(role, "touch") != 0 || !view)
        return 2;
    if (strchr(argument, 'w'))
        *view = 1;
    return *view == (strchr(argument, 'w') ? 1 : 0) ? 0 : 1;
}
