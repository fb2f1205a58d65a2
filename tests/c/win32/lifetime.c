/* How long a name and how long memory lives (section 6). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"

#include <stdlib.h>
#include <string.h>

/* L1 to L4: the handles are closed, a view is kept. */
static void a_view_is_kept(const char *of, HANDLE section, const char *object)
{
    unsigned char *view = map(section, FILE_MAP_WRITE), *fresh;
    HANDLE again;

    row(text("6.l1.%s.view", of), "ok", mapped(view));
    if (!view)
        return;
    view[0] = 42;
    CloseHandle(section);
    row(text("6.l1.%s", of), "NULL 2", tried(open_section(FILE_MAP_READ, object)));
    row(text("6.l2.%s", of), "NULL 2", process_end(process_start("open", object))[0] == '0'
                                           ? "NULL 2"
                                           : "found");
    again = create_page(object);
    row(text("6.l3.%s", of), "ok 0", outcome(again));
    fresh = map(again, FILE_MAP_WRITE);
    row(text("6.l3.%s.new-is-zero", of), "0", text("%d", fresh[0]));
    fresh[0] = 7;
    row(text("6.l3.%s.old-stays", of), "42", text("%d", view[0]));
    UnmapViewOfFile(fresh);
    CloseHandle(again);
    row(text("6.l4.%s", of), "commit type=40000 protect=4 first=4", query(view));
    UnmapViewOfFile(view);
}

/* L5 to L7: a process that has created a section ends, and another has a handle or has none. */
static void the_creator_ends(const char *id, int is_killed)
{
    const char *object = name(id);
    Process *creator = process_start("create", object);
    HANDLE section;
    unsigned char *view;
    const char *result;

    process_hear(creator);
    section = open_section(FILE_MAP_ALL_ACCESS, object);
    if (is_killed)
        process_kill(creator);
    else
        process_end(creator);
    row(text("6.%s.name-survives", id), "ok 183", tried(create_page(object)));
    view = map(section, FILE_MAP_WRITE);
    row(text("6.%s.data-survives", id), "33", view ? text("%d", view[0]) : outcome(view));
    UnmapViewOfFile(view);
    CloseHandle(section);

    row(text("6.%s.then-gone", id), "NULL 2", tried(open_section(FILE_MAP_READ, object)));
    section = create_page(object);
    result = outcome(section);
    view = map(section, FILE_MAP_WRITE);
    row(text("6.%s.then-zero", id), "ok 0 0", text("%s %d", result, view ? view[0] : -1));
    UnmapViewOfFile(view);
    CloseHandle(section);
}

/* L6, L7: a creator that nobody has met. */
static void the_creator_ends_alone(const char *id, int is_killed)
{
    const char *object = name(id);
    Process *creator = process_start("create", object);
    HANDLE section;
    unsigned char *view;
    const char *result;

    process_hear(creator);
    if (is_killed)
        process_kill(creator);
    else
        process_end(creator);
    row(text("6.%s.gone", id), "NULL 2", tried(open_section(FILE_MAP_READ, object)));
    section = create_page(object);
    result = outcome(section);
    view = map(section, FILE_MAP_WRITE);
    row(text("6.%s.zero", id), "ok 0 0", text("%s %d", result, view ? view[0] : -1));
    UnmapViewOfFile(view);
    CloseHandle(section);
}

/* The memory that only the view of another process keeps. */
static void memory_of_a_view_elsewhere(void)
{
    const char *object = name("view-elsewhere");
    HANDLE section = create_page(object);
    unsigned char *view = map(section, FILE_MAP_WRITE);
    Process *viewer = process_start("view", object);

    process_hear(viewer);
    view[1] = 5;
    UnmapViewOfFile(view);
    CloseHandle(section);
    row("6.view-elsewhere.name", "NULL 2", tried(open_section(FILE_MAP_READ, object)));
    process_say(viewer, "tell");
    row("6.view-elsewhere.memory", "5", process_hear(viewer));
    process_end(viewer);
}

static void inheritance(void)
{
    SECURITY_ATTRIBUTES marked_attributes = {sizeof marked_attributes, NULL, TRUE};
    HANDLE marked = CreateFileMappingA(INVALID_HANDLE_VALUE, &marked_attributes, PAGE_READWRITE,
                                       0, 0x1000, NULL);
    HANDLE plain = create_page(NULL);
    const char *of_marked = text("%lu", (unsigned long)(ULONG_PTR)marked);
    const char *of_plain = text("%lu", (unsigned long)(ULONG_PTR)plain);
    unsigned char *view = map(marked, FILE_MAP_WRITE);
    Process *heir;

    view[0] = 9;
    heir = process_start_with("use", of_marked, INHERIT_HANDLES);
    LINUX_DIFFERS("NULL 6", "no call of the Windows API starts a process here");
    row("6.l10.marked", "9 flags=1", process_hear(heir));
    process_end(heir);
    heir = process_start_with("use", of_plain, INHERIT_HANDLES);
    row("6.l10.plain", "NULL 6", process_hear(heir));
    process_end(heir);
    heir = process_start_with("use", of_marked, LEAVE_HANDLES);
    row("6.l10.not-inherited", "NULL 6", process_hear(heir));
    process_end(heir);
    UnmapViewOfFile(view);
    CloseHandle(plain);
    CloseHandle(marked);
}

void rows(void)
{
    HANDLE file = file_create(0x1000);

    a_view_is_kept("memory", create_page(name("kept")), name("kept"));
    a_view_is_kept("file", create_of(file, PAGE_READWRITE, 0, name("kept-file")),
                   name("kept-file"));
    file_delete(file);
    the_creator_ends("l5", 0);
    the_creator_ends("l7", 1);
    the_creator_ends_alone("l6", 0);
    the_creator_ends_alone("l7-alone", 1);
    memory_of_a_view_elsewhere();
    inheritance();
}

int child(const char *role, const char *argument)
{
    HANDLE section;
    unsigned char *view;
    DWORD flags = 0;

    if (strcmp(role, "open") == 0) {
        section = open_section(FILE_MAP_READ, argument);
        return section == NULL && GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : 1;
    }
    if (strcmp(role, "create") == 0) {
        section = create_page(argument);
        view = map(section, FILE_MAP_WRITE);
        view[0] = 33;
        say("created");
        hear();
        return 0;
    }
    if (strcmp(role, "view") == 0) {
        section = open_section(FILE_MAP_READ, argument);
        view = map(section, FILE_MAP_READ);
        CloseHandle(section);
        say("mapped");
        if (hear())
            say(text("%d", view[1]));
        return 0;
    }
    if (strcmp(role, "use") == 0) {
        section = (HANDLE)(ULONG_PTR)strtoul(argument, NULL, 10);
        view = map(section, FILE_MAP_WRITE);
        if (view && GetHandleInformation(section, &flags))
            say(text("%d flags=%lu", view[0], (unsigned long)flags));
        else
            say(mapped(view));
        return 0;
    }
    return 2;
}
