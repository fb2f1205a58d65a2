//! Events and semaphores inside a section: the rules of those with a name on other systems
//! (`protocol/one.rs`), over a word of the section and a bell.

use std::sync::atomic::{AtomicU64, Ordering};

use super::bell::Bell;
use super::{call, clock};
use crate::protocol::{Left, Place, Rule, Sleepers, Slept, Trouble, Until, Word};

/// A word, as one thread sees it.
pub(super) struct Spot<'a> {
    word: &'a AtomicU64,
    /// What a word of zeros means.
    beginning: Word,
    bell: &'a Bell<'a>,
}

impl<'a> Spot<'a> {
    pub(super) fn new(word: &'a AtomicU64, beginning: Word, bell: &'a Bell<'a>) -> Self {
        Spot {
            word,
            beginning,
            bell,
        }
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
        let stored = self.word.load(Ordering::SeqCst);
        let word = Word(stored ^ self.beginning.0);
        if word.is_unowned() {
            return word;
        }
        // Nobody owns it, so no honest process has written that; and who waited for an owner to go
        // would wait for ever.
        self.word.fetch_and(Word::UNOWNED, Ordering::SeqCst);
        Word(word.0 & Word::UNOWNED)
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        let [from, to] = [from, to].map(|word| word.0 ^ self.beginning.0);
        self.word
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// It looks again in any case, as nobody else cares for what is lost with a thread that dies.
    fn sleep(&self, word: Word, until: Until, _: bool) -> Slept {
        let is_same = || self.load().lower() == word.lower();
        self.bell.sleep(is_same, None, until)
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
        self.bell.ring(sleepers) != 0
    }

    /// There are no claims to wait for.
    fn pause(&self, _: u32, _: Until) -> bool {
        false
    }

    fn spin(&self, word: Word) -> bool {
        clock::spin_while(|| self.load() == word)
    }

    fn thread(&self) -> u32 {
        call::thread_id()
    }

    // The system does nothing for a thread that dies but to say so. What is lost with it is seen at
    // the second look.

    fn write_will(&self) -> usize {
        0
    }

    fn restore_will(&self, _: usize) {}

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
