//! A lock that one thread owns: a mutex, and what writers take of a reader-writer lock.
//!
//! ```text
//! 63      62 ........... 32   31        30          29 ........ 0
//! CLEAN   owner: its memory   WAITERS   ABANDONED   owner: its tag
//! ```

use super::{ABANDONED, CLEAN, Life, Machine, Owner, WAITERS};
use crate::protocol::{Sleepers, Slept, Taken, Trouble, Until};

/// Where a lock is.
pub(crate) struct Lock<'a, M: Machine> {
    pub(crate) word: &'a M::Word,
    pub(crate) queue: &'a M::Word,
}

impl<M: Machine> Clone for Lock<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Lock<'_, M> {}

/// What for a lock is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// To change what it protects. Its owner hears of an abandonment, and nobody after it.
    Change,
    /// To keep others away for now: it passes an abandonment on.
    Prepare,
}

/// A lock that was taken, and whether others may sleep that watch somebody else's life.
pub(super) struct Held {
    pub(super) taken: Taken,
    has_sleepers: bool,
}

/// Waits until nobody owns a lock, and owns it. `None`: not in time.
pub(crate) fn acquire<M: Machine>(
    machine: &M,
    lock: Lock<'_, M>,
    until: Until,
) -> Result<Option<Taken>, Trouble> {
    acquire_for(machine, lock, Purpose::Change, until)
}

pub(super) fn acquire_for<M: Machine>(
    machine: &M,
    lock: Lock<'_, M>,
    purpose: Purpose,
    until: Until,
) -> Result<Option<Taken>, Trouble> {
    let former = machine.write_will(lock.queue);
    let held = take(machine, lock, purpose, until);
    settle(machine, lock, former, held)
}

/// Brings the will of a thread in order that has taken a lock, or has not.
pub(super) fn settle<M: Machine>(
    machine: &M,
    lock: Lock<'_, M>,
    former: usize,
    held: Result<Option<Held>, Trouble>,
) -> Result<Option<Taken>, Trouble> {
    if let Ok(Some(Held {
        has_sleepers: true, ..
    })) = held
    {
        // They watch the former owner, and one of them is to watch this one.
        machine.wake(lock.queue, Sleepers::Some(1));
    }
    machine.restore_will(former);
    Ok(held?.map(|held| held.taken))
}

/// Takes a lock, for a thread that has its will written.
pub(super) fn take<M: Machine>(
    machine: &M,
    lock: Lock<'_, M>,
    purpose: Purpose,
    until: Until,
) -> Result<Option<Held>, Trouble> {
    let mut wait = Wait::new(machine, lock, until);
    loop {
        let (word, abandoned) = match wait.until_free() {
            Ok(Some(free)) => free,
            Ok(None) => {
                wait.leave();
                return Ok(None);
            }
            Err(trouble) => {
                wait.leave();
                return Err(trouble);
            }
        };
        let has_sleepers = word & WAITERS != 0 || wait.was_woken;
        let mut to = machine.me().bits();
        if has_sleepers {
            to |= WAITERS;
        }
        if purpose == Purpose::Prepare {
            to |= CLEAN;
            if abandoned {
                to |= ABANDONED;
            }
        }
        if machine.replace(lock.word, word, to) {
            let taken = Taken { abandoned };
            return Ok(Some(Held {
                taken,
                has_sleepers,
            }));
        }
    }
}

/// A thread that waits for a lock, with its will written.
pub(super) struct Wait<'a, M: Machine> {
    machine: &'a M,
    lock: Lock<'a, M>,
    pub(super) until: Until,
    /// So others may be asleep, without a mark in the word.
    pub(super) was_woken: bool,
    /// So nobody else may be watching.
    has_slept: bool,
    has_spun: bool,
}

impl<'a, M: Machine> Wait<'a, M> {
    pub(super) fn new(machine: &'a M, lock: Lock<'a, M>, until: Until) -> Self {
        Wait {
            machine,
            lock,
            until,
            was_woken: false,
            has_slept: false,
            has_spun: false,
        }
    }

    /// The word when nobody alive owned it, and whether it is abandoned; `None`: not in time.
    pub(super) fn until_free(&mut self) -> Result<Option<(u64, bool)>, Trouble> {
        loop {
            let word = self.machine.load(self.lock.word);
            let is_marked = word & ABANDONED != 0;
            let owner = Owner::of_bits(word);
            if owner == Owner::NOBODY {
                return Ok(Some((word, is_marked)));
            }
            if owner == self.machine.me() {
                return Err(Trouble::WouldDeadlock);
            }
            let Life::Alive(life) = self.machine.life(owner)? else {
                return Ok(Some((word, is_marked || word & CLEAN == 0)));
            };
            if self.until == Until::Now {
                return Ok(None);
            }
            self.sleep(word, &life);
        }
    }

    fn sleep(&mut self, word: u64, life: &M::Life) {
        let Lock { word: place, queue } = self.lock;
        if !self.has_spun {
            self.has_spun = true;
            if self.machine.spin(place, word) {
                return;
            }
        }
        let asleep = word | WAITERS;
        if asleep != word && !self.machine.replace(place, word, asleep) {
            return;
        }
        let slept = self
            .machine
            .sleep(queue, place, asleep, Some(life), self.until);
        self.has_slept = true;
        match slept {
            Slept::Woken => self.was_woken = true,
            Slept::Late | Slept::Disturbed => {}
            // One more look, for what came at the last moment.
            Slept::TimedOut => self.until = Until::Now,
        }
    }

    /// Lets another one watch in the place of this thread, which goes without the lock or does not
    /// keep others from it.
    pub(super) fn leave(&self) {
        if self.has_slept || self.was_woken {
            self.machine.wake(self.lock.queue, Sleepers::Some(1));
        }
    }
}

/// What is left in the word of a lock that is given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaving {
    /// All is well.
    Mended,
    /// It is as abandoned as it was.
    AsItWas,
}

/// Gives a lock up.
pub(crate) fn release<M: Machine>(machine: &M, lock: Lock<'_, M>) -> Result<(), Trouble> {
    release_as(machine, lock, Leaving::Mended)
}

pub(super) fn release_as<M: Machine>(
    machine: &M,
    lock: Lock<'_, M>,
    leaving: Leaving,
) -> Result<(), Trouble> {
    let former = machine.write_will(lock.queue);
    let result = loop {
        let word = machine.load(lock.word);
        if Owner::of_bits(word) != machine.me() {
            break Err(Trouble::NotOwner);
        }
        let to = match leaving {
            Leaving::Mended => 0,
            Leaving::AsItWas => word & ABANDONED,
        };
        if machine.replace(lock.word, word, to) {
            if word & WAITERS != 0 {
                machine.wake(lock.queue, Sleepers::Some(1));
            }
            break Ok(());
        }
    };
    machine.restore_will(former);
    result
}
