//! The headers in `include/win32`: C compilers take them, they say what Windows says, and what they
//! do by themselves is right. What they declare and the library does is for other tests.
//!
//! - `headers`: reads the headers
//! - `compiler`: runs the compilers
//! - `compile`: each header alone, and all together
//! - `constants`, `layouts`: numbers and structures, against those of windows-sys
//! - `prototypes`: functions, against those of the Windows SDK
//! - `exports`: functions, against those that the library has
//! - `programs`: tchar.h, by C programs in the folder `c`
//! - `entry`: every form that `_tmain` and `wmain` may have

#![cfg(target_os = "linux")]

mod compile;
mod compiler;
mod constants;
mod entry;
mod exports;
mod headers;
mod layouts;
mod programs;
mod prototypes;
