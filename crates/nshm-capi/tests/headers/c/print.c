/* _tprintf and its like: every conversion, for both sizes of text. */

#include <windows.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"

static TCHAR text[8192];

/* What a format and its arguments give. */
#define GIVES(expected, ...)                                                                       \
    do {                                                                                           \
        int length = _sntprintf(text, 8192, __VA_ARGS__);                                          \
        SAME_TEXT(text, expected);                                                                 \
        CHECK(length == (int)_tcslen(_T(expected)));                                               \
    } while (0)

/* What is refused. */
#define REFUSED(...)                                                                               \
    do {                                                                                           \
        errno = 0;                                                                                 \
        CHECK(_sntprintf(text, 8192, __VA_ARGS__) == -1);                                          \
        CHECK(errno == EINVAL);                                                                    \
    } while (0)

/* Text of the size that the format does not have, and of the one that it has. */
#ifdef UNICODE
#define OTHER(literal) literal
#else
#define OTHER(literal) u##literal
#endif

static void integers(void) {
    DWORD error = 4294967295u;
    LONG negative = -5;
    GIVES("5 -5 7", _T("%d %i %u"), 5, -5, 7u);
    GIVES("17 ff FF 0xff 017", _T("%o %x %X %#x %#o"), 15u, 255u, 255u, 255u, 15u);
    GIVES("[   42][42   ][00042][+42][ 42]", _T("[%5d][%-5d][%05d][%+d][% d]"), 42, 42, 42, 42, 42);
    GIVES("[  042][     ]", _T("[%5.3d][%5.0d]"), 42, 0);
    GIVES("[   42][42   ][042]", _T("[%*d][%*d][%.*d]"), 5, 42, -5, 42, 3, 42);
    GIVES("[42]", _T("[%.*d]"), -3, 42);
    GIVES("-1 255 -1 65535", _T("%hhd %hhu %hd %hu"), 255, -1, 65535, -1);
    /* A long has 32 bits there: DWORD and LONG are printed like this. */
    GIVES("4294967295 ffffffff -5", _T("%lu %lx %ld"), error, error, negative);
    GIVES("4294967295 -5", _T("%I32u %I32d"), error, negative);
    GIVES("-9223372036854775808", _T("%lld"), -9223372036854775807ll - 1);
    GIVES("18446744073709551615 ffffffffffffffff", _T("%llu %I64x"), ~0ull, ~0ull);
    GIVES("-1 1", _T("%I64d %I64u"), (LONGLONG)-1, (ULONGLONG)1);
    GIVES("18446744073709551615 -1 5 6 7", _T("%Iu %Id %zu %td %ju"), (SIZE_T)-1, (SSIZE_T)-1,
          (size_t)5, (ptrdiff_t)6, (uintmax_t)7);
    GIVES("1 -2 3 -4 5 -6 7 -8 9 -10 11 -12", _T("%d %d %I64d %d %d %lld %d %d %d %I64d %d %d"), 1,
          -2, 3ll, -4, 5, -6ll, 7, -8, 9, -10ll, 11, -12);
}

static void floats(void) {
    GIVES("1.500000 1.5 1.500000e+00", _T("%f %g %e"), 1.5, 1.5, 1.5);
    GIVES("[    1.50][1.50    ][00001.50]", _T("[%8.2f][%-8.2f][%08.2f]"), 1.5, 1.5, 1.5);
    GIVES("1.5E+10 0X1.8P+0", _T("%G %A"), 1.5e10, 1.5);
    GIVES("2.25 7 3.5", _T("%.2Lf %d %.1f"), 2.25L, 7, 3.5);
}

static void pointers(void) {
    GIVES("00007FFFDEADBEEF", _T("%p"), (void *)0x7fffdeadbeef);
    GIVES("0000000000000000", _T("%p"), (void *)0);
}

static void strings(void) {
    const TCHAR *nothing = NULL;
    TCHAR unended[3] = {_T('a'), _T('b'), _T('c')};
    GIVES("a text", _T("a %s"), _T("text"));
    GIVES("[  ab][ab  ][a][   a]", _T("[%4s][%-4s][%.1s][%*.*s]"), _T("ab"), _T("ab"), _T("ab"), 4,
          1, _T("ab"));
    GIVES("ab abc", _T("%.2s %.*s"), unended, 3, unended);
    GIVES("(null) (nu", _T("%s %.3s"), nothing, nothing);
    GIVES("100%", _T("100%%"));
    GIVES("", _T("%s"), _T(""));
    GIVES("x[ y][z ]", _T("%c[%2c][%-2c]"), _T('x'), _T('y'), _T('z'));
    GIVES("x y z", _T("%c %hc %lc"), 'x', 'y', 'z');
}

