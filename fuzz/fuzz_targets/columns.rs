//! Columns, and text for terminals and shells: see `check::columns`.

#![no_main]
#![cfg(target_os = "linux")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nshm_fuzz::check::columns::run(data));
