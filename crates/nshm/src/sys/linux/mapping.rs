//! Memory of a section in this process: how it is mapped, where, and given back.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use super::call::{self, page_size};
use super::commit::CommitMap;
use super::copies::Copies;
use super::error::os_error;
use super::file::SectionFile;
use super::pagemap;
use super::reservation::Reservation;
use super::segment::Segment;
use crate::access::{Access, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{MapRequest, Options};
use crate::view::copy;

const STEP: &str = "map section";

/// Memory of a section in this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    len: usize,
    /// Where in the section it begins.
    offset: usize,
    own: Own,
    commit_map: Option<CommitMap>,
    /// A page may vanish under it: that of a file which somebody shortens.
    fragile: bool,
    /// It was mapped copy-on-write, so what is written to it stays in this process anyway.
    private: bool,
    /// Pages that are copies although it was mapped shared.
    copies: Mutex<Option<Box<Copies>>>,
    dumpable: bool,
}

/// What a mapping gives back when it is dropped.
#[derive(Debug)]
enum Own {
    /// It is the handle's own attach.
    Nothing,
    /// An attach of its own, which gives itself back.
    Attach(#[allow(dead_code, reason = "held for its Drop")] Segment),
    /// Ordinary pages.
    Pages,
}

// SAFETY: a mapping belongs to the whole process; any thread may use it and give it back.
unsafe impl Send for Mapping {}
// SAFETY: the address and the length never change.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(base: NonNull<u8>, len: usize, own: Own) -> Mapping {
        Mapping {
            base,
            len,
            offset: 0,
            own,
            commit_map: None,
            fragile: false,
            private: false,
            copies: Mutex::new(None),
            dumpable: false,
        }
    }

    /// The attach of a handle that outlives the mapping.
    pub(super) fn of_handle(segment: &Segment, len: usize) -> Mapping {
        Self::new(segment.base(), len, Own::Nothing)
    }

    /// A part of an attach of its own: its pages alone, or, where those cannot be had alone, all of
    /// the attach.
    pub(super) fn of_attach(segment: Segment, request: &MapRequest) -> Result<Mapping> {
        let len = whole_pages(request.len)?;
        let is_part = len < segment.len();
        match is_part.then(|| segment.map_again(request.offset, len)) {
            Some(Ok(base)) => {
                let mut mapping = Self::new(base, len, Own::Pages);
                mapping.offset = request.offset;
                Ok(mapping)
            }
            _ => {
                let (base, len) = (segment.base(), segment.len());
                Ok(Self::new(base, len, Own::Attach(segment)))
            }
        }
    }

    /// A part of a segment that is attached with that access.
    pub(super) fn of_segment(
        segment: &Segment,
        access: Access,
        request: &MapRequest,
        options: &Options,
    ) -> Result<Mapping> {
        let len = whole_pages(request.len)?;
        let target = reserve(request, len)?;
        let fail = |error: io::Error| match error.raw_os_error() {
            Some(libc::EINVAL) => Error::new(ErrorKind::Unsupported, STEP)
                .detail("pages of a pool of huge pages are mapped as a whole only")
                .with_hint("map it with Section::map() or Section::map_read_only()")
                .caused_by(error),
            _ => os_error(ErrorKind::CommitLimit, STEP, error),
        };
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let (base, has) = if request.protection.is_private() {
            // SAFETY: the reservation is this function's and as long.
            let base = target
                .filled(|target| unsafe { call::mmap_anonymous_over(target, len, both) })
                .map_err(fail)?;
            // SAFETY: the request is within the segment, as its maker has checked, and the new
            // memory is as long and nobody else's.
            unsafe {
                let source = segment.base().add(request.offset);
                copy::from_shared(source.as_ptr(), base.as_ptr(), request.len);
            }
            (base, both)
        } else if access == Access::ReadWrite && !request.protection.writes() {
            // Pages that are read-only for good, and not merely by their protection.
            let again = segment.attach_read_only(options)?;
            let base = again.map_again_over(request.offset, len, target);
            (base.map_err(fail)?, libc::PROT_READ)
        } else {
            let base = segment.map_again_over(request.offset, len, target);
            let has = match access {
                Access::ReadWrite => both,
                Access::ReadOnly => libc::PROT_READ,
            };
            (base.map_err(fail)?, has)
        };
        let mut mapping = Self::new(base, len, Own::Pages);
        mapping.offset = request.offset;
        mapping.private = request.protection.is_private();
        mapping.dumpable = options.dumpable;
        if mapping.private {
            mapping.keep_out_of_core_files();
        }
        if bits(request.protection) != has {
            mapping.protect(0, len, request.protection)?;
        }
        Ok(mapping)
    }

    /// A part of a file.
    pub(super) fn of_file(
        file: &SectionFile,
        request: &MapRequest,
        dumpable: bool,
    ) -> Result<Mapping> {
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        let end = request.offset.saturating_add(request.len);
        if !file.still_has(end).map_err(fail)? {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail("its file has become shorter than the section")
                .with_hint("do not shorten a file that is mapped"));
        }
        let len = whole_pages(request.len)?;
        let private = request.protection.is_private();
        let map = |target| {
            let (protection, offset) = (bits(request.protection), request.offset as u64);
            // SAFETY: the reservation is this function's and as long. A file of a section is not
            // one of hugetlbfs.
            unsafe { call::mmap_file_over(target, len, protection, private, file.as_fd(), offset) }
        };
        let base = reserve(request, len)?.filled(map).map_err(fail)?;
        let mut mapping = Self::new(base, len, Own::Pages);
        mapping.offset = request.offset;
        mapping.fragile = true;
        mapping.private = private;
        mapping.dumpable = dumpable;
        mapping.keep_out_of_core_files();
        Ok(mapping)
    }

    /// Maps the bits of its pages beside it: those of the segment, from `offset` on.
    pub(super) fn with_commit_map(
        mut self,
        segment: &Segment,
        access: Access,
        offset: usize,
    ) -> Result<Mapping> {
        let map = CommitMap::map(segment, access, offset, self.offset / page_size())
            .map_err(|error| os_error(ErrorKind::CommitLimit, STEP, error))?;
        self.commit_map = Some(map);
        Ok(self)
    }

    /// Leaves it out of core files, unless they are to have it.
    fn keep_out_of_core_files(&self) {
        if !self.dumpable {
            let len = self.len.next_multiple_of(page_size());
            // SAFETY: the pages are this mapping's, and their contents do not change.
            let advised = unsafe { call::madvise(self.base, len, libc::MADV_DONTDUMP) };
            // Best effort: it only keeps core files small.
            drop(advised);
        }
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where in the section it begins.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Whether a touch may be a fault, because somebody has shortened the file.
    pub(crate) fn is_fragile(&self) -> bool {
        self.fragile
    }

    /// Brings every page into memory.
    pub(super) fn populate(&self, protection: Protection) -> Result<()> {
        let advice = if protection.writes() {
            libc::MADV_POPULATE_WRITE
        } else {
            libc::MADV_POPULATE_READ
        };
        let len = self.len.next_multiple_of(page_size());
        // SAFETY: the pages are this mapping's, and their contents do not change.
        match unsafe { call::madvise(self.base, len, advice) } {
            // Before Linux 5.14 there is no such advice; pages then come on first touch.
            Err(error) if error.raw_os_error() != Some(libc::EINVAL) => Err(os_error(
                ErrorKind::CommitLimit,
                "populate the section",
                error,
            )),
            _ => Ok(()),
        }
    }

    /// Says what whole pages of a view admit. Whoever handed out pointers keeps to it.
    pub(crate) fn protect(&self, offset: usize, len: usize, protection: Protection) -> Result<()> {
        let pages = self.pages(offset, len)?;
        let (base, len) = self.range(offset, len)?;
        let fail = |error| os_error(ErrorKind::AccessDenied, "protect pages", error);
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        if protection.is_private() && !self.private {
            let copies = match &mut *copies {
                Some(copies) => copies,
                none => none.insert(Box::new(self.no_copies()?)),
            };
            // SAFETY: the view is this mapping's, has these pages, and only raw pointers into it
            // were handed out.
            unsafe { copies.make(self.base, pages.clone()) }?;
        }
        // SAFETY: as above.
        unsafe { call::mprotect(base, len, bits(protection)) }.map_err(fail)?;
        match &mut *copies {
            // What nobody can reach now may be wanted as a copy again.
            Some(copies) if !protection.is_private() && protection != Protection::NoAccess => {
                // SAFETY: as above; the pages admit reading, as was just said.
                unsafe { copies.share(self.base, pages, bits(protection)) }.map_err(fail)
            }
            _ => Ok(()),
        }
    }

    /// For a mapping of which no page is a copy yet.
    fn no_copies(&self) -> Result<Copies> {
        let len = self.len.next_multiple_of(page_size());
        // SAFETY: pages are protected one by one in views that are a shared mapping of their own,
        // of ordinary pages.
        unsafe { Copies::of(self.base, len, self.dumpable) }
            .map_err(|error| os_error(ErrorKind::CommitLimit, "copy pages", error))
    }

    /// Writes pages to the file of the section, if it has one.
    pub(crate) fn flush(&self, offset: usize, len: usize) -> Result<()> {
        let (base, len) = self.range(offset, len)?;
        call::msync(base, len).map_err(|error| os_error(ErrorKind::Other, "flush pages", error))
    }

    /// Commits pages for everybody, where that is told page by page.
    pub(crate) fn commit(&self, offset: usize, len: usize) -> Result<()> {
        let pages = self.pages(offset, len)?;
        match &self.commit_map {
            Some(map) => map.set(pages),
            None => Ok(()),
        }
    }

    /// Whether a page is committed, and how many bytes from its beginning on are like it.
    pub(crate) fn committed(&self, offset: usize) -> Result<(bool, usize)> {
        let first = self.pages(offset, 1)?.start;
        let last = self.len.div_ceil(page_size());
        let Some(map) = &self.commit_map else {
            return Ok((true, (last - first) * page_size()));
        };
        let state = map.get(first);
        let end = (first..last)
            .find(|page| map.get(*page) != state)
            .unwrap_or(last);
        Ok((state, (end - first) * page_size()))
    }

    /// Whether a page of a copy-on-write view of a file has been written to, and how many bytes from
    /// its beginning on are like it.
    pub(crate) fn copied(&self, offset: usize) -> Result<(bool, usize)> {
        const STEP: &str = "ask for the state of pages";
        let first = self.pages(offset, 1)?.start;
        let last = self.len.div_ceil(page_size());
        if !self.fragile {
            return Ok((false, (last - first) * page_size()));
        }
        let base = self.base.addr().get() / page_size();
        let (state, end) = pagemap::own_run(base + first..base + last)
            .map_err(|error| os_error(ErrorKind::Other, STEP, error).on("/proc/self/pagemap"))?;
        Ok((state, (end - base - first) * page_size()))
    }

    /// Whole pages around a range that this mapping has.
    fn pages(&self, offset: usize, len: usize) -> Result<Range<usize>> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len.next_multiple_of(page_size()) && len != 0 => {
                Ok(offset / page_size()..end.div_ceil(page_size()))
            }
            _ => Err(Error::out_of_bounds(offset, len, self.len)),
        }
    }

    fn range(&self, offset: usize, len: usize) -> Result<(NonNull<u8>, usize)> {
        let pages = self.pages(offset, len)?;
        // SAFETY: the first page is within the mapping.
        let base = unsafe { self.base.add(pages.start * page_size()) };
        Ok((base, pages.len() * page_size()))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if let Own::Pages = self.own {
            // SAFETY: the pages are this mapping's, and whoever uses them keeps it alive.
            unsafe { call::munmap(self.base, self.len.next_multiple_of(page_size())) };
        }
    }
}

