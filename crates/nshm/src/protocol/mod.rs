//! How threads of several processes agree about events, semaphores and mutexes, without a server
//! and whoever is killed when: rules over one [`Word`] for each object. Pure; the system is
//! behind [`Place`], so that a model checker can stand in for it (`model.rs`).
//!
//! # The one argument
//! *If somebody sleeps on an object that it could take, then a thread is under way that will wake
//! one, or the kernel is.* It is kept by these:
//!
//! 1. State changes by compare-exchange of the whole word only, so `WAITERS` is seen by whoever
//!    makes an object available. A sleeper put it there, and slept only if it was still there.
//! 2. Making available takes `WAITERS` away and wakes; so an object that can be taken never says
//!    `WAITERS`, and who is about to sleep on what it has seen before is turned back. Whoever was
//!    woken puts it back when it takes the last, leaves, or sleeps again: others may be asleep.
//!    A mutex keeps it, until its former owner has found nobody asleep: see 4.
//! 3. A wake-up is a hint. Who was woken takes for itself; if afterwards there is more to take, or it
//!    leaves without, it wakes the next one.
//! 4. From before its change until its wake-ups are done, and from before its sleep until it has
//!    taken or left, a thread has a *will* (the kernel's `list_op_pending`): if it dies, the kernel
//!    wakes one sleeper of the word it names. So a duty to wake cannot be lost by a kill. It does so only
//!    while the word has no owner: whoever owns it by then must find in the word that others sleep
//!    (a mutex), or take it for granted (a claim), and wakes when it lets go.
//! 5. A thread has one will only. Who sleeps on several words marks each with `CROWD`, for ever, and
//!    from then on whoever makes that object available wakes all: nothing depends on the one. Who gives
//!    an event to a sleeper wakes one all the same, and who sleeps on a marked word looks again once a second.
//!
//! # An owner whose end the kernel did not see
//! A thread that becomes another program can lose its id before the kernel looks for what it owns, and a
//! peer can write the id of nobody. Who sleeps on a mutex looks once a second whether its owner is there,
//! and does what the kernel would have done. The word counts that, so that what was seen of a dead owner
//! is never done to a later one of the same id.
//!
//! # Giving an event to one who sleeps
//! An event that resets itself is not set while somebody sleeps: the word counts a *grant* for one of
//! those who came before, and one is woken. A grant can be taken by whoever came before it, by whoever
//! was woken, and by whoever has slept beside it for a second, which is how one is found whose sleeper was
//! killed, or stopped. A grant takes `WAITERS` away, as setting does, so who is about to sleep and could take it is
//! turned back; while there are grants, an event counts as one with sleepers. Where nobody was asleep, or who
//! was woken takes another object, a grant becomes a set event: so a reset can meet it there, if those who
//! sleep wait for several objects.
//!
//! # Waiting for all
//! Takes nothing before it can take everything. While something is missing it sleeps on that one
//! alone. Then it *claims* the objects, in the order of their identity, which keeps everybody else
//! from changing them for some instructions; and either all of them are still there and it takes
//! them, or it gives the claims up and nothing has changed. A claim is a robust lock: it goes when
//! its owner dies.

pub(crate) mod bell;
pub(crate) mod lives;
mod many;
#[cfg(test)]
mod model;
mod one;
#[cfg(test)]
mod tests;
mod word;

use std::time::Duration;

pub(crate) use self::many::{take_all, take_any};
pub(crate) use self::one::{
    abandon, acquire, keep, pulse, release, reset, set, set_and_wake, set_at_once, take_at_once,
    unlock, unlock_at_once,
};
pub(crate) use self::word::{Rule, Sleepers, Taken, Word};

/// Until when to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    /// Not at all.
    Now,
    /// That long after the beginning of the system's monotonic clock.
    At(Duration),
    /// As long as it takes.
    Forever,
}

impl Until {
    /// What is left of it when it has passed, or when enough is enough.
    fn expired(self) -> Until {
        match self {
            Until::Forever => Until::Forever,
            Until::Now | Until::At(_) => Until::Now,
        }
    }
}

/// Why a sleep has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slept {
    /// By somebody's wake-up.
    Woken,
    /// It is time for a second look.
    Late,
    /// For no reason that concerns others: the word was another one, or a signal came.
    Disturbed,
    /// It is as late as it may be.
    TimedOut,
}

/// What keeps an operation from its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// A claim that lasts for seconds: its owner is stopped, or the word was tampered with.
    Claimed,
    /// The word says what no honest process writes.
    Corrupt,
    /// The semaphore would count more than its maximum.
    Full,
    /// The calling thread does not own the mutex.
    NotOwner,
    /// The calling thread would wait for itself.
    WouldDeadlock,
    /// The system does not tell whether the owner is alive.
    Unknown,
    /// This thread cannot own anything: the system does not look after its end, or it is ending.
    Unsupported,
}

