/* A section under a name: made and held, or opened and read; left to the end of the process, or to
 * ExitProcess. */
#include <windows.h>

#include <string.h>

#include "check.h"

#define TEXT_OF_FIRST "Message from first process."

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    const char *name = argc > 2 ? argv[2] : "";
    int opens = strcmp(what, "read") == 0;
    HANDLE section = opens ? OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name)
                           : CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 256,
                                                name);
    char *view;

    CHECK(section != NULL && (opens || GetLastError() == ERROR_SUCCESS));
    view = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 256);
    CHECK(view != NULL);
    if (opens) {
        puts(view);
        return 0;
    }
    strcpy(view, TEXT_OF_FIRST);
    puts("made");
    fflush(stdout);
    if (strcmp(what, "hold") == 0) {
        getchar();
        CHECK(CloseHandle(section));
        /* The view does not keep the name. */
        CHECK(OpenFileMappingA(FILE_MAP_READ, FALSE, name) == NULL);
        CHECK(GetLastError() == ERROR_FILE_NOT_FOUND);
        CHECK(strcmp(view, TEXT_OF_FIRST) == 0);
        puts("gone");
    }
    if (strcmp(what, "exit") == 0)
        ExitProcess(3);
    return 0;
}
