/* What holds only where nobody else opens handles or maps memory meanwhile: closed handles, free
 * addresses, and which of them come next. */
#include <windows.h>

#include <stdarg.h>
#include <string.h>

#include "check.h"

static HANDLE section_of(DWORD size)
{
    HANDLE section =
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, size, NULL);
    CHECK(section != NULL);
    return section;
}

static MEMORY_BASIC_INFORMATION query(void *address)
{
    MEMORY_BASIC_INFORMATION information;
    CHECK(VirtualQuery(address, &information, sizeof information) == sizeof information);
    return information;
}

static void handles(void)
{
    HANDLE process = GetCurrentProcess(), first = section_of(1), second = section_of(1);
    HANDLE third = section_of(1), copy = NULL;

    CHECK((ULONG_PTR)first == 4 && (ULONG_PTR)second == 8 && (ULONG_PTR)third == 12);
    CHECK(CloseHandle(second));
    FAILS(CloseHandle(second), ERROR_INVALID_HANDLE);
    FAILS(MapViewOfFile(second, FILE_MAP_READ, 0, 0, 0), ERROR_INVALID_HANDLE);
    FAILS(GetFileSizeEx(first, &(LARGE_INTEGER){0}), ERROR_INVALID_HANDLE);
    /* The lowest free number is taken, and a copy may get that of its source. */
    CHECK(section_of(1) == second);
    CHECK(DuplicateHandle(process, first, process, &copy, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(copy == first);
    CHECK(DuplicateHandle(process, first, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE) == FALSE);
    FAILS(CloseHandle(first), ERROR_INVALID_HANDLE);
    /* The low two bits mean nothing. */
    CHECK(CloseHandle((HANDLE)((ULONG_PTR)third + 3)));
    CHECK(SetHandleInformation(second, HANDLE_FLAG_PROTECT_FROM_CLOSE,
                               HANDLE_FLAG_PROTECT_FROM_CLOSE));
    FAILS(CloseHandle(second), ERROR_INVALID_HANDLE);
    CHECK(SetHandleInformation(second, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    CHECK(CloseHandle(second));
}

static void views(void)
{
    HANDLE section = section_of(0x20000);
    char *view = (char *)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    MEMORY_BASIC_INFORMATION information;

    strcpy(view + 0x10000, "kept");
    CHECK(UnmapViewOfFile(view + 0x1234));
    FAILS(UnmapViewOfFile(view), ERROR_INVALID_ADDRESS);
    FAILS(FlushViewOfFile(view, 1), ERROR_INVALID_PARAMETER);
    information = query(view + 5);
    CHECK(information.State == MEM_FREE && information.Protect == PAGE_NOACCESS);
    CHECK(information.AllocationBase == NULL && information.AllocationProtect == 0);
    CHECK(information.Type == 0 && information.BaseAddress == view);
    /* Exactly there, with another part. */
    CHECK(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0x10000, 5, view) == view);
    CHECK(strcmp(view, "kept") == 0);
    FAILS(MapViewOfFileEx(section, FILE_MAP_READ, 0, 0, 0, view), ERROR_INVALID_ADDRESS);
    FAILS(VirtualAlloc(view, 1, MEM_RESERVE, PAGE_READWRITE), ERROR_INVALID_ADDRESS);
    CHECK(CloseHandle(section));
    CHECK(strcmp(view, "kept") == 0);
    CHECK(UnmapViewOfFile(view));
}

static void private_memory(void)
{
    char *memory = (char *)VirtualAlloc(NULL, 0x1001, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    CHECK(memory != NULL && query(memory).RegionSize == 0x2000);
    CHECK(query(memory).Type == MEM_PRIVATE);
    memset(memory, 7, 0x2000);
    FAILS(VirtualFree(memory, 1, MEM_RELEASE), ERROR_INVALID_PARAMETER);
    CHECK(VirtualFree(memory, 0, MEM_RELEASE));
    FAILS(VirtualFree(memory, 0, MEM_RELEASE), ERROR_INVALID_ADDRESS);
    CHECK(query(memory).State == MEM_FREE);
    CHECK(VirtualAlloc(memory + 0x345, 0x1000, MEM_RESERVE | MEM_COMMIT, PAGE_READONLY) == memory);
    CHECK(query(memory).RegionSize == 0x2000 && query(memory).Protect == PAGE_READONLY);
    CHECK(memory[0] == 0);
    CHECK(VirtualFree(memory, 0, MEM_RELEASE));
}

/* A page protection is one: reading through it is possible after it is taken back. */
static void protections(void)
{
    HANDLE section = section_of(0x2000);
    char *view = (char *)MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    char *reader = (char *)MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    DWORD before = 0;

    view[0] = 'a';
    CHECK(VirtualProtect(reader, 1, PAGE_WRITECOPY, &before) && before == PAGE_READONLY);
    reader[0] = 'b';
    CHECK(view[0] == 'a' && reader[0] == 'b');
    CHECK(VirtualProtect(view, 0x2000, PAGE_NOACCESS, &before) && before == PAGE_READWRITE);
    CHECK(VirtualProtect(view, 0x1000, PAGE_READWRITE, &before) && before == PAGE_NOACCESS);
    view[0] = 'c';
    CHECK(query(view).RegionSize == 0x1000 && query(view + 0x1000).Protect == PAGE_NOACCESS);
    CHECK(UnmapViewOfFile(view) && UnmapViewOfFile(reader) && CloseHandle(section));
}

static DWORD format(char *buffer, DWORD size, const char *message, ...)
{
    va_list arguments;
    DWORD length;

    va_start(arguments, message);
    length = FormatMessageA(FORMAT_MESSAGE_FROM_STRING, message, 0, 0, buffer, size, &arguments);
    va_end(arguments);
    return length;
}

static void messages(void)
{
    char buffer[128];
    WCHAR *wide = NULL;
    DWORD length;

    /* More than registers hold, in another order than they come. */
    CHECK(format(buffer, sizeof buffer, "%7 %1!d! %2!d! %3!d! %4!d! %5!d! %6!d!", 1, 2, 3, 4, 5, 6,
                 "seven") == 17);
    CHECK(strcmp(buffer, "seven 1 2 3 4 5 6") == 0);
    CHECK(format(buffer, 5, "%1", "too long") == 0);
    CHECK(GetLastError() == ERROR_INSUFFICIENT_BUFFER);
    length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER |
                                FORMAT_MESSAGE_IGNORE_INSERTS,
                            NULL, ERROR_ALREADY_EXISTS, 0, (WCHAR *)&wide, 0, NULL);
    CHECK(length > 2 && lstrlenW(wide) == (int)length);
    CHECK(wide[length - 1] == '\n' && wide[length - 2] == '\r');
    CHECK(LocalFree(wide) == NULL);
    FAILS(LocalFree(wide) == NULL, ERROR_INVALID_HANDLE);
}

int main(void)
{
    handles();
    views();
    private_memory();
    protections();
    messages();
    puts("well");
    return 0;
}
