/* Handles of every kind of object. */

#ifndef NSHM_WIN32_HANDLEAPI_H
#define NSHM_WIN32_HANDLEAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwindef.h"

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

NSHM_WIN32_BEGIN

BOOL WINAPI CloseHandle(HANDLE hObject) NSHM_WIN32_SYMBOL(CloseHandle);
BOOL WINAPI DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle,
                            HANDLE hTargetProcessHandle, LPHANDLE lpTargetHandle,
                            DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwOptions)
    NSHM_WIN32_SYMBOL(DuplicateHandle);
BOOL WINAPI GetHandleInformation(HANDLE hObject, LPDWORD lpdwFlags)
    NSHM_WIN32_SYMBOL(GetHandleInformation);
BOOL WINAPI SetHandleInformation(HANDLE hObject, DWORD dwMask, DWORD dwFlags)
    NSHM_WIN32_SYMBOL(SetHandleInformation);

NSHM_WIN32_END

#endif
#endif
