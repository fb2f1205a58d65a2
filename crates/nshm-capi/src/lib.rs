//! Named shared memory for C: a small API of its own (`include/nshm.h`), and on Linux the Windows
//! API for named shared memory (`include/win32/windows.h`).
//!
//! - [`boundary`]: everything that crosses from C to Rust and back, and all unsafe code
//! - [`version`]: which version this is

#[allow(unsafe_code, reason = "C is behind it")]
mod boundary;
#[allow(unsafe_code, reason = "it exports symbols")]
pub mod version;
