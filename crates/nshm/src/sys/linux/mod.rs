//! Linux: objects are System V segments that go with their last attach, names are symbolic
//! links. DESIGN.md says why.

mod call;
mod domain;
mod error;
mod handle;
mod link;
mod list;
mod name;
mod proc;
mod segment;
mod wait;

pub(crate) use self::call::page_size;
pub(crate) use self::handle::{Handle, Mapping};
pub(crate) use self::list::{clear_stale, find, holders, list, remove, session, sessions};
pub(crate) use self::wait::wait;
