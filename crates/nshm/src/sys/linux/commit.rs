//! Which pages of a section are committed, where that is told page by page: behind the pages lies
//! one bit for each.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

use super::call::{self, page_size};

/// How many bytes a segment needs for `len` bytes of pages and their bits.
pub(super) fn with_map(len: usize) -> Option<usize> {
    let map = (len / page_size())
        .div_ceil(8)
        .checked_next_multiple_of(page_size())?;
    len.checked_add(map)
}

/// The inverse of [`with_map`]: how many bytes of pages a segment has; `None` for a length that
/// cannot be.
pub(super) fn without_map(total: usize) -> Option<usize> {
    let pages = total / page_size();
    // One page of bits serves so many pages.
    let served = page_size() * 8;
    let len = (pages - pages.div_ceil(served + 1)) * page_size();
    (len != 0 && with_map(len) == Some(total)).then_some(len)
}

/// The bits, mapped beside a view. Whoever may write the section may write them; they decide what is
/// told of a page and never whether it is there.
#[derive(Debug)]
pub(super) struct CommitMap {
    bits: NonNull<u8>,
    len: usize,
    /// The page of the section that the view begins with.
    first: usize,
    pub(super) writable: bool,
}

impl CommitMap {
    /// # Safety
    /// `len` bytes from `bits` on are the bits of all pages of the section, in a mapping of whole
    /// pages that is nobody else's.
    pub(super) unsafe fn new(
        bits: NonNull<u8>,
        len: usize,
        first: usize,
        writable: bool,
    ) -> CommitMap {
        CommitMap {
            bits,
            len,
            first,
            writable,
        }
    }

    /// # Safety
    /// The section has that page of the view.
    unsafe fn byte(&self, page: usize) -> (&AtomicU8, u8) {
        let page = self.first + page;
        // SAFETY: there is a bit for every page of the section, and the caller's page is one.
        // Atomics are meant to be written by others.
        let byte = unsafe { self.bits.add(page / 8).cast::<AtomicU8>().as_ref() };
        (byte, 1 << (page % 8))
    }

    /// # Safety
    /// The section has that page of the view, and the map is writable.
    pub(super) unsafe fn set(&self, page: usize) {
        // SAFETY: the caller's promise.
        let (byte, bit) = unsafe { self.byte(page) };
        byte.fetch_or(bit, Ordering::AcqRel);
    }

    /// # Safety
    /// The section has that page of the view.
    pub(super) unsafe fn get(&self, page: usize) -> bool {
        // SAFETY: the caller's promise.
        let (byte, bit) = unsafe { self.byte(page) };
        byte.load(Ordering::Acquire) & bit != 0
    }
}

impl Drop for CommitMap {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and no reference into it is left.
        unsafe { call::munmap(self.bits, self.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_found_again() {
        let page = page_size();
        for pages in (1..300).chain([32767, 32768, 32769, 65535, 65536, 65537, 1 << 28]) {
            let total = with_map(pages * page).unwrap();
            assert_eq!(without_map(total), Some(pages * page));
        }
        assert_eq!(without_map(page), None);
        assert_eq!(without_map(with_map(8 * page * page).unwrap() + page), None);
    }
}
