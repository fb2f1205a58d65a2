/* What the test programs share: a check that says where it failed. */

#ifndef CHECK_H
#define CHECK_H

#include <nshm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows does not tell who made a section, when, and how much of it is in memory; and it takes no
 * name from a live one. */
#ifdef _WIN32
#define IS_WINDOWS 1
#else
#define IS_WINDOWS 0
#endif

/* Ends the program with a failure if the condition does not hold. */
#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
            exit(1);                                                             \
        }                                                                        \
    } while (0)

/* Ends the program with a failure if a call did not come to the status. */
#define CHECK_STATUS(wanted, call)                                               \
    do {                                                                         \
        nshm_status status_ = (call);                                            \
        if (status_ != (wanted)) {                                               \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call,        \
                    nshm_status_text(status_));                                  \
            exit(1);                                                             \
        }                                                                        \
    } while (0)

#define CHECK_OK(call) CHECK_STATUS(NSHM_STATUS_OK, call)

#endif /* CHECK_H */
