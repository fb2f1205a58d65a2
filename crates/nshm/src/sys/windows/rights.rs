//! What a handle of the system must be allowed, and what it had better be.

use std::io;
use std::os::windows::io::OwnedHandle;

use windows_sys::Win32::Foundation::ERROR_ACCESS_DENIED;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_READ, FILE_MAP_WRITE, SECTION_MAP_EXECUTE, SECTION_QUERY,
};

use super::error::code;
use crate::access::Access;
use crate::format::Kind;

/// The right to wait. `SYNCHRONIZE`
pub(super) const SYNCHRONIZE: u32 = 0x10_0000;
/// The right to ask for the state. `EVENT_QUERY_STATE`, and its like for the other kinds.
pub(super) const QUERY: u32 = 1;
/// `EVENT_MODIFY_STATE`, and its like for semaphores. A mutex has none: waiting is enough.
pub(super) const MODIFY: u32 = 2;

/// What mapping a section takes.
pub(super) fn rights(access: Access) -> u32 {
    match access {
        Access::ReadWrite => FILE_MAP_READ | FILE_MAP_WRITE,
        Access::ReadOnly => FILE_MAP_READ,
    }
}

/// What an object to wait for must allow for all that this crate does with it.
pub(super) fn sync_rights(kind: Kind) -> u32 {
    match kind {
        Kind::Mutex => SYNCHRONIZE | QUERY,
        Kind::Event | Kind::Semaphore | Kind::Section => SYNCHRONIZE | QUERY | MODIFY,
    }
}

/// Opens with the right to ask and to let code run, or without those where they are not granted.
pub(super) fn as_much_as_granted(
    access: Access,
    open: impl Fn(u32) -> io::Result<OwnedHandle>,
) -> io::Result<OwnedHandle> {
    let least = rights(access);
    for more in [SECTION_QUERY | SECTION_MAP_EXECUTE, SECTION_QUERY] {
        match open(least | more) {
            Err(error) if code(&error) == ERROR_ACCESS_DENIED => {}
            result => return result,
        }
    }
    open(least)
}