/// What is left of an ownership.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Left {
    /// There was none.
    Nothing,
    /// It was owned more often.
    Some,
    /// It is to be given up now.
    All,
}

/// One object, as one thread sees it: its word, and the system around it.
pub(crate) trait Place {
    fn load(&self) -> Word;

    /// Replaces the word if it still is `from`.
    fn replace(&self, from: Word, to: Word) -> bool;

    /// Sleeps while the lower half of the word is that of `word`; for a second at most, if this thread is
    /// to look again.
    fn sleep(&self, word: Word, until: Until, looks_again: bool) -> Slept;

    /// Sleeps while the lower halves of all words are those given, for a second at most. Where it was woken:
    /// at which one, or at one of those.
    fn sleep_any(places: &[(&Self, Word)], until: Until) -> (Slept, usize);

    /// Whether there was one to wake.
    fn wake(&self, sleepers: Sleepers) -> bool;

    /// Passes a moment, the longer the more often. `false`: it has been long enough.
    fn pause(&self, round: u32, until: Until) -> bool;

    /// Looks at the word for about as long as a sleep would cost. Whether it has changed.
    fn spin(&self, word: Word) -> bool;

    /// The id of this thread; not zero.
    fn thread(&self) -> u32;

    /// From now on the kernel wakes a sleeper of this word if this thread dies; gives the will
    /// that was there before.
    fn write_will(&self) -> usize;

    fn restore_will(&self, former: usize);

    /// Whether no thread has that id any more, and the kernel has done for it whatever it does. Where the
    /// system does not tell, it may have.
    fn is_gone(&self, _owner: u32) -> bool {
        false
    }

    /// Whether this thread owns the object.
    fn is_held(&self) -> bool;

    /// Whether the kernel tells others if this thread dies as the owner, also where it does not say
    /// that it [holds](Place::hold) the object.
    fn is_watched(&self) -> bool {
        false
    }

    /// Owns what is watched.
    fn hold_watched(&self) {}

    /// Owns what is watched no more, if it was owned just once.
    fn let_go_watched(&self) -> bool {
        false
    }

    /// From now on the kernel tells others if this thread dies.
    fn hold(&self) -> Result<(), Trouble>;

    /// Owns once more what this thread owns.
    fn hold_again(&self) -> Result<(), Trouble>;

    /// Owns it once less; if that is the last time, the kernel does not look after it any more, unless
    /// it is [watched](Place::is_watched).
    fn let_go(&self) -> Left;

    /// Tells objects apart, in one order for everybody.
    fn identity(&self) -> u128;
}

/// A will, until it is dropped.
struct Will<'p, P: Place> {
    place: &'p P,
    former: usize,
}

impl<'p, P: Place> Will<'p, P> {
    fn write(place: &'p P) -> Self {
        Will {
            former: place.write_will(),
            place,
        }
    }
}

impl<P: Place> Drop for Will<'_, P> {
    fn drop(&mut self) {
        self.place.restore_will(self.former);
    }
}

/// The word, once no wait for all is deciding about it.
fn settled<P: Place>(place: &P, rule: Rule, until: Until) -> Result<Word, Trouble> {
    let mut round = 0;
    loop {
        let word = place.load();
        if !rule.is_claimed(word) {
            return Ok(word);
        }
        if !place.pause(round, until) {
            return Err(Trouble::Claimed);
        }
        round += 1;
    }
}

/// What a thread owes that was woken and does not take all there is: others may be asleep.
fn hand_on<P: Place>(place: &P, rule: Rule) {
    loop {
        let word = place.load();
        if rule == Rule::ManualEvent || rule.is_claimed(word) || rule.is_available(word) {
            let sleepers = match rule {
                Rule::ManualEvent => Sleepers::All,
                _ => word.with_waiters().sleepers(1),
            };
            place.wake(sleepers);
            return;
        }
        if rule.is_granted(word) {
            if !place.wake(Sleepers::Some(1)) {
                take_back(place, rule);
            }
            return;
        }
        if word.has_waiters() || place.replace(word, word.with_waiters()) {
            return;
        }
    }
}

/// Sets an event that resets itself, in place of letting one of its sleepers go: there was none.
fn take_back<P: Place>(place: &P, rule: Rule) {
    loop {
        // Where a wait for all has stopped, the grant stays for who waits for a second.
        let Ok(word) = settled(place, rule, Until::Forever) else {
            return;
        };
        let Some((to, sleepers)) = word.ungranted() else {
            return;
        };
        if place.replace(word, to) {
            // They came after the others had been looked for.
            place.wake(sleepers);
            return;
        }
    }
}
