//! Linux: objects are System V segments that go with their last attach, names are symbolic
//! links. DESIGN.md says why.

mod call;
mod commit;
mod copies;
mod domain;
mod error;
mod file;
mod handle;
mod holders;
mod link;
mod list;
mod living;
mod lock;
mod mapping;
mod name;
mod object;
mod pagemap;
mod path;
mod posix;
mod proc;
mod reservation;
mod segment;
mod survey;
mod sync;
mod user_directory;
mod wait;

pub(crate) use self::call::page_size;
pub(crate) use self::handle::Handle;
pub(crate) use self::list::{clear_stale, find, holders, list, remove, session, sessions};
pub(crate) use self::mapping::{Mapping, from_fragile, to_fragile};
pub(crate) use self::survey::{
    clear_leaked, leftovers, object, places, remove_orphan, segment, survey,
};
pub(crate) use self::sync::{SyncObject, placed, state};
pub(crate) use self::wait::wait;
