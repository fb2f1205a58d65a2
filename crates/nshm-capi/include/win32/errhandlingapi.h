/* The last error of a thread. */

#ifndef NSHM_WIN32_ERRHANDLINGAPI_H
#define NSHM_WIN32_ERRHANDLINGAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwindef.h"

NSHM_WIN32_BEGIN

DWORD WINAPI GetLastError(void) NSHM_WIN32_SYMBOL(GetLastError);
void WINAPI SetLastError(DWORD dwErrCode) NSHM_WIN32_SYMBOL(SetLastError);

NSHM_WIN32_END

#endif
#endif
