//! What a look at all shared memory of the machine finds, as plain data.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::family;
use crate::format::Kind;
use crate::info::{Listed, SectionInfo};
use crate::name::{Name, SYSTEM_V, Scope};
use crate::sync::{EventState, Reset};

/// How far a [survey](crate::inspect::survey) looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The named objects of this crate.
    Ours,
    /// Also the POSIX objects and System V segments of everybody else.
    Everything,
}

/// What a [survey](crate::inspect::survey) found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Survey {
    /// The objects, by scope and name; other people's come last.
    pub objects: Vec<Object>,
    /// What this user may not see. Nothing may be concluded from an absence there.
    pub gaps: Vec<Gap>,
}

/// A shared memory object of any origin.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// Where it comes from, and how it is named there.
    pub origin: Origin,
    /// What the system knows of it.
    ///
    /// Of a POSIX object no system knows the creator's process (0) and how often it is mapped (0),
    /// and some do not know its birth (1970). `creator_uid` is its owner, `resident` includes what
    /// is in swap.
    pub info: SectionInfo,
    /// The processes that have it mapped or open, as far as they can be seen; ascending.
    pub holders: Vec<u32>,
    /// Whether nobody has it mapped or open; `None` where somebody may whom this user cannot see.
    /// Of its own objects every user is told by the kernel.
    pub orphaned: Option<bool>,
    /// What tells it from another one that comes to have its name.
    #[allow(
        dead_code,
        reason = "for systems on which other libraries leave something"
    )]
    pub(crate) identity: Identity,
}

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// This crate, or on Windows the system.
    Named {
        /// Its name.
        name: Name,
        /// What it is.
        kind: Kind,
    },
    /// `shm_open` or `sem_open`, by any library.
    Posix {
        /// Its name, if it is text that a [`Name`] can hold.
        name: Option<Name>,
        /// The name of its file; bytes that are no text are replaced.
        file_name: String,
    },
    /// `shmget`, without a name that this user can see: of another library, or a section without
    /// a name.
    SystemV {
        /// Its number.
        id: i32,
        /// Its key; 0 (`IPC_PRIVATE`) where it has none.
        key: i32,
    },
}

/// What an event, a mutex or a semaphore is like: as [`state`](crate::inspect::state) found it, and
/// another one in the next moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Of an event.
    Event {
        /// What resets it.
        reset: Reset,
        /// Whether it is set.
        state: EventState,
    },
    /// Of a mutex.
    Mutex {
        /// Who owns it, as [`Mutex::owner`](crate::Mutex::owner) says.
        owner: Option<u32>,
        /// Its last owner ended without unlocking it, and nobody has owned it since: the next owner
        /// will be told.
        abandoned: bool,
    },
    /// Of a semaphore.
    Semaphore {
        /// What it counts.
        count: u32,
        /// What it counts at most.
        max: u32,
    },
}

/// What makes an object that object and no other.
#[allow(
    dead_code,
    reason = "for systems on which other libraries leave something"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// Its name, while it lives.
    Name,
    File {
        device: u64,
        inode: u64,
    },
    Segment {
        id: i32,
        born: u64,
    },
}

impl Object {
    /// One of this crate's, which is alive and thus held.
    pub(crate) fn named(listed: Listed, holders: Vec<u32>) -> Object {
        Object {
            origin: Origin::Named {
                name: listed.name,
                kind: listed.kind,
            },
            info: listed.info,
            holders,
            orphaned: Some(false),
            identity: Identity::Name,
        }
    }

    /// Its name: one that opens it, or `sysv:` and its number.
    pub fn name(&self) -> String {
        match &self.origin {
            Origin::Named { name, .. }
            | Origin::Posix {
                name: Some(name), ..
            } => name.to_string(),
            Origin::Posix {
                name: None,
                file_name,
            } => format!("posix:/{file_name}"),
            Origin::SystemV { id, .. } => format!("{SYSTEM_V}{id}"),
        }
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match &self.origin {
            Origin::Named { kind, .. } => kind.as_str(),
            Origin::Posix { .. } => "posix",
            Origin::SystemV { .. } => "sysv",
        }
    }

    /// The library that made it, where its name tells.
    pub fn family(&self) -> Option<&'static str> {
        match &self.origin {
            Origin::Named { .. } => Some("nshm"),
            Origin::Posix { file_name, .. } => family::of_posix(file_name),
            Origin::SystemV { .. } => None,
        }
    }
}

/// Something that a look could not take in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Gap {
    /// The names of a scope.
    Scope {
        /// Which one.
        scope: Scope,
        /// Why.
        error: Error,
    },
    /// The POSIX objects, or the System V segments.
    Others {
        /// Why.
        error: Error,
    },
    /// What some processes hold, because they are other users' or protect themselves.
    Processes,
    /// Every process of other users: they are not even listed (`hidepid`).
    HiddenProcesses,
    /// The processes outside of this PID namespace (this container).
    OuterProcesses,
}

/// What dead processes have left of this crate's own.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Leftovers {
    /// Names whose objects are gone. [`clear_stale`](crate::clear_stale) takes one away.
    pub names: Vec<StaleName>,
    /// Segments whose creators died within their creation.
    /// [`clear_leaked`](crate::inspect::clear_leaked) takes one away.
    pub ids: Vec<LeakedId>,
    /// Where this user may not look.
    pub gaps: Vec<Gap>,
}

/// A name whose object is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StaleName {
    /// The name.
    pub name: Name,
    /// Whose it is: that user and root can take it away.
    pub owner_uid: u32,
}

/// A segment that was left between its creation and its marking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeakedId {
    /// Its number.
    pub id: i32,
    /// Its size in bytes; no page of it was touched.
    pub len: usize,
    /// The process that made it, and is gone.
    pub creator_pid: u32,
    /// The user who made it: that user and root can take it away.
    pub creator_uid: u32,
    /// When.
    pub created: SystemTime,
}

/// Where names lie on this system.
#[derive(Debug)]
#[non_exhaustive]
pub struct Places {
    /// The directory that holds everything: `/dev/shm`, or what `NSHM_DIR` says.
    pub base: PathBuf,
    /// This user's own directory in it, which need not exist yet.
    pub own: PathBuf,
    /// What is wrong with this user's own directory, if anything.
    pub own_problem: Option<Error>,
    /// The directory that an administrator makes to decide who may create `Global\` names. It need
    /// not exist.
    pub global: PathBuf,
}

/// What `each` finds in some scopes; it is an error if none of them can be read.
pub(crate) fn gather<T>(
    scopes: &[Scope],
    gaps: &mut Vec<Gap>,
    each: impl Fn(&Scope) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    let mut any = false;
    let mut failed = Vec::new();
    for scope in scopes {
        match each(scope) {
            Ok(found) => {
                any = true;
                all.extend(found);
            }
            Err(error) => failed.push((scope.clone(), error)),
        }
    }
    if !any && let Some((_, error)) = failed.pop() {
        return Err(error);
    }
    let failed = failed.into_iter();
    gaps.extend(failed.map(|(scope, error)| Gap::Scope { scope, error }));
    Ok(all)
}
