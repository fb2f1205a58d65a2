//! Events: something has happened, or has not.

use std::fmt;
use std::time::Duration;

use super::{Making, Shared, parse};
use crate::access::Security;
use crate::error::{Error, Result};
use crate::format::Kind;
use crate::name::Name;
use crate::options::{Disposition, Setup};
use crate::sys::SyncState;

/// What resets an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reset {
    /// The wait that it ends: it lets one waiter go (the default).
    #[default]
    Automatic,
    /// Only [`reset`](Event::reset): it lets everybody go while it is set.
    Manual,
}

/// Whether an event is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventState {
    /// Waits for it wait (the default).
    #[default]
    Unset,
    /// Waits for it end.
    Set,
}

/// Something that happens, in one process or in another.
///
/// It is set or it is not, and who waits for it goes on when it is. One that resets itself lets one
/// waiter go and is not set any more; to set it while it is set counts for nothing. A call of
/// [`set`](Event::set) gives it to one who is asleep, if there is one, so two calls let two of them go; but
/// a thread that begins to wait looks for some microseconds before it sleeps. Where each call must count,
/// use a [`Semaphore`](crate::Semaphore) and release it by as many as are to go; where all are to go, an
/// event that is reset by hand.
/// Whoever is killed, also in the midst of a call: no other waiter misses what it would have seen.
///
/// # Platform
/// - Linux: one word in a segment of its own, slept on by futex(2). A waiter needs to write to it,
///   so [`Security`] that admits others to read only does not admit them here. What was given to a sleeper
///   that is killed before it has run goes to another one, within a second.
/// - Windows: an event object. What was given to a waiter goes with it.
///
/// ```
/// use nshm::Event;
///
/// # fn main() -> nshm::Result<()> {
/// let ready = Event::create("ready, of the doc test")?;
/// std::thread::spawn(|| -> nshm::Result<()> {
///     // Or in another process:
///     Event::open("ready, of the doc test")?.set()
/// });
/// ready.wait()?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CreateEvent")]
#[doc(alias = "OpenEvent")]
#[derive(Clone)]
pub struct Event {
    pub(super) shared: Shared,
}

