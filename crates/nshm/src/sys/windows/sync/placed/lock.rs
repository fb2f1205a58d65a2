//! Mutexes, conditions and reader-writer locks: what threads own, and what is waited for under it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::bell::Bell;
use super::clock::until;
use super::life;
use super::machine::Living;
use super::{WAIT, failed, words};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Taken;
use crate::protocol::lives::{self, Condition, Lock, Owner, Shared};
use crate::sys::{Acquired, Handle, Reading};

fn acquired(taken: Taken) -> Acquired {
    Acquired {
        abandoned: taken.abandoned,
    }
}

/// This thread, if it can own anything.
fn owning(step: &'static str) -> Result<Owner> {
    match life::mine() {
        Owner::NOBODY => Err(Error::new(ErrorKind::NotOwner, step)),
        me => Ok(me),
    }
}

/// A mutex inside a section.
pub(crate) struct Mutex<'v> {
    word: &'v AtomicU64,
    bell: Bell<'v>,
}

const LOCK: &str = "lock the mutex";
const UNLOCK: &str = "unlock mutex";

impl<'v> Mutex<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], section: Option<&'v Handle>) -> Result<Self> {
        // The first word says where it is at home, on systems that do not see all threads.
        let [_, word, queue] = words(cell, "place a mutex")?;
        Ok(Mutex {
            word,
            bell: Bell::new(queue, section),
        })
    }

    fn lock<'b>(&'b self) -> Lock<'b, Living<'b>> {
        Lock {
            word: self.word,
            queue: self.bell.word(),
        }
    }

    fn living(&self, me: Owner) -> Living<'_> {
        Living::new(me, [&self.bell; 2])
    }

    #[inline]
    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let me = life::mine();
        if me != Owner::NOBODY && replace(self.word, 0, me.bits(), Ordering::Acquire) {
            return Ok(Some(Acquired { abandoned: false }));
        }
        self.acquire_slowly(timeout)
    }

    #[cold]
    fn acquire_slowly(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let living = self.living(life::begin()?);
        let taken = lives::acquire(&living, self.lock(), until(timeout));
        let taken = taken.map_err(|trouble| failed(LOCK, trouble))?;
        Ok(taken.map(acquired))
    }

    #[inline]
    pub(crate) fn unlock(&self) -> Result<()> {
        let me = life::mine();
        // Nobody sleeps, so there is nobody to wake.
        if me != Owner::NOBODY && replace(self.word, me.bits(), 0, Ordering::Release) {
            return Ok(());
        }
        self.unlock_slowly()
    }

    #[cold]
    fn unlock_slowly(&self) -> Result<()> {
        let living = self.living(owning(UNLOCK)?);
        lives::release(&living, self.lock()).map_err(|trouble| failed(UNLOCK, trouble))
    }
}

#[inline]
fn replace(word: &AtomicU64, from: u64, to: u64, success: Ordering) -> bool {
    word.compare_exchange(from, to, success, Ordering::Relaxed)
        .is_ok()
}

/// A condition inside a section.
pub(crate) struct Condvar<'v> {
    state: &'v AtomicU64,
    bell: Bell<'v>,
}

impl<'v> Condvar<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], section: Option<&'v Handle>) -> Result<Self> {
        let [state, queue] = words(cell, "place a condition")?;
        Ok(Condvar {
            state,
            bell: Bell::new(queue, section),
        })
    }

    fn condition<'b>(&'b self) -> Condition<'b, Living<'b>> {
        Condition {
            state: self.state,
            queue: self.bell.word(),
        }
    }

    pub(crate) fn wait(
        &self,
        mutex: &Mutex<'_>,
        timeout: Option<Duration>,
    ) -> Result<(bool, Acquired)> {
        let living = Living::new(owning(WAIT)?, [&self.bell, &mutex.bell]);
        let waited = lives::wait(&living, self.condition(), mutex.lock(), until(timeout));
        let (woken, taken) = waited.map_err(|trouble| failed(WAIT, trouble))?;
        Ok((woken, acquired(taken)))
    }

    /// Whoever notifies need not own anything.
    fn anybody(&self) -> Living<'_> {
        Living::new(life::mine(), [&self.bell; 2])
    }

    pub(crate) fn notify_one(&self) -> Result<()> {
        lives::notify_one(&self.anybody(), self.condition());
        Ok(())
    }

    pub(crate) fn notify_all(&self) -> Result<()> {
        lives::notify_all(&self.anybody(), self.condition());
        Ok(())
    }
}

/// A reader-writer lock inside a section.
pub(crate) struct RwLock<'v> {
    word: &'v AtomicU64,
    gate: Bell<'v>,
    drain: Bell<'v>,
    places: &'v [AtomicU64],
}

const READ: &str = "lock for reading";
const WRITE: &str = "lock for writing";
const RELEASE: &str = "give up the reader-writer lock";

impl<'v> RwLock<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], section: Option<&'v Handle>) -> Result<Self> {
        let [_, word, gate, drain, _, _, _] = words(cell, "place a reader-writer lock")?;
        Ok(RwLock {
            word,
            gate: Bell::new(gate, section),
            drain: Bell::new(drain, section),
            places: &cell[7..],
        })
    }

    fn shared<'b>(&'b self) -> Shared<'b, Living<'b>> {
        Shared {
            gate: Lock {
                word: self.word,
                queue: self.gate.word(),
            },
            drain: self.drain.word(),
            places: self.places,
        }
    }

    fn living(&self, me: Owner) -> Living<'_> {
        Living::new(me, [&self.gate, &self.drain])
    }

    pub(crate) fn acquire_read(&self, timeout: Option<Duration>) -> Result<Option<Reading>> {
        let living = self.living(life::begin()?);
        let reader = lives::read(&living, self.shared(), until(timeout));
        let reader = reader.map_err(|trouble| failed(READ, trouble))?;
        Ok(reader.map(|reader| Reading {
            place: reader.place,
            abandoned: reader.abandoned,
        }))
    }

    pub(crate) fn release_read(&self, place: Option<usize>) -> Result<()> {
        let living = self.living(owning(RELEASE)?);
        lives::release_read(&living, self.shared(), place)
            .map_err(|trouble| failed(RELEASE, trouble))
    }

    pub(crate) fn acquire_write(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let living = self.living(life::begin()?);
        let taken = lives::write(&living, self.shared(), until(timeout));
        let taken = taken.map_err(|trouble| failed(WRITE, trouble))?;
        Ok(taken.map(acquired))
    }

    pub(crate) fn release_write(&self) -> Result<()> {
        let living = self.living(owning(RELEASE)?);
        lives::release_write(&living, self.shared()).map_err(|trouble| failed(RELEASE, trouble))
    }
}
