/* Calls of the Windows API, and what came of them as the rows say it: see call.h. */
#include "call.h"

#include "row.h"

#define HIGH(number) ((DWORD)((number) >> 32))
#define LOW(number) ((DWORD)((number)&0xffffffffu))

void forget(void)
{
    SetLastError(UNTOUCHED);
}

HANDLE create_of(HANDLE file, DWORD protection, unsigned long long size, const char *name)
{
    forget();
    return CreateFileMappingA(file, NULL, protection, HIGH(size), LOW(size), name);
}

HANDLE create(DWORD protection, unsigned long long size, const char *name)
{
    return create_of(INVALID_HANDLE_VALUE, protection, size, name);
}

HANDLE create_page(const char *name)
{
    return create(PAGE_READWRITE, 0x1000, name);
}

HANDLE create_wide(const WCHAR *name)
{
    forget();
    return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x1000, name);
}

HANDLE open_section(DWORD access, const char *name)
{
    forget();
    return OpenFileMappingA(access, FALSE, name);
}

HANDLE open_section_wide(DWORD access, const WCHAR *name)
{
    forget();
    return OpenFileMappingW(access, FALSE, name);
}

unsigned char *map_part(HANDLE section, DWORD access, unsigned long long offset, SIZE_T size)
{
    forget();
    return (unsigned char *)MapViewOfFile(section, access, HIGH(offset), LOW(offset), size);
}

unsigned char *map(HANDLE section, DWORD access)
{
    return map_part(section, access, 0, 0);
}

unsigned char *map_at(HANDLE section, DWORD access, void *address)
{
    forget();
    return (unsigned char *)MapViewOfFileEx(section, access, 0, 0, 0, address);
}

HANDLE duplicate(HANDLE source, DWORD access, DWORD options)
{
    HANDLE made = NULL;
    forget();
    if (!DuplicateHandle(GetCurrentProcess(), source, GetCurrentProcess(), &made, access, FALSE,
                         options))
        return NULL;
    return made;
}

const char *last_error(void)
{
    DWORD error = GetLastError();
    return error == UNTOUCHED ? "untouched" : text("%lu", (unsigned long)error);
}

const char *outcome(HANDLE handle)
{
    return text("%s %s", handle ? "ok" : "NULL", last_error());
}

const char *tried(HANDLE handle)
{
    const char *result = outcome(handle);
    if (handle)
        CloseHandle(handle);
    return result;
}

const char *granted(HANDLE handle)
{
    const char *result = outcome(handle);
    if (handle) {
        result = text("%s %s", result, rights(handle));
        CloseHandle(handle);
    }
    return result;
}

/* Whether a handle may map so. */
static int may(HANDLE section, DWORD access)
{
    unsigned char *view = map(section, access);
    if (view)
        UnmapViewOfFile(view);
    return view != NULL;
}

const char *rights(HANDLE section)
{
    int executes = may(section, FILE_MAP_READ | FILE_MAP_EXECUTE) ||
                   may(section, FILE_MAP_WRITE | FILE_MAP_EXECUTE);
    return text("%c%c%c", may(section, FILE_MAP_READ) ? 'r' : '-',
                may(section, FILE_MAP_WRITE) ? 'w' : '-', executes ? 'x' : '-');
}

const char *mapped(const void *view)
{
    return view ? "ok" : text("NULL %s", last_error());
}

const char *mapped_as(void *view)
{
    const char *result = mapped(view);
    if (view) {
        result = protection(view);
        UnmapViewOfFile(view);
    }
    return result;
}

const char *done(BOOL ok)
{
    return ok ? "TRUE" : text("FALSE %s", last_error());
}

static const char *state_name(DWORD state)
{
    return state == MEM_COMMIT    ? "commit"
           : state == MEM_RESERVE ? "reserve"
           : state == MEM_FREE    ? "free"
                                  : "?";
}

const char *query(const void *address)
{
    MEMORY_BASIC_INFORMATION found;

    if (!VirtualQuery(address, &found, sizeof found))
        return text("0 %s", last_error());
    return text("%s type=%lx protect=%lx first=%lx%s", state_name(found.State),
                (unsigned long)found.Type, (unsigned long)found.Protect,
                (unsigned long)found.AllocationProtect,
                found.State == MEM_FREE && found.AllocationBase ? " base" : "");
}

SIZE_T region_size(const void *address)
{
    MEMORY_BASIC_INFORMATION found;
    return VirtualQuery(address, &found, sizeof found) ? found.RegionSize : 0;
}

const char *protection(const void *address)
{
    MEMORY_BASIC_INFORMATION found;

    if (!VirtualQuery(address, &found, sizeof found))
        return "unknown";
    return text("0x%02lx", (unsigned long)found.Protect);
}

const char *yes(int is_so)
{
    return is_so ? "yes" : "no";
}
