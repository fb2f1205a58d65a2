/* CreateFileMapping of a file: flags, sizes, and what the file's handle must allow (sections 2.1
 * to 2.4). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"

#define READ_WRITE (GENERIC_READ | GENERIC_WRITE)
#define EVERYTHING (READ_WRITE | GENERIC_EXECUTE)

typedef struct {
    const char *id;
    DWORD protection;
    const char *windows;
} Case;

static void protections(void)
{
    static const Case cases[] = {
        {"readonly", PAGE_READONLY, "ok 0 r--"},
        {"writecopy", PAGE_WRITECOPY, "ok 0 r--"},
        {"readwrite", PAGE_READWRITE, "ok 0 rw-"},
        {"execute-read", PAGE_EXECUTE_READ, "ok 0 r-x"},
        {"execute-writecopy", PAGE_EXECUTE_WRITECOPY, "ok 0 r-x"},
        {"execute-readwrite", PAGE_EXECUTE_READWRITE, "ok 0 rwx"},
        {"none", 0, "NULL 87"},
        {"noaccess", PAGE_NOACCESS, "NULL 87"},
        {"execute", PAGE_EXECUTE, "NULL 87"},
        {"readonly+readwrite", PAGE_READONLY | PAGE_READWRITE, "NULL 87"},
    };
    HANDLE file = file_of_access(0x1000, EVERYTHING);
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        row(text("2.1.file.%s", cases[i].id), cases[i].windows,
            granted(create_of(file, cases[i].protection, 0, NULL)));
    CloseHandle(file);
}

static void flags(void)
{
    static const Case cases[] = {
        {"none", 0, "ok 0"},
        {"reserve", SEC_RESERVE, "ok 0"},
        {"commit", SEC_COMMIT, "ok 0"},
        {"reserve+nocache", SEC_RESERVE | SEC_NOCACHE, "ok 0"},
        {"commit+nocache", SEC_COMMIT | SEC_NOCACHE, "ok 0"},
        {"reserve+writecombine", SEC_RESERVE | SEC_WRITECOMBINE, "ok 0"},
        {"commit+writecombine", SEC_COMMIT | SEC_WRITECOMBINE, "ok 0"},
        {"reserve+commit", SEC_RESERVE | SEC_COMMIT, "NULL 87"},
        {"large-pages", SEC_LARGE_PAGES, "NULL 87"},
        {"commit+large-pages", SEC_COMMIT | SEC_LARGE_PAGES, "NULL 87"},
        {"reserve+large-pages", SEC_RESERVE | SEC_LARGE_PAGES, "NULL 87"},
        {"nocache", SEC_NOCACHE, "NULL 87"},
        {"writecombine", SEC_WRITECOMBINE, "NULL 87"},
        {"file", SEC_FILE, "NULL 87"},
        {"file+reserve", SEC_FILE | SEC_RESERVE, "NULL 87"},
        {"file+commit", SEC_FILE | SEC_COMMIT, "NULL 87"},
        {"image", SEC_IMAGE, "NULL 193"},
        {"image+reserve", SEC_IMAGE | SEC_RESERVE, "NULL 87"},
        {"image+commit", SEC_IMAGE | SEC_COMMIT, "NULL 87"},
    };
    HANDLE file = file_of_access(0x1000, EVERYTHING), section;
    unsigned char *view;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        row(text("2.2.file.%s", cases[i].id), cases[i].windows,
            tried(create_of(file, PAGE_READWRITE | cases[i].protection, 0, NULL)));

    /* A file has its pages: there is nothing to reserve. */
    section = create_of(file, PAGE_READWRITE | SEC_RESERVE, 0, NULL);
    view = map(section, FILE_MAP_WRITE);
    row("2.2.file.reserve.is-committed", "commit type=40000 protect=4 first=4", query(view));
    UnmapViewOfFile(view);
    CloseHandle(section);
    CloseHandle(file);
}

static void sizes(void)
{
    HANDLE file = file_of(36), section = create_of(file, PAGE_READWRITE, 0, NULL);

    row("2.3.file.all", "0x04", mapped_as(map_part(section, FILE_MAP_WRITE, 0, 36)));
    row("2.3.file.not-rounded", "NULL 5", mapped_as(map_part(section, FILE_MAP_WRITE, 0, 37)));
    CloseHandle(section);

    section = create_of(file, PAGE_READWRITE, 20, NULL);
    row("2.3.file.part", "0x04", mapped_as(map_part(section, FILE_MAP_WRITE, 0, 20)));
    row("2.3.file.part.not-rounded", "NULL 5",
        mapped_as(map_part(section, FILE_MAP_WRITE, 0, 21)));
    row("2.3.file.part.length", "36", text("%llu", file_length(file)));
    CloseHandle(section);

    row("2.3.file.high-bit", "NULL",
        text("%.4s", tried(create_of(file, PAGE_READWRITE, 0x8000000000000000ull, NULL))));
    CloseHandle(file);
}

