/* Text that grows while a format is worked through (inside tchar.h). */

#ifndef NSHM_WIN32_OUTPUT_H
#define NSHM_WIN32_OUTPUT_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nshm_win32_text.h"

/* Bytes in the one size of text, units of UTF-16 in the other. */
typedef struct {
    WCHAR *units;
    size_t length;
    size_t room;
    int wide;
    int failed;
} nshm_win32_output;

static inline void nshm_win32_fail(nshm_win32_output *output, int error) {
    output->failed = 1;
    errno = error;
}

static inline void nshm_win32_append(nshm_win32_output *output, uint32_t unit) {
    if (output->failed)
        return;
    if (output->length >= INT_MAX) {
        nshm_win32_fail(output, EOVERFLOW);
        return;
    }
    if (output->length == output->room) {
        size_t room = output->room ? output->room * 2 : 256;
        WCHAR *units = (WCHAR *)realloc(output->units, room * sizeof(WCHAR));
        if (!units) {
            nshm_win32_fail(output, ENOMEM);
            return;
        }
        output->units = units;
        output->room = room;
    }
    output->units[output->length++] = (WCHAR)unit;
}

static inline void nshm_win32_append_character(nshm_win32_output *output, uint32_t character) {
    char narrow[4] = {0};
    WCHAR wide[2] = {0};
    size_t size = output->wide ? nshm_win32_write_utf16(wide, character)
                               : nshm_win32_write_utf8(narrow, character);
    for (size_t index = 0; index < size; index++)
        nshm_win32_append(output, output->wide ? wide[index] : (unsigned char)narrow[index]);
}

/* Brings what was appended since `start` to a width, by spaces behind or in front of it. */
static inline void nshm_win32_pad(nshm_win32_output *output, size_t start, size_t width,
                                  int to_the_left) {
    size_t length = output->length - start;
    for (size_t added = length; added < width; added++)
        nshm_win32_append(output, ' ');
    if (output->failed || length >= width || to_the_left)
        return;
    WCHAR *text = output->units + start;
    memmove(text + (width - length), text, length * sizeof(WCHAR));
    for (size_t index = 0; index < width - length; index++)
        text[index] = ' ';
}

/* Appends text of 8 bits: its bytes as they are, or its characters. */
static inline void nshm_win32_append_narrow(nshm_win32_output *output, const char *text,
                                            size_t length) {
    for (size_t at = 0; at < length && !output->failed;) {
        uint32_t character = (unsigned char)text[at];
        if (output->wide) {
            at += nshm_win32_read_utf8(text + at, length - at, &character);
            nshm_win32_append_character(output, character);
        } else {
            at++;
            nshm_win32_append(output, character);
        }
    }
}

/* Appends text of 16 bits: its units as they are, or its characters. */
static inline void nshm_win32_append_wide(nshm_win32_output *output, const WCHAR *text,
                                          size_t length) {
    for (size_t at = 0; at < length && !output->failed;) {
        uint32_t character = text[at];
        if (output->wide) {
            at++;
            nshm_win32_append(output, character);
        } else {
            at += nshm_win32_read_utf16(text + at, length - at, &character);
            nshm_win32_append_character(output, character);
        }
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* Appends what the C library makes of this format: it is ASCII. */
static inline void nshm_win32_append_formatted(nshm_win32_output *output, const char *format, ...) {
    char small[128], *text = small, *large = NULL;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length >= (int)sizeof small) {
        text = large = (char *)malloc((size_t)length + 1);
        if (large)
            length = vsnprintf(large, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(arguments);
    if (length < 0)
        nshm_win32_fail(output, errno);
    else if (!text)
        nshm_win32_fail(output, ENOMEM);
    else
        nshm_win32_append_narrow(output, text, (size_t)length);
    free(large);
}
#pragma GCC diagnostic pop

#endif
#endif