impl Event {
    /// Creates an event that resets itself and is not set, under a name that is free. `CreateEvent`
    ///
    /// # Errors
    /// - `AlreadyExists`: a live event has the name. `WrongKind`: a live object of another kind.
    /// - As for [`Section::create`](crate::Section::create) otherwise.
    pub fn create<N>(name: N) -> Result<Event>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Event::options().create(name)
    }

    /// Opens an event that exists. `OpenEvent`
    ///
    /// # Errors
    /// As for [`Section::open`](crate::Section::open).
    pub fn open<N>(name: N) -> Result<Event>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Event::options().open(name)
    }

    /// Opens the event of a name, or creates it as [`create`](Event::create) does, and says which.
    ///
    /// # Errors
    /// As for both, but neither `AlreadyExists` nor `NotFound`.
    pub fn open_or_create<N>(name: N) -> Result<(Event, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Event::options().open_or_create(name)
    }

    /// Everything else that can be asked of a new event.
    pub fn options() -> EventOptions {
        EventOptions::default()
    }

    /// Opens the event that a [`token`](Event::token) stands for.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt` (no token of an event), `AccessDenied`, `ForeignNamespace`.
    pub fn from_token(token: &str) -> Result<Event> {
        let shared = Making::open_token(token, Kind::Event)?;
        Ok(Event { shared })
    }

    /// A text by which another process can open this event; see
    /// [`Section::token`](crate::Section::token).
    ///
    /// # Errors
    /// `Other`, where the system refuses.
    pub fn token(&self) -> Result<String> {
        self.shared.named(self.shared.0.token())
    }

    /// Sets it: one waiter goes on, or everybody if it is reset by hand. What this thread wrote
    /// before is seen by who goes on. It does nothing more where it is set already. `SetEvent`
    ///
    /// # Errors
    /// - `TimedOut`: a process that takes this event in a [`wait_all`](crate::wait_all) is stopped in
    ///   the midst of that, for seconds.
    /// - `Corrupt`: another process has written into it. So for all operations.
    #[doc(alias = "SetEvent")]
    pub fn set(&self) -> Result<()> {
        self.shared.named(self.shared.0.set())
    }

    /// Resets it. `ResetEvent`
    ///
    /// Who was asleep when it was set goes on all the same.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    #[doc(alias = "ResetEvent")]
    pub fn reset(&self) -> Result<()> {
        self.shared.named(self.shared.0.reset())
    }

    /// Lets those go who wait now, or one of them if it resets itself, and leaves it reset.
    /// `PulseEvent`
    ///
    /// Whoever is not quite waiting yet misses it: prefer [`set`](Event::set). Pulsed twice, an event that
    /// resets itself lets one go, or two; on Windows two.
    ///
    /// # Errors
    /// As for [`set`](Event::set).
    #[doc(alias = "PulseEvent")]
    pub fn pulse(&self) -> Result<()> {
        self.shared.named(self.shared.0.pulse())
    }

    /// Waits until it is set, and resets it if that is automatic. `WaitForSingleObject`
    ///
    /// # Errors
    /// `Corrupt`.
    #[doc(alias = "WaitForSingleObject")]
    pub fn wait(&self) -> Result<()> {
        self.shared.named(self.shared.0.acquire(None)).map(drop)
    }

    /// Waits for so long at most, not counting time in which the system sleeps. Whether it was set;
    /// if not, nothing has changed. No time at all asks without waiting.
    ///
    /// # Errors
    /// As for [`wait`](Event::wait).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> nshm::Result<()> {
    /// let event = nshm::Event::options().anonymous()?;
    /// assert!(!event.wait_timeout(Duration::from_millis(1))?);
    /// event.set()?;
    /// assert!(event.wait_timeout(Duration::ZERO)?);
    /// assert!(!event.wait_timeout(Duration::ZERO)?, "the wait has reset it");
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        let acquired = self.shared.named(self.shared.0.acquire(Some(timeout)))?;
        Ok(acquired.is_some())
    }

    /// Whether it is set now, without resetting it.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn state(&self) -> Result<EventState> {
        Ok(match self.shared.named(self.shared.0.state())? {
            SyncState::Event { set: true, .. } => EventState::Set,
            _ => EventState::Unset,
        })
    }

    /// What resets it.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn resets(&self) -> Result<Reset> {
        Ok(match self.shared.named(self.shared.0.state())? {
            SyncState::Event { manual: true, .. } => Reset::Manual,
            _ => Reset::Automatic,
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

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("state", &self.state().ok())
            .finish()
    }
}

/// What to ask of a new event. An existing one that is opened stays as it is.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct EventOptions {
    making: Making,
    reset: Reset,
    state: EventState,
}

impl EventOptions {
    /// What resets it. Default: [`Reset::Automatic`].
    pub fn reset(mut self, reset: Reset) -> Self {
        self.reset = reset;
        self
    }

    /// Whether it is set from the beginning. Default: [`EventState::Unset`].
    pub fn state(mut self, state: EventState) -> Self {
        self.state = state;
        self
    }

    /// Whom it admits. Default: [`Security::owner`].
    pub fn security(mut self, security: Security) -> Self {
        self.making.set_security(security);
        self
    }

    fn setup(&self) -> Setup {
        Setup::Event {
            manual: self.reset == Reset::Manual,
            set: self.state == EventState::Set,
        }
    }

    /// Creates an event under a name that is free.
    ///
    /// # Errors
    /// As for [`Event::create`].
    pub fn create<N>(&self, name: N) -> Result<Event>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = self.making.create(Some(parse(name)?), self.setup())?;
        Ok(Event { shared })
    }

    /// Creates an event without a name.
    ///
    /// # Errors
    /// As for [`Event::create`], as far as they do not concern names.
    pub fn anonymous(&self) -> Result<Event> {
        let shared = self.making.create(None, self.setup())?;
        Ok(Event { shared })
    }

    /// Opens an event that exists.
    ///
    /// # Errors
    /// As for [`Event::open`].
    pub fn open<N>(&self, name: N) -> Result<Event>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let shared = self.making.open(&parse(name)?, Kind::Event)?;
        Ok(Event { shared })
    }

    /// Opens the event of a name, or creates it.
    ///
    /// # Errors
    /// As for [`Event::open_or_create`].
    pub fn open_or_create<N>(&self, name: N) -> Result<(Event, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let (shared, disposition) = self.making.open_or_create(&parse(name)?, self.setup())?;
        Ok((Event { shared }, disposition))
    }
}
