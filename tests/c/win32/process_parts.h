/* What process.c gives to process_windows.c and process_linux.c. */
#ifndef PROCESS_PARTS_H
#define PROCESS_PARTS_H

#include "process.h"

#define LINE_SIZE 1024

/* What the names of the run begin with. */
extern char process_stem[64];

/* Ends the program: what must not fail has failed, on the side of the test. */
void give_up(const char *what);

/* Memory full of zeroes. */
void *allocate(size_t size);

/* Takes the end of a line off. */
char *without_end(char *line);

#endif
