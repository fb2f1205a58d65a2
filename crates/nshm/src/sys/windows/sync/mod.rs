//! Objects to wait for: the system's own events, mutexes and semaphores.

mod call;
pub(crate) mod placed;

use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_NOT_OWNER, ERROR_TOO_MANY_POSTS};

use self::call::Waited;
use super::call::{Met, close_handle, is_same_object};
use super::error::{code, creation_refused, os_error};
use super::gate;
use super::name::{Wide, wide};
use super::rights::{QUERY, sync_rights};
use super::security;
use super::token::{Lease, Token};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::name::Name;
use crate::options::{Disposition, Options, Setup};
use crate::sys::{Acquired, SyncState, create_step, open_step};

/// Opens with exactly that access, for who only asks.
pub(super) use self::call::open as open_with;

/// How often an open-or-create follows a name that keeps changing under it before it gives up.
const MAX_TURNS: usize = 10_000;

/// An open event, mutex or semaphore; dropping it closes it.
#[derive(Debug)]
pub(crate) struct SyncObject {
    /// Before the handle, so that it is given up first.
    lease: OnceLock<Lease>,
    handle: OwnedHandle,
    kind: Kind,
    name: Option<Name>,
}

impl SyncObject {
    pub(crate) fn create(name: Option<&Name>, setup: Setup, options: &Options) -> Result<Self> {
        let kind = setup.kind();
        let spelled = name.map(wide).transpose()?;
        match create(setup, spelled.as_ref(), options) {
            Ok((handle, Met::Nothing)) => Ok(Self::new(handle, kind, name)),
            Ok((_, Met::Existing)) => Err(Error::new(ErrorKind::AlreadyExists, create_step(kind))),
            Err(error) if code(&error) == ERROR_ACCESS_DENIED => Err(match (name, &spelled) {
                (Some(_), Some(spelled)) if exists(kind, spelled) => {
                    Error::new(ErrorKind::AlreadyExists, create_step(kind)).caused_by(error)
                }
                (Some(name), _) => creation_refused(name.scope(), error),
                _ => os_error(ErrorKind::Other, create_step(kind), error),
            }),
            Err(error) => Err(os_error(ErrorKind::Other, create_step(kind), error)),
        }
    }

    pub(crate) fn open(name: &Name, kind: Kind, _: &Options) -> Result<Self> {
        let handle = open(kind, &wide(name)?).map_err(|error| {
            let denied = code(&error) == ERROR_ACCESS_DENIED;
            let error = os_error(ErrorKind::Other, open_step(kind), error);
            match denied {
                true => error.detail("who made it does not admit this access"),
                false => error,
            }
        })?;
        Ok(Self::new(handle, kind, Some(name)))
    }

    pub(crate) fn open_or_create(
        name: &Name,
        setup: Setup,
        options: &Options,
    ) -> Result<(Self, Disposition)> {
        let kind = setup.kind();
        let spelled = wide(name)?;
        for _ in 0..MAX_TURNS {
            // First, because a creation asks for more access to what exists than we need.
            match Self::open(name, kind, options) {
                Ok(object) => return Ok((object, Disposition::Opened)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            match create(setup, Some(&spelled), options) {
                Ok((handle, met)) => {
                    let disposition = match met {
                        Met::Nothing => Disposition::Created,
                        Met::Existing => Disposition::Opened,
                    };
                    return Ok((Self::new(handle, kind, Some(name)), disposition));
                }
                Err(error) if code(&error) == ERROR_ACCESS_DENIED => {
                    if !exists(kind, &spelled) {
                        return Err(creation_refused(name.scope(), error));
                    }
                }
                Err(error) => return Err(os_error(ErrorKind::Other, create_step(kind), error)),
            }
        }
        Err(Error::new(ErrorKind::TimedOut, create_step(kind))
            .detail("the name keeps changing hands"))
    }

    /// Opens the object that a token stands for.
    pub(crate) fn from_token(token: &str, kind: Kind, _: &Options) -> Result<Self> {
        let step = open_step(kind);
        let token = Token::parse(token).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, step).detail("it is no token of nshm for Windows")
        })?;
        let handle = token.redeem(|copy| copy(sync_rights(kind)))?;
        // The token may mean a handle to anything.
        call::state(kind, handle.as_handle()).map_err(|error| {
            Error::new(ErrorKind::Corrupt, step)
                .detail(format!("the token does not mean a {kind}"))
                .caused_by(error)
        })?;
        Ok(Self::new(handle, kind, None))
    }

    fn new(handle: OwnedHandle, kind: Kind, name: Option<&Name>) -> SyncObject {
        SyncObject {
            lease: OnceLock::new(),
            handle,
            kind,
            name: name.cloned(),
        }
    }

    pub(crate) fn token(&self) -> Result<String> {
        if let Some(lease) = self.lease.get() {
            return Ok(lease.token().to_string());
        }
        let lease = Lease::new(self.handle.as_handle())
            .map_err(|error| os_error(ErrorKind::Other, "make a token", error))?;
        // Another thread may have been faster; then its lease counts.
        Ok(self.lease.get_or_init(|| lease).token().to_string())
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// Whether two are the same object.
    pub(crate) fn is_same(&self, other: &SyncObject) -> bool {
        is_same_object(self.handle.as_handle(), other.handle.as_handle())
    }

    pub(crate) fn state(&self) -> Result<SyncState> {
        call::state(self.kind, self.handle.as_handle())
            .map_err(|error| os_error(ErrorKind::Other, "ask about the object", error))
    }

    pub(crate) fn close(self) -> Result<()> {
        drop(self.lease);
        close_handle(self.handle)
            .map_err(|error| Error::new(ErrorKind::Other, "close the object").caused_by(error))
    }

    pub(crate) fn set(&self) -> Result<()> {
        call::set_event(self.handle.as_handle()).map_err(|error| failed("set event", error))
    }

    pub(crate) fn reset(&self) -> Result<()> {
        call::reset_event(self.handle.as_handle()).map_err(|error| failed("reset event", error))
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        call::pulse_event(self.handle.as_handle()).map_err(|error| failed("pulse event", error))
    }

    pub(crate) fn release(&self, count: u32) -> Result<u32> {
        const STEP: &str = "release semaphore";
        let Ok(count) = i32::try_from(count) else {
            return Err(Error::new(ErrorKind::TooManyPosts, STEP));
        };
        call::release_semaphore(self.handle.as_handle(), count).map_err(|error| failed(STEP, error))
    }

    pub(crate) fn unlock(&self) -> Result<()> {
        call::release_mutex(self.handle.as_handle()).map_err(|error| failed("unlock mutex", error))
    }

    /// Takes a mutex, if that is the matter of a moment: here it is the system's.
    pub(crate) fn lock_at_once(&self) -> Option<Acquired> {
        None
    }

    /// Waits for it and takes it; `None` if the time has passed. No time: as long as it takes.
    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        let taken = wait(&[self.handle.as_handle()], false, timeout)?;
        Ok(taken.map(|(_, acquired)| acquired))
    }

    pub(crate) fn wait_any(
        objects: &[&SyncObject],
        timeout: Option<Duration>,
    ) -> Result<Option<(usize, Acquired)>> {
        wait(&handles(objects), false, timeout)
    }

    pub(crate) fn wait_all(
        objects: &[&SyncObject],
        timeout: Option<Duration>,
    ) -> Result<Option<Acquired>> {
        let taken = wait(&handles(objects), true, timeout)?;
        Ok(taken.map(|(_, acquired)| acquired))
    }
}

