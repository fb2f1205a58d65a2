/* The rows of the Win32 conformance programs.
 *
 * A row is one thing that a program may see Windows do: its id, what Windows does, and what the
 * system under test has just done. A program only reports; `cargo xtask win32` builds every
 * program for Windows and for Linux from the same source, runs both, and compares. */
#ifndef ROW_H
#define ROW_H

#include <windows.h>

/* What each program brings along. */
void rows(void);

/* The other processes of a program: the same program again, in a role. Gives the exit code. */
int child(const char *role, const char *argument);

#define NO_CHILDREN                                                                              \
    int child(const char *role, const char *argument)                                            \
    {                                                                                            \
        (void)role;                                                                              \
        (void)argument;                                                                          \
        return 2;                                                                                \
    }

/* Reports a row: its id, what Windows does, and what has been done here. */
void row(const char *id, const char *windows, const char *result);

/* Put in front of a row that one system is known to answer otherwise: what it answers instead,
 * and why. Such a marker must stay true: an answer that has become that of Windows is reported
 * as a failure, so that the marker goes. */
#define WINE_DIFFERS(answers, why) differs_under_wine(answers, why)
#define LINUX_DIFFERS(answers, why) differs_on_linux(answers, why)
void differs_under_wine(const char *answers, const char *why);
void differs_on_linux(const char *answers, const char *why);

/* A text in one of many buffers that take turns: good until some hundred texts later. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
const char *text(const char *format, ...);

/* A name for an object that nothing else has: of this program, in this run, with this end. The
 * children of a program make the same names. */
const char *name(const char *end);

/* UTF-8 as UTF-16, good until some texts later. */
const WCHAR *wide(const char *utf8);

#endif
