//! What the system knows of an object, as plain data.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::access::Security;
use crate::format::Kind;
use crate::name::Name;

/// What the system knows of an object. Nothing here comes from memory that others may write.
///
/// # Platform
/// - Linux: the kernel's record of the segment.
/// - Windows does not tell who made an object and when, nor how much of it is in memory: it says
///   process 0, user [`u32::MAX`], the year 1970, and 0. What may not be asked, or is no section, has
///   length 0.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SectionInfo {
    /// Its size in bytes: a multiple of the page size, unless it is over a file. On Linux an event, a
    /// mutex or a semaphore is a page.
    pub len: usize,
    /// The process that created it; 0 where it cannot be seen from here.
    pub creator_pid: u32,
    /// The user that created it, as the kernel recorded it: who must be trusted with a `Global\`
    /// name can be compared with this.
    pub creator_uid: u32,
    /// When it was created, to the second.
    pub created: SystemTime,
    /// How many users there are in all processes. On Linux attaches: one for each handle, one more
    /// for each view that has pages of its own, and one more for the handle of a mutex that one
    /// thread locks again and again. On Windows handles.
    pub attach_count: u64,
    /// How many of its bytes are in memory.
    pub resident: u64,
    /// How many of its bytes are in swap.
    pub swapped: u64,
    /// Whom it admits.
    pub security: Security,
    /// The file that it is over; `None` for memory, and on Windows, which does not tell.
    pub file: Option<PathBuf>,
}

/// One live object, as [`list`](crate::list) gives it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub kind: Kind,
    /// What the system knows of it.
    pub info: SectionInfo,
}
