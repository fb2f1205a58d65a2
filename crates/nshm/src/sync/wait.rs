//! Waiting for several objects.

use std::time::Duration;

use super::{Event, Mutex, Semaphore};
use crate::error::{Error, ErrorKind, Result};
use crate::sys::{self, SyncObject};

/// The most objects that one wait can have.
#[doc(alias = "MAXIMUM_WAIT_OBJECTS")]
pub const MAX_WAIT: usize = 64;

mod sealed {
    use crate::sys::SyncObject;

    /// Keeps `Waitable` to the objects of this crate.
    pub trait Object {
        fn object(&self) -> Inner<'_>;
    }

    /// What is behind an object.
    pub struct Inner<'a>(pub(super) &'a SyncObject);
}

/// An [`Event`], a [`Mutex`] or a [`Semaphore`].
pub trait Waitable: sealed::Object {}

macro_rules! waitable {
    ($($object:ty),*) => {$(
        impl sealed::Object for $object {
            fn object(&self) -> sealed::Inner<'_> {
                sealed::Inner(&self.shared.0)
            }
        }
        impl Waitable for $object {}
    )*};
}

waitable!(Event, Mutex, Semaphore);

/// What a wait says of an object that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Acquired {
    abandoned: bool,
}

impl Acquired {
    pub(super) fn new(acquired: sys::Acquired) -> Acquired {
        Acquired {
            abandoned: acquired.abandoned,
        }
    }

    /// It is a mutex, and its last owner ended without unlocking it; after a [`wait_all`], one of
    /// them is. `WAIT_ABANDONED`
    #[doc(alias = "WAIT_ABANDONED")]
    pub fn is_abandoned(self) -> bool {
        self.abandoned
    }
}

/// Waits until one of the objects can be taken, and takes it: the first one in the list, if there
/// are several; the others stay as they are. Gives its index. No timeout: as long as it takes; a
/// timeout of zero: without waiting; `None`: the time has passed. `WaitForMultipleObjects`
///
/// A mutex that was taken is owned by this thread: [`Mutex::release`] unlocks it.
///
/// # Errors
/// `InvalidArgument`: no object, or more than [`MAX_WAIT`]. `Corrupt`, `Unsupported`,
/// `ForeignNamespace`: as for the waits of the objects.
///
/// # Platform
/// - Linux: futex_waitv(2); without it (before Linux 5.16, or in a sandbox) a thread that sleeps looks
///   every millisecond. Once a thread has waited so for an object, whoever makes it available wakes
///   all that wait for it, but for an event that is given to one of them.
/// - Windows: `WaitForMultipleObjects`, which refuses the same object twice only when waiting for all.
///
/// ```
/// use nshm::{Event, Semaphore, wait_any};
///
/// # fn main() -> nshm::Result<()> {
/// let stop = Event::options().anonymous()?;
/// let work = Semaphore::options(1, 10).anonymous()?;
/// let (index, _) = wait_any(&[&stop, &work], None)?.unwrap();
/// assert_eq!(index, 1);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "WaitForMultipleObjects")]
pub fn wait_any(
    objects: &[&dyn Waitable],
    timeout: Option<Duration>,
) -> Result<Option<(usize, Acquired)>> {
    let objects = checked(objects)?;
    let taken = SyncObject::wait_any(&objects, timeout)?;
    Ok(taken.map(|(index, acquired)| (index, Acquired::new(acquired))))
}

/// Waits until all of the objects can be taken at once, and takes them; until then, and if the time
/// passes, it takes none. `WaitForMultipleObjects`
///
/// No order of the objects, here and in other threads, leads to a deadlock.
///
/// # Errors
/// As for [`wait_any`], and `InvalidArgument`: an object is in the list twice. `ForeignNamespace`:
/// an object was made in another PID namespace.
///
/// # Platform
/// - Linux: a thread that is killed in the few instructions in which it takes the objects may have
///   taken some of them, as if it had waited for these alone. While one is stopped there (by a
///   debugger), others cannot use these objects.
/// - Windows: `WaitForMultipleObjects`.
///
/// ```
/// use std::time::Duration;
/// use nshm::{Event, Mutex, wait_all};
///
/// # fn main() -> nshm::Result<()> {
/// let filled = Event::options().anonymous()?;
/// let mutex = Mutex::options().anonymous()?;
/// assert!(wait_all(&[&mutex, &filled], Some(Duration::ZERO))?.is_none());
/// assert_eq!(mutex.owner()?, None);
/// filled.set()?;
/// assert!(wait_all(&[&mutex, &filled], None)?.is_some());
/// mutex.release()?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "WaitForMultipleObjects")]
pub fn wait_all(objects: &[&dyn Waitable], timeout: Option<Duration>) -> Result<Option<Acquired>> {
    let objects = checked(objects)?;
    for (index, object) in objects.iter().enumerate() {
        if objects[..index].iter().any(|other| other.is_same(object)) {
            return Err(invalid(format!("object {index} is in the list twice")));
        }
    }
    let taken = SyncObject::wait_all(&objects, timeout)?;
    Ok(taken.map(Acquired::new))
}

fn checked<'a>(objects: &[&'a dyn Waitable]) -> Result<Vec<&'a SyncObject>> {
    if objects.is_empty() || objects.len() > MAX_WAIT {
        let count = objects.len();
        return Err(invalid(format!(
            "it can be for 1 to {MAX_WAIT} objects, and not for {count}"
        )));
    }
    Ok(objects.iter().map(|object| object.object().0).collect())
}

fn invalid(detail: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, "wait for several objects").detail(detail)
}
