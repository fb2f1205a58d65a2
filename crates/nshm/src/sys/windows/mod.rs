//! Windows: sections are the system's own file mapping objects, backed by the paging file or by
//! another one, and events, mutexes and semaphores are its own, too; all are found by their names. Nothing is put into them or around them, so that any other program
//! meets them under the same names.

mod asked;
mod call;
mod creation;
mod error;
mod file;
mod gate;
mod handle;
mod holders;
mod list;
mod mapping;
mod name;
mod rights;
mod security;
mod survey;
mod sync;
mod token;
mod wait;

pub(crate) use self::call::page_size;
pub(crate) use self::handle::Handle;
pub(crate) use self::holders::holders;
pub(crate) use self::list::{clear_stale, find, list, remove, session, sessions};
pub(crate) use self::mapping::{Mapping, from_fragile, to_fragile};
pub(crate) use self::survey::{
    clear_leaked, leftovers, object, places, remove_orphan, segment, survey,
};
pub(crate) use self::sync::{SyncObject, placed, state};
pub(crate) use self::wait::wait;
