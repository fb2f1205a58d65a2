/* string.h and stdlib.h as they are on Windows for text of 16 bits (inside tchar.h), and for both
 * sizes what they have otherwise than elsewhere: a `long` of 32 bits, case without a locale. */

#ifndef NSHM_WIN32_STRINGS_H
#define NSHM_WIN32_STRINGS_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nshm_win32_text.h"

static inline size_t nshm_win32_wcsnlen(const WCHAR *text, size_t most) {
    size_t length = 0;
    while (length < most && text[length])
        length++;
    return length;
}

static inline size_t nshm_win32_wcslen(const WCHAR *text) {
    return nshm_win32_wcsnlen(text, SIZE_MAX);
}

static inline WCHAR *nshm_win32_wcscpy(WCHAR *to, const WCHAR *from) {
    memcpy(to, from, (nshm_win32_wcslen(from) + 1) * sizeof(WCHAR));
    return to;
}

/* Fills up with zeros, and ends with one only if there is room. */
static inline WCHAR *nshm_win32_wcsncpy(WCHAR *to, const WCHAR *from, size_t count) {
    size_t length = nshm_win32_wcsnlen(from, count);
    memcpy(to, from, length * sizeof(WCHAR));
    memset(to + length, 0, (count - length) * sizeof(WCHAR));
    return to;
}

static inline WCHAR *nshm_win32_wcscat(WCHAR *to, const WCHAR *from) {
    nshm_win32_wcscpy(to + nshm_win32_wcslen(to), from);
    return to;
}

static inline WCHAR *nshm_win32_wcsncat(WCHAR *to, const WCHAR *from, size_t count) {
    WCHAR *end = to + nshm_win32_wcslen(to);
    size_t length = nshm_win32_wcsnlen(from, count);
    memcpy(end, from, length * sizeof(WCHAR));
    end[length] = 0;
    return to;
}

static inline WCHAR *nshm_win32_wcsdup(const WCHAR *text) {
    size_t size = (nshm_win32_wcslen(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = (WCHAR *)malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static inline char *nshm_win32_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = (char *)malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static inline int nshm_win32_lower(int unit) {
    return unit >= 'A' && unit <= 'Z' ? unit + ('a' - 'A') : unit;
}

static inline int nshm_win32_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count) {
    for (size_t at = 0; at < count; at++) {
        if (a[at] != b[at])
            return a[at] < b[at] ? -1 : 1;
        if (!a[at])
            return 0;
    }
    return 0;
}

static inline int nshm_win32_wcscmp(const WCHAR *a, const WCHAR *b) {
    return nshm_win32_wcsncmp(a, b, SIZE_MAX);
}

static inline int nshm_win32_wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count) {
    for (size_t at = 0; at < count; at++) {
        int difference = nshm_win32_lower(a[at]) - nshm_win32_lower(b[at]);
        if (difference || !a[at])
            return difference;
    }
    return 0;
}

static inline int nshm_win32_wcsicmp(const WCHAR *a, const WCHAR *b) {
    return nshm_win32_wcsnicmp(a, b, SIZE_MAX);
}

static inline int nshm_win32_strnicmp(const char *a, const char *b, size_t count) {
    for (size_t at = 0; at < count; at++) {
        int difference =
            nshm_win32_lower((unsigned char)a[at]) - nshm_win32_lower((unsigned char)b[at]);
        if (difference || !a[at])
            return difference;
    }
    return 0;
}

static inline int nshm_win32_stricmp(const char *a, const char *b) {
    return nshm_win32_strnicmp(a, b, SIZE_MAX);
}

/* How much of the text is made of these units, or of others. */
static inline size_t nshm_win32_wcs_span(const WCHAR *text, const WCHAR *units, int of_these) {
    size_t length = 0;
    for (; text[length]; length++) {
        const WCHAR *unit = units;
        while (*unit && *unit != text[length])
            unit++;
        int is_one = *unit != 0;
        if (is_one != of_these)
            break;
    }
    return length;
}

static inline size_t nshm_win32_wcsspn(const WCHAR *text, const WCHAR *units) {
    return nshm_win32_wcs_span(text, units, 1);
}

static inline size_t nshm_win32_wcscspn(const WCHAR *text, const WCHAR *units) {
    return nshm_win32_wcs_span(text, units, 0);
}

/* Searches give back what they were given, text that may be written or text that may not. C cannot
 * say so, and C++ can. */
static inline WCHAR *nshm_win32_find_unit(const WCHAR *text, WCHAR unit) {
    for (; *text != unit; text++) {
        if (!*text)
            return NULL;
    }
    return (WCHAR *)text;
}

static inline WCHAR *nshm_win32_find_last_unit(const WCHAR *text, WCHAR unit) {
    const WCHAR *at = text + nshm_win32_wcslen(text);
    while (*at != unit) {
        if (at == text)
            return NULL;
        at--;
    }
    return (WCHAR *)at;
}

static inline WCHAR *nshm_win32_find_text(const WCHAR *text, const WCHAR *part) {
    size_t length = nshm_win32_wcslen(part);
    for (; nshm_win32_wcsncmp(text, part, length) != 0; text++) {
        if (!*text)
            return NULL;
    }
    return (WCHAR *)text;
}

static inline WCHAR *nshm_win32_find_any(const WCHAR *text, const WCHAR *units) {
    text += nshm_win32_wcscspn(text, units);
    return *text ? (WCHAR *)text : NULL;
}

#ifdef __cplusplus
#define NSHM_WIN32_SEARCH(name, find, what)                                                        \
    static inline WCHAR *name(WCHAR *text, what sought) { return find(text, sought); }             \
    static inline const WCHAR *name(const WCHAR *text, what sought) { return find(text, sought); }
#else
#define NSHM_WIN32_SEARCH(name, find, what)                                                        \
    static inline WCHAR *name(const WCHAR *text, what sought) { return find(text, sought); }
#endif
NSHM_WIN32_CXX_BEGIN
NSHM_WIN32_SEARCH(nshm_win32_wcschr, nshm_win32_find_unit, WCHAR)
NSHM_WIN32_SEARCH(nshm_win32_wcsrchr, nshm_win32_find_last_unit, WCHAR)
NSHM_WIN32_SEARCH(nshm_win32_wcsstr, nshm_win32_find_text, const WCHAR *)
NSHM_WIN32_SEARCH(nshm_win32_wcspbrk, nshm_win32_find_any, const WCHAR *)
NSHM_WIN32_CXX_END
#undef NSHM_WIN32_SEARCH

#endif
#endif
