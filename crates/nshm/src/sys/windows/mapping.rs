//! Memory of a section in this process: how it is mapped, where, and given back.

use std::io;
use std::num::NonZeroUsize;
use std::os::windows::io::BorrowedHandle;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

use windows_sys::Win32::Foundation::ERROR_WORKING_SET_QUOTA;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_COPY, FILE_MAP_EXECUTE, FILE_MAP_LARGE_PAGES, FILE_MAP_READ, FILE_MAP_WRITE,
    PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY, PAGE_NOACCESS,
    PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY,
};

use super::call::{self, PageState, Region, page_size};
use super::error::{addresses_taken, code, map_error, os_error};
use crate::access::Protection;
use crate::error::{Error, ErrorKind, Result};
use crate::options::MapRequest;
use crate::view::copy;

const STEP: &str = "map section";

/// What offsets and addresses of views are multiples of, in bytes.
pub(super) const GRANULARITY: usize = 1 << 16;

/// What the system calls pages of a protection.
pub(super) fn page_protection(protection: Protection) -> u32 {
    match protection {
        Protection::NoAccess => PAGE_NOACCESS,
        Protection::ReadOnly => PAGE_READONLY,
        Protection::ReadWrite => PAGE_READWRITE,
        Protection::CopyOnWrite => PAGE_WRITECOPY,
        Protection::ExecuteRead => PAGE_EXECUTE_READ,
        Protection::ExecuteReadWrite => PAGE_EXECUTE_READWRITE,
        Protection::ExecuteCopyOnWrite => PAGE_EXECUTE_WRITECOPY,
    }
}

/// What to ask for, to have a view of a protection.
fn view_access(protection: Protection) -> u32 {
    match protection {
        Protection::NoAccess => 0,
        Protection::ReadOnly => FILE_MAP_READ,
        Protection::ReadWrite => FILE_MAP_WRITE,
        Protection::CopyOnWrite => FILE_MAP_COPY,
        Protection::ExecuteRead => FILE_MAP_READ | FILE_MAP_EXECUTE,
        Protection::ExecuteReadWrite => FILE_MAP_WRITE | FILE_MAP_EXECUTE,
        Protection::ExecuteCopyOnWrite => FILE_MAP_COPY | FILE_MAP_EXECUTE,
    }
}

/// A view of the system. It is unmapped when this is dropped.
#[derive(Debug)]
pub(super) struct Mapped {
    base: NonNull<u8>,
}

/// What a view has.
pub(super) struct Extent {
    pub(super) len: usize,
    pub(super) has_reserved_pages: bool,
    is_data: bool,
}

impl Mapped {
    /// A view of the whole of a section.
    pub(super) fn whole(section: BorrowedHandle<'_>, access: u32) -> io::Result<Mapped> {
        let base = call::map_view_of_file(section, access, 0, 0, None)?;
        Ok(Mapped { base })
    }

    /// A view of what was requested. What reaches to the end of the section is asked for as that:
    /// the system may count it in other units.
    fn part(part: &Part<'_>, access: u32, address: Option<NonZeroUsize>) -> io::Result<Mapped> {
        let MapRequest { offset, len, .. } = *part.request;
        let len = if offset + len == part.section_len {
            0
        } else {
            len
        };
        let map = |access| {
            let base = call::map_view_of_file(part.section, access, offset, len, address)?;
            Ok(Mapped { base })
        };
        if part.large_pages {
            // Since Windows 10 1703 a view has large pages only where it asks for them. Where it
            // cannot, its memory is the same.
            if let Ok(view) = map(access | FILE_MAP_LARGE_PAGES) {
                return Ok(view);
            }
        }
        map(access)
    }

    /// Asks the system what was mapped.
    pub(super) fn extent(&self) -> io::Result<Extent> {
        let base = self.base.addr().get();
        let mut extent = Extent {
            len: 0,
            has_reserved_pages: false,
            is_data: true,
        };
        loop {
            let region = call::virtual_query(base + extent.len)?;
            if region.view != base || region.state == PageState::Free {
                return Ok(extent);
            }
            extent.has_reserved_pages |= region.state == PageState::Reserved;
            extent.is_data &= region.is_data;
            extent.len += region.len;
        }
    }

