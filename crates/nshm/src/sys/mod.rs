//! The contract with the operating system, and its selection.
//!
//! Each system gives these items, with the same meaning:
//!
//! | item | what |
//! |---|---|
//! | `Handle` | an open section; dropping it closes it |
//! | `Handle::create(Option<&Name>, len, &Options)` | a new section; `AlreadyExists` if the name is alive |
//! | `Handle::open(&Name, &Options)` | the live section of a name |
//! | `Handle::open_or_create(&Name, len, &Options)` | either, and which |
//! | `Handle::from_token(&str, &Options)`, `token()` | handing a section to another process |
//! | `Handle::{name, access, len, info, close}` | what it is; giving it up with a result |
//! | `Handle::map(Protection)` | a `Mapping` of the whole, which must not outlive the handle |
//! | `Mapping::{base, len}` | memory of this process; dropping it unmaps |
//! | `wait(&Name, Option<Duration>, &Options)` | open as soon as it exists |
//! | `list(&Scope)`, `find(&Name)` | the live objects of a scope; the one of a name |
//! | `session()`, `sessions()` | whose `Local\` names are one's own; who has any |
//! | `holders(&Name)` | the processes that have it open |
//! | `remove(&Name)`, `clear_stale(&Name)` | takes the name from a live object; from a dead one |
//! | `page_size()` | bytes |
//!
//! `len` is a multiple of `page_size()` that is not zero. Nothing here uses `section` or `view`
//! beyond the copy routines.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use self::linux as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use self::windows as system;

#[cfg(not(any(target_os = "linux", windows)))]
mod unsupported;
#[cfg(not(any(target_os = "linux", windows)))]
use self::unsupported as system;

pub(crate) use self::system::{
    Handle, Mapping, clear_stale, find, holders, list, page_size, remove, session, sessions, wait,
};
