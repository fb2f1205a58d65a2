//! Semaphores inside a section.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::cell::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{MAX_COUNT, what_forbids};
use crate::sys;
use crate::view::ViewMut;

/// A counter that nobody takes below zero: a [`Semaphore`](crate::Semaphore) inside a section.
///
/// ```
/// use nshm::placed::Semaphore;
///
/// # fn main() -> nshm::Result<()> {
/// let view = nshm::Section::anonymous(4096)?.map()?;
/// let slots = Semaphore::at(&view, 0, 2, 2)?;
/// slots.acquire()?;
/// // It lives as long as the memory, and not only as long as somebody has it open.
/// drop(slots);
/// assert_eq!(Semaphore::at(&view, 0, 2, 2)?.count()?, 1);
/// # Ok(())
/// # }
/// ```
pub struct Semaphore<'v> {
    inner: sys::placed::Semaphore<'v>,
    max: u32,
}

const STEP: &str = "place a semaphore";

/// In the second word: it has been written.
const MADE: u64 = 1 << 63;

impl<'v> Semaphore<'v> {
    /// How many bytes it takes.
    pub const SIZE: usize = 32;

    /// Makes a semaphore there that counts `count` and at most `max`, or finds the one that is there,
    /// which stays as it is.
    ///
    /// # Errors
    /// - `InvalidArgument`: `max` is zero, less than `count`, or more than 2^31 - 1.
    /// - As for [`Event::at`](super::Event::at).
    pub fn at(view: &'v ViewMut, offset: usize, count: u32, max: u32) -> Result<Semaphore<'v>> {
        if let Some(why) = what_forbids(count, max) {
            return Err(Error::new(ErrorKind::InvalidArgument, STEP).detail(why));
        }
        let (_, words) = cell::at(view, offset, Self::SIZE, Kind::Semaphore, 0)?;
        let (limits, words) = words
            .split_first()
            .ok_or_else(|| Error::new(ErrorKind::InvalidSize, STEP))?;
        let made = MADE | u64::from(count) << 31 | u64::from(max);
        let made = match limits.compare_exchange(0, made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(found) => found,
        };
        let max = (made & u64::from(MAX_COUNT)) as u32;
        let count = (made >> 31 & u64::from(MAX_COUNT)) as u32;
        if made & MADE == 0 || max == 0 || count > max {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail("another process has written into the semaphore"));
        }
        let inner = sys::placed::Semaphore::new(words, view.section(), count, max)?;
        Ok(Semaphore { inner, max })
    }

    /// Takes one, as soon as there is one.
    ///
    /// # Errors
    /// `Corrupt`: another process has written into it. So for all operations.
    pub fn acquire(&self) -> Result<()> {
        self.inner.acquire(None).map(drop)
    }

    /// Takes one if there is one, and says whether it did.
    ///
    /// # Errors
    /// As for [`acquire`](Semaphore::acquire).
    pub fn try_acquire(&self) -> Result<bool> {
        self.inner.acquire(Some(Duration::ZERO))
    }

    /// Waits for so long at most. Whether it took one.
    ///
    /// # Errors
    /// As for [`acquire`](Semaphore::acquire).
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<bool> {
        self.inner.acquire(Some(timeout))
    }

    /// Adds `count`, and says what it counted before.
    ///
    /// # Errors
    /// - `InvalidArgument`: `count` is zero.
    /// - `TooManyPosts`: it would count more than its maximum; then nothing has changed.
    pub fn release(&self, count: u32) -> Result<u32> {
        if count == 0 {
            return Err(Error::new(ErrorKind::InvalidArgument, "release semaphore")
                .detail("zero is nothing to release"));
        }
        self.inner.release(count)
    }

    /// What it counts now.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn count(&self) -> Result<u32> {
        self.inner.count()
    }

    /// The most that it can count.
    pub fn max(&self) -> u32 {
        self.max
    }
}

impl fmt::Debug for Semaphore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("count", &self.count().ok())
            .field("max", &self.max)
            .finish()
    }
}
