//! A mutex, a semaphore and an event that all processes under chaos use, and a board on which they
//! mark who is inside: what must not be can be seen there, whoever was killed when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nshm::{Acquired, ErrorKind, Event, EventState, Mutex, Section, Semaphore, ViewMut, Waitable};

use crate::linux::room::{Room, some_stay};

const BOARD: &str = "chaos.board";
const MUTEX: &str = "chaos.mutex";
/// How many the semaphore admits.
const ADMITTED: u32 = 2;
/// How long anybody waits.
const PATIENCE: Duration = Duration::from_millis(20);
/// How much longer a wait may take than it should: a stopped process gets on late.
const GRACE: Duration = Duration::from_secs(30);

/// Cells of the board.
#[derive(Clone, Copy)]
enum Cell {
    /// Which semaphore and which event is in use.
    Epoch,
    /// Who is inside the mutex.
    Owner,
    /// Changed by who is inside, in two steps.
    Count,
    Entries,
    DeathsTold,
    SemaphoreEntries,
    EventTurns,
    WaitsForAll,
    Forks,
    Execs,
    /// Two cells for each epoch: who is inside its semaphore, and who has its event.
    FirstOfEpoch,
}

/// The most epochs that the board has cells for.
pub(super) const EPOCHS: u64 = 1000;

/// What all the entries came to.
pub(super) struct Sums {
    pub(super) mutex: u64,
    pub(super) deaths_told: u64,
    pub(super) semaphore: u64,
    pub(super) event: u64,
    pub(super) all: u64,
    pub(super) forks: u64,
    pub(super) execs: u64,
}

pub(super) struct Guard {
    mutex: Mutex,
    board: ViewMut,
}

impl Guard {
    pub(super) fn join() -> Result<Guard> {
        Ok(Guard {
            mutex: Mutex::open(MUTEX)?,
            board: Section::open(BOARD)?.map()?,
        })
    }

    fn cell(&self, cell: Cell) -> Result<&AtomicU64> {
        Ok(self.board.atomic_u64(cell as usize * 8)?)
    }

    /// Of the semaphore (0) or the event (1) of an epoch.
    fn inside(&self, epoch: u64, which: usize) -> Result<&AtomicU64> {
        let index = Cell::FirstOfEpoch as usize + 2 * usize::try_from(epoch)? + which;
        Ok(self.board.atomic_u64(index * 8)?)
    }

    fn count(&self, cell: Cell) -> Result<()> {
        self.cell(cell)?.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn count_fork(&self) {
        let _ = self.count(Cell::Forks);
    }

    pub(super) fn count_exec(&self) {
        let _ = self.count(Cell::Execs);
    }

    /// Takes one of the objects, or all, if they are to be had soon, and gives them back.
    pub(super) fn enter(&self, random: &mut fastrand::Rng) -> Result<()> {
        let stay = some_stay(random);
        let begin = Instant::now();
        let done = match random.u8(..5) {
            0 | 1 => self.enter_mutex(stay),
            2 => self.enter_semaphore(),
            3 => self.take_event(),
            _ => self.take_all(stay),
        };
        ensure!(
            begin.elapsed() < PATIENCE + GRACE,
            "a wait of {PATIENCE:?} took {:?}",
            begin.elapsed()
        );
        done
    }

    fn enter_mutex(&self, stay: Duration) -> Result<()> {
        if let Some(acquired) = self.mutex.acquire(Some(PATIENCE))? {
            self.in_mutex(acquired, stay)?;
            self.mutex.release()?;
        }
        Ok(())
    }

    /// Alone, among all processes.
    fn in_mutex(&self, acquired: Acquired, stay: Duration) -> Result<()> {
        self.room()?.enter(acquired.is_abandoned(), stay)
    }

    fn room(&self) -> Result<Room<'_>> {
        Ok(Room {
            owner: self.cell(Cell::Owner)?,
            count: self.cell(Cell::Count)?,
            entries: self.cell(Cell::Entries)?,
            deaths_told: self.cell(Cell::DeathsTold)?,
        })
    }

