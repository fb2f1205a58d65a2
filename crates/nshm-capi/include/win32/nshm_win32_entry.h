/* `wmain`: a `main` whose arguments are text of 16 bits.
 *
 * Where a program defines wmain, the macro puts a `main` in front of it that makes the arguments
 * and calls it. What is written as
 *
 *     int wmain(int argc, WCHAR *argv[]) { ... }
 *
 * is read as a function of that result type, which is only there to have it; the `main`; and a
 * function nshm_win32_wmain with the parameters and the body of the program. It does this once: the
 * macro takes itself back, so that wmain may also be declared, or called.
 *
 * The parameters may be those of any main, in C++ as well, where they are a part of a symbol: so
 * the symbol is fixed for every list of parameters that there can be. */

#ifndef NSHM_WIN32_ENTRY_H
#define NSHM_WIN32_ENTRY_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "nshm_win32_text.h"

NSHM_WIN32_BEGIN
extern char **environ;
NSHM_WIN32_END

/* The same list in UTF-16. It stays for as long as the process, as the other one does. */
static inline WCHAR **nshm_win32_widened_list(char **list) {
    size_t count = 0;
    while (list && list[count])
        count++;
    WCHAR **wide = (WCHAR **)calloc(count + 1, sizeof(WCHAR *));
    for (size_t index = 0; wide && index < count; index++) {
        wide[index] = nshm_win32_widened(list[index]);
        if (!wide[index])
            wide = NULL;
    }
    if (!wide) {
        fputs("There is not enough memory for the arguments.\n", stderr);
        exit(255);
    }
    return wide;
}

/* The call says nothing of parameters, or more than are there: no calling convention of Linux
 * minds, and the linker of -flto, which compares types, has none to compare. */
#if defined __cplusplus || (__GNUC__ > 12 && __STDC_VERSION__ > 201710L)
#define NSHM_WIN32_ANY_PARAMETERS ...
#elif defined __clang__
#define NSHM_WIN32_ANY_PARAMETERS int, WCHAR **, WCHAR **
#else
#define NSHM_WIN32_ANY_PARAMETERS
#endif

#ifdef __cplusplus
/* What wmain gives becomes the exit code; nothing becomes success. */
struct nshm_win32_exit_code {
    int value;
};
NSHM_WIN32_CXX_BEGIN
static inline nshm_win32_exit_code operator,(int result, nshm_win32_exit_code) {
    nshm_win32_exit_code code = {result};
    return code;
}
NSHM_WIN32_CXX_END
#define NSHM_WIN32_EXIT_CODE(call) (call, nshm_win32_exit_code()).value

#define NSHM_WIN32_WMAIN(...)                                                                      \
    nshm_win32_wmain_type nshm_win32_wmain(__VA_ARGS__) __asm__("nshm_win32_wmain");
#define NSHM_WIN32_WMAIN_DECLARATIONS                                                              \
    NSHM_WIN32_WMAIN(void)                                                                         \
    NSHM_WIN32_WMAIN(int)                                                                          \
    NSHM_WIN32_WMAIN(int, WCHAR **)                                                                \
    NSHM_WIN32_WMAIN(int, const WCHAR **)                                                          \
    NSHM_WIN32_WMAIN(int, WCHAR *const *)                                                          \
    NSHM_WIN32_WMAIN(int, const WCHAR *const *)                                                    \
    NSHM_WIN32_WMAIN(int, WCHAR **, WCHAR **)                                                      \
    NSHM_WIN32_WMAIN(int, const WCHAR **, const WCHAR **)                                          \
    NSHM_WIN32_WMAIN(int, WCHAR *const *, WCHAR *const *)                                          \
    NSHM_WIN32_WMAIN(int, const WCHAR *const *, const WCHAR *const *)
#else
#define NSHM_WIN32_EXIT_CODE(call)                                                                 \
    __builtin_choose_expr(__builtin_types_compatible_p(nshm_win32_wmain_type, void), (call, 0),    \
                          call)
#define NSHM_WIN32_WMAIN_DECLARATIONS
#endif

#define wmain nshm_win32_wmain
#pragma push_macro("wmain")
#undef wmain
#define wmain                                                                                      \
    nshm_win32_wmain_result(void);                                                                 \
    NSHM_WIN32_CXX_BEGIN                                                                           \
    typedef __typeof__(nshm_win32_wmain_result()) nshm_win32_wmain_type;                           \
    NSHM_WIN32_WMAIN_DECLARATIONS                                                                  \
    nshm_win32_wmain_type nshm_win32_called_wmain(NSHM_WIN32_ANY_PARAMETERS) __asm__(              \
        "nshm_win32_wmain");                                                                       \
    int main(int argc, char **argv) {                                                              \
        static WCHAR **arguments, **environment;                                                   \
        arguments = nshm_win32_widened_list(argv);                                                 \
        environment = nshm_win32_widened_list(environ);                                            \
        return NSHM_WIN32_EXIT_CODE(nshm_win32_called_wmain(argc, arguments, environment));        \
    }                                                                                              \
    NSHM_WIN32_CXX_END                                                                             \
    _Pragma("pop_macro(\"wmain\")") NSHM_WIN32_CXX nshm_win32_wmain_type nshm_win32_wmain

#endif
#endif
