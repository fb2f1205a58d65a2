/* What the programs here have in common: a check that tells where it failed. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (last error %u)\n", __FILE__, __LINE__, #condition,         \
                    (unsigned)GetLastError());                                                     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The call fails, with this last error. */
#define FAILS(call, error)                                                                         \
    do {                                                                                           \
        SetLastError(7777);                                                                        \
        CHECK(!(call));                                                                            \
        CHECK(GetLastError() == (error));                                                          \
    } while (0)

#endif
