/* What process_windows.c and process_linux.c have in common: see process.h. */
#include "process_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char process_stem[64];

void give_up(const char *what)
{
    fprintf(stderr, "%s failed\n", what);
    exit(3);
}

void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        give_up("malloc");
    return memory;
}

void process_use_stem(const char *given)
{
    snprintf(process_stem, sizeof process_stem, "%s", given);
}

Process *process_start(const char *role, const char *argument)
{
    return process_start_with(role, argument, LEAVE_HANDLES);
}

char *without_end(char *line)
{
    line[strcspn(line, "\r\n")] = 0;
    return line;
}

const char *hear(void)
{
    static char line[LINE_SIZE];
    return fgets(line, sizeof line, stdin) ? without_end(line) : NULL;
}

void say(const char *line)
{
    printf("%s\n", line);
    fflush(stdout);
}
