/* bcryptprimitives.dll for Wine 8, which has none: the one function of it that Rust's standard
 * library needs. Windows has its own, so this is put next to programs under test only. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count)
{
    const ULONG most = 1u << 30;

    while (count > 0) {
        ULONG now = count < most ? (ULONG)count : most;
        if (!RtlGenRandom(bytes, now))
            return FALSE;
        bytes += now;
        count -= now;
    }
    return TRUE;
}
