/* MapViewOfFile and MapViewOfFileEx: which part, and where (section 4.3). */
#include "call.h"
#include "file.h"
#include "row.h"

#define GRANULARITY 0x10000u
#define SIZE 0x23456

/* Of a view: the size of its region. */
static const char *extent(void *view)
{
    const char *result = mapped(view);
    if (view) {
        result = text("%#lx", (unsigned long)region_size(view));
        UnmapViewOfFile(view);
    }
    return result;
}

static void offsets(HANDLE section)
{
    row("4.3.offset.1", "NULL 1132", extent(map_part(section, FILE_MAP_WRITE, 1, 0)));
    row("4.3.offset.4096", "NULL 1132", extent(map_part(section, FILE_MAP_WRITE, 4096, 0)));
    row("4.3.offset.0x8000", "NULL 1132", extent(map_part(section, FILE_MAP_WRITE, 0x8000, 0)));
    row("4.3.offset.64k", "0x14000",
        extent(map_part(section, FILE_MAP_WRITE, GRANULARITY, 0)));
    row("4.3.offset.128k", "0x4000",
        extent(map_part(section, FILE_MAP_WRITE, 2 * GRANULARITY, 0)));
    row("4.3.offset.end", "NULL 87",
        extent(map_part(section, FILE_MAP_WRITE, 3 * GRANULARITY, 0)));
    row("4.3.offset.far", "NULL 87",
        extent(map_part(section, FILE_MAP_WRITE, 1ull << 40, 0)));
}

static void sizes(HANDLE section)
{
    row("4.3.size.0", "0x24000", extent(map_part(section, FILE_MAP_WRITE, 0, 0)));
    row("4.3.size.1", "0x1000", extent(map_part(section, FILE_MAP_WRITE, 0, 1)));
    row("4.3.size.0x1001", "0x2000", extent(map_part(section, FILE_MAP_WRITE, 0, 0x1001)));
    row("4.3.size.exact", "0x24000", extent(map_part(section, FILE_MAP_WRITE, 0, SIZE)));
    row("4.3.size.whole-pages", "0x24000", extent(map_part(section, FILE_MAP_WRITE, 0, 0x24000)));
    row("4.3.size.beyond", "NULL 5", extent(map_part(section, FILE_MAP_WRITE, 0, 0x24001)));
    row("4.3.size.beyond-from-offset", "NULL 5",
        extent(map_part(section, FILE_MAP_WRITE, GRANULARITY, 0x14001)));
    row("4.3.size.2^47", "NULL 5",
        extent(map_part(section, FILE_MAP_WRITE, 0, (SIZE_T)1 << 47)));
    row("4.3.size.most", "NULL 5", extent(map_part(section, FILE_MAP_WRITE, 0, ~(SIZE_T)0)));
}

static void sizes_of_files(void)
{
    HANDLE file = file_of(0x3456), section = create_of(file, PAGE_READWRITE, 0, NULL);

    row("4.3.file.exact", "0x4000", extent(map_part(section, FILE_MAP_WRITE, 0, 0x3456)));
    row("4.3.file.beyond", "NULL 5", extent(map_part(section, FILE_MAP_WRITE, 0, 0x3457)));
    row("4.3.file.size.0", "0x4000", extent(map_part(section, FILE_MAP_WRITE, 0, 0)));
    CloseHandle(section);
    CloseHandle(file);
}

static void addresses(HANDLE section)
{
    unsigned char *one = map(section, FILE_MAP_WRITE), *other = map(section, FILE_MAP_WRITE);
    unsigned char *again;

    row("4.3.base.multiple", "yes", yes(((ULONG_PTR)one | (ULONG_PTR)other) % GRANULARITY == 0));
    row("4.3.base.distinct", "yes", yes(one != other));
    one[5] = 42;
    row("4.3.base.coherent", "42", text("%d", other[5]));
    row("4.3.base.offset", "yes",
        yes((again = map_part(section, FILE_MAP_WRITE, GRANULARITY, 0)) != NULL &&
            (ULONG_PTR)again % GRANULARITY == 0));
    UnmapViewOfFile(again);

    row("4.3.ex.misaligned.4096", "NULL 1132",
        mapped(map_at(section, FILE_MAP_WRITE, one + 0x1000)));
    row("4.3.ex.misaligned.1", "NULL 1132", mapped(map_at(section, FILE_MAP_WRITE, one + 1)));
    row("4.3.ex.occupied", "NULL 487", mapped(map_at(section, FILE_MAP_WRITE, other)));
    row("4.3.ex.occupied.by-its-end", "NULL 487",
        mapped(map_at(section, FILE_MAP_WRITE, other + GRANULARITY)));
    UnmapViewOfFile(one);
    row("4.3.ex.free", "yes", yes((again = map_at(section, FILE_MAP_WRITE, one)) == one));
    row("4.3.ex.free.content", "42", text("%d", again[5]));
    UnmapViewOfFile(again);
    row("4.3.ex.null", "ok", mapped(again = map_at(section, FILE_MAP_WRITE, NULL)));
    UnmapViewOfFile(again);
    UnmapViewOfFile(other);
}

static void bad_handles(void)
{
    HANDLE file = file_of(0x1000), closed = create_page(NULL);

    CloseHandle(closed);
    row("4.3.handle.null", "NULL 6", mapped(map(NULL, FILE_MAP_READ)));
    row("4.3.handle.minus-1", "NULL 6", mapped(map(INVALID_HANDLE_VALUE, FILE_MAP_READ)));
    row("4.3.handle.garbage", "NULL 6", mapped(map(NO_HANDLE, FILE_MAP_READ)));
    row("4.3.handle.closed", "NULL 6", mapped(map(closed, FILE_MAP_READ)));
    row("4.3.handle.file", "NULL 6", mapped(map(file, FILE_MAP_READ)));
    CloseHandle(file);
}

static void success(HANDLE section)
{
    unsigned char *view = map(section, FILE_MAP_WRITE);
    const char *error = last_error();

    row("4.3.success", "untouched", error);
    UnmapViewOfFile(view);

    /* The low two bits of a handle are not part of it. */
    view = map((HANDLE)((ULONG_PTR)section | 3), FILE_MAP_WRITE);
    row("1.1.low-bits.map", "ok", mapped(view));
    UnmapViewOfFile(view);
    row("1.1.multiple-of-4", "yes", yes(((ULONG_PTR)section & 3) == 0));
    row("1.1.fits-32-bits", "yes", yes((ULONG_PTR)section <= 0xffffffffu));
}

void rows(void)
{
    HANDLE section = create(PAGE_READWRITE, SIZE, NULL);

    offsets(section);
    sizes(section);
    sizes_of_files();
    addresses(section);
    bad_handles();
    success(section);
    CloseHandle(section);
}

NO_CHILDREN
