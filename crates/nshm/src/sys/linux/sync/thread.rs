//! What the kernel is to do when this thread ends: its robust list, shared with the C library.
//!
//! A thread has one robust list (get_robust_list(2)), and the C library has registered it for
//! robust mutexes of its own. Ours go into the same one, in the same form: an entry is a pair of
//! pointers at a fixed distance from its futex, and the second of them, `next`, is what the kernel
//! follows. All entries lie in private memory of this process, so nothing that another process
//! writes is ever followed (`seat.rs`).

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, compiler_fence};

use super::call::{self, FutexAddress, RobustList};
use super::held;
use super::placed::life;

/// How many forks lie between the first process and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    life::forget();
    super::forget_pid_namespace();
    let _ = CARD.try_with(Card::forget);
}

/// The same, for this thread: what it knows of itself is wrong in a forked child.
pub(super) fn generation() -> u32 {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| call::at_fork(in_child));
    GENERATION.load(Ordering::Relaxed)
}

/// What is known of a thread.
struct Card {
    /// Zero: nothing is.
    id: Cell<u32>,
    generation: Cell<u32>,
    number: Cell<u64>,
    list: Cell<Option<NonNull<RobustList>>>,
    /// From a futex to its entry.
    distance: Cell<usize>,
}

thread_local! {
    static CARD: Card = const {
        Card {
            id: Cell::new(0),
            generation: Cell::new(0),
            number: Cell::new(0),
            list: Cell::new(None),
            distance: Cell::new(0),
        }
    };
}

impl Card {
    /// In a forked child, in the one thread that it has: it is another one. The entries in its list
    /// are those of its parent. Not every C library forgets them, and the memory of them goes.
    fn forget(&self) {
        self.id.set(0);
        self.number.set(0);
        if let Some(list) = self.list.get() {
            let list = list.as_ptr();
            // SAFETY: the thread is the one that has forked, so the list is where it was, and this
            // thread's alone. An empty list names itself.
            unsafe { (&raw mut (*list).first).write_volatile(list.addr()) };
        }
    }

    #[cold]
    fn ask(&self) {
        let list = usable_list().or_else(|| {
            call::use_robust_mutex();
            usable_list()
        });
        self.list.set(list.map(|(list, _)| list));
        self.distance.set(list.map_or(0, |(_, distance)| distance));
        self.generation.set(generation());
        self.id.set(call::gettid());
        self.number.set(new_number(self.id.get()));
        held::forget_parents();
    }
}

/// What tells a thread from all others of this process, also from those that had its id before.
fn new_number(id: u32) -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) << 32 | u64::from(id)
}

/// The id of the thread that has a number.
pub(super) fn id_of_number(number: u64) -> u32 {
    number as u32
}

/// This thread, as the kernel knows it. Not for others: it is a pointer to what is the thread's own.
#[derive(Clone, Copy)]
pub(super) struct Thread(NonNull<Card>);

impl Thread {
    #[inline]
    pub(super) fn current() -> Thread {
        CARD.with(|card| {
            if card.id.get() == 0 {
                card.ask();
            }
            Thread(NonNull::from(card))
        })
    }

    /// The same, for who asks no more of it than its number, or what that vouches for: it may have none.
    #[inline]
    pub(super) fn unasked() -> Thread {
        CARD.with(|card| Thread(NonNull::from(card)))
    }

    fn card(&self) -> &Card {
        // SAFETY: a card has no destructor, so it is there as long as its thread, which `self` does
        // not leave.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn id(self) -> u32 {
        self.card().id.get()
    }

    pub(super) fn generation(self) -> u32 {
        self.card().generation.get()
    }

    /// Its number, until it ends.
    #[inline]
    pub(super) fn number(self) -> u64 {
        self.card().number.get()
    }

    /// The thread ends: nothing is biased towards it any more.
    pub(super) fn retire(self) {
        self.card().number.set(new_number(self.id()));
    }

    fn list(self) -> Option<NonNull<RobustList>> {
        self.card().list.get()
    }

    /// How far behind a futex its entry lies; `None` where this thread cannot have any.
    pub(super) fn distance(self) -> Option<usize> {
        self.list().map(|_| self.card().distance.get())
    }

    /// Names the futex whose sleepers are to hear of this thread's end, and gives what was named
    /// before. The kernel follows nothing there: it computes the futex from the address.
    pub(super) fn write_will(self, futex: FutexAddress) -> usize {
        let Some(list) = self.list() else { return 0 };
        // SAFETY: the C library keeps the list as long as the thread, whose alone it is.
        let pending = unsafe { &raw mut (*list.as_ptr()).pending };
        // SAFETY: as above.
        let former = unsafe { pending.read_volatile() };
        // SAFETY: as above.
        unsafe { pending.write_volatile(self.naming(futex)) };
        compiler_fence(Ordering::SeqCst);
        former
    }

    pub(super) fn restore_will(self, former: usize) {
        compiler_fence(Ordering::SeqCst);
        if let Some(list) = self.list() {
            // SAFETY: as in `write_will`.
            unsafe { (&raw mut (*list.as_ptr()).pending).write_volatile(former) };
        }
    }

