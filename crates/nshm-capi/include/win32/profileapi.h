/* The clock with the finest ticks. */

#ifndef NSHM_WIN32_PROFILEAPI_H
#define NSHM_WIN32_PROFILEAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwindef.h"

NSHM_WIN32_BEGIN

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *lpPerformanceCount)
    NSHM_WIN32_SYMBOL(QueryPerformanceCounter);
BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *lpFrequency)
    NSHM_WIN32_SYMBOL(QueryPerformanceFrequency);

NSHM_WIN32_END

#endif
#endif
