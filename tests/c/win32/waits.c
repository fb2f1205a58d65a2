/* Waits for one object, for any and for all (section 8). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"
#include "wait.h"

#define MORE_THAN_ALLOWED (MAXIMUM_WAIT_OBJECTS + 1)

static void one_object(void)
{
    HANDLE event = create_event(FALSE, TRUE, NULL);
    HANDLE file = file_of(1), section = create_page(NULL);

    row("8.wait.signalled", "0", wait_for(event, INFINITE));
    row("8.wait.poll", "timeout", wait_for(event, 0));
    row("8.wait.timeout", "timeout", wait_for(event, 10));
    row("8.wait.process", "timeout", poll(GetCurrentProcess()));
    row("8.wait.thread", "timeout", poll(GetCurrentThread()));
    row("8.wait.file", "0", poll(file));
    row("4.6.wait.section", "failed 5", poll(section));
    row("8.wait.null", "failed 6", poll(NULL));
    row("8.wait.garbage", "failed 6", poll(NO_HANDLE));
    CloseHandle(event);
    row("8.wait.closed", "failed 6", poll(event));
    CloseHandle(section);
    CloseHandle(file);
}

static void wrong_types(void)
{
    HANDLE event = create_event(FALSE, TRUE, NULL), mutex = create_mutex(FALSE, NULL);
    HANDLE semaphore = create_semaphore(0, 1, NULL), section = create_page(NULL);

    row("4.6.wrong-type.set-section", "FALSE 6", set(section));
    row("4.6.wrong-type.set-mutex", "FALSE 6", set(mutex));
    row("4.6.wrong-type.reset-semaphore", "FALSE 6", reset(semaphore));
    row("4.6.wrong-type.release-section", "FALSE 6", release_mutex(section));
    row("4.6.wrong-type.release-event", "FALSE 6", release_mutex(event));
    row("4.6.wrong-type.count-event", "FALSE 6 before=-7", release_semaphore(event, 1));
    row("4.6.wrong-type.count-section", "FALSE 6 before=-7", release_semaphore(section, 1));
    row("4.6.wrong-type.map-event", "NULL 6", mapped(map(event, FILE_MAP_READ)));
    row("2.4.event", "NULL 6", tried(create_of(event, PAGE_READWRITE, 0x1000, NULL)));
    CloseHandle(section);
    CloseHandle(semaphore);
    CloseHandle(mutex);
    CloseHandle(event);
}

static void numbers_of_objects(void)
{
    HANDLE objects[MORE_THAN_ALLOWED];
    DWORD i;

    for (i = 0; i < MORE_THAN_ALLOWED; i++)
        objects[i] = create_event(FALSE, FALSE, NULL);
    row("8.waits.none", "failed 87", wait_for_any(0, objects, 0));
    row("8.waits.none.all", "failed 87", wait_for_all(0, objects, 0));
    row("8.waits.65", "failed 87", wait_for_any(MORE_THAN_ALLOWED, objects, 0));
    row("8.waits.64", "timeout", wait_for_any(MAXIMUM_WAIT_OBJECTS, objects, 0));
    set(objects[63]);
    row("8.waits.64.last", "63", wait_for_any(MAXIMUM_WAIT_OBJECTS, objects, INFINITE));
    for (i = 0; i < MORE_THAN_ALLOWED; i++)
        CloseHandle(objects[i]);
}

static void any(void)
{
    HANDLE objects[4];
    const char *first;

    objects[0] = create_event(FALSE, FALSE, NULL);
    objects[1] = create_event(FALSE, TRUE, NULL);
    objects[2] = create_semaphore(1, 1, NULL);
    objects[3] = NO_HANDLE;
    row("8.any.lowest", "1", wait_for_any(3, objects, INFINITE));
    row("8.any.only-that", "timeout", poll(objects[1]));
    row("8.any.next", "2", wait_for_any(3, objects, INFINITE));
    row("8.any.timeout", "timeout", wait_for_any(3, objects, 10));
    row("8.any.bad-handle", "failed 6", wait_for_any(4, objects, 0));
    objects[1] = objects[0];
    set(objects[0]);
    first = wait_for_any(2, objects, 0);
    row("8.any.twice-the-same", "0 timeout",
        text("%s %s", first, wait_for_any(2, objects, 0)));
    CloseHandle(objects[2]);
    CloseHandle(objects[0]);
}

static void all(void)
{
    HANDLE objects[3];

    objects[0] = create_event(FALSE, TRUE, NULL);
    objects[1] = create_mutex(FALSE, NULL);
    objects[2] = create_semaphore(0, 1, NULL);
    row("8.all.timeout", "timeout", wait_for_all(3, objects, 10));
    row("8.all.timeout.event-kept", "0", poll(objects[0]));
    row("8.all.timeout.mutex-kept", "FALSE 288", release_mutex(objects[1]));
    set(objects[0]);
    release_semaphore(objects[2], 1);
    row("8.all.had", "0", wait_for_all(3, objects, INFINITE));
    row("8.all.had.event", "timeout", poll(objects[0]));
    row("8.all.had.mutex", "TRUE", release_mutex(objects[1]));
    row("8.all.had.semaphore", "timeout", poll(objects[2]));
    CloseHandle(objects[2]);

    set(objects[0]);
    objects[2] = objects[0];
    WINE_DIFFERS("0", "does not look for the same object twice");
    row("8.all.twice-the-same", "failed 87", wait_for_all(3, objects, 0));
    objects[2] = duplicate(objects[0], 0, DUPLICATE_SAME_ACCESS);
    set(objects[0]);
    WINE_DIFFERS("0", "does not look for the same object twice");
    row("8.all.twice-the-same.duplicate", "failed 87", wait_for_all(3, objects, 0));
    CloseHandle(objects[2]);
    CloseHandle(objects[1]);
    CloseHandle(objects[0]);
}

static void pseudo_handles(void)
{
    HANDLE objects[2];

    objects[0] = create_event(FALSE, FALSE, NULL);
    objects[1] = GetCurrentProcess();
    WINE_DIFFERS("timeout", "takes the pseudo handles");
    row("8.waits.process", "failed 6", wait_for_any(2, objects, 0));
    objects[1] = GetCurrentThread();
    WINE_DIFFERS("timeout", "takes the pseudo handles");
    row("8.waits.thread", "failed 6", wait_for_any(2, objects, 0));
    CloseHandle(objects[0]);
}

static void own(void *mutex)
{
    WaitForSingleObject((HANDLE)mutex, INFINITE);
}

static void abandoned(void)
{
    HANDLE objects[3];

    objects[0] = create_event(FALSE, FALSE, NULL);
    objects[1] = create_mutex(FALSE, NULL);
    objects[2] = create_event(TRUE, TRUE, NULL);
    thread_join(thread_start(own, objects[1]));
    row("8.any.abandoned", "abandoned 1", wait_for_any(3, objects, INFINITE));
    release_mutex(objects[1]);
    thread_join(thread_start(own, objects[1]));
    set(objects[0]);
    row("8.all.abandoned", "abandoned 0", wait_for_all(3, objects, INFINITE));
    CloseHandle(objects[2]);
    CloseHandle(objects[1]);
    CloseHandle(objects[0]);
}

static void signal_then_wait(void)
{
    HANDLE event = create_event(FALSE, FALSE, NULL), other = create_event(FALSE, TRUE, NULL);
    HANDLE mutex = create_mutex(FALSE, NULL), full = create_semaphore(1, 1, NULL);
    HANDLE file = file_of(1), section = create_page(NULL);

    row("8.signal.null", "failed 6", signal_and_wait(NULL, event, 0));
    row("8.signal.both", "0", signal_and_wait(event, other, INFINITE));
    row("8.signal.signalled", "0", poll(event));
    row("8.signal.consumed", "timeout", poll(other));
    row("8.signal.same", "0", signal_and_wait(event, event, INFINITE));
    row("8.signal.timeout", "timeout", signal_and_wait(event, other, 10));
    reset(event);
    set(other);
    row("8.signal.full-semaphore", "failed 298", signal_and_wait(full, other, 0));
    row("8.signal.full-semaphore.no-wait", "0", poll(other));
    row("8.signal.mutex-not-owned", "failed 288", signal_and_wait(mutex, other, 0));
    row("8.signal.file", "failed 6", signal_and_wait(file, other, 0));
    row("8.signal.section", "failed 6", signal_and_wait(section, other, 0));
    CloseHandle(section);
    CloseHandle(file);
    CloseHandle(full);
    CloseHandle(mutex);
    CloseHandle(other);
    CloseHandle(event);
}

/* Waits that do not end before another thread sets what is awaited. */
static void set_later(void *event)
{
    SetEvent((HANDLE)event);
}

static void woken(void)
{
    HANDLE events[2];
    Thread *thread;

    events[0] = create_event(FALSE, FALSE, NULL);
    events[1] = create_event(FALSE, FALSE, NULL);
    thread = thread_start(set_later, events[0]);
    row("8.wait.woken", "0", wait_for(events[0], INFINITE));
    thread_join(thread);
    thread = thread_start(set_later, events[1]);
    row("8.any.woken", "1", wait_for_any(2, events, INFINITE));
    thread_join(thread);
    set(events[0]);
    thread = thread_start(set_later, events[1]);
    row("8.all.woken", "0", wait_for_all(2, events, INFINITE));
    thread_join(thread);
    forget();
    row("8.wait.alertable", "timeout",
        WaitForSingleObjectEx(events[0], 0, TRUE) == WAIT_TIMEOUT ? "timeout" : "other");
    CloseHandle(events[1]);
    CloseHandle(events[0]);
}

void rows(void)
{
    one_object();
    wrong_types();
    numbers_of_objects();
    any();
    all();
    pseudo_handles();
    abandoned();
    signal_then_wait();
    woken();
}

NO_CHILDREN
