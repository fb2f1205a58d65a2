//! What each of the processes does in its turns, and what must be true of the objects afterwards.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use nshm::placed::{self, Condvar, RwLock, Waited};
use nshm::{Event, EventState, Mutex, Reset, Semaphore, Waitable, wait_all, wait_any};

use super::board::{Board, Cell};
use super::{LONG, PATIENCE, PROCESSES};

/// How many a semaphore admits, and how much a store holds.
const ROOM: u32 = 3;
/// Fewer than there are processes, so that some readers get no place.
const READERS: u32 = 2;

/// What they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::linux) enum Scene {
    /// Hand on the one token of an event that resets itself.
    Event,
    /// Meet behind events that are reset by hand.
    EventByHand,
    Mutex,
    Semaphore,
    /// Take any of the three, or all.
    Several,
    PlacedEvent,
    PlacedEventByHand,
    PlacedMutex,
    PlacedSemaphore,
    RwLock,
    /// Put into a small store and take out of it.
    Condvar,
}

/// The name of something that a scene has beside its board.
pub(super) fn part(name: &str, what: &str) -> String {
    format!("{name}.{what}")
}

/// The objects with names.
pub(super) struct Named {
    token: Event,
    gates: [Event; 2],
    mutex: Mutex,
    semaphore: Semaphore,
}

impl Named {
    /// Makes them, or opens those that are there.
    pub(super) fn of(name: &str) -> nshm::Result<Named> {
        let token = Event::options().state(EventState::Set);
        let gate = |leaf| {
            let options = Event::options().reset(Reset::Manual);
            options.open_or_create(part(name, leaf))
        };
        Ok(Named {
            token: token.open_or_create(part(name, "token"))?.0,
            gates: [gate("even")?.0, gate("odd")?.0],
            mutex: Mutex::open_or_create(part(name, "mutex"))?.0,
            semaphore: Semaphore::open_or_create(part(name, "semaphore"), ROOM, ROOM)?.0,
        })
    }

    /// In the end all is as in the beginning.
    pub(super) fn judge(&self) -> Result<()> {
        ensure!(self.token.state()? == EventState::Set, "a token is lost");
        let guard = self.mutex.try_lock()?.context("a mutex is held")?;
        ensure!(!guard.is_abandoned(), "nobody has died");
        ensure!(self.semaphore.count()? == ROOM, "counts are lost or won");
        Ok(())
    }
}

