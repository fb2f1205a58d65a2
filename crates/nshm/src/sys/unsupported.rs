//! Systems that have no implementation: everything compiles, and says so when it is called.

use std::convert::Infallible;
use std::ptr::NonNull;
use std::time::Duration;

use crate::access::{Access, Caching, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::info::{Listed, SectionInfo};
use crate::name::{Name, Scope};
use crate::options::{Disposition, MapRequest, Options, Setup};
use crate::survey::{LeakedId, Leftovers, Object, Places, Reach, Survey};
pub(crate) use crate::sys::unplaced as placed;
use crate::sys::{Acquired, Source, SyncState};

fn unsupported<T>(step: &'static str) -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, step))
}

/// A handle that cannot exist.
#[derive(Debug)]
pub(crate) struct Handle(Infallible);

impl Handle {
    pub(crate) fn create(_: Option<&Name>, _: Source<'_>, _: &Options) -> Result<Handle> {
        unsupported("create section")
    }

    pub(crate) fn open(_: &Name, _: &Options) -> Result<Handle> {
        unsupported("open section")
    }

    pub(crate) fn open_or_create(
        _: &Name,
        _: Source<'_>,
        _: &Options,
    ) -> Result<(Handle, Disposition)> {
        unsupported("open or create section")
    }

    pub(crate) fn from_token(_: &str, _: &Options) -> Result<Handle> {
        unsupported("open the section of the token")
    }

    pub(crate) fn reopen(&self, _: Access) -> Result<Handle> {
        match self.0 {}
    }

    pub(crate) fn token(&self) -> Result<String> {
        match self.0 {}
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        match self.0 {}
    }

    pub(crate) fn access(&self) -> Access {
        match self.0 {}
    }

    pub(crate) fn protection(&self) -> Protection {
        match self.0 {}
    }

    pub(crate) fn caching(&self) -> Caching {
        match self.0 {}
    }

    pub(crate) fn commits_on_demand(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn is_file(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn views_keep_the_name(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn info(&self) -> Result<SectionInfo> {
        match self.0 {}
    }

    pub(crate) fn map(&self, _: usize, _: usize, _: Protection) -> Result<Mapping> {
        match self.0 {}
    }

    pub(crate) fn map_part(&self, _: &MapRequest) -> Result<Mapping> {
        match self.0 {}
    }

    pub(crate) fn close(self) -> Result<()> {
        match self.0 {}
    }
}

/// A mapping that cannot exist.
#[derive(Debug)]
pub(crate) struct Mapping(Infallible);

impl Mapping {
    pub(crate) fn base(&self) -> NonNull<u8> {
        match self.0 {}
    }

    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn offset(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn is_fragile(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn protect(&self, _: usize, _: usize, _: Protection) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn flush(&self, _: usize, _: usize) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn commit(&self, _: usize, _: usize) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn committed(&self, _: usize) -> Result<(bool, usize)> {
        match self.0 {}
    }

    pub(crate) fn copied(&self, _: usize) -> Result<(bool, usize)> {
        match self.0 {}
    }
}

/// # Safety
/// There is no mapping to copy from.
pub(crate) unsafe fn from_fragile(_: *const u8, _: *mut u8, _: usize) -> Result<()> {
    unsupported("reach into the view")
}

/// # Safety
/// There is no mapping to copy to.
pub(crate) unsafe fn to_fragile(_: *const u8, _: *mut u8, _: usize) -> Result<()> {
    unsupported("reach into the view")
}

pub(crate) fn wait(_: &Name, _: Option<Duration>, _: &Options) -> Result<Handle> {
    unsupported("wait for section")
}

pub(crate) fn list(_: &Scope) -> Result<Vec<Listed>> {
    unsupported("list sections")
}

pub(crate) fn find(_: &Name) -> Result<Listed> {
    unsupported("find")
}

pub(crate) fn clear_stale(_: &Name) -> Result<bool> {
    unsupported("clear the stale name")
}

pub(crate) fn session() -> Result<u32> {
    unsupported("list sections")
}

pub(crate) fn sessions() -> Result<Vec<u32>> {
    unsupported("list sections")
}

pub(crate) fn holders(_: &Name) -> Result<Vec<u32>> {
    unsupported("list the holders of")
}

pub(crate) fn remove(_: &Name) -> Result<()> {
    unsupported("remove the name")
}

pub(crate) fn survey(_: &[Scope], _: Reach) -> Result<Survey> {
    unsupported("survey shared memory")
}

pub(crate) fn object(_: &Name) -> Result<Object> {
    unsupported("find")
}

pub(crate) fn remove_orphan(_: &Object) -> Result<bool> {
    unsupported("remove the orphan")
}

pub(crate) fn leftovers(_: &[Scope]) -> Result<Leftovers> {
    unsupported("survey shared memory")
}

pub(crate) fn segment(_: i32) -> Result<Object> {
    unsupported("find")
}

pub(crate) fn clear_leaked(_: &LeakedId) -> Result<bool> {
    unsupported("clear the leaked id")
}

pub(crate) fn places() -> Result<Places> {
    unsupported("find out where names lie")
}

pub(crate) fn page_size() -> usize {
    4096
}

pub(crate) fn state(_: &Name, _: Kind) -> Result<SyncState> {
    unsupported("ask about the object")
}

/// An object to wait for. There is none.
#[derive(Debug)]
pub(crate) struct SyncObject(Infallible);

impl SyncObject {
    pub(crate) fn create(_: Option<&Name>, _: Setup, _: &Options) -> Result<Self> {
        unsupported("create an object to wait for")
    }

    pub(crate) fn open(_: &Name, _: Kind, _: &Options) -> Result<Self> {
        unsupported("open an object to wait for")
    }

    pub(crate) fn open_or_create(_: &Name, _: Setup, _: &Options) -> Result<(Self, Disposition)> {
        unsupported("open or create an object to wait for")
    }

    pub(crate) fn from_token(_: &str, _: Kind, _: &Options) -> Result<Self> {
        unsupported("open an object to wait for")
    }

    pub(crate) fn token(&self) -> Result<String> {
        match self.0 {}
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        match self.0 {}
    }

    pub(crate) fn is_same(&self, _: &SyncObject) -> bool {
        match self.0 {}
    }

    pub(crate) fn state(&self) -> Result<SyncState> {
        match self.0 {}
    }

    pub(crate) fn close(self) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn set(&self) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn reset(&self) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn release(&self, _: u32) -> Result<u32> {
        match self.0 {}
    }

    pub(crate) fn unlock(&self) -> Result<()> {
        match self.0 {}
    }

    pub(crate) fn acquire(&self, _: Option<Duration>) -> Result<Option<Acquired>> {
        match self.0 {}
    }

    pub(crate) fn wait_any(
        _: &[&SyncObject],
        _: Option<Duration>,
    ) -> Result<Option<(usize, Acquired)>> {
        unsupported("wait")
    }

    pub(crate) fn wait_all(_: &[&SyncObject], _: Option<Duration>) -> Result<Option<Acquired>> {
        unsupported("wait")
    }
}
