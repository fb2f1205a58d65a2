/* _tcslen and its like, for both sizes of text. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static int sign(int number) {
    return (number > 0) - (number < 0);
}

static void copies(void) {
    TCHAR text[16];
    /* Compilers warn of text that is cut where they know it. */
    volatile size_t two = 2;
    CHECK(_tcscpy(text, _T("abc")) == text);
    SAME_TEXT(text, "abc");
    CHECK(_tcscat(text, _T("def")) == text);
    SAME_TEXT(text, "abcdef");
    CHECK(_tcsncat(text, _T("ghi"), two) == text);
    SAME_TEXT(text, "abcdefgh");
    memset(text, 0x55, sizeof text);
    CHECK(_tcsncpy(text, _T("xy"), 4) == text);
    CHECK(text[0] == _T('x') && text[1] == _T('y') && !text[2] && !text[3] && text[4]);
    CHECK(_tcsncpy(text, _T("12345"), two) == text);
    CHECK(text[0] == _T('1') && text[1] == _T('2') && !text[2]);
    TCHAR *copy = _tcsdup(_T("copy"));
    CHECK(copy != NULL);
    SAME_TEXT(copy, "copy");
    free(copy);
}

static void lengths(void) {
    CHECK(_tcslen(_T("")) == 0);
    CHECK(_tcslen(_T("abc")) == 3);
    CHECK(_tcslen(_T("😀")) == 4 / sizeof(TCHAR));
    CHECK(_tcsnlen(_T("abc"), 2) == 2 && _tcsnlen(_T("abc"), 9) == 3);
    CHECK(_tcsspn(_T("aabc"), _T("ab")) == 3 && _tcsspn(_T("aa"), _T("a")) == 2);
    CHECK(_tcscspn(_T("abc"), _T("xc")) == 2 && _tcscspn(_T("abc"), _T("x")) == 3);
}

static void comparisons(void) {
    CHECK(_tcscmp(_T("abc"), _T("abc")) == 0);
    CHECK(sign(_tcscmp(_T("abc"), _T("abd"))) == -1);
    CHECK(sign(_tcscmp(_T("abc"), _T("ab"))) == 1);
    CHECK(sign(_tcscmp(_T("ab"), _T("\u00e9"))) == -1);
    CHECK(_tcsncmp(_T("abc"), _T("abd"), 2) == 0);
    CHECK(sign(_tcsncmp(_T("abc"), _T("abd"), 3)) == -1);
    CHECK(_tcsncmp(_T("ab"), _T("ab"), 9) == 0);
    CHECK(_tcsicmp(_T("aBc"), _T("AbC")) == 0);
    CHECK(sign(_tcsicmp(_T("aBc"), _T("AbD"))) == -1);
    CHECK(sign(_tcsicmp(_T("a_"), _T("aB"))) == -1);
    CHECK(_tcsnicmp(_T("aBc"), _T("AbD"), 2) == 0);
    CHECK(sign(_tcsnicmp(_T("aBc"), _T("AbD"), 3)) == -1);
    CHECK(sign(_tcsicmp(_T("\u00e9"), _T("\u00c9"))) == 1);
}

static void searches(void) {
    TCHAR text[] = _T("a.b.c");
    const TCHAR *constant = text;
    TCHAR *found = _tcschr(text, _T('.'));
    const TCHAR *constant_found = _tcschr(constant, _T('.'));
    CHECK(found == text + 1 && constant_found == found);
    CHECK(_tcschr(text, _T('x')) == NULL && _tcschr(text, 0) == text + 5);
    found = _tcsrchr(text, _T('.'));
    constant_found = _tcsrchr(constant, _T('.'));
    CHECK(found == text + 3 && constant_found == found);
    CHECK(_tcsrchr(text, _T('a')) == text && _tcsrchr(text, _T('x')) == NULL);
    CHECK(_tcsrchr(text, 0) == text + 5);
    found = _tcsstr(text, _T(".c"));
    constant_found = _tcsstr(constant, _T(".c"));
    CHECK(found == text + 3 && constant_found == found);
    CHECK(_tcsstr(text, _T("")) == text && _tcsstr(text, _T("c.")) == NULL);
    CHECK(_tcsstr(text, _T("a.b.c.d")) == NULL);
    found = _tcspbrk(text, _T("xb"));
    constant_found = _tcspbrk(constant, _T("xb"));
    CHECK(found == text + 2 && constant_found == found && _tcspbrk(text, _T("x")) == NULL);
}

