//! Private memory: what `VirtualAlloc` reserves and commits beside views.

use std::ops::Range;

use rustix::io::Errno;

use super::page_protection::PageProtection;
use super::pages::Pages;
use super::regions::PageState;
use super::runs::Runs;
use super::types::DWORD;
use super::winerror::*;

/// A reservation, and which of its pages are committed.
#[derive(Debug)]
pub(crate) struct PrivateMemory {
    pages: Pages,
    /// What it was reserved with.
    reserved: PageProtection,
    /// `None` for pages that are not committed.
    states: Runs<Option<PageProtection>>,
}

impl PrivateMemory {
    /// Reserves addresses: these, or any.
    ///
    /// # Errors
    /// 487 where these are taken or out of reach, 8 where there are none.
    pub(crate) fn reserve(
        base: Option<usize>,
        len: usize,
        protection: PageProtection,
    ) -> Result<PrivateMemory> {
        let pages = match base {
            Some(base) => Pages::at(base, len).map_err(|_| ERROR_INVALID_ADDRESS)?,
            None => Pages::anywhere(len).map_err(|_| ERROR_NOT_ENOUGH_MEMORY)?,
        };
        Ok(PrivateMemory {
            states: Runs::new(len, None),
            pages,
            reserved: protection,
        })
    }

    pub(crate) fn base(&self) -> usize {
        self.pages.base()
    }

    pub(crate) fn len(&self) -> usize {
        self.pages.len()
    }

    /// `AllocationProtect`
    pub(crate) fn reserved(&self) -> DWORD {
        self.reserved.number()
    }

    /// The page at an offset, and where those that are like it end.
    pub(crate) fn state(&self, offset: usize) -> (usize, PageState) {
        let (run, state) = self.states.at(offset);
        let state = match state {
            Some(protection) => PageState::Committed(protection.number()),
            None => PageState::Reserved,
        };
        (run.end, state)
    }

    /// Commits whole pages. Those that are keep what they hold and get the protection.
    ///
    /// # Errors
    /// 87 for copies, which private pages are already; 1455 where there is no memory.
    pub(crate) fn commit(&mut self, part: Range<usize>, to: PageProtection) -> Result<()> {
        if to.copies() {
            return Err(ERROR_INVALID_PARAMETER);
        }
        self.pages
            .protect(part.clone(), to)
            .map_err(|error| match error {
                Errno::NOMEM => ERROR_COMMITMENT_LIMIT,
                error => error.into(),
            })?;
        self.states.set(part, Some(to));
        Ok(())
    }

    /// Gives committed pages another protection, and answers that of the first.
    ///
    /// # Errors
    /// 487 where some are not committed.
    pub(crate) fn protect(&mut self, part: Range<usize>, to: PageProtection) -> Result<DWORD> {
        let states = self.states.within(part.clone());
        let committed: Option<Vec<PageProtection>> =
            states.into_iter().map(|(_, state)| state).collect();
        let committed = committed.ok_or(ERROR_INVALID_ADDRESS)?;
        let before = committed.first().copied().ok_or(ERROR_INVALID_ADDRESS)?;
        self.commit(part, to)?;
        Ok(before.number())
    }

    /// Gives the memory of whole pages back; they stay reserved.
    pub(crate) fn decommit(&mut self, part: Range<usize>) -> Result<()> {
        self.pages.discard(part.clone())?;
        self.states.set(part, None);
        Ok(())
    }
}
