//! Named shared memory for C: a small API of its own (`include/nshm.h`), and on Linux the Windows
//! API for named shared memory (`include/win32/windows.h`).
//!
//! - `boundary`: no panic gets past it to C
//! - `own`: the API of our own
//! - `win32`: the Windows API, one file for each header of the Windows SDK

mod boundary;
#[allow(
    unsafe_code,
    reason = "it exports symbols, and C is behind its pointers"
)]
pub mod own;
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "it exports symbols")]
pub mod win32;
