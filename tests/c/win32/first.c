/* The first of two example programs: creates a named section of memory, writes a message into it,
 * and keeps it until its standard input ends.
 *
 * It is a program for Windows, as its include lines say, and is built on Linux as it is: narrow
 * and wide, as C and as C++. */
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

#include "example.h"

static const TCHAR message[] = TEXT("Message from first process.");

ENTRY int _tmain(int argc, TCHAR *argv[])
{
    const TCHAR *sent = argc > 1 ? argv[1] : message;
    size_t length = _tcslen(sent);
    HANDLE section;
    LPTSTR buffer;

    if (length >= BUFFER_SIZE) {
        _tprintf(TEXT("The message is too long.\n"));
        return 1;
    }
    section = CreateFileMapping(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                BUFFER_SIZE * sizeof(TCHAR), OBJECT_NAME);
    if (section == NULL) {
        _tprintf(TEXT("Cannot create the section: error %u\n"), (unsigned)GetLastError());
        return 1;
    }
    if (GetLastError() == ERROR_ALREADY_EXISTS)
        _tprintf(TEXT("Another first process has created it already.\n"));
    buffer = (LPTSTR)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (buffer == NULL) {
        _tprintf(TEXT("Cannot map the section: error %u\n"), (unsigned)GetLastError());
        CloseHandle(section);
        return 1;
    }

    /* No end of the text is written: memory that is new is full of zeroes. */
    CopyMemory(buffer, sent, length * sizeof(TCHAR));
    _tprintf(TEXT("Written: %s\n"), sent);
    fflush(stdout);
    while (getchar() != EOF)
        continue;

    UnmapViewOfFile(buffer);
    CloseHandle(section);
    return 0;
}
