//! Words of objects to wait for: see `check::words`.

#![no_main]
#![cfg(target_os = "linux")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nshm_fuzz::check::words::run(data));