    /// The pages that are like the one at an offset, from there on.
    fn region(&self, offset: usize) -> io::Result<Region> {
        call::virtual_query(self.base.addr().get() + offset)
    }

    /// Commits those pages of a range of whole pages within the view that are not committed yet:
    /// the others keep what they admit.
    fn commit(&self, offset: usize, len: usize, protection: Protection) -> io::Result<()> {
        let end = offset + len;
        let mut at = offset;
        while at < end {
            let region = self.region(at)?;
            let len = region.len.min(end - at);
            if region.state == PageState::Reserved {
                // SAFETY: the offset is within the view.
                let base = unsafe { self.base.add(at) };
                // SAFETY: the view is ours, has these pages, and was mapped as `protection`.
                unsafe { call::virtual_alloc_commit(base, len, page_protection(protection)) }?;
            }
            at += len;
        }
        Ok(())
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the view is ours, and whoever hands out pointers into it keeps this alive.
        unsafe { call::unmap_view_of_file(self.base) };
    }
}

// SAFETY: a view belongs to the whole process; any thread may use and unmap it.
unsafe impl Send for Mapped {}
// SAFETY: the address never changes.
unsafe impl Sync for Mapped {}

/// Which pages to map, and how.
pub(super) struct Part<'r> {
    pub(super) section: BorrowedHandle<'r>,
    pub(super) section_len: usize,
    /// It is within the section.
    pub(super) request: &'r MapRequest,
    pub(super) large_pages: bool,
    /// Whether all pages that are only reserved are committed now.
    pub(super) commit: bool,
}

/// How pages of a mapping come to be committed.
#[derive(Debug)]
enum Commitment {
    /// They are, and that is for good.
    Whole,
    /// One by one, through the view itself.
    Here,
    /// One by one, through a view beside it that reads the same pages: a private view commits
    /// nothing for others.
    Beside(Mapped),
}

/// Memory of a section in this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    view: Mapped,
    len: usize,
    /// Where in the section it begins.
    offset: usize,
    /// As what the view was mapped.
    protection: Protection,
    commitment: Commitment,
}

