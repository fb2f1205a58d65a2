//! Objects to wait for, in the same name space as sections: events, mutexes and semaphores.
//!
//! They live as long as somebody has them open, and go with their last user, `kill -9` included.

mod event;
mod mutex;
mod semaphore;
mod wait;

use std::sync::Arc;

pub use self::event::{Event, EventOptions, EventState, Reset};
pub use self::mutex::{Mutex, MutexGuard, MutexOptions};
pub(crate) use self::semaphore::{MAX_COUNT, what_forbids};
pub use self::semaphore::{Semaphore, SemaphoreOptions};
pub use self::wait::{Acquired, MAX_WAIT, Waitable, wait_all, wait_any};
use crate::access::Security;
use crate::error::{Error, Result};
use crate::format::Kind;
use crate::name::Name;
use crate::options::{Disposition, Options, Setup};
use crate::sys::SyncObject;

/// What is the same for all kinds: an open object that clones share.
#[derive(Clone, Debug)]
pub(crate) struct Shared(pub(crate) Arc<SyncObject>);

impl Shared {
    fn new(object: SyncObject) -> Shared {
        Shared(Arc::new(object))
    }

    fn name(&self) -> Option<&Name> {
        self.0.name()
    }

    fn close(self) -> Result<()> {
        let Some(object) = Arc::into_inner(self.0) else {
            return Ok(());
        };
        let name = object.name().cloned();
        object.close().map_err(|error| on(error, name.as_ref()))
    }

    /// Names this object in an error.
    #[inline]
    fn named<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| on(error, self.name()))
    }
}

#[cold]
fn on(error: Error, name: Option<&Name>) -> Error {
    match name {
        Some(name) => error.on(name),
        None => error,
    }
}

/// Turns the argument of a public function into a name.
fn parse<N>(name: N) -> Result<Name>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    Ok(name.try_into()?)
}

/// What is the same for the options of all kinds.
#[derive(Clone, Debug, Default)]
struct Making {
    options: Options,
}

impl Making {
    fn set_security(&mut self, security: Security) {
        self.options.security = security;
    }

    fn create(&self, name: Option<Name>, setup: Setup) -> Result<Shared> {
        let object = SyncObject::create(name.as_ref(), setup, &self.options);
        object
            .map(Shared::new)
            .map_err(|error| on(error, name.as_ref()))
    }

    fn open(&self, name: &Name, kind: Kind) -> Result<Shared> {
        let object = SyncObject::open(name, kind, &self.options);
        object
            .map(Shared::new)
            .map_err(|error| on(error, Some(name)))
    }

    fn open_or_create(&self, name: &Name, setup: Setup) -> Result<(Shared, Disposition)> {
        let object = SyncObject::open_or_create(name, setup, &self.options);
        object
            .map(|(object, disposition)| (Shared::new(object), disposition))
            .map_err(|error| on(error, Some(name)))
    }

    fn open_token(token: &str, kind: Kind) -> Result<Shared> {
        SyncObject::from_token(token, kind, &Options::default())
            .map(Shared::new)
            .map_err(|error| error.on(token))
    }
}
