//! Pages of a shared view that were made copy-on-write: copies of this process's own, until the
//! view shares them again.
//!
//! Windows copies a page when it is written to. Linux cannot do that with memory of a segment, so
//! pages are copied at once, and which of them were written to is found out when it matters: who
//! makes pages shared again gets the section's pages back, except where it has written. What it
//! wrote stays its own, as on Windows.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::ops::Range;
use std::ptr::NonNull;

use super::call::{self, page_size};
use super::error::os_error;
use super::mapping::from_fragile;
use super::reservation::Reservation;
use crate::error::{ErrorKind, Result};
use crate::view::copy;

/// The copies of a view, and the shared pages that they stand for. Pages are counted from the
/// beginning of the view.
#[derive(Debug)]
pub(super) struct Copies {
    /// The shared pages of the whole view once more, for reading.
    shared: NonNull<u8>,
    len: usize,
    /// What each copy had in it when it was made.
    made: BTreeMap<usize, u64>,
    dumpable: bool,
}

// SAFETY: the pages belong to the whole process; any thread may read them and give them back.
unsafe impl Send for Copies {}

impl Copies {
    /// For a view of whole pages of which none is a copy yet.
    ///
    /// # Safety
    /// `len` bytes from `base` on are a shared mapping of ordinary pages that the caller owns.
    pub(super) unsafe fn of(base: NonNull<u8>, len: usize, dumpable: bool) -> io::Result<Copies> {
        // SAFETY: the caller's promise.
        let shared = unsafe { call::mremap_again(base, len) }?;
        let copies = Copies {
            shared,
            len,
            made: BTreeMap::new(),
            dumpable,
        };
        // SAFETY: these pages were just mapped, and nobody knows them. They admit what the first
        // page of the view does.
        unsafe { call::mprotect(shared, len, libc::PROT_READ) }?;
        Ok(copies)
    }

    /// Puts copies in the place of those pages of the view that are shared.
    ///
    /// # Safety
    /// `base` is the beginning of the view, which has these pages; only raw pointers into it were
    /// handed out.
    pub(super) unsafe fn make(&mut self, base: NonNull<u8>, pages: Range<usize>) -> Result<()> {
        let shared = pages.filter(|page| !self.made.contains_key(page));
        for run in runs(shared) {
            // SAFETY: the caller's promise; these pages are shared.
            unsafe { self.copy(base, run) }?;
        }
        Ok(())
    }

    /// # Safety
    /// As for [`make`](Copies::make).
    unsafe fn copy(&mut self, base: NonNull<u8>, pages: Range<usize>) -> Result<()> {
        let fail = |error| os_error(ErrorKind::CommitLimit, "copy pages", error);
        let (offset, len) = (pages.start * page_size(), pages.len() * page_size());
        let target = Reservation::aligned(len, page_size()).map_err(fail)?;
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let copy = target
            // SAFETY: the reservation is this function's and as long.
            .filled(|target| unsafe { call::mmap_anonymous_over(target, len, both) })
            .map_err(fail)?;
        // SAFETY: the pages are within the view, and so within what stands for it; the new memory
        // is as long and nobody else's, and moves over pages that are the caller's.
        let moved = unsafe {
            if !self.dumpable {
                // Best effort: it only keeps core files small.
                let _ = call::madvise(copy, len, libc::MADV_DONTDUMP);
            }
            // The system copies, because the pages may be those of a file that somebody shortens.
            from_fragile(self.shared.add(offset).as_ptr(), copy.as_ptr(), len).and_then(|()| {
                for page in pages.clone() {
                    let at = copy.add((page - pages.start) * page_size());
                    self.made.insert(page, fingerprint(at));
                }
                call::mremap_to(copy, len, base.add(offset)).map_err(fail)
            })
        };
        if moved.is_err() {
            self.made.retain(|page, _| !pages.contains(page));
            // SAFETY: what could not be moved is still there, and nobody knows it.
            unsafe { call::munmap(copy, len) };
        }
        moved
    }

    /// Puts the shared pages back in the place of those copies that were not written to.
    ///
    /// # Safety
    /// As for [`make`](Copies::make), and the pages admit reading.
    pub(super) unsafe fn share(
        &mut self,
        base: NonNull<u8>,
        pages: Range<usize>,
        protection: libc::c_int,
    ) -> io::Result<()> {
        let unwritten = self.made.range(pages).filter_map(|(page, before)| {
            // SAFETY: a copy is memory of this process's own, and readable, as the caller says.
            let now = unsafe { fingerprint(base.add(page * page_size())) };
            (now == *before).then_some(*page)
        });
        for run in runs(unwritten.collect::<Vec<_>>()) {
            let (offset, len) = (run.start * page_size(), run.len() * page_size());
            // SAFETY: the run is within the view; the shared pages are ordinary ones, mapped once
            // more for this, and go where the caller's pages are.
            unsafe {
                let again = call::mremap_again(self.shared.add(offset), len)?;
                let moved = call::mprotect(again, len, protection)
                    .and_then(|()| call::mremap_to(again, len, base.add(offset)));
                if moved.is_err() {
                    call::munmap(again, len);
                    return moved;
                }
            }
            self.made.retain(|page, _| !run.contains(page));
        }
        Ok(())
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // SAFETY: the pages are this value's, and nothing refers to them.
        unsafe { call::munmap(self.shared, self.len) };
    }
}

/// What tells whether a page was written to.
///
/// # Safety
/// A page of this process's own lies there, and admits reading.
unsafe fn fingerprint(page: NonNull<u8>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut bytes = [0; 4096];
    for offset in (0..page_size()).step_by(bytes.len()) {
        // SAFETY: as the caller says; every page is a multiple of 4096 bytes long.
        unsafe { copy::from_shared(page.add(offset).as_ptr(), bytes.as_mut_ptr(), bytes.len()) };
        hasher.write(&bytes);
    }
    hasher.finish()
}

/// Ascending numbers as ranges without gaps.
fn runs(numbers: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "a run of several numbers")]
    fn numbers_become_runs() {
        assert!(runs([]).is_empty());
        assert_eq!(runs([7]), [7..8]);
        assert_eq!(runs(2..5), [2..5]);
        assert_eq!(runs([0, 1, 3, 4, 9]), [0..2, 3..5, 9..10]);
    }
}
