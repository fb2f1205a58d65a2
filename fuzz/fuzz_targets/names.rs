//! Names: see `check::names`.

#![no_main]
#![cfg(target_os = "linux")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nshm_fuzz::check::names::run(data));