fn whole_pages(len: usize) -> Result<usize> {
    len.checked_next_multiple_of(page_size()).ok_or_else(|| {
        Error::new(ErrorKind::CommitLimit, STEP)
            .detail(format!("no address space holds {len} bytes"))
    })
}

fn reserve(request: &MapRequest, len: usize) -> Result<Reservation> {
    let Some(address) = request.address else {
        return Reservation::aligned(len, request.alignment)
            .map_err(|error| os_error(ErrorKind::CommitLimit, STEP, error));
    };
    Reservation::at(address, len).map_err(|error| {
        let there = format!("address {address:#x} and {len} bytes from there on");
        match error.raw_os_error() {
            // Taken; too low for this user; beyond what there is.
            Some(libc::EEXIST | libc::EPERM | libc::ENOMEM | libc::EINVAL) => {
                Error::new(ErrorKind::AddressInUse, STEP)
                    .detail(there)
                    .caused_by(error)
            }
            _ => os_error(ErrorKind::Other, STEP, error),
        }
    })
}

/// What the kernel calls a protection.
fn bits(protection: Protection) -> libc::c_int {
    match protection {
        Protection::NoAccess => libc::PROT_NONE,
        Protection::ReadOnly => libc::PROT_READ,
        Protection::ReadWrite | Protection::CopyOnWrite => libc::PROT_READ | libc::PROT_WRITE,
        Protection::ExecuteRead => libc::PROT_READ | libc::PROT_EXEC,
        Protection::ExecuteReadWrite | Protection::ExecuteCopyOnWrite => {
            libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC
        }
    }
}