    fn naming(self, futex: FutexAddress) -> usize {
        futex.addr().get().wrapping_add(self.card().distance.get())
    }

    /// Lets wills be written that are good until the result is dropped.
    pub(super) fn keep_will(self) -> WillKept {
        let former = self.list().map_or(0, |list| {
            // SAFETY: as in `write_will`.
            unsafe { (&raw const (*list.as_ptr()).pending).read_volatile() }
        });
        WillKept {
            thread: self,
            former,
        }
    }

    /// Puts an entry in front of the list.
    ///
    /// # Safety
    /// The entry is memory of this process alone, at the right distance from its futex, in no list,
    /// and stays mapped until it is [taken out](Thread::take_out) or this thread has ended.
    pub(super) unsafe fn put_in(self, entry: Entry) {
        let Some(list) = self.list() else { return };
        let list = list.as_ptr();
        // SAFETY: the list is this thread's, and whoever put the first entry there keeps it in
        // place; all are of the form that `Entry` describes. The caller vouches for the new one.
        unsafe {
            let first = (&raw mut (*list).first).read_volatile();
            entry.set_next(first);
            entry.set_previous(list.addr());
            if let Some(next) = Entry::at(first, list) {
                next.set_previous(entry.address());
            }
            // From one instruction to the next the kernel finds the list whole.
            compiler_fence(Ordering::SeqCst);
            (&raw mut (*list).first).write_volatile(entry.address());
        }
        compiler_fence(Ordering::SeqCst);
    }

    /// Takes an entry out of the list.
    ///
    /// # Safety
    /// This thread has put it in.
    pub(super) unsafe fn take_out(self, entry: Entry) {
        let Some(list) = self.list() else { return };
        let list = list.as_ptr();
        compiler_fence(Ordering::SeqCst);
        // SAFETY: as in `put_in`; the entry's neighbours are those of this thread's list.
        unsafe {
            let next = entry.next();
            let previous = entry.previous();
            if let Some(next) = Entry::at(next, list) {
                next.set_previous(previous);
            }
            match Entry::at(previous, list) {
                Some(previous) => previous.set_next(next),
                None => (&raw mut (*list).first).write_volatile(next),
            }
        }
        compiler_fence(Ordering::SeqCst);
    }
}

/// Restores a thread's will as it was, whatever is written meanwhile.
pub(super) struct WillKept {
    thread: Thread,
    former: usize,
}

impl Drop for WillKept {
    fn drop(&mut self) {
        self.thread.restore_will(self.former);
    }
}

/// The robust list of this thread and the distance of its entries, if they are of our form: that
/// of the C libraries for 64 bits, whose entries lie a little behind their futexes.
fn usable_list() -> Option<(NonNull<RobustList>, usize)> {
    let list = call::get_robust_list()?;
    // SAFETY: the thread has registered it, so the memory is there, and nobody else changes it.
    let offset = unsafe { (*list.as_ptr()).futex_offset };
    let distance = usize::try_from(-offset).ok()?;
    let fits = (Entry::LEAST_DISTANCE..=Entry::MOST_DISTANCE).contains(&distance);
    (fits && size_of::<usize>() == 8).then_some((list, distance))
}

/// An entry of a robust list: two pointers, `previous` and `next`, of which others point to the
/// second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(NonNull<usize>);

/// The lowest bit of a pointer to an entry is not part of the address.
const MARK: usize = 1;

impl Entry {
    /// Entries lie at least so far behind their futex, ...
    pub(super) const LEAST_DISTANCE: usize = 24;
    /// ... and at most so far.
    pub(super) const MOST_DISTANCE: usize = 64;

    /// The entry whose second pointer is there.
    pub(super) fn new(next: NonNull<usize>) -> Entry {
        Entry(next)
    }

    /// The entry that a pointer names, unless that is the head of the list.
    fn at(pointer: usize, list: *mut RobustList) -> Option<Entry> {
        let address = pointer & !MARK;
        if address == list.addr() {
            return None;
        }
        NonNull::new(ptr::with_exposed_provenance_mut(address)).map(Entry)
    }

    fn address(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    // The entries of some C libraries are not aligned where others are; the processors that they
    // run on do not care.

    unsafe fn next(self) -> usize {
        // SAFETY: the caller has an entry of a list of this thread.
        unsafe { self.0.as_ptr().read_unaligned() }
    }

    unsafe fn set_next(self, next: usize) {
        // SAFETY: as in `next`.
        unsafe { self.0.as_ptr().write_unaligned(next) }
    }

    unsafe fn previous(self) -> usize {
        // SAFETY: as in `next`; the first pointer lies in front of the second.
        unsafe { self.0.as_ptr().sub(1).read_unaligned() }
    }

    unsafe fn set_previous(self, previous: usize) {
        // SAFETY: as in `previous`.
        unsafe { self.0.as_ptr().sub(1).write_unaligned(previous) }
    }
}
