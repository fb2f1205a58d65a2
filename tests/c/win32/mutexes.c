/* Mutexes (section 8). */
#include "call.h"
#include "process.h"
#include "row.h"
#include "wait.h"

#include <string.h>

static void creation(void)
{
    HANDLE mutex = create_mutex(FALSE, name("mutex")), again;

    row("8.mutex.fresh", "ok 0", outcome(mutex));
    again = create_mutex(TRUE, name("mutex"));
    row("8.mutex.existing", "ok 183", outcome(again));
    row("8.mutex.existing.is-not-owned", "FALSE 288", release_mutex(again));
    CloseHandle(again);
    row("8.mutex.open", "ok untouched", tried(open_mutex(MUTEX_ALL_ACCESS, name("mutex"))));
    row("8.mutex.open.missing", "NULL 2", tried(open_mutex(MUTEX_ALL_ACCESS, name("nothing"))));
    row("8.mutex.open.other-case", "NULL 2", tried(open_mutex(MUTEX_ALL_ACCESS, name("Mutex"))));
    row("8.mutex.open.no-name", "NULL 87", tried(open_mutex(MUTEX_ALL_ACCESS, NULL)));
    forget();
    row("8.mutex.open.no-name.wide", "NULL 87",
        tried(OpenMutexW(MUTEX_ALL_ACCESS, FALSE, NULL)));
    CloseHandle(mutex);
    row("6.l9.mutex", "NULL 2", tried(open_mutex(MUTEX_ALL_ACCESS, name("mutex"))));
}

static void recursion(void)
{
    HANDLE mutex = create_mutex(TRUE, NULL);
    const char *first;

    row("8.mutex.recursion.again", "0", poll(mutex));
    first = release_mutex(mutex);
    row("8.mutex.recursion.release-twice", "TRUE TRUE",
        text("%s %s", first, release_mutex(mutex)));
    row("8.mutex.over-release", "FALSE 288", release_mutex(mutex));
    CloseHandle(mutex);
}

typedef struct {
    HANDLE mutex;
    const char *result;
} Visitor;

static void visit(void *argument)
{
    Visitor *visitor = (Visitor *)argument;
    visitor->result = poll(visitor->mutex);
}

static void visit_and_release(void *argument)
{
    Visitor *visitor = (Visitor *)argument;
    visitor->result = release_mutex(visitor->mutex);
}

/* What another thread finds. */
static const char *by_another_thread(HANDLE mutex, ThreadFunction function)
{
    Visitor visitor = {mutex, NULL};
    thread_join(thread_start(function, &visitor));
    return visitor.result;
}

static void ownership(void)
{
    HANDLE mutex = create_mutex(TRUE, NULL);

    row("8.mutex.other-thread.wait", "timeout", by_another_thread(mutex, visit));
    row("8.mutex.other-thread.release", "FALSE 288", by_another_thread(mutex, visit_and_release));
    release_mutex(mutex);
    CloseHandle(mutex);
}

static void abandonment(void)
{
    HANDLE mutex = create_mutex(FALSE, NULL);
    Process *owner;

    row("8.mutex.thread-ends.takes-it", "0", by_another_thread(mutex, visit));
    row("8.mutex.thread-ends", "abandoned 0", poll(mutex));
    row("8.mutex.thread-ends.once", "0", poll(mutex));
    release_mutex(mutex);
    release_mutex(mutex);
    row("8.mutex.thread-ends.released", "0", by_another_thread(mutex, visit));
    CloseHandle(mutex);

    mutex = create_mutex(FALSE, name("killed"));
    owner = process_start("own", "killed");
    process_hear(owner);
    row("8.mutex.process-owns", "timeout", poll(mutex));
    process_kill(owner);
    row("8.mutex.process-killed", "abandoned 0", wait_for(mutex, INFINITE));
    row("8.mutex.process-killed.once", "0", poll(mutex));
    release_mutex(mutex);
    release_mutex(mutex);
    row("8.mutex.process-killed.released", "FALSE 288", release_mutex(mutex));
    CloseHandle(mutex);

    mutex = create_mutex(FALSE, name("ended"));
    owner = process_start("own", "ended");
    process_hear(owner);
    process_end(owner);
    row("8.mutex.process-ends", "abandoned 0", wait_for(mutex, INFINITE));
    release_mutex(mutex);
    CloseHandle(mutex);
}

/* ReleaseMutex needs no right. */
static void release_with(const char *right, DWORD access)
{
    HANDLE mutex = create_mutex(TRUE, name("release"));
    HANDLE opened = open_mutex(access, name("release"));

    row(text("8.mutex.release.%s", right), "TRUE", release_mutex(opened));
    CloseHandle(opened);
    CloseHandle(mutex);
}

static void access_masks(void)
{
    HANDLE mutex = create_mutex(FALSE, name("access")), opened;

    release_with("modify", MUTEX_MODIFY_STATE);
    release_with("delete", DELETE);
    release_with("read-control", READ_CONTROL);
    release_with("write-dac", WRITE_DAC);
    release_with("write-owner", WRITE_OWNER);
    release_with("synchronize", SYNCHRONIZE);

    opened = open_mutex(GENERIC_READ | GENERIC_WRITE, name("access"));
    row("8.mutex.generic-read+write", "ok untouched", outcome(opened));
    row("8.mutex.generic-read+write.wait", "failed 5", poll(opened));
    CloseHandle(opened);
    WINE_DIFFERS("ok untouched", "checks no access here");
    row("8.mutex.access.0", "NULL 5", tried(open_mutex(0, name("access"))));
    WINE_DIFFERS("ok untouched", "checks no access here");
    row("8.mutex.access.0x00000002", "NULL 5", tried(open_mutex(2, name("access"))));
    WINE_DIFFERS("ok untouched", "checks no access here");
    row("8.mutex.access.0x00200000", "NULL 5", tried(open_mutex(0x200000, name("access"))));
    CloseHandle(mutex);
}

void rows(void)
{
    creation();
    recursion();
    ownership();
    abandonment();
    access_masks();
}

int child(const char *role, const char *argument)
{
    HANDLE mutex = open_mutex(SYNCHRONIZE, name(argument));

    if (strcmp(role, "own") != 0)
        return 2;
    say(wait_for(mutex, INFINITE));
    hear();
    return 0;
}
