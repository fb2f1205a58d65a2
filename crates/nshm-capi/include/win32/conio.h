/* Single keys of the terminal. */

#ifndef NSHM_WIN32_CONIO_H
#define NSHM_WIN32_CONIO_H
#ifndef _WIN32
#include "nshm_win32_config.h"

NSHM_WIN32_BEGIN

int __cdecl _getch(void) NSHM_WIN32_SYMBOL(_getch);
int __cdecl _getche(void) NSHM_WIN32_SYMBOL(_getche);
int __cdecl _kbhit(void) NSHM_WIN32_SYMBOL(_kbhit);
int __cdecl _putch(int character) NSHM_WIN32_SYMBOL(_putch);

/* Their names before the underscore came. */
int __cdecl getch(void) NSHM_WIN32_SYMBOL(_getch);
int __cdecl getche(void) NSHM_WIN32_SYMBOL(_getche);
int __cdecl kbhit(void) NSHM_WIN32_SYMBOL(_kbhit);
int __cdecl putch(int character) NSHM_WIN32_SYMBOL(_putch);

NSHM_WIN32_END

#endif
#endif