/// Copies out of a mapping under which pages may vanish; they are an error then and no signal.
///
/// # Safety
/// As for the copy routines of views.
#[inline(never)]
pub(crate) unsafe fn from_fragile(source: *const u8, target: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        in_pieces(len, |done| {
            call::read_own_memory(source.add(done), target.add(done), len - done)
        })
    }
}

/// Copies into such a mapping.
///
/// # Safety
/// As for the copy routines of views.
#[inline(never)]
pub(crate) unsafe fn to_fragile(source: *const u8, target: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe {
        in_pieces(len, |done| {
            call::write_own_memory(source.add(done), target.add(done), len - done)
        })
    }
}

fn in_pieces(len: usize, mut copy: impl FnMut(usize) -> io::Result<usize>) -> Result<()> {
    let vanished = || {
        Error::new(ErrorKind::OutOfBounds, "reach into the view")
            .detail("its file has become shorter than the section, or its disk is full")
            .with_hint("do not shorten a file that is mapped")
    };
    let mut done = 0;
    while done < len {
        match copy(done) {
            Ok(0) => return Err(vanished()),
            Ok(copied) => done += copied,
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => return Err(vanished()),
            Err(error) => {
                return Err(os_error(ErrorKind::Other, "reach into the view", error));
            }
        }
    }
    Ok(())
}
