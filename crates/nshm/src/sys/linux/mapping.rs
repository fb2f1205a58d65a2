//! Memory of a section in this process: how it is mapped, where, and given back.

use std::io;
use std::ptr::NonNull;

use super::call::{self, page_size};
use super::commit::CommitMap;
use super::error::os_error;
use super::file::SectionFile;
use super::pagemap;
use super::reservation::Reservation;
use super::segment::Segment;
use crate::access::{Access, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{MapRequest, Options};

const STEP: &str = "map section";

/// Memory of a section in this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    len: usize,
    own: Own,
    commit_map: Option<CommitMap>,
    /// A page may vanish under it: that of a file which somebody shortens.
    fragile: bool,
    /// It was mapped copy-on-write, so what is written to it stays in this process anyway.
    private: bool,
}

/// What a mapping gives back when it is dropped.
#[derive(Debug)]
enum Own {
    /// It is the handle's own attach.
    Nothing,
    /// An attach of its own, which gives itself back.
    Attach(#[allow(dead_code, reason = "held for its Drop")] Segment),
    /// Pages.
    Pages,
}

// SAFETY: a mapping belongs to the whole process; any thread may use it and give it back.
unsafe impl Send for Mapping {}
// SAFETY: the address and the length never change.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// The attach of a handle that outlives the mapping.
    pub(super) fn of_handle(segment: &Segment, len: usize) -> Mapping {
        Mapping {
            base: segment.base(),
            len,
            own: Own::Nothing,
            commit_map: None,
            fragile: false,
            private: false,
        }
    }

    /// An attach of its own.
    pub(super) fn of_attach(segment: Segment, len: usize) -> Mapping {
        Mapping {
            base: segment.base(),
            len,
            own: Own::Attach(segment),
            commit_map: None,
            fragile: false,
            private: false,
        }
    }

    /// A part of a segment that is attached with that access.
    pub(super) fn of_segment(
        segment: &Segment,
        access: Access,
        request: &MapRequest,
        options: &Options,
        commit_map: Option<CommitSource>,
    ) -> Result<Mapping> {
        let len = whole_pages(request.len)?;
        let reservation = reserve(request, len)?;
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        // SAFETY: the request is within the segment, as its maker has checked.
        let source = unsafe { segment.base().add(request.offset) };
        let target = reservation.base();
        if request.protection.is_private() {
            // SAFETY: the reservation is this function's. The attach has `request.len` bytes from
            // `source` on, and the new memory as many.
            unsafe {
                let both = libc::PROT_READ | libc::PROT_WRITE;
                call::mmap_anonymous_over(target, len, both).map_err(fail)?;
                crate::view::copy::from_shared(source.as_ptr(), target.as_ptr(), request.len);
            }
        } else if access == Access::ReadWrite && !request.protection.writes() {
            // Pages that are read-only for good, and not merely by their protection.
            segment
                .attach_read_only(options)?
                .give_part(request.offset, len, &reservation)
                .map_err(fail)?;
        } else {
            // SAFETY: `len` bytes of the attach begin at `source`, and the reservation is this
            // function's.
            unsafe { call::mremap_again(source, len, target) }
                .map_err(|error| fail(error).detail("these pages cannot be mapped in parts"))?;
        }
        let mapping = Mapping {
            base: reservation.taken(),
            len,
            own: Own::Pages,
            commit_map: None,
            fragile: false,
            private: request.protection.is_private(),
        };
        mapping.protect(0, len, request.protection)?;
        match commit_map {
            Some(source) => source.join(mapping, request.offset),
            None => Ok(mapping),
        }
    }

