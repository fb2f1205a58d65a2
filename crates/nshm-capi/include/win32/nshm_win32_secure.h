/* Functions that know how much room there is (inside tchar.h). Where there is too little, Windows
 * ends the program unless it has a handler for that; here the text becomes empty and the result
 * says why, as after a handler that returns. */

#ifndef NSHM_WIN32_SECURE_H
#define NSHM_WIN32_SECURE_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "nshm_win32_stdio.h"

typedef int errno_t;

/* Leaves an empty text and says why. */
static inline errno_t nshm_win32_emptied(TCHAR *text, errno_t error) {
    *text = 0;
    errno = error;
    return error;
}

/* How long a text is, or how much room it has if it has no end there. */
static inline size_t nshm_win32_tcsnlen(const TCHAR *text, size_t room) {
    size_t length = 0;
    while (length < room && text[length])
        length++;
    return length;
}

static inline errno_t nshm_win32_tcscat_s(TCHAR *to, size_t room, const TCHAR *from) {
    if (!to || !room)
        return errno = EINVAL;
    size_t start = nshm_win32_tcsnlen(to, room);
    if (!from || start == room)
        return nshm_win32_emptied(to, EINVAL);
    size_t length = nshm_win32_tcsnlen(from, room - start);
    if (length == room - start)
        return nshm_win32_emptied(to, ERANGE);
    memmove(to + start, from, (length + 1) * sizeof(TCHAR));
    return 0;
}

static inline errno_t nshm_win32_tcscpy_s(TCHAR *to, size_t room, const TCHAR *from) {
    if (!to || !room)
        return errno = EINVAL;
    if (!from)
        return nshm_win32_emptied(to, EINVAL);
    size_t length = nshm_win32_tcsnlen(from, room);
    if (length == room)
        return nshm_win32_emptied(to, ERANGE);
    memmove(to, from, (length + 1) * sizeof(TCHAR));
    return 0;
}

static inline int nshm_win32_vstprintf_s(TCHAR *buffer, size_t room, const TCHAR *format,
                                         va_list arguments) {
    if (!buffer || !room || !format) {
        errno = EINVAL;
        return -1;
    }
    int before = errno;
    errno = 0;
    int length = nshm_win32_vsntprintf(buffer, room, format, arguments);
    if (length >= 0 && (size_t)length < room) {
        errno = before;
        return length;
    }
    nshm_win32_emptied(buffer, errno ? errno : ERANGE);
    return -1;
}

static inline int nshm_win32_stprintf_s(TCHAR *buffer, size_t room, const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vstprintf_s(buffer, room, format, arguments);
    va_end(arguments);
    return length;
}

#ifdef __cplusplus
/* C++ sees how much room an array has. */
NSHM_WIN32_CXX_BEGIN
template <size_t Room>
static inline errno_t nshm_win32_tcscpy_s(TCHAR (&to)[Room], const TCHAR *from) {
    return nshm_win32_tcscpy_s(to, Room, from);
}

template <size_t Room>
static inline errno_t nshm_win32_tcscat_s(TCHAR (&to)[Room], const TCHAR *from) {
    return nshm_win32_tcscat_s(to, Room, from);
}

template <size_t Room>
static inline int nshm_win32_stprintf_s(TCHAR (&buffer)[Room], const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = nshm_win32_vstprintf_s(buffer, Room, format, arguments);
    va_end(arguments);
    return length;
}
NSHM_WIN32_CXX_END
#endif

#endif
#endif
