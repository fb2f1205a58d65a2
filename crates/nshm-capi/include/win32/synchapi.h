/* Events, mutexes and semaphores, and waiting for them or for time to pass. */

#ifndef NSHM_WIN32_SYNCHAPI_H
#define NSHM_WIN32_SYNCHAPI_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwinbase.h"

#define MUTEX_MODIFY_STATE MUTANT_QUERY_STATE
#define MUTEX_ALL_ACCESS MUTANT_ALL_ACCESS

#define CREATE_EVENT_MANUAL_RESET 0x00000001
#define CREATE_EVENT_INITIAL_SET 0x00000002
#define CREATE_MUTEX_INITIAL_OWNER 0x00000001

NSHM_WIN32_BEGIN

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset,
                           BOOL bInitialState, LPCSTR lpName) NSHM_WIN32_SYMBOL(CreateEventA);
HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset,
                           BOOL bInitialState, LPCWSTR lpName) NSHM_WIN32_SYMBOL(CreateEventW);
HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCSTR lpName, DWORD dwFlags,
                             DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateEventExA);
HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCWSTR lpName, DWORD dwFlags,
                             DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateEventExW);
HANDLE WINAPI OpenEventA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName)
    NSHM_WIN32_SYMBOL(OpenEventA);
HANDLE WINAPI OpenEventW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName)
    NSHM_WIN32_SYMBOL(OpenEventW);
BOOL WINAPI SetEvent(HANDLE hEvent) NSHM_WIN32_SYMBOL(SetEvent);
BOOL WINAPI ResetEvent(HANDLE hEvent) NSHM_WIN32_SYMBOL(ResetEvent);

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner,
                           LPCSTR lpName) NSHM_WIN32_SYMBOL(CreateMutexA);
HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner,
                           LPCWSTR lpName) NSHM_WIN32_SYMBOL(CreateMutexW);
HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCSTR lpName, DWORD dwFlags,
                             DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateMutexExA);
HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCWSTR lpName, DWORD dwFlags,
                             DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateMutexExW);
HANDLE WINAPI OpenMutexW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName)
    NSHM_WIN32_SYMBOL(OpenMutexW);
BOOL WINAPI ReleaseMutex(HANDLE hMutex) NSHM_WIN32_SYMBOL(ReleaseMutex);

HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                               LONG lMaximumCount, LPCWSTR lpName)
    NSHM_WIN32_SYMBOL(CreateSemaphoreW);
HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount,
                                 LONG lMaximumCount, LPCWSTR lpName, DWORD dwFlags,
                                 DWORD dwDesiredAccess) NSHM_WIN32_SYMBOL(CreateSemaphoreExW);
HANDLE WINAPI OpenSemaphoreW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName)
    NSHM_WIN32_SYMBOL(OpenSemaphoreW);
BOOL WINAPI ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount)
    NSHM_WIN32_SYMBOL(ReleaseSemaphore);

DWORD WINAPI WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds)
    NSHM_WIN32_SYMBOL(WaitForSingleObject);
DWORD WINAPI WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable)
    NSHM_WIN32_SYMBOL(WaitForSingleObjectEx);
DWORD WINAPI WaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll,
                                    DWORD dwMilliseconds)
    NSHM_WIN32_SYMBOL(WaitForMultipleObjects);
DWORD WINAPI WaitForMultipleObjectsEx(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll,
                                      DWORD dwMilliseconds, BOOL bAlertable)
    NSHM_WIN32_SYMBOL(WaitForMultipleObjectsEx);
DWORD WINAPI SignalObjectAndWait(HANDLE hObjectToSignal, HANDLE hObjectToWaitOn,
                                 DWORD dwMilliseconds, BOOL bAlertable)
    NSHM_WIN32_SYMBOL(SignalObjectAndWait);

void WINAPI Sleep(DWORD dwMilliseconds) NSHM_WIN32_SYMBOL(Sleep);

NSHM_WIN32_END

/* Some of the functions for text of 8 bits are in winbase.h. */
#define CreateEvent NSHM_WIN32_TEXT_SIZED(CreateEvent)
#define CreateEventEx NSHM_WIN32_TEXT_SIZED(CreateEventEx)
#define OpenEvent NSHM_WIN32_TEXT_SIZED(OpenEvent)
#define CreateMutex NSHM_WIN32_TEXT_SIZED(CreateMutex)
#define CreateMutexEx NSHM_WIN32_TEXT_SIZED(CreateMutexEx)
#define OpenMutex NSHM_WIN32_TEXT_SIZED(OpenMutex)
#define CreateSemaphore NSHM_WIN32_TEXT_SIZED(CreateSemaphore)
#define CreateSemaphoreEx NSHM_WIN32_TEXT_SIZED(CreateSemaphoreEx)
#define OpenSemaphore NSHM_WIN32_TEXT_SIZED(OpenSemaphore)

#endif
#endif
