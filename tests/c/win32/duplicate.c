/* DuplicateHandle, Get- and SetHandleInformation (sections 1 and 6). */
#include "call.h"
#include "row.h"

#include <string.h>

/* What a duplicate of a handle with `had` may map if it is asked for `access`. */
static const char *duplicated(DWORD had, DWORD access, DWORD options)
{
    HANDLE section = create(PAGE_EXECUTE_READWRITE, 0x1000, name("duplicated"));
    HANDLE source = open_section(had, name("duplicated"));
    HANDLE made = duplicate(source, access, options);
    const char *result = made ? rights(made) : text("FALSE %s", last_error());

    if (made)
        CloseHandle(made);
    CloseHandle(source);
    CloseHandle(section);
    return result;
}

static void accesses(void)
{
    row("6.duplicate.same.all", "rwx",
        duplicated(FILE_MAP_ALL_ACCESS, 0, DUPLICATE_SAME_ACCESS));
    row("6.duplicate.same.read", "r--", duplicated(FILE_MAP_READ, 0, DUPLICATE_SAME_ACCESS));
    row("6.duplicate.same.write", "-w-", duplicated(FILE_MAP_WRITE, 0, DUPLICATE_SAME_ACCESS));
    row("6.duplicate.lower", "r--", duplicated(FILE_MAP_ALL_ACCESS, FILE_MAP_READ, 0));
    row("6.duplicate.0", "---", duplicated(FILE_MAP_ALL_ACCESS, 0, 0));
    row("6.duplicate.higher", "rw-",
        duplicated(FILE_MAP_READ, FILE_MAP_READ | FILE_MAP_WRITE, 0));
    row("6.duplicate.generic-read", "r--", duplicated(FILE_MAP_ALL_ACCESS, GENERIC_READ, 0));
    row("6.duplicate.generic-write", "-w-", duplicated(FILE_MAP_ALL_ACCESS, GENERIC_WRITE, 0));
    row("6.duplicate.generic-read+execute", "r-x",
        duplicated(FILE_MAP_ALL_ACCESS, GENERIC_READ | GENERIC_EXECUTE, 0));
    row("6.duplicate.generic-all", "rwx", duplicated(FILE_MAP_ALL_ACCESS, GENERIC_ALL, 0));
    WINE_DIFFERS("rwx", "checks no bits here");
    row("6.duplicate.every-bit", "FALSE 5", duplicated(FILE_MAP_ALL_ACCESS, ~(DWORD)0, 0));
}

/* A right that the duplicate has not cannot be used. */
static void use_of_less(void)
{
    HANDLE section = create_page(NULL);
    HANDLE reader = duplicate(section, FILE_MAP_READ, 0), nothing = duplicate(section, 0, 0);

    row("6.duplicate.lower.map-write", "NULL 5", mapped(map(reader, FILE_MAP_WRITE)));
    row("6.duplicate.0.map-0", "NULL 5", mapped(map(nothing, 0)));
    row("6.duplicate.0.map-read", "NULL 5", mapped(map(nothing, FILE_MAP_READ)));
    CloseHandle(nothing);
    CloseHandle(reader);
    CloseHandle(section);
}

static void closing_the_source(void)
{
    HANDLE section = create_page(NULL), other;
    HANDLE made = duplicate(section, 0, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE);

    row("6.duplicate.close-source", "yes", yes(made != NULL));
    row("6.duplicate.close-source.same-value", "yes", yes(made == section));
    row("6.duplicate.close-source.works", "rw-", rights(made));
    CloseHandle(made);

    section = create_page(NULL);
    other = duplicate(section, 0, DUPLICATE_SAME_ACCESS);
    row("6.duplicate.distinct", "yes", yes(other != section));
    CloseHandle(section);
    CloseHandle(other);
}

static void inheritance(void)
{
    HANDLE section = create_page(NULL), marked = NULL, plain;
    DWORD of_marked = 9, of_plain = 9;

    if (!DuplicateHandle(GetCurrentProcess(), section, GetCurrentProcess(), &marked, 0, TRUE,
                         DUPLICATE_SAME_ACCESS))
        marked = NULL;
    plain = duplicate(marked, 0, DUPLICATE_SAME_ACCESS);
    GetHandleInformation(marked, &of_marked);
    GetHandleInformation(plain, &of_plain);
    row("6.duplicate.inherit", "marked=1 plain=0",
        text("marked=%lu plain=%lu", (unsigned long)of_marked, (unsigned long)of_plain));
    CloseHandle(plain);
    CloseHandle(marked);
    CloseHandle(section);
}

static const char *of_process(HANDLE process, HANDLE source)
{
    HANDLE made = NULL;
    forget();
    return done(DuplicateHandle(process, source, GetCurrentProcess(), &made, 0, FALSE,
                                DUPLICATE_SAME_ACCESS));
}

static void bad_handles(void)
{
    HANDLE section = create_page(NULL), closed = create_page(NULL);

    CloseHandle(closed);
    row("6.duplicate.bad.closed", "FALSE 6", of_process(GetCurrentProcess(), closed));
    row("6.duplicate.bad.garbage", "FALSE 6", of_process(GetCurrentProcess(), NO_HANDLE));
    row("6.duplicate.bad.null", "FALSE 6", of_process(GetCurrentProcess(), NULL));
    row("6.duplicate.bad.process", "FALSE 6", of_process(NULL, section));
    row("1.1.low-bits.duplicate", "TRUE",
        of_process(GetCurrentProcess(), (HANDLE)((ULONG_PTR)section | 2)));
    CloseHandle(section);
}

static const char *flags_of(HANDLE handle)
{
    DWORD flags = 9;
    BOOL ok;

    forget();
    ok = GetHandleInformation(handle, &flags);
    return ok ? text("%lu", (unsigned long)flags) : done(ok);
}

static const char *set_flags(HANDLE handle, DWORD mask, DWORD flags)
{
    forget();
    return done(SetHandleInformation(handle, mask, flags));
}

static void information(void)
{
    HANDLE section = create_page(NULL), plain;

    row("1.1.flags.fresh", "0", flags_of(section));
    row("1.1.flags.set", "TRUE", set_flags(section, 3, 3));
    row("1.1.flags.both", "3", flags_of(section));
    row("1.1.flags.clear", "TRUE", set_flags(section, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    row("1.1.flags.rest", "1", flags_of(section));
    plain = duplicate(section, 0, DUPLICATE_SAME_ACCESS);
    row("1.1.flags.of-a-duplicate", "0", flags_of(plain));
    CloseHandle(plain);
    CloseHandle(section);
    row("1.1.flags.closed", "FALSE 6", flags_of(section));
    row("1.1.flags.garbage.set", "FALSE 6", set_flags(NO_HANDLE, 1, 1));
}

/* A slot that was closed is the next to be used. */
static void reuse(void)
{
    HANDLE one = create_page(NULL), two = create_page(NULL), three = create_page(NULL), again;

    CloseHandle(two);
    CloseHandle(one);
    again = create_page(NULL);
    row("6.slots.reused", "yes", yes(again == one || again == two));
    CloseHandle(again);
    CloseHandle(three);
}

void rows(void)
{
    accesses();
    use_of_less();
    closing_the_source();
    inheritance();
    bad_handles();
    information();
    reuse();
}

NO_CHILDREN