impl Mapping {
    /// Maps whole pages.
    pub(super) fn new(part: &Part<'_>) -> Result<Mapping> {
        let request = part.request;
        debug_assert!(
            request.alignment <= GRANULARITY,
            "the system aligns views so, and no more"
        );
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        // A section is no longer than address space can be, so this does not overflow.
        let len = request.len.next_multiple_of(page_size());
        let address = address_of(request, len)?;
        let view = Mapped::part(part, view_access(request.protection), address)
            .map_err(|error| map_error(error, request))?;
        let extent = view.extent().map_err(fail)?;
        // Whatever the section's record says, only what is there is handed out.
        if extent.len < len || !extent.is_data {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail("its view is not the memory that its size promises"));
        }
        let mut mapping = Mapping {
            view,
            len,
            offset: request.offset,
            protection: request.protection,
            commitment: Commitment::Whole,
        };
        if extent.has_reserved_pages {
            mapping.commitment = if request.protection.is_private() {
                let beside = Mapped::part(part, FILE_MAP_READ, None);
                Commitment::Beside(beside.map_err(|error| map_error(error, request))?)
            } else {
                Commitment::Here
            };
            if part.commit {
                mapping.commit(0, len).map_err(|error| {
                    error.with_hint("its pages were only reserved, and there is no memory now")
                })?;
                mapping.commitment = Commitment::Whole;
            }
        }
        Ok(mapping)
    }

    /// Touches each page: a read makes it, too.
    pub(super) fn populate(&self) {
        for offset in (0..self.len).step_by(page_size()) {
            // SAFETY: the offset is inside the view, whose pages are readable and committed.
            // Others may write there meanwhile, so it is read as an atomic.
            let byte = unsafe { &*self.view.base.as_ptr().add(offset).cast::<AtomicU8>() };
            std::hint::black_box(byte.load(Ordering::Relaxed));
        }
    }

    /// Locks pages, and makes room for them in the working set where that is too small.
    pub(super) fn lock(&self) -> Result<()> {
        let locked = match call::virtual_lock(self.view.base, self.len) {
            Err(error) if code(&error) == ERROR_WORKING_SET_QUOTA => {
                call::grow_working_set(self.len)
                    .and_then(|()| call::virtual_lock(self.view.base, self.len))
            }
            result => result,
        };
        locked.map_err(|error| {
            os_error(
                ErrorKind::AccessDenied,
                "lock the section into memory",
                error,
            )
            .with_hint("let this process have a larger working set")
        })
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.view.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where in the section it begins.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// No page ever vanishes: the system keeps a file that is mapped from being shortened.
    pub(crate) fn is_fragile(&self) -> bool {
        false
    }

    /// Says what whole pages of a view admit. Whoever handed out pointers keeps to it.
    pub(crate) fn protect(&self, offset: usize, len: usize, protection: Protection) -> Result<()> {
        let (offset, len) = self.pages(offset, len)?;
        // SAFETY: the offset is within the view.
        let base = unsafe { self.view.base.add(offset) };
        // SAFETY: the pages are this mapping's, and only raw pointers into it were handed out.
        unsafe { call::virtual_protect(base, len, page_protection(protection)) }
            .map_err(|error| os_error(ErrorKind::AccessDenied, "protect pages", error))
    }

    /// Writes pages to the file of the section, if it has one.
    pub(crate) fn flush(&self, offset: usize, len: usize) -> Result<()> {
        let (offset, len) = self.pages(offset, len)?;
        // SAFETY: the offset is within the view.
        let base = unsafe { self.view.base.add(offset) };
        call::flush_view_of_file(base, len)
            .map_err(|error| os_error(ErrorKind::Other, "flush pages", error))
    }

    /// Commits pages for everybody, where that is told page by page.
    pub(crate) fn commit(&self, offset: usize, len: usize) -> Result<()> {
        let (offset, len) = self.pages(offset, len)?;
        match &self.commitment {
            Commitment::Whole => Ok(()),
            Commitment::Here => self.view.commit(offset, len, self.protection),
            Commitment::Beside(view) => view.commit(offset, len, Protection::ReadOnly),
        }
        .map_err(|error| os_error(ErrorKind::CommitLimit, "commit pages", error))
    }

    /// Whether a page is committed, and how many bytes from its beginning on are like it.
    pub(crate) fn committed(&self, offset: usize) -> Result<(bool, usize)> {
        let fail = |error| os_error(ErrorKind::Other, "ask for the state of a page", error);
        let (first, _) = self.pages(offset, 1)?;
        let end = self.len.next_multiple_of(page_size());
        let mut region = self.view.region(first).map_err(fail)?;
        let state = region.state;
        let mut at = first;
        // Pages that differ in what they admit are regions of their own.
        while region.state == state {
            at += region.len;
            if at >= end {
                at = end;
                break;
            }
            region = self.view.region(at).map_err(fail)?;
        }
        Ok((state == PageState::Committed, at - first))
    }

    /// Whether a page of a private view has been written to, and how many bytes from its beginning on
    /// are like it.
    pub(crate) fn copied(&self, offset: usize) -> Result<(bool, usize)> {
        let fail = |error| os_error(ErrorKind::Other, "ask for the state of pages", error);
        let (first, _) = self.pages(offset, 1)?;
        let end = self.len.next_multiple_of(page_size());
        if !self.protection.is_private() {
            return Ok((false, end - first));
        }
        let (state, mut at) = self.copied_within_a_region(first, end).map_err(fail)?;
        while at < end {
            let (next, next_end) = self.copied_within_a_region(at, end).map_err(fail)?;
            if next != state {
                break;
            }
            at = next_end;
        }
        Ok((state, at - first))
    }

    /// The state of the page at an offset, and where those end that are like it, as far as one
    /// question tells.
    fn copied_within_a_region(&self, at: usize, end: usize) -> io::Result<(bool, usize)> {
        /// How many pages one question is for.
        const BATCH: usize = 4096;
        let region = self.view.region(at)?;
        let end = end.min(at + region.len);
        // The first write makes a page writable, as long as nobody says otherwise.
        if [PAGE_READWRITE, PAGE_EXECUTE_READWRITE].contains(&(region.protection & 0xff)) {
            return Ok((true, end));
        }
        // Somebody has, or this is Wine, which does not show it. Then the pages tell.
        let count = ((end - at) / page_size()).min(BATCH);
        let own = call::own_pages(self.view.base.addr().get() + at, count)?;
        let is_own = own.first() == Some(&Some(true));
        let like = own
            .iter()
            .take_while(|page| (**page == Some(true)) == is_own);
        Ok((is_own, at + like.count() * page_size()))
    }

    /// Whole pages around a range that this mapping has: where they begin, and their length.
    fn pages(&self, offset: usize, len: usize) -> Result<(usize, usize)> {
        let page = page_size();
        match offset.checked_add(len) {
            Some(end) if end <= self.len.next_multiple_of(page) && len != 0 => {
                let first = offset - offset % page;
                Ok((first, end.next_multiple_of(page) - first))
            }
            _ => Err(Error::out_of_bounds(offset, len, self.len)),
        }
    }
}

