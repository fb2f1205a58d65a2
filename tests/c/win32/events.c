/* Events (section 8). */
#include "call.h"
#include "process.h"
#include "row.h"
#include "wait.h"

#include <string.h>

static void creation(void)
{
    HANDLE event = create_event(TRUE, TRUE, name("event")), again;

    row("8.event.fresh", "ok 0", outcome(event));
    again = create_event(FALSE, FALSE, name("event"));
    row("8.event.existing", "ok 183", outcome(again));
    row("8.event.existing.keeps-its-state", "0", poll(again));
    row("8.event.existing.stays-manual", "0", poll(again));
    CloseHandle(again);
    row("8.event.open", "ok untouched", tried(open_event(EVENT_ALL_ACCESS, name("event"))));
    row("8.event.open.missing", "NULL 2", tried(open_event(EVENT_ALL_ACCESS, name("nothing"))));
    row("8.event.open.other-case", "NULL 2", tried(open_event(EVENT_ALL_ACCESS, name("Event"))));
    row("8.event.open.no-name", "NULL 87", tried(open_event(EVENT_ALL_ACCESS, NULL)));
    forget();
    row("8.event.open.no-name.wide", "NULL 87",
        tried(OpenEventW(EVENT_ALL_ACCESS, FALSE, NULL)));
    forget();
    row("8.event.open.wide", "ok untouched",
        tried(OpenEventW(EVENT_ALL_ACCESS, FALSE, wide(name("event")))));
    CloseHandle(event);
    row("6.l9.event", "NULL 2", tried(open_event(EVENT_ALL_ACCESS, name("event"))));
}

static void states(void)
{
    HANDLE automatic = create_event(FALSE, FALSE, NULL), manual = create_event(TRUE, FALSE, NULL);
    const char *first;

    row("8.event.auto.fresh", "timeout", poll(automatic));
    set(automatic);
    set(automatic);
    row("8.event.auto.set", "TRUE", set(automatic));
    first = poll(automatic);
    row("8.event.auto.three-sets-one-token", "0 timeout", text("%s %s", first, poll(automatic)));
    set(automatic);
    row("8.event.auto.reset", "TRUE", reset(automatic));
    row("8.event.auto.was-reset", "timeout", poll(automatic));

    set(manual);
    first = poll(manual);
    row("8.event.manual.stays", "0 0", text("%s %s", first, poll(manual)));
    reset(manual);
    row("8.event.manual.reset", "timeout", poll(manual));
    CloseHandle(manual);
    CloseHandle(automatic);
}

typedef struct {
    HANDLE awaited, ended;
} Waiter;

static void wait_then_tell(void *argument)
{
    Waiter *waiter = (Waiter *)argument;
    WaitForSingleObject(waiter->awaited, INFINITE);
    SetEvent(waiter->ended);
}

/* Pulses until the waiter has gone: one pulse is lost if it comes in front of the wait. */
static const char *pulsed(BOOL manual)
{
    Waiter waiter = {create_event(manual, FALSE, NULL), create_event(TRUE, FALSE, NULL)};
    Thread *thread = thread_start(wait_then_tell, &waiter);
    const char *result;
    BOOL ok = TRUE;

    while (ok && WaitForSingleObject(waiter.ended, 1) == WAIT_TIMEOUT)
        ok = PulseEvent(waiter.awaited);
    thread_join(thread);
    result = text("%s then %s", done(ok), poll(waiter.awaited));
    CloseHandle(waiter.ended);
    CloseHandle(waiter.awaited);
    return result;
}

/* Two wait, and the event is set twice in a row, or set and reset. Nobody can see from outside whether they
 * wait already, so there is more time for that at each attempt. */
static const char *let_go(BOOL twice)
{
    const char *result = "not all";
    DWORD patience;

    for (patience = 10; patience <= 1280 && strcmp(result, "all") != 0; patience *= 2) {
        HANDLE event = create_event(FALSE, FALSE, NULL);
        Waiter first = {event, create_event(TRUE, FALSE, NULL)};
        Waiter second = {event, create_event(TRUE, FALSE, NULL)};
        Thread *one = thread_start(wait_then_tell, &first);
        Thread *two = twice ? thread_start(wait_then_tell, &second) : NULL;
        HANDLE ended[2];

        ended[0] = first.ended;
        ended[1] = second.ended;
        Sleep(patience);
        SetEvent(event);
        if (twice)
            SetEvent(event);
        else
            ResetEvent(event);
        if (WaitForMultipleObjects(twice ? 2 : 1, ended, TRUE, patience) == WAIT_OBJECT_0)
            result = "all";
        while (WaitForMultipleObjects(twice ? 2 : 1, ended, TRUE, 1) == WAIT_TIMEOUT)
            SetEvent(event);
        thread_join(one);
        if (two)
            thread_join(two);
        CloseHandle(second.ended);
        CloseHandle(first.ended);
        CloseHandle(event);
    }
    return result;
}

static const char *pulsed_alone(BOOL manual)
{
    HANDLE event = create_event(manual, TRUE, NULL);
    const char *result;

    forget();
    result = done(PulseEvent(event));
    result = text("%s then %s", result, poll(event));
    CloseHandle(event);
    return result;
}

static void pulses(void)
{
    row("8.event.auto.two-sets-let-two-go", "all", let_go(TRUE));
    row("8.event.auto.set-and-reset-let-one-go", "all", let_go(FALSE));
    row("8.event.pulse.auto", "TRUE then timeout", pulsed(FALSE));
    row("8.event.pulse.manual", "TRUE then timeout", pulsed(TRUE));
    row("8.event.pulse.auto.nobody", "TRUE then timeout", pulsed_alone(FALSE));
    row("8.event.pulse.manual.nobody", "TRUE then timeout", pulsed_alone(TRUE));
}

static void access_masks(void)
{
    HANDLE event = create_event(TRUE, FALSE, name("access")), opened;

    opened = open_event(SYNCHRONIZE, name("access"));
    row("8.event.synchronize.set", "FALSE 5", set(opened));
    row("8.event.synchronize.reset", "FALSE 5", reset(opened));
    row("8.event.synchronize.wait", "timeout", poll(opened));
    CloseHandle(opened);
    opened = open_event(EVENT_MODIFY_STATE, name("access"));
    row("8.event.modify.set", "TRUE", set(opened));
    row("8.event.modify.wait", "failed 5", poll(opened));
    CloseHandle(opened);
    WINE_DIFFERS("ok untouched", "checks no access here");
    row("8.event.access.0", "NULL 5", tried(open_event(0, name("access"))));
    row("8.event.created.may-set", "TRUE", set(event));
    row("8.event.created.may-wait", "0", poll(event));
    CloseHandle(event);
}

/* A process waits for what another one sets. */
static void across_processes(void)
{
    HANDLE go = create_event(FALSE, FALSE, name("go"));
    Process *waiter = process_start("wait", "go");
    const char *answer;

    process_hear(waiter);
    set(go);
    answer = process_hear(waiter);
    row("8.event.other-process", "0", answer);
    row("8.event.other-process.consumed", "timeout", poll(go));
    process_end(waiter);
    CloseHandle(go);
}

void rows(void)
{
    creation();
    states();
    pulses();
    access_masks();
    across_processes();
}

int child(const char *role, const char *argument)
{
    HANDLE event = open_event(SYNCHRONIZE, name(argument));

    if (strcmp(role, "wait") != 0 || !event)
        return 2;
    say("waiting");
    say(wait_for(event, INFINITE));
    return 0;
}
