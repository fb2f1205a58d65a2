//! Conditions inside a section.

use std::fmt;
use std::time::Duration;

use super::cell::{self, Kind};
use super::mutex::MutexGuard;
use crate::error::Result;
use crate::sys;
use crate::view::ViewMut;

/// A place to wait for what others change under a [`Mutex`](super::Mutex).
///
/// A waiter that was woken and is killed before it has the mutex again does not take the wake-up
/// with it: another one is woken. Who is told that the mutex was [abandoned](MutexGuard::is_abandoned)
/// does not know what the dead owner would have said: it should [notify all](Condvar::notify_all).
///
/// A wait may end without a notification: look again at what is waited for.
///
/// ```
/// use nshm::placed::{Condvar, Mutex};
///
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::anonymous(4096)?.map()?;
/// let mutex = Mutex::at(&view, 0)?;
/// let filled = Condvar::at(&view, Mutex::SIZE)?;
/// const DATA: usize = Mutex::SIZE + Condvar::SIZE;
///
/// std::thread::scope(|scope| -> nshm::Result<()> {
///     scope.spawn(|| -> nshm::Result<()> {
///         let _guard = mutex.lock()?;
///         view.store(DATA, &1_u32)?;
///         filled.notify_one()
///     });
///     let mut guard = mutex.lock()?;
///     while view.load::<u32>(DATA)? == 0 {
///         guard = filled.wait(guard)?;
///     }
///     Ok(())
/// })
/// # }
/// ```
pub struct Condvar<'v> {
    inner: sys::placed::Condvar<'v>,
}

/// How a wait with a limit has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waited {
    /// By a notification, or for no reason.
    Woken,
    /// The time has passed.
    TimedOut,
}

impl<'v> Condvar<'v> {
    /// How many bytes it takes.
    pub const SIZE: usize = 32;

    /// Makes a condition there, or finds the one that is there.
    ///
    /// # Errors
    /// As for [`Event::at`](super::Event::at).
    pub fn at(view: &'v ViewMut, offset: usize) -> Result<Condvar<'v>> {
        let (_, words) = cell::at(view, offset, Self::SIZE, Kind::Condvar, 0)?;
        let inner = sys::placed::Condvar::new(words, view.section())?;
        Ok(Condvar { inner })
    }

    /// Unlocks the mutex, waits for a notification from then on, and locks it again.
    ///
    /// # Errors
    /// As for [`Mutex::lock`](super::Mutex::lock); then the mutex is not locked.
    pub fn wait<'m, 'w>(&self, guard: MutexGuard<'m, 'w>) -> Result<MutexGuard<'m, 'w>> {
        Ok(self.wait_for(guard, None)?.0)
    }

    /// Waits for so long at most; then still for the mutex, as long as it takes.
    ///
    /// # Errors
    /// As for [`wait`](Condvar::wait).
    pub fn wait_timeout<'m, 'w>(
        &self,
        guard: MutexGuard<'m, 'w>,
        timeout: Duration,
    ) -> Result<(MutexGuard<'m, 'w>, Waited)> {
        self.wait_for(guard, Some(timeout))
    }

    fn wait_for<'m, 'w>(
        &self,
        guard: MutexGuard<'m, 'w>,
        timeout: Option<Duration>,
    ) -> Result<(MutexGuard<'m, 'w>, Waited)> {
        let mutex = guard.into_mutex();
        let (woken, acquired) = self.inner.wait(&mutex.inner, timeout)?;
        let waited = if woken {
            Waited::Woken
        } else {
            Waited::TimedOut
        };
        Ok((MutexGuard::new(mutex, acquired), waited))
    }

    /// Wakes one of those who wait, if there are any.
    ///
    /// # Errors
    /// `Other`, where the system refuses.
    pub fn notify_one(&self) -> Result<()> {
        self.inner.notify_one()
    }

    /// Wakes all who wait.
    ///
    /// # Errors
    /// As for [`notify_one`](Condvar::notify_one).
    pub fn notify_all(&self) -> Result<()> {
        self.inner.notify_all()
    }
}

impl fmt::Debug for Condvar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
