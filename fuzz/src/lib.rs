//! What must hold for any input: one check for each target of `fuzz_targets/`.
//!
//! - `check`: takes bytes, does something with them, and panics where the product breaks a rule
//! - `model`: the same rules written a second time, from the documents and not from the product
//! - `win32`: the Windows API, and programs that call it
//!
//! The rules of the product are in modules that nobody but their own crate can call. The pure ones are
//! included here by their path, so that no crate has to open a door for this one. What needs the
//! system is called as users call it.

#![cfg(target_os = "linux")]

// Of the core.
#[path = "../../crates/nshm/src/access.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod access;
#[path = "../../crates/nshm/src/error.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod error;
#[path = "../../crates/nshm/src/format.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod format;
#[path = "../../crates/nshm/src/name.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod name;
#[path = "../../crates/nshm/src/protocol/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not all of it is checked here")]
mod protocol;

// Of the command line.
#[path = "../../crates/nshm-cli/src/exit_code.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod exit_code;
#[path = "../../crates/nshm-cli/src/failure.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod failure;
#[path = "../../crates/nshm-cli/src/hexdump.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod hexdump;
#[path = "../../crates/nshm-cli/src/record.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod record;
#[path = "../../crates/nshm-cli/src/shell_words.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod shell_words;
#[path = "../../crates/nshm-cli/src/size.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod size;
#[path = "../../crates/nshm-cli/src/snapshot.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod snapshot;
#[path = "../../crates/nshm-cli/src/snapshot_file.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod snapshot_file;
#[path = "../../crates/nshm-cli/src/stream.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod stream;
#[path = "../../crates/nshm-cli/src/text.rs"]
#[allow(dead_code, reason = "not all of it is checked here")]
mod text;

pub mod check;
mod model;
#[allow(unsafe_code, reason = "C is behind it")]
mod win32;
