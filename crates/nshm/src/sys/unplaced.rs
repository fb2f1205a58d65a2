//! Primitives inside a section, for systems that have none: they cannot be made, and say so.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::sys::{Acquired, Handle, Reading};

/// No system.
pub(crate) const SYSTEM: u8 = 0;

fn unsupported<T>(step: &'static str) -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, step))
}

macro_rules! none_of {
    ($($name:ident),*) => {$(
        /// One that cannot exist.
        pub(crate) struct $name<'v> {
            never: Infallible,
            cell: PhantomData<&'v [AtomicU64]>,
        }
    )*};
}

none_of!(Event, Semaphore, Mutex, RwLock, Condvar);

impl<'v> Event<'v> {
    pub(crate) fn new(_: &'v [AtomicU64], _: Option<&'v Handle>, _: bool, _: bool) -> Result<Self> {
        unsupported("place an event")
    }

    pub(crate) fn set(&self) -> Result<()> {
        match self.never {}
    }

    pub(crate) fn reset(&self) -> Result<()> {
        match self.never {}
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        match self.never {}
    }

    pub(crate) fn acquire(&self, _: Option<Duration>) -> Result<bool> {
        match self.never {}
    }

    pub(crate) fn is_set(&self) -> Result<bool> {
        match self.never {}
    }
}

impl<'v> Semaphore<'v> {
    pub(crate) fn new(_: &'v [AtomicU64], _: Option<&'v Handle>, _: u32, _: u32) -> Result<Self> {
        unsupported("place a semaphore")
    }

    pub(crate) fn acquire(&self, _: Option<Duration>) -> Result<bool> {
        match self.never {}
    }

    pub(crate) fn release(&self, _: u32) -> Result<u32> {
        match self.never {}
    }

    pub(crate) fn count(&self) -> Result<u32> {
        match self.never {}
    }
}

impl<'v> Mutex<'v> {
    pub(crate) fn new(_: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        unsupported("place a mutex")
    }

    pub(crate) fn acquire(&self, _: Option<Duration>) -> Result<Option<Acquired>> {
        match self.never {}
    }

    pub(crate) fn unlock(&self) -> Result<()> {
        match self.never {}
    }
}

impl<'v> RwLock<'v> {
    pub(crate) fn new(_: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        unsupported("place a reader-writer lock")
    }

    pub(crate) fn acquire_read(&self, _: Option<Duration>) -> Result<Option<Reading>> {
        match self.never {}
    }

    pub(crate) fn release_read(&self, _: Option<usize>) -> Result<()> {
        match self.never {}
    }

    pub(crate) fn acquire_write(&self, _: Option<Duration>) -> Result<Option<Acquired>> {
        match self.never {}
    }

    pub(crate) fn release_write(&self) -> Result<()> {
        match self.never {}
    }
}

impl<'v> Condvar<'v> {
    pub(crate) fn new(_: &'v [AtomicU64], _: Option<&'v Handle>) -> Result<Self> {
        unsupported("place a condition")
    }

    pub(crate) fn wait(&self, _: &Mutex<'_>, _: Option<Duration>) -> Result<(bool, Acquired)> {
        match self.never {}
    }

    pub(crate) fn notify_one(&self) -> Result<()> {
        match self.never {}
    }

    pub(crate) fn notify_all(&self) -> Result<()> {
        match self.never {}
    }
}