/// What the object of a name is like. It is opened with the right to ask alone, for a moment.
pub(crate) fn state(name: &Name, kind: Kind) -> Result<SyncState> {
    let spelled = wide(name)?;
    let _gate = gate::look();
    call::open(kind, QUERY, &spelled)
        .and_then(|object| call::state(kind, object.as_handle()))
        .map_err(|error| os_error(ErrorKind::Other, "ask about the object", error))
}

fn handles<'a>(objects: &[&'a SyncObject]) -> Vec<BorrowedHandle<'a>> {
    objects
        .iter()
        .map(|object| object.handle.as_handle())
        .collect()
}

/// For ever, as the system's count of milliseconds says it.
const INFINITE: u32 = u32::MAX;

/// A time as the system takes it, rounded up, and as long as it can be.
fn whole_milliseconds(time: Duration) -> u32 {
    let rounded = time.as_nanos().div_ceil(1_000_000);
    u32::try_from(rounded).unwrap_or(INFINITE).min(INFINITE - 1)
}

/// Waits in pieces that the system's count of milliseconds can say, each rounded up.
fn wait(
    objects: &[BorrowedHandle<'_>],
    for_all: bool,
    timeout: Option<Duration>,
) -> Result<Option<(usize, Acquired)>> {
    // A time beyond what the clock can tell is for ever.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let milliseconds = left.map_or(INFINITE, whole_milliseconds);
        let waited = call::wait(objects, for_all, milliseconds)
            .map_err(|error| os_error(ErrorKind::Other, "wait", error))?;
        match waited {
            Waited::Taken { index, abandoned } => return Ok(Some((index, Acquired { abandoned }))),
            Waited::TimedOut if deadline.is_none_or(|deadline| Instant::now() < deadline) => {}
            Waited::TimedOut => return Ok(None),
        }
    }
}

fn create(setup: Setup, name: Option<&Wide>, options: &Options) -> io::Result<(OwnedHandle, Met)> {
    let descriptor = security::descriptor(setup.kind(), options.security)?;
    let _gate = gate::nobody_looks();
    call::create(setup, &descriptor, name)
}

/// Opens with the right to ask for the state, or without it where that is not granted.
fn open(kind: Kind, name: &Wide) -> io::Result<OwnedHandle> {
    let _gate = gate::nobody_looks();
    match call::open(kind, sync_rights(kind), name) {
        Err(error) if code(&error) == ERROR_ACCESS_DENIED => {
            call::open(kind, sync_rights(kind) & !QUERY, name)
        }
        result => result,
    }
}

fn exists(kind: Kind, name: &Wide) -> bool {
    match open(kind, name) {
        Ok(_) => true,
        Err(error) => code(&error) == ERROR_ACCESS_DENIED,
    }
}

fn failed(step: &'static str, error: io::Error) -> Error {
    let kind = match code(&error) {
        ERROR_NOT_OWNER => ErrorKind::NotOwner,
        ERROR_TOO_MANY_POSTS => ErrorKind::TooManyPosts,
        _ => ErrorKind::Other,
    };
    os_error(kind, step, error)
}
