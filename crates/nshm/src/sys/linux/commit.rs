//! Which pages of a section are committed, where that is told page by page: behind the pages lies
//! one bit for each.

use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, Ordering};

use super::call::{self, page_size};
use super::segment::Segment;
use crate::access::Access;
use crate::error::Result;
use crate::format::SegmentId;
use crate::load::ordered;

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
    bits: NonNull<[AtomicU8]>,
    /// The page of the section that the view begins with.
    first: usize,
    by_others: Option<Writer>,
}

/// By whom bits are set that this process has mapped for reading: an attach for writing, which is
/// there while it is needed and no longer.
#[derive(Debug)]
struct Writer {
    segment: SegmentId,
    len: usize,
    /// Where in the segment the bits begin.
    offset: usize,
}

// SAFETY: the bits belong to the whole process and are atomics; any thread may give them back.
unsafe impl Send for CommitMap {}
// SAFETY: as above.
unsafe impl Sync for CommitMap {}

impl CommitMap {
    /// The bits of a segment, which has them from `offset` to its end, for a view that begins with
    /// page `first` of the section. They are as writable as the attach.
    pub(super) fn map(
        segment: &Segment,
        access: Access,
        offset: usize,
        first: usize,
    ) -> io::Result<CommitMap> {
        let len = segment.len() - offset;
        let bits = segment.map_again(offset, len)?;
        Ok(CommitMap {
            bits: NonNull::slice_from_raw_parts(bits.cast(), len),
            first,
            by_others: (access == Access::ReadOnly).then(|| Writer {
                segment: segment.id(),
                len: segment.len(),
                offset,
            }),
        })
    }

    fn bits(&self) -> &[AtomicU8] {
        // SAFETY: they are mapped as long as `self`. Atomics are meant to be written by others.
        unsafe { self.bits.as_ref() }
    }

    /// Commits pages of the view.
    pub(super) fn set(&self, pages: Range<usize>) -> Result<()> {
        let pages = self.first + pages.start..self.first + pages.end;
        let Some(writer) = &self.by_others else {
            set(self.bits(), pages);
            return Ok(());
        };
        let attach = Segment::attach_known(writer.segment, writer.len, Access::ReadWrite)
            .map_err(|error| error.detail("this user may only read the section"))?;
        // SAFETY: the bits are in the attach from there to its end, and it outlives the slice.
        let bits = unsafe {
            let first = attach.base().add(writer.offset).cast();
            NonNull::slice_from_raw_parts(first, writer.len - writer.offset).as_ref()
        };
        set(bits, pages);
        Ok(())
    }

    /// Whether a page of the view is committed.
    pub(super) fn get(&self, page: usize) -> bool {
        let page = self.first + page;
        let bits = &self.bits()[page / 8];
        ordered(Ordering::Acquire, |ordering| bits.load(ordering)) & 1 << (page % 8) != 0
    }
}

impl Drop for CommitMap {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's, and no reference into it is left.
        unsafe { call::munmap(self.bits.cast(), self.bits.len()) };
    }
}

fn set(bits: &[AtomicU8], pages: Range<usize>) {
    for page in pages {
        bits[page / 8].fetch_or(1 << (page % 8), Ordering::AcqRel);
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
