/* Windows' own sections as a peer: it knows the lines that src/peer/serve.rs describes, all but
 * those for many names and many processes.
 *
 * Built with: x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -Werror -o windows.exe windows.c
 */
#include <windows.h>
#include <stdio.h>
#include <string.h>

/* Memory that is mapped, and whose first byte is touched; `section` is NULL on failure. */
struct region {
    HANDLE section;
    volatile char *view;
};

static void destroy(struct region *region)
{
    if (region->view)
        UnmapViewOfFile((const void *)region->view);
    if (region->section)
        CloseHandle(region->section);
    region->view = NULL;
    region->section = NULL;
}

static struct region mapped(HANDLE section)
{
    struct region region = { section, NULL };
    if (section) {
        region.view = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
        if (region.view)
            *region.view = 1;
        else
            destroy(&region);
    }
    return region;
}

static struct region create(const char *name, unsigned long long size)
{
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE,
                                        (DWORD)(size >> 32), (DWORD)size, name);
    if (section && GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(section);
        SetLastError(ERROR_ALREADY_EXISTS);
        section = NULL;
    }
    return mapped(section);
}

static struct region open_it(const char *name, unsigned long long size)
{
    (void)size;
    return mapped(OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name));
}

static double nanoseconds(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1e9 / (double)frequency.QuadPart;
}

typedef struct region (*make)(const char *name, unsigned long long size);

static int once(make make, const char *name, unsigned long long size)
{
    struct region region = make(name, size);
    int done = region.section != NULL;
    destroy(&region);
    return done;
}

/* Nanoseconds for one, or less than none. */
static double repeat(make make, const char *name, unsigned long long size, double millis)
{
    double begin = nanoseconds(), one, count;
    long i;
    if (!once(make, name, size))
        return -1;
    one = nanoseconds() - begin;
    if (one >= millis * 1e6)
        return one;
    count = millis * 1e6 / (one < 100 ? 100 : one);
    count = count < 1 ? 1 : count > 1e5 ? 1e5 : count;
    begin = nanoseconds();
    for (i = 0; i < (long)count; i++)
        if (!once(make, name, size))
            return -1;
    return (nanoseconds() - begin) / (double)(long)count;
}

static void answer(int done, const char *text)
{
    if (done)
        printf("ok %s\n", text);
    else
        printf("fail error %lu\n", (unsigned long)GetLastError());
}

int main(void)
{
    static char line[1024], word[64], name[256], text[64];
    struct region held = { NULL, NULL };

    while (fgets(line, sizeof line, stdin)) {
        unsigned long long size = 0;
        double millis = 0, time;
        int words = sscanf(line, "%63s %255s %llu %lf", word, name, &size, &millis);
        if (words == 4 && (!strcmp(word, "create") || !strcmp(word, "open"))) {
            time = repeat(*word == 'c' ? create : open_it, name, size, millis);
            snprintf(text, sizeof text, "%.1f", time);
            answer(time >= 0, text);
        } else if (words == 3 && !strcmp(word, "hold")) {
            held = create(name, size);
            answer(held.section != NULL, name);
        } else if (words == 3 && !strcmp(word, "recover")) {
            /* Nothing to clean up; but the server may not have heard of the death yet. */
            DWORD begin = GetTickCount();
            do
                held = create(name, size);
            while (!held.section && GetTickCount() - begin < 20000);
            answer(held.section != NULL, "");
        } else if (words == 1 && !strcmp(word, "release")) {
            destroy(&held);
            answer(1, "");
        } else {
            printf("fail it does not know %s\n", word);
        }
        fflush(stdout);
    }
    return 0;
}