/// Those on the board.
pub(super) struct Placed<'b> {
    token: placed::Event<'b>,
    gates: [placed::Event<'b>; 2],
    mutex: placed::Mutex<'b>,
    semaphore: placed::Semaphore<'b>,
    lock: RwLock<'b>,
    /// Of the store: there is something to take, there is room to put.
    conditions: [Condvar<'b>; 2],
}

impl<'b> Placed<'b> {
    /// Makes them, or finds those that are there.
    pub(super) fn of(board: &'b Board) -> nshm::Result<Placed<'b>> {
        // Close together, as small structures are.
        let view = &board.0;
        let at = |index: usize| Board::PLACES + index * placed::Mutex::SIZE;
        let (auto, manual) = (Reset::Automatic, Reset::Manual);
        let event = |index, reset, state| placed::Event::at(view, at(index), reset, state);
        Ok(Placed {
            token: event(0, auto, EventState::Set)?,
            gates: [
                event(1, manual, EventState::Unset)?,
                event(2, manual, EventState::Unset)?,
            ],
            mutex: placed::Mutex::at(view, at(3))?,
            semaphore: placed::Semaphore::at(view, at(4), ROOM, ROOM)?,
            conditions: [Condvar::at(view, at(5))?, Condvar::at(view, at(6))?],
            lock: RwLock::at(view, at(7), READERS)?,
        })
    }

    pub(super) fn judge(&self) -> Result<()> {
        ensure!(self.token.state()? == EventState::Set, "a token is lost");
        let guard = self.mutex.try_lock()?.context("a mutex is held")?;
        ensure!(!guard.is_abandoned(), "nobody has died");
        ensure!(self.semaphore.count()? == ROOM, "counts are lost or won");
        let guard = self.lock.try_write()?.context("somebody reads or writes")?;
        ensure!(!guard.is_abandoned(), "nobody has died");
        Ok(())
    }
}

impl Scene {
    pub(super) const ALL: [Scene; 11] = [
        Scene::Event,
        Scene::EventByHand,
        Scene::Mutex,
        Scene::Semaphore,
        Scene::Several,
        Scene::PlacedEvent,
        Scene::PlacedEventByHand,
        Scene::PlacedMutex,
        Scene::PlacedSemaphore,
        Scene::RwLock,
        Scene::Condvar,
    ];

    /// The word for it on the command line.
    pub(super) fn word(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What one worker does.
    pub(super) fn play(self, name: &str, worker: &mut Worker<'_>, turns: u64) -> Result<()> {
        let named = Named::of(name)?;
        let placed = Placed::of(worker.board)?;
        for turn in 0..turns {
            worker.board.begin_turn(worker.number, turn + 1)?;
            match self {
                Scene::Event => pass_on(&named.token, worker)?,
                Scene::EventByHand => meet(&named.gates, worker, turn)?,
                Scene::Mutex => alone(&named.mutex, worker)?,
                Scene::Semaphore => admitted(&named.semaphore, worker)?,
                Scene::Several => several(&named, worker)?,
                Scene::PlacedEvent => pass_on(&placed.token, worker)?,
                Scene::PlacedEventByHand => meet(&placed.gates, worker, turn)?,
                Scene::PlacedMutex => alone_at_place(&placed.mutex, worker)?,
                Scene::PlacedSemaphore => admitted(&placed.semaphore, worker)?,
                Scene::RwLock => read_or_write(&placed.lock, worker)?,
                Scene::Condvar => put_or_take(&placed, worker)?,
            }
        }
        Ok(())
    }
}

/// An event, wherever it lies.
trait Signal {
    fn set(&self) -> nshm::Result<()>;
    fn reset(&self) -> nshm::Result<()>;
    fn wait_timeout(&self, timeout: Duration) -> nshm::Result<bool>;
}

/// A semaphore, likewise.
trait Counted {
    fn acquire_timeout(&self, timeout: Duration) -> nshm::Result<bool>;
    fn release(&self, count: u32) -> nshm::Result<u32>;
}

macro_rules! forward {
    ($($object:ty as $name:ident: { $(fn $call:ident($($of:ident: $type:ty)?) -> $gives:ty;)* })*) => {$(
        impl $name for $object {
            $(fn $call(&self, $($of: $type)?) -> nshm::Result<$gives> {
                <$object>::$call(self, $($of)?)
            })*
        }
    )*};
}

forward! {
    Event as Signal: {
        fn set() -> ();
        fn reset() -> ();
        fn wait_timeout(timeout: Duration) -> bool;
    }
    placed::Event<'_> as Signal: {
        fn set() -> ();
        fn reset() -> ();
        fn wait_timeout(timeout: Duration) -> bool;
    }
    Semaphore as Counted: {
        fn acquire_timeout(timeout: Duration) -> bool;
        fn release(count: u32) -> u32;
    }
    placed::Semaphore<'_> as Counted: {
        fn acquire_timeout(timeout: Duration) -> bool;
        fn release(count: u32) -> u32;
    }
}

/// Who has the one token is alone.
fn pass_on(token: &impl Signal, worker: &mut Worker<'_>) -> Result<()> {
    worker.wait(|limit| Ok(token.wait_timeout(limit)?.then_some(())))?;
    worker.change(0)?;
    Ok(token.set()?)
}

/// Goes on when all are here: the last one opens the gate of this turn, and shuts that of the next one,
/// through which all have gone.
fn meet(gates: &[impl Signal; 2], worker: &mut Worker<'_>, turn: u64) -> Result<()> {
    let now = (turn % 2) as usize;
    let before = worker.board.add(Cell::Inside, 1)?;
    if before + 1 == PROCESSES as u64 {
        worker.board.take(Cell::Inside, before + 1)?;
        worker.change(0)?;
        gates[1 - now].reset()?;
        gates[now].set()?;
    } else {
        worker.wait(|limit| Ok(gates[now].wait_timeout(limit)?.then_some(())))?;
    }
    let met = worker.board.counter(0)?;
    ensure!(met == turn + 1, "in turn {turn} they have met {met} times");
    Ok(())
}

fn alone(mutex: &Mutex, worker: &mut Worker<'_>) -> Result<()> {
    let guard = worker.wait(|limit| mutex.lock_timeout(limit))?;
    ensure!(!guard.is_abandoned(), "nobody has died");
    // Its owner may lock it again.
    let again = worker.now_and_then().then(|| mutex.lock()).transpose()?;
    drop(again);
    worker.change(0)?;
    Ok(guard.unlock()?)
}

fn alone_at_place(mutex: &placed::Mutex<'_>, worker: &mut Worker<'_>) -> Result<()> {
    let guard = worker.wait(|limit| mutex.lock_timeout(limit))?;
    ensure!(!guard.is_abandoned(), "nobody has died");
    worker.change(0)?;
    Ok(guard.unlock()?)
}

/// Where only some may be; now and then for two of them.
fn admitted(semaphore: &impl Counted, worker: &mut Worker<'_>) -> Result<()> {
    worker.wait(|limit| Ok(semaphore.acquire_timeout(limit)?.then_some(())))?;
    let two = worker.now_and_then() && semaphore.acquire_timeout(Duration::ZERO)?;
    let count = if two { 2 } else { 1 };
    let before = worker.board.add(Cell::Inside, count.into())?;
    let inside = before + u64::from(count);
    ensure!(inside <= ROOM.into(), "{inside} are where {ROOM} may be");
    worker.dawdle();
    worker.board.take(Cell::Inside, count.into())?;
    semaphore.release(count)?;
    Ok(())
}

/// The first of the three that is there, in an order that changes, or all at once.
fn several(named: &Named, worker: &mut Worker<'_>) -> Result<()> {
    let objects: [&dyn Waitable; 3] = [&named.token, &named.mutex, &named.semaphore];
    let taken = if worker.now_and_then() {
        worker.wait(|limit| wait_all(&objects, Some(limit)))?;
        0..3
    } else {
        let first = worker.random.usize(..3);
        let order = [0, 1, 2].map(|index| (first + index) % 3);
        let turned = order.map(|index| objects[index]);
        let (index, _) = worker.wait(|limit| wait_any(&turned, Some(limit)))?;
        order[index]..order[index] + 1
    };
    for object in taken {
        match object {
            0 => {
                worker.change(0)?;
                named.token.set()?;
            }
            1 => {
                worker.change(1)?;
                named.mutex.release()?;
            }
            _ => {
                let inside = worker.board.add(Cell::Inside, 1)? + 1;
                ensure!(inside <= ROOM.into(), "{inside} are where {ROOM} may be");
                worker.dawdle();
                worker.board.take(Cell::Inside, 1)?;
                named.semaphore.release(1)?;
            }
        }
    }
    Ok(())
}

/// Writers change two counters, one after the other; readers see them equal, at all times.
fn read_or_write(lock: &RwLock<'_>, worker: &mut Worker<'_>) -> Result<()> {
    if worker.random.u8(..4) == 0 {
        let guard = worker.wait(|limit| lock.write_timeout(limit))?;
        ensure!(!guard.is_abandoned(), "nobody has died");
        worker.change(0)?;
        worker.change(1)?;
        return Ok(guard.unlock()?);
    }
    let guard = worker.wait(|limit| lock.read_timeout(limit))?;
    ensure!(!guard.is_abandoned(), "nobody has died");
    let one = worker.board.counter(0)?;
    worker.dawdle();
    let other = worker.board.counter(1)?;
    ensure!(one == other, "{one} and {other}: a writer is among readers");
    Ok(guard.unlock()?)
}

/// Half of the workers put something into a store that is soon full, the others take it.
fn put_or_take(placed: &Placed<'_>, worker: &mut Worker<'_>) -> Result<()> {
    let [filled, drained] = &placed.conditions;
    let puts = worker.number.is_multiple_of(2);
    let (wanted, told) = if puts {
        (drained, filled)
    } else {
        (filled, drained)
    };
    let begin = Instant::now();
    let mut guard = placed.mutex.lock()?;
    loop {
        let (put, taken) = (worker.board.counter(0)?, worker.board.counter(1)?);
        let stored = put.checked_sub(taken).context("more was taken than put")?;
        ensure!(stored <= ROOM.into(), "{stored} are in the store");
        if stored != if puts { ROOM.into() } else { 0 } {
            break;
        }
        let waited;
        (guard, waited) = wanted.wait_timeout(guard, PATIENCE)?;
        if waited == Waited::TimedOut {
            bail!("a notification was lost");
        }
    }
    worker.has_waited(begin);
    worker.change(if puts { 0 } else { 1 })?;
    guard.unlock()?;
    Ok(told.notify_one()?)
}

/// One of the processes.
pub(super) struct Worker<'b> {
    board: &'b Board,
    number: usize,
    random: fastrand::Rng,
    changes: u64,
    longest: Duration,
    long: u64,
}

