//! Biased locking: who locks a mutex again and again by the same handle gets a mapping of it for
//! itself, whose entry stays in its robust list also while the mutex is free. There the kernel
//! passes it over, as the word names somebody else or nobody. So to lock and to unlock is to change
//! the word, and nothing else.
//!
//! A seat is biased towards one thread, until that ends. The others lock by the seat's own mapping.

use std::io;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};

use super::seat::{At, Seat, entry_behind, mark};
use super::thread::{Entry, Thread};
use crate::protocol::{Left, Trouble};
use crate::sys::linux::call::{mmap_anonymous_over, munmap, page_size};

/// The mapping, as the seat and the thread share it. It goes with the last of the two.
#[derive(Debug)]
pub(super) struct Bias {
    /// The shared page, which is for the kernel's eyes, and the private page behind it.
    base: NonNull<u8>,
    entry: Entry,
    /// Whose robust list the entry is in.
    thread: u64,
    identity: u128,
    seat: NonNull<Seat>,
    /// How often the thread owns the mutex. Only itself counts.
    times: AtomicU32,
    /// The seat, once it has been closed by somebody else while the thread owned the mutex.
    left: AtomicPtr<Seat>,
}

// SAFETY: the mapping belongs to the whole process; the entry is the one thread's, and what else is
// shared is atomic. `seat` is followed only by those who know that it is there.
unsafe impl Send for Bias {}
// SAFETY: as above.
unsafe impl Sync for Bias {}

impl Bias {
    /// For a thread with a robust list, in which the entry is not yet.
    pub(super) fn new(at: &At<'_>, distance: usize) -> io::Result<Bias> {
        let seat = at.seat();
        let base = seat.object().block().attach_before_private_page()?;
        Ok(Bias {
            base,
            // SAFETY: the two pages of the new mapping.
            entry: unsafe { entry_behind(base, distance) },
            thread: mark(at.thread),
            identity: seat.identity(),
            seat: at.address,
            times: AtomicU32::new(0),
            left: AtomicPtr::new(ptr::null_mut()),
        })
    }

    /// Puts the entry into the list of its thread, which is the calling one and has not done so yet.
    pub(super) fn enter_list(&self, thread: Thread) {
        // SAFETY: the entry is in the private page, and the thread keeps that until it takes it out.
        unsafe { thread.put_in(self.entry) };
    }

    /// Takes it out again.
    pub(super) fn leave_list(&self, thread: Thread) {
        // SAFETY: the thread has put it in.
        unsafe { thread.take_out(self.entry) };
    }

    /// The [`mark`] of whom it is for.
    pub(super) fn thread(&self) -> u64 {
        self.thread
    }

    /// Whether its thread owns this object by it.
    pub(super) fn owns(&self, identity: u128) -> bool {
        self.is_owned() && self.identity == identity
    }

    pub(super) fn is_owned(&self) -> bool {
        self.times.load(Ordering::Acquire) != 0
    }

    /// The thread owns the mutex, which was free.
    #[inline]
    pub(super) fn own(&self) {
        // More than once where somebody has tampered with the word.
        let times = self.times.load(Ordering::Relaxed);
        self.times.store(times.saturating_add(1), Ordering::Relaxed);
    }

    /// The thread owns the mutex once more.
    pub(super) fn own_again(&self) -> Result<(), Trouble> {
        if self.times.load(Ordering::Relaxed) == u32::MAX {
            return Err(Trouble::Full);
        }
        self.own();
        Ok(())
    }

    /// The thread owns the mutex no more, if it did so once.
    #[inline]
    pub(super) fn disown_last(&self) -> bool {
        let was_once = self.times.load(Ordering::Relaxed) == 1;
        if was_once {
            self.times.store(0, Ordering::Relaxed);
        }
        was_once
    }

    /// The thread owns the mutex once less.
    pub(super) fn disown(&self) -> Left {
        let times = self.times.load(Ordering::Relaxed);
        let Some(less) = times.checked_sub(1) else {
            return Left::Nothing;
        };
        // Who closes the seat may do so at once when it sees zero.
        self.times.store(less, Ordering::Release);
        if less == 0 { Left::All } else { Left::Some }
    }

    /// The seat as the thread sees it that owns the mutex.
    ///
    /// # Safety
    /// It is this thread, and it owns the mutex by this while the result is used.
    pub(super) unsafe fn at(&self, thread: Thread) -> At<'_> {
        // SAFETY: who closes a seat leaves it to the thread that owns it.
        unsafe { At::listed(self.seat, thread) }
    }

    /// Leaves a seat that is being closed to the thread, if that owns the mutex. If not, it never will
    /// by this seat.
    pub(super) fn leave_to_owner(&self, seat: NonNull<Seat>) -> bool {
        if !self.is_owned() {
            return false;
        }
        self.left.store(seat.as_ptr(), Ordering::Release);
        // Either this sees that the thread has disowned it, or the thread sees what was left to it.
        fence(Ordering::SeqCst);
        self.is_owned() || self.take_left().is_none()
    }

    /// What was left to the thread, which is to be closed by whoever gets it. For a thread that has
    /// just disowned the mutex by another handle than this seat's.
    pub(super) fn left_to_close(&self) -> Option<NonNull<Seat>> {
        fence(Ordering::SeqCst);
        self.take_left()
    }

    fn take_left(&self) -> Option<NonNull<Seat>> {
        NonNull::new(self.left.swap(ptr::null_mut(), Ordering::AcqRel))
    }

    /// In a forked child, or at the end of the thread: it owns nothing.
    pub(super) fn forget(&self) {
        self.times.store(0, Ordering::Release);
    }

    /// Detaches the shared page from under an entry that has to stay until its thread takes it out.
    pub(super) fn detach(&self) -> io::Result<()> {
        let both = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the page is this one's, and nobody has a pointer into it: the kernel finds zeros
        // there from now on, which is a word without an owner.
        unsafe { mmap_anonymous_over(self.base, page_size(), both) }
    }
}

impl Drop for Bias {
    fn drop(&mut self) {
        // SAFETY: both pages are this one's. The entry is in no list that lives: the thread has
        // taken it out, or is gone.
        unsafe { munmap(self.base, 2 * page_size()) };
    }
}
