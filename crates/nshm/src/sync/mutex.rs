//! Mutexes: what only one thread may do at a time.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use super::{Acquired, Making, Shared, parse};
use crate::access::Security;
use crate::error::{Error, Result};
use crate::format::Kind;
use crate::name::Name;
use crate::options::{Disposition, Setup};
use crate::sys::SyncState;

/// A lock that belongs to a thread, in any process.
///
/// Its owner may lock it again, and unlocks it as often. An owner that ends without unlocking it,
/// also by `kill -9`, gives the next one the lock, which is told so once: the lock was *abandoned*,
/// and what it protects may be half-done.
///
/// # Platform
/// - Linux: one word in a segment of its own, slept on by futex(2); the kernel's robust list of the
///   owner tells of its end. Processes in different PID namespaces cannot share one. A child of
///   `fork` owns nothing. What a thread owned that called `exec` and was not the first one of its process
///   is told to who waits for a second: the kernel does not see that end.
/// - Windows: a mutex object.
///
/// ```
/// use nshm::Mutex;
///
/// # fn main() -> nshm::Result<()> {
/// let mutex = Mutex::create("mutex of the doc test")?;
/// let guard = mutex.lock()?;
/// assert!(!guard.is_abandoned());
/// // Alone, among all processes, until the guard is dropped.
/// drop(guard);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CreateMutex")]
#[doc(alias = "OpenMutex")]
#[derive(Clone)]
pub struct Mutex {
    pub(super) shared: Shared,
}

impl Mutex {
    /// Creates a mutex that nobody owns, under a name that is free. `CreateMutex`
    ///
    /// # Errors
    /// - `AlreadyExists`: a live mutex has the name. `WrongKind`: a live object of another kind.
    /// - As for [`Section::create`](crate::Section::create) otherwise.
    pub fn create<N>(name: N) -> Result<Mutex>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Mutex::options().create(name)
    }

    /// Opens a mutex that exists. `OpenMutex`
    ///
    /// # Errors
    /// As for [`Section::open`](crate::Section::open).
    pub fn open<N>(name: N) -> Result<Mutex>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Mutex::options().open(name)
    }

    /// Opens the mutex of a name, or creates it as [`create`](Mutex::create) does, and says which.
    ///
    /// # Errors
    /// As for both, but neither `AlreadyExists` nor `NotFound`.
    pub fn open_or_create<N>(name: N) -> Result<(Mutex, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Mutex::options().open_or_create(name)
    }

    /// Everything else that can be asked of a new mutex.
    pub fn options() -> MutexOptions {
        MutexOptions::default()
    }

    /// Opens the mutex that a [`token`](Mutex::token) stands for.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt` (no token of a mutex), `AccessDenied`, `ForeignNamespace`.
    pub fn from_token(token: &str) -> Result<Mutex> {
        let shared = Making::open_token(token, Kind::Mutex)?;
        Ok(Mutex { shared })
    }

    /// A text by which another process can open this mutex; see
    /// [`Section::token`](crate::Section::token).
    ///
    /// # Errors
    /// `Other`, where the system refuses.
    pub fn token(&self) -> Result<String> {
        self.shared.named(self.shared.0.token())
    }

    /// Waits until no other thread owns it, and owns it. `WaitForSingleObject`
    ///
    /// # Errors
    /// - `Corrupt`: another process has written into it. So for all operations.
    /// - `Unsupported`: the system does not look after the end of this thread, or it is ending.
    /// - `ForeignNamespace`: it is from a parent in another PID namespace, by a fork.
    #[doc(alias = "WaitForSingleObject")]
    pub fn lock(&self) -> Result<MutexGuard<'_>> {
        match self.shared.0.lock_at_once() {
            Some(acquired) => Ok(self.guard(Acquired::new(acquired))),
            None => self.lock_slowly(),
        }
    }

    #[inline(never)]
    fn lock_slowly(&self) -> Result<MutexGuard<'_>> {
        loop {
            if let Some(acquired) = self.acquire(None)? {
                return Ok(self.guard(acquired));
            }
        }
    }

    /// Owns it if no other thread does.
    ///
    /// # Errors
    /// As for [`lock`](Mutex::lock).
    pub fn try_lock(&self) -> Result<Option<MutexGuard<'_>>> {
        self.lock_timeout(Duration::ZERO)
    }

    /// Waits for so long at most, not counting time in which the system sleeps.
    ///
    /// # Errors
    /// As for [`lock`](Mutex::lock).
    pub fn lock_timeout(&self, timeout: Duration) -> Result<Option<MutexGuard<'_>>> {
        let acquired = self.acquire(Some(timeout))?;
        Ok(acquired.map(|acquired| self.guard(acquired)))
    }

    fn guard(&self, acquired: Acquired) -> MutexGuard<'_> {
        MutexGuard {
            mutex: self,
            acquired,
            not_send: PhantomData,
        }
    }

    /// As [`lock_timeout`](Mutex::lock_timeout), or as [`lock`](Mutex::lock) without a time, but
    /// without a guard: for another interface on this crate. [`release`](Mutex::release) unlocks. A
    /// thread that closes a mutex which it owns keeps it until it ends, and it is abandoned then.
    ///
    /// # Errors
    /// As for [`lock`](Mutex::lock).
    #[inline]
    pub fn acquire(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let acquired = self.shared.named(self.shared.0.acquire(timeout))?;
        Ok(acquired.map(Acquired::new))
    }

    /// Unlocks it, once. `ReleaseMutex`
    ///
    /// # Errors
    /// `NotOwner`: this thread does not own it.
    #[doc(alias = "ReleaseMutex")]
    #[inline]
    pub fn release(&self) -> Result<()> {
        self.shared.named(self.shared.0.unlock())
    }

    /// Whether some thread owns it now: the id of the owner as the system tells it, or 0 where it does
    /// not.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    ///
    /// # Platform
    /// - Linux: the id of the thread, which for the first thread of a process is that of the process.
    /// - Windows: the id of the thread; under Wine 0 where it is not this thread.
    pub fn owner(&self) -> Result<Option<u32>> {
        Ok(match self.shared.named(self.shared.0.state())? {
            SyncState::Mutex { owner, .. } => owner,
            _ => None,
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
    ///
    /// # Platform
    /// - Linux: while a thread of this process owns the mutex, it stays, and its name with it, until
    ///   the thread unlocks it by another handle or ends.
    /// - Windows: the name goes with the last handle.
    pub fn close(self) -> Result<()> {
        self.shared.close()
    }
}

impl fmt::Debug for Mutex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex")
            .field("name", &self.name())
            .field("owner", &self.owner().ok().flatten())
            .finish()
    }
}

