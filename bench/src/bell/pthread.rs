//! POSIX: a mutex and a condition variable that processes share, with a flag between them.

use std::io;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use anyhow::{Context as _, Result};

use super::memory::Memory;
use super::{Bells, Made, Side};

/// What lies in shared memory.
#[repr(C)]
struct Bell {
    mutex: libc::pthread_mutex_t,
    condition: libc::pthread_cond_t,
    rung: bool,
}

struct Pthread(Memory);

pub(super) fn make() -> Result<Made> {
    let (memory, rope) = Memory::make()?;
    for side in [Side::There, Side::Back] {
        let bell = bell(&memory, side)?;
        // SAFETY: the memory is new, aligned and long enough, and nobody else has it yet; the
        // attributes are made before they are used.
        unsafe {
            let bell = bell.as_ptr();
            let mut attributes = MaybeUninit::uninit();
            check(libc::pthread_mutexattr_init(attributes.as_mut_ptr()))?;
            let shared = libc::PTHREAD_PROCESS_SHARED;
            check(libc::pthread_mutexattr_setpshared(
                attributes.as_mut_ptr(),
                shared,
            ))?;
            let mutex = &raw mut (*bell).mutex;
            check(libc::pthread_mutex_init(mutex, attributes.as_ptr()))?;
            let mut attributes = MaybeUninit::uninit();
            check(libc::pthread_condattr_init(attributes.as_mut_ptr()))?;
            check(libc::pthread_condattr_setpshared(
                attributes.as_mut_ptr(),
                shared,
            ))?;
            let condition = &raw mut (*bell).condition;
            check(libc::pthread_cond_init(condition, attributes.as_ptr()))?;
        }
    }
    Ok((Box::new(Pthread(memory)), rope))
}

pub(super) fn join(word: &str) -> Result<Box<dyn Bells>> {
    Ok(Box::new(Pthread(Memory::join(word)?)))
}

fn bell(memory: &Memory, side: Side) -> Result<NonNull<Bell>> {
    NonNull::new(memory.at(side).cast()).context("memory is nowhere")
}

fn check(error: i32) -> Result<()> {
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error).into()),
    }
}

impl Bells for Pthread {
    fn ring(&mut self, side: Side) -> Result<()> {
        let bell = bell(&self.0, side)?.as_ptr();
        // SAFETY: it was made before anybody had it, and stays mapped; the flag is used with the
        // mutex only.
        unsafe {
            check(libc::pthread_mutex_lock(&raw mut (*bell).mutex))?;
            (*bell).rung = true;
            check(libc::pthread_cond_signal(&raw mut (*bell).condition))?;
            check(libc::pthread_mutex_unlock(&raw mut (*bell).mutex))
        }
    }

    fn wait(&mut self, side: Side) -> Result<()> {
        let bell = bell(&self.0, side)?.as_ptr();
        // SAFETY: it was made before anybody had it, and stays mapped; the flag is used with the
        // mutex only.
        unsafe {
            let mutex = &raw mut (*bell).mutex;
            check(libc::pthread_mutex_lock(mutex))?;
            while !(*bell).rung {
                check(libc::pthread_cond_wait(&raw mut (*bell).condition, mutex))?;
            }
            (*bell).rung = false;
            check(libc::pthread_mutex_unlock(mutex))
        }
    }
}
