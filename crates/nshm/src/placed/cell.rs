//! The first word of a primitive: what it is. It is written once, by compare-exchange, so a cell is
//! nothing or something, and never half of it.
//!
//! ```text
//! 63 .......... 48   47 .. 40   39 .. 32   31 ............ 0
//! "NS"               system     kind       what the kind says
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::sys;
use crate::view::ViewMut;

/// What a cell holds. The numbers are for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Event = 1,
    Mutex = 2,
    Semaphore = 3,
    RwLock = 4,
    Condvar = 5,
}

const MAGIC: u64 = 0x4e53;

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Event => "an event",
            Kind::Mutex => "a mutex",
            Kind::Semaphore => "a semaphore",
            Kind::RwLock => "a reader-writer lock",
            Kind::Condvar => "a condition",
        }
    }

    fn step(self) -> &'static str {
        match self {
            Kind::Event => "place an event",
            Kind::Mutex => "place a mutex",
            Kind::Semaphore => "place a semaphore",
            Kind::RwLock => "place a reader-writer lock",
            Kind::Condvar => "place a condition",
        }
    }

    fn header(self, parameter: u32) -> u64 {
        MAGIC << 48
            | u64::from(sys::placed::SYSTEM) << 40
            | (self as u64) << 32
            | u64::from(parameter)
    }

    fn of_number(number: u64) -> Option<Kind> {
        let kinds = [
            Kind::Event,
            Kind::Mutex,
            Kind::Semaphore,
            Kind::RwLock,
            Kind::Condvar,
        ];
        kinds.into_iter().find(|kind| *kind as u64 == number)
    }
}

/// Makes the cell at `offset` one of that kind, or finds that it is, and gives the parameter that it
/// was made with and the words behind the first.
pub(super) fn at(
    view: &ViewMut,
    offset: usize,
    size: usize,
    kind: Kind,
    parameter: u32,
) -> Result<(u32, &[AtomicU64])> {
    let words = view.atomics(offset, size / size_of::<AtomicU64>())?;
    let Some((first, rest)) = words.split_first() else {
        return Err(Error::new(ErrorKind::InvalidSize, kind.step()));
    };
    let header = kind.header(parameter);
    let found = match first.compare_exchange(0, header, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => header,
        Err(found) => found,
    };
    check(found, kind)?;
    Ok((found as u32, rest))
}

/// Says why a cell with that first word is none of that kind.
fn check(found: u64, kind: Kind) -> Result<()> {
    let error = |kind_of_error| Error::new(kind_of_error, kind.step());
    let is_ours = found >> 48 == MAGIC;
    match Kind::of_number(found >> 32 & 0xff).filter(|_| is_ours) {
        None => Err(error(ErrorKind::Corrupt).detail("there is something else at this offset")),
        Some(_) if found >> 40 & 0xff != u64::from(sys::placed::SYSTEM) => {
            Err(error(ErrorKind::Unsupported)
                .detail("a program for another system has made what is at this offset"))
        }
        Some(other) if other != kind => Err(error(ErrorKind::WrongKind)
            .detail(format!("there is {} at this offset", other.words()))),
        Some(_) => Ok(()),
    }
}
