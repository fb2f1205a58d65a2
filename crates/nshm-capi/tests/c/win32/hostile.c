/* Calls with any arguments, from four threads: handles that are bad, closed, of the wrong kind or
 * somebody else's, sizes and flags that are wild, pointers that are NULL. Nothing may crash, and
 * when all is given back, nothing may be left: handles, views, descriptors, segments. */
#define _GNU_SOURCE
#include <windows.h>

#include <conio.h>
#include <dirent.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4, HANDLES = 0x400, ADDRESSES = 64 };

/* Addresses that some call gave, and any other that looks like one. Threads race for them. */
static void *volatile addresses[ADDRESSES];

/* xorshift64*: each thread has its own. */
static unsigned long long next(unsigned long long *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned long long *state, unsigned bound)
{
    return (unsigned)(next(state) >> 33) % bound;
}

/* Mostly one of the numbers that mean something, else any. */
static DWORD flags(unsigned long long *state)
{
    static const DWORD known[] = {0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 5, 6, 0x24, 0xf001f,
                                  GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE,
                                  GENERIC_ALL, MAXIMUM_ALLOWED, SEC_RESERVE | PAGE_READWRITE,
                                  SEC_COMMIT | PAGE_READONLY, SEC_IMAGE | PAGE_READONLY,
                                  MEM_COMMIT, MEM_RESERVE, MEM_COMMIT | MEM_RESERVE, MEM_RELEASE,
                                  MEM_DECOMMIT, MEM_RESET, FILE_FLAG_DELETE_ON_CLOSE,
                                  FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OVERLAPPED, SYNCHRONIZE,
                                  EVENT_ALL_ACCESS, MUTEX_ALL_ACCESS};
    if (below(state, 4))
        return known[below(state, sizeof known / sizeof *known)];
    return (DWORD)next(state);
}

/* No size that is possible is large: this is about arguments, and the machine has other users. */
static unsigned long long size(unsigned long long *state)
{
    static const unsigned long long sizes[] = {0, 1, 100, 4095, 4096, 4097, 65536, 0x12345,
                                               1ull << 45, 1ull << 62, 1ull << 63,
                                               0x7fffffffffffffffull, ~0ull, ~0ull - 4095};
    return sizes[below(state, sizeof sizes / sizeof *sizes)];
}

static HANDLE handle(unsigned long long *state)
{
    switch (below(state, 8)) {
    case 0:
        return NULL;
    case 1:
        return INVALID_HANDLE_VALUE;
    case 2:
        return (HANDLE)(ULONG_PTR)next(state);
    default:
        return (HANDLE)(ULONG_PTR)below(state, HANDLES);
    }
}

static char *address(unsigned long long *state)
{
    char *base = (char *)addresses[below(state, ADDRESSES)];
    switch (below(state, 8)) {
    case 0:
        return NULL;
    case 1:
        return (char *)(ULONG_PTR)(next(state) >> below(state, 64));
    case 2:
        return (char *)((ULONG_PTR)base + below(state, 0x20000));
    default:
        return base;
    }
}

/* Keeps an address in the place of another, which is given back: there are only so many. */
static void found(unsigned long long *state, void *place)
{
    void *other;

    if (!place)
        return;
    other = __atomic_exchange_n(&addresses[below(state, ADDRESSES)], place, __ATOMIC_RELAXED);
    if (other != place && !UnmapViewOfFile(other))
        VirtualFree(other, 0, MEM_RELEASE);
}

/* Keeps a handle, if it is one of those that others will close: objects are scarce. */
static void made(HANDLE handle)
{
    if (handle != INVALID_HANDLE_VALUE && (ULONG_PTR)handle >= HANDLES)
        CloseHandle(handle);
}

static const char *name(unsigned long long *state)
{
    static const char *names[] = {NULL, "", "a", "b", "Local\\a", "Global\\", "\\a", "a\\b",
                                  "Local", "Session\\99\\a", "\xff\xfe", "Local\\b"};
    return names[below(state, sizeof names / sizeof *names)];
}

