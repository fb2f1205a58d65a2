//! Mutexes inside a section.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::cell::{self, Kind};
use crate::error::Result;
use crate::sys::{self, Acquired};
use crate::view::ViewMut;

/// What only one thread may do at a time, among all processes that share the section.
///
/// An owner that ends without unlocking it, also by `kill -9`, gives the next one the lock, which is
/// told so once: the lock was *abandoned*, and what it protects may be half-done. A thread can own
/// any number of them, and processes in different PID namespaces (containers) can share one as long
/// as they are in one IPC namespace. A child of `fork` owns nothing.
///
/// It is a thread that owns it, and no view: if its guard is forgotten, the thread owns it until it ends,
/// through every view of the section, and also when none of them is left.
///
/// Unlike a [`Mutex`](crate::Mutex) with a name it cannot be locked again by its owner: that is an
/// error, and no deadlock.
pub struct Mutex<'v> {
    pub(super) inner: sys::placed::Mutex<'v>,
}

impl<'v> Mutex<'v> {
    /// How many bytes it takes.
    pub const SIZE: usize = 32;

    /// Makes a mutex there that nobody owns, or finds the one that is there.
    ///
    /// # Errors
    /// - As for [`Event::at`](super::Event::at).
    /// - `ForeignNamespace`: it is in use in another IPC namespace, as a section over a file can be. When
    ///   nobody there uses it any more, its bytes may be set to zero.
    pub fn at(view: &'v ViewMut, offset: usize) -> Result<Mutex<'v>> {
        let (_, words) = cell::at(view, offset, Self::SIZE, Kind::Mutex, 0)?;
        let inner = sys::placed::Mutex::new(words, view.section())?;
        Ok(Mutex { inner })
    }

    /// Waits until nobody owns it, and owns it.
    ///
    /// # Errors
    /// - `WouldDeadlock`: this thread owns it already.
    /// - `Corrupt`: another process has written into it.
    /// - `Unsupported`: the system does not look after the end of this thread.
    /// - `CommitLimit`, `TooManySections`: there is no memory for what tells of the end of this thread;
    ///   with its first lock only.
    /// - `Other`: the system does not tell whether the owner is alive.
    #[inline]
    pub fn lock(&self) -> Result<MutexGuard<'_, 'v>> {
        loop {
            if let Some(acquired) = self.inner.acquire(None)? {
                return Ok(MutexGuard::new(self, acquired));
            }
        }
    }

    /// Owns it if nobody does.
    ///
    /// # Errors
    /// As for [`lock`](Mutex::lock).
    pub fn try_lock(&self) -> Result<Option<MutexGuard<'_, 'v>>> {
        self.lock_timeout(Duration::ZERO)
    }

    /// Waits for so long at most.
    ///
    /// # Errors
    /// As for [`lock`](Mutex::lock).
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<MutexGuard<'_, 'v>>> {
        let acquired = self.inner.acquire(Some(timeout))?;
        Ok(acquired.map(|acquired| MutexGuard::new(self, acquired)))
    }
}

impl fmt::Debug for Mutex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// A [`Mutex`] that is locked; dropping it unlocks. It stays with its thread:
///
/// ```compile_fail,E0277
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::anonymous(4096)?.map()?;
/// let mutex = nshm::placed::Mutex::at(&view, 0)?;
/// let guard = mutex.lock()?;
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// # Ok(())
/// # }
/// ```
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'m, 'v> {
    mutex: &'m Mutex<'v>,
    acquired: Acquired,
    /// A thread owns a mutex, so its guard is not for others.
    not_send: PhantomData<*const ()>,
}

impl<'m, 'v> MutexGuard<'m, 'v> {
    #[inline]
    pub(super) fn new(mutex: &'m Mutex<'v>, acquired: Acquired) -> Self {
        MutexGuard {
            mutex,
            acquired,
            not_send: PhantomData,
        }
    }

    /// The mutex, which stays locked.
    pub(super) fn into_mutex(self) -> &'m Mutex<'v> {
        let mutex = self.mutex;
        std::mem::forget(self);
        mutex
    }

    /// Whether the last owner ended without unlocking. One owner hears of it.
    #[inline]
    pub fn is_abandoned(&self) -> bool {
        self.acquired.abandoned
    }

    /// Unlocks and says whether that went well, where dropping it would not.
    ///
    /// # Errors
    /// `Corrupt`: another process has written into the mutex.
    pub fn unlock(self) -> Result<()> {
        self.into_mutex().inner.unlock()
    }
}

impl Drop for MutexGuard<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        let _ = self.mutex.inner.unlock();
    }
}

impl fmt::Debug for MutexGuard<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard")
            .field("is_abandoned", &self.is_abandoned())
            .finish_non_exhaustive()
    }
}
