//! Semaphores: how many may still take something.

use std::fmt;
use std::time::Duration;

use super::{Making, Shared, on, parse};
use crate::access::Security;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::name::Name;
use crate::options::{Disposition, Setup};
use crate::sys::SyncState;

/// A counter that waits take one from and that never goes below zero.
///
/// Nobody owns what was taken: any thread of any process may release. A process that is killed takes
/// along what it had taken, and nothing else.
///
/// # Platform
/// - Linux: one word in a segment of its own, slept on by futex(2). [`Security`] that admits others
///   to read only does not admit them here.
/// - Windows: a semaphore object.
///
/// ```
/// use nshm::Semaphore;
///
/// # fn main() -> nshm::Result<()> {
/// let slots = Semaphore::create("slots, of the doc test", 2, 2)?;
/// slots.acquire()?;
/// assert_eq!(slots.count()?, 1);
/// assert_eq!(slots.release(1)?, 1, "what it counted before");
/// assert!(slots.release(1).is_err(), "two is its maximum");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CreateSemaphore")]
#[doc(alias = "OpenSemaphore")]
#[derive(Clone)]
pub struct Semaphore {
    pub(super) shared: Shared,
}

/// The most that a semaphore can count.
pub(crate) const MAX_COUNT: u32 = i32::MAX.cast_unsigned();

/// Why no semaphore counts `count` at first and `max` at most; `None` where one can.
pub(crate) fn what_forbids(count: u32, max: u32) -> Option<String> {
    if max == 0 || max > MAX_COUNT {
        Some(format!(
            "the maximum is {max}, and must be 1 to {MAX_COUNT}"
        ))
    } else if count > max {
        Some(format!(
            "the count {count} is greater than the maximum {max}"
        ))
    } else {
        None
    }
}

impl Semaphore {
    /// Creates a semaphore that counts `count` and at most `max`, under a name that is free.
    /// `CreateSemaphore`
    ///
    /// # Errors
    /// - `InvalidArgument`: `max` is zero, less than `count`, or more than 2^31 - 1.
    /// - `AlreadyExists`: a live semaphore has the name. `WrongKind`: a live object of another kind.
    /// - As for [`Section::create`](crate::Section::create) otherwise.
    pub fn create<N>(name: N, count: u32, max: u32) -> Result<Semaphore>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Semaphore::options(count, max).create(name)
    }

    /// Opens a semaphore that exists. `OpenSemaphore`
    ///
    /// # Errors
    /// As for [`Section::open`](crate::Section::open).
    pub fn open<N>(name: N) -> Result<Semaphore>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = Making::default().open(&parse(name)?, Kind::Semaphore)?;
        Ok(Semaphore { shared })
    }

    /// Opens the semaphore of a name, or creates it as [`create`](Semaphore::create) does, and says which.
    ///
    /// # Errors
    /// As for both, but neither `AlreadyExists` nor `NotFound`.
    pub fn open_or_create<N>(name: N, count: u32, max: u32) -> Result<(Semaphore, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Semaphore::options(count, max).open_or_create(name)
    }

    /// Everything else that can be asked of a new semaphore.
    pub fn options(count: u32, max: u32) -> SemaphoreOptions {
        SemaphoreOptions {
            making: Making::default(),
            count,
            max,
        }
    }

    /// Opens the semaphore that a [`token`](Semaphore::token) stands for.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt` (no token of a semaphore), `AccessDenied`, `ForeignNamespace`.
    pub fn from_token(token: &str) -> Result<Semaphore> {
        let shared = Making::open_token(token, Kind::Semaphore)?;
        Ok(Semaphore { shared })
    }

    /// A text by which another process can open this semaphore; see
    /// [`Section::token`](crate::Section::token).
    ///
    /// # Errors
    /// `Other`, where the system refuses.
    pub fn token(&self) -> Result<String> {
        self.shared.named(self.shared.0.token())
    }

    /// Takes one, as soon as there is one. `WaitForSingleObject`
    ///
    /// # Errors
    /// `Corrupt`: another process has written into it. So for all operations.
    pub fn acquire(&self) -> Result<()> {
        self.shared.named(self.shared.0.acquire(None)).map(drop)
    }

    /// Takes one if there is one, and says whether it did.
    ///
    /// # Errors
    /// As for [`acquire`](Semaphore::acquire).
    pub fn try_acquire(&self) -> Result<bool> {
        self.acquire_timeout(Duration::ZERO)
    }

    /// Waits for so long at most, not counting time in which the system sleeps. Whether it took one.
    ///
    /// # Errors
    /// As for [`acquire`](Semaphore::acquire).
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<bool> {
        let acquired = self.shared.named(self.shared.0.acquire(Some(timeout)))?;
        Ok(acquired.is_some())
    }

    /// Adds `count`, and says what it counted before. `ReleaseSemaphore`
    ///
    /// # Errors
    /// - `TooManyPosts`: it would count more than its maximum; nothing has changed.
    /// - `InvalidArgument`: `count` is zero.
    /// - `TimedOut`: as for [`Event::set`](crate::Event::set).
    #[doc(alias = "ReleaseSemaphore")]
    pub fn release(&self, count: u32) -> Result<u32> {
        if count == 0 {
            let error = Error::new(ErrorKind::InvalidArgument, "release semaphore");
            return self.shared.named(Err(error.detail("the count is zero")));
        }
        self.shared.named(self.shared.0.release(count))
    }

    /// What it counts now.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn count(&self) -> Result<u32> {
        Ok(self.counts()?.0)
    }

    /// What it counts at most.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn max(&self) -> Result<u32> {
        Ok(self.counts()?.1)
    }

    fn counts(&self) -> Result<(u32, u32)> {
        Ok(match self.shared.named(self.shared.0.state())? {
            SyncState::Semaphore { count, max } => (count, max),
            _ => (0, 0),
        })
    }

    /// The name it was created or opened by; `None` for one without a name or by a token.
    pub fn name(&self) -> Option<&Name> {
        self.shared.name()
    }

    /// Closes this handle and says whether that went well, where dropping it would not; see
    /// [`Section::close`](crate::Section::close).
    ///
    /// # Errors
    /// `TimedOut` where the name could not be removed.
    pub fn close(self) -> Result<()> {
        self.shared.close()
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("name", &self.name())
            .field("count", &self.count().ok())
            .finish()
    }
}

