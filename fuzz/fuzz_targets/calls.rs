//! The calls of the Windows API: see `check::calls`.

#![no_main]
#![cfg(target_os = "linux")]

libfuzzer_sys::fuzz_target!(
    init: nshm_fuzz::check::calls::begin(),
    |data: &[u8]| nshm_fuzz::check::calls::run(data)
);
