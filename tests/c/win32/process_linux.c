/* Processes and threads of Linux: see process.h. */
#define _POSIX_C_SOURCE 200809L

#include "process_parts.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The path of this program. */
static char self[4096];

struct Process {
    pid_t id;
    int input;
    FILE *output;
    char line[LINE_SIZE];
};

struct Thread {
    pthread_t thread;
    ThreadFunction function;
    void *argument;
};

void process_begin(void)
{
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        give_up("readlink");
    self[length] = 0;
    /* What a process that has ended does not hear is no reason to end. */
    signal(SIGPIPE, SIG_IGN);
}

unsigned long process_session(void)
{
    return (unsigned long)getuid();
}

Process *process_start_with(const char *role, const char *argument, Inheritance inheritance)
{
    Process *process = (Process *)allocate(sizeof *process);
    int in[2], out[2];

    /* There is no call of the Windows API that starts a process here: a program that is started
     * gets descriptors, and never handles. */
    (void)inheritance;
    fflush(stdout);
    if (pipe(in) != 0 || pipe(out) != 0)
        give_up("pipe");
    process->id = fork();
    if (process->id == -1)
        give_up("fork");
    if (process->id == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        execl(self, self, role, process_stem, argument, (char *)NULL);
        _exit(3);
    }
    close(in[0]);
    close(out[1]);
    /* The next process must not hold the pipes of this one open. */
    fcntl(in[1], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    process->input = in[1];
    process->output = fdopen(out[0], "r");
    if (!process->output)
        give_up("fdopen");
    return process;
}

void process_say(Process *process, const char *line)
{
    char sent[LINE_SIZE];
    int length = snprintf(sent, sizeof sent, "%s\n", line);
    /* One that has ended does not hear it: what it did not say then tells. */
    if (write(process->input, sent, (size_t)length) != length)
        return;
}

const char *process_hear(Process *process)
{
    char *line = fgets(process->line, sizeof process->line, process->output);
    return line ? without_end(line) : "(ended)";
}

static int end_of(Process *process)
{
    int status;

    if (process->input != -1)
        close(process->input);
    if (waitpid(process->id, &status, 0) != process->id)
        give_up("waitpid");
    fclose(process->output);
    free(process);
    return status;
}

const char *process_end(Process *process)
{
    static char code_text[32];
    int status;

    close(process->input);
    process->input = -1;
    status = end_of(process);
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS))
        return "crash";
    if (WIFSIGNALED(status))
        snprintf(code_text, sizeof code_text, "signal %d", WTERMSIG(status));
    else
        snprintf(code_text, sizeof code_text, "%d", WEXITSTATUS(status));
    return code_text;
}

void process_kill(Process *process)
{
    kill(process->id, SIGKILL);
    end_of(process);
}

static void *thread_main(void *parameter)
{
    Thread *thread = (Thread *)parameter;
    thread->function(thread->argument);
    return NULL;
}

Thread *thread_start(ThreadFunction function, void *argument)
{
    Thread *thread = (Thread *)allocate(sizeof *thread);

    thread->function = function;
    thread->argument = argument;
    if (pthread_create(&thread->thread, NULL, thread_main, thread) != 0)
        give_up("pthread_create");
    return thread;
}

void thread_join(Thread *thread)
{
    pthread_join(thread->thread, NULL);
    free(thread);
}
