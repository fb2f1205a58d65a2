/* The types of windows, and those of minwindef.h. */

#ifndef NSHM_WIN32_WINDEF_H
#define NSHM_WIN32_WINDEF_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include "minwindef.h"

DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HICON);
DECLARE_HANDLE(HMENU);
typedef HICON HCURSOR;

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *LPPOINT;

typedef struct tagRECT {
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT, *PRECT, *LPRECT;

typedef struct tagSIZE {
    LONG cx;
    LONG cy;
} SIZE, *PSIZE, *LPSIZE;

#endif
#endif
