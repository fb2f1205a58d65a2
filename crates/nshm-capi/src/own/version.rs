//! Which version this is.

use std::ffi::CStr;

use super::pointer::Lent;

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };

/// The version of the library that runs, as in "0.1.0". NSHM_VERSION is that of this header.
///
/// @return A text, never NULL. It lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_version() -> Lent {
    Lent::new(VERSION)
}
