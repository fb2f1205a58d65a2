/* printf as it is on Windows, for both sizes of text (inside tchar.h): `%s` is text of the size
 * that the format has, `%S` of the other one, `%hs` of 8 and `%ls` or `%ws` of 16 bits; `%ld` has
 * 32 bits, and `%I64d`, `%Id` and `%I32d` are known; `%p` has all digits, and `%n` is refused. */

#ifndef NSHM_WIN32_FORMAT_H
#define NSHM_WIN32_FORMAT_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "nshm_win32_output.h"

/* What stands between `%` and the letter. */
typedef struct {
    char flags[6];
    int width;
    int precision;   /* or -1 */
    int bytes;       /* of an integer */
    int bits;        /* of text, or 0 where it does not say */
    int long_double;
} nshm_win32_conversion;

/* A format of either size, and the arguments that are left. */
typedef struct {
    const char *narrow;
    const WCHAR *wide;
    va_list arguments;
} nshm_win32_format;

/* The character at the place that is looked at; 0 at the end and for what no format has. */
static inline int nshm_win32_peek(const nshm_win32_format *format) {
    if (!format->wide)
        return (unsigned char)*format->narrow;
    return *format->wide < 0x80 ? *format->wide : 0;
}

static inline void nshm_win32_skip(nshm_win32_format *format) {
    if (format->wide)
        format->wide++;
    else
        format->narrow++;
}

/* Goes past this text if it stands here. */
static inline int nshm_win32_takes(nshm_win32_format *format, const char *text) {
    const char *narrow = format->narrow;
    const WCHAR *wide = format->wide;
    for (; *text && nshm_win32_peek(format) == *text; text++)
        nshm_win32_skip(format);
    if (*text) {
        format->narrow = narrow;
        format->wide = wide;
    }
    return !*text;
}

/* Reads a number, or takes it from the arguments; -1 if it is too large. */
static inline int nshm_win32_read_number(nshm_win32_format *format, int *negative) {
    int number = 0;
    if (nshm_win32_takes(format, "*")) {
        number = va_arg(format->arguments, int);
        *negative = number < 0;
        return number == INT_MIN ? -1 : number < 0 ? -number : number;
    }
    for (int digit; digit = nshm_win32_peek(format), digit >= '0' && digit <= '9';) {
        if (number > (INT_MAX - 9) / 10)
            return -1;
        number = number * 10 + (digit - '0');
        nshm_win32_skip(format);
    }
    return number;
}

/* Adds a flag that is not there yet. */
static inline void nshm_win32_add_flag(nshm_win32_conversion *conversion, int flag) {
    size_t count = strlen(conversion->flags);
    if (strchr(conversion->flags, flag))
        return;
    conversion->flags[count] = (char)flag;
    conversion->flags[count + 1] = 0;
}

static inline void nshm_win32_read_size(nshm_win32_format *format,
                                        nshm_win32_conversion *conversion) {
    static const struct {
        const char *prefix;
        int bytes;
        int bits;
    } sizes[] = {
        {"hh", 1, 8},
        {"h", 2, 8},
        {"ll", 8, 16},
        {"l", 4, 16}, /* as long as on Windows */
        {"w", 4, 16},
        {"I64", 8, 0},
        {"I32", 4, 0},
        {"I", sizeof(void *), 0},
        {"j", 8, 0},
        {"z", sizeof(size_t), 0},
        {"t", sizeof(ptrdiff_t), 0},
        {"L", 8, 0},
    };
    for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
        if (nshm_win32_takes(format, sizes[index].prefix)) {
            conversion->bytes = sizes[index].bytes;
            conversion->bits = sizes[index].bits;
            conversion->long_double = sizes[index].prefix[0] == 'L';
            return;
        }
    }
}

/* Reads what stands between `%` and the letter; 0 if it makes no sense. */
static inline int nshm_win32_read_conversion(nshm_win32_format *format,
                                             nshm_win32_conversion *conversion) {
    int negative = 0, flag;
    memset(conversion, 0, sizeof *conversion);
    conversion->precision = -1;
    conversion->bytes = sizeof(int);
    while (flag = nshm_win32_peek(format), flag && strchr("-+ #0", flag)) {
        nshm_win32_add_flag(conversion, flag);
        nshm_win32_skip(format);
    }
    conversion->width = nshm_win32_read_number(format, &negative);
    if (negative)
        nshm_win32_add_flag(conversion, '-');
    if (nshm_win32_takes(format, ".")) {
        negative = 0;
        conversion->precision = nshm_win32_read_number(format, &negative);
        if (conversion->precision < 0)
            return 0;
        if (negative)
            conversion->precision = -1;
    }
    nshm_win32_read_size(format, conversion);
    return conversion->width >= 0;
}

