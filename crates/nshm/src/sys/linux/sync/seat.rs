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

use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::bias::Bias;
use super::call::{self, FutexAddress, FutexWait};
use super::held;
use super::spin::spin_while;
use super::thread::{Entry, Thread, id_of_number};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::protocol::{Left, Place, Sleepers, Slept, Trouble, Until, Word};
use crate::sys::linux::call::{munmap, page_size};
use crate::sys::linux::error::os_error;
use crate::sys::linux::object::Object;

/// How often those look again who are to; see `protocol`.
pub(super) const SECOND_LOOK: Duration = Duration::from_secs(1);

/// How often those look who cannot sleep on several words at once.
pub(super) const SLICE: Duration = Duration::from_millis(1);

/// An object to wait for, in this process.
#[derive(Debug)]
pub(super) struct Seat {
    /// `None` only while it is being dropped.
    object: Option<Object>,
    base: NonNull<u8>,
    word: NonNull<AtomicU64>,
    identity: u128,
    /// The thread whose robust list the entry is in, with its generation, or zero.
    listed_by: AtomicU64,
    /// The number of the thread that this is biased towards, or `NOBODY`.
    biased_to: AtomicU64,
    /// From an `Arc`; null before the first bias.
    bias: AtomicPtr<Bias>,
    /// The number of the thread that locked last by this seat's own entry, and how often in a row.
    last: AtomicU64,
    in_a_row: AtomicU32,
}

/// So many lockings in a row earn a thread a bias, and so many times two, four, ... where that could
/// not be: a bias costs as much as some hundred lockings, a mapping, and an attach.
const LOYAL: u32 = 64;

/// In `biased_to`: not zero, which is the number of a thread of which nothing is known.
const NOBODY: u64 = u64::MAX;
/// In `biased_to`: somebody is changing that.
const BEING_BIASED: u64 = u64::MAX - 1;

/// In `listed_by`: the program has closed the seat, and whoever listed it is to free it.
const CLOSED: u64 = 1 << 63;
/// In `listed_by`: the thread ends, and gives up what it owns before it forgets the seat. No id of a
/// thread has that bit.
const ENDING: u64 = 1 << 31;

/// What became of an attempt to enter the list of a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    Done,
    /// The entry is in a list, or was when its thread ended.
    Taken,
    /// The thread has no list.
    Unsupported,
}

/// An object, as one thread sees it.
pub(super) struct At<'a> {
    pub(super) address: NonNull<Seat>,
    word: &'a AtomicU64,
    pub(super) thread: Thread,
    life: PhantomData<&'a Seat>,
}

impl At<'_> {
    /// For a seat that this thread has listed, or by whose bias it owns the mutex.
    ///
    /// # Safety
    /// It is not freed while the result is used.
    pub(super) unsafe fn listed(address: NonNull<Seat>, thread: Thread) -> Self {
        At {
            address,
            // SAFETY: the caller's promise.
            word: unsafe { address.as_ref().word.as_ref() },
            thread,
            life: PhantomData,
        }
    }

    pub(super) fn seat(&self) -> &Seat {
        // SAFETY: it lives as long as `self`, as the lifetime says; nobody has it mutable.
        unsafe { self.address.as_ref() }
    }

    #[inline]
    fn bias(&self) -> Option<&Bias> {
        self.seat().bias(self.thread)
    }
}

/// The seat of an open object. Dropping it closes the object.
#[derive(Debug)]
pub(super) struct OpenSeat {
    address: NonNull<Seat>,
    /// The seat's, one step nearer to who locks.
    word: NonNull<AtomicU64>,
}

// SAFETY: it owns a seat, which is both.
unsafe impl Send for OpenSeat {}
// SAFETY: as above.
unsafe impl Sync for OpenSeat {}

impl OpenSeat {
    pub(super) fn new(seat: Seat) -> OpenSeat {
        OpenSeat {
            word: seat.word,
            address: NonNull::from(Box::leak(Box::new(seat))),
        }
    }

