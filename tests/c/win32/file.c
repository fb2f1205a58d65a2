/* Files for the rows: see file.h. */
#include "file.h"

#include <stdlib.h>

#include "process_parts.h"

#define ALL_SHARING (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* The path of a new file of no bytes. */
static const char *new_path(void)
{
    static char path[MAX_PATH];
    char directory[MAX_PATH];

    if (!GetTempPathA(sizeof directory, directory) ||
        !GetTempFileNameA(directory, "row", 0, path))
        give_up("GetTempFileName");
    return path;
}

static HANDLE opened(const char *path, DWORD access, DWORD flags)
{
    HANDLE file = CreateFileA(path, access, ALL_SHARING, NULL, OPEN_EXISTING, flags, NULL);
    if (file == INVALID_HANDLE_VALUE)
        give_up("CreateFile");
    return file;
}

/* A new file of these bytes, opened again with these rights; it is gone with that handle. */
static HANDLE filled(const unsigned char *bytes, DWORD length, DWORD access)
{
    const char *path = new_path();
    HANDLE writer = opened(path, GENERIC_WRITE, 0), file;
    DWORD written;

    if (!WriteFile(writer, bytes, length, &written, NULL) || written != length)
        give_up("WriteFile");
    file = opened(path, access, 0);
    CloseHandle(writer);
    CloseHandle(opened(path, DELETE, FILE_FLAG_DELETE_ON_CLOSE));
    return file;
}

HANDLE file_with(const void *bytes, DWORD length)
{
    return filled((const unsigned char *)bytes, length,
                  GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE);
}

HANDLE file_of_access(DWORD length, DWORD access)
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

HANDLE file_of(DWORD length)
{
    return file_of_access(length, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE);
}

unsigned long long file_length(HANDLE file)
{
    LARGE_INTEGER length;
    if (!GetFileSizeEx(file, &length))
        give_up("GetFileSizeEx");
    return (unsigned long long)length.QuadPart;
}
