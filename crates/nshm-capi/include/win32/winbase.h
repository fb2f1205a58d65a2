/* What has no header of its own, and all that programs expect with it. */

#ifndef NSHM_WIN32_WINBASE_H
#define NSHM_WIN32_WINBASE_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdarg.h>

#include "debugapi.h"
#include "errhandlingapi.h"
#include "fileapi.h"
#include "handleapi.h"
#include "memoryapi.h"
#include "minwinbase.h"
#include "processthreadsapi.h"
#include "profileapi.h"
#include "securitybaseapi.h"
#include "synchapi.h"
#include "sysinfoapi.h"
#include "windef.h"
#include "winerror.h"

#define INFINITE 0xffffffffu

#define WAIT_FAILED ((DWORD)0xffffffffu)
#define WAIT_OBJECT_0 0x00000000
#define WAIT_ABANDONED 0x00000080
#define WAIT_ABANDONED_0 0x00000080
#define WAIT_IO_COMPLETION 0x000000c0

#define HANDLE_FLAG_INHERIT 0x00000001
#define HANDLE_FLAG_PROTECT_FROM_CLOSE 0x00000002

#define FILE_BEGIN 0
#define FILE_CURRENT 1
#define FILE_END 2

#define FILE_TYPE_UNKNOWN 0x0000
#define FILE_TYPE_DISK 0x0001
#define FILE_TYPE_CHAR 0x0002
#define FILE_TYPE_PIPE 0x0003

#define FILE_FLAG_OPEN_NO_RECALL 0x00100000
#define FILE_FLAG_OPEN_REPARSE_POINT 0x00200000
#define FILE_FLAG_POSIX_SEMANTICS 0x01000000
#define FILE_FLAG_BACKUP_SEMANTICS 0x02000000
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000
#define FILE_FLAG_RANDOM_ACCESS 0x10000000
#define FILE_FLAG_NO_BUFFERING 0x20000000
#define FILE_FLAG_OVERLAPPED 0x40000000
#define FILE_FLAG_WRITE_THROUGH 0x80000000u

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000ff

#define LMEM_FIXED 0x0000
#define LMEM_ZEROINIT 0x0040
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)

NSHM_WIN32_BEGIN

HANDLE WINAPI CreateFileMappingA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes,
                                 DWORD flProtect, DWORD dwMaximumSizeHigh, DWORD dwMaximumSizeLow,
                                 LPCSTR lpName) NSHM_WIN32_SYMBOL(CreateFileMappingA);
HANDLE WINAPI OpenFileMappingA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName)
    NSHM_WIN32_SYMBOL(OpenFileMappingA);

HANDLE WINAPI OpenMutexA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName)
    NSHM_WIN32_SYMBOL(OpenMutexA);
HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                               LONG lMaximumCount, LPCSTR lpName)
    NSHM_WIN32_SYMBOL(CreateSemaphoreA);
HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                 LONG lMaximumCount, LPCSTR lpName, DWORD dwFlags,
                                 DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateSemaphoreExA);
HANDLE WINAPI OpenSemaphoreA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName)
    NSHM_WIN32_SYMBOL(OpenSemaphoreA);
BOOL WINAPI PulseEvent(HANDLE hEvent) NSHM_WIN32_SYMBOL(PulseEvent);

DWORD WINAPI FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                            LPSTR lpBuffer, DWORD nSize, va_list *Arguments)
    NSHM_WIN32_SYMBOL(FormatMessageA);
DWORD WINAPI FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId,
                            LPWSTR lpBuffer, DWORD nSize, va_list *Arguments)
    NSHM_WIN32_SYMBOL(FormatMessageW);
HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes) NSHM_WIN32_SYMBOL(LocalAlloc);
HLOCAL WINAPI LocalFree(HLOCAL hMem) NSHM_WIN32_SYMBOL(LocalFree);

int WINAPI lstrlenA(LPCSTR lpString) NSHM_WIN32_SYMBOL(lstrlenA);
int WINAPI lstrlenW(LPCWSTR lpString) NSHM_WIN32_SYMBOL(lstrlenW);

NSHM_WIN32_END

#define FormatMessage NSHM_WIN32_TEXT_SIZED(FormatMessage)
#define lstrlen NSHM_WIN32_TEXT_SIZED(lstrlen)

#endif
#endif
