/* Calls of the Windows API, and what came of them as the rows say it.
 *
 * The last error is set to UNTOUCHED in front of each call, so that a row can tell "left alone"
 * from "set to 0". A result is read at once, as in `outcome(create(...))`. */
#ifndef CALL_H
#define CALL_H

#include <windows.h>

#define UNTOUCHED 0xbeefu

/* An address that is never a view. */
#define NOWHERE ((void *)(ULONG_PTR)0xdeadbeefu)

/* A handle that never is one. */
#define NO_HANDLE ((HANDLE)(ULONG_PTR)0xdeadbee0u)

/* Forgets the last error. */
void forget(void);

/* CreateFileMappingA of memory, of a file, and of a named section of 4096 bytes. */
HANDLE create(DWORD protection, unsigned long long size, const char *name);
HANDLE create_of(HANDLE file, DWORD protection, unsigned long long size, const char *name);
HANDLE create_page(const char *name);

/* OpenFileMappingA and OpenFileMappingW. */
HANDLE open_section(DWORD access, const char *name);
HANDLE open_section_wide(DWORD access, const WCHAR *name);
HANDLE create_wide(const WCHAR *name);

/* MapViewOfFile, MapViewOfFileEx. */
unsigned char *map(HANDLE section, DWORD access);
unsigned char *map_part(HANDLE section, DWORD access, unsigned long long offset, SIZE_T size);
unsigned char *map_at(HANDLE section, DWORD access, void *address);

/* DuplicateHandle within this process; NULL if it failed. */
HANDLE duplicate(HANDLE source, DWORD access, DWORD options);

/* What the last error is: "0", "5", or "untouched". */
const char *last_error(void);

/* Of a call that gives a handle: "ok" and the last error, or "NULL" and it. */
const char *outcome(HANDLE handle);

/* The same, and the handle is closed. */
const char *tried(HANDLE handle);

/* The same, with what the handle may map: "ok 0 rw-"; the handle is closed. */
const char *granted(HANDLE handle);

/* What a handle may map, found by mapping: read, write, execute. */
const char *rights(HANDLE section);

/* Of a call that gives a view: "ok" or "NULL 5". */
const char *mapped(const void *view);

/* The same with the protection that VirtualQuery tells, as "0x04"; the view is unmapped. */
const char *mapped_as(void *view);

/* Of a call that says TRUE or FALSE: "TRUE", or "FALSE" and the last error. */
const char *done(BOOL ok);

/* What VirtualQuery says of an address: state, type, protection and protection at first. */
const char *query(const void *address);

/* The size of the region that begins at an address. */
SIZE_T region_size(const void *address);

/* The protection of the page at an address, as "0x04". */
const char *protection(const void *address);

/* "yes" or "no". */
const char *yes(int is_so);

#endif
