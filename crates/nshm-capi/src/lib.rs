//! Named shared memory for C: a small API of its own (`include/nshm.h`), and on Linux the Windows
//! API for named shared memory (`include/win32/windows.h`).
//!
//! - `boundary`: everything that crosses from C to Rust and back
//! - `own`: the API of our own

#[allow(unsafe_code, reason = "C is behind it")]
mod boundary;
#[allow(
    unsafe_code,
    reason = "it exports symbols, and C is behind its pointers"
)]
pub mod own;
