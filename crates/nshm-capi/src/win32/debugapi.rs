//! debugapi.h: words for a debugger.

use std::io::Write as _;

use super::boundary::{Text, guard};
use super::text::Unit;
use super::types::{CHAR, WCHAR};

/// The environment variable that sends these words to the standard error.
const SWITCH: &str = "NSHM_DEBUG";

/// Says something to who debugs: on the standard error where the variable `NSHM_DEBUG` is set, and
/// to nobody otherwise, as on Windows without a debugger.
#[unsafe(export_name = "nshm_win32_OutputDebugStringA")]
pub extern "C" fn OutputDebugStringA(lpOutputString: Text<CHAR>) {
    guard((), || say(lpOutputString));
}

/// [`OutputDebugStringA`] for wide text.
#[unsafe(export_name = "nshm_win32_OutputDebugStringW")]
pub extern "C" fn OutputDebugStringW(lpOutputString: Text<WCHAR>) {
    guard((), || say(lpOutputString));
}

fn say<U: Unit>(text: Text<U>) {
    if std::env::var_os(SWITCH).is_none() {
        return;
    }
    if let Some(text) = text.units().and_then(|units| U::decode(&units).ok()) {
        // Where nobody hears it, nothing is lost.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}
