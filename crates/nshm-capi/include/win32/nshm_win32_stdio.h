/* stdio.h as it is on Windows, for the size of text that is chosen (inside tchar.h). Files hold
 * UTF-8. */

#ifndef NSHM_WIN32_STDIO_H
#define NSHM_WIN32_STDIO_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdarg.h>
#include <stdio.h>

#include "nshm_win32_format.h"
#include "nshm_win32_strings.h"

#ifdef UNICODE
#define NSHM_WIN32_FORMATTED(format, arguments) nshm_win32_formatted(NULL, format, arguments)
#else
#define NSHM_WIN32_FORMATTED(format, arguments) nshm_win32_formatted(format, NULL, arguments)
#endif

/* Writes all bytes, and says whether that went well. */
static inline int nshm_win32_write_bytes(FILE *file, const char *bytes, size_t length) {
    return fwrite(bytes, 1, length, file) == length;
}

/* Writes text of 16 bits, and says whether that went well. */
static inline int nshm_win32_write_wide(FILE *file, const WCHAR *text, size_t length) {
    size_t bytes = 0;
    char *narrow = nshm_win32_narrowed(text, length, &bytes);
    if (!narrow)
        return 0;
    int done = nshm_win32_write_bytes(file, narrow, bytes);
    free(narrow);
    return done;
}

/* Makes bytes of the units that a format for text of 8 bits gave, in the same place. */
static inline char *nshm_win32_output_bytes(nshm_win32_output *output) {
    char *bytes = (char *)output->units;
    for (size_t at = 0; at < output->length; at++) {
        char byte = (char)output->units[at];
        memcpy(bytes + at, &byte, 1);
    }
    return bytes;
}

static inline int nshm_win32_vftprintf(FILE *file, const TCHAR *format, va_list arguments) {
    nshm_win32_output output = NSHM_WIN32_FORMATTED(format, arguments);
    int done = !output.failed;
    if (done && output.wide)
        done = nshm_win32_write_wide(file, output.units, output.length);
    else if (done)
        done = nshm_win32_write_bytes(file, nshm_win32_output_bytes(&output), output.length);
    free(output.units);
    return done ? (int)output.length : -1;
}

/* Writes `count` units at most. Where there is no room for the zero at the end there is none; where
 * there is none for the text the result is -1. Without a buffer it is the length. */
static inline int nshm_win32_vsntprintf(TCHAR *buffer, size_t count, const TCHAR *format,
                                        va_list arguments) {
    nshm_win32_output output = NSHM_WIN32_FORMATTED(format, arguments);
    size_t copied = output.length < count ? output.length : count;
    if (!output.failed && copied) {
        const void *text =
            output.wide ? (const void *)output.units : nshm_win32_output_bytes(&output);
        memcpy(buffer, text, copied * sizeof(TCHAR));
    }
    if (!output.failed && copied < count)
        buffer[copied] = 0;
    free(output.units);
    if (output.failed || (buffer && output.length > count))
        return -1;
    return (int)output.length;
}

static inline int nshm_win32_vtprintf(const TCHAR *format, va_list arguments) {
    return nshm_win32_vftprintf(stdout, format, arguments);
}

static inline int nshm_win32_vstprintf(TCHAR *buffer, const TCHAR *format, va_list arguments) {
    return nshm_win32_vsntprintf(buffer, SIZE_MAX, format, arguments);
}

static inline int nshm_win32_tprintf(const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vtprintf(format, arguments);
    va_end(arguments);
    return length;
}

static inline int nshm_win32_ftprintf(FILE *file, const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vftprintf(file, format, arguments);
    va_end(arguments);
    return length;
}

static inline int nshm_win32_stprintf(TCHAR *buffer, const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vstprintf(buffer, format, arguments);
    va_end(arguments);
    return length;
}

static inline int nshm_win32_sntprintf(TCHAR *buffer, size_t count, const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vsntprintf(buffer, count, format, arguments);
    va_end(arguments);
    return length;
}

#ifdef UNICODE
/* Half of a pair is refused: alone it is no character. */
static inline uint16_t nshm_win32_fputwc(WCHAR unit, FILE *file) {
    if (unit >= 0xd800 && unit <= 0xdfff) {
        errno = EILSEQ;
        return 0xffff;
    }
    return nshm_win32_write_wide(file, &unit, 1) ? unit : 0xffff;
}

static inline int nshm_win32_fputws(const WCHAR *text, FILE *file) {
    return nshm_win32_write_wide(file, text, nshm_win32_wcslen(text)) ? 0 : -1;
}

static inline int nshm_win32_putws(const WCHAR *text) {
    if (nshm_win32_fputws(text, stdout) < 0 || putchar('\n') == EOF)
        return -1;
    return 0;
}

/* Reads the bytes of a character, or one that is part of none, and says how many there are. */
static inline size_t nshm_win32_read_character(FILE *file, char bytes[4]) {
    int byte = getc(file);
    if (byte == EOF)
        return 0;
    bytes[0] = (char)byte;
    size_t length = 1, expected = nshm_win32_utf8_length((unsigned char)byte);
    for (; length < expected; length++) {
        byte = getc(file);
        if (byte == EOF || (byte & 0xc0) != 0x80) {
            ungetc(byte, file);
            break;
        }
        bytes[length] = (char)byte;
    }
    return length;
}

/* Reads a line with its end, `count` units at most with the zero. */
static inline WCHAR *nshm_win32_fgetws(WCHAR *text, int count, FILE *file) {
    size_t end = 0, room = count > 0 ? (size_t)count - 1 : 0;
    char bytes[4];
    if (count <= 0)
        return NULL;
    while (end < room && (end == 0 || text[end - 1] != '\n')) {
        size_t length = nshm_win32_read_character(file, bytes), at = 0;
        if (!length)
            break;
        while (at < length && end < room) {
            uint32_t character;
            size_t size = nshm_win32_read_utf8(bytes + at, length - at, &character);
            if (character > 0xffff && room - end < 2) {
                /* Both halves of a pair come together, unless that would be never. */
                if (end > 0)
                    break;
                character = 0xfffd;
            }
            at += size;
            end += nshm_win32_write_utf16(text + end, character);
        }
        if (at < length) {
            while (length > at)
                ungetc((unsigned char)bytes[--length], file);
            break;
        }
    }
    text[end] = 0;
    return end || !room ? text : NULL;
}
#endif

#endif
#endif