impl<'b> Worker<'b> {
    pub(super) fn new(board: &'b Board, number: usize, seed: u64) -> Worker<'b> {
        Worker {
            board,
            number,
            random: fastrand::Rng::with_seed(seed),
            changes: 0,
            longest: Duration::ZERO,
            long: 0,
        }
    }

    fn now_and_then(&mut self) -> bool {
        self.random.u8(..16) == 0
    }

    /// Often lets others go first, so that they come while something is taken.
    fn dawdle(&mut self) {
        if self.random.u8(..4) == 0 {
            thread::yield_now();
        }
    }

    /// Waits for something until it is there, after a wait now and then that may end just as it comes.
    fn wait<T>(&mut self, wait: impl Fn(Duration) -> nshm::Result<Option<T>>) -> Result<T> {
        if self.now_and_then() {
            let short = Duration::from_micros(self.random.u64(..200));
            if let Some(taken) = wait(short)? {
                return Ok(taken);
            }
        }
        let begin = Instant::now();
        let taken = wait(PATIENCE)?.context("a wake-up was lost")?;
        self.has_waited(begin);
        Ok(taken)
    }

    fn has_waited(&mut self, begin: Instant) {
        let time = begin.elapsed();
        self.longest = self.longest.max(time);
        self.long += u64::from(time > LONG);
    }

    /// For who is alone: counts on.
    fn change(&mut self, counter: usize) -> Result<()> {
        self.changes += 1;
        let board = self.board;
        board.change(counter, || self.dawdle())
    }

    /// In the end.
    pub(super) fn tell(&self) -> Result<()> {
        self.board.add(Cell::Changes, self.changes)?;
        let longest = u64::try_from(self.longest.as_micros())?;
        self.board.most(Cell::Longest, longest)?;
        self.board.add(Cell::Long, self.long)?;
        self.board.add(Cell::Sleeps, sleeps()?)?;
        Ok(())
    }
}

/// How often this process has given its processor away until something happened.
fn sleeps() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    Ok(line.context("/proc/self/status")?.trim().parse()?)
}