/* Appends an integer, widened to the longest one. */
static inline void nshm_win32_append_integer(nshm_win32_output *output, nshm_win32_format *format,
                                             const nshm_win32_conversion *conversion, char letter) {
    char text[16];
    int bytes = conversion->bytes, is_signed = letter == 'd' || letter == 'i';
    unsigned long long value;
    if (bytes == 8)
        value = va_arg(format->arguments, unsigned long long);
    else
        value = va_arg(format->arguments, unsigned int);
    if (bytes < 8) {
        unsigned long long sign = 1ull << (bytes * 8 - 1), mask = sign * 2 - 1;
        value = is_signed && (value & sign) ? value | ~mask : value & mask;
    }
    snprintf(text, sizeof text, "%%%s*.*ll%c", conversion->flags, letter);
    nshm_win32_append_formatted(output, text, conversion->width, conversion->precision, value);
}

static inline void nshm_win32_append_float(nshm_win32_output *output, nshm_win32_format *format,
                                           const nshm_win32_conversion *conversion, char letter) {
    char text[16];
    const char *size = conversion->long_double ? "L" : "";
    snprintf(text, sizeof text, "%%%s*.*%s%c", conversion->flags, size, letter);
    if (conversion->long_double)
        nshm_win32_append_formatted(output, text, conversion->width, conversion->precision,
                                    va_arg(format->arguments, long double));
    else
        nshm_win32_append_formatted(output, text, conversion->width, conversion->precision,
                                    va_arg(format->arguments, double));
}

/* Appends text. The precision is the most that is read of it: it may have no end. */
static inline void nshm_win32_append_text(nshm_win32_output *output, const void *text, int bits,
                                          const nshm_win32_conversion *conversion) {
    size_t start = output->length, length = 0;
    size_t most = conversion->precision < 0 ? SIZE_MAX : (size_t)conversion->precision;
    if (text && bits == 16) {
        const WCHAR *wide = (const WCHAR *)text;
        while (length < most && wide[length])
            length++;
        nshm_win32_append_wide(output, wide, length);
    } else {
        const char *narrow = text ? (const char *)text : "(null)";
        while (length < most && narrow[length])
            length++;
        nshm_win32_append_narrow(output, narrow, length);
    }
    nshm_win32_pad(output, start, (size_t)conversion->width, !!strchr(conversion->flags, '-'));
}

static inline void nshm_win32_append_character_argument(nshm_win32_output *output,
                                                        nshm_win32_format *format, int bits,
                                                        const nshm_win32_conversion *conversion) {
    size_t start = output->length;
    int unit = va_arg(format->arguments, int);
    char narrow = (char)unit;
    WCHAR wide = (WCHAR)unit;
    if (bits == 16)
        nshm_win32_append_wide(output, &wide, 1);
    else
        nshm_win32_append_narrow(output, &narrow, 1);
    nshm_win32_pad(output, start, (size_t)conversion->width, !!strchr(conversion->flags, '-'));
}

/* Works off one conversion; what is looked at is behind its `%`. */
static inline void nshm_win32_convert(nshm_win32_output *output, nshm_win32_format *format) {
    nshm_win32_conversion conversion;
    if (!nshm_win32_read_conversion(format, &conversion)) {
        nshm_win32_fail(output, EINVAL);
        return;
    }
    char letter = (char)nshm_win32_peek(format);
    int own_bits = output->wide ? 16 : 8, bits = conversion.bits ? conversion.bits : own_bits;
    if (!conversion.bits && (letter == 'S' || letter == 'C'))
        bits = 24 - own_bits;
    if (letter)
        nshm_win32_skip(format);
    switch (letter) {
    case '%':
        nshm_win32_append(output, '%');
        break;
    case 'c':
    case 'C':
        nshm_win32_append_character_argument(output, format, bits, &conversion);
        break;
    case 's':
    case 'S':
        nshm_win32_append_text(output, va_arg(format->arguments, void *), bits, &conversion);
        break;
    case 'p':
        conversion.bytes = sizeof(void *);
        conversion.precision = 2 * (int)sizeof(void *);
        nshm_win32_append_integer(output, format, &conversion, 'X');
        break;
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        nshm_win32_append_integer(output, format, &conversion, letter);
        break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        nshm_win32_append_float(output, format, &conversion, letter);
        break;
    default:
        nshm_win32_fail(output, EINVAL);
    }
}

/* Works off a format, of which the other size is NULL. The text of the output is for `free`. */
static inline nshm_win32_output nshm_win32_formatted(const char *narrow, const WCHAR *wide,
                                                     va_list arguments) {
    nshm_win32_output output = {NULL, 0, 0, wide != NULL, 0};
    nshm_win32_format format;
    format.narrow = narrow;
    format.wide = wide;
    va_copy(format.arguments, arguments);
    while (!output.failed) {
        uint32_t unit = wide ? *format.wide : (unsigned char)*format.narrow;
        if (!unit)
            break;
        nshm_win32_skip(&format);
        if (unit == '%')
            nshm_win32_convert(&output, &format);
        else
            nshm_win32_append(&output, unit);
    }
    va_end(format.arguments);
    return output;
}

#endif
#endif
