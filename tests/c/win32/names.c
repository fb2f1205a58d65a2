/* What is a name, and of what (section 2.6). */
#include "call.h"
#include "process.h"
#include "row.h"

#include <string.h>

/* Where the unique end of a name goes in the patterns. */
#define HERE "@"

typedef struct {
    const char *id, *pattern, *create, *open;
} Syntax;

static const Syntax syntaxes[] = {
    {"empty", "", "ok 0", "NULL 6"},
    {"plain", "@", "ok 0", "NULL 2"},
    {"blank-within", "@ y", "ok 0", "NULL 2"},
    {"blank", " ", "ok 0", "NULL 2"},
    {"slash", "a/@", "ok 0", "NULL 2"},
    {"punctuation", "@:y*?<>|", "ok 0", "NULL 2"},
    {"local", "Local\\@", "ok 0", "NULL 2"},
    {"global", "Global\\@", "ok 0", "NULL 2"},
    {"local-local", "Local\\Local\\@", "ok 0", "NULL 2"},
    {"local-global", "Local\\Global\\@", "ok 0", "NULL 2"},
    {"global-local", "Global\\Local\\@", "ok 0", "NULL 2"},
    {"lower-local", "local\\@", "NULL 3", "NULL 3"},
    {"upper-local", "LOCAL\\@", "NULL 3", "NULL 3"},
    {"lower-global", "global\\@", "NULL 3", "NULL 3"},
    {"upper-global", "GLOBAL\\@", "NULL 3", "NULL 3"},
    {"unknown-prefix", "NoSuch\\@", "NULL 3", "NULL 3"},
    {"backslash-within", "@\\b", "NULL 3", "NULL 3"},
    {"backslash-at-end", "@\\", "NULL 3", "NULL 3"},
    {"local.backslash-within", "Local\\@\\b", "NULL 3", "NULL 3"},
    {"global.backslash-within", "Global\\@\\b", "NULL 3", "NULL 3"},
    {"leading-backslash", "\\@", "NULL 161", "NULL 161"},
    {"backslash", "\\", "NULL 161", "NULL 161"},
    {"native-path", "\\BaseNamedObjects\\@", "NULL 161", "NULL 161"},
    {"local.nothing", "Local\\", "NULL 123", "NULL 123"},
    {"global.nothing", "Global\\", "NULL 123", "NULL 123"},
    {"local.backslash-first", "Local\\\\@", "NULL 123", "NULL 123"},
    {"bare-local", "Local", "NULL 6", "NULL 6"},
    {"bare-global", "Global", "NULL 6", "NULL 6"},
    {"bare-session", "Session", "NULL 6", "NULL 6"},
    {"no-such-session", "Session\\4000000000\\@", "NULL 3", "NULL 3"},
    {"session-beyond-numbers", "Session\\99999999999\\@", "NULL 3", "NULL 3"},
    {"session-without-number", "Session\\x\\@", "NULL 3", "NULL 3"},
};

/* A pattern with a unique name in it. */
static const char *spell(const char *pattern, const char *id)
{
    size_t before = strcspn(pattern, HERE);
    if (!pattern[before])
        return pattern;
    return text("%.*s%s%s", (int)before, pattern, name(id), pattern + before + 1);
}

static void syntax(void)
{
    size_t i;

    for (i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++) {
        const Syntax *it = &syntaxes[i];
        const char *spelt = spell(it->pattern, it->id);

        row(text("2.6.open.a.%s", it->id), it->open, tried(open_section(FILE_MAP_READ, spelt)));
        row(text("2.6.open.w.%s", it->id), it->open,
            tried(open_section_wide(FILE_MAP_READ, wide(spelt))));
        row(text("2.6.create.a.%s", it->id), it->create, tried(create_page(spelt)));
        row(text("2.6.create.w.%s", it->id), it->create, tried(create_wide(wide(spelt))));
    }
    row("2.6.open.a.null", "NULL 87", tried(open_section(FILE_MAP_READ, NULL)));
    row("2.6.open.w.null", "NULL 87", tried(open_section_wide(FILE_MAP_READ, NULL)));
    row("2.6.create.a.null", "ok 0", tried(create_page(NULL)));
    row("2.6.create.w.null", "ok 0", tried(create_wide(NULL)));
}

/* Whether what is created as the one is found as the other, which must be "ok 183", or a new
 * object, which must be "ok 0". */
static const char *met(const char *one, const char *other)
{
    HANDLE section = create_page(one);
    const char *result = section ? tried(create_page(other)) : outcome(section);
    if (section)
        CloseHandle(section);
    return result;
}

