//! Snapshots: see `check::snapshots`.

#![no_main]
#![cfg(target_os = "linux")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nshm_fuzz::check::snapshots::run(data));