/// What to ask of a new semaphore. An existing one that is opened stays as it is.
#[derive(Clone, Debug)]
#[must_use]
pub struct SemaphoreOptions {
    making: Making,
    count: u32,
    max: u32,
}

impl SemaphoreOptions {
    /// Whom it admits. Default: [`Security::owner`].
    pub fn security(mut self, security: Security) -> Self {
        self.making.set_security(security);
        self
    }

    fn setup(&self, name: Option<&Name>) -> Result<Setup> {
        let (count, max) = (self.count, self.max);
        if let Some(why) = what_forbids(count, max) {
            let error = Error::new(ErrorKind::InvalidArgument, "create semaphore");
            return Err(on(error.detail(why), name));
        }
        Ok(Setup::Semaphore { count, max })
    }

    /// Creates a semaphore under a name that is free.
    ///
    /// # Errors
    /// As for [`Semaphore::create`].
    pub fn create<N>(&self, name: N) -> Result<Semaphore>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = parse(name)?;
        let setup = self.setup(Some(&name))?;
        let shared = self.making.create(Some(name), setup)?;
        Ok(Semaphore { shared })
    }

    /// Creates a semaphore without a name.
    ///
    /// # Errors
    /// As for [`Semaphore::create`], as far as they do not concern names.
    pub fn anonymous(&self) -> Result<Semaphore> {
        let shared = self.making.create(None, self.setup(None)?)?;
        Ok(Semaphore { shared })
    }

    /// Opens a semaphore that exists.
    ///
    /// # Errors
    /// As for [`Semaphore::open`].
    pub fn open<N>(&self, name: N) -> Result<Semaphore>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = self.making.open(&parse(name)?, Kind::Semaphore)?;
        Ok(Semaphore { shared })
    }

    /// Opens the semaphore of a name, or creates it.
    ///
    /// # Errors
    /// As for [`Semaphore::open_or_create`].
    pub fn open_or_create<N>(&self, name: N) -> Result<(Semaphore, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = parse(name)?;
        let setup = self.setup(Some(&name))?;
        let (shared, disposition) = self.making.open_or_create(&name, setup)?;
        Ok((Semaphore { shared }, disposition))
    }
}
