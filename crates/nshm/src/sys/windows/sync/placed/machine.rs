//! What a thread can do with locks inside a section: sleep at bells, and tell which threads are alive.

use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bell::Bell;
use super::clock;
use super::life::{self, Watched};
use crate::protocol::lives::{Life, Machine, Owner};
use crate::protocol::{Sleepers, Slept, Trouble, Until};

/// A thread, and the bells of what it locks.
pub(super) struct Living<'b> {
    me: Owner,
    /// Twice the same where there is one.
    bells: [&'b Bell<'b>; 2],
}

impl<'b> Living<'b> {
    pub(super) fn new(me: Owner, bells: [&'b Bell<'b>; 2]) -> Self {
        Living { me, bells }
    }

    /// The bell that is kept in a word.
    fn bell(&self, queue: &AtomicU64) -> &'b Bell<'b> {
        let [first, second] = self.bells;
        match ptr::eq(first.word(), queue) {
            true => first,
            false => second,
        }
    }
}

impl Machine for Living<'_> {
    type Word = AtomicU64;
    type Life = Watched;

    fn load(&self, word: &AtomicU64) -> u64 {
        word.load(Ordering::SeqCst)
    }

    fn replace(&self, word: &AtomicU64, from: u64, to: u64) -> bool {
        word.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// All of the above are in one order for everybody, so there is nothing to do.
    fn order(&self) {}

    fn me(&self) -> Owner {
        self.me
    }

    fn life(&self, owner: Owner) -> Result<Life<Watched>, Trouble> {
        life::look(owner)
    }

    fn sleep(
        &self,
        queue: &AtomicU64,
        word: &AtomicU64,
        value: u64,
        life: Option<&Watched>,
        until: Until,
    ) -> Slept {
        let is_same = || self.load(word) as u32 == value as u32;
        self.bell(queue).sleep(is_same, life, until)
    }

    fn wake(&self, queue: &AtomicU64, sleepers: Sleepers) -> u32 {
        self.bell(queue).ring(sleepers)
    }

    fn spin(&self, word: &AtomicU64, value: u64) -> bool {
        clock::spin_while(|| word.load(Ordering::Relaxed) == value)
    }

    // The system does nothing for a thread that dies but to say so. What is lost with it is seen at
    // the second look.

    fn write_will(&self, _: &AtomicU64) -> usize {
        0
    }

    fn restore_will(&self, _: usize) {}
}
