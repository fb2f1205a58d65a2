/* Waiting. */

#ifndef NSHM_WIN32_SYNCHAPI_H
#define NSHM_WIN32_SYNCHAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

NSHM_WIN32_BEGIN

void WINAPI Sleep(DWORD dwMilliseconds) NSHM_WIN32_SYMBOL(Sleep);

NSHM_WIN32_END

#endif
#endif
