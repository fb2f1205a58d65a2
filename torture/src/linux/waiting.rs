//! Death at every instruction: a worker is killed after each single instruction of what it does to
//! an event, a mutex (with a bias and without) or a semaphore, with somebody asleep on it or not.
//! Nobody may sleep on beside what is available, nothing may be had twice, and an owner's death is
//! told once.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nshm::{Acquired, Event, EventState, Mutex, Semaphore, Waitable};

use super::attack::Campaign;
use super::report::Figures;
use super::stage::Stage;
use super::tracer::Traced;

/// How long anybody may take to notice what has happened.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most scenes take all their instructions in a row; this many are skipped between two in a longer
/// one.
const MOST: u64 = 400;
const MAX: u32 = 5;
/// So often a thread locks a mutex before it is biased towards it.
const LOYAL: u32 = 64;

/// What a worker does, and whether somebody sleeps on the object meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scene {
    SetEvent,
    SetEventForSleeper,
    TakeEvent,
    LockMutex,
    UnlockMutex,
    UnlockMutexForSleeper,
    /// The locking that earns a bias.
    EarnBias,
    LockBiased,
    UnlockBiased,
    UnlockBiasedForSleeper,
    CloseBiased,
    AcquireSemaphore,
    ReleaseSemaphore,
    ReleaseSemaphoreForSleeper,
    TakeAll,
}

impl Scene {
    const ALL: [Scene; 15] = [
        Scene::SetEvent,
        Scene::SetEventForSleeper,
        Scene::TakeEvent,
        Scene::LockMutex,
        Scene::UnlockMutex,
        Scene::UnlockMutexForSleeper,
        Scene::EarnBias,
        Scene::LockBiased,
        Scene::UnlockBiased,
        Scene::UnlockBiasedForSleeper,
        Scene::CloseBiased,
        Scene::AcquireSemaphore,
        Scene::ReleaseSemaphore,
        Scene::ReleaseSemaphoreForSleeper,
        Scene::TakeAll,
    ];

    fn has_sleeper(self) -> bool {
        matches!(
            self,
            Scene::SetEventForSleeper
                | Scene::UnlockMutexForSleeper
                | Scene::UnlockBiasedForSleeper
                | Scene::ReleaseSemaphoreForSleeper
        )
    }

    /// How often the worker has locked the mutex before.
    fn lockings(self) -> u32 {
        match self {
            Scene::EarnBias => LOYAL - 1,
            Scene::LockBiased
            | Scene::UnlockBiased
            | Scene::UnlockBiasedForSleeper
            | Scene::CloseBiased => LOYAL,
            _ => 0,
        }
    }

    /// Whether the worker gives the mutex up.
    fn unlocks(self) -> bool {
        matches!(
            self,
            Scene::UnlockMutex
                | Scene::UnlockMutexForSleeper
                | Scene::UnlockBiased
                | Scene::UnlockBiasedForSleeper
        )
    }
}

/// One object of each kind.
struct Objects {
    event: Event,
    mutex: Mutex,
    semaphore: Semaphore,
}

impl Objects {
    fn create(scene: Scene, name: &str) -> nshm::Result<Objects> {
        let state = match scene {
            Scene::TakeEvent | Scene::TakeAll => EventState::Set,
            _ => EventState::Unset,
        };
        let count = match scene {
            Scene::ReleaseSemaphoreForSleeper => 0,
            _ => 2,
        };
        Ok(Objects {
            event: Event::options()
                .state(state)
                .create(&*format!("{name}.e"))?,
            mutex: Mutex::create(&*format!("{name}.m"))?,
            semaphore: Semaphore::create(&*format!("{name}.s"), count, MAX)?,
        })
    }

    fn open(name: &str) -> nshm::Result<Objects> {
        Ok(Objects {
            event: Event::open(&*format!("{name}.e"))?,
            mutex: Mutex::open(&*format!("{name}.m"))?,
            semaphore: Semaphore::open(&*format!("{name}.s"))?,
        })
    }
}

