/* Processes and threads of Windows: see process.h. */
#include "process_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* The path of this program. */
static char self[4096];

struct Process {
    HANDLE process, input, output;
    char line[LINE_SIZE];
};

struct Thread {
    HANDLE thread;
    ThreadFunction function;
    void *argument;
};

/* A process that touches what it must not ends without a question to anybody. */
static LONG WINAPI end_at_once(EXCEPTION_POINTERS *exception)
{
    (void)exception;
    return EXCEPTION_EXECUTE_HANDLER;
}

void process_begin(void)
{
    if (!GetModuleFileNameA(NULL, self, sizeof self))
        give_up("GetModuleFileName");
    SetUnhandledExceptionFilter(end_at_once);
}

unsigned long process_session(void)
{
    DWORD session = 0;
    if (!ProcessIdToSessionId(GetCurrentProcessId(), &session))
        give_up("ProcessIdToSessionId");
    return session;
}

/* The end of a pipe that stays with us. */
static void keep(HANDLE end)
{
    SetHandleInformation(end, HANDLE_FLAG_INHERIT, 0);
}

/* Starts it; `only` names the handles that it gets, or is NULL for all that are marked. */
static void create(Process *process, char *line, HANDLE *only, HANDLE input, HANDLE output)
{
    STARTUPINFOEXA startup;
    PROCESS_INFORMATION made;
    SIZE_T size = 0;
    DWORD flags = 0;

    memset(&startup, 0, sizeof startup);
    startup.StartupInfo.cb = only ? sizeof startup : sizeof startup.StartupInfo;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = input;
    startup.StartupInfo.hStdOutput = output;
    startup.StartupInfo.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (only) {
        flags = EXTENDED_STARTUPINFO_PRESENT;
        InitializeProcThreadAttributeList(NULL, 1, 0, &size);
        startup.lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)allocate(size);
        if (!InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size) ||
            !UpdateProcThreadAttribute(startup.lpAttributeList, 0,
                                       PROC_THREAD_ATTRIBUTE_HANDLE_LIST, only,
                                       2 * sizeof *only, NULL, NULL))
            give_up("UpdateProcThreadAttribute");
    }
    if (!CreateProcessA(self, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup.StartupInfo,
                        &made))
        give_up("CreateProcess");
    if (only) {
        DeleteProcThreadAttributeList(startup.lpAttributeList);
        free(startup.lpAttributeList);
    }
    CloseHandle(made.hThread);
    process->process = made.hProcess;
}

Process *process_start_with(const char *role, const char *argument, Inheritance inheritance)
{
    Process *process = (Process *)allocate(sizeof *process);
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE pipes[2];
    char line[LINE_SIZE + sizeof self];

    if (!CreatePipe(&pipes[0], &process->input, &inherited, 0) ||
        !CreatePipe(&process->output, &pipes[1], &inherited, 0))
        give_up("CreatePipe");
    keep(process->input);
    keep(process->output);
    snprintf(line, sizeof line, "\"%s\" %s %s \"%s\"", self, role, process_stem, argument);
    create(process, line, inheritance == INHERIT_HANDLES ? NULL : pipes, pipes[0], pipes[1]);
    CloseHandle(pipes[0]);
    CloseHandle(pipes[1]);
    return process;
}

void process_say(Process *process, const char *line)
{
    char sent[LINE_SIZE];
    DWORD written;
    int length = snprintf(sent, sizeof sent, "%s\n", line);
    /* One that has ended does not hear it: what it did not say then tells. */
    WriteFile(process->input, sent, (DWORD)length, &written, NULL);
}

const char *process_hear(Process *process)
{
    DWORD length = 0, read;

    while (length + 1 < sizeof process->line) {
        if (!ReadFile(process->output, process->line + length, 1, &read, NULL) || read == 0)
            break;
        if (process->line[length++] == '\n')
            break;
    }
    process->line[length] = 0;
    return length ? without_end(process->line) : "(ended)";
}

static void release(Process *process)
{
    if (process->input)
        CloseHandle(process->input);
    CloseHandle(process->output);
    CloseHandle(process->process);
    free(process);
}

const char *process_end(Process *process)
{
    static char code_text[16];
    DWORD code;

    CloseHandle(process->input);
    process->input = NULL;
    if (WaitForSingleObject(process->process, INFINITE) != WAIT_OBJECT_0 ||
        !GetExitCodeProcess(process->process, &code))
        give_up("GetExitCodeProcess");
    release(process);
    if (code == EXCEPTION_ACCESS_VIOLATION || code == EXCEPTION_IN_PAGE_ERROR)
        return "crash";
    snprintf(code_text, sizeof code_text, "%lu", code);
    return code_text;
}

void process_kill(Process *process)
{
    if (!TerminateProcess(process->process, 1))
        give_up("TerminateProcess");
    WaitForSingleObject(process->process, INFINITE);
    release(process);
}

static DWORD WINAPI thread_main(void *parameter)
{
    Thread *thread = (Thread *)parameter;
    thread->function(thread->argument);
    return 0;
}

Thread *thread_start(ThreadFunction function, void *argument)
{
    Thread *thread = (Thread *)allocate(sizeof *thread);

    thread->function = function;
    thread->argument = argument;
    thread->thread = CreateThread(NULL, 0, thread_main, thread, 0, NULL);
    if (!thread->thread)
        give_up("CreateThread");
    return thread;
}

void thread_join(Thread *thread)
{
    WaitForSingleObject(thread->thread, INFINITE);
    CloseHandle(thread->thread);
    free(thread);
}
