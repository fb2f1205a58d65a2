//! The contract with the operating system, and its selection.
//!
//! Each system gives these items, with the same meaning:
//!
//! | item | what |
//! |---|---|
//! | `Handle` | an open section; dropping it closes it |
//! | `Handle::create(Option<&Name>, Source, &Options)` | a new section; `AlreadyExists` if the name is alive |
//! | `Handle::open(&Name, &Options)` | the live section of a name |
//! | `Handle::open_or_create(&Name, Source, &Options)` | either, and which |
//! | `Handle::from_token(&str, &Options)`, `token()` | handing a section to another process |
//! | `Handle::reopen(Access)` | another handle of the same section |
//! | `Handle::{name, access, len, info, close}` | what it is; giving it up with a result |
//! | `Handle::{protection, caching, commits_on_demand, is_file}` | how it was made |
//! | `Handle::map(offset, len, Protection)` | a `Mapping` that has a part, and must not outlive the handle |
//! | `Handle::map_part(&MapRequest)` | a `Mapping` of whole pages, which may |
//! | `Handle::views_keep_the_name()` | whether such a mapping counts as a user of the name |
//! | `Mapping::{base, len, offset}` | memory of this process, and where in the section it begins; dropping it unmaps |
//! | `Mapping::{protect, flush, commit, committed, copied}` | pages of a mapping |
//! | `Mapping::is_fragile()`, `from_fragile`, `to_fragile` | copying where pages may vanish |
//! | `wait(&Name, Option<Duration>, &Options)` | open as soon as it exists |
//! | `list(&Scope)`, `find(&Name)` | the live objects of a scope; the one of a name |
//! | `session()`, `sessions()` | whose `Local\` names are one's own; who has any |
//! | `holders(&Name)` | the processes that have it open |
//! | `remove(&Name)`, `clear_stale(&Name)` | takes the name from a live object; from a dead one |
//! | `survey(&[Scope], Reach)`, `object(&Name)` | live objects with their holders, of other libraries too |
//! | `segment(i32)` | the System V segment of a number with its holders, whoever made it |
//! | `remove_orphan(&Object)` | takes away what another library left and nobody has |
//! | `leftovers(&[Scope])`, `clear_leaked(&LeakedId)` | what dead processes left of ours |
//! | `places()` | where names lie |
//! | `page_size()` | bytes |
//! | `SyncObject` | an open event, mutex or semaphore; dropping it closes it |
//! | `SyncObject::{create, open, open_or_create, from_token, token, close}` | as above, with a `Setup` or a `Kind` |
//! | `SyncObject::{name, is_same, state}` | what it is |
//! | `state(&Name, Kind)` | what an object to wait for is like, asked so that it cannot change |
//! | `SyncObject::{set, reset, pulse}` | events |
//! | `SyncObject::release(count)` | semaphores; what it counted before |
//! | `SyncObject::unlock()` | mutexes; `NotOwner` |
//! | `SyncObject::lock_at_once()` | takes a mutex; `None` where that is more than a moment's matter |
//! | `SyncObject::acquire(Option<Duration>)` | waits and takes; `None` in time |
//! | `SyncObject::{wait_any, wait_all}` | the same with several, of which `wait_all` has no two alike |
//! | `placed::SYSTEM` | which system made a primitive inside a section; for ever |
//! | `placed::{Event, Semaphore, Mutex, RwLock, Condvar}` | primitives over words of a section |
//! | `….new(&[AtomicU64], Option<&Handle>, …)` | one over its words behind the header, which were zero before the first, of that section; with what the first one said |
//! | `placed::Event::{set, reset, pulse, acquire, is_set}` | as of a `SyncObject` |
//! | `placed::Semaphore::{acquire, release, count}` | as of a `SyncObject` |
//! | `placed::Mutex::{acquire, unlock}` | `WouldDeadlock` for its owner; `None` in time |
//! | `placed::RwLock::{acquire_read, release_read, acquire_write, release_write}` | the same; `Reading` says where a reader is |
//! | `placed::Condvar::{wait, notify_one, notify_all}` | `wait` gives whether it was woken, and the mutex back |
//!
//! The words of a primitive lie in memory that others write: what they say is never trusted with more
//! than the state of the primitive. An event has 3 of them, a semaphore 2, a mutex 3, a condition 3, a
//! reader-writer lock 7 and one for each reader.
//!
//! Lengths in the paging file are multiples of `page_size()` that are not zero. Nothing here uses
//! `section` or `view` beyond the copy routines.

use std::fs::File;

use crate::format::Kind;

/// What a wait says of an object that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acquired {
    /// Its last owner ended without unlocking it.
    pub(crate) abandoned: bool,
}

/// What a reader of a reader-writer lock got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Its place; `None`: it has the lock alone.
    pub(crate) place: Option<usize>,
    /// A writer ended without unlocking, and no writer has mended that.
    pub(crate) abandoned: bool,
}

/// What an object to wait for is like now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncState {
    Event {
        manual: bool,
        set: bool,
    },
    /// The owner is a thread id; 0 where the system does not tell it. Abandoned is what its last
    /// owner did not unlock and nobody has owned since.
    Mutex {
        owner: Option<u32>,
        abandoned: bool,
    },
    Semaphore {
        count: u32,
        max: u32,
    },
}

/// How a creation is called in its errors.
pub(crate) fn create_step(kind: Kind) -> &'static str {
    match kind {
        Kind::Section => "create section",
        Kind::Event => "create event",
        Kind::Mutex => "create mutex",
        Kind::Semaphore => "create semaphore",
    }
}

/// How an opening is called in its errors.
pub(crate) fn open_step(kind: Kind) -> &'static str {
    match kind {
        Kind::Section => "open section",
        Kind::Event => "open event",
        Kind::Mutex => "open mutex",
        Kind::Semaphore => "open semaphore",
    }
}

/// What is behind the pages of a new section.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'f> {
    /// Memory, with room in the paging file.
    PagingFile { len: usize },
    /// The first bytes of a file, or all of them where `len` is zero.
    File { file: &'f File, len: usize },
}

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use self::linux as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use self::windows as system;

#[cfg(not(any(target_os = "linux", windows)))]
pub(crate) mod unplaced;

#[cfg(not(any(target_os = "linux", windows)))]
mod unsupported;
#[cfg(not(any(target_os = "linux", windows)))]
use self::unsupported as system;

pub(crate) use self::system::{
    Handle, Mapping, SyncObject, clear_leaked, clear_stale, find, from_fragile, holders, leftovers,
    list, object, page_size, placed, places, remove, remove_orphan, segment, session, sessions,
    state, survey, to_fragile, wait,
};
