/* Semaphores (section 8). */
#include "call.h"
#include "row.h"
#include "wait.h"

static void creation(void)
{
    HANDLE semaphore = create_semaphore(1, 2, name("semaphore")), again;

    row("8.semaphore.fresh", "ok 0", outcome(semaphore));
    again = create_semaphore(5, 9, name("semaphore"));
    row("8.semaphore.existing", "ok 183", outcome(again));
    row("8.semaphore.existing.keeps-its-counts", "TRUE before=1", release_semaphore(again, 1));
    row("8.semaphore.existing.keeps-its-most", "FALSE 298 before=-7",
        release_semaphore(again, 1));
    CloseHandle(again);
    row("8.semaphore.open", "ok untouched",
        tried(open_semaphore(SEMAPHORE_ALL_ACCESS, name("semaphore"))));
    row("8.semaphore.open.missing", "NULL 2",
        tried(open_semaphore(SEMAPHORE_ALL_ACCESS, name("nothing"))));
    row("8.semaphore.open.other-case", "NULL 2",
        tried(open_semaphore(SEMAPHORE_ALL_ACCESS, name("Semaphore"))));
    row("8.semaphore.open.no-name", "NULL 87", tried(open_semaphore(SEMAPHORE_ALL_ACCESS, NULL)));
    forget();
    row("8.semaphore.open.no-name.wide", "NULL 87",
        tried(OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, NULL)));
    CloseHandle(semaphore);
    row("6.l9.semaphore", "NULL 2",
        tried(open_semaphore(SEMAPHORE_ALL_ACCESS, name("semaphore"))));
}

static void counts_at_first(void)
{
    row("8.semaphore.most-0", "NULL 87", tried(create_semaphore(0, 0, NULL)));
    row("8.semaphore.most-negative", "NULL 87", tried(create_semaphore(0, -1, NULL)));
    row("8.semaphore.initial-negative", "NULL 87", tried(create_semaphore(-1, 1, NULL)));
    row("8.semaphore.initial-above-most", "NULL 87", tried(create_semaphore(2, 1, NULL)));
    row("8.semaphore.initial-0", "ok 0", tried(create_semaphore(0, 1, NULL)));
}

static void releases(void)
{
    HANDLE semaphore = create_semaphore(0, 3, NULL);
    const char *first;

    row("8.semaphore.empty", "timeout", poll(semaphore));
    row("8.semaphore.release", "TRUE before=0", release_semaphore(semaphore, 2));
    row("8.semaphore.release.too-many", "FALSE 298 before=-7", release_semaphore(semaphore, 2));
    row("8.semaphore.release.count-unchanged", "TRUE before=2", release_semaphore(semaphore, 1));
    first = poll(semaphore);
    first = text("%s %s", first, poll(semaphore));
    first = text("%s %s", first, poll(semaphore));
    row("8.semaphore.tokens", "0 0 0 timeout", text("%s %s", first, poll(semaphore)));
    WINE_DIFFERS("TRUE before=0", "takes 0 for a question");
    row("8.semaphore.release.0", "FALSE 87 before=-7", release_semaphore(semaphore, 0));
    WINE_DIFFERS("FALSE 298 before=-7", "takes -1 for a large number");
    row("8.semaphore.release.negative", "FALSE 87 before=-7", release_semaphore(semaphore, -1));
    CloseHandle(semaphore);
}

static void access_masks(void)
{
    HANDLE semaphore = create_semaphore(1, 2, name("access")), opened;

    opened = open_semaphore(SYNCHRONIZE, name("access"));
    row("8.semaphore.synchronize.release", "FALSE 5 before=-7", release_semaphore(opened, 1));
    row("8.semaphore.synchronize.wait", "0", poll(opened));
    CloseHandle(opened);
    opened = open_semaphore(SEMAPHORE_MODIFY_STATE, name("access"));
    row("8.semaphore.modify.release", "TRUE before=0", release_semaphore(opened, 1));
    row("8.semaphore.modify.wait", "failed 5", poll(opened));
    CloseHandle(opened);
    WINE_DIFFERS("ok untouched", "checks no access here");
    row("8.semaphore.access.0", "NULL 5", tried(open_semaphore(0, name("access"))));
    CloseHandle(semaphore);
}

void rows(void)
{
    creation();
    counts_at_first();
    releases();
    access_masks();
}

NO_CHILDREN