static void empty_files(void)
{
    HANDLE file = file_of(0);

    row("2.3.file.empty", "NULL 1006", tried(create_of(file, PAGE_READWRITE, 0, NULL)));
    row("2.3.file.empty.readonly", "NULL 1006", tried(create_of(file, PAGE_READONLY, 0, NULL)));
    row("2.3.file.empty.image", "NULL 193",
        tried(create_of(file, PAGE_READONLY | SEC_IMAGE, 0, NULL)));
    CloseHandle(file);
}

/* How long a file of 36 bytes is after it was mapped as one of 10000. */
static const char *grown(DWORD protection)
{
    HANDLE file = file_of(36);
    HANDLE section = create_of(file, protection, 10000, NULL);
    const char *result = outcome(section);

    result = text("%s length=%llu", result, file_length(file));
    if (section)
        CloseHandle(section);
    CloseHandle(file);
    return result;
}

static void growth(void)
{
    row("2.3.file.grows.readwrite", "ok 0 length=10000", grown(PAGE_READWRITE));
    row("2.3.file.grows.execute-readwrite", "ok 0 length=10000", grown(PAGE_EXECUTE_READWRITE));
    row("2.3.file.grows.readonly", "NULL 8 length=36", grown(PAGE_READONLY));
    row("2.3.file.grows.writecopy", "NULL 8 length=36", grown(PAGE_WRITECOPY));
    row("2.3.file.grows.execute-read", "NULL 8 length=36", grown(PAGE_EXECUTE_READ));
}

static const char *directory_as_file(void)
{
    char path[MAX_PATH + 64];
    HANDLE directory;
    const char *result;

    GetTempPathA(MAX_PATH, path);
    directory = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                            OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (directory == INVALID_HANDLE_VALUE)
        return text("no directory %s", last_error());
    result = tried(create_of(directory, PAGE_READONLY, 0x1000, NULL));
    CloseHandle(directory);
    return result;
}

static void what_is_no_file(void)
{
    HANDLE closed = file_of(36), section = create_page(NULL);

    CloseHandle(closed);
    row("2.4.closed", "NULL 6", tried(create_of(closed, PAGE_READWRITE, 0x1000, NULL)));
    row("2.4.garbage", "NULL 6", tried(create_of(NO_HANDLE, PAGE_READWRITE, 0x1000, NULL)));
    row("2.4.section", "NULL 6", tried(create_of(section, PAGE_READWRITE, 0x1000, NULL)));
    row("2.4.directory", "NULL 6", directory_as_file());
    CloseHandle(section);
}

typedef struct {
    const char *id;
    DWORD access;
    /* By protection: READONLY, WRITECOPY, READWRITE, EXECUTE_READ, EXECUTE_WRITECOPY,
     * EXECUTE_READWRITE. */
    const char *windows[6];
} Opened;

#define OK "ok 0"
#define NO "NULL 5"

static void access_of_the_file(void)
{
    static const DWORD protections[] = {PAGE_READONLY,          PAGE_WRITECOPY,
                                        PAGE_READWRITE,         PAGE_EXECUTE_READ,
                                        PAGE_EXECUTE_WRITECOPY, PAGE_EXECUTE_READWRITE};
    static const char *const names[] = {"readonly",     "writecopy",         "readwrite",
                                        "execute-read", "execute-writecopy", "execute-readwrite"};
    static const Opened opened[] = {
        {"none", 0, {NO, NO, NO, NO, NO, NO}},
        {"read", GENERIC_READ, {OK, OK, NO, NO, NO, NO}},
        {"write", GENERIC_WRITE, {NO, NO, NO, NO, NO, NO}},
        {"read+write", READ_WRITE, {OK, OK, OK, NO, NO, NO}},
        {"read+execute", GENERIC_READ | GENERIC_EXECUTE, {OK, OK, NO, OK, OK, NO}},
        {"all", EVERYTHING, {OK, OK, OK, OK, OK, OK}},
    };
    size_t i, j;

    for (i = 0; i < sizeof opened / sizeof *opened; i++) {
        HANDLE file = file_of_access(0x1000, opened[i].access);
        int reads = (opened[i].access & GENERIC_READ) != 0;
        int executes = (opened[i].access & GENERIC_EXECUTE) != 0;
        int writes = (opened[i].access & GENERIC_WRITE) != 0;
        for (j = 0; j < 6; j++) {
            if (j >= 3 && !executes && reads && (j < 5 || writes))
                WINE_DIFFERS(OK, "does not ask for the right to execute");
            row(text("2.4.%s.%s", opened[i].id, names[j]), opened[i].windows[j],
                tried(create_of(file, protections[j], 0, NULL)));
        }
        CloseHandle(file);
    }
}

void rows(void)
{
    protections();
    flags();
    sizes();
    empty_files();
    growth();
    what_is_no_file();
    access_of_the_file();
}

NO_CHILDREN
