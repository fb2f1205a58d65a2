//! synchapi.h: waiting for time to pass.

use std::thread;
use std::time::Duration;

use super::boundary::guard;
use super::types::{DWORD, INFINITE};

/// Lets the time pass, or gives others their turn for 0. `INFINITE` never returns.
#[unsafe(export_name = "nshm_win32_Sleep")]
pub extern "C" fn Sleep(dwMilliseconds: DWORD) {
    guard((), || match dwMilliseconds {
        0 => thread::yield_now(),
        INFINITE => loop {
            thread::park();
        },
        milliseconds => thread::sleep(Duration::from_millis(milliseconds.into())),
    });
}
