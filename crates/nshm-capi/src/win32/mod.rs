//! The Windows API for named shared memory, for programs on Linux: one file for each header of the
//! Windows SDK, and below them what these share.
//!
//! Every function is exported as `nshm_win32_<its name>`; the headers in `include/win32` give it its
//! name in C. What each does, and what differs from Windows, is in `docs/win32.md`.

#![allow(
    non_snake_case,
    non_camel_case_types,
    clippy::upper_case_acronyms,
    reason = "names of the Windows SDK"
)]
// The functions, by header.
pub mod conio;
pub mod debugapi;
pub mod errhandlingapi;
pub mod fileapi;
pub mod handleapi;
pub mod memoryapi;
pub mod processthreadsapi;
pub mod profileapi;
pub mod securitybaseapi;
pub mod synchapi;
pub mod sysinfoapi;
pub mod winbase;
pub mod winuser;

// What they share.
mod address_space;
mod boundary;
mod deletion;
mod file;
mod format_message;
mod handle_table;
mod keyboard;
mod last_error;
mod local_memory;
mod message_box;
mod object;
mod object_name;
mod page_protection;
mod pages;
mod path;
mod private_memory;
mod regions;
mod runs;
mod section;
mod security;
mod sharing;
mod sync_object;
mod text;
pub mod types;
mod view;
mod waiting;
mod winerror;

/// Closes whatever handles are open, as Windows does for a process that ends: names go at once, and
/// files that are to be deleted on close. For a process that is killed the kernel does most of it,
/// and the next user of a name the rest.
pub(crate) fn close_all_handles() {
    handle_table::clear();
}
