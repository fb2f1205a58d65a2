//! One of each kind, side by side in a section, and who has it.

use anyhow::Result;
use nshm::placed::{Condvar, Event, Mutex, RwLock, Semaphore};
use nshm::{EventState, Reset, ViewMut};

use crate::linux::stage::creator_of;

/// So many places for readers.
pub(super) const READERS: u32 = 2;
/// What the semaphore counts at most.
pub(super) const MAX: u32 = 5;

// Where they are.
const MUTEX: usize = 0;
const CONDITION: usize = 32;
const EVENT: usize = 64;
const SEMAPHORE: usize = 96;
const BESIDE: usize = 128;
const LOCK: usize = 160;
pub(in crate::linux) const END: usize = LOCK + RwLock::size(READERS);

// Within them, as docs/format.md says.
const LOCK_WORD: usize = 16;
const STATE_WORD: usize = 8;

/// In the word of a lock: its owner has changed nothing yet.
const CLEAN: u64 = 1 << 63;
/// In the state of a condition: some thread sleeps, or one is waking all.
const MARKS: u64 = 1 << 31 | 1 << 63;

pub(super) struct Court<'v> {
    pub(super) mutex: Mutex<'v>,
    pub(super) condition: Condvar<'v>,
    pub(super) event: Event<'v>,
    pub(super) semaphore: Semaphore<'v>,
    /// A mutex that is nobody else's business.
    pub(super) beside: Mutex<'v>,
    pub(super) lock: RwLock<'v>,
    view: &'v ViewMut,
}

impl<'v> Court<'v> {
    /// Places them, or finds them.
    pub(super) fn at(view: &'v ViewMut) -> nshm::Result<Court<'v>> {
        Ok(Court {
            mutex: mutex(view)?,
            condition: condition(view)?,
            event: event(view)?,
            semaphore: semaphore(view)?,
            beside: Mutex::at(view, BESIDE)?,
            lock: lock(view)?,
            view,
        })
    }

    /// Whether a process has the mutex.
    pub(super) fn locks(&self, process: u32) -> Result<bool> {
        is_of(self.view.load(MUTEX + LOCK_WORD)?, process)
    }

    /// Whether a process has the reader-writer lock for writing.
    pub(super) fn writes(&self, process: u32) -> Result<bool> {
        let word: u64 = self.view.load(LOCK + LOCK_WORD)?;
        Ok(word & CLEAN == 0 && is_of(word, process)?)
    }

    /// What changes with every notification.
    pub(super) fn notifications(&self) -> Result<u64> {
        let state: u64 = self.view.load(CONDITION + STATE_WORD)?;
        Ok(state & !MARKS)
    }
}

pub(in crate::linux) fn mutex(view: &ViewMut) -> nshm::Result<Mutex<'_>> {
    Mutex::at(view, MUTEX)
}

pub(in crate::linux) fn condition(view: &ViewMut) -> nshm::Result<Condvar<'_>> {
    Condvar::at(view, CONDITION)
}

pub(in crate::linux) fn event(view: &ViewMut) -> nshm::Result<Event<'_>> {
    Event::at(view, EVENT, Reset::Automatic, EventState::Unset)
}

pub(in crate::linux) fn semaphore(view: &ViewMut) -> nshm::Result<Semaphore<'_>> {
    Semaphore::at(view, SEMAPHORE, 0, MAX)
}

pub(in crate::linux) fn lock(view: &ViewMut) -> nshm::Result<RwLock<'_>> {
    RwLock::at(view, LOCK, READERS)
}

/// Whether the word of a lock names the life of a thread of that process: it is in a segment which
/// that process has made.
fn is_of(word: u64, process: u32) -> Result<bool> {
    let segment = (word >> 32) as u32 & !(1 << 31);
    // The tag; zero is nobody's.
    let is_owned = word & ((1 << 30) - 1) != 0;
    Ok(is_owned && creator_of(segment)? == Some(process))
}
