/* Events, mutexes and semaphores at work, and what the rows of all systems leave out: the functions
 * with flags and rights, files and processes among what is waited for, security. */
#include <windows.h>

#include <pthread.h>

#include "check.h"

enum { WORKERS = 4, ROUNDS = 2000, SLOTS = 3 };

/* What the threads share: a queue of jobs, and who may touch it. */
static struct {
    HANDLE mutex, filled, empty, done;
    int jobs[SLOTS];
    unsigned first, last, finished;
} queue;

static void put(int job)
{
    HANDLE both[2];

    both[0] = queue.empty;
    both[1] = queue.mutex;
    CHECK(WaitForMultipleObjects(2, both, TRUE, INFINITE) == WAIT_OBJECT_0);
    queue.jobs[queue.last++ % SLOTS] = job;
    CHECK(ReleaseMutex(queue.mutex) && ReleaseSemaphore(queue.filled, 1, NULL));
}

static int get(void)
{
    int job;

    CHECK(WaitForSingleObject(queue.filled, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(queue.mutex, INFINITE) == WAIT_OBJECT_0);
    job = queue.jobs[queue.first++ % SLOTS];
    if (job >= 0 && ++queue.finished == ROUNDS)
        CHECK(SetEvent(queue.done));
    CHECK(ReleaseMutex(queue.mutex) && ReleaseSemaphore(queue.empty, 1, NULL));
    return job;
}

static void *work(void *unused)
{
    while (get() >= 0)
        ;
    return unused;
}

static void jobs_are_done_by_many(void)
{
    pthread_t workers[WORKERS];
    int i;

    queue.mutex = CreateMutexA(NULL, FALSE, NULL);
    queue.filled = CreateSemaphoreA(NULL, 0, SLOTS, NULL);
    queue.empty = CreateSemaphoreA(NULL, SLOTS, SLOTS, NULL);
    queue.done = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, work, NULL) == 0);
    for (i = 0; i < ROUNDS; i++)
        put(i);
    CHECK(WaitForSingleObject(queue.done, INFINITE) == WAIT_OBJECT_0);
    for (i = 0; i < WORKERS; i++)
        put(-1);
    for (i = 0; i < WORKERS; i++)
        CHECK(pthread_join(workers[i], NULL) == 0);
    CHECK(queue.finished == ROUNDS);
    CHECK(CloseHandle(queue.mutex) && CloseHandle(queue.filled));
    CHECK(CloseHandle(queue.empty) && CloseHandle(queue.done));
}

