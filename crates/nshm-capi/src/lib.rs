//! Named shared memory for C: a small API of its own (`include/nshm.h`), and on Linux the Windows
//! API for named shared memory (`include/win32/windows.h`).
//!
//! - `boundary`: no panic gets past it to C
//! - [`version`]: which version this is
//! - `win32`: the Windows API, one file for each header of the Windows SDK

#[allow(unsafe_code, reason = "C is behind it")]
mod boundary;
#[allow(unsafe_code, reason = "it exports symbols")]
pub mod version;
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "it exports symbols")]
pub mod win32;
