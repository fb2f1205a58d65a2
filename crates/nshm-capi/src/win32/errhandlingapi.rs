//! errhandlingapi.h: the last error.

use super::last_error;
use super::types::DWORD;
use super::winerror::Win32Error;

/// The error number of the last function that failed in this thread.
#[unsafe(export_name = "nshm_win32_GetLastError")]
pub extern "C" fn GetLastError() -> DWORD {
    last_error::get()
}

/// Sets what [`GetLastError`] answers in this thread.
#[unsafe(export_name = "nshm_win32_SetLastError")]
pub extern "C" fn SetLastError(dwErrCode: DWORD) {
    last_error::set(Win32Error(dwErrCode));
}
