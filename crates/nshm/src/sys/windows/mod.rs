//! Windows: sections are the system's own file mapping objects, backed by the paging file and
//! found by their names. Nothing is put into them or around them, so that any other program
//! meets them under the same names.

mod call;
mod error;
mod gate;
mod handle;
mod list;
mod name;
mod security;
mod sync;
mod token;
mod wait;

pub(crate) use self::call::page_size;
pub(crate) use self::handle::{Handle, Mapping};
pub(crate) use self::list::{clear_stale, find, holders, list, remove, session, sessions};
pub(crate) use self::sync::SyncObject;
pub(crate) use self::wait::wait;
