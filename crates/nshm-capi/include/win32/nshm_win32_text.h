/* Text of 8 bits and text of 16 bits, each from the other: UTF-8 and UTF-16.
 *
 * A byte that is no part of UTF-8 is read as a character of Windows-1252, as in the whole library.
 * Half of a surrogate pair becomes U+FFFD: UTF-8 has no place for it.
 *
 * This file and the others beside it with `nshm_win32_` in front are inside tchar.h, not for
 * programs to include. All their functions are in the headers: a list of arguments of any length is
 * the business of the C compiler, and programs that only print need no library. */

#ifndef NSHM_WIN32_TEXT_H
#define NSHM_WIN32_TEXT_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdlib.h>
#include <string.h>

/* The most bytes that one unit of UTF-16 takes in UTF-8. */
#define NSHM_WIN32_BYTES_A_UNIT 3

static inline int nshm_win32_is_high_surrogate(uint32_t unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}

static inline int nshm_win32_is_low_surrogate(uint32_t unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The character that a byte is in Windows-1252. */
static inline uint32_t nshm_win32_windows_1252(unsigned char byte) {
    static const uint16_t high[32] = {
        0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
    };
    return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

/* How many bytes a character of UTF-8 has that begins with this one; 0 if none does. */
static inline size_t nshm_win32_utf8_length(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Reads the character at the beginning of `length` bytes, 1 or more, and says how many it has. */
static inline size_t nshm_win32_read_utf8(const char *text, size_t length, uint32_t *character) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = nshm_win32_utf8_length(bytes[0]);
    *character = nshm_win32_windows_1252(bytes[0]);
    if (size < 2 || size > length)
        return 1;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = bytes[0] & (0x7fu >> size);
    for (size_t index = 1; index < size; index++) {
        if ((bytes[index] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (bytes[index] & 0x3fu);
    }
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *character = value;
    return size;
}

/* Reads the character at the beginning of `length` units, 1 or more, and says how many it has. */
static inline size_t nshm_win32_read_utf16(const WCHAR *text, size_t length, uint32_t *character) {
    *character = text[0];
    if (nshm_win32_is_high_surrogate(text[0]) && length > 1 &&
        nshm_win32_is_low_surrogate(text[1])) {
        *character = 0x10000u + ((text[0] & 0x3ffu) << 10) + (text[1] & 0x3ffu);
        return 2;
    }
    if (text[0] >= 0xd800 && text[0] <= 0xdfff)
        *character = 0xfffd;
    return 1;
}

/* Writes a character in UTF-8, and says how many bytes it has, 4 at most. */
static inline size_t nshm_win32_write_utf8(char *text, uint32_t character) {
    if (character < 0x80) {
        text[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t index = size - 1; index > 0; index--) {
        text[index] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    text[0] = (char)(0xf00u >> size | character);
    return size;
}

/* Writes a character in UTF-16, and says how many units it has, 2 at most. */
static inline size_t nshm_win32_write_utf16(WCHAR *text, uint32_t character) {
    if (character < 0x10000) {
        text[0] = (WCHAR)character;
        return 1;
    }
    text[0] = (WCHAR)(0xd800 + ((character - 0x10000) >> 10));
    text[1] = (WCHAR)(0xdc00 + (character & 0x3ff));
    return 2;
}

/* The same text in UTF-16, for `free`; NULL without memory. */
static inline WCHAR *nshm_win32_widened(const char *text) {
    size_t length = strlen(text), end = 0;
    WCHAR *wide = (WCHAR *)malloc((length + 1) * sizeof(WCHAR));
    if (!wide)
        return NULL;
    for (size_t at = 0; at < length;) {
        uint32_t character;
        at += nshm_win32_read_utf8(text + at, length - at, &character);
        end += nshm_win32_write_utf16(wide + end, character);
    }
    wide[end] = 0;
    return wide;
}

/* The same text in UTF-8, for `free`, and its length in bytes; NULL without memory. */
static inline char *nshm_win32_narrowed(const WCHAR *text, size_t length, size_t *bytes) {
    size_t end = 0;
    char *narrow = (char *)malloc(length * NSHM_WIN32_BYTES_A_UNIT + 1);
    if (!narrow)
        return NULL;
    for (size_t at = 0; at < length;) {
        uint32_t character;
        at += nshm_win32_read_utf16(text + at, length - at, &character);
        end += nshm_win32_write_utf8(narrow + end, character);
    }
    narrow[end] = 0;
    *bytes = end;
    return narrow;
}

#endif
#endif