static void identities(void)
{
    unsigned long session = process_session();
    const char *x = name("x");
    char followed[300];

    row("2.6.same.local", "ok 183", met(x, text("Local\\%s", x)));
    row("2.6.same.local-local", "ok 183", met(x, text("Local\\Local\\%s", x)));
    row("2.6.same.local-global", "ok 183",
        met(text("Global\\%s", x), text("Local\\Global\\%s", x)));
    row("2.6.same.my-session", "ok 183", met(x, text("Session\\%lu\\%s", session, x)));
    LINUX_DIFFERS("no", "session 0 is that of root, whose names are not those of all");
    row("2.6.same.session-0", "yes",
        yes(strcmp(met(text("Global\\%s", x), text("Session\\0\\%s", x)), "ok 183") == 0));
    row("2.6.differ.global", "ok 0", met(x, text("Global\\%s", x)));
    row("2.6.differ.case", "ok 0", met(name("case"), name("Case")));

    /* A name ends where its text ends, whatever follows. */
    strcpy(followed, x);
    strcpy(followed + strlen(x) + 1, "more");
    row("2.6.same.nul-ends-it", "ok 183", met(x, followed));
}

/* Names beyond ASCII, by the two kinds of calls. */
static void characters(void)
{
    const char *latin = name("uni\xe9");
    HANDLE section = create_page(latin);

    row("2.6.a-is-w", "ok untouched",
        tried(open_section_wide(FILE_MAP_READ, wide(name("uni\xc3\xa9")))));
    CloseHandle(section);

    section = create_wide(wide(name("\xe5\x90\x8d\xf0\x9f\x92\xbe")));
    row("2.6.non-ascii.create", "ok 0", outcome(section));
    row("2.6.non-ascii.open", "ok untouched",
        tried(open_section_wide(FILE_MAP_READ, wide(name("\xe5\x90\x8d\xf0\x9f\x92\xbe")))));
    CloseHandle(section);
}

/* A name of so many characters in all: a prefix, a unique name, and a filling. */
static char *of_length(const char *prefix, size_t length)
{
    static char made[40000];
    const char *begin = text("%s%s", prefix, name("long"));

    memset(made, 'n', length);
    memcpy(made, begin, strlen(begin));
    made[length] = 0;
    return made;
}

/* Creates a name, and finds it. */
static const char *kept(HANDLE section, const WCHAR *name)
{
    const char *result = outcome(section);
    if (!section)
        return result;
    result = text("%s, %s", result, tried(open_section_wide(FILE_MAP_READ, name)));
    CloseHandle(section);
    return result;
}

static const char *kept_narrow(const char *prefix, size_t length)
{
    char *name = of_length(prefix, length);
    HANDLE section = create_page(name);
    DWORD error = GetLastError();
    const WCHAR *as_wide = wide(name);
    SetLastError(error);
    return kept(section, as_wide);
}

static const char *kept_wide(const char *prefix, size_t length)
{
    const WCHAR *name = wide(of_length(prefix, length));
    return kept(create_wide(name), name);
}

static void lengths(void)
{
    row("2.6.length.a.259", "ok 0, ok untouched", kept_narrow("", 259));
    row("2.6.length.a.260", "NULL 206", kept_narrow("", 260));
    row("2.6.length.a.259-with-prefix", "ok 0, ok untouched", kept_narrow("Local\\", 259));
    row("2.6.length.a.260-with-prefix", "NULL 206", kept_narrow("Local\\", 260));
    row("2.6.length.a.open-259", "NULL 2",
        tried(open_section(FILE_MAP_READ, of_length("Global\\", 259))));
    row("2.6.length.a.open-260", "NULL 206",
        tried(open_section(FILE_MAP_READ, of_length("Global\\", 260))));
    row("2.6.length.w.260", "ok 0, ok untouched", kept_wide("", 260));
    LINUX_DIFFERS("NULL 206", "a name has 260 units behind its prefix at most");
    row("2.6.length.w.261", "ok 0, ok untouched", kept_wide("", 261));
    LINUX_DIFFERS("NULL 206", "a name has 260 units behind its prefix at most");
    row("2.6.length.w.10000", "ok 0, ok untouched", kept_wide("", 10000));
    LINUX_DIFFERS("NULL 206", "a name has 260 units behind its prefix at most");
    row("2.6.length.w.32766", "ok 0, ok untouched", kept_wide("", 32766));
}

void rows(void)
{
    syntax();
    identities();
    characters();
    lengths();
}

NO_CHILDREN
