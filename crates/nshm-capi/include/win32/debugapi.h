/* Words for a debugger. */

#ifndef NSHM_WIN32_DEBUGAPI_H
#define NSHM_WIN32_DEBUGAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwindef.h"

NSHM_WIN32_BEGIN

void WINAPI OutputDebugStringA(LPCSTR lpOutputString) NSHM_WIN32_SYMBOL(OutputDebugStringA);
void WINAPI OutputDebugStringW(LPCWSTR lpOutputString) NSHM_WIN32_SYMBOL(OutputDebugStringW);

NSHM_WIN32_END

#define OutputDebugString NSHM_WIN32_TEXT_SIZED(OutputDebugString)

#endif
#endif
