/* The rows of the Win32 conformance programs: reports, texts, and the way into a program. */
#include "row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

#define TEXTS 512
#define TEXT_SIZE 512
#define WIDE_TEXTS 16
#define WIDE_SIZE 40000

/* What the names of this run begin with. */
static char stem[64];

/* The markers of the next row. */
static const char *wine_answers, *wine_why, *linux_answers, *linux_why;

void differs_under_wine(const char *answers, const char *why)
{
    wine_answers = answers;
    wine_why = why;
}

void differs_on_linux(const char *answers, const char *why)
{
    linux_answers = answers;
    linux_why = why;
}

static const char *or_nothing(const char *marker)
{
    return marker ? marker : "";
}

void row(const char *id, const char *windows, const char *result)
{
    printf("ROW %s\t%s\t%s\t%s\t%s\t%s\t%s\n", id, result, windows, or_nothing(wine_answers),
           or_nothing(wine_why), or_nothing(linux_answers), or_nothing(linux_why));
    fflush(stdout);
    wine_answers = wine_why = linux_answers = linux_why = NULL;
}

const char *text(const char *format, ...)
{
    static char texts[TEXTS][TEXT_SIZE];
    static unsigned next;
    char *made = texts[next++ % TEXTS];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(made, TEXT_SIZE, format, arguments);
    va_end(arguments);
    return made;
}

const char *name(const char *end)
{
    return text("%s-%s", stem, end);
}

/* Takes one character off well-formed UTF-8. */
static unsigned long next_character(const char **utf8)
{
    const unsigned char *at = (const unsigned char *)*utf8;
    int more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
    unsigned long character = more == 0 ? *at : *at & (0x3fu >> more);
    int i;

    for (i = 1; i <= more; i++)
        character = character << 6 | (at[i] & 0x3fu);
    *utf8 += more + 1;
    return character;
}

const WCHAR *wide(const char *utf8)
{
    static WCHAR texts[WIDE_TEXTS][WIDE_SIZE];
    static unsigned next;
    WCHAR *made = texts[next++ % WIDE_TEXTS];
    size_t length = 0;

    while (*utf8 && length + 2 < WIDE_SIZE) {
        unsigned long character = next_character(&utf8);
        if (character >= 0x10000) {
            made[length++] = (WCHAR)(0xd800 + ((character - 0x10000) >> 10));
            character = 0xdc00 + (character & 0x3ff);
        }
        made[length++] = (WCHAR)character;
    }
    made[length] = 0;
    return made;
}

int main(int argc, char **argv)
{
    process_begin();
    if (argc == 4) {
        snprintf(stem, sizeof stem, "%s", argv[2]);
        process_use_stem(stem);
        return child(argv[1], argv[3]);
    }
    snprintf(stem, sizeof stem, "rows-%lx-%lx", (unsigned long)GetCurrentProcessId(),
             (unsigned long)GetTickCount());
    process_use_stem(stem);
    rows();
    return 0;
}
