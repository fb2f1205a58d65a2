//! Where an object to wait for lies in this process: a page that all processes share, and behind
//! it a page of this process's own.
//!
//! ```text
//! shared page (the object's segment)                      private page
//! | parameters ...                     ... word, padding | entry of a robust list ...
//!   0                               size - 16       size
//! ```
//!
//! The word is so close to the end of its page that the entry, which the kernel wants at a fixed
//! distance behind it, falls into the private page. So a lock can be in this process's robust list
//! while no other process can reach its pointers.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::call::{self, FutexAddress, FutexWait};
use super::held;
use super::thread::{Entry, Thread};
use crate::error::{ErrorKind, Result};
use crate::protocol::{Place, Sleepers, Slept, Trouble, Until, Word};
use crate::sys::linux::call::{munmap, page_size};
use crate::sys::linux::error::os_error;
use crate::sys::linux::object::Object;
use crate::sys::linux::reservation::Reservation;

/// How often a thread looks at a word before it sleeps. A look takes 20 to 50 ns with the pause in
/// it; together they are about what a sleep costs at the least.
const LOOKS: u32 = 100;

/// Whoever sleeps where a crowd did looks again that often; see `protocol` on crowds.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// How often those look who cannot sleep on several words at once.
const SLICE: Duration = Duration::from_millis(1);

/// An object to wait for, in this process.
#[derive(Debug)]
pub(super) struct Seat {
    /// `None` only while it is being dropped.
    object: Option<Object>,
    base: NonNull<u8>,
    /// The thread whose robust list the entry is in, with its generation, or zero.
    listed_by: AtomicU64,
}

// SAFETY: the memory belongs to the whole process. The shared page is reached by atomics, and the
// entry by the one thread that `listed_by` names.
unsafe impl Send for Seat {}
// SAFETY: as above.
unsafe impl Sync for Seat {}

impl Seat {
    /// Gives an object its place. Its segment must be one page.
    pub(super) fn new(mut object: Object, step: &'static str) -> Result<Seat> {
        let fail = |error| os_error(ErrorKind::CommitLimit, step, error);
        let page = page_size();
        let seat = Reservation::writable(2 * page).map_err(fail)?;
        object.move_block(&seat).map_err(fail)?;
        Ok(Seat {
            object: Some(object),
            base: seat.taken(),
            listed_by: AtomicU64::new(0),
        })
    }

    pub(super) fn object(&self) -> &Object {
        match &self.object {
            Some(object) => object,
            None => unreachable!("a seat has its object until it is dropped"),
        }
    }

    pub(super) fn object_mut(&mut self) -> Option<&mut Object> {
        self.object.as_mut()
    }

    /// One of the first two cells, which say how the object was made.
    pub(super) fn parameter(&self, index: usize) -> &AtomicU64 {
        assert!(index < 2, "there are two");
        // SAFETY: the first page is mapped as long as `self`, and its beginning is aligned.
        unsafe { self.base.cast::<AtomicU64>().add(index).as_ref() }
    }

    pub(super) fn word(&self) -> &AtomicU64 {
        // SAFETY: the word is within the shared page, at a multiple of its size.
        unsafe { self.base.add(page_size() - 16).cast().as_ref() }
    }

    /// The lower half of the word.
    fn futex(&self) -> FutexAddress {
        let half = if cfg!(target_endian = "big") { 4 } else { 0 };
        // SAFETY: as in `word`.
        unsafe { self.base.add(page_size() - 16 + half).cast() }
    }

    fn entry(&self, distance: usize) -> Entry {
        // SAFETY: a distance is 24 to 64 bytes, so both pointers lie in the private page.
        Entry::new(unsafe { self.futex().cast::<u8>().add(distance).cast() })
    }

    /// Puts this seat into the robust list of the calling thread.
    pub(super) fn enlist(&self, thread: Thread) -> Result<(), Trouble> {
        let distance = thread.distance().ok_or(Trouble::Unsupported)?;
        let me = mark(thread);
        let former = self.listed_by.load(Ordering::Relaxed);
        if former != 0 && !is_over(former, thread) {
            // The word said that nobody has it: it was tampered with.
            return Err(Trouble::Corrupt);
        }
        self.listed_by
            .compare_exchange(former, me, Ordering::Acquire, Ordering::Relaxed)
            .map_err(|_| Trouble::Corrupt)?;
        // SAFETY: the entry is in the private page and, as `listed_by` says, in no list. `held`
        // keeps this seat until the thread takes it out.
        unsafe { thread.put_in(self.entry(distance)) };
        Ok(())
    }

    pub(super) fn delist(&self, thread: Thread) {
        if self.listed_by.load(Ordering::Relaxed) != mark(thread) {
            return;
        }
        if let Some(distance) = thread.distance() {
            // SAFETY: this thread has put it in, as was just compared.
            unsafe { thread.take_out(self.entry(distance)) };
        }
        self.listed_by.store(0, Ordering::Release);
    }

    pub(super) fn identity(&self) -> u128 {
        let segment = self.object().link().segment;
        u128::from(segment.born) << 32 | u128::from(segment.id.cast_unsigned())
    }

