/* What this system is like, and how long it has been running. */

#ifndef NSHM_WIN32_SYSINFOAPI_H
#define NSHM_WIN32_SYSINFOAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

typedef struct _SYSTEM_INFO {
    __extension__ union {
        DWORD dwOemId;
        __extension__ struct {
            WORD wProcessorArchitecture;
            WORD wReserved;
        };
    };
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity;
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

NSHM_WIN32_BEGIN

void WINAPI GetSystemInfo(LPSYSTEM_INFO lpSystemInfo) NSHM_WIN32_SYMBOL(GetSystemInfo);
void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO lpSystemInfo) NSHM_WIN32_SYMBOL(GetNativeSystemInfo);
DWORD WINAPI GetTickCount(void) NSHM_WIN32_SYMBOL(GetTickCount);
ULONGLONG WINAPI GetTickCount64(void) NSHM_WIN32_SYMBOL(GetTickCount64);

NSHM_WIN32_END

#endif
#endif