static const WCHAR *wide_name(unsigned long long *state)
{
    static const WCHAR half[] = {0xd800, 'a', 0};
    static const WCHAR *names[] = {NULL, u"", u"a", u"c", u"Local\\c", u"global\\a", half};
    return names[below(state, sizeof names / sizeof *names)];
}

static const char *path(unsigned long long *state)
{
    /* Within the folder of this test, and nothing that anybody else has: it deletes them. */
    static const char *paths[] = {NULL, "", "file1", "file2", "file3", "no/file", "file1/file"};
    return paths[below(state, sizeof paths / sizeof *paths)];
}

static LONG number_of(unsigned long long *state)
{
    static const LONG numbers[] = {0, 1, 2, 3, -1, MAXLONG, MINLONG};
    return numbers[below(state, sizeof numbers / sizeof *numbers)];
}

/* Events, mutexes, semaphores and waits, of which none is for long. */
static void wait_or_signal(unsigned long long *state, SECURITY_ATTRIBUTES *given)
{
    HANDLE handles[MAXIMUM_WAIT_OBJECTS + 1];
    DWORD count = below(state, 3) ? below(state, 4) : below(state, MAXIMUM_WAIT_OBJECTS + 2), i;
    LONG before, many = number_of(state);
    int is_null = !below(state, 8);

    for (i = 0; i < count; i++)
        handles[i] = handle(state);
    switch (below(state, 14)) {
    case 0:
        made(CreateEventA(given, (BOOL)below(state, 2), (BOOL)below(state, 2), name(state)));
        break;
    case 1:
        made(CreateEventExW(given, wide_name(state), flags(state), flags(state)));
        break;
    case 2:
        made(CreateMutexA(given, (BOOL)below(state, 2), name(state)));
        break;
    case 3:
        made(CreateMutexExW(given, wide_name(state), flags(state), flags(state)));
        break;
    case 4:
        made(CreateSemaphoreA(given, many, number_of(state), name(state)));
        break;
    case 5:
        made(CreateSemaphoreExW(given, 1, 3, wide_name(state), below(state, 2), flags(state)));
        break;
    case 6:
        made(OpenEventA(flags(state), FALSE, name(state)));
        made(OpenMutexW(flags(state), TRUE, wide_name(state)));
        made(OpenSemaphoreA(flags(state), FALSE, name(state)));
        break;
    case 7:
        SetEvent(handle(state));
        ResetEvent(handle(state));
        PulseEvent(handle(state));
        break;
    case 8:
        ReleaseMutex(handle(state));
        break;
    case 9:
        ReleaseSemaphore(handle(state), many, is_null ? NULL : &before);
        break;
    case 10:
    case 11:
        WaitForSingleObjectEx(handle(state), below(state, 2), (BOOL)below(state, 2));
        break;
    case 12:
        WaitForMultipleObjectsEx(count, is_null ? NULL : handles, (BOOL)below(state, 2),
                                 below(state, 2), (BOOL)below(state, 2));
        break;
    case 13:
        SignalObjectAndWait(handle(state), handle(state), below(state, 2), FALSE);
        break;
    }
}