static void flags_and_rights(void)
{
    HANDLE event = CreateEventExA(NULL, "flags", CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET,
                                  SYNCHRONIZE);
    HANDLE again = CreateEventExW(NULL, u"flags", 0, EVENT_MODIFY_STATE);
    HANDLE mutex = CreateMutexExA(NULL, "owned", CREATE_MUTEX_INITIAL_OWNER, SYNCHRONIZE);
    HANDLE semaphore = CreateSemaphoreExA(NULL, 1, 1, "count", 0, SEMAPHORE_MODIFY_STATE);
    LONG before = -1;

    CHECK(event && again && GetLastError() == 0 && mutex && semaphore);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    FAILS(ResetEvent(event), ERROR_ACCESS_DENIED);
    CHECK(ResetEvent(again) && WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(again, 0) == WAIT_FAILED && GetLastError() == ERROR_ACCESS_DENIED);
    CHECK(ReleaseMutex(mutex));
    FAILS(ReleaseMutex(mutex), ERROR_NOT_OWNER);
    FAILS(ReleaseSemaphore(semaphore, 1, &before), ERROR_TOO_MANY_POSTS);
    CHECK(before == -1);
    CHECK(CloseHandle(event) && CloseHandle(again) && CloseHandle(mutex) && CloseHandle(semaphore));

    FAILS(CreateEventExA(NULL, NULL, 4, EVENT_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    FAILS(CreateMutexExW(NULL, NULL, 2, MUTEX_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    FAILS(CreateSemaphoreExW(NULL, 0, 1, NULL, 1, SEMAPHORE_ALL_ACCESS), ERROR_INVALID_PARAMETER);
    FAILS(CreateEventExA(NULL, NULL, 0, 0x8000), ERROR_ACCESS_DENIED);
    FAILS(OpenEventA(EVENT_ALL_ACCESS, FALSE, ""), ERROR_INVALID_HANDLE);
    FAILS(OpenMutexA(MUTEX_ALL_ACCESS, FALSE, "a\\b"), ERROR_PATH_NOT_FOUND);
    FAILS(OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, u"\\a"), ERROR_BAD_PATHNAME);
    FAILS(CreateSemaphoreW(NULL, 0, 1, u"Local\\"), ERROR_INVALID_NAME);
}

/* A file is never busy, and this process does not end. */
static void files_and_processes(void)
{
    char folder[MAX_PATH], path[MAX_PATH];
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), process = NULL, file, handles[3];

    CHECK(GetTempPathA(MAX_PATH, folder) && GetTempFileNameA(folder, "syn", 0, path));
    file = CreateFileA(path, GENERIC_READ, 7, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &process,
                          0, FALSE, DUPLICATE_SAME_ACCESS));
    handles[0] = process;
    handles[1] = event;
    handles[2] = file;
    CHECK(WaitForMultipleObjects(3, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 2);
    CHECK(SetEvent(event));
    CHECK(WaitForMultipleObjects(3, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1);
    CHECK(WaitForMultipleObjects(2, handles, FALSE, 1) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(1, handles, FALSE, 1) == WAIT_TIMEOUT);
    CHECK(SetEvent(event));
    CHECK(WaitForMultipleObjects(3, handles, TRUE, 1) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(2, handles + 1, TRUE, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(1, handles + 2, TRUE, 0) == WAIT_OBJECT_0);
    handles[0] = file;
    CHECK(WaitForMultipleObjects(3, handles, TRUE, 0) == WAIT_FAILED);
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK(WaitForMultipleObjects(1, NULL, TRUE, 0) == WAIT_FAILED);
    CHECK(GetLastError() == ERROR_NOACCESS);
    CHECK(CloseHandle(file) && CloseHandle(process) && CloseHandle(event));
}

/* An empty list admits nobody; whoever has a handle keeps it. */
static void security(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, TRUE};
    ACL nobody;
    HANDLE event;
    DWORD flags = 0;

    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK(InitializeAcl(&nobody, sizeof nobody, ACL_REVISION));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, &nobody, FALSE));
    event = CreateEventA(&attributes, FALSE, FALSE, "closed");
    CHECK(event && SetEvent(event) && WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(GetHandleInformation(event, &flags) && flags == HANDLE_FLAG_INHERIT);
    FAILS(OpenEventA(SYNCHRONIZE, FALSE, "closed"), ERROR_ACCESS_DENIED);
    FAILS(CreateEventA(NULL, FALSE, FALSE, "closed"), ERROR_ACCESS_DENIED);
    CHECK(CloseHandle(event));
    descriptor.Revision = 9;
    FAILS(CreateMutexA(&attributes, FALSE, "closed"), ERROR_UNKNOWN_REVISION);
}

static void rights_of_copies(void)
{
    HANDLE process = GetCurrentProcess(), event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE waiter = NULL, setter = NULL;

    CHECK(DuplicateHandle(process, event, process, &waiter, SYNCHRONIZE, FALSE, 0));
    FAILS(SetEvent(waiter), ERROR_ACCESS_DENIED);
    CHECK(DuplicateHandle(process, waiter, process, &setter, EVENT_MODIFY_STATE, FALSE, 0));
    CHECK(CloseHandle(event) && SetEvent(setter));
    CHECK(WaitForSingleObject(waiter, INFINITE) == WAIT_OBJECT_0);
    CHECK(CloseHandle(waiter) && CloseHandle(setter));
}

int main(void)
{
    jobs_are_done_by_many();
    flags_and_rights();
    files_and_processes();
    security();
    rights_of_copies();
    puts("well");
    return 0;
}