static void strings_of_the_other_size(void) {
    char unended[2] = {'h', 'i'};
    WCHAR wide_unended[2] = {'h', 'i'};
    GIVES("other", _T("%S"), OTHER("other"));
    GIVES("narrow wide wide", _T("%hs %ls %ws"), "narrow", u"wide", u"wide");
    GIVES("narrow wide", _T("%hS %lS"), "narrow", u"wide");
    GIVES("x y", _T("%C %hC"), 'x', 'y');
    GIVES("hi hi", _T("%.2hs %.2ls"), unended, wide_unended);
    GIVES("é€😀 é€😀", _T("%hs %ls"), "é€😀", u"é€😀");
    GIVES("[ é]", _T("[%*lc]"), (int)_tcslen(_T("é")) + 1, u'é');
    /* A byte that is no UTF-8 is a character of Windows-1252; half of a pair is none at all. */
    const WCHAR halves[] = {0xdc00, 'x', 0xd800, 0};
#ifdef UNICODE
    GIVES("€é", _T("%hs"), "\x80\xe9");
    GIVES("x\u00e2\u201a", _T("%hs"), "x\xe2\x82");
    GIVES("\u00c0\u20ac\u00ed\u00a0\u20ac\u00f5", _T("%hs"), "\xc0\x80\xed\xa0\x80\xf5");
    GIVES("é", _T("%hc"), 0xe9);
    CHECK(_sntprintf(text, 8192, _T("%s"), halves) == 3 && memcmp(text, halves, 8) == 0);
#else
    GIVES("\xe9\xff", "%s", "\xe9\xff");
    GIVES("\xe9", "%c", 0xe9);
    GIVES("\uFFFDx\uFFFD", "%ls", halves);
#endif
}

static void nonsense(void) {
    int count = 5;
    REFUSED(_T("%n"), &count);
    REFUSED(_T("%y"), 1);
    REFUSED(_T("text %"));
    REFUSED(_T("%99999999999d"), 1);
    REFUSED(_T("%.99999999999d"), 1);
    REFUSED(_T("%\u00e9"), 1);
    CHECK(count == 5);
}

static void buffers(void) {
    TCHAR small[4] = {_T('x'), _T('x'), _T('x'), _T('x')};
    CHECK(_sntprintf(small, 2, _T("%d"), 123) == -1);
    CHECK(small[0] == _T('1') && small[1] == _T('2') && small[2] == _T('x'));
    CHECK(_sntprintf(small, 3, _T("%d"), 456) == 3);
    CHECK(small[2] == _T('6') && small[3] == _T('x'));
    CHECK(_sntprintf(small, 4, _T("%d"), 789) == 3);
    CHECK(small[3] == 0);
    CHECK(_sntprintf(NULL, 0, _T("%d"), 123) == 3);
    CHECK(_stprintf(text, _T("%s"), _T("whole")) == 5);
    SAME_TEXT(text, "whole");
    GIVES("", _T(""));
    CHECK(_stprintf(text, _T("%5000d"), 7) == 5000);
    CHECK(_tcslen(text) == 5000 && text[0] == _T(' ') && text[4999] == _T('7'));
    CHECK(_stprintf(text, _T("%.300f"), 1.0) == 302);
}

static int by_list(FILE *file, const TCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = _vftprintf(file, format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    CHECK(_vsntprintf(text, 8192, format, arguments) == length);
    va_end(arguments);
    va_start(arguments, format);
    CHECK(_vstprintf(text, format, arguments) == length);
    va_end(arguments);
    va_start(arguments, format);
    CHECK(_vtprintf(format, arguments) == length);
    va_end(arguments);
    return length;
}

/* What the caller of this program compares with. */
static void streams(void) {
    CHECK(_tprintf(_T("%d %s %hs\n"), 1, _T("é😀"), "ü") == (int)_tcslen(_T("1 é😀 ü\n")));
    CHECK(_ftprintf(stdout, _T("%ls|%I64d\n"), u"€", 5ll) == (int)_tcslen(_T("€|5\n")));
    CHECK(by_list(stdout, _T("%d-%s\n"), 7, _T("x")) == 4);
    CHECK(_tprintf(_T("(%d)\n"), GetLastError()) > 0);
#ifdef UNICODE
    const WCHAR halves[] = {'<', 0xdc00, '>', '\n', 0};
    CHECK(_tprintf(halves) == 4);
    CHECK(_tprintf(_T("%c%c\n"), 0xd83d, 0xde00) == 3);
#else
    CHECK(_tprintf("<\uFFFD>\n") == 6);
    CHECK(_tprintf("😀\n") == 5);
#endif
}

int _tmain(void) {
    integers();
    floats();
    pointers();
    strings();
    strings_of_the_other_size();
    nonsense();
    buffers();
    streams();
    return failures != 0;
}

/* Stands in for the library. */
DWORD GetLastError(void) {
    return 2;
}