    #[inline]
    pub(super) fn at(&self) -> At<'_> {
        self.seen_by(Thread::current())
    }

    /// The same, where nothing may be known of the thread.
    #[inline]
    pub(super) fn at_unasked(&self) -> At<'_> {
        self.seen_by(Thread::unasked())
    }

    #[inline]
    fn seen_by(&self, thread: Thread) -> At<'_> {
        At {
            address: self.address,
            // SAFETY: the word is mapped as long as the seat, which is not freed before `self`.
            word: unsafe { self.word.as_ref() },
            thread,
            life: PhantomData,
        }
    }

    pub(super) fn get(&self) -> &Seat {
        // SAFETY: it is not freed before `self`, and mutable for whoever has `self` so only.
        unsafe { self.address.as_ref() }
    }

    /// The seat, before any thread has listed it.
    pub(super) fn get_mut(&mut self) -> Option<&mut Seat> {
        if self.get().listed_by.load(Ordering::Acquire) != 0 {
            return None;
        }
        // SAFETY: no thread has listed it, and to list it takes a reference to `self`.
        Some(unsafe { self.address.as_mut() })
    }

    /// Gives the object up; the same as dropping, for who cares about the result. What a thread has
    /// listed stays, and the object with it, until the thread lets go of it or ends.
    pub(super) fn close(self) -> Result<()> {
        let seat = self.address;
        std::mem::forget(self);
        Self::close_seat(seat)
    }

    fn close_seat(address: NonNull<Seat>) -> Result<()> {
        // SAFETY: the owner gives it up just now, and only here is it freed, or by who listed it or
        // owns it by its bias.
        let seat = unsafe { address.as_ref() };
        let former = seat.listed_by.load(Ordering::Acquire);
        if former != 0 && !is_over(former, Thread::current()) {
            let former = seat.listed_by.fetch_or(CLOSED, Ordering::AcqRel);
            if former != 0 {
                return Ok(());
            }
            // It was let go of meanwhile, by a thread that did not see the mark.
        }
        // SAFETY: no thread has it listed but by its bias, and its user has given it up.
        unsafe { Seat::end(address) }
    }
}

impl Drop for OpenSeat {
    fn drop(&mut self) {
        let _ = Self::close_seat(self.address);
    }
}

// SAFETY: the memory belongs to the whole process. The shared page is reached by atomics, and the
// entry by the one thread that `listed_by` names.
unsafe impl Send for Seat {}
// SAFETY: as above.
unsafe impl Sync for Seat {}

