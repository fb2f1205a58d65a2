//! Primitives inside a section, over words of it. DESIGN.md, "Primitives inside a section".
//!
//! The system's own objects come in where a thread must sleep, and nowhere else: semaphores to sleep
//! at (`bell.rs`), and the threads themselves, to see that an owner has ended (`life.rs`).

mod bell;
mod call;
mod clock;
mod life;
mod lock;
mod machine;
mod spot;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::bell::Bell;
use self::clock::until;
pub(crate) use self::lock::{Condvar, Mutex, RwLock};
use self::spot::{Spot, beginning};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::{self, Rule, Trouble, Word};
use crate::sys::Handle;

/// Windows.
pub(crate) const SYSTEM: u8 = 2;

const WAIT: &str = "wait";

fn words<'v, const N: usize>(
    cell: &'v [AtomicU64],
    step: &'static str,
) -> Result<&'v [AtomicU64; N]> {
    cell.first_chunk()
        .ok_or_else(|| Error::new(ErrorKind::InvalidSize, step))
}

fn failed(step: &'static str, trouble: Trouble) -> Error {
    let error = |kind| Error::new(kind, step);
    match trouble {
        Trouble::Corrupt | Trouble::Claimed => {
            error(ErrorKind::Corrupt).detail("another process has written into the primitive")
        }
        Trouble::Full => error(ErrorKind::TooManyPosts),
        Trouble::NotOwner => error(ErrorKind::NotOwner),
        Trouble::WouldDeadlock => error(ErrorKind::WouldDeadlock),
        Trouble::Unknown => error(ErrorKind::Other)
            .detail("the system does not tell whether the owner of the lock is alive"),
        Trouble::Unsupported => error(ErrorKind::Unsupported),
    }
}

/// A word and its bell, for what nobody owns.
struct Signal<'v> {
    word: &'v AtomicU64,
    bell: Bell<'v>,
    rule: Rule,
    beginning: Word,
}

impl<'v> Signal<'v> {
    fn new(
        cell: &'v [AtomicU64],
        section: Option<&'v Handle>,
        rule: Rule,
        count: u32,
        step: &'static str,
    ) -> Result<Self> {
        let [word, bell] = words(cell, step)?;
        Ok(Signal {
            word,
            bell: Bell::new(bell, section),
            rule,
            beginning: beginning(rule, count),
        })
    }

    fn spot(&self) -> Spot<'_> {
        Spot::new(self.word, self.beginning, &self.bell)
    }

    fn state(&self) -> Word {
        Word(self.word.load(Ordering::Acquire) ^ self.beginning.0)
    }

    /// Waits for it and takes it; `false`: not in time.
    fn acquire(&self, timeout: Option<Duration>) -> Result<bool> {
        let taken = protocol::acquire(&self.spot(), self.rule, until(timeout));
        taken
            .map(|taken| taken.is_some())
            .map_err(|trouble| failed(WAIT, trouble))
    }
}

/// An event inside a section.
pub(crate) struct Event<'v>(Signal<'v>);

impl<'v> Event<'v> {
    pub(crate) fn new(
        cell: &'v [AtomicU64],
        section: Option<&'v Handle>,
        manual: bool,
        set: bool,
    ) -> Result<Self> {
        let rule = match manual {
            true => Rule::ManualEvent,
            false => Rule::AutoEvent,
        };
        Signal::new(cell, section, rule, set.into(), "place an event").map(Event)
    }

    pub(crate) fn set(&self) -> Result<()> {
        protocol::set(&self.0.spot(), self.0.rule).map_err(|trouble| failed("set event", trouble))
    }

    pub(crate) fn reset(&self) -> Result<()> {
        protocol::reset(&self.0.spot(), self.0.rule)
            .map_err(|trouble| failed("reset event", trouble))
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        protocol::pulse(&self.0.spot(), self.0.rule)
            .map_err(|trouble| failed("pulse event", trouble))
    }

    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<bool> {
        self.0.acquire(timeout)
    }

    pub(crate) fn is_set(&self) -> Result<bool> {
        Ok(self.0.state().is_set())
    }
}

/// A semaphore inside a section.
pub(crate) struct Semaphore<'v> {
    signal: Signal<'v>,
    max: u32,
}

impl<'v> Semaphore<'v> {
    pub(crate) fn new(
        cell: &'v [AtomicU64],
        section: Option<&'v Handle>,
        count: u32,
        max: u32,
    ) -> Result<Self> {
        let signal = Signal::new(cell, section, Rule::Semaphore, count, "place a semaphore")?;
        Ok(Semaphore { signal, max })
    }

    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<bool> {
        self.signal.acquire(timeout)
    }

    pub(crate) fn release(&self, count: u32) -> Result<u32> {
        protocol::release(&self.signal.spot(), count, self.max)
            .map_err(|trouble| failed("release semaphore", trouble))
    }

    pub(crate) fn count(&self) -> Result<u32> {
        Ok(self.signal.state().count())
    }
}
