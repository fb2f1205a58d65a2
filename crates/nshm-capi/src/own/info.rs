//! What the system knows of an object, as plain data.

use std::ffi::c_int;
use std::time::UNIX_EPOCH;

use super::options::{Access, Audience};
use super::pointer::Enumeration;

/// What the system knows of a section. Nothing here comes from memory that others may write.
///
/// Linux: the kernel's record of the segment. Windows does not tell who made a section and when,
/// nor how much of it is in memory: it says process 0, user UINT32_MAX, the year 1970, and 0.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Info {
    /// Its size in bytes: a multiple of the page size, unless it is over a file.
    pub len: usize,
    /// The process that created it; 0 where it cannot be seen from here.
    pub creator_pid: u32,
    /// The user that created it. Who must be trusted with a "Global\\" name can be told by this.
    pub creator_uid: u32,
    /// When it was created, in seconds since 1970 (UTC).
    pub created: i64,
    /// How many users there are in all processes: attaches on Linux, handles on Windows.
    pub attach_count: u64,
    /// How many of its bytes are in memory.
    pub resident: u64,
    /// How many of its bytes are in swap.
    pub swapped: u64,
    /// Whom it admits besides its creator.
    pub audience: Audience,
    /// What those others may do.
    pub others: Access,
}

impl From<nshm::SectionInfo> for Info {
    fn from(info: nshm::SectionInfo) -> Info {
        let age = info.created.duration_since(UNIX_EPOCH);
        let seconds = age.map_or(0, |age| age.as_secs());
        Info {
            len: info.len,
            creator_pid: info.creator_pid,
            creator_uid: info.creator_uid,
            created: i64::try_from(seconds).unwrap_or(i64::MAX),
            attach_count: info.attach_count,
            resident: info.resident,
            swapped: info.swapped,
            audience: info.security.audience().into(),
            others: info.security.others().into(),
        }
    }
}

/// What an object is. Later versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Kind {
    /// Of a kind that this version of the library has no number for.
    Other = 0,
    /// Memory under a name.
    Section = 1,
    /// Something that happens, and that threads wait for.
    Event = 2,
    /// A lock that belongs to a thread.
    Mutex = 3,
    /// A counter that no wait takes below zero.
    Semaphore = 4,
}

impl Enumeration for Kind {
    const ALL: &'static [Kind] = &[
        Kind::Other,
        Kind::Section,
        Kind::Event,
        Kind::Mutex,
        Kind::Semaphore,
    ];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<nshm::Kind> for Kind {
    fn from(kind: nshm::Kind) -> Kind {
        match kind {
            nshm::Kind::Section => Kind::Section,
            nshm::Kind::Event => Kind::Event,
            nshm::Kind::Mutex => Kind::Mutex,
            nshm::Kind::Semaphore => Kind::Semaphore,
            _ => Kind::Other,
        }
    }
}
