/* Waits and what is waited for: see wait.h. */
#include "wait.h"

#include "call.h"
#include "row.h"

HANDLE create_event(BOOL manual, BOOL initial, const char *name)
{
    forget();
    return CreateEventA(NULL, manual, initial, name);
}

HANDLE create_mutex(BOOL owned, const char *name)
{
    forget();
    return CreateMutexA(NULL, owned, name);
}

HANDLE create_semaphore(LONG initial, LONG most, const char *name)
{
    forget();
    return CreateSemaphoreA(NULL, initial, most, name);
}

HANDLE open_event(DWORD access, const char *name)
{
    forget();
    return OpenEventA(access, FALSE, name);
}

HANDLE open_mutex(DWORD access, const char *name)
{
    forget();
    return OpenMutexA(access, FALSE, name);
}

HANDLE open_semaphore(DWORD access, const char *name)
{
    forget();
    return OpenSemaphoreA(access, FALSE, name);
}

static const char *waited(DWORD result)
{
    const char *error = last_error();

    if (result == WAIT_FAILED)
        return text("failed %s", error);
    if (GetLastError() != UNTOUCHED)
        error = text(", last error %s", error);
    else
        error = "";
    if (result == WAIT_TIMEOUT)
        return text("timeout%s", error);
    if (result >= WAIT_ABANDONED_0 && result < WAIT_ABANDONED_0 + MAXIMUM_WAIT_OBJECTS)
        return text("abandoned %lu%s", (unsigned long)(result - WAIT_ABANDONED_0), error);
    return text("%lu%s", (unsigned long)(result - WAIT_OBJECT_0), error);
}

const char *wait_for(HANDLE object, DWORD timeout)
{
    forget();
    return waited(WaitForSingleObject(object, timeout));
}

const char *wait_for_any(DWORD count, const HANDLE *objects, DWORD timeout)
{
    forget();
    return waited(WaitForMultipleObjects(count, objects, FALSE, timeout));
}

const char *wait_for_all(DWORD count, const HANDLE *objects, DWORD timeout)
{
    forget();
    return waited(WaitForMultipleObjects(count, objects, TRUE, timeout));
}

const char *signal_and_wait(HANDLE signalled, HANDLE awaited, DWORD timeout)
{
    forget();
    return waited(SignalObjectAndWait(signalled, awaited, timeout, FALSE));
}

const char *poll(HANDLE object)
{
    return wait_for(object, 0);
}

const char *set(HANDLE event)
{
    forget();
    return done(SetEvent(event));
}

const char *reset(HANDLE event)
{
    forget();
    return done(ResetEvent(event));
}

const char *release_mutex(HANDLE mutex)
{
    forget();
    return done(ReleaseMutex(mutex));
}

const char *release_semaphore(HANDLE semaphore, LONG count)
{
    LONG before = -7;
    const char *result;

    forget();
    result = done(ReleaseSemaphore(semaphore, count, &before));
    return text("%s before=%ld", result, (long)before);
}
