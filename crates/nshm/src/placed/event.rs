//! Events inside a section.

use std::fmt;
use std::time::Duration;

use super::cell::{self, Kind};
use crate::error::Result;
use crate::sync::{EventState, Reset};
use crate::sys;
use crate::view::ViewMut;

/// Something that happens: an [`Event`](crate::Event) inside a section.
///
/// As there, one that resets itself is given to one who is asleep; what was given to a sleeper that is
/// killed before it has run goes to another one, within a second. Where each call must count, use a
/// [`Semaphore`](super::Semaphore).
///
/// ```
/// use nshm::placed::Event;
/// use nshm::{EventState, Reset};
///
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::anonymous(4096)?.map()?;
/// let ready = Event::at(&view, 64, Reset::Automatic, EventState::Unset)?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| ready.set());
///     ready.wait()
/// })?;
/// # Ok(())
/// # }
/// ```
pub struct Event<'v> {
    inner: sys::placed::Event<'v>,
    reset: Reset,
}

/// Of the parameter: only `reset` resets it; it was set when it was made.
const MANUAL: u32 = 1;
const SET: u32 = 2;

impl<'v> Event<'v> {
    /// How many bytes it takes.
    pub const SIZE: usize = 32;

    /// Makes an event there, or finds the one that is there, which stays as it is.
    ///
    /// # Errors
    /// - `OutOfBounds`; `Misaligned`: not at a multiple of [`ALIGN`](super::ALIGN).
    /// - `WrongKind`: there is another primitive. `Corrupt`: there is something else.
    /// - `Unsupported`: a program for another system has made it.
    pub fn at(
        view: &'v ViewMut,
        offset: usize,
        reset: Reset,
        state: EventState,
    ) -> Result<Event<'v>> {
        let manual = if reset == Reset::Manual { MANUAL } else { 0 };
        let set = if state == EventState::Set { SET } else { 0 };
        let (made, words) = cell::at(view, offset, Self::SIZE, Kind::Event, manual | set)?;
        let is_manual = made & MANUAL != 0;
        Ok(Event {
            inner: sys::placed::Event::new(words, view.section(), is_manual, made & SET != 0)?,
            reset: if is_manual {
                Reset::Manual
            } else {
                Reset::Automatic
            },
        })
    }

    /// Sets it: one waiter goes on, or everybody if it is reset by hand. What this thread wrote
    /// before is seen by who goes on. It does nothing more where it is set already.
    ///
    /// # Errors
    /// `Corrupt`: another process has written into it. So for all operations.
    pub fn set(&self) -> Result<()> {
        self.inner.set()
    }

    /// Resets it.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    pub fn reset(&self) -> Result<()> {
        self.inner.reset()
    }

    /// Lets those go who wait now, or one of them if it resets itself, and leaves it reset.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    pub fn pulse(&self) -> Result<()> {
        self.inner.pulse()
    }

    /// Waits until it is set, and resets it if that is automatic.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    pub fn wait(&self) -> Result<()> {
        self.inner.acquire(None).map(drop)
    }

    /// Waits for so long at most. Whether it was set; if not, nothing has changed.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        self.inner.acquire(Some(timeout))
    }

    /// Whether it is set now, without resetting it.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn state(&self) -> Result<EventState> {
        Ok(match self.inner.is_set()? {
            true => EventState::Set,
            false => EventState::Unset,
        })
    }

    /// What resets it.
    pub fn resets(&self) -> Reset {
        self.reset
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("state", &self.state().ok())
            .field("resets", &self.reset)
            .finish()
    }
}
