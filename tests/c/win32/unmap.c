/* UnmapViewOfFile, FlushViewOfFile, CloseHandle and what else meets a section (section 4.6). */
#include "call.h"
#include "file.h"
#include "process.h"
#include "row.h"

#define PAGE 0x1000

/* Unmaps a view of two pages by an address inside it, and says whether all of it is gone. */
static const char *unmapped_at(HANDLE section, size_t offset)
{
    unsigned char *view = map(section, FILE_MAP_WRITE);
    const char *result;

    forget();
    result = done(UnmapViewOfFile(view + offset));
    return text("%s %s %s", result, query(view), query(view + PAGE));
}

static const char *unmap(void *address)
{
    forget();
    return done(UnmapViewOfFile(address));
}

static void unmapping(void)
{
    static const char gone[] =
        "TRUE free type=0 protect=1 first=0 free type=0 protect=1 first=0";
    HANDLE section = create(PAGE_READWRITE, 2 * PAGE, NULL);
    unsigned char *view = map(section, FILE_MAP_WRITE), *other;
    void *memory = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    int local = 0;

    row("4.6.unmap.at-0", gone, unmapped_at(section, 0));
    row("4.6.unmap.at-100", gone, unmapped_at(section, 100));
    row("4.6.unmap.at-4096", gone, unmapped_at(section, PAGE));
    row("4.6.unmap.at-4196", gone, unmapped_at(section, PAGE + 100));
    row("4.6.unmap.null", "FALSE 487", unmap(NULL));
    row("4.6.unmap.garbage", "FALSE 487", unmap(NOWHERE));
    row("4.6.unmap.stack", "FALSE 487", unmap(&local));
    row("4.6.unmap.virtual-alloc", "FALSE 487", unmap(memory));
    VirtualFree(memory, 0, MEM_RELEASE);
    other = map(section, FILE_MAP_WRITE);
    UnmapViewOfFile(view);
    row("4.6.unmap.twice", "FALSE 487", unmap(view));
    other[0] = 5;
    row("4.6.unmap.other-view-stays", "5", text("%d", other[0]));
    UnmapViewOfFile(other);
    CloseHandle(section);
}

static const char *flush(const void *address, SIZE_T size)
{
    forget();
    return done(FlushViewOfFile(address, size));
}

static void flushing(void)
{
    HANDLE section = create(PAGE_READWRITE, 2 * PAGE, NULL), file = file_of(2 * PAGE), of_file;
    unsigned char *view = map(section, FILE_MAP_WRITE), *reader = map(section, FILE_MAP_READ);
    void *memory = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    row("4.6.flush.all", "TRUE", flush(view, 0));
    row("4.6.flush.part", "TRUE", flush(view, 10));
    row("4.6.flush.unaligned", "TRUE", flush(view + 5, PAGE));
    row("4.6.flush.unaligned.rest", "TRUE", flush(view + PAGE + 5, 0));
    row("4.6.flush.read-only", "TRUE", flush(reader, 0));
    row("4.6.flush.past-end", "FALSE 87", flush(view, 20 * PAGE));
    row("4.6.flush.null", "FALSE 87", flush(NULL, 0));
    UnmapViewOfFile(reader);
    row("4.6.flush.unmapped", "FALSE 87", flush(reader, 0));
    row("4.6.flush.virtual-alloc", "TRUE", flush(memory, PAGE));
    VirtualFree(memory, 0, MEM_RELEASE);
    UnmapViewOfFile(view);
    CloseHandle(section);

    of_file = create_of(file, PAGE_READWRITE, 0, NULL);
    view = map(of_file, FILE_MAP_WRITE);
    view[PAGE] = 99;
    row("4.6.flush.file", "TRUE", flush(view, 0));
    UnmapViewOfFile(view);
    CloseHandle(of_file);
    CloseHandle(file);
}

/* What a file holds after a section of it was written to. */
static void written_file(void)
{
    HANDLE file = file_of(16), section = create_of(file, PAGE_READWRITE, 0, NULL);
    unsigned char *view = map(section, FILE_MAP_WRITE), byte = 0;
    DWORD count;

    view[3] = 99;
    FlushViewOfFile(view, 0);
    SetFilePointer(file, 3, NULL, FILE_BEGIN);
    if (!ReadFile(file, &byte, 1, &count, NULL))
        byte = 0;
    row("4.6.flush.file.read", "99", text("%d", byte));

    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    forget();
    row("4.6.set-end-of-file", "FALSE 1224", done(SetEndOfFile(file)));
    UnmapViewOfFile(view);
    CloseHandle(section);
    forget();
    row("4.6.set-end-of-file.unmapped", "TRUE", done(SetEndOfFile(file)));
    CloseHandle(file);
}

static const char *closed(HANDLE handle)
{
    forget();
    return done(CloseHandle(handle));
}

static void closing(void)
{
    HANDLE section = create_page(NULL);
    unsigned char *view = map(section, FILE_MAP_WRITE);
    const char *result;

    SetHandleInformation(section, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    row("4.6.close.protected", "FALSE 6", closed(section));
    SetHandleInformation(section, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
    result = closed(section);
    row("4.6.close", "TRUE untouched", text("%s %s", result, last_error()));
    view[0] = 8;
    row("4.6.close.view-stays", "8", text("%d", view[0]));
    row("4.6.close.twice", "FALSE 6", closed(section));
    row("4.6.close.null", "FALSE 6", closed(NULL));
    row("4.6.close.garbage", "FALSE 6", closed(NO_HANDLE));
    row("4.6.close.minus-1", "TRUE", closed(INVALID_HANDLE_VALUE));
    UnmapViewOfFile(view);

    section = create_page(NULL);
    row("1.1.low-bits.close", "TRUE", closed((HANDLE)((ULONG_PTR)section | 1)));
}

static void either_order(void)
{
    HANDLE section = create_page(NULL);
    unsigned char *view = map(section, FILE_MAP_WRITE);
    const char *first = unmap(view), *second = closed(section);

    row("4.6.order.unmap-first", "TRUE TRUE", text("%s %s", first, second));
    section = create_page(NULL);
    view = map(section, FILE_MAP_WRITE);
    first = closed(section);
    second = unmap(view);
    row("4.6.order.close-first", "TRUE TRUE", text("%s %s", first, second));
}

static void file_type(void)
{
    HANDLE section = create_page(NULL), file = file_of(1);
    DWORD type;

    row("4.6.file-type.file", "1", text("%lu", (unsigned long)GetFileType(file)));
    forget();
    type = GetFileType(section);
    WINE_DIFFERS("1 untouched", "takes a section for a file on a disk");
    row("4.6.file-type.section", "0 6", text("%lu %s", (unsigned long)type, last_error()));
    CloseHandle(file);
    CloseHandle(section);
}

void rows(void)
{
    unmapping();
    flushing();
    written_file();
    closing();
    either_order();
    file_type();
}

NO_CHILDREN
