//! The rights of each kind of object, and what generic rights stand for.

use super::{ACCESS_DENIED, Kind, PRIVILEGE_NOT_HELD};
use crate::win32::abi::Answer;

pub(super) const SYNCHRONIZE: u32 = 0x10_0000;
/// Of an event and a semaphore.
pub(super) const MODIFY_STATE: u32 = 2;
pub(super) const MAP_WRITE: u32 = 2;
pub(super) const MAP_READ: u32 = 4;
pub(super) const MAP_EXECUTE: u32 = 8;

const GENERIC_READ: u32 = 0x8000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;
const GENERIC_EXECUTE: u32 = 0x2000_0000;
const GENERIC_ALL: u32 = 0x1000_0000;
const MAXIMUM_ALLOWED: u32 = 0x200_0000;
const SYSTEM_SECURITY: u32 = 0x100_0000;

/// The rights that a mask asks for.
pub(super) fn translate(kind: Kind, wanted: u32) -> Answer<u32> {
    let (read, write, execute, all) = match kind {
        Kind::Section => (0x2_0005, 0x2_0002, 0x2_0008, 0xF_001F),
        Kind::Event => (0x2_0001, 0x2_0002, 0x12_0000, 0x1F_0003),
        Kind::Mutex => (0x2_0001, 0x2_0000, 0x12_0000, 0x1F_0001),
        Kind::Semaphore => (0x2_0001, 0x2_0002, 0x12_0000, 0x1F_0003),
    };
    let mut rights = 0;
    for bit in (0..32).map(|number| 1 << number) {
        rights |= match wanted & bit {
            0 => 0,
            GENERIC_READ => read,
            GENERIC_WRITE => write,
            GENERIC_EXECUTE => execute,
            GENERIC_ALL | MAXIMUM_ALLOWED => all,
            specific => specific,
        };
    }
    match rights & !all {
        0 => Ok(rights),
        SYSTEM_SECURITY => Err(PRIVILEGE_NOT_HELD),
        _ => Err(ACCESS_DENIED),
    }
}
