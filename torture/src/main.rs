//! Evidence that nshm keeps its promises under attack: what is killed, what is made to fail, and
//! what is left afterwards, in figures. It is about Linux, where the promises are ours to keep.

#![deny(unsafe_code)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    ExitCode::SUCCESS
}
