//! How threads of several processes sleep where the system cannot compare a word of theirs: at a
//! *bell*, a semaphore of the system that is found by a number in a word beside what they wait for.
//! Pure; the system is behind [`Bell`], so that a model checker can stand in for it
//! (`model.rs`).
//!
//! ```text
//! 63 ......... 20    19 ........ 0
//! number of a bell   how many are there who have not been called
//! ```
//!
//! The number is drawn when somebody sleeps there for the first time. So it costs nothing to have a
//! bell, and a word of zeros is one.
//!
//! # The one argument
//! *Whoever sleeps for something that has been changed and rung for has a token of the semaphore, or
//! somebody else has got one instead.*
//!
//! 1. Who is about to sleep opens the semaphore, is counted, and looks then whether all is as it was.
//!    Who changes something looks at the count afterwards. All that is in one order for everybody, so
//!    one of the two sees the other.
//! 2. Who calls takes those it calls out of the count, and posts as many tokens. Who leaves without a
//!    token takes itself out of the count. If nobody is counted any more, it has been called, and its
//!    token is in the semaphore unless somebody else has it.
//! 3. Tokens hand nothing over. One too many wakes somebody for nothing.
//!
//! Whoever is killed there stays counted, until it has been called: one token too many. What a kill can
//! lose is a token: that of a thread that was called, or was about to post one. And who comes late can
//! take the token of a thread that is counted and not asleep yet. Therefore sleepers look again once
//! a second.

#[cfg(test)]
mod model;

use super::{Sleepers, Slept};

const COUNT_BITS: u32 = 20;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// A bell, as one thread sees it.
pub(crate) trait Bell {
    /// The system's semaphore.
    type Semaphore;

    fn load(&self) -> u64;

    /// Replaces the word if it still is `from`.
    fn replace(&self, from: u64, to: u64) -> bool;

    /// What this thread has replaced or changed before is seen by whoever does not see in what it loads
    /// afterwards what that one has replaced or changed.
    fn order(&self);

    /// Draws a number, of which the lower 44 bits count.
    fn draw(&self) -> u64;

    /// The semaphore of a number, which is made if there is none. `None`: the system refuses.
    fn open_or_make(&self, number: u64) -> Option<Self::Semaphore>;

    /// The semaphore of a number.
    fn open(&self, number: u64) -> Opened<Self::Semaphore>;

    fn post(&self, semaphore: &Self::Semaphore, count: u32);

    /// Takes a token if there is one.
    fn try_take(&self, semaphore: &Self::Semaphore) -> bool;
}

/// What has become of the semaphore of a number.
pub(crate) enum Opened<S> {
    Here(S),
    /// Nobody has it open, so nobody alive is counted.
    Gone,
    /// The system does not let this thread have it.
    Refused,
}

/// How a wait for a token has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Heard {
    /// With the token, which is taken.
    Token,
    /// Without.
    Nothing,
}

/// Sleeps while all is the same: `wait` takes a token, or ends for another reason. `None`: this thread
/// cannot sleep there.
pub(crate) fn sleep<B: Bell>(
    bell: &B,
    is_same: impl FnOnce() -> bool,
    wait: impl FnOnce(&B::Semaphore) -> Heard,
) -> Option<Slept> {
    let number = number(bell);
    let semaphore = bell.open_or_make(number)?;
    if !come(bell, number) {
        return None;
    }
    bell.order();
    if is_same() && wait(&semaphore) == Heard::Token {
        return Some(Slept::Woken);
    }
    let is_called = !leave(bell, number);
    if is_called && bell.try_take(&semaphore) {
        return Some(Slept::Woken);
    }
    Some(Slept::Disturbed)
}

/// The number of the bell, which is drawn if there is none.
fn number<B: Bell>(bell: &B) -> u64 {
    loop {
        let word = bell.load();
        let number = word >> COUNT_BITS;
        if number != 0 {
            return number;
        }
        // Never zero.
        let drawn = (bell.draw() << COUNT_BITS).max(1 << COUNT_BITS);
        bell.replace(word, drawn);
    }
}

/// Counts this thread. `false`: the bell is another one by now, or there are too many already.
fn come<B: Bell>(bell: &B, number: u64) -> bool {
    loop {
        let word = bell.load();
        if word >> COUNT_BITS != number || word & COUNT == COUNT {
            return false;
        }
        if bell.replace(word, word + 1) {
            return true;
        }
    }
}

/// Takes this thread out of the count. `false`: it has been called.
fn leave<B: Bell>(bell: &B, number: u64) -> bool {
    loop {
        let word = bell.load();
        if word >> COUNT_BITS != number || word & COUNT == 0 {
            return false;
        }
        if bell.replace(word, word - 1) {
            return true;
        }
    }
}

/// Calls some of those who sleep, and says how many.
pub(crate) fn ring<B: Bell>(bell: &B, sleepers: Sleepers) -> u32 {
    let most = match sleepers {
        Sleepers::None => 0,
        Sleepers::Some(most) => most,
        Sleepers::All => u32::MAX,
    };
    bell.order();
    loop {
        let word = bell.load();
        let called = most.min((word & COUNT) as u32);
        if called == 0 {
            return 0;
        }
        match bell.open(word >> COUNT_BITS) {
            Opened::Here(semaphore) => {
                if bell.replace(word, word - u64::from(called)) {
                    bell.post(&semaphore, called);
                    return called;
                }
            }
            Opened::Gone => {
                if bell.replace(word, word & !COUNT) {
                    return 0;
                }
            }
            Opened::Refused => return 0,
        }
    }
}
