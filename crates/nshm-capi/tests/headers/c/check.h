/* What the programs of this folder check with. */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <tchar.h>

static int failures;

/* Says what does not hold, and goes on. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

#define SAME_TEXT(actual, expected) CHECK(_tcscmp(actual, _T(expected)) == 0)

#endif
