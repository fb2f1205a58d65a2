//! The regions of this process's addresses that this layer has mapped: views and private memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::private_memory::PrivateMemory;
use super::sharing::FileId;
use super::types::{DWORD, MEMORY_BASIC_INFORMATION, mem};
use super::view::View;
use super::winerror::*;

/// What is mapped in one piece.
#[derive(Debug)]
pub(crate) enum Region {
    View(View),
    Private(PrivateMemory),
}

/// A page of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageState {
    Reserved,
    /// With its protection (`PAGE_*`).
    Committed(DWORD),
}

static REGIONS: Mutex<BTreeMap<usize, Region>> = Mutex::new(BTreeMap::new());

fn regions() -> MutexGuard<'static, BTreeMap<usize, Region>> {
    REGIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a region up, and answers its address.
pub(crate) fn insert(region: Region) -> usize {
    let base = region.base();
    regions().insert(base, region);
    base
}

/// Does something with the region that an address is in, and the offset there; `None` where there
/// is none.
pub(crate) fn with<R>(address: usize, body: impl FnOnce(&mut Region, usize) -> R) -> Option<R> {
    let mut regions = regions();
    let (base, region) = regions.range_mut(..=address).next_back()?;
    let offset = address - base;
    (offset < region.len()).then(|| body(region, offset))
}

/// Takes out the region that an address is in, if it is of the kind that `select` wants. Dropping
/// it unmaps it.
pub(crate) fn remove(address: usize, select: impl Fn(&Region, usize) -> bool) -> Option<Region> {
    let mut regions = regions();
    let (base, region) = regions.range(..=address).next_back()?;
    let (base, offset) = (*base, address - base);
    if offset < region.len() && select(region, offset) {
        regions.remove(&base)
    } else {
        None
    }
}

/// Whether this process has a view of a file.
pub(crate) fn is_mapped(file: FileId) -> bool {
    regions()
        .values()
        .any(|region| matches!(region, Region::View(view) if view.file() == Some(file)))
}

impl Region {
    pub(crate) fn base(&self) -> usize {
        match self {
            Region::View(view) => view.base(),
            Region::Private(memory) => memory.base(),
        }
    }

    /// Its length: whole pages.
    pub(crate) fn len(&self) -> usize {
        match self {
            Region::View(view) => view.len(),
            Region::Private(memory) => memory.len(),
        }
    }

    /// The whole pages around `len` bytes at an offset.
    ///
    /// # Errors
    /// 487 where they reach past the end.
    pub(crate) fn pages(&self, offset: usize, len: usize) -> Result<Range<usize>> {
        let page = rustix::param::page_size();
        let end = offset.checked_add(len).filter(|end| *end <= self.len());
        let end = end.ok_or(ERROR_INVALID_ADDRESS)?;
        Ok(offset - offset % page..end.next_multiple_of(page))
    }

    /// What `VirtualQuery` tells of the page at an offset.
    pub(crate) fn describe(&self, offset: usize) -> Result<MEMORY_BASIC_INFORMATION> {
        let page = self.pages(offset, 1)?;
        let (protection, kind, (end, state)) = match self {
            Region::View(view) => (view.mapped(), mem::MAPPED, view.state(page.start)?),
            Region::Private(memory) => (memory.reserved(), mem::PRIVATE, memory.state(page.start)),
        };
        let (state, current) = match state {
            PageState::Reserved => (mem::RESERVE, 0),
            PageState::Committed(protection) => (mem::COMMIT, protection),
        };
        Ok(MEMORY_BASIC_INFORMATION {
            BaseAddress: self.base() + page.start,
            AllocationBase: self.base(),
            AllocationProtect: protection,
            PartitionId: 0,
            RegionSize: end - page.start,
            State: state,
            Protect: current,
            Type: kind,
        })
    }
}