    /// Gives the object up; the same as dropping, for who cares about the result.
    pub(super) fn close(mut self) -> Result<()> {
        self.object.take().map_or(Ok(()), Object::close)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.object = None;
        // SAFETY: the private page is this seat's, and in no list: those keep their seats.
        unsafe { munmap(self.base.add(page_size()), page_size()) };
    }
}

fn mark(thread: Thread) -> u64 {
    u64::from(thread.generation) << 32 | u64::from(thread.id)
}

/// Whether the thread of a mark has ended, in this process or as another one's before a fork, or
/// had the id that this one has now.
fn is_over(former: u64, thread: Thread) -> bool {
    let id = former as u32;
    (former >> 32) as u32 != thread.generation || id == thread.id || call::thread_is_gone(id)
}

fn time(until: Until) -> Option<Duration> {
    match until {
        Until::Now => Some(Duration::ZERO),
        Until::At(time) => Some(time),
        Until::Forever => None,
    }
}

/// Sleeps by a function until a moment, but no longer than a slice if there is one.
fn sleep_by(
    sleep: impl FnOnce(Option<Duration>) -> std::io::Result<()>,
    until: Until,
    slice: Option<Duration>,
) -> Slept {
    let until = time(until);
    let slice = slice.map(|slice| call::now() + slice);
    let end = until.into_iter().chain(slice).min();
    match sleep(end) {
        Ok(()) => Slept::Woken,
        Err(error) if error.raw_os_error() == Some(libc::ETIMEDOUT) && end == until => {
            Slept::TimedOut
        }
        Err(_) => Slept::Disturbed,
    }
}

impl Place for Arc<Seat> {
    fn load(&self) -> Word {
        Word(Seat::word(self).load(Ordering::Acquire))
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        Seat::word(self)
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn sleep(&self, word: Word, until: Until) -> Slept {
        let slice = word.has_crowd().then_some(SECOND_LOOK);
        let sleep = |end| call::futex_wait(self.futex(), word.lower(), end);
        sleep_by(sleep, until, slice)
    }

    fn sleep_any(places: &[(&Self, Word)], until: Until) -> Slept {
        static HAS_NO_WAITV: AtomicBool = AtomicBool::new(false);
        if !HAS_NO_WAITV.load(Ordering::Relaxed) {
            let waits: Vec<FutexWait> = places
                .iter()
                .map(|(seat, word)| FutexWait::new(seat.futex(), word.lower()))
                .collect();
            let mut refused = false;
            let sleep = |end| {
                call::futex_waitv(&waits, end).inspect_err(|error| {
                    let number = error.raw_os_error();
                    refused = matches!(number, Some(libc::ENOSYS | libc::EPERM));
                })
            };
            let slept = sleep_by(sleep, until, Some(SECOND_LOOK));
            if !refused {
                return slept;
            }
            HAS_NO_WAITV.store(true, Ordering::Relaxed);
        }
        sleep_in_slices(places, until)
    }

    fn wake(&self, sleepers: Sleepers) {
        match sleepers {
            Sleepers::None => {}
            Sleepers::Some(count) => call::futex_wake(self.futex(), count),
            Sleepers::All => call::futex_wake(self.futex(), u32::MAX),
        }
    }

    fn pause(&self, round: u32, until: Until) -> bool {
        const BUSY: u32 = 100;
        const POLITE: u32 = 120;
        match round {
            0..BUSY => std::hint::spin_loop(),
            BUSY..POLITE => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
        match until {
            // A claim takes a few instructions; so much for one whose owner has to wait for a CPU.
            Until::Now => round < POLITE + 5,
            Until::At(time) => call::now() < time,
            // Two seconds: by then its owner must be stopped.
            Until::Forever => round < POLITE + 2000,
        }
    }

    fn spin(&self, word: Word) -> bool {
        if !has_several_cpus() {
            return false;
        }
        for _ in 0..LOOKS {
            std::hint::spin_loop();
            if self.load() != word {
                return true;
            }
        }
        false
    }

    fn thread(&self) -> u32 {
        Thread::current().id
    }

    fn write_will(&self) -> usize {
        Thread::current().write_will(self.futex())
    }

    fn restore_will(&self, former: usize) {
        Thread::current().restore_will(former);
    }

    fn is_held(&self) -> bool {
        held::has(self)
    }

    fn hold(&self) -> Result<(), Trouble> {
        held::add(self)
    }

    fn let_go(&self) -> bool {
        held::remove(self)
    }

    fn identity(&self) -> u128 {
        Seat::identity(self)
    }
}

/// For kernels that cannot sleep on several words: sleeps on the first one, and looks at the others
/// every now and then.
fn sleep_in_slices(places: &[(&Arc<Seat>, Word)], until: Until) -> Slept {
    let is_same = |(seat, word): &(&Arc<Seat>, Word)| seat.load().lower() == word.lower();
    let Some((first, word)) = places.first() else {
        return Slept::TimedOut;
    };
    while places.iter().all(is_same) {
        let sleep = |end| call::futex_wait(first.futex(), word.lower(), end);
        match sleep_by(sleep, until, Some(SLICE)) {
            Slept::Disturbed => {}
            slept => return slept,
        }
    }
    Slept::Disturbed
}

fn has_several_cpus() -> bool {
    static COUNT: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().is_ok_and(|count| count.get() > 1))
}
