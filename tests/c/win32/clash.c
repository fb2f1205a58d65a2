/* One name for objects of two types (section 5). */
#include "call.h"
#include "row.h"
#include "wait.h"

#define TYPES 4

static const char *const types[TYPES] = {"section", "event", "mutex", "semaphore"};

static HANDLE create_type(int type, const char *name)
{
    switch (type) {
    case 0:
        return create_page(name);
    case 1:
        return create_event(FALSE, FALSE, name);
    case 2:
        return create_mutex(FALSE, name);
    default:
        return create_semaphore(0, 1, name);
    }
}

static HANDLE open_type(int type, const char *name)
{
    switch (type) {
    case 0:
        return open_section(FILE_MAP_READ, name);
    case 1:
        return open_event(SYNCHRONIZE, name);
    case 2:
        return open_mutex(SYNCHRONIZE, name);
    default:
        return open_semaphore(SYNCHRONIZE, name);
    }
}

void rows(void)
{
    int held, asked;

    for (held = 0; held < TYPES; held++) {
        const char *taken = name(types[held]);
        HANDLE holder = create_type(held, taken);
        for (asked = 0; asked < TYPES; asked++) {
            int same = asked == held;
            row(text("5.%s.create-%s", types[held], types[asked]), same ? "ok 183" : "NULL 6",
                tried(create_type(asked, taken)));
            row(text("5.%s.open-%s", types[held], types[asked]), same ? "ok untouched" : "NULL 6",
                tried(open_type(asked, taken)));
        }
        CloseHandle(holder);
        row(text("5.%s.free-again", types[held]), "ok 0",
            tried(create_type((held + 1) % TYPES, taken)));
    }
}

NO_CHILDREN
