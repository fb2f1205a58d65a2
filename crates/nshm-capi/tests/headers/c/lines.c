/* _fgetts, _fputts and single characters: files hold UTF-8. */

#include <errno.h>
#include <string.h>

#include "check.h"

static FILE *file_with(const char *bytes, size_t length) {
    FILE *file = tmpfile();
    if (!file || fwrite(bytes, 1, length, file) != length) {
        perror("a temporary file");
        exit(2);
    }
    rewind(file);
    return file;
}

/* Lines are read whole, and in pieces where the buffer is small. */
static void lines(void) {
    static const char bytes[] = "first\n\né€😀\nlast";
    FILE *file = file_with(bytes, sizeof bytes - 1);
    TCHAR text[64];
    CHECK(_fgetts(text, 64, file) == text);
    SAME_TEXT(text, "first\n");
    CHECK(_fgetts(text, 64, file) == text);
    SAME_TEXT(text, "\n");
    CHECK(_fgetts(text, 64, file) == text);
    SAME_TEXT(text, "é€😀\n");
    CHECK(_fgetts(text, 3, file) == text);
    SAME_TEXT(text, "la");
    CHECK(_fgetts(text, 1, file) == text);
    SAME_TEXT(text, "");
    CHECK(_fgetts(text, 64, file) == text);
    SAME_TEXT(text, "st");
    CHECK(_fgetts(text, 64, file) == NULL);
    fclose(file);
}

#ifdef UNICODE
/* No pair is torn, and bytes that are no UTF-8 are characters of Windows-1252. */
static void wide_lines(void) {
    static const char bytes[] = "a😀b\xe9z\xe2\x82\xf0\x9f\x98";
    FILE *file = file_with(bytes, sizeof bytes - 1);
    WCHAR text[64];
    CHECK(_fgetts(text, 3, file) == text);
    SAME_TEXT(text, "a");
    CHECK(_fgetts(text, 4, file) == text);
    SAME_TEXT(text, "😀b");
    CHECK(_fgetts(text, 4, file) == text);
    SAME_TEXT(text, "éz\u00e2");
    CHECK(_fgetts(text, 2, file) == text);
    SAME_TEXT(text, "\u201a");
    CHECK(_fgetts(text, 3, file) == text);
    SAME_TEXT(text, "\u00f0\u0178");
    CHECK(_fgetts(text, 64, file) == text);
    SAME_TEXT(text, "\u02dc");
    CHECK(_fgetts(text, 64, file) == NULL);
    fclose(file);

    /* Never a step without a unit: who has room for one gets the mark that one is missing. */
    file = file_with("😀", 4);
    CHECK(_fgetts(text, 2, file) == text);
    SAME_TEXT(text, "\uFFFD");
    CHECK(_fgetts(text, 2, file) == NULL);
    fclose(file);

    CHECK(_fgetts(text, 0, stdin) == NULL);
    errno = 0;
    CHECK(_puttc(0xd800, stdout) == _TEOF && errno == EILSEQ);
}
#endif

/* What the caller of this program compares with. */
static void output(void) {
    CHECK(_putts(_T("é😀")) >= 0);
    CHECK(_fputts(_T("no end, "), stdout) >= 0);
    CHECK(_puttchar(_T('x')) == _T('x'));
    CHECK(_puttc(_T('y'), stdout) == _T('y'));
    CHECK(_fputtc(_T('\n'), stdout) == _T('\n'));
    CHECK(_puttc(_T('z'), stdout) != _TEOF);
}

int _tmain(void) {
    lines();
#ifdef UNICODE
    wide_lines();
#endif
    output();
    return failures != 0;
}
