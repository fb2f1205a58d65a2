/* FILE_MAP_COPY: copy on write, page by page (section 4.4). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"

#include <string.h>

#define PAGE 0x1000
#define WHEN_MAPPED "a copy of a section of memory is made when it is mapped"

/* A copied view beside a shared one, of memory or of a file: what each sees of the other. */
static void pages(const char *of, HANDLE section, int is_memory)
{
    unsigned char *shared = map(section, FILE_MAP_WRITE), *copy = map(section, FILE_MAP_COPY);

    row(text("4.4.%s.protection", of), "0x08", protection(copy));
    shared[0] = 1;
    shared[PAGE] = 1;
    if (is_memory)
        LINUX_DIFFERS("0", WHEN_MAPPED);
    row(text("4.4.%s.sees-before-its-write", of), "1", text("%d", copy[0]));
    copy[1] = 2;
    row(text("4.4.%s.keeps-to-itself", of), "0", text("%d", shared[1]));
    shared[0] = 3;
    if (is_memory)
        LINUX_DIFFERS("0", WHEN_MAPPED);
    row(text("4.4.%s.page-is-private", of), "1", text("%d", copy[0]));
    shared[PAGE] = 4;
    if (is_memory)
        LINUX_DIFFERS("0", WHEN_MAPPED);
    row(text("4.4.%s.other-page-is-shared", of), "4", text("%d", copy[PAGE]));

    WINE_DIFFERS("0x08", "does not see the write");
    if (is_memory)
        LINUX_DIFFERS("0x08", WHEN_MAPPED);
    row(text("4.4.%s.written-page", of), "0x04", protection(copy));
    row(text("4.4.%s.other-page", of), "0x08", protection(copy + PAGE));
    row(text("4.4.%s.first-protection", of), "commit type=40000 protect=8 first=8",
        query(copy + PAGE));
    UnmapViewOfFile(copy);

    copy = map(section, FILE_MAP_COPY);
    row(text("4.4.%s.next-view", of), "3 0", text("%d %d", copy[0], copy[1]));
    UnmapViewOfFile(copy);
    UnmapViewOfFile(shared);
}

static void executable(void)
{
    HANDLE section = create(PAGE_EXECUTE_READWRITE, 2 * PAGE, NULL);
    unsigned char *copy = map(section, FILE_MAP_COPY | FILE_MAP_EXECUTE);

    copy[0] = 1;
    WINE_DIFFERS("0x80", "does not see the write");
    LINUX_DIFFERS("0x80", WHEN_MAPPED);
    row("4.4.executable.written-page", "0x40", protection(copy));
    row("4.4.executable.other-page", "0x80", protection(copy + PAGE));
    UnmapViewOfFile(copy);
    CloseHandle(section);
}

/* What another process writes into its copy. */
static void other_process(void)
{
    HANDLE section = create_page(name("copy"));
    unsigned char *shared = map(section, FILE_MAP_WRITE);
    const char *end = process_end(process_start("write", "copy"));

    row("4.4.other-process", "0 sees 0", text("%s sees %d", end, shared[0]));
    UnmapViewOfFile(shared);
    CloseHandle(section);
}

static void without_right_to_write(void)
{
    HANDLE section = create_page(name("reader"));
    HANDLE reader = open_section(FILE_MAP_COPY, name("reader"));
    unsigned char *copy = map(reader, FILE_MAP_COPY);

    copy[0] = 7;
    row("4.4.by-a-reader", "7", text("%d", copy[0]));
    UnmapViewOfFile(copy);
    CloseHandle(reader);
    CloseHandle(section);
}

void rows(void)
{
    HANDLE memory = create(PAGE_READWRITE, 2 * PAGE, NULL), file, section;
    unsigned char zeroes[2 * PAGE];

    pages("memory", memory, 1);
    CloseHandle(memory);

    memset(zeroes, 0, sizeof zeroes);
    file = file_with(zeroes, sizeof zeroes);
    section = create_of(file, PAGE_READWRITE, 0, NULL);
    pages("file", section, 0);
    CloseHandle(section);
    CloseHandle(file);

    executable();
    other_process();
    without_right_to_write();
}

int child(const char *role, const char *argument)
{
    HANDLE section = open_section(FILE_MAP_READ, name(argument));
    unsigned char *copy = map(section, FILE_MAP_COPY);

    if (strcmp(role, "write") != 0 || !copy)
        return 2;
    copy[0] = 1;
    return copy[0] == 1 ? 0 : 1;
}
