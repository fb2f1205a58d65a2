/* Processes and threads: what Windows and Linux start and end each in its own way.
 * Everything else of the programs is the same source on both systems. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>

/* Called first of all, and once it is known what the names of the run begin with. */
void process_begin(void);
void process_use_stem(const char *stem);

/* The number N of `Session\N\` for the names without a prefix. */
unsigned long process_session(void);

/* A process that runs this program in a role, with a pipe to it and one back. */
typedef struct Process Process;

/* Whether a process gets the handles that are marked for it. */
typedef enum { LEAVE_HANDLES, INHERIT_HANDLES } Inheritance;

Process *process_start(const char *role, const char *argument);
Process *process_start_with(const char *role, const char *argument, Inheritance inheritance);

/* Says a line to a process; the process hears it. NULL when its parent has closed the pipe. */
void process_say(Process *process, const char *line);
const char *hear(void);

/* Says a line to the parent; the parent hears it. "(ended)" when the process has closed the
 * pipe. */
void say(const char *line);
const char *process_hear(Process *process);

/* Closes the pipe to a process and waits for its end: "0", another exit code, or "crash" for an
 * access to memory that it must not have. */
const char *process_end(Process *process);

/* Ends a process as TerminateProcess and SIGKILL do, at once, and waits until it is gone. */
void process_kill(Process *process);

/* A thread that runs a function, and its end. */
typedef struct Thread Thread;
typedef void (*ThreadFunction)(void *argument);
Thread *thread_start(ThreadFunction function, void *argument);
void thread_join(Thread *thread);

#endif
