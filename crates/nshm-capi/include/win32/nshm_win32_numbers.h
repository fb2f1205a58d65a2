/* Numbers out of text, as on Windows (inside tchar.h): a `long` has 32 bits there, and what is too
 * large becomes the largest, with ERANGE, in `_ttoi` as well. */

#ifndef NSHM_WIN32_NUMBERS_H
#define NSHM_WIN32_NUMBERS_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <errno.h>

/* The value of a digit or letter; 36 if it is neither. */
static inline unsigned int nshm_win32_digit(unsigned int unit) {
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    unit |= 'a' - 'A';
    return unit >= 'a' && unit <= 'z' ? unit - 'a' + 10 : 36;
}

/* What is read of a number, up to the greatest value that has a place. */
typedef struct {
    uint64_t value;
    int negative;
    int too_large;
} nshm_win32_number;

static inline nshm_win32_number nshm_win32_read_integer(const TCHAR *text, TCHAR **end, int base,
                                                        uint64_t greatest) {
    nshm_win32_number number = {0, 0, 0};
    const TCHAR *at = text;
    int digits = 0;
    if (end)
        *end = (TCHAR *)text;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return number;
    }
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    if (*at == '-' || *at == '+')
        number.negative = *at++ == '-';
    unsigned int radix = (unsigned int)base, digit;
    int has_prefix = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') &&
                     nshm_win32_digit((unsigned int)at[2]) < 16;
    if ((base == 0 || base == 16) && has_prefix) {
        at += 2;
        radix = 16;
    } else if (base == 0) {
        radix = *at == '0' ? 8 : 10;
    }
    for (; digit = nshm_win32_digit((unsigned int)*at), digit < radix; at++) {
        digits = 1;
        number.too_large |= number.value > (greatest - digit) / radix;
        if (!number.too_large)
            number.value = number.value * radix + digit;
    }
    if (end && digits)
        *end = (TCHAR *)at;
    if (number.too_large)
        errno = ERANGE;
    return number;
}

/* The number with its sign, between the least and the greatest of `bits`. */
static inline int64_t nshm_win32_to_signed(const TCHAR *text, TCHAR **end, int base, int bits) {
    uint64_t greatest = (UINT64_MAX >> (64 - bits)) >> 1;
    nshm_win32_number number = nshm_win32_read_integer(text, end, base, greatest + 1);
    int is_least = number.negative && (number.too_large || number.value == greatest + 1);
    if (is_least)
        return -(int64_t)greatest - 1;
    if (number.too_large || number.value > greatest) {
        errno = ERANGE;
        return (int64_t)greatest;
    }
    return number.negative ? -(int64_t)number.value : (int64_t)number.value;
}

static inline uint64_t nshm_win32_to_unsigned(const TCHAR *text, TCHAR **end, int base, int bits) {
    uint64_t greatest = UINT64_MAX >> (64 - bits);
    nshm_win32_number number = nshm_win32_read_integer(text, end, base, greatest);
    if (number.too_large)
        return greatest;
    return (number.negative ? 0 - number.value : number.value) & greatest;
}

static inline int32_t nshm_win32_tcstol(const TCHAR *text, TCHAR **end, int base) {
    return (int32_t)nshm_win32_to_signed(text, end, base, 32);
}

static inline uint32_t nshm_win32_tcstoul(const TCHAR *text, TCHAR **end, int base) {
    return (uint32_t)nshm_win32_to_unsigned(text, end, base, 32);
}

static inline long long nshm_win32_tcstoi64(const TCHAR *text, TCHAR **end, int base) {
    return nshm_win32_to_signed(text, end, base, 64);
}

static inline unsigned long long nshm_win32_tcstoui64(const TCHAR *text, TCHAR **end, int base) {
    return nshm_win32_to_unsigned(text, end, base, 64);
}

static inline int nshm_win32_ttoi(const TCHAR *text) {
    return nshm_win32_tcstol(text, NULL, 10);
}

static inline long long nshm_win32_ttoi64(const TCHAR *text) {
    return nshm_win32_tcstoi64(text, NULL, 10);
}

#endif
#endif