/* What has no room leaves nothing, and says so. */
static void room(void) {
    TCHAR text[6] = {0};
    CHECK(_tcscpy_s(text, 6, _T("abc")) == 0);
    CHECK(_tcscat_s(text, 6, _T("de")) == 0);
    SAME_TEXT(text, "abcde");
    CHECK(_tcscat_s(text, 6, _T("f")) == ERANGE && text[0] == 0);
    CHECK(_tcscpy_s(text, 3, _T("abc")) == ERANGE && text[0] == 0);
    CHECK(_tcscpy_s(text, 0, _T("abc")) == EINVAL && _tcscpy_s(NULL, 6, _T("abc")) == EINVAL);
    text[0] = _T('x');
    CHECK(_tcscpy_s(text, 6, NULL) == EINVAL && text[0] == 0);
    for (int index = 0; index < 6; index++)
        text[index] = _T('x');
    CHECK(_tcscat_s(text, 6, _T("")) == EINVAL && text[0] == 0);

    CHECK(_stprintf_s(text, 6, _T("%d"), 12345) == 5);
    SAME_TEXT(text, "12345");
    errno = 0;
    CHECK(_stprintf_s(text, 5, _T("%d"), 12345) == -1 && errno == ERANGE && text[0] == 0);
    errno = 0;
    CHECK(_stprintf_s(text, 6, _T("%y"), 1) == -1 && errno == EINVAL && text[0] == 0);
    CHECK(_stprintf_s(text, 0, _T("x")) == -1);
#ifdef __cplusplus
    CHECK(_tcscpy_s(text, _T("abc")) == 0 && _tcscat_s(text, _T("de")) == 0);
    SAME_TEXT(text, "abcde");
    CHECK(_tcscat_s(text, _T("f")) == ERANGE);
    CHECK(_stprintf_s(text, _T("%s"), _T("12345")) == 5);
    SAME_TEXT(text, "12345");
    CHECK(_stprintf_s(text, _T("%d"), 123456) == -1);
#endif
}

/* A number, how much of the text it is, and whether it was too large. */
#define NUMBER(call, expected, used, error)                                                        \
    do {                                                                                           \
        TCHAR *end = NULL;                                                                         \
        errno = 0;                                                                                 \
        CHECK((call) == (expected));                                                               \
        CHECK(end == number + (used));                                                             \
        CHECK(errno == (error));                                                                   \
    } while (0)
#define READS(text, base, expected, used, error)                                                   \
    do {                                                                                           \
        const TCHAR *number = _T(text);                                                            \
        NUMBER(_tcstol(number, &end, base), expected, used, error);                                \
    } while (0)
#define READS_UNSIGNED(text, base, expected, used, error)                                          \
    do {                                                                                           \
        const TCHAR *number = _T(text);                                                            \
        NUMBER(_tcstoul(number, &end, base), expected, used, error);                               \
    } while (0)

static void numbers(void) {
    READS("42", 10, 42, 2, 0);
    READS(" \t\r\n-42x", 10, -42, 7, 0);
    READS("+7", 0, 7, 2, 0);
    READS("0x1Fg", 0, 31, 4, 0);
    READS("0X1f", 16, 31, 4, 0);
    READS("0xg", 16, 0, 1, 0);
    READS("0xg", 0, 0, 1, 0);
    READS("0778", 0, 63, 3, 0);
    READS("zZ", 36, 35 * 36 + 35, 2, 0);
    READS("102", 2, 2, 2, 0);
    READS("", 10, 0, 0, 0);
    READS("-", 10, 0, 0, 0);
    READS("x", 10, 0, 0, 0);
    READS("1", 1, 0, 0, EINVAL);
    READS("1", 37, 0, 0, EINVAL);
    READS("\u00e9", 36, 0, 0, 0);
    READS("2147483647", 10, 2147483647, 10, 0);
    READS("2147483648", 10, 2147483647, 10, ERANGE);
    READS("-2147483648", 10, -2147483647 - 1, 11, 0);
    READS("-2147483649", 10, -2147483647 - 1, 11, ERANGE);
    READS("99999999999999999999x", 10, 2147483647, 20, ERANGE);
    READS_UNSIGNED("4294967295", 10, 4294967295u, 10, 0);
    READS_UNSIGNED("4294967296", 10, 4294967295u, 10, ERANGE);
    READS_UNSIGNED("-1", 10, 4294967295u, 2, 0);
    READS_UNSIGNED("ffffffff", 16, 4294967295u, 8, 0);

    CHECK(_tcstoi64(_T("-9223372036854775808"), NULL, 10) == -9223372036854775807ll - 1);
    CHECK(_tcstoi64(_T("9223372036854775808"), NULL, 10) == 9223372036854775807ll);
    CHECK(_tcstoui64(_T("18446744073709551615"), NULL, 10) == ~0ull);
    CHECK(_tcstoui64(_T("18446744073709551616"), NULL, 10) == ~0ull);
    CHECK(_ttoi(_T(" 12 ")) == 12 && _tstoi(_T("-3")) == -3 && _ttoi(_T("x")) == 0);
    CHECK(_ttol(_T("12")) == 12 && _tstol(_T("12")) == 12);
    CHECK(_ttoi64(_T("4294967296")) == 4294967296ll && _tstoi64(_T("-1")) == -1);
}

static void environment(void) {
    TCHAR *value = _tgetenv(_T("NSHM_TEXT"));
    CHECK(value != NULL);
    if (value)
        SAME_TEXT(value, "é😀");
    CHECK(_tgetenv(_T("NSHM_TEXT")) == value);
    CHECK(_tgetenv(_T("NSHM_ABSENT")) == NULL);
}

int _tmain(void) {
    copies();
    lengths();
    comparisons();
    searches();
    room();
    numbers();
    environment();
    return failures != 0;
}