/// What a worker does between two marks.
pub(crate) fn work(
    scene: Scene,
    name: &str,
    mut marked: impl FnMut(&mut dyn FnMut()),
) -> Result<()> {
    let objects = Objects::open(name)?;
    // The first use of a thread is no part of what is watched.
    let warm = Mutex::options().anonymous()?;
    drop(warm.lock()?);
    for _ in 0..scene.lockings() {
        objects.mutex.lock()?.unlock()?;
    }
    if scene.unlocks() {
        objects.mutex.acquire(None)?;
    }
    let Objects {
        event,
        mutex,
        semaphore,
    } = objects;
    let mut mutex = Some(mutex);
    let mut done = Ok(());
    marked(&mut || {
        let Some(here) = &mutex else { return };
        done = match scene {
            Scene::SetEvent | Scene::SetEventForSleeper => event.set(),
            Scene::TakeEvent => event.wait(),
            Scene::LockMutex | Scene::EarnBias | Scene::LockBiased => here.acquire(None).map(drop),
            Scene::UnlockMutex
            | Scene::UnlockMutexForSleeper
            | Scene::UnlockBiased
            | Scene::UnlockBiasedForSleeper => here.release(),
            Scene::CloseBiased => mutex.take().map_or(Ok(()), Mutex::close),
            Scene::AcquireSemaphore => semaphore.acquire(),
            Scene::ReleaseSemaphore | Scene::ReleaseSemaphoreForSleeper => {
                semaphore.release(1).map(drop)
            }
            Scene::TakeAll => {
                let all: [&dyn Waitable; 3] = [&event, here, &semaphore];
                nshm::wait_all(&all, None).map(drop)
            }
        };
    });
    done?;
    Ok(())
}

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    for scene in Scene::ALL {
        let mut instruction = 0;
        let mut stride = 1;
        loop {
            let context = || format!("{scene:?}, killed after instruction {instruction}");
            match kill_after(scene, instruction, campaign.stage).with_context(context)? {
                None => break,
                Some(abandoned) => {
                    figures.add("kills survived", 1);
                    figures.add("owners who died, each told once", abandoned.into());
                }
            }
            if instruction >= MOST {
                stride = 7;
            }
            instruction += stride;
        }
        figures.add("scenes", 1);
        figures.add("instructions", instruction);
    }
    Ok(())
}

/// Kills a worker after so many instructions, and says whether it left a mutex abandoned. `None`:
/// what it does has fewer.
fn kill_after(scene: Scene, instructions: u64, stage: &Stage) -> Result<Option<bool>> {
    let name = stage.leaf();
    let objects = Objects::create(scene, &name)?;
    let mut worker = Traced::waiting(scene, &name)?;
    let sleeper = scene.has_sleeper().then(|| Sleeper::start(scene, &name));
    let sleeper = sleeper.transpose()?;
    worker.begin()?;
    worker.run_to_mark()?;
    for _ in 0..instructions {
        if !worker.step_instruction()? {
            worker.finish()?;
            judge(scene, &objects, sleeper)?;
            return Ok(None);
        }
    }
    worker.kill()?;
    judge(scene, &objects, sleeper).map(Some)
}

