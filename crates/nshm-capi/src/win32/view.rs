//! A view of a section: what `VirtualQuery` and its relatives do with it.

use std::ops::Range;

use nshm::{Caching, RawView};

use super::page_protection::PageProtection;
use super::regions::PageState;
use super::runs::Runs;
use super::section::Section;
use super::sharing::FileId;
use super::types::{DWORD, page};
use super::winerror::*;

/// A mapped view. It keeps the memory of its section, and neither a handle nor the name.
#[derive(Debug)]
pub(crate) struct View {
    view: RawView,
    /// What it was mapped with.
    mapped: PageProtection,
    protections: Runs<PageProtection>,
    /// `PAGE_NOCACHE`, where the section has it.
    modifier: DWORD,
    is_file: bool,
    file: Option<FileId>,
}

impl View {
    pub(crate) fn new(view: RawView, mapped: PageProtection, section: &Section) -> View {
        View {
            protections: Runs::new(view.len(), mapped),
            view,
            mapped,
            modifier: match section.core().caching() {
                Caching::NoCache => page::NOCACHE,
                _ => 0,
            },
            is_file: section.core().is_file(),
            file: section.file(),
        }
    }

    pub(crate) fn base(&self) -> usize {
        self.view.as_ptr().expose_provenance()
    }

    pub(crate) fn len(&self) -> usize {
        self.view.len()
    }

    /// The file that it is a view of.
    pub(crate) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// `AllocationProtect`
    pub(crate) fn mapped(&self) -> DWORD {
        self.mapped.number() | self.modifier
    }

    /// The page at an offset, and where those that are like it end.
    pub(crate) fn state(&self, offset: usize) -> Result<(usize, PageState)> {
        let (run, protection) = self.protections.at(offset);
        let (is_committed, like) = self.view.committed(offset)?;
        let end = run.end.min(offset.saturating_add(like));
        if !is_committed {
            return Ok((end, PageState::Reserved));
        }
        let committed =
            |protection: PageProtection| PageState::Committed(protection.number() | self.modifier);
        if !self.mapped.copies() || !protection.copies() || !self.is_file {
            return Ok((end, committed(protection)));
        }
        let (is_copied, like) = self.view.copied(offset)?;
        let protection = match is_copied {
            true => protection.once_copied(),
            false => protection,
        };
        Ok((end.min(offset.saturating_add(like)), committed(protection)))
    }

    /// Gives whole pages another protection, and answers that of the first.
    ///
    /// # Errors
    /// 87 for a right that the view was not mapped with, 487 for pages that are not committed.
    pub(crate) fn protect(&mut self, part: Range<usize>, to: PageProtection) -> Result<DWORD> {
        if !self.mapped.admits(to) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let (is_committed, like) = self.view.committed(part.start)?;
        if !is_committed || like < part.len() {
            return Err(ERROR_INVALID_ADDRESS);
        }
        let (_, before) = self.state(part.start)?;
        self.set(part, to)?;
        Ok(match before {
            PageState::Committed(protection) => protection,
            PageState::Reserved => 0,
        })
    }

    /// Commits whole pages for all views of the section, and gives them a protection in this one.
    ///
    /// # Errors
    /// 5 for a view of a file, whose pages are there; 87 for a right that the view was not mapped
    /// with.
    pub(crate) fn commit(&mut self, part: Range<usize>, to: PageProtection) -> Result<()> {
        if self.is_file {
            return Err(ERROR_ACCESS_DENIED);
        }
        if !self.mapped.admits(to) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        self.view.commit(part.start, part.len())?;
        self.set(part, to)
    }

    /// Brings pages to the file, if there is one.
    pub(crate) fn flush(&self, part: Range<usize>) -> Result<()> {
        Ok(self.view.flush(part.start, part.len())?)
    }

    fn set(&mut self, part: Range<usize>, to: PageProtection) -> Result<()> {
        self.view.protect(part.start, part.len(), to.in_core())?;
        self.protections.set(part, to);
        Ok(())
    }
}
