/* What every header of this folder begins with: how a function finds its symbol, whether text is
 * made of 8 or of 16 bits, and the words of other compilers. */

#ifndef _WIN32

/* Text has one size in a whole source file. On Windows UNICODE decides for windows.h, _UNICODE for
 * tchar.h; here either stands for both. */
#if defined UNICODE || defined _UNICODE
#ifdef NSHM_WIN32_ANSI
#error "define UNICODE before the first header of Windows is included, or on the command line"
#endif
#ifndef UNICODE
#define UNICODE
#endif
#ifndef _UNICODE
#define _UNICODE
#endif
#else
#define NSHM_WIN32_ANSI
#endif

#ifndef NSHM_WIN32_CONFIG_H
#define NSHM_WIN32_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

/* Functions have the names of Windows in a program and names of our own in the library, so that
 * another library in the same process may have functions of the same names. */
#define NSHM_WIN32_SYMBOL(name) __asm__("nshm_win32_" #name)

#ifdef __cplusplus
#define NSHM_WIN32_BEGIN extern "C" {
#define NSHM_WIN32_END }
#else
#define NSHM_WIN32_BEGIN
#define NSHM_WIN32_END
#endif

/* What is C++ remains so where a program has the headers, or its wmain, within `extern "C"`. */
#ifdef __cplusplus
#define NSHM_WIN32_CXX extern "C++"
#define NSHM_WIN32_CXX_BEGIN extern "C++" {
#define NSHM_WIN32_CXX_END }
#else
#define NSHM_WIN32_CXX
#define NSHM_WIN32_CXX_BEGIN
#define NSHM_WIN32_CXX_END
#endif

/* A character of 16 bits, and a literal of them. C99 has no such literals: there TEXT("text") is of
 * 8 bits or an error. With -fshort-wchar, which makes L"text" of 16 bits, C++ has to know that it
 * is the same. */
#if defined __cplusplus && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#define NSHM_WIN32_WIDE(literal) L##literal
#else
typedef char16_t WCHAR;
#define NSHM_WIN32_WIDE(literal) u##literal
#endif

/* The size of text that is chosen: its characters, and the names of its functions, `name` with A or
 * W behind. */
#ifdef UNICODE
typedef WCHAR TCHAR;
#define NSHM_WIN32_TEXT_SIZED(name) name##W
#else
typedef char TCHAR;
#define NSHM_WIN32_TEXT_SIZED(name) name##A
#endif

/* There is one calling convention. */
#define __cdecl
#define __stdcall
#define __fastcall
#define __vectorcall
#define _cdecl
#define _stdcall

/* Integers by their size; macros, since `unsigned __int64` is written as well. */
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long

#define __forceinline __inline__ __attribute__((__always_inline__))

/* `__declspec(x)` becomes the attribute that means the same. Words without one here are errors that
 * say which. */
#ifndef __declspec
#define __declspec(word) NSHM_WIN32_DECLSPEC_##word
#endif
#define NSHM_WIN32_DECLSPEC_align(bytes) __attribute__((__aligned__(bytes)))
#define NSHM_WIN32_DECLSPEC_allocate(segment) __attribute__((__section__(segment)))
#define NSHM_WIN32_DECLSPEC_allocator
#define NSHM_WIN32_DECLSPEC_deprecated __attribute__((__deprecated__))
#define NSHM_WIN32_DECLSPEC_dllexport __attribute__((__visibility__("default")))
#define NSHM_WIN32_DECLSPEC_dllimport
#define NSHM_WIN32_DECLSPEC_noalias
#define NSHM_WIN32_DECLSPEC_noinline __attribute__((__noinline__))
#define NSHM_WIN32_DECLSPEC_noreturn __attribute__((__noreturn__))
#define NSHM_WIN32_DECLSPEC_nothrow __attribute__((__nothrow__))
#define NSHM_WIN32_DECLSPEC_novtable
#define NSHM_WIN32_DECLSPEC_restrict __attribute__((__malloc__))
#define NSHM_WIN32_DECLSPEC_selectany __attribute__((__weak__))
#define NSHM_WIN32_DECLSPEC_thread __thread
#define NSHM_WIN32_DECLSPEC_uuid(text)

#endif
#endif
