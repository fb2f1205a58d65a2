//! Waiting for a name to appear, without polling: the kernel says when a directory changes.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use super::call;
use super::error::os_error;
use super::handle::Handle;
use super::name::{Place, Rule, privileged_directory};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Scope};
use crate::options::Options;

const STEP: &str = "wait for section";

/// Opens a name as soon as somebody has created it.
pub(crate) fn wait(name: &Name, timeout: Option<Duration>, options: &Options) -> Result<Handle> {
    // A time beyond what the clock can tell is for ever.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let queue = call::inotify().map_err(|error| {
        os_error(ErrorKind::Other, STEP, error).with_hint("raise fs.inotify.max_user_instances")
    })?;
    loop {
        // Directories may come and go meanwhile, so each turn watches those of now. Only then
        // comes the look-up: whatever is created after it is in the queue.
        let place = Place::of(name)?;
        if place.rule == Rule::User(call::effective_uid()) {
            place.prepare()?;
        }
        watch(queue.as_fd(), &place.dir())?;
        if *name.scope() == Scope::Global && place.rule == Rule::Shared {
            watch(queue.as_fd(), &privileged_directory())?;
        }
        match Handle::open(name, options) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            result => return result,
        }
        let left = match deadline {
            Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                Some(left) if !left.is_zero() => Some(left),
                _ => return Err(Error::new(ErrorKind::TimedOut, STEP)),
            },
            None => None,
        };
        // Rounded up, so that the last turn does not spin.
        let milliseconds = left.map_or(-1, |left| {
            i32::try_from(left.as_millis() + 1).unwrap_or(i32::MAX)
        });
        call::poll_readable(queue.as_fd(), milliseconds)
            .map_err(|error| os_error(ErrorKind::Other, STEP, error))?;
        call::drain(queue.as_fd());
    }
}

/// Watches a directory, and where it is missing those above it in which it will appear.
fn watch(queue: BorrowedFd<'_>, dir: &CStr) -> Result<()> {
    let add = || match call::watch_directory(queue, dir) {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
        Err(error) => {
            Err(os_error(ErrorKind::Other, "watch the directory", error).on(dir.to_string_lossy()))
        }
    };
    if add()? {
        return Ok(());
    }
    if let Some(above) = parent(dir) {
        watch(queue, &above)?;
        // It may have appeared before the watch on the one above.
        add()?;
    }
    Ok(())
}

fn parent(dir: &CStr) -> Option<CString> {
    let path = dir.to_bytes();
    let end = path.iter().rposition(|byte| *byte == b'/')?;
    let above = if end == 0 { &path[..1] } else { &path[..end] };
    (above != path).then(|| CString::new(above).ok())?
}
