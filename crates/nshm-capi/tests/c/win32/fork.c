/* A child of fork has handles of its own: when it ends, those of its parent stay, with the name and
 * the file that is to be deleted on close. It owns none of the mutexes of its parent. */
#define _GNU_SOURCE
#include <windows.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void run_child(HANDLE section, HANDLE event, HANDLE mutex)
{
    int status;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        char *view = (char *)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);

        CHECK(view != NULL);
        strcpy(view, "from the child");
        CHECK(WaitForSingleObject(mutex, 0) == WAIT_TIMEOUT);
        FAILS(ReleaseMutex(mutex), ERROR_NOT_OWNER);
        CHECK(SetEvent(event));
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(void)
{
    char folder[MAX_PATH], path[MAX_PATH];
    HANDLE file, section, event, mutex;
    char *view;

    CHECK(GetTempPathA(MAX_PATH, folder) && GetTempFileNameA(folder, "frk", 0, path));
    file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 7, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1, "forked");
    view = (char *)MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    event = CreateEventA(NULL, FALSE, FALSE, "forked event");
    mutex = CreateMutexA(NULL, TRUE, "forked mutex");
    run_child(section, event, mutex);
    CHECK(strcmp(view, "from the child") == 0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(OpenEventA(SYNCHRONIZE, FALSE, "forked event")));
    CHECK(ReleaseMutex(mutex) && CloseHandle(mutex) && CloseHandle(event));
    CHECK(CloseHandle(OpenFileMappingA(FILE_MAP_READ, FALSE, "forked")));
    CHECK(access(path, F_OK) == 0);
    CHECK(CloseHandle(file) && access(path, F_OK) != 0);
    puts("well");
    return 0;
}