/// What must hold when the worker is gone. Says whether its death was told.
fn judge(scene: Scene, objects: &Objects, sleeper: Option<Sleeper>) -> Result<bool> {
    let mut abandoned = false;
    if let Some(sleeper) = sleeper {
        abandoned = sleeper.end(scene, objects)?;
    }
    // A mutex is to be had, and a death is told once.
    let first = objects
        .mutex
        .acquire(Some(PATIENCE))?
        .context("the mutex is held for ever")?;
    abandoned |= first.is_abandoned();
    objects.mutex.release()?;
    let second = objects
        .mutex
        .acquire(Some(PATIENCE))?
        .context("the mutex is held again")?;
    ensure!(!second.is_abandoned(), "a death was told twice");
    objects.mutex.release()?;
    // An event has one token at most, and works.
    let mut tokens = 0;
    while objects.event.wait_timeout(Duration::ZERO)? {
        tokens += 1;
        ensure!(tokens <= 1, "an event gave {tokens} tokens");
    }
    objects.event.set()?;
    ensure!(
        objects.event.wait_timeout(PATIENCE)?,
        "an event that was set lets nobody through"
    );
    // A semaphore has lost or won one at most.
    let count = objects.semaphore.count()?;
    let expected = match scene {
        Scene::AcquireSemaphore | Scene::TakeAll => 1..=2,
        Scene::ReleaseSemaphore => 2..=3,
        // The sleeper has had one; the worker may have given one, and so may this process.
        Scene::ReleaseSemaphoreForSleeper => 0..=1,
        _ => 2..=2,
    };
    ensure!(expected.contains(&count), "the semaphore counts {count}");
    objects.semaphore.release(MAX - count)?;
    for _ in 0..MAX {
        ensure!(
            objects.semaphore.try_acquire()?,
            "the semaphore lost a count"
        );
    }
    ensure!(
        !objects.semaphore.try_acquire()?,
        "the semaphore won a count"
    );
    Ok(abandoned)
}

/// A thread that sleeps on an object.
struct Sleeper {
    woken: Receiver<nshm::Result<bool>>,
    thread: thread::JoinHandle<()>,
}

impl Sleeper {
    fn start(scene: Scene, name: &str) -> Result<Sleeper> {
        let objects = Objects::open(name)?;
        let (tell, woken) = channel();
        let (say_id, id) = channel();
        let thread = thread::spawn(move || {
            let _ = say_id.send(nix::unistd::gettid());
            let result = match scene {
                _ if scene.unlocks() => objects.mutex.acquire(None).and_then(|taken| {
                    objects.mutex.release()?;
                    Ok(taken.is_some_and(Acquired::is_abandoned))
                }),
                Scene::ReleaseSemaphoreForSleeper => objects.semaphore.acquire().map(|()| false),
                _ => objects.event.wait().map(|()| false),
            };
            let _ = tell.send(result);
        });
        let id = id.recv_timeout(PATIENCE)?;
        // 202 is futex(2): it sleeps, and what it waits for will be seen by whoever looks now.
        let call = format!("/proc/self/task/{id}/syscall");
        let begin = std::time::Instant::now();
        while !std::fs::read_to_string(&call)?.starts_with("202 ") {
            ensure!(begin.elapsed() < PATIENCE, "the sleeper does not sleep");
            thread::yield_now();
        }
        Ok(Sleeper { woken, thread })
    }

    /// Makes sure that it goes on: by itself where there is something for it, and otherwise when
    /// somebody else makes it available. Says whether it was told of a death.
    fn end(self, scene: Scene, objects: &Objects) -> Result<bool> {
        let available = match scene {
            // A dead owner has left it, in one way or the other.
            _ if scene.unlocks() => true,
            Scene::ReleaseSemaphoreForSleeper => objects.semaphore.count()? != 0,
            _ => objects.event.state()? == EventState::Set,
        };
        let abandoned = match self.woken.recv_timeout(Duration::from_millis(5)) {
            Ok(result) => result?,
            Err(RecvTimeoutError::Disconnected) => bail!("the sleeper panicked"),
            Err(RecvTimeoutError::Timeout) => {
                if !available {
                    match scene {
                        Scene::ReleaseSemaphoreForSleeper => {
                            objects.semaphore.release(1).map(drop)?
                        }
                        _ => objects.event.set()?,
                    }
                }
                match self.woken.recv_timeout(PATIENCE) {
                    Ok(result) => result?,
                    Err(_) => bail!("the sleeper sleeps beside what is available"),
                }
            }
        };
        if self.thread.join().is_err() {
            bail!("the sleeper panicked");
        }
        Ok(abandoned)
    }
}
