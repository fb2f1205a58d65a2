//! Named shared memory: the *section* of Windows, on Linux and on Windows.
//!
//! A first process creates a [`Section`] under a name and writes through a view of it; a second
//! process opens it by the name and reads. The memory and the name go when their last user goes,
//! `kill -9` included, and no daemon, no background thread and no clean-up is needed for that.
//!
//! ```
//! use nshm::Section;
//!
//! # fn main() -> nshm::Result<()> {
//! // The first process:
//! let section = Section::create("my memory", 256)?;
//! section.map()?.write_at(0, b"Message from first process.")?;
//!
//! // The second process:
//! let view = Section::open("my memory")?.map_read_only()?;
//! assert_eq!(view.read_vec(0, 27)?, b"Message from first process.");
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//! - A name is absent, or wholly usable. Nobody sees a half-made section.
//! - Name and memory live exactly as long as somebody uses them.
//! - The memory is promised at creation; a full `/dev/shm` does not matter.
//! - A new section reads as zeros.
//! - Read-only means that the processor says so; other users are kept out by the kernel.
//! - No safe function can cause undefined behaviour, whatever other processes write.
//!
//! `docs/format.md` in the repository says what lies where, `DESIGN.md` says why.

mod access;
mod error;
mod family;
#[allow(
    dead_code,
    reason = "links are for systems that have no names of their own"
)]
mod format;
mod info;
pub mod inspect;
mod load;
mod name;
mod options;
pub mod placed;
#[allow(
    dead_code,
    unused_imports,
    reason = "for systems that have no objects of their own to wait for"
)]
mod protocol;
mod section;
mod survey;
mod sync;
#[allow(unsafe_code, reason = "the operating system is behind it")]
mod sys;
#[allow(unsafe_code, reason = "shared memory is behind it")]
mod view;

pub use crate::access::{Access, Audience, Caching, Protection, Security};
pub use crate::error::{Error, ErrorKind, InvalidName, Result};
pub use crate::format::Kind;
pub use crate::info::{Listed, SectionInfo};
pub use crate::name::{MAX_LEAF_UTF16, Name, Namespace, Scope};
pub use crate::options::{Disposition, HugePages};
pub use crate::section::{
    RawViewOptions, Section, SectionOptions, ViewOptions, clear_stale, find, holders, list, remove,
    session, sessions,
};
pub use crate::sync::{
    Acquired, Event, EventOptions, EventState, MAX_WAIT, Mutex, MutexGuard, MutexOptions, Reset,
    Semaphore, SemaphoreOptions, Waitable, wait_all, wait_any,
};
pub use crate::view::{Cursor, RawView, View, ViewMut};
/// The traits that [`View::load`] and [`ViewMut::store`] ask of a type, with their derives.
pub use zerocopy;
