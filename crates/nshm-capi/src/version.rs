//! Which version this is.

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::boundary::guard;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// The version of this library, as in `0.1.0`. It is never NULL and never freed.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_version() -> *const c_char {
    guard(ptr::null(), || VERSION.as_ptr())
}
