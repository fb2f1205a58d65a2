/* An event and a mutex under names: owns the one until somebody sets the other, and ends with it. */
#include <windows.h>

#include "check.h"

int main(int argc, char **argv)
{
    HANDLE event, mutex;

    CHECK(argc == 3);
    event = CreateEventA(NULL, FALSE, FALSE, argv[1]);
    CHECK(event != NULL && GetLastError() == ERROR_SUCCESS);
    mutex = CreateMutexA(NULL, TRUE, argv[2]);
    CHECK(mutex != NULL && GetLastError() == ERROR_SUCCESS);
    puts("made");
    fflush(stdout);
    CHECK(WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    puts("woken");
    return 0;
}
