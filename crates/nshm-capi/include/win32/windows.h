/* The Windows API for named shared memory. */

#ifndef NSHM_WIN32_WINDOWS_H
#define NSHM_WIN32_WINDOWS_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "nshm_win32_entry.h"
#include "winbase.h"
#include "windef.h"
#include "winerror.h"
#include "winnt.h"
#include "winuser.h"

/* Programs for Windows carry pragmas such as `comment(lib, ...)` that are for its linker. (g++
 * before version 13 warns of them all the same, unless it is told -Wno-unknown-pragmas.) */
#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#endif

#endif
#endif
