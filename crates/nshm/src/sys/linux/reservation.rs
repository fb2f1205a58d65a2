//! Addresses that are taken and have no memory yet.

use std::io;
use std::ptr::NonNull;

use super::call;

/// A range of addresses of this process, for a mapping to come. Dropping it gives them back.
#[derive(Debug)]
pub(super) struct Reservation {
    base: NonNull<u8>,
    len: usize,
}

impl Reservation {
    /// Exactly there; `EEXIST` where something is in the way.
    pub(super) fn at(address: usize, len: usize) -> io::Result<Reservation> {
        let base = call::reserve(Some(address), len)?;
        Ok(Reservation { base, len })
    }

    /// Anywhere, at a multiple of `alignment`, a power of two. `len` is whole pages.
    pub(super) fn aligned(len: usize, alignment: usize) -> io::Result<Reservation> {
        if alignment <= call::page_size() {
            let base = call::reserve(None, len)?;
            return Ok(Reservation { base, len });
        }
        let enough = len
            .checked_add(alignment)
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))?;
        let found = call::reserve(None, enough)?;
        let skipped = found.as_ptr().align_offset(alignment);
        // SAFETY: fewer than `alignment` bytes are skipped, and there are that many more than
        // `len`, so the result and `len` bytes behind it are in what was reserved.
        let base = unsafe { found.add(skipped) };
        // SAFETY: both are parts of what was just reserved, around what is kept.
        unsafe {
            call::munmap(found, skipped);
            call::munmap(base.add(len), enough - skipped - len);
        }
        Ok(Reservation { base, len })
    }

    /// Lets a mapping take the place, by a call that replaces exactly these addresses.
    ///
    /// A call that fails may have cleared them first, and another thread may have put something
    /// there since. So they are left alone then: that costs addresses at most.
    pub(super) fn filled(
        self,
        fill: impl FnOnce(NonNull<u8>) -> io::Result<()>,
    ) -> io::Result<NonNull<u8>> {
        let base = self.base;
        std::mem::forget(self);
        fill(base).map(|()| base)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the range is this reservation's, and nothing was handed out of it.
        unsafe { call::munmap(self.base, self.len) };
    }
}