/// The address that was requested, if one was. Where no view can ever be, the system speaks of
/// parameters or takes another address.
fn address_of(request: &MapRequest, len: usize) -> Result<Option<NonZeroUsize>> {
    let Some(address) = request.address else {
        return Ok(None);
    };
    let is_possible = |last| call::virtual_query(last).is_ok();
    NonZeroUsize::new(address)
        .filter(|_| address.checked_add(len - 1).is_some_and(is_possible))
        .map(Some)
        .ok_or_else(|| addresses_taken(address, len))
}

/// Copies out of a mapping under which pages may vanish, which none is.
///
/// # Safety
/// As for the copy routines of views.
pub(crate) unsafe fn from_fragile(source: *const u8, target: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { copy::from_shared(source, target, len) };
    Ok(())
}

/// Copies into such a mapping.
///
/// # Safety
/// As for the copy routines of views.
pub(crate) unsafe fn to_fragile(source: *const u8, target: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { copy::to_shared(source, target, len) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Commit, Options};
    use crate::sys::{Handle, Source};

    const EVERY: [Protection; 7] = [
        Protection::NoAccess,
        Protection::ReadOnly,
        Protection::ReadWrite,
        Protection::CopyOnWrite,
        Protection::ExecuteRead,
        Protection::ExecuteReadWrite,
        Protection::ExecuteCopyOnWrite,
    ];

    fn section(pages: usize, options: &Options) -> Handle {
        let len = pages * page_size();
        Handle::create(None, Source::PagingFile { len }, options).unwrap()
    }

    fn on_demand(pages: usize) -> Handle {
        let options = Options {
            commit: Commit::OnDemand,
            ..Options::default()
        };
        section(pages, &options)
    }

    fn request(pages: usize, protection: Protection) -> MapRequest {
        MapRequest {
            offset: 0,
            len: pages * page_size(),
            protection,
            address: None,
            alignment: 1 << 16,
        }
    }

    fn map(section: &Handle, pages: usize, protection: Protection) -> Mapping {
        section.map_part(&request(pages, protection)).unwrap()
    }

    fn byte(mapping: &Mapping, page: usize) -> &AtomicU8 {
        let offset = page * page_size();
        assert!(offset < mapping.len());
        // SAFETY: inside the mapping, as was just asserted; all access here is atomic.
        unsafe { &*mapping.base().as_ptr().add(offset).cast() }
    }

    fn protection_of(mapping: &Mapping, page: usize) -> u32 {
        mapping.view.region(page * page_size()).unwrap().protection
    }

    #[test]
    fn no_view_is_where_none_can_be() {
        let section = section(1, &Options::default());
        let there = map(&section, 1, Protection::ReadOnly);
        let taken = there.base().addr().get();
        // The first and the last addresses there are, and those of the system.
        for address in [0, 1 << 47, 1 << 63, usize::MAX << 16, taken] {
            let request = MapRequest {
                address: Some(address),
                ..request(1, Protection::ReadOnly)
            };
            let error = section.map_part(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AddressInUse, "{address:#x}");
        }
    }

    #[test]
    fn pages_admit_what_was_asked_for() {
        let options = Options {
            protection: Protection::ExecuteReadWrite,
            ..Options::default()
        };
        let section = section(2, &options);
        for protection in EVERY {
            let view = map(&section, 2, protection);
            assert_eq!(protection_of(&view, 0), page_protection(protection));
            view.protect(page_size(), 1, Protection::NoAccess).unwrap();
            assert_eq!(protection_of(&view, 0), page_protection(protection));
            assert_eq!(protection_of(&view, 1), PAGE_NOACCESS);
            view.protect(0, view.len(), protection).unwrap();
            assert_eq!(protection_of(&view, 1), page_protection(protection));
        }
    }

    #[test]
    fn any_view_commits_pages_for_all() {
        for protection in EVERY {
            if protection.executes() {
                continue;
            }
            let section = on_demand(4);
            let other = map(&section, 4, Protection::ReadWrite);
            let view = map(&section, 4, protection);
            view.commit(page_size(), 1).unwrap();
            for mapping in [&view, &other] {
                let page = page_size();
                assert_eq!(mapping.committed(0).unwrap(), (false, page));
                assert_eq!(mapping.committed(page).unwrap(), (true, page));
                assert_eq!(mapping.committed(2 * page).unwrap(), (false, 2 * page));
            }
            assert_eq!(protection_of(&view, 1), page_protection(protection));
            byte(&other, 1).store(3, Ordering::Relaxed);
            if protection != Protection::NoAccess {
                assert_eq!(byte(&view, 1).load(Ordering::Relaxed), 3);
            }
        }
    }

    /// Through a longer view: of what one commits up to its own end, Wine 8 tells no other.
    #[test]
    fn what_is_committed_is_so_for_good() {
        let section = on_demand(5);
        let view = map(&section, 5, Protection::ReadOnly);
        view.commit(0, 4 * page_size()).unwrap();
        let after = map(&section, 4, Protection::CopyOnWrite);
        assert!(matches!(after.commitment, Commitment::Whole));
        assert_eq!(after.committed(0).unwrap(), (true, after.len()));
        let after = map(&section, 5, Protection::CopyOnWrite);
        assert!(matches!(after.commitment, Commitment::Beside(_)));
        assert_eq!(after.committed(0).unwrap(), (true, 4 * page_size()));
    }

    #[test]
    fn what_is_committed_keeps_what_it_admits() {
        let section = on_demand(3);
        let view = map(&section, 3, Protection::ReadWrite);
        let error = view.protect(0, 1, Protection::ReadOnly).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied);
        view.commit(page_size(), 1).unwrap();
        view.protect(page_size(), 1, Protection::ReadOnly).unwrap();
        view.commit(0, view.len()).unwrap();
        assert_eq!(protection_of(&view, 0), PAGE_READWRITE);
        assert_eq!(protection_of(&view, 1), PAGE_READONLY);
        assert_eq!(protection_of(&view, 2), PAGE_READWRITE);
        // However they are protected, they are one run of pages that are committed.
        assert_eq!(view.committed(0).unwrap(), (true, view.len()));
    }

    #[test]
    fn a_page_that_was_written_to_is_its_own() {
        let section = section(3, &Options::default());
        let shared = map(&section, 3, Protection::ReadWrite);
        let private = map(&section, 3, Protection::CopyOnWrite);
        for page in 0..3 {
            byte(&shared, page).store(1, Ordering::Relaxed);
            assert_eq!(byte(&private, page).load(Ordering::Relaxed), 1);
        }
        byte(&private, 1).store(2, Ordering::Relaxed);
        let page = page_size();
        let own = |mapping: &Mapping| [0, 1, 2].map(|at| mapping.copied(at * page).unwrap());
        let second = [(false, page), (true, page), (false, page)];
        assert_eq!(own(&private), second);
        private
            .protect(0, private.len(), Protection::ReadOnly)
            .unwrap();
        assert_eq!(own(&private), second);
        assert_eq!(
            own(&shared),
            [(false, 3 * page), (false, 2 * page), (false, page)]
        );
    }
}
