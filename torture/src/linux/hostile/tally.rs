//! What victims and writers count, on a board that nobody writes over; and a mutex and a room that
//! nobody attacks, which must stay right all the while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nix::time::{ClockId, clock_gettime};
use nshm::{ErrorKind, Mutex, Section, ViewMut};

use crate::linux::report::Figures;
use crate::linux::room::Room;

const BOARD: &str = "hostile.board";
const HONEST: &str = "hostile.honest";

/// Cells of the board.
#[derive(Clone, Copy)]
enum Cell {
    Writes,
    Calls,
    /// In microseconds.
    LongestOverrun,
    LongestCall,
    Owner,
    Count,
    Entries,
    DeathsTold,
    /// Two for each victim: since when it is in a call, in nanoseconds (0: it is in none); how long
    /// that may take.
    Victims,
    Threads = Cell::Victims as isize + 2 * VICTIMS as isize,
    /// One for each kind of error.
    Errors = Cell::Threads as isize + VICTIMS as isize,
    End = Cell::Errors as isize + ErrorKind::ALL.len() as isize,
}

pub(super) const VICTIMS: usize = 4;

/// What a call without a time of its own may take, where somebody holds up an object: DESIGN.md.
pub(super) const HELD_UP: Duration = Duration::from_secs(2);
/// How much longer a call may take than it should, on a busy machine.
const GRACE: Duration = Duration::from_secs(20);

/// What who uses an object may be told.
pub(super) fn fits_object(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Corrupt
            | ErrorKind::TimedOut
            | ErrorKind::NotOwner
            | ErrorKind::TooManyPosts
            | ErrorKind::ForeignNamespace
            | ErrorKind::Unsupported
            | ErrorKind::OutOfBounds
    )
}

/// The same for what is placed in a section. It may seem to be of another kind or size, this thread's
/// own, or that of an owner of whom the system tells nothing.
pub(super) fn fits_placed(kind: ErrorKind) -> bool {
    fits_object(kind)
        || matches!(
            kind,
            ErrorKind::WrongKind
                | ErrorKind::InvalidArgument
                | ErrorKind::WouldDeadlock
                | ErrorKind::Other
        )
}

pub(super) struct Tally {
    board: ViewMut,
    pub(super) honest: Mutex,
}

impl Tally {
    pub(super) fn create() -> Result<Tally> {
        Ok(Tally {
            board: Section::create(BOARD, Cell::End as usize * 8)?.map()?,
            honest: Mutex::create(HONEST)?,
        })
    }

    pub(super) fn join() -> Result<Tally> {
        Ok(Tally {
            board: Section::open(BOARD)?.map()?,
            honest: Mutex::open(HONEST)?,
        })
    }

    fn at(&self, cell: Cell, index: usize) -> Result<&AtomicU64> {
        Ok(self.board.atomic_u64((cell as usize + index) * 8)?)
    }

    fn get(&self, cell: Cell) -> Result<u64> {
        Ok(self.at(cell, 0)?.load(Ordering::Relaxed))
    }

    pub(super) fn room(&self) -> Result<Room<'_>> {
        Ok(Room {
            owner: self.at(Cell::Owner, 0)?,
            count: self.at(Cell::Count, 0)?,
            entries: self.at(Cell::Entries, 0)?,
            deaths_told: self.at(Cell::DeathsTold, 0)?,
        })
    }

    pub(super) fn count_writes(&self, count: u64) -> Result<()> {
        self.at(Cell::Writes, 0)?
            .fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// A victim says who it is, so that writers can pretend to be it.
    pub(super) fn introduce(&self, slot: usize) -> Result<()> {
        let thread = u64::try_from(nix::unistd::gettid().as_raw())?;
        self.at(Cell::Threads, slot)?
            .store(thread, Ordering::Relaxed);
        Ok(())
    }

    /// The thread of a victim.
    pub(super) fn thread(&self, slot: usize) -> Result<u64> {
        Ok(self.at(Cell::Threads, slot)?.load(Ordering::Relaxed))
    }

    /// Does a call of a victim, which may wait for so long and fail in some way, and counts what came
    /// of it.
    pub(super) fn call<T>(
        &self,
        slot: usize,
        timeout: Option<Duration>,
        may_fail: fn(ErrorKind) -> bool,
        call: impl FnOnce() -> nshm::Result<T>,
    ) -> Result<Option<T>> {
        let begin = now()?;
        let allowed = timeout.unwrap_or(HELD_UP);
        self.at(Cell::Victims, 2 * slot + 1)?
            .store(nanoseconds(allowed), Ordering::Relaxed);
        self.at(Cell::Victims, 2 * slot)?
            .store(begin, Ordering::Relaxed);
        let result = call();
        let taken = Duration::from_nanos(now()?.saturating_sub(begin));
        self.at(Cell::Victims, 2 * slot)?
            .store(0, Ordering::Relaxed);
        self.at(Cell::Calls, 0)?.fetch_add(1, Ordering::Relaxed);
        let (cell, time) = match timeout {
            Some(timeout) => (Cell::LongestOverrun, taken.saturating_sub(timeout)),
            None => (Cell::LongestCall, taken),
        };
        let time = u64::try_from(time.as_micros())?;
        self.at(cell, 0)?.fetch_max(time, Ordering::Relaxed);
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if may_fail(error.kind()) => self.count_error(error.kind()),
            Err(error) => Err(error.into()),
        }
    }

    fn count_error<T>(&self, kind: ErrorKind) -> Result<Option<T>> {
        let index = ErrorKind::ALL.iter().position(|it| *it == kind);
        let index = index.context("an error of no kind")?;
        self.at(Cell::Errors, index)?
            .fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }

    /// Fails if a victim is in a call for much longer than it may be.
    pub(super) fn nobody_hangs(&self) -> Result<()> {
        for slot in 0..VICTIMS {
            let begin = self.at(Cell::Victims, 2 * slot)?.load(Ordering::Relaxed);
            let allowed = self
                .at(Cell::Victims, 2 * slot + 1)?
                .load(Ordering::Relaxed);
            let taken = now()?.saturating_sub(begin);
            ensure!(
                begin == 0 || taken < allowed + nanoseconds(GRACE),
                "victim {slot} is in a call since {} ms, which may take {} ms",
                taken / 1_000_000,
                allowed / 1_000_000
            );
        }
        Ok(())
    }

    /// Forgets the call that a killed victim was in.
    pub(super) fn forget(&self, slot: usize) -> Result<()> {
        self.at(Cell::Victims, 2 * slot)?
            .store(0, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn tell(&self, figures: &mut Figures) -> Result<()> {
        figures.add("writes over what others use", self.get(Cell::Writes)?);
        figures.add("calls of victims", self.get(Cell::Calls)?);
        for (index, kind) in ErrorKind::ALL.iter().enumerate() {
            let count = self.at(Cell::Errors, index)?.load(Ordering::Relaxed);
            if count != 0 {
                figures.add(&format!("errors {kind:?}"), count);
            }
        }
        figures.most(
            "µs longest overrun of a timeout",
            self.get(Cell::LongestOverrun)?,
        );
        figures.most("µs longest call without one", self.get(Cell::LongestCall)?);
        figures.add(
            "times in a mutex beside it, alone",
            self.get(Cell::Entries)?,
        );
        figures.add(
            "dead owners told of, each once",
            self.get(Cell::DeathsTold)?,
        );
        Ok(())
    }
}

fn now() -> Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    Ok(u64::try_from(time.tv_sec())? * 1_000_000_000 + u64::try_from(time.tv_nsec())?)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
