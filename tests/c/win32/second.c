/* The second of two example programs: opens the section of the first one and shows the message,
 * as text and, if its argument is `box`, in a message box. */
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

#include "example.h"

ENTRY int _tmain(int argc, TCHAR *argv[])
{
    HANDLE section = OpenFileMapping(FILE_MAP_READ, FALSE, OBJECT_NAME);
    LPCTSTR buffer;

    if (section == NULL) {
        _tprintf(TEXT("Cannot open the section: error %u\n"), (unsigned)GetLastError());
        return 1;
    }
    buffer = (LPCTSTR)MapViewOfFile(section, FILE_MAP_READ, 0, 0, BUFFER_SIZE * sizeof(TCHAR));
    if (buffer == NULL) {
        _tprintf(TEXT("Cannot map the section: error %u\n"), (unsigned)GetLastError());
        CloseHandle(section);
        return 1;
    }

    _tprintf(TEXT("Read: %s\n"), buffer);
    if (argc > 1 && _tcscmp(argv[1], TEXT("box")) == 0)
        MessageBox(NULL, buffer, TEXT("Second process"), MB_OK);

    UnmapViewOfFile(buffer);
    CloseHandle(section);
    return 0;
}
