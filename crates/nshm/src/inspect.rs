//! Seeing what is shared on this machine, by whatever library, and clearing what the dead have
//! left.
//!
//! ```
//! use nshm::Section;
//! use nshm::inspect::{self, Reach};
//!
//! # fn main() -> nshm::Result<()> {
//! let section = Section::create("surveyed by the doc test", 4096)?;
//! let survey = inspect::survey(Reach::Ours)?;
//! let found = survey.objects.iter().find(|object| object.name() == "surveyed by the doc test");
//! assert_eq!(found.map(|object| object.orphaned), Some(Some(false)));
//! # Ok(())
//! # }
//! ```

use crate::error::{Error, Result};
use crate::format::Kind;
use crate::name::{Name, SYSTEM_V, Scope};
use crate::sync::{EventState, Reset};
use crate::sys::{self, SyncState};

pub use crate::survey::{
    Gap, LeakedId, Leftovers, Object, Origin, Places, Reach, StaleName, State, Survey,
};

/// The scopes whose names this user may hope to see: its own, those of other users (Linux) or
/// sessions (Windows), and the `Global\` ones.
pub fn scopes() -> Vec<Scope> {
    let own = sys::session().ok();
    // Who may not even see who has names sees those of its own.
    let others = sys::sessions().unwrap_or_default();
    let others = others
        .into_iter()
        .filter(|number| Some(*number) != own)
        .map(Scope::Session);
    [Scope::Local]
        .into_iter()
        .chain(others)
        .chain([Scope::Global])
        .collect()
}

/// Every live object that this user can see, with its holders.
///
/// It looks at each process once, however many objects there are, and opens nothing; but for an
/// instant the POSIX objects that nobody seems to hold, to ask the kernel whether that is so.
///
/// # Errors
/// `Other` where nothing at all can be seen. What cannot be seen in part is a [`Gap`].
///
/// # Platform
/// - Linux: `/dev/shm`, `/proc/sysvipc/shm`, and the maps and descriptors of every process.
/// - Windows: the sections, events, mutexes and semaphores of the object manager, by whatever program;
///   there are no other origins.
pub fn survey(reach: Reach) -> Result<Survey> {
    sys::survey(&scopes(), reach)
}

/// The live object of a name, with its holders.
///
/// # Errors
/// As for [`find`](crate::find).
///
/// ```
/// use nshm::{Section, inspect};
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::create("looked at by the doc test", 4096)?;
/// let object = inspect::object("looked at by the doc test")?;
/// assert!(object.holders.contains(&std::process::id()));
/// # Ok(())
/// # }
/// ```
pub fn object<N>(name: N) -> Result<Object>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    let name = name.try_into()?;
    sys::object(&name).map_err(|error| error.on(&name))
}

/// The System V segment of a number, whoever made it and however, with its holders. It may also be
/// one that a name of this crate leads to.
///
/// # Errors
/// `NotFound`.
///
/// # Platform
/// - Linux: from `/proc/sysvipc/shm`; nothing is attached.
/// - Windows: `Unsupported`, as it has none.
///
/// ```
/// use nshm::inspect;
///
/// // Numbers begin at 0, and this is none.
/// assert!(inspect::segment(-1).is_err());
/// ```
pub fn segment(id: i32) -> Result<Object> {
    sys::segment(id).map_err(|error| error.on(format_args!("{SYSTEM_V}{id}")))
}

/// What an event, a mutex or a semaphore is like now; `None` for what is only memory.
///
/// It opens the object for an instant, to read only: it cannot change it.
///
/// # Errors
/// As for the `open` of its kind; `NotFound` where it has gone since.
///
/// ```
/// use nshm::Semaphore;
/// use nshm::inspect::{self, State};
///
/// # fn main() -> nshm::Result<()> {
/// let slots = Semaphore::create("slots, asked for by the doc test", 2, 3)?;
/// let object = inspect::object("slots, asked for by the doc test")?;
/// assert_eq!(inspect::state(&object)?, Some(State::Semaphore { count: 2, max: 3 }));
/// # Ok(())
/// # }
/// ```
pub fn state(object: &Object) -> Result<Option<State>> {
    let (name, kind) = match &object.origin {
        Origin::Named { name, kind } if *kind != Kind::Section => (name, *kind),
        _ => return Ok(None),
    };
    let state = sys::state(name, kind).map_err(|error| error.on(name))?;
    Ok(Some(match state {
        SyncState::Event { manual, set } => State::Event {
            reset: if manual {
                Reset::Manual
            } else {
                Reset::Automatic
            },
            state: if set {
                EventState::Set
            } else {
                EventState::Unset
            },
        },
        SyncState::Mutex { owner, abandoned } => State::Mutex { owner, abandoned },
        SyncState::Semaphore { count, max } => State::Semaphore { count, max },
    }))
}

/// Removes an orphan of another library, and says whether it did: not if the object has come to
/// be another one since, or to be held.
///
/// # Errors
/// `AccessDenied` where it is another user's. `Unsupported` for an object of this crate, which
/// goes by itself.
///
/// # Platform
/// - Linux: `shm_unlink`, `IPC_RMID`. Who opens it in this very moment keeps it.
/// - Windows: nothing is ever an orphan.
pub fn remove_orphan(object: &Object) -> Result<bool> {
    sys::remove_orphan(object).map_err(|error| error.on(object.name()))
}

/// What dead processes have left of this crate's own: harmless, and cleared by the next creator
/// that meets it.
///
/// # Errors
/// `Other` where nothing at all can be seen.
///
/// # Platform
/// - Linux: stale links, and segments under the keys that docs/format.md tells.
/// - Windows: never anything.
///
/// ```
/// # fn main() -> nshm::Result<()> {
/// let leftovers = nshm::inspect::leftovers()?;
/// assert!(leftovers.names.iter().all(|stale| nshm::find(&stale.name).is_err()));
/// # Ok(())
/// # }
/// ```
pub fn leftovers() -> Result<Leftovers> {
    sys::leftovers(&scopes())
}

/// Takes a leaked id away, and says whether it was there still.
///
/// # Errors
/// `AccessDenied` where it is another user's.
pub fn clear_leaked(leaked: &LeakedId) -> Result<bool> {
    sys::clear_leaked(leaked).map_err(|error| error.on(format_args!("{SYSTEM_V}{}", leaked.id)))
}

/// Where names lie.
///
/// # Errors
/// `Unsupported` on Windows, which keeps names in no directory.
pub fn places() -> Result<Places> {
    sys::places()
}
