//! Reader-writer locks inside a section.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::cell::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::sys::{self, Acquired, Reading};
use crate::view::ViewMut;

/// What many may read at a time and only one may write.
///
/// A reader that dies holds nobody up. A writer that dies leaves the lock *abandoned*: what it
/// protects may be half-done. Everybody who locks it is told, readers too, until a writer that was
/// told has unlocked it.
///
/// A lock has places for some readers. When they are taken, a reader more takes the lock alone, as a
/// writer would, so it is always right and sometimes slower. A writer that waits lets no new
/// readers in, so it is not held up for ever; nor are readers by writers.
///
/// ```
/// use nshm::placed::RwLock;
///
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::anonymous(4096)?.map()?;
/// let lock = RwLock::at(&view, 0, 8)?;
/// {
///     let _one = lock.read()?;
///     std::thread::scope(|scope| {
///         scope.spawn(|| assert!(lock.try_read().unwrap().is_some()));
///         scope.spawn(|| assert!(lock.try_write().unwrap().is_none()));
///     });
/// }
/// assert!(lock.try_write()?.is_some());
/// # Ok(())
/// # }
/// ```
pub struct RwLock<'v> {
    inner: sys::placed::RwLock<'v>,
}

const STEP: &str = "place a reader-writer lock";

impl<'v> RwLock<'v> {
    /// The most readers that a lock can have places for.
    pub const MAX_READERS: u32 = 4096;

    /// How many bytes a lock takes that has places for so many readers.
    pub const fn size(readers: u32) -> usize {
        64 + readers as usize * 8
    }

    /// Makes a lock there that nobody has, with places for so many readers, or finds the one that is
    /// there.
    ///
    /// # Errors
    /// - `InvalidArgument`: `readers` is zero or more than [`MAX_READERS`](RwLock::MAX_READERS), or the
    ///   lock that is there was made for another number of them.
    /// - As for [`Mutex::at`](super::Mutex::at).
    pub fn at(view: &'v ViewMut, offset: usize, readers: u32) -> Result<RwLock<'v>> {
        let invalid = |detail: String| Error::new(ErrorKind::InvalidArgument, STEP).detail(detail);
        if readers == 0 || readers > Self::MAX_READERS {
            let most = Self::MAX_READERS;
            return Err(invalid(format!(
                "it can have places for 1 to {most} readers, and not for {readers}"
            )));
        }
        let size = Self::size(readers);
        let (made, words) = cell::at(view, offset, size, Kind::RwLock, readers)?;
        if made != readers {
            return Err(invalid(format!("it was made for {made} readers")));
        }
        let inner = sys::placed::RwLock::new(words, view.section())?;
        Ok(RwLock { inner })
    }

    /// Waits until nobody writes, and reads.
    ///
    /// # Errors
    /// - `WouldDeadlock`: this thread writes; or it reads already, and a writer waits for it or no place is
    ///   free. So a thread that reads should not lock it once more: whether it may is for others to say.
    /// - As for [`Mutex::lock`](super::Mutex::lock).
    pub fn read(&self) -> Result<ReadGuard<'_, 'v>> {
        loop {
            if let Some(guard) = self.read_for(None)? {
                return Ok(guard);
            }
        }
    }

    /// Reads if nobody writes or waits to write.
    ///
    /// # Errors
    /// As for [`read`](RwLock::read).
    pub fn try_read(&self) -> Result<Option<ReadGuard<'_, 'v>>> {
        self.read_for(Some(Duration::ZERO))
    }

    /// Waits for so long at most.
    ///
    /// # Errors
    /// As for [`read`](RwLock::read).
    pub fn read_timeout(&self, timeout: Duration) -> Result<Option<ReadGuard<'_, 'v>>> {
        self.read_for(Some(timeout))
    }

    fn read_for(&self, timeout: Option<Duration>) -> Result<Option<ReadGuard<'_, 'v>>> {
        let reading = self.inner.acquire_read(timeout)?;
        Ok(reading.map(|reading| ReadGuard {
            lock: self,
            reading,
            not_send: PhantomData,
        }))
    }

    /// Waits until nobody reads or writes, and writes.
    ///
    /// # Errors
    /// - `WouldDeadlock`: this thread reads or writes already.
    /// - As for [`Mutex::lock`](super::Mutex::lock).
    pub fn write(&self) -> Result<WriteGuard<'_, 'v>> {
        loop {
            if let Some(guard) = self.write_for(None)? {
                return Ok(guard);
            }
        }
    }

    /// Writes if nobody reads or writes.
    ///
    /// # Errors
    /// As for [`write`](RwLock::write).
    pub fn try_write(&self) -> Result<Option<WriteGuard<'_, 'v>>> {
        self.write_for(Some(Duration::ZERO))
    }

    /// Waits for so long at most.
    ///
    /// # Errors
    /// As for [`write`](RwLock::write).
    pub fn write_timeout(&self, timeout: Duration) -> Result<Option<WriteGuard<'_, 'v>>> {
        self.write_for(Some(timeout))
    }

    fn write_for(&self, timeout: Option<Duration>) -> Result<Option<WriteGuard<'_, 'v>>> {
        let acquired = self.inner.acquire_write(timeout)?;
        Ok(acquired.map(|acquired| WriteGuard {
            lock: self,
            acquired,
            not_send: PhantomData,
        }))
    }
}

impl fmt::Debug for RwLock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

/// An [`RwLock`] that is locked for reading; dropping it unlocks. It stays with its thread.
#[must_use = "the lock is given up when the guard is dropped"]
pub struct ReadGuard<'l, 'v> {
    lock: &'l RwLock<'v>,
    reading: Reading,
    not_send: PhantomData<*const ()>,
}

impl ReadGuard<'_, '_> {
    /// Whether a writer ended without unlocking, and no writer has mended that since.
    pub fn is_abandoned(&self) -> bool {
        self.reading.abandoned
    }

    /// Unlocks and says whether that went well, where dropping it would not.
    ///
    /// # Errors
    /// `Corrupt`: another process has written into the lock.
    pub fn unlock(self) -> Result<()> {
        let (lock, place) = (self.lock, self.reading.place);
        std::mem::forget(self);
        lock.inner.release_read(place)
    }
}

impl Drop for ReadGuard<'_, '_> {
    fn drop(&mut self) {
        let _ = self.lock.inner.release_read(self.reading.place);
    }
}

impl fmt::Debug for ReadGuard<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadGuard")
            .field("is_abandoned", &self.is_abandoned())
            .finish_non_exhaustive()
    }
}

/// An [`RwLock`] that is locked for writing; dropping it unlocks. It stays with its thread.
#[must_use = "the lock is given up when the guard is dropped"]
pub struct WriteGuard<'l, 'v> {
    lock: &'l RwLock<'v>,
    acquired: Acquired,
    not_send: PhantomData<*const ()>,
}

impl WriteGuard<'_, '_> {
    /// Whether a writer ended without unlocking, and no writer has mended that since.
    pub fn is_abandoned(&self) -> bool {
        self.acquired.abandoned
    }

    /// Unlocks and says whether that went well, where dropping it would not.
    ///
    /// # Errors
    /// `Corrupt`: another process has written into the lock.
    pub fn unlock(self) -> Result<()> {
        let lock = self.lock;
        std::mem::forget(self);
        lock.inner.release_write()
    }
}

impl Drop for WriteGuard<'_, '_> {
    fn drop(&mut self) {
        let _ = self.lock.inner.release_write();
    }
}

impl fmt::Debug for WriteGuard<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteGuard")
            .field("is_abandoned", &self.is_abandoned())
            .finish_non_exhaustive()
    }
}
