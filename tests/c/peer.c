/* A peer that knows the Windows SDK and nothing of nshm: it does to sections what it is told on
 * its standard input, a command on each line, and answers each with one line:
 *
 *     ok ERROR [DATA]       the call succeeded; what GetLastError() says then
 *     fail ERROR            it failed, and why
 *     what                  the line was not understood
 *
 * Numbers of access and protection are hexadecimal, other numbers decimal, data hexadecimal
 * bytes, names UTF-8 without blanks.
 *
 *     create NAME SIZE PROTECTION    CreateFileMappingW
 *     open NAME ACCESS               OpenFileMappingW
 *     map ACCESS OFFSET LENGTH       MapViewOfFile; the data is the size of the view
 *     read OFFSET LENGTH             the data is what the view has there
 *     write OFFSET DATA
 *     unmap                          UnmapViewOfFile
 *     close                          CloseHandle
 *     event NAME                     CreateEventW, to hold a name by another kind of object
 *     end                            closes the event
 *
 * Built with mingw: x86_64-w64-mingw32-gcc -Wall -Wextra -Werror -o peer.exe peer.c
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 16384

static HANDLE section;
static unsigned char *view;
static HANDLE event;

static void answer(BOOL ok)
{
    DWORD error = GetLastError();
    printf("%s %lu", ok ? "ok" : "fail", (unsigned long)error);
}

static const wchar_t *wide(const char *text)
{
    static wchar_t buffer[1024];
    if (!MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, 1024))
        buffer[0] = 0;
    return buffer;
}

static SIZE_T view_size(void)
{
    MEMORY_BASIC_INFORMATION information;
    if (!VirtualQuery(view, &information, sizeof information))
        return 0;
    return information.RegionSize;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Says whether the line was understood. */
static BOOL obey(const char *line)
{
    static char name[LINE_MAX_BYTES], data[LINE_MAX_BYTES];
    unsigned long number;
    unsigned long long offset, length, i;

    if (sscanf(line, "create %s %llu %lx", name, &length, &number) == 3) {
        const wchar_t *text = wide(name);
        SetLastError(ERROR_SUCCESS);
        section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, number, (DWORD)(length >> 32),
                                     (DWORD)length, text);
        answer(section != NULL);
    } else if (sscanf(line, "open %s %lx", name, &number) == 2) {
        const wchar_t *text = wide(name);
        SetLastError(ERROR_SUCCESS);
        section = OpenFileMappingW(number, FALSE, text);
        answer(section != NULL);
    } else if (sscanf(line, "map %lx %llu %llu", &number, &offset, &length) == 3) {
        SetLastError(ERROR_SUCCESS);
        view = MapViewOfFile(section, number, (DWORD)(offset >> 32), (DWORD)offset,
                             (SIZE_T)length);
        answer(view != NULL);
        if (view)
            printf(" %llu", (unsigned long long)view_size());
    } else if (sscanf(line, "read %llu %llu", &offset, &length) == 2) {
        SetLastError(ERROR_SUCCESS);
        answer(TRUE);
        putchar(' ');
        for (i = 0; i < length; i++)
            printf("%02x", view[offset + i]);
    } else if (sscanf(line, "write %llu %s", &offset, data) == 2) {
        for (i = 0; hex_digit(data[2 * i]) >= 0 && hex_digit(data[2 * i + 1]) >= 0; i++)
            view[offset + i] = (unsigned char)(hex_digit(data[2 * i]) << 4 |
                                               hex_digit(data[2 * i + 1]));
        SetLastError(ERROR_SUCCESS);
        answer(TRUE);
    } else if (strncmp(line, "unmap", 5) == 0) {
        SetLastError(ERROR_SUCCESS);
        answer(UnmapViewOfFile(view));
    } else if (strncmp(line, "close", 5) == 0) {
        SetLastError(ERROR_SUCCESS);
        answer(CloseHandle(section));
    } else if (sscanf(line, "event %s", name) == 1) {
        const wchar_t *text = wide(name);
        SetLastError(ERROR_SUCCESS);
        event = CreateEventW(NULL, TRUE, FALSE, text);
        answer(event != NULL);
    } else if (strncmp(line, "end", 3) == 0) {
        SetLastError(ERROR_SUCCESS);
        answer(CloseHandle(event));
    } else {
        return FALSE;
    }
    return TRUE;
}

int main(void)
{
    static char line[LINE_MAX_BYTES];

    while (fgets(line, sizeof line, stdin)) {
        if (!obey(line))
            printf("what");
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
