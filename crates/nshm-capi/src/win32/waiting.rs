//! Waiting for what handles stand for: for one, for any, for all, and after signalling another.
//!
//! Events, mutexes and semaphores are the core's, which waits for them. A file is never busy, as
//! everything is done when a call returns; and this process does not end while it waits.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nshm::{Acquired, Waitable};

use super::handle_table::{self, Entry};
use super::object::Object;
use super::types::access::*;
use super::types::{DWORD, HANDLE, INFINITE, wait};
use super::winerror::*;

/// How long to wait; `None` for as long as it takes.
pub(crate) fn timeout(milliseconds: DWORD) -> Option<Duration> {
    match milliseconds {
        INFINITE => None,
        milliseconds => Some(Duration::from_millis(milliseconds.into())),
    }
}

/// Lets time pass, or gives others their turn where there is none. Without a timeout it never
/// returns.
pub(crate) fn pass(timeout: Option<Duration>) {
    match timeout {
        None => loop {
            thread::park();
        },
        Some(Duration::ZERO) => thread::yield_now(),
        Some(timeout) => thread::sleep(timeout),
    }
}

/// Waits for one object, and answers how that ended. The pseudo handles are taken here, and never
/// signalled.
pub(crate) fn for_one(handle: HANDLE, timeout: Option<Duration>) -> Result<DWORD> {
    take(&awaited(handle)?, timeout)
}

/// Waits until one of the objects can be had, and takes it and no other: the first in the list, if
/// there are several.
pub(crate) fn for_any(handles: &[HANDLE], timeout: Option<Duration>) -> Result<DWORD> {
    let objects = all_awaited(handles)?;
    // What comes behind a file does not matter.
    let file = objects.iter().position(Object::is_file);
    let candidates = &objects[..file.unwrap_or(objects.len())];
    let (indices, waitables): (Vec<usize>, Vec<&dyn Waitable>) = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, object)| Some((index, object.waitable()?)))
        .unzip();
    let timeout = match file {
        Some(_) => Some(Duration::ZERO),
        None => timeout,
    };
    let taken = if waitables.is_empty() {
        pass(timeout);
        None
    } else {
        nshm::wait_any(&waitables, timeout)?
    };
    Ok(match (taken, file) {
        (Some((index, acquired)), _) => had(indices[index], acquired),
        (None, Some(index)) => wait::OBJECT_0 + index as DWORD,
        (None, None) => wait::TIMEOUT,
    })
}

/// Waits until all of the objects can be had at once, and takes them.
///
/// # Errors
/// 87 for an object that is in the list twice.
pub(crate) fn for_all(handles: &[HANDLE], timeout: Option<Duration>) -> Result<DWORD> {
    let objects = all_awaited(handles)?;
    for (index, object) in objects.iter().enumerate() {
        if objects[..index].iter().any(|other| other.is_same(object)) {
            return Err(ERROR_INVALID_PARAMETER);
        }
    }
    if objects.iter().any(Object::is_process) {
        pass(timeout);
        return Ok(wait::TIMEOUT);
    }
    let waitables: Vec<&dyn Waitable> = objects.iter().filter_map(Object::waitable).collect();
    if waitables.is_empty() {
        return Ok(wait::OBJECT_0);
    }
    let taken = nshm::wait_all(&waitables, timeout)?;
    Ok(taken.map_or(wait::TIMEOUT, |acquired| had(0, acquired)))
}

/// Sets an event, releases a semaphore by one or releases a mutex; then waits for another object.
/// Where it cannot do both, it does nothing.
pub(crate) fn after_signal(
    signalled: HANDLE,
    awaits: HANDLE,
    timeout: Option<Duration>,
) -> Result<DWORD> {
    let signalled = handle_table::get(signalled)?;
    let object = awaited(awaits)?;
    signal(&signalled)?;
    take(&object, timeout)
}

fn signal(entry: &Entry) -> Result<()> {
    match &entry.object {
        Object::Event(event) => {
            entry.require(EVENT_MODIFY_STATE)?;
            event.set()?;
        }
        Object::Semaphore(semaphore) => {
            entry.require(SEMAPHORE_MODIFY_STATE)?;
            semaphore.release(1)?;
        }
        Object::Mutex(mutex) => mutex.release()?,
        Object::File(_) | Object::Section(_) | Object::Process => return Err(ERROR_INVALID_HANDLE),
    }
    Ok(())
}

/// Takes an object as soon as it can be had.
fn take(object: &Object, timeout: Option<Duration>) -> Result<DWORD> {
    let is_had = match object {
        Object::Event(event) => match timeout {
            None => event.wait().map(|()| true)?,
            Some(timeout) => event.wait_timeout(timeout)?,
        },
        Object::Semaphore(semaphore) => match timeout {
            None => semaphore.acquire().map(|()| true)?,
            Some(timeout) => semaphore.acquire_timeout(timeout)?,
        },
        Object::Mutex(mutex) => {
            let taken = mutex.acquire(timeout)?;
            return Ok(taken.map_or(wait::TIMEOUT, |acquired| had(0, acquired)));
        }
        Object::File(_) => true,
        // No handle of one has the right to wait.
        Object::Section(_) => return Err(ERROR_ACCESS_DENIED),
        Object::Process => {
            pass(timeout);
            false
        }
    };
    Ok(if is_had {
        wait::OBJECT_0
    } else {
        wait::TIMEOUT
    })
}

/// The answer for the object of this index.
fn had(index: usize, acquired: Acquired) -> DWORD {
    let first = match acquired.is_abandoned() {
        true => wait::ABANDONED_0,
        false => wait::OBJECT_0,
    };
    first + index as DWORD
}

/// What one handle stands for, if it may be waited for.
///
/// # Errors
/// 6 for what is no handle, 5 for one without the right.
fn awaited(handle: HANDLE) -> Result<Object> {
    match handle {
        // This thread lasts as long as its wait, too.
        HANDLE::INVALID | HANDLE::CURRENT_THREAD => Ok(Object::Process),
        handle => {
            let entry = handle_table::get(handle)?;
            entry.require(SYNCHRONIZE)?;
            Ok(entry.object)
        }
    }
}

/// The same for several, where pseudo handles are none.
fn all_awaited(handles: &[HANDLE]) -> Result<Vec<Object>> {
    let is_pseudo = |handle: &HANDLE| [HANDLE::INVALID, HANDLE::CURRENT_THREAD].contains(handle);
    if handles.iter().any(is_pseudo) {
        return Err(ERROR_INVALID_HANDLE);
    }
    handles.iter().map(|handle| awaited(*handle)).collect()
}

impl Object {
    /// The same as something that the core can wait for.
    fn waitable(&self) -> Option<&dyn Waitable> {
        match self {
            Object::Event(event) => Some(event),
            Object::Mutex(mutex) => Some(mutex),
            Object::Semaphore(semaphore) => Some(semaphore),
            Object::File(_) | Object::Section(_) | Object::Process => None,
        }
    }

    fn is_file(&self) -> bool {
        matches!(self, Object::File(_))
    }

    fn is_process(&self) -> bool {
        matches!(self, Object::Process)
    }

    /// Whether two are the same, of those that the core does not know.
    fn is_same(&self, other: &Object) -> bool {
        match (self, other) {
            (Object::File(file), Object::File(other)) => Arc::ptr_eq(file, other),
            (Object::Process, Object::Process) => true,
            _ => false,
        }
    }
}