static void call(unsigned long long *state)
{
    char buffer[512];
    DWORD count = 0;
    LONG high = (LONG)next(state);
    HANDLE copy = NULL;
    LARGE_INTEGER number;
    OVERLAPPED overlapped;
    MEMORY_BASIC_INFORMATION information;
    SYSTEM_INFO system;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {below(state, 99), &descriptor, (BOOL)below(state, 2)};
    SECURITY_ATTRIBUTES *given = below(state, 4) ? NULL : &attributes;
    ACL list;
    unsigned long long bytes = size(state);
    DWORD length = below(state, sizeof buffer + 1);
    int is_null = !below(state, 8);

    memset(&overlapped, 0, sizeof overlapped);
    overlapped.Offset = (DWORD)bytes;
    InitializeSecurityDescriptor(&descriptor, 1);
    InitializeAcl(&list, sizeof list, 2);
    SetSecurityDescriptorDacl(&descriptor, (BOOL)below(state, 2), is_null ? NULL : &list, FALSE);
    switch (below(state, 50)) {
    case 0:
    case 1:
        made(CreateFileMappingA(handle(state), given, flags(state), (DWORD)(bytes >> 32),
                                (DWORD)bytes, name(state)));
        break;
    case 2:
        made(CreateFileMappingW(INVALID_HANDLE_VALUE, given, PAGE_READWRITE, 0, 0x12345,
                                wide_name(state)));
        break;
    case 3:
        made(OpenFileMappingA(flags(state), (BOOL)below(state, 2), name(state)));
        break;
    case 4:
        made(OpenFileMappingW(flags(state), FALSE, wide_name(state)));
        break;
    case 5:
    case 6:
        found(state, MapViewOfFile(handle(state), flags(state), 0, below(state, 3) << 16,
                                   (SIZE_T)bytes));
        break;
    case 7:
        found(state, MapViewOfFileEx(handle(state), FILE_MAP_READ, (DWORD)(bytes >> 32), 0, 0,
                                     address(state)));
        break;
    case 8:
        found(state, MapViewOfFile(handle(state), FILE_MAP_WRITE, 0, 0, 0));
        break;
    case 9:
    case 10:
        UnmapViewOfFile(address(state));
        break;
    case 11:
        FlushViewOfFile(address(state), (SIZE_T)bytes);
        break;
    case 12:
        VirtualQuery(address(state), is_null ? NULL : &information, below(state, 99));
        break;
    case 13:
        VirtualProtect(address(state), (SIZE_T)bytes, flags(state), is_null ? NULL : &count);
        break;
    case 14:
    case 15:
        found(state, VirtualAlloc(below(state, 2) ? NULL : address(state), (SIZE_T)bytes,
                                  flags(state), flags(state)));
        break;
    case 16:
        found(state, VirtualAlloc(NULL, 0x12345, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
        break;
    case 17:
    case 18:
        VirtualFree(address(state), below(state, 2) ? 0 : (SIZE_T)bytes,
                    below(state, 2) ? MEM_RELEASE : flags(state));
        break;
    case 19:
    case 20:
    case 21:
    case 22:
        CloseHandle(handle(state));
        break;
    case 23:
        if (DuplicateHandle(below(state, 3) ? GetCurrentProcess() : handle(state), handle(state),
                            below(state, 3) ? GetCurrentProcess() : handle(state),
                            is_null ? NULL : &copy, flags(state), (BOOL)below(state, 2),
                            below(state, 4)))
            made(copy);
        break;
    case 24:
        GetHandleInformation(handle(state), is_null ? NULL : &count);
        break;
    case 25:
        SetHandleInformation(handle(state), below(state, 5), below(state, 5));
        break;
    case 26:
    case 27:
        made(CreateFileA(path(state), flags(state), below(state, 9), given, below(state, 7),
                         flags(state), handle(state)));
        break;
    case 28:
        made(CreateFileA("file1", GENERIC_READ | GENERIC_WRITE, 7, NULL, OPEN_ALWAYS, 0, NULL));
        break;
    case 29:
        made(CreateFileW(u"file2", flags(state), 7, NULL, CREATE_ALWAYS, flags(state), NULL));
        break;
    case 30:
        ReadFile(handle(state), is_null ? NULL : buffer, length, below(state, 2) ? NULL : &count,
                 below(state, 2) ? NULL : &overlapped);
        break;
    case 31:
        overlapped.Offset = below(state, 99999);
        WriteFile(handle(state), is_null ? NULL : &descriptor, sizeof descriptor,
                  below(state, 2) ? NULL : &count, &overlapped);
        break;
    case 32:
        SetFilePointer(handle(state), (LONG)bytes, is_null ? &high : NULL, below(state, 4));
        number.QuadPart = (LONGLONG)bytes;
        SetFilePointerEx(handle(state), number, is_null ? NULL : &number, below(state, 4));
        break;
    case 33:
        SetFilePointer(handle(state), (LONG)below(state, 99999), NULL, FILE_BEGIN);
        SetEndOfFile(handle(state));
        break;
    case 34:
        GetFileSize(handle(state), is_null ? NULL : &count);
        GetFileSizeEx(handle(state), is_null ? NULL : &number);
        GetFileType(handle(state));
        break;
    case 35:
        DeleteFileA(path(state));
        break;
    case 36:
        FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | (flags(state) & 0xff), NULL, below(state, 2000),
                       0, is_null ? NULL : buffer, length, NULL);
        LocalFree(address(state));
        LocalFree(LocalAlloc(flags(state), (SIZE_T)bytes));
        break;
    case 37:
        GetTempPathA(length, is_null ? NULL : buffer);
        GetTempFileNameA(is_null ? NULL : "missing", "x", below(state, 9), buffer);
        break;
    case 38:
        InitializeSecurityDescriptor(is_null ? NULL : &descriptor, below(state, 3));
        InitializeAcl(is_null ? NULL : &list, below(state, 99), below(state, 6));
        SetSecurityDescriptorDacl(NULL, TRUE, NULL, FALSE);
        GetSystemInfo(is_null ? NULL : &system);
        break;
    case 39:
        _kbhit();
        lstrlenA(name(state));
        QueryPerformanceCounter(is_null ? NULL : &number);
        break;
    default:
        wait_or_signal(state, given);
        break;
    }
}

static unsigned long long calls;

static void *run(void *seed)
{
    unsigned long long state = 0x9e3779b97f4a7c15ull * ((ULONG_PTR)seed + 1), i;

    for (i = 0; i < calls / THREADS; i++)
        call(&state);
    return NULL;
}

static unsigned entries(const char *folder)
{
    DIR *open = opendir(folder);
    unsigned count = 0;

    CHECK(open != NULL);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

/* The segments that this process has made or attached, by what its address space says. */
static unsigned segments(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned count = 0;

    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, "/SYSV") != NULL;
    fclose(maps);
    return count;
}

/* Gives everything back that there may be. */
static void give_back(void)
{
    MEMORY_BASIC_INFORMATION information;
    char *place = (char *)0x10000;
    ULONG_PTR value;

    for (value = 4; value < 0x100000; value += 4) {
        SetHandleInformation((HANDLE)value, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
        CloseHandle((HANDLE)value);
    }
    while (VirtualQuery(place, &information, sizeof information)) {
        char *end = (char *)information.BaseAddress + information.RegionSize;
        /* What is none of this layer's is refused. */
        if (information.State != MEM_FREE) {
            UnmapViewOfFile(information.AllocationBase);
            VirtualFree(information.AllocationBase, 0, MEM_RELEASE);
        }
        place = end;
    }
}

/* Every view and region that is left is known to VirtualQuery as of this layer: it can be unmapped
 * or released. Here nothing can. */
static void check_nothing_is_mapped(void)
{
    MEMORY_BASIC_INFORMATION information;
    char *place = (char *)0x10000;

    while (VirtualQuery(place, &information, sizeof information)) {
        if (information.State != MEM_FREE) {
            CHECK(!UnmapViewOfFile(information.AllocationBase));
            CHECK(!VirtualFree(information.AllocationBase, 0, MEM_RELEASE));
        }
        place = (char *)information.BaseAddress + information.RegionSize;
    }
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    char folder[MAX_PATH + 32];
    unsigned descriptors;
    HANDLE first;
    ULONG_PTR i;

    calls = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    CHECK(GetTempPathA(MAX_PATH, folder));
    strcat(folder, "hostile");
    CHECK(mkdtemp(strcat(folder, ".XXXXXX")) && chdir(folder) == 0);
    descriptors = entries("/proc/self/fd");
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    give_back();
    check_nothing_is_mapped();
    first = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1, NULL);
    CHECK((ULONG_PTR)first == 4 && CloseHandle(first));
    CHECK(entries("/proc/self/fd") == descriptors);
    CHECK(segments() == 0);
    for (i = 0; i < 3; i++) {
        char file[8] = "file1";
        file[4] = (char)('1' + i);
        remove(file);
    }
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    puts("well");
    return 0;
}
