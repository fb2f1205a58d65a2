/* Named shared memory: sections ("file mappings"), their views, and the pages of a process. */

#ifndef NSHM_WIN32_MEMORYAPI_H
#define NSHM_WIN32_MEMORYAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

#define FILE_MAP_WRITE SECTION_MAP_WRITE
#define FILE_MAP_READ SECTION_MAP_READ
#define FILE_MAP_ALL_ACCESS SECTION_ALL_ACCESS
#define FILE_MAP_EXECUTE SECTION_MAP_EXECUTE_EXPLICIT
#define FILE_MAP_COPY 0x00000001
#define FILE_MAP_LARGE_PAGES 0x20000000
#define FILE_MAP_TARGETS_INVALID 0x40000000
#define FILE_MAP_RESERVE 0x80000000u

NSHM_WIN32_BEGIN

HANDLE WINAPI CreateFileMappingW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                 DWORD flProtect, DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow,
                                 LPCWSTR lpName) NSHM_WIN32_SYMBOL(CreateFileMappingW);
HANDLE WINAPI OpenFileMappingW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName)
    NSHM_WIN32_SYMBOL(OpenFileMappingW);

LPVOID WINAPI MapViewOfFile(HANDLE hFileMappingObject, DWORD dwDesiredAccess,
                            DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                            SIZE_T dwNumberOfBytesToMap) NSHM_WIN32_SYMBOL(MapViewOfFile);
LPVOID WINAPI MapViewOfFileEx(HANDLE hFileMappingObject, DWORD dwDesiredAccess,
                              DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                              SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress)
    NSHM_WIN32_SYMBOL(MapViewOfFileEx);
BOOL WINAPI FlushViewOfFile(LPCVOID lpBaseAddress, SIZE_T dwNumberOfBytesToFlush)
    NSHM_WIN32_SYMBOL(FlushViewOfFile);
BOOL WINAPI UnmapViewOfFile(LPCVOID lpBaseAddress) NSHM_WIN32_SYMBOL(UnmapViewOfFile);

LPVOID WINAPI VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType,
                           DWORD flProtect) NSHM_WIN32_SYMBOL(VirtualAlloc);
BOOL WINAPI VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType)
    NSHM_WIN32_SYMBOL(VirtualFree);
BOOL WINAPI VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect,
                           PDWORD lpflOldProtect) NSHM_WIN32_SYMBOL(VirtualProtect);
SIZE_T WINAPI VirtualQuery(LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer, SIZE_T dwLength)
    NSHM_WIN32_SYMBOL(VirtualQuery);

NSHM_WIN32_END

/* The functions for text of 8 bits are in winbase.h. */
#define CreateFileMapping NSHM_WIN32_TEXT_SIZED(CreateFileMapping)
#define OpenFileMapping NSHM_WIN32_TEXT_SIZED(OpenFileMapping)

#endif
#endif