/// A mutex that is locked; dropping it unlocks. It stays with its thread:
///
/// ```compile_fail,E0277
/// # fn main() -> nshm::Result<()> {
/// let mutex = nshm::Mutex::open("x")?;
/// let guard = mutex.lock()?;
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(guard));
/// });
/// # Ok(())
/// # }
/// ```
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'m> {
    mutex: &'m Mutex,
    acquired: Acquired,
    /// A thread owns a mutex, so its guard is not for others.
    not_send: PhantomData<*const ()>,
}

impl MutexGuard<'_> {
    /// Whether the last owner ended without unlocking. One owner hears of it.
    pub fn is_abandoned(&self) -> bool {
        self.acquired.is_abandoned()
    }

    /// Unlocks and says whether that went well, where dropping it would not.
    ///
    /// # Errors
    /// `Corrupt`.
    pub fn unlock(self) -> Result<()> {
        let mutex = self.mutex;
        std::mem::forget(self);
        mutex.release()
    }
}

impl Drop for MutexGuard<'_> {
    fn drop(&mut self) {
        let _ = self.mutex.release();
    }
}

impl fmt::Debug for MutexGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard")
            .field("mutex", self.mutex)
            .field("is_abandoned", &self.is_abandoned())
            .finish()
    }
}

/// What to ask of a new mutex. An existing one that is opened stays as it is.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct MutexOptions {
    making: Making,
    owned: bool,
}

impl MutexOptions {
    /// Whether the thread that creates it owns it from the beginning, and is to
    /// [`release`](Mutex::release) it. Without effect on one that exists. Default: nobody does.
    pub fn owned(mut self, owned: bool) -> Self {
        self.owned = owned;
        self
    }

    /// Whom it admits. Default: [`Security::owner`].
    pub fn security(mut self, security: Security) -> Self {
        self.making.set_security(security);
        self
    }

    fn setup(&self) -> Setup {
        Setup::Mutex { owned: self.owned }
    }

    /// Creates a mutex under a name that is free.
    ///
    /// # Errors
    /// As for [`Mutex::create`].
    pub fn create<N>(&self, name: N) -> Result<Mutex>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = self.making.create(Some(parse(name)?), self.setup())?;
        Ok(Mutex { shared })
    }

    /// Creates a mutex without a name.
    ///
    /// # Errors
    /// As for [`Mutex::create`], as far as they do not concern names.
    pub fn anonymous(&self) -> Result<Mutex> {
        let shared = self.making.create(None, self.setup())?;
        Ok(Mutex { shared })
    }

    /// Opens a mutex that exists.
    ///
    /// # Errors
    /// As for [`Mutex::open`].
    pub fn open<N>(&self, name: N) -> Result<Mutex>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = self.making.open(&parse(name)?, Kind::Mutex)?;
        Ok(Mutex { shared })
    }

    /// Opens the mutex of a name, or creates it.
    ///
    /// # Errors
    /// As for [`Mutex::open_or_create`].
    pub fn open_or_create<N>(&self, name: N) -> Result<(Mutex, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let (shared, disposition) = self.making.open_or_create(&parse(name)?, self.setup())?;
        Ok((Mutex { shared }, disposition))
    }
}