    /// A part of a file.
    pub(super) fn of_file(file: &SectionFile, request: &MapRequest) -> Result<Mapping> {
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        let end = request.offset.saturating_add(request.len);
        if !file.still_has(end).map_err(fail)? {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail("its file has become shorter than the section")
                .with_hint("do not shorten a file that is mapped"));
        }
        let len = whole_pages(request.len)?;
        let reservation = reserve(request, len)?;
        // SAFETY: the reservation is this function's and as long.
        unsafe {
            call::mmap_file_over(
                reservation.base(),
                len,
                bits(request.protection),
                request.protection.is_private(),
                file.as_fd(),
                request.offset as u64,
            )
        }
        .map_err(fail)?;
        Ok(Mapping {
            base: reservation.taken(),
            len,
            own: Own::Pages,
            commit_map: None,
            fragile: true,
            private: request.protection.is_private(),
        })
    }

    /// The same mapping, of which only the first bytes are handed out.
    pub(super) fn narrowed(mut self, len: usize) -> Mapping {
        self.len = self.len.min(len);
        self
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
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
        let (base, len) = self.range(offset, len)?;
        if protection.is_private() && !self.private {
            self.become_private(base, len)?;
        }
        // SAFETY: the pages are this mapping's, and only raw pointers into it were handed out.
        unsafe { call::mprotect(base, len, bits(protection)) }
            .map_err(|error| os_error(ErrorKind::AccessDenied, "protect pages", error))
    }

    /// Puts copies, which are this process's own, in the place of pages that are shared.
    fn become_private(&self, base: NonNull<u8>, len: usize) -> Result<()> {
        const STEP: &str = "copy pages";
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        let copy = Reservation::aligned(len, page_size()).map_err(fail)?;
        let target = copy.base();
        let both = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the reservation is this function's and as long as the pages, which are this
        // mapping's. The system copies, so that pages which admit no reading are an error.
        unsafe {
            call::mmap_anonymous_over(target, len, both).map_err(fail)?;
            let copied = from_fragile(base.as_ptr(), target.as_ptr(), len);
            if copied.is_err() {
                call::mprotect(base, len, libc::PROT_READ).map_err(fail)?;
                from_fragile(base.as_ptr(), target.as_ptr(), len)?;
            }
            call::mremap_to(target, len, base).map_err(fail)?;
        }
        copy.taken();
        Ok(())
    }

    /// Writes pages to the file of the section, if it has one.
    pub(crate) fn flush(&self, offset: usize, len: usize) -> Result<()> {
        let (base, len) = self.range(offset, len)?;
        call::msync(base, len).map_err(|error| os_error(ErrorKind::Other, "flush pages", error))
    }

    /// Commits pages for everybody, where that is told page by page.
    pub(crate) fn commit(&self, offset: usize, len: usize) -> Result<()> {
        let (first, last) = self.pages(offset, len)?;
        let Some(map) = &self.commit_map else {
            return Ok(());
        };
        if !map.writable {
            return Err(Error::new(ErrorKind::AccessDenied, "commit pages")
                .detail("this user may only read the section"));
        }
        for page in first..last {
            // SAFETY: the page is one of this mapping's, and the map is writable.
            unsafe { map.set(page) };
        }
        Ok(())
    }

    /// Whether a page is committed, and how many bytes from its beginning on are like it.
    pub(crate) fn committed(&self, offset: usize) -> Result<(bool, usize)> {
        let (first, _) = self.pages(offset, 1)?;
        let last = self.len.div_ceil(page_size());
        let Some(map) = &self.commit_map else {
            return Ok((true, (last - first) * page_size()));
        };
        // SAFETY: these pages are this mapping's.
        let is = |page| unsafe { map.get(page) };
        let state = is(first);
        let end = (first..last)
            .find(|page| is(*page) != state)
            .unwrap_or(last);
        Ok((state, (end - first) * page_size()))
    }

    /// Whether a page of a copy-on-write view of a file has been written to, and how many bytes from
    /// its beginning on are like it.
    pub(crate) fn copied(&self, offset: usize) -> Result<(bool, usize)> {
        const STEP: &str = "ask for the state of pages";
        let (first, _) = self.pages(offset, 1)?;
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
    fn pages(&self, offset: usize, len: usize) -> Result<(usize, usize)> {
        match offset.checked_add(len) {
            Some(end) if end <= self.len.next_multiple_of(page_size()) && len != 0 => {
                Ok((offset / page_size(), end.div_ceil(page_size())))
            }
            _ => Err(Error::out_of_bounds(offset, len, self.len)),
        }
    }

    fn range(&self, offset: usize, len: usize) -> Result<(NonNull<u8>, usize)> {
        let (first, last) = self.pages(offset, len)?;
        // SAFETY: the first page is within the mapping.
        let base = unsafe { self.base.add(first * page_size()) };
        Ok((base, (last - first) * page_size()))
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

/// Where the commit map of a section is.
pub(super) struct CommitSource<'s> {
    /// Attached with that access.
    pub(super) segment: &'s Segment,
    pub(super) access: Access,
    /// Where in the segment the bits begin.
    pub(super) offset: usize,
}

impl CommitSource<'_> {
    /// Maps the bits beside a view of the pages from `offset` on.
    fn join(self, mut mapping: Mapping, offset: usize) -> Result<Mapping> {
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        let len = self.segment.len() - self.offset;
        let reservation = Reservation::aligned(len, page_size()).map_err(fail)?;
        // Who views for reading commits all the same, if the section admits it.
        let again = match self.access {
            Access::ReadOnly => self.segment.attach_again(Access::ReadWrite).ok(),
            Access::ReadWrite => None,
        };
        let writable = self.access == Access::ReadWrite || again.is_some();
        let source = again.as_ref().unwrap_or(self.segment);
        // SAFETY: the bits are at the end of the segment, and the reservation is this function's
        // and as long.
        unsafe {
            let bits = source.base().add(self.offset);
            call::mremap_again(bits, len, reservation.base()).map_err(fail)?;
        }
        let base = reservation.taken();
        // SAFETY: the bits of all pages were just mapped there, for nobody else.
        let map = unsafe { CommitMap::new(base, len, offset / page_size(), writable) };
        mapping.commit_map = Some(map);
        Ok(mapping)
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
            .detail("its file has become shorter than the section")
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