    /// The objects of the present epoch, if it is not over already.
    fn epoch(&self) -> Result<Option<(u64, Semaphore, Event)>> {
        let epoch = self.cell(Cell::Epoch)?.load(Ordering::Relaxed);
        let opened = Semaphore::open(semaphore(epoch))
            .and_then(|semaphore| Ok((epoch, semaphore, Event::open(event(epoch))?)));
        match opened {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn enter_semaphore(&self) -> Result<()> {
        if let Some((epoch, semaphore, _)) = self.epoch()?
            && semaphore.acquire_timeout(PATIENCE)?
        {
            self.in_semaphore(epoch)?;
            semaphore.release(1)?;
        }
        Ok(())
    }

    fn in_semaphore(&self, epoch: u64) -> Result<()> {
        let inside = self.inside(epoch, 0)?;
        let others = inside.fetch_add(1, Ordering::Relaxed);
        ensure!(
            others < ADMITTED.into(),
            "{others} others are inside a semaphore for {ADMITTED}"
        );
        self.count(Cell::SemaphoreEntries)?;
        inside.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    fn take_event(&self) -> Result<()> {
        if let Some((epoch, _, event)) = self.epoch()?
            && event.wait_timeout(PATIENCE)?
        {
            self.with_event(epoch)?;
            event.set()?;
        }
        Ok(())
    }

    fn with_event(&self, epoch: u64) -> Result<()> {
        let inside = self.inside(epoch, 1)?;
        let others = inside.fetch_add(1, Ordering::Relaxed);
        ensure!(others == 0, "an event let {others} others through as well");
        self.count(Cell::EventTurns)?;
        inside.fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }

    fn take_all(&self, stay: Duration) -> Result<()> {
        let Some((epoch, semaphore, event)) = self.epoch()? else {
            return Ok(());
        };
        let all: [&dyn Waitable; 3] = [&self.mutex, &semaphore, &event];
        if let Some(acquired) = nshm::wait_all(&all, Some(PATIENCE))? {
            self.in_mutex(acquired, stay)?;
            self.in_semaphore(epoch)?;
            self.with_event(epoch)?;
            self.count(Cell::WaitsForAll)?;
            event.set()?;
            semaphore.release(1)?;
            self.mutex.release()?;
        }
        Ok(())
    }
}

fn semaphore(epoch: u64) -> String {
    format!("chaos.semaphore.{epoch}")
}

fn event(epoch: u64) -> String {
    format!("chaos.event.{epoch}")
}

/// Who keeps the objects while the processes come and go.
pub(super) struct Keeper {
    guard: Guard,
    /// Those of the epoch. What a killed process had taken is gone with it, so there are new ones
    /// every now and then.
    objects: (Semaphore, Event),
    epoch: u64,
}

impl Keeper {
    pub(super) fn new() -> Result<Keeper> {
        let cells = Cell::FirstOfEpoch as usize + 2 * usize::try_from(EPOCHS)?;
        let guard = Guard {
            mutex: Mutex::create(MUTEX)?,
            board: Section::create(BOARD, cells * 8)?.map()?,
        };
        Ok(Keeper {
            objects: new_objects(0)?,
            guard,
            epoch: 0,
        })
    }

    pub(super) fn next_epoch(&mut self) -> Result<()> {
        self.objects = new_objects(self.epoch + 1)?;
        self.epoch += 1;
        let cell = self.guard.cell(Cell::Epoch)?;
        cell.store(self.epoch, Ordering::Relaxed);
        Ok(())
    }

    /// What must hold when all others are gone, `deaths` of them by a kill.
    pub(super) fn judge(&self, deaths: u64) -> Result<Sums> {
        let value = |cell| -> Result<u64> { Ok(self.guard.cell(cell)?.load(Ordering::Relaxed)) };
        let last = self.guard.mutex.acquire(Some(PATIENCE))?;
        ensure!(last.is_some(), "the mutex of the dead is held for ever");
        self.guard.mutex.release()?;
        self.guard.room()?.judge(deaths)?;
        for epoch in 0..=self.epoch {
            // What somebody left who was killed.
            nshm::clear_stale(event(epoch))?;
            nshm::clear_stale(semaphore(epoch))?;
        }
        let tokens = self.objects.0.count()?;
        ensure!(tokens <= ADMITTED, "the semaphore has won a count");
        Ok(Sums {
            mutex: value(Cell::Entries)?,
            deaths_told: value(Cell::DeathsTold)?,
            semaphore: value(Cell::SemaphoreEntries)?,
            event: value(Cell::EventTurns)?,
            all: value(Cell::WaitsForAll)?,
            forks: value(Cell::Forks)?,
            execs: value(Cell::Execs)?,
        })
    }
}

fn new_objects(epoch: u64) -> Result<(Semaphore, Event)> {
    let event = Event::options()
        .state(EventState::Set)
        .create(self::event(epoch))?;
    let semaphore = Semaphore::create(semaphore(epoch), ADMITTED, ADMITTED)?;
    Ok((semaphore, event))
}
