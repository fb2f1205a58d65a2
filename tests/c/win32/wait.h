/* Waits and what is waited for, as the rows say it. */
#ifndef WAIT_H
#define WAIT_H

#include <windows.h>

/* CreateEventA, CreateMutexA and CreateSemaphoreA. */
HANDLE create_event(BOOL manual, BOOL initial, const char *name);
HANDLE create_mutex(BOOL owned, const char *name);
HANDLE create_semaphore(LONG initial, LONG most, const char *name);

/* OpenEventA, OpenMutexA and OpenSemaphoreA. */
HANDLE open_event(DWORD access, const char *name);
HANDLE open_mutex(DWORD access, const char *name);
HANDLE open_semaphore(DWORD access, const char *name);

/* What a wait says: "0", "abandoned", "timeout", or "failed" with the last error; for several
 * objects also "1", "abandoned 1" and so on. The last error is said where it was touched. */
const char *wait_for(HANDLE object, DWORD timeout);
const char *wait_for_any(DWORD count, const HANDLE *objects, DWORD timeout);
const char *wait_for_all(DWORD count, const HANDLE *objects, DWORD timeout);
const char *signal_and_wait(HANDLE signalled, HANDLE awaited, DWORD timeout);

/* Whether an object can be had at once: "0" or "timeout". */
const char *poll(HANDLE object);

/* SetEvent, ResetEvent, ReleaseMutex and ReleaseSemaphore, as `done` says it. */
const char *set(HANDLE event);
const char *reset(HANDLE event);
const char *release_mutex(HANDLE mutex);
const char *release_semaphore(HANDLE semaphore, LONG count);

#endif
