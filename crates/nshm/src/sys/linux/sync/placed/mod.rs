//! Primitives inside a section, over words of it. DESIGN.md, "Primitives inside a section".

pub(super) mod life;
mod machine;
mod spot;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::machine::Living;
use self::spot::{Spot, beginning};
use super::{WAIT, acquired, event_rule, failed, until};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Domain;
use crate::protocol::lives::{self, Condition, Lock, Owner, Shared};
use crate::protocol::{self, Rule, Word};
use crate::sys::linux::domain;
use crate::sys::{Acquired, Handle, Reading};

/// Linux.
pub(crate) const SYSTEM: u8 = 1;

fn words<'v, const N: usize>(
    cell: &'v [AtomicU64],
    step: &'static str,
) -> Result<&'v [AtomicU64; N]> {
    cell.first_chunk()
        .ok_or_else(|| Error::new(ErrorKind::InvalidSize, step))
}

/// An event inside a section.
pub(crate) struct Event<'v> {
    word: &'v AtomicU64,
    rule: Rule,
    beginning: Word,
}

impl<'v> Event<'v> {
    pub(crate) fn new(
        cell: &'v [AtomicU64],
        _: Option<&'v Handle>,
        manual: bool,
        set: bool,
    ) -> Result<Self> {
        let [word] = words(cell, "place an event")?;
        let rule = event_rule(manual);
        Ok(Event {
            word,
            rule,
            beginning: beginning(rule, set.into()),
        })
    }

    fn spot(&self) -> Spot<'v> {
        Spot::new(self.word, self.beginning)
    }

    pub(crate) fn set(&self) -> Result<()> {
        protocol::set(&self.spot(), self.rule).map_err(|trouble| failed("set event", trouble))
    }

    pub(crate) fn reset(&self) -> Result<()> {
        protocol::reset(&self.spot(), self.rule).map_err(|trouble| failed("reset event", trouble))
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        protocol::pulse(&self.spot(), self.rule).map_err(|trouble| failed("pulse event", trouble))
    }

    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<bool> {
        acquire(&self.spot(), self.rule, timeout)
    }

    pub(crate) fn is_set(&self) -> Result<bool> {
        Ok(Word(self.word.load(Ordering::Acquire) ^ self.beginning.0).is_set())
    }
}

/// A semaphore inside a section.
pub(crate) struct Semaphore<'v> {
    word: &'v AtomicU64,
    beginning: Word,
    max: u32,
}

impl<'v> Semaphore<'v> {
    pub(crate) fn new(
        cell: &'v [AtomicU64],
        _: Option<&'v Handle>,
        count: u32,
        max: u32,
    ) -> Result<Self> {
        let [word] = words(cell, "place a semaphore")?;
        Ok(Semaphore {
            word,
            beginning: beginning(Rule::Semaphore, count),
            max,
        })
    }

    fn spot(&self) -> Spot<'v> {
        Spot::new(self.word, self.beginning)
    }

    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<bool> {
        acquire(&self.spot(), Rule::Semaphore, timeout)
    }

    pub(crate) fn release(&self, count: u32) -> Result<u32> {
        protocol::release(&self.spot(), count, self.max)
            .map_err(|trouble| failed("release semaphore", trouble))
    }

    pub(crate) fn count(&self) -> Result<u32> {
        Ok(Word(self.word.load(Ordering::Acquire) ^ self.beginning.0).count())
    }
}

/// Waits for one of the two and takes it; `false`: not in time.
fn acquire(spot: &Spot<'_>, rule: Rule, timeout: Option<Duration>) -> Result<bool> {
    let taken = protocol::acquire(spot, rule, until(timeout));
    taken
        .map(|taken| taken.is_some())
        .map_err(|trouble| failed(WAIT, trouble))
}

/// A mutex inside a section.
pub(crate) struct Mutex<'v> {
    word: &'v AtomicU64,
    queue: &'v AtomicU64,
}

const LOCK: &str = "lock the mutex";
const UNLOCK: &str = "unlock mutex";

impl<'v> Mutex<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        const STEP: &str = "place a mutex";
        let [home, word, queue] = words(cell, STEP)?;
        settle(home, STEP)?;
        Ok(Mutex { word, queue })
    }

    fn lock(&self) -> Lock<'v, Living> {
        Lock {
            word: self.word,
            queue: self.queue,
        }
    }

    #[inline]
    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let me = life::mine();
        // From here on its life tells of its death, so it owes nothing.
        if me != Owner::NOBODY && replace(self.word, 0, me.bits(), Ordering::Acquire) {
            return Ok(Some(Acquired { abandoned: false }));
        }
        self.acquire_slowly(timeout)
    }

    #[cold]
    fn acquire_slowly(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let living = Living::now()?;
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
        self.unlock_slowly(me)
    }

    #[cold]
    fn unlock_slowly(&self, me: Owner) -> Result<()> {
        if me == Owner::NOBODY {
            return Err(Error::new(ErrorKind::NotOwner, UNLOCK));
        }
        lives::release(&Living::now()?, self.lock()).map_err(|trouble| failed(UNLOCK, trouble))
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
    queue: &'v AtomicU64,
}

