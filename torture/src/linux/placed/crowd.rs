//! Many that use what is placed in a section and are killed at random moments. Each is stopped
//! first, so that it is known what it has, and so how many deaths must be told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use nshm::{Section, ViewMut};

use super::court::{self, Court};
use super::partner::{locked, read, written};
use crate::linux::attack::Campaign;
use crate::linux::party::{Party, go_with_parent};
use crate::linux::report::Figures;
use crate::linux::room::{Room, some_stay};

const NAME: &str = "placed.court";
/// More than there are places for readers.
const WORKERS: usize = 4;

/// Cells of the board, which lies behind the court.
#[derive(Clone, Copy)]
enum Cell {
    /// Four for the room behind the mutex.
    Mutex = court::END as isize / 8,
    /// Four for the room behind the reader-writer lock.
    Lock = Cell::Mutex as isize + 4,
    Reads = Cell::Lock as isize + 4,
    Waits,
    End,
}

fn cell(view: &ViewMut, cell: Cell, index: usize) -> Result<&AtomicU64> {
    Ok(view.atomic_u64((cell as usize + index) * 8)?)
}

fn room(view: &ViewMut, first: Cell) -> Result<Room<'_>> {
    Ok(Room {
        owner: cell(view, first, 0)?,
        count: cell(view, first, 1)?,
        entries: cell(view, first, 2)?,
        deaths_told: cell(view, first, 3)?,
    })
}

/// A worker: does everything, with an end in time, until it is killed.
pub(crate) fn work(seed: u64) -> Result<()> {
    go_with_parent()?;
    let view = Section::open(NAME)?.map()?;
    let court = Court::at(&view)?;
    let mut random = fastrand::Rng::with_seed(seed);
    loop {
        let stay = some_stay(&mut random);
        match random.u8(..8) {
            0..3 => use_mutex(&court, &view, stay, &mut random)?,
            3..5 => {
                let guard = written(&court)?;
                room(&view, Cell::Lock)?.enter(guard.is_abandoned(), stay)?;
                guard.unlock()?;
            }
            5..7 => {
                let guard = read(&court)?;
                let writer = cell(&view, Cell::Lock, 0)?.load(Ordering::Relaxed);
                ensure!(
                    writer == 0 || guard.is_abandoned(),
                    "process {writer} writes, or its death was not told"
                );
                std::thread::sleep(stay);
                cell(&view, Cell::Reads, 0)?.fetch_add(1, Ordering::Relaxed);
                guard.unlock()?;
            }
            _ => court.condition.notify_all()?,
        }
    }
}

/// Has the mutex, and now and then waits for the condition in between.
fn use_mutex(
    court: &Court<'_>,
    view: &ViewMut,
    stay: Duration,
    random: &mut fastrand::Rng,
) -> Result<()> {
    let room = room(view, Cell::Mutex)?;
    let mut guard = locked(court)?;
    room.enter(guard.is_abandoned(), stay)?;
    if random.bool() {
        let time = Duration::from_micros(random.u64(..500));
        (guard, _) = court.condition.wait_timeout(guard, time)?;
        room.enter(guard.is_abandoned(), Duration::ZERO)?;
        cell(view, Cell::Waits, 0)?.fetch_add(1, Ordering::Relaxed);
    }
    guard.unlock()?;
    Ok(court.condition.notify_one()?)
}

/// Deaths that must be told, and those after which it is not known whether the dead one had counted
/// an earlier one.
#[derive(Debug, Default)]
struct Deaths {
    all: u64,
    unclear: u64,
}

impl Deaths {
    /// A process dies with what leads to that room.
    fn add(&mut self, room: &Room<'_>, process: u32) {
        self.all += 1;
        // Who has come in has counted.
        let is_inside = room.owner.load(Ordering::Relaxed) == u64::from(process);
        self.unclear += u64::from(!is_inside);
    }

    fn judge(&self, room: &Room<'_>, kills: u64) -> Result<()> {
        room.judge(kills)?;
        let told = room.deaths_told.load(Ordering::Relaxed);
        ensure!(
            (self.all - self.unclear..=self.all).contains(&told),
            "{told} deaths were told, of {self:?}"
        );
        Ok(())
    }
}

pub(super) fn run(campaign: &Campaign<'_>, time: Duration, figures: &mut Figures) -> Result<()> {
    let view = Section::create(NAME, Cell::End as usize * 8)?.map()?;
    let court = Court::at(&view)?;
    let (behind_mutex, behind_lock) = (room(&view, Cell::Mutex)?, room(&view, Cell::Lock)?);
    let (mut owners, mut writers, mut kills) = (Deaths::default(), Deaths::default(), 0);
    let mut kill = |worker: Party| -> Result<()> {
        let process = worker.id();
        stop(&worker)?;
        if court.locks(process)? {
            owners.add(&behind_mutex, process);
        }
        if court.writes(process)? {
            writers.add(&behind_lock, process);
        }
        worker.kill()?;
        kills += 1;
        Ok(())
    };
    let mut random = fastrand::Rng::with_seed(campaign.seed);
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        workers.push(start(&mut random)?);
    }
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(random.u64(..5000)));
        for worker in &mut workers {
            worker.must_live()?;
        }
        let victim = random.usize(..WORKERS);
        kill(std::mem::replace(&mut workers[victim], start(&mut random)?))?;
    }
    for worker in workers {
        kill(worker)?;
    }
    // The last deaths.
    let guard = locked(&court)?;
    behind_mutex.enter(guard.is_abandoned(), Duration::ZERO)?;
    guard.unlock()?;
    let guard = written(&court)?;
    behind_lock.enter(guard.is_abandoned(), Duration::ZERO)?;
    guard.unlock()?;

    let count = |first, index| anyhow::Ok(cell(&view, first, index)?.load(Ordering::Relaxed));
    figures.add("kills survived", kills);
    figures.add("owners of a mutex who died, each told once", owners.all);
    figures.add(
        "writers who died, each told until it was mended",
        writers.all,
    );
    figures.add("times in the mutex, alone", count(Cell::Mutex, 2)?);
    figures.add("times writing, alone", count(Cell::Lock, 2)?);
    figures.add("times reading", count(Cell::Reads, 0)?);
    figures.add("waits for the condition", count(Cell::Waits, 0)?);
    owners.judge(&behind_mutex, kills).context("the mutex")?;
    writers.judge(&behind_lock, kills).context("the lock")?;
    ensure!(!locked(&court)?.is_abandoned(), "a death was told twice");
    ensure!(!read(&court)?.is_abandoned(), "told after it was mended");
    Ok(())
}

fn start(random: &mut fastrand::Rng) -> Result<Party> {
    Party::start(&["placed-crowd", &random.u64(..).to_string()])
}

/// Stops a worker, and waits until it stands still.
fn stop(worker: &Party) -> Result<()> {
    worker.signal(Signal::SIGSTOP)?;
    let id = Pid::from_raw(worker.id().try_into()?);
    match waitpid(id, Some(WaitPidFlag::WUNTRACED))? {
        WaitStatus::Stopped(..) => Ok(()),
        other => bail!("a worker ended by itself: {other:?}"),
    }
}
