//! processthreadsapi.h: who we are, and the end.

use super::boundary::guard;
use super::types::{DWORD, HANDLE};

/// The pseudo handle of this process, -1. It need not be closed.
#[unsafe(export_name = "nshm_win32_GetCurrentProcess")]
pub extern "C" fn GetCurrentProcess() -> HANDLE {
    HANDLE::INVALID
}

/// The id of this process.
#[unsafe(export_name = "nshm_win32_GetCurrentProcessId")]
pub extern "C" fn GetCurrentProcessId() -> DWORD {
    std::process::id()
}

/// The pseudo handle of this thread, -2. It need not be closed.
#[unsafe(export_name = "nshm_win32_GetCurrentThread")]
pub extern "C" fn GetCurrentThread() -> HANDLE {
    HANDLE::CURRENT_THREAD
}

/// The id of this thread, which no other thread of the system has.
#[unsafe(export_name = "nshm_win32_GetCurrentThreadId")]
pub extern "C" fn GetCurrentThreadId() -> DWORD {
    guard(0, || {
        rustix::thread::gettid()
            .as_raw_nonzero()
            .get()
            .cast_unsigned()
    })
}

/// Ends this process, as `exit` does. Linux keeps the low eight bits of the number.
#[unsafe(export_name = "nshm_win32_ExitProcess")]
pub extern "C" fn ExitProcess(uExitCode: DWORD) {
    std::process::exit(uExitCode.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_an_id_of_its_own() {
        let here = GetCurrentThreadId();
        assert_ne!(here, 0);
        assert_eq!(here, GetCurrentThreadId());
        let there = std::thread::spawn(|| GetCurrentThreadId()).join().unwrap();
        assert_ne!(here, there);
        assert_eq!(GetCurrentProcessId(), std::process::id());
    }
}
