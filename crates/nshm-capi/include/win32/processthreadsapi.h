/* The process and the thread that call. */

#ifndef NSHM_WIN32_PROCESSTHREADSAPI_H
#define NSHM_WIN32_PROCESSTHREADSAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

NSHM_WIN32_BEGIN

HANDLE WINAPI GetCurrentProcess(void) NSHM_WIN32_SYMBOL(GetCurrentProcess);
DWORD WINAPI GetCurrentProcessId(void) NSHM_WIN32_SYMBOL(GetCurrentProcessId);
HANDLE WINAPI GetCurrentThread(void) NSHM_WIN32_SYMBOL(GetCurrentThread);
DWORD WINAPI GetCurrentThreadId(void) NSHM_WIN32_SYMBOL(GetCurrentThreadId);
DECLSPEC_NORETURN void WINAPI ExitProcess(UINT uExitCode) NSHM_WIN32_SYMBOL(ExitProcess);

NSHM_WIN32_END

#endif
#endif
