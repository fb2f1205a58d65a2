/* Names that stand for functions of text of 8 or of 16 bits, whichever is chosen. */

#ifndef NSHM_WIN32_TCHAR_H
#define NSHM_WIN32_TCHAR_H
#ifndef _WIN32
#include "nshm_win32_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nshm_win32_entry.h"
#include "nshm_win32_environment.h"
#include "nshm_win32_numbers.h"
#include "nshm_win32_secure.h"
#include "nshm_win32_stdio.h"
#include "nshm_win32_strings.h"

#ifdef UNICODE
#define __T(literal) NSHM_WIN32_WIDE(literal)
#else
#define __T(literal) literal
#endif
#define _T(literal) __T(literal)
#define _TEXT(literal) __T(literal)

/* For both sizes. */

#define _tprintf nshm_win32_tprintf
#define _ftprintf nshm_win32_ftprintf
#define _stprintf nshm_win32_stprintf
#define _sntprintf nshm_win32_sntprintf
#define _vtprintf nshm_win32_vtprintf
#define _vftprintf nshm_win32_vftprintf
#define _vstprintf nshm_win32_vstprintf
#define _vsntprintf nshm_win32_vsntprintf

#define _stprintf_s nshm_win32_stprintf_s
#define _vstprintf_s nshm_win32_vstprintf_s
#define _tcscpy_s nshm_win32_tcscpy_s
#define _tcscat_s nshm_win32_tcscat_s
#define _tcsnlen nshm_win32_tcsnlen

#define _tcstol nshm_win32_tcstol
#define _tcstoul nshm_win32_tcstoul
#define _tcstoi64 nshm_win32_tcstoi64
#define _tcstoui64 nshm_win32_tcstoui64
#define _ttoi nshm_win32_ttoi
#define _ttol nshm_win32_ttoi
#define _ttoi64 nshm_win32_ttoi64
#define _tstoi nshm_win32_ttoi
#define _tstol nshm_win32_ttoi
#define _tstoi64 nshm_win32_ttoi64

#ifdef UNICODE

typedef WCHAR _TCHAR;
typedef WCHAR _TSCHAR;
typedef WCHAR _TUCHAR;
typedef WCHAR _TXCHAR;
typedef uint16_t _TINT;
#define _TEOF ((_TINT)0xffff)

#define _tmain wmain

#define _tcslen nshm_win32_wcslen
#define _tcscpy nshm_win32_wcscpy
#define _tcsncpy nshm_win32_wcsncpy
#define _tcscat nshm_win32_wcscat
#define _tcsncat nshm_win32_wcsncat
#define _tcsdup nshm_win32_wcsdup
#define _tcscmp nshm_win32_wcscmp
#define _tcsncmp nshm_win32_wcsncmp
#define _tcsicmp nshm_win32_wcsicmp
#define _tcsnicmp nshm_win32_wcsnicmp
#define _tcschr nshm_win32_wcschr
#define _tcsrchr nshm_win32_wcsrchr
#define _tcsstr nshm_win32_wcsstr
#define _tcspbrk nshm_win32_wcspbrk
#define _tcsspn nshm_win32_wcsspn
#define _tcscspn nshm_win32_wcscspn

#define _puttc nshm_win32_fputwc
#define _fputtc nshm_win32_fputwc
#define _puttchar(unit) nshm_win32_fputwc((unit), stdout)
#define _putts nshm_win32_putws
#define _fputts nshm_win32_fputws
#define _fgetts nshm_win32_fgetws

#define _tgetenv nshm_win32_wgetenv

#else

typedef char _TCHAR;
typedef signed char _TSCHAR;
typedef unsigned char _TUCHAR;
typedef char _TXCHAR;
typedef int _TINT;
#define _TEOF EOF

#define _tmain main

#define _tcslen strlen
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcsncat strncat
#define _tcsdup nshm_win32_strdup
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcsicmp nshm_win32_stricmp
#define _tcsnicmp nshm_win32_strnicmp
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tcspbrk strpbrk
#define _tcsspn strspn
#define _tcscspn strcspn

#define _puttc putc
#define _fputtc fputc
#define _puttchar putchar
#define _putts puts
#define _fputts fputs
#define _fgetts fgets

#define _tgetenv getenv

#endif

#endif
#endif