impl Seat {
    /// Gives an object its place. Its segment must be one page.
    pub(super) fn new(mut object: Object, step: &'static str) -> Result<Seat> {
        object.move_before_private_page().map_err(|error| {
            if error.raw_os_error() == Some(libc::EINVAL) {
                return Error::new(ErrorKind::Corrupt, step)
                    .detail("its memory is a page of a pool")
                    .caused_by(error);
            }
            os_error(ErrorKind::CommitLimit, step, error)
        })?;
        let segment = object.link().segment;
        let base = object.block().base();
        Ok(Seat {
            object: Some(object),
            base,
            // SAFETY: the shared page begins there.
            word: unsafe { word_at(base) },
            identity: u128::from(segment.born) << 32 | u128::from(segment.id.cast_unsigned()),
            listed_by: AtomicU64::new(0),
            biased_to: AtomicU64::new(NOBODY),
            bias: AtomicPtr::new(ptr::null_mut()),
            last: AtomicU64::new(0),
            in_a_row: AtomicU32::new(0),
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
        // SAFETY: the word is within the shared page, which is mapped as long as `self`, at a
        // multiple of its size.
        unsafe { self.word.as_ref() }
    }

    /// The lower half of the word.
    fn futex(&self) -> FutexAddress {
        lower_half(self.word)
    }

    fn entry(&self, distance: usize) -> Entry {
        // SAFETY: both pages are this seat's.
        unsafe { entry_behind(self.base, distance) }
    }

    /// Puts this seat into the robust list of the calling thread.
    pub(super) fn enlist(&self, thread: Thread) -> Listing {
        self.enlist_after(0, thread)
    }

    fn enlist_after(&self, former: u64, thread: Thread) -> Listing {
        let Some(distance) = thread.distance() else {
            return Listing::Unsupported;
        };
        let me = mark(thread);
        let taken =
            self.listed_by
                .compare_exchange(former, me, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_err() {
            return Listing::Taken;
        }
        // SAFETY: the entry is in the private page and, as `listed_by` says, in no list that lives;
        // it stays mapped until this thread has taken it out, as it says so there.
        unsafe { thread.put_in(self.entry(distance)) };
        Listing::Done
    }

    /// The same where the entry was in the list of a thread that has ended, or is about to have. If it
    /// goes on, the word says what no honest process wrote there.
    pub(super) fn take_listing_over(at: &At<'_>) -> Result<(), Trouble> {
        let mut round = 0;
        loop {
            let former = at.seat().listed_by.load(Ordering::Relaxed);
            let is_free = former == 0 || is_over(former, at.thread);
            if is_free && at.seat().enlist_after(former, at.thread) == Listing::Done {
                return Ok(());
            }
            // Where the kernel has ended the thread, it is there for a moment still.
            let until = match former & ENDING != 0 {
                true => Until::Forever,
                false => Until::Now,
            };
            if !at.pause(round, until) {
                return Err(Trouble::Corrupt);
            }
            round += 1;
        }
    }

    /// Takes this seat out of the robust list of the calling thread, which has put it in.
    pub(super) fn leave_list(&self, thread: Thread) {
        if let Some(distance) = thread.distance() {
            // SAFETY: as the caller says.
            unsafe { thread.take_out(self.entry(distance)) };
        }
    }

    /// The same for a thread that ends: who takes the object from now on waits until it has forgotten
    /// the seat.
    pub(super) fn leave_list_for_ever(&self, thread: Thread) {
        self.listed_by.fetch_or(ENDING, Ordering::Relaxed);
        self.leave_list(thread);
    }

    /// As `leave_list`, and says that it is in no list any more. For a seat that nobody can be closing.
    pub(super) fn delist(&self, thread: Thread) {
        self.leave_list(thread);
        self.listed_by.store(0, Ordering::Release);
    }

    /// As above for a seat that has left the list and may be closed, or that somebody may be closing
    /// now: then it is freed.
    ///
    /// # Safety
    /// The calling thread had listed it, and forgets it now.
    pub(super) unsafe fn forget_listing(seat: NonNull<Seat>) {
        // SAFETY: what is listed is not freed by others.
        let listed_by = unsafe { &seat.as_ref().listed_by };
        if listed_by.swap(0, Ordering::AcqRel) & CLOSED != 0 {
            // SAFETY: its owner has given it up, and left it to this thread to close.
            let _ = unsafe { Seat::end(seat) };
        }
    }

    /// The bias towards a thread, which is the calling one.
    #[inline]
    pub(super) fn bias(&self, thread: Thread) -> Option<&Bias> {
        if self.biased_to.load(Ordering::Relaxed) != thread.number() {
            return None;
        }
        // SAFETY: this thread has put it there, and keeps it as long as that is its number.
        unsafe { self.bias.load(Ordering::Relaxed).as_ref() }
    }

    fn is_mutex(&self) -> bool {
        self.object().link().kind == Kind::Mutex
    }

    /// Counts a locking by this seat's own entry. Whether the thread has earned a bias.
    pub(super) fn count_locking(&self, thread: Thread) -> bool {
        let number = thread.number();
        let before = match self.last.load(Ordering::Relaxed) == number {
            true => self.in_a_row.load(Ordering::Relaxed),
            false => 0,
        };
        let times = before.saturating_add(1);
        self.last.store(number, Ordering::Relaxed);
        self.in_a_row.store(times, Ordering::Relaxed);
        times >= LOYAL && times.is_power_of_two()
    }

    /// Biases this seat towards the calling thread, which puts the entry into its list and keeps
    /// the bias. `None`: it is biased towards another one, or that cannot be.
    pub(super) fn bias_towards(at: &At<'_>) -> Option<Arc<Bias>> {
        let seat = at.seat();
        let distance = at.thread.distance()?;
        let former = seat.biased_to.load(Ordering::Relaxed);
        let is_free = former == NOBODY
            || former != BEING_BIASED && call::thread_is_gone(id_of_number(former));
        if !is_free {
            return None;
        }
        seat.biased_to
            .compare_exchange(former, BEING_BIASED, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        let Ok(bias) = Bias::new(at, distance) else {
            seat.biased_to.store(former, Ordering::Release);
            return None;
        };
        let bias = Arc::new(bias);
        let shared = Arc::into_raw(bias.clone()).cast_mut();
        let before = seat.bias.swap(shared, Ordering::AcqRel);
        if !before.is_null() {
            // SAFETY: it came from `Arc::into_raw`, and nobody else takes it from the seat.
            let _ = detach_bias(&unsafe { Arc::from_raw(before) });
        }
        seat.biased_to.store(at.thread.number(), Ordering::Release);
        Some(bias)
    }

    /// Closes a seat.
    ///
    /// # Safety
    /// It is in no list but by its bias, and nobody uses it any more.
    pub(super) unsafe fn end(address: NonNull<Seat>) -> Result<()> {
        // SAFETY: it is not freed before the end of this function.
        let seat = unsafe { address.as_ref() };
        let mut parted = Ok(());
        let bias = seat.bias.load(Ordering::Acquire).cast_const();
        if !bias.is_null() {
            // SAFETY: it came from `Arc::into_raw`, and the seat has it until it ends. What this takes
            // is a share of its own: once the seat is left to its owner, that may end it.
            let bias = unsafe {
                Arc::increment_strong_count(bias);
                Arc::from_raw(bias)
            };
            let thread = Thread::current();
            if !is_over(bias.thread(), thread) && bias.leave_to_owner(address) {
                return Ok(());
            }
            // SAFETY: as above; the seat has no more use for its share.
            unsafe { Arc::decrement_strong_count(Arc::as_ptr(&bias)) };
            if seat.biased_to.load(Ordering::Relaxed) == thread.number() {
                held::drop_bias(&bias, thread);
            }
            parted = detach_bias(&bias);
        }
        // SAFETY: the caller's promise; it was made by a box.
        let closed = unsafe { Box::from_raw(address.as_ptr()) }.close();
        closed.and(parted)
    }

    pub(super) fn identity(&self) -> u128 {
        self.identity
    }

    fn close(mut self) -> Result<()> {
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

/// The seat's share of a bias ends: the object is not to be kept by the thread's.
fn detach_bias(bias: &Arc<Bias>) -> Result<()> {
    if Arc::strong_count(bias) == 1 {
        return Ok(());
    }
    bias.detach()
        .map_err(|error| os_error(ErrorKind::CommitLimit, "detach the object", error))
}

/// The word of an object.
///
/// # Safety
/// Its page begins there.
unsafe fn word_at(base: NonNull<u8>) -> NonNull<AtomicU64> {
    // SAFETY: 16 bytes before the end of the page.
    unsafe { base.add(page_size() - 16).cast() }
}

/// The half of a word that threads sleep on.
fn lower_half(word: NonNull<AtomicU64>) -> FutexAddress {
    let half = if cfg!(target_endian = "big") { 4 } else { 0 };
    // SAFETY: it is one of the two halves.
    unsafe { word.byte_add(half).cast() }
}

/// The entry behind the word of an object.
///
/// # Safety
/// Its page begins there, and a private one follows.
pub(super) unsafe fn entry_behind(base: NonNull<u8>, distance: usize) -> Entry {
    // SAFETY: a distance is 24 to 64 bytes, so both pointers lie in the private page.
    Entry::new(unsafe { lower_half(word_at(base)).byte_add(distance).cast() })
}

/// What others of this process know a thread by: its generation and its id.
pub(super) fn mark(thread: Thread) -> u64 {
    (u64::from(thread.generation()) << 32 | u64::from(thread.id())) & !CLOSED
}

/// Whether the thread of a mark has ended, in this process or as another one's before a fork.
fn is_over(former: u64, thread: Thread) -> bool {
    let id = (former & !ENDING) as u32;
    former >> 32 != mark(thread) >> 32 || call::thread_is_gone(id)
}

fn time(until: Until) -> Option<Duration> {
    match until {
        Until::Now => Some(Duration::ZERO),
        Until::At(time) => Some(time),
        Until::Forever => None,
    }
}

/// How a sleep has ended: where somebody writes all the time, the time passes as well.
pub(super) fn or_late(slept: Slept, until: Until) -> Slept {
    match (slept, until) {
        (Slept::Disturbed | Slept::Late, Until::At(time)) if call::now() >= time => Slept::TimedOut,
        _ => slept,
    }
}

/// Sleeps by a function until a moment, but no longer than a slice if there is one.
pub(super) fn sleep_by(
    sleep: impl FnOnce(Option<Duration>) -> std::io::Result<()>,
    until: Until,
    slice: Option<Duration>,
) -> Slept {
    let until = time(until);
    let slice = slice.map(|slice| call::now() + slice);
    let end = until.into_iter().chain(slice).min();
    match sleep(end) {
        Ok(()) => Slept::Woken,
        Err(error) if error.raw_os_error() == Some(libc::ETIMEDOUT) => match end == until {
            true => Slept::TimedOut,
            false => Slept::Late,
        },
        Err(_) => Slept::Disturbed,
    }
}

impl Place for At<'_> {
    fn load(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        self.word
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn sleep(&self, word: Word, until: Until, looks_again: bool) -> Slept {
        let slice = looks_again.then_some(SECOND_LOOK);
        let sleep = |end| call::futex_wait(self.seat().futex(), word.lower(), end);
        or_late(sleep_by(sleep, until, slice), until)
    }

    fn sleep_any(places: &[(&Self, Word)], until: Until) -> (Slept, usize) {
        let waits: Vec<FutexWait> = places
            .iter()
            .map(|(at, word)| FutexWait::new(at.seat().futex(), word.lower()))
            .collect();
        let (slept, index) =
            sleep_on_all(&waits, until).unwrap_or_else(|| (sleep_in_slices(places, until), 0));
        (or_late(slept, until), index)
    }

    fn wake(&self, sleepers: Sleepers) -> bool {
        let count = match sleepers {
            Sleepers::None => return false,
            Sleepers::Some(count) => count,
            Sleepers::All => u32::MAX,
        };
        call::futex_wake(self.seat().futex(), count) != 0
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
        spin_while(|| self.load() == word)
    }

    fn thread(&self) -> u32 {
        self.thread.id()
    }

    fn write_will(&self) -> usize {
        self.thread.write_will(self.seat().futex())
    }

    fn restore_will(&self, former: usize) {
        self.thread.restore_will(former);
    }

    fn is_gone(&self, owner: u32) -> bool {
        // A forked child can be in another PID namespace, where that is another thread's id, or nobody's.
        let home = self.seat().parameter(1).load(Ordering::Relaxed);
        home != 0 && home == super::pid_namespace() && call::nobody_has_id(owner)
    }

    fn is_held(&self) -> bool {
        self.bias().is_some_and(Bias::is_owned) || held::has(self)
    }

    #[inline]
    fn is_watched(&self) -> bool {
        self.bias().is_some()
    }

    #[inline]
    fn hold_watched(&self) {
        if let Some(bias) = self.bias() {
            bias.own();
        }
    }

    #[inline]
    fn let_go_watched(&self) -> bool {
        self.bias().is_some_and(Bias::disown_last)
    }

    fn hold(&self) -> Result<(), Trouble> {
        let seat = self.seat();
        let earns_bias = || seat.is_mutex() && seat.count_locking(self.thread);
        if self.is_watched() || earns_bias() && held::add_bias(self) {
            self.hold_watched();
            return Ok(());
        }
        held::add(self)
    }

    fn hold_again(&self) -> Result<(), Trouble> {
        match self.bias().filter(|bias| bias.is_owned()) {
            Some(bias) => bias.own_again(),
            None => held::add_again(self),
        }
    }

    fn let_go(&self) -> Left {
        match self.bias().map_or(Left::Nothing, Bias::disown) {
            Left::Nothing => held::remove(self),
            left => left,
        }
    }

    fn identity(&self) -> u128 {
        self.seat().identity()
    }
}

/// Sleeps while each of several words has its value, but looks again once a second; where it was woken,
/// at which one. `None`: this kernel cannot.
pub(super) fn sleep_on_all(waits: &[FutexWait], until: Until) -> Option<(Slept, usize)> {
    static HAS_NO_WAITV: AtomicBool = AtomicBool::new(false);
    if HAS_NO_WAITV.load(Ordering::Relaxed) {
        return None;
    }
    let (mut refused, mut index) = (false, 0);
    let sleep = |end| match call::futex_waitv(waits, end) {
        Ok(woken_at) => {
            index = woken_at;
            Ok(())
        }
        Err(error) => {
            let number = error.raw_os_error();
            refused = matches!(number, Some(libc::ENOSYS | libc::EPERM));
            Err(error)
        }
    };
    let slept = sleep_by(sleep, until, Some(SECOND_LOOK));
    if refused {
        HAS_NO_WAITV.store(true, Ordering::Relaxed);
        return None;
    }
    Some((slept, index))
}

/// For kernels that cannot sleep on several words: sleeps on the first one, and looks at the others
/// every now and then: at all of their words, as what they say of sleepers may have changed and be the
/// same again.
fn sleep_in_slices(places: &[(&At<'_>, Word)], until: Until) -> Slept {
    let is_same = |(at, word): &(&At<'_>, Word)| at.load() == *word;
    let Some((first, word)) = places.first() else {
        return Slept::TimedOut;
    };
    let late = call::now() + SECOND_LOOK;
    while places.iter().all(is_same) {
        let sleep = |end| call::futex_wait(first.seat().futex(), word.lower(), end);
        match sleep_by(sleep, until, Some(SLICE)) {
            Slept::Late if call::now() < late => {}
            Slept::Disturbed => {}
            slept => return slept,
        }
    }
    Slept::Disturbed
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::options::{Options, Setup};
    use crate::protocol::{Rule, acquire};
    use crate::sys::SyncState;
    use crate::sys::linux::sync::SyncObject;

    const LONG: Duration = Duration::from_secs(60);

    fn event() -> SyncObject {
        event_reset(false)
    }

    fn event_reset(manual: bool) -> SyncObject {
        let setup = Setup::Event { manual, set: false };
        SyncObject::create(None, setup, &Options::default()).unwrap()
    }

    /// Whether a wait ends by a wake-up; at its end in time it would find the same.
    fn wait(event: &SyncObject) -> bool {
        let begin = call::now();
        let taken = acquire(&event.seat.at(), Rule::AutoEvent, Until::At(begin + LONG));
        taken.unwrap().is_some() && call::now() < begin + LONG / 2
    }

    /// Waits until somebody sleeps on a word, or is about to.
    fn await_sleeper(event: &SyncObject) -> Word {
        loop {
            let word = event.seat.at().load();
            if word.has_waiters() {
                return word;
            }
            thread::yield_now();
        }
    }

    /// A thread that had never called anything had the number that says "nobody": while another one
    /// was given the bias, it could take that for its own, and own the mutex beside it.
    #[test]
    fn who_is_not_known_is_nobody() {
        let mutex = SyncObject::create(None, Setup::Mutex { owned: false }, &Options::default());
        let mutex = mutex.unwrap();
        let is_biased_to =
            |at: &At<'_>| at.seat().biased_to.load(Ordering::Relaxed) == at.thread.number();
        thread::scope(|scope| {
            scope.spawn(|| assert!(!is_biased_to(&mutex.seat.at_unasked())));
            scope.spawn(|| assert!(!is_biased_to(&mutex.seat.at())));
        });
    }

    /// A thread that ends between its change and its wake-up: the kernel wakes the sleeper.
    #[test]
    fn the_kernel_executes_a_will() {
        for _ in 0..20 {
            let event = event();
            thread::scope(|scope| {
                let sleeper = scope.spawn(|| wait(&event));
                let setter = scope.spawn(|| {
                    let word = await_sleeper(&event);
                    // It sleeps soon if it does not yet; both must do.
                    thread::yield_now();
                    let at = event.seat.at();
                    at.write_will();
                    assert!(at.replace(word, word.set(Rule::AutoEvent).0));
                });
                setter.join().unwrap();
                assert!(sleeper.join().unwrap());
            });
        }
    }

    /// A thread that ends after somebody else's wake-up has come to it: the kernel wakes the next.
    #[test]
    fn the_kernel_hands_a_wake_up_on() {
        for _ in 0..20 {
            let event = event();
            thread::scope(|scope| {
                let victim = scope.spawn(|| {
                    let at = event.seat.at();
                    at.write_will();
                    let asleep = Word(0).with_waiters();
                    assert!(at.replace(Word(0), asleep));
                    assert_ne!(
                        at.sleep(asleep, Until::At(call::now() + LONG), false),
                        Slept::TimedOut
                    );
                });
                await_sleeper(&event);
                let sleeper = scope.spawn(|| wait(&event));
                thread::yield_now();
                event.set().unwrap();
                victim.join().unwrap();
                assert!(sleeper.join().unwrap());
            });
        }
    }

    /// A sleeper that is let go and ends before it has run leaves that to whoever waits for a second.
    #[test]
    fn what_a_dead_sleeper_was_let_go_by_is_found() {
        let event = event();
        thread::scope(|scope| {
            let victim = scope.spawn(|| {
                let at = event.seat.at();
                let asleep = Word(0).with_waiters();
                assert!(at.replace(Word(0), asleep));
                while at.sleep(asleep, Until::At(call::now() + LONG), false) != Slept::Woken {}
            });
            await_sleeper(&event);
            while at_set(&event) {
                // It was not asleep yet.
                event.reset().unwrap();
                let word = event.seat.at().load();
                event.seat.at().replace(word, word.with_waiters());
            }
            victim.join().unwrap();
        });
        assert!(!Rule::AutoEvent.is_available(event.seat.at().load()));
        assert!(wait(&event));
        assert_eq!(
            event.state().unwrap(),
            SyncState::Event {
                manual: false,
                set: false
            }
        );
    }

    /// Sets an event, and says whether it is set then, as nobody was let go.
    fn at_set(event: &SyncObject) -> bool {
        event.set().unwrap();
        event.word().is_set()
    }

    /// Set and reset between two looks, with another one about to sleep: the half that threads sleep on is
    /// what it was.
    #[test]
    fn a_set_between_two_looks_was_slept_through() {
        let event = event_reset(true);
        let at = event.seat.at();
        let asleep = Word(0).with_crowd();
        assert!(at.replace(Word(0), asleep));
        event.set().unwrap();
        event.reset().unwrap();
        let now = at.load();
        assert!(at.replace(now, now.with_crowd()));
        assert_eq!(at.load().lower(), asleep.lower());
        let until = Until::At(call::now() + LONG);
        assert_eq!(sleep_in_slices(&[(&at, asleep)], until), Slept::Disturbed);
    }

    /// What others wrote all the time made a wait last for ever: nobody looked at the clock.
    #[test]
    fn a_sleep_that_is_refused_was_never_late() {
        let event = event();
        let at = event.seat.at();
        let other = Word(0).with_waiters();
        let past = Until::At(call::now());
        assert_eq!(at.sleep(other, past, false), Slept::TimedOut);
        assert_eq!(At::sleep_any(&[(&at, other)], past).0, Slept::TimedOut);
        let future = Until::At(call::now() + LONG);
        assert_eq!(at.sleep(other, future, false), Slept::Disturbed);
        assert_eq!(At::sleep_any(&[(&at, other)], future).0, Slept::Disturbed);
    }

    #[test]
    fn who_cannot_sleep_on_several_words_sees_a_change_of_any() {
        let events = [event(), event()];
        let places = events.each_ref().map(|event| event.seat.at());
        let asleep = Word(0).with_crowd();
        let sleeping = places.each_ref().map(|at| (at, asleep));
        for at in &places {
            assert!(at.replace(Word(0), asleep));
        }
        let short = Until::At(call::now() + Duration::from_millis(5));
        assert_eq!(sleep_in_slices(&sleeping, short), Slept::TimedOut);
        thread::scope(|scope| {
            scope.spawn(|| events[1].set().unwrap());
            let until = Until::At(call::now() + LONG);
            assert_eq!(sleep_in_slices(&sleeping, until), Slept::Disturbed);
        });
    }
}