impl<'v> Condvar<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        let [state, queue] = words(cell, "place a condition")?;
        Ok(Condvar { state, queue })
    }

    fn condition(&self) -> Condition<'v, Living> {
        Condition {
            state: self.state,
            queue: self.queue,
        }
    }

    pub(crate) fn wait(
        &self,
        mutex: &Mutex<'_>,
        timeout: Option<Duration>,
    ) -> Result<(bool, Acquired)> {
        let living = Living::now()?;
        let lock = Lock {
            word: mutex.word,
            queue: mutex.queue,
        };
        let waited = lives::wait(&living, self.condition(), lock, until(timeout));
        let (woken, taken) = waited.map_err(|trouble| failed(WAIT, trouble))?;
        Ok((woken, acquired(taken)))
    }

    pub(crate) fn notify_one(&self) -> Result<()> {
        lives::notify_one(&Living::or_not(), self.condition());
        Ok(())
    }

    pub(crate) fn notify_all(&self) -> Result<()> {
        lives::notify_all(&Living::or_not(), self.condition());
        Ok(())
    }
}

/// A reader-writer lock inside a section.
pub(crate) struct RwLock<'v> {
    gate: Lock<'v, Living>,
    drain: &'v AtomicU64,
    places: &'v [AtomicU64],
}

const READ: &str = "lock for reading";
const WRITE: &str = "lock for writing";
const RELEASE: &str = "give up the reader-writer lock";

impl<'v> RwLock<'v> {
    pub(crate) fn new(cell: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        const STEP: &str = "place a reader-writer lock";
        let [home, word, queue, drain, _, _, _] = words(cell, STEP)?;
        settle(home, STEP)?;
        Ok(RwLock {
            gate: Lock { word, queue },
            drain,
            places: &cell[7..],
        })
    }

    fn shared(&self) -> Shared<'v, Living> {
        Shared {
            gate: self.gate,
            drain: self.drain,
            places: self.places,
        }
    }

    pub(crate) fn acquire_read(&self, timeout: Option<Duration>) -> Result<Option<Reading>> {
        let reader = lives::read(&Living::now()?, self.shared(), until(timeout));
        let reader = reader.map_err(|trouble| failed(READ, trouble))?;
        Ok(reader.map(|reader| Reading {
            place: reader.place,
            abandoned: reader.abandoned,
        }))
    }

    pub(crate) fn release_read(&self, place: Option<usize>) -> Result<()> {
        let living = owning(RELEASE)?;
        lives::release_read(&living, self.shared(), place)
            .map_err(|trouble| failed(RELEASE, trouble))
    }

    pub(crate) fn acquire_write(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let taken = lives::write(&Living::now()?, self.shared(), until(timeout));
        let taken = taken.map_err(|trouble| failed(WRITE, trouble))?;
        Ok(taken.map(acquired))
    }

    pub(crate) fn release_write(&self) -> Result<()> {
        let living = owning(RELEASE)?;
        lives::release_write(&living, self.shared()).map_err(|trouble| failed(RELEASE, trouble))
    }
}

/// This thread, if it can own anything: a forked child that has locked nothing does not.
fn owning(step: &'static str) -> Result<Living> {
    if life::mine() == Owner::NOBODY {
        return Err(Error::new(ErrorKind::NotOwner, step));
    }
    Living::now()
}

/// Makes a lock one of this boot and IPC namespace, in which the lives of its owners are found.
///
/// It may be older, in a file: then all its owners have died with their boot, which whoever finds it
/// taken will see. In another namespace they may live, and cannot be seen.
fn settle(home: &AtomicU64, step: &'static str) -> Result<()> {
    let mine = stamp(domain::current()?);
    let mut found = 0;
    while let Err(other) = home.compare_exchange(found, mine, Ordering::AcqRel, Ordering::Acquire) {
        // This process may have moved since it was asked first.
        let is_here = other == mine || other == stamp(domain::ask()?);
        if is_here {
            return Ok(());
        }
        if other >> 32 == mine >> 32 {
            return Err(Error::new(ErrorKind::ForeignNamespace, step)
                .detail("it is in use in another IPC namespace, where its owners cannot be seen")
                .with_hint(
                    "run both programs in one IPC namespace, or set its bytes to zero when \
                     nobody there uses it any more",
                ));
        }
        found = other;
    }
    Ok(())
}

/// Boot and namespace, and never zero.
fn stamp(domain: Domain) -> u64 {
    let boot = (domain.boot ^ domain.boot >> 32) as u32;
    let namespace = domain.namespace as u32;
    u64::from(boot.max(1)) << 32 | u64::from(namespace)
}
