//! Private pages: addresses reserved for this process, with or without memory behind them.
//!
//! The unsafe code for `VirtualAlloc` is here. Programs get addresses and never references, so
//! what they keep of pages that are given back is theirs to answer for, as on Windows.

use std::ffi::c_void;
use std::ops::Range;
use std::ptr;

use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

use super::page_protection::PageProtection;
use super::types::ALLOCATION_GRANULARITY;

/// Addresses of this process that nothing else is mapped to, in whole pages.
#[derive(Debug)]
pub(crate) struct Pages {
    base: usize,
    len: usize,
}

impl Pages {
    /// Reserves addresses anywhere, from a multiple of 64 KiB on.
    pub(crate) fn anywhere(len: usize) -> Result<Pages, Errno> {
        let room = len
            .checked_add(ALLOCATION_GRANULARITY)
            .ok_or(Errno::NOMEM)?;
        // SAFETY: the system chooses addresses that nothing is mapped to.
        let place = unsafe {
            mmap_anonymous(ptr::null_mut(), room, ProtFlags::empty(), MapFlags::PRIVATE)
        }?;
        let start = place.expose_provenance();
        let base = start.next_multiple_of(ALLOCATION_GRANULARITY);
        give_back(start..base);
        give_back(base + len..start + room);
        Ok(Pages { base, len })
    }

    /// Reserves exactly these addresses.
    ///
    /// # Errors
    /// `EXIST` where something is mapped there.
    pub(crate) fn at(base: usize, len: usize) -> Result<Pages, Errno> {
        let there = ptr::with_exposed_provenance_mut::<c_void>(base);
        let flags = MapFlags::PRIVATE | MapFlags::FIXED_NOREPLACE;
        // SAFETY: nothing that is mapped is replaced.
        let place = unsafe { mmap_anonymous(there, len, ProtFlags::empty(), flags) }?;
        let pages = Pages {
            base: place.expose_provenance(),
            len,
        };
        if pages.base == base {
            Ok(pages)
        } else {
            // Before Linux 4.17 the flag is a mere wish.
            Err(Errno::EXIST)
        }
    }

    pub(crate) fn base(&self) -> usize {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Says what a part of them admits. Memory is promised as soon as they are writable.
    pub(crate) fn protect(&self, part: Range<usize>, to: PageProtection) -> Result<(), Errno> {
        let mut flags = MprotectFlags::empty();
        flags.set(MprotectFlags::READ, to.reads() || to.executes());
        flags.set(MprotectFlags::WRITE, to.writes());
        flags.set(MprotectFlags::EXEC, to.executes());
        let (place, len) = self.part(part)?;
        // SAFETY: the part is of these pages, which are nobody's but the program's that asks.
        unsafe { mprotect(place, len, flags) }
    }

    /// Takes the memory away from a part of them; the addresses stay reserved.
    pub(crate) fn discard(&self, part: Range<usize>) -> Result<(), Errno> {
        let (place, len) = self.part(part)?;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        // SAFETY: only this part is replaced, and it is of these pages.
        unsafe { mmap_anonymous(place, len, ProtFlags::empty(), flags) }.map(drop)
    }

    fn part(&self, part: Range<usize>) -> Result<(*mut c_void, usize), Errno> {
        if part.is_empty() || part.end > self.len {
            return Err(Errno::INVAL);
        }
        let place = ptr::with_exposed_provenance_mut(self.base + part.start);
        Ok((place, part.len()))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        give_back(self.base..self.base + self.len);
    }
}

/// Gives addresses back that belong to [`Pages`], or would.
fn give_back(range: Range<usize>) {
    if !range.is_empty() {
        let place = ptr::with_exposed_provenance_mut(range.start);
        // SAFETY: its callers have just mapped these, or own them.
        let _ = unsafe { munmap(place, range.len()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_reserved_once() {
        let pages = Pages::anywhere(0x3000).unwrap();
        let base = pages.base();
        assert_eq!((base % ALLOCATION_GRANULARITY, pages.len()), (0, 0x3000));
        assert_eq!(Pages::at(base, 0x1000).unwrap_err(), Errno::EXIST);
        assert_eq!(Pages::anywhere(usize::MAX).unwrap_err(), Errno::NOMEM);
        assert!(Pages::anywhere(1 << 60).is_err());
    }

    #[test]
    fn memory_comes_with_protection_and_goes_when_discarded() {
        let pages = Pages::anywhere(0x2000).unwrap();
        let writable = PageProtection::new(4).unwrap();
        pages.protect(0..0x2000, writable).unwrap();
        let first = ptr::with_exposed_provenance_mut::<u8>(pages.base());
        // SAFETY: the page is mapped for writing, and this test's own.
        unsafe { first.write_volatile(7) };
        pages.discard(0..0x1000).unwrap();
        pages.protect(0..0x1000, writable).unwrap();
        // SAFETY: as above.
        assert_eq!(unsafe { first.read_volatile() }, 0);
        assert_eq!(pages.protect(0..0x3000, writable), Err(Errno::INVAL));
        assert_eq!(pages.discard(0x1000..0x1000), Err(Errno::INVAL));
    }
}
