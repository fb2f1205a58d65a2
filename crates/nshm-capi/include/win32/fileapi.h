/* Files. */

#ifndef NSHM_WIN32_FILEAPI_H
#define NSHM_WIN32_FILEAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

#define CREATE_NEW 1
#define CREATE_ALWAYS 2
#define OPEN_EXISTING 3
#define OPEN_ALWAYS 4
#define TRUNCATE_EXISTING 5

#define INVALID_FILE_SIZE ((DWORD)0xffffffffu)
#define INVALID_SET_FILE_POINTER ((DWORD)-1)

NSHM_WIN32_BEGIN

HANDLE WINAPI CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                          LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                          DWORD dwFlagsAndAttributes, HANDLE hTemplateFile)
    NSHM_WIN32_SYMBOL(CreateFileA);
HANDLE WINAPI CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode,
                          LPSECURITY_ATTRIBUTES lpSecurityAttributes, DWORD dwCreationDisposition,
                          DWORD dwFlagsAndAttributes, HANDLE hTemplateFile)
    NSHM_WIN32_SYMBOL(CreateFileW);
BOOL WINAPI DeleteFileA(LPCSTR lpFileName) NSHM_WIN32_SYMBOL(DeleteFileA);
BOOL WINAPI DeleteFileW(LPCWSTR lpFileName) NSHM_WIN32_SYMBOL(DeleteFileW);

BOOL WINAPI ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead,
                     LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped)
    NSHM_WIN32_SYMBOL(ReadFile);
BOOL WINAPI WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite,
                      LPDWORD lpNumberOfBytesWritten, LPOVERLAPPED lpOverlapped)
    NSHM_WIN32_SYMBOL(WriteFile);
BOOL WINAPI FlushFileBuffers(HANDLE hFile) NSHM_WIN32_SYMBOL(FlushFileBuffers);

DWORD WINAPI GetFileType(HANDLE hFile) NSHM_WIN32_SYMBOL(GetFileType);
DWORD WINAPI GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh) NSHM_WIN32_SYMBOL(GetFileSize);
BOOL WINAPI GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize)
    NSHM_WIN32_SYMBOL(GetFileSizeEx);
BOOL WINAPI SetEndOfFile(HANDLE hFile) NSHM_WIN32_SYMBOL(SetEndOfFile);
DWORD WINAPI SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh,
                            DWORD dwMoveMethod) NSHM_WIN32_SYMBOL(SetFilePointer);
BOOL WINAPI SetFilePointerEx(HANDLE hFile, LARGE_INTEGER liDistanceToMove,
                             PLARGE_INTEGER lpNewFilePointer, DWORD dwMoveMethod)
    NSHM_WIN32_SYMBOL(SetFilePointerEx);

DWORD WINAPI GetTempPathA(DWORD nBufferLength, LPSTR lpBuffer) NSHM_WIN32_SYMBOL(GetTempPathA);
DWORD WINAPI GetTempPathW(DWORD nBufferLength, LPWSTR lpBuffer) NSHM_WIN32_SYMBOL(GetTempPathW);
UINT WINAPI GetTempFileNameA(LPCSTR lpPathName, LPCSTR lpPrefixString, UINT uUnique,
                             LPSTR lpTempFileName) NSHM_WIN32_SYMBOL(GetTempFileNameA);
UINT WINAPI GetTempFileNameW(LPCWSTR lpPathName, LPCWSTR lpPrefixString, UINT uUnique,
                             LPWSTR lpTempFileName) NSHM_WIN32_SYMBOL(GetTempFileNameW);

NSHM_WIN32_END

#define CreateFile NSHM_WIN32_TEXT_SIZED(CreateFile)
#define DeleteFile NSHM_WIN32_TEXT_SIZED(DeleteFile)
#define GetTempPath NSHM_WIN32_TEXT_SIZED(GetTempPath)
#define GetTempFileName NSHM_WIN32_TEXT_SIZED(GetTempFileName)

#endif
#endif
