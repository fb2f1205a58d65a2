//! Events and semaphores inside a section: the rules of those with a name (`protocol/one.rs`), over a
//! word of the section.
//!
//! Nobody owns them, so the kernel needs no entry in a robust list; a will can name a word anywhere.

use std::sync::atomic::{AtomicU64, Ordering};

use super::super::call::{self, FutexAddress};
use super::super::seat::{SECOND_LOOK, or_late, sleep_by};
use super::super::spin::spin_while;
use super::super::thread::Thread;
use super::life;
use crate::protocol::{Left, Place, Rule, Sleepers, Slept, Trouble, Until, Word};

/// A word, as one thread sees it.
pub(super) struct Spot<'a> {
    word: &'a AtomicU64,
    /// What a word of zeros means.
    beginning: Word,
    thread: Thread,
}

impl<'a> Spot<'a> {
    pub(super) fn new(word: &'a AtomicU64, beginning: Word) -> Self {
        Spot {
            word,
            beginning,
            thread: Thread::current(),
        }
    }

    fn futex(&self) -> FutexAddress {
        life::futex(self.word.into())
    }
}

/// What a word is like before anything has happened.
pub(super) fn beginning(rule: Rule, count: u32) -> Word {
    match rule {
        Rule::Semaphore => Word(0).with_count(count),
        _ if count != 0 => Word(0).set(rule).0,
        _ => Word(0),
    }
}

impl Place for Spot<'_> {
    fn load(&self) -> Word {
        let stored = self.word.load(Ordering::Acquire);
        let word = Word(stored ^ self.beginning.0);
        if word.is_unowned() {
            return word;
        }
        // Nobody owns it, so no honest process has written that; and who waited for an owner to go
        // would wait for ever.
        self.word.fetch_and(Word::UNOWNED, Ordering::AcqRel);
        Word(word.0 & Word::UNOWNED)
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        let [from, to] = [from, to].map(|word| word.0 ^ self.beginning.0);
        self.word
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn sleep(&self, word: Word, until: Until, looks_again: bool) -> Slept {
        let sleep = |end| call::futex_wait(self.futex(), word.lower(), end);
        let slice = looks_again.then_some(SECOND_LOOK);
        or_late(sleep_by(sleep, until, slice), until)
    }

    /// No wait for several has one of these.
    fn sleep_any(places: &[(&Self, Word)], until: Until) -> (Slept, usize) {
        let slept = match places {
            [(place, word)] => place.sleep(*word, until, true),
            _ => Slept::TimedOut,
        };
        (slept, 0)
    }

    fn wake(&self, sleepers: Sleepers) -> bool {
        let count = match sleepers {
            Sleepers::None => return false,
            Sleepers::Some(count) => count,
            Sleepers::All => u32::MAX,
        };
        call::futex_wake(self.futex(), count) != 0
    }

    /// There are no claims to wait for.
    fn pause(&self, _: u32, _: Until) -> bool {
        false
    }

    fn spin(&self, word: Word) -> bool {
        spin_while(|| self.load() == word)
    }

    fn thread(&self) -> u32 {
        self.thread.id()
    }

    fn write_will(&self) -> usize {
        self.thread.write_will(self.futex())
    }

    fn restore_will(&self, former: usize) {
        self.thread.restore_will(former);
    }

    fn is_held(&self) -> bool {
        false
    }

    fn hold(&self) -> Result<(), Trouble> {
        Err(Trouble::Unsupported)
    }

    fn hold_again(&self) -> Result<(), Trouble> {
        Err(Trouble::Unsupported)
    }

    fn let_go(&self) -> Left {
        Left::Nothing
    }

    fn identity(&self) -> u128 {
        0
    }
}
