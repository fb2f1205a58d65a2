/* getenv for text of 16 bits (inside tchar.h). */

#ifndef NSHM_WIN32_ENVIRONMENT_H
#define NSHM_WIN32_ENVIRONMENT_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdlib.h>

#include "nshm_win32_strings.h"

/* A value that was given out; it stays, since nobody knows for how long it is used. */
typedef struct nshm_win32_value {
    struct nshm_win32_value *next;
    WCHAR *text;
} nshm_win32_value;

/* The value of a variable. A value that was given out before is given out again, so programs that
 * ask often take no more memory than there are values. */
static inline WCHAR *nshm_win32_wgetenv(const WCHAR *name) {
    static nshm_win32_value *values;
    size_t bytes = 0;
    char *narrow_name = nshm_win32_narrowed(name, nshm_win32_wcslen(name), &bytes);
    const char *narrow = narrow_name ? getenv(narrow_name) : NULL;
    WCHAR *text = narrow ? nshm_win32_widened(narrow) : NULL;
    free(narrow_name);
    if (!text)
        return NULL;
    nshm_win32_value *first = __atomic_load_n(&values, __ATOMIC_ACQUIRE);
    for (nshm_win32_value *known = first; known; known = known->next) {
        if (nshm_win32_wcscmp(known->text, text) == 0) {
            free(text);
            return known->text;
        }
    }
    nshm_win32_value *value = (nshm_win32_value *)malloc(sizeof *value);
    if (!value) {
        free(text);
        return NULL;
    }
    value->text = text;
    value->next = first;
    while (!__atomic_compare_exchange_n(&values, &value->next, value, 0, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    return text;
}

#endif
#endif
