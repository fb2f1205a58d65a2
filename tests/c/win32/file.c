/* Files for the rows: see file.h. */
#include "file.h"

#include <stdlib.h>

#include "process_parts.h"

#define EVERYTHING (GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE)
#define ALL_SHARING (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* The path of the last file. */
static char path[MAX_PATH];

/* Makes a new file of no bytes. */
static void make_file(void)
{
    char directory[MAX_PATH];

    if (!GetTempPathA(sizeof directory, directory) ||
        !GetTempFileNameA(directory, "row", 0, path))
        give_up("GetTempFileName");
}

static HANDLE opened(DWORD access, DWORD flags)
{
    HANDLE file = CreateFileA(path, access, ALL_SHARING, NULL, OPEN_EXISTING, flags, NULL);
    if (file == INVALID_HANDLE_VALUE)
        give_up("CreateFile");
    return file;
}

/* A new file of these bytes, opened again with these rights. */
static HANDLE filled(const unsigned char *bytes, DWORD length, DWORD access)
{
    HANDLE writer, file;
    DWORD written;

    make_file();
    writer = opened(GENERIC_WRITE, 0);
    if (!WriteFile(writer, bytes, length, &written, NULL) || written != length)
        give_up("WriteFile");
    file = opened(access, 0);
    CloseHandle(writer);
    return file;
}

/* The last file goes with the last handle of it. */
static HANDLE without_name(HANDLE file)
{
    CloseHandle(opened(DELETE, FILE_FLAG_DELETE_ON_CLOSE));
    return file;
}

HANDLE file_with(const void *bytes, DWORD length)
{
    return without_name(filled((const unsigned char *)bytes, length, EVERYTHING));
}

static HANDLE numbered(DWORD length, DWORD access)
{
    unsigned char *bytes = (unsigned char *)allocate(length + 1);
    HANDLE file;
    DWORD i;

    for (i = 0; i < length; i++)
        bytes[i] = (unsigned char)i;
    file = filled(bytes, length, access);
    free(bytes);
    return file;
}

HANDLE file_of_access(DWORD length, DWORD access)
{
    return without_name(numbered(length, access));
}

HANDLE file_of(DWORD length)
{
    return file_of_access(length, EVERYTHING);
}

HANDLE file_create(DWORD length)
{
    return numbered(length, EVERYTHING);
}

void file_delete(HANDLE file)
{
    CloseHandle(file);
    if (!DeleteFileA(path))
        give_up("DeleteFile");
}

unsigned long long file_length(HANDLE file)
{
    LARGE_INTEGER length;
    if (!GetFileSizeEx(file, &length))
        give_up("GetFileSizeEx");
    return (unsigned long long)length.QuadPart;
}
