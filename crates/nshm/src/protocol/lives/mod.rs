//! How threads of several processes agree about locks that lie in memory which all of them write,
//! whoever is killed when. Pure; the system is behind [`Machine`], so that a model checker can stand
//! in for it (`model.rs`).
//!
//! # Lives
//! A thread that locks has a *life*: a word that only its own process can write, and that the system
//! marks when the thread ends. A lock says whose it is by naming that life ([`Owner`]), so nothing has
//! to be told to the system when it changes hands, and whoever finds it taken looks whether the life
//! goes on.
//!
//! # The one argument
//! Sleepers sleep in a *queue*, a word beside the lock that is always zero, and wake up as well when
//! the life of the owner ends that they have seen. *If the lock is owned and somebody sleeps, then one
//! of them watches the life of its owner, or the system will wake one when that ends, or a thread is
//! under way that will see to it.* It is kept by these:
//!
//! 1. The word of the lock changes by compare-exchange only. Who is about to sleep has marked it with
//!    `WAITERS`, and does not fall asleep if it is another one by then.
//! 2. Unlocking takes `WAITERS` away and wakes one. That hands nothing over: it takes for itself, and
//!    puts `WAITERS` back, because others may be asleep.
//! 3. From before its change or its sleep until what it owes is done a thread has a *will*: if it dies,
//!    the system wakes one sleeper of the queue. As the queue is always zero, that is always done.
//! 4. An owner for whom others may sleep that watch somebody else's life wakes one of them, who will
//!    watch it.
//! 5. Who leaves without the lock after it has slept wakes another one, who will watch in its place.
//! 6. The system wakes one of those who watch a life. Whoever finds a life ended wakes all the others: who
//!    finds it in a word, and who was woken while it watched it, whatever the word says by then.
//!
//! What is left to chance is a second death within some microseconds of a first: who has been
//! woken by the end of a life and is killed before it could tell the others, or is killed where it owes
//! wake-ups to two queues. Therefore sleepers look again once a second.

mod condition;
mod lock;
#[cfg(test)]
mod model;
mod shared;

pub(crate) use self::condition::{Condition, notify_all, notify_one, wait};
pub(crate) use self::lock::{Lock, acquire, release};
pub(crate) use self::shared::{Shared, read, release_read, release_write, write};
use super::{Sleepers, Slept, Trouble, Until};

/// Which life a lock belongs to: 61 bits that leave three for the lock. Zero is nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) const NOBODY: Owner = Owner(0);

    /// Names a life by the memory in which it lies (31 bits) and a tag there (30 bits, not zero).
    pub(crate) const fn new(memory: u32, tag: u32) -> Owner {
        Owner((memory as u64) << 32 | tag as u64)
    }

    /// The owner that [`bits`](Owner::bits) gave.
    pub(crate) const fn of_bits(bits: u64) -> Owner {
        Owner(bits & OWNER)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn memory(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(crate) const fn tag(self) -> u32 {
        self.0 as u32
    }
}

/// Some thread sleeps, or is about to. In the half that sleepers compare.
const WAITERS: u64 = 1 << 31;
/// Nobody owns it, and its last owner died in the midst of what it did. So in the other halves.
const ABANDONED: u64 = 1 << 30;
/// Its owner has changed nothing yet of what the lock protects.
const CLEAN: u64 = 1 << 63;
const OWNER: u64 = !(WAITERS | ABANDONED | CLEAN);

/// What is known of a life.
pub(crate) enum Life<L> {
    /// It goes on, and can be watched.
    Alive(L),
    /// It has ended.
    Ended,
}

/// What a thread can do: reach words that are shared, sleep and wake, and tell who is alive.
pub(crate) trait Machine {
    /// A word of 64 bits that is shared.
    type Word;
    /// A life to watch.
    type Life;

    fn load(&self, word: &Self::Word) -> u64;

    /// Replaces a word if it still is `from`.
    fn replace(&self, word: &Self::Word, from: u64, to: u64) -> bool;

    /// What this thread has replaced before is seen by whoever does not see in what it loads
    /// afterwards what that one has replaced.
    fn order(&self);

    /// The life of this thread.
    fn me(&self) -> Owner;

    /// Whether a life goes on. If not, all who watch it are woken.
    fn life(&self, owner: Owner) -> Result<Life<Self::Life>, Trouble>;

    /// Sleeps in a queue while the lower half of a word is that of `value` and a life goes on. If this
    /// thread is woken and that life has ended, all who watch it are woken.
    fn sleep(
        &self,
        queue: &Self::Word,
        word: &Self::Word,
        value: u64,
        life: Option<&Self::Life>,
        until: Until,
    ) -> Slept;

    /// Wakes sleepers of a queue, and says how many.
    fn wake(&self, queue: &Self::Word, sleepers: Sleepers) -> u32;

    /// Looks at a word for about as long as a sleep would cost. Whether it has changed.
    fn spin(&self, word: &Self::Word, value: u64) -> bool;

    /// From now on the system wakes a sleeper of that queue if this thread dies; gives the will that
    /// was there before.
    fn write_will(&self, queue: &Self::Word) -> usize;

    fn restore_will(&self, former: usize);
}
