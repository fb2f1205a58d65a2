/* Files for the rows: temporary ones, gone when their last handle is closed. */
#ifndef FILE_H
#define FILE_H

#include <windows.h>

/* A new file of so many bytes, numbered from 0 on, that deletes itself. */
HANDLE file_of(DWORD length);

/* A new file of these bytes, which deletes itself. */
HANDLE file_with(const void *bytes, DWORD length);

/* The same with other rights: GENERIC_READ and so on. */
HANDLE file_of_access(DWORD length, DWORD access);

/* A new file of so many bytes that keeps its name, and its end. There is one at a time. */
HANDLE file_create(DWORD length);
void file_delete(HANDLE file);

unsigned long long file_length(HANDLE file);

#endif
