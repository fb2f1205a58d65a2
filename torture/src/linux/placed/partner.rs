//! Threads beside a worker: they have what it wants until it sleeps, sleep on what it has, give it
//! what it waits for, or have died.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nshm::Section;
use nshm::placed::{MutexGuard, ReadGuard, Waited, WriteGuard};

use super::court::Court;

/// How long anybody may take to notice what has happened.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// The time between two looks at a thread that should sleep.
const GLANCE: Duration = Duration::from_micros(50);

/// What a partner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    // They die with it before the worker begins.
    DiesLocking,
    DiesWriting,
    // They have it until the worker sleeps.
    Locks,
    Reads,
    Writes,
    // They sleep until they get it, and give it back.
    AwaitsMutex,
    AwaitsRead,
    AwaitsWrite,
    AwaitsCondition,
    AwaitsEvent,
    AwaitsSemaphore,
    // They give it when the worker sleeps.
    Notifies,
    Sets,
    Releases,
    /// As `Notifies`, with one who sleeps behind the worker and has the wake-up if that dies.
    NotifiesBesideSleeper,
}

impl Role {
    fn sleeps(self) -> bool {
        matches!(
            self,
            Role::AwaitsMutex
                | Role::AwaitsRead
                | Role::AwaitsWrite
                | Role::AwaitsCondition
                | Role::AwaitsEvent
                | Role::AwaitsSemaphore
        )
    }
}

/// What is known of the worker.
#[derive(Debug, Default)]
pub(super) struct Watch {
    worker: AtomicU32,
    fate: AtomicU32,
}

const KILLED: u32 = 1;
const ENDED: u32 = 2;

impl Watch {
    pub(super) fn begin(&self, worker: u32) {
        self.worker.store(worker, Ordering::Release);
    }

    pub(super) fn end(&self, is_killed: bool) {
        let fate = if is_killed { KILLED } else { ENDED };
        self.fate.store(fate, Ordering::Release);
    }

    fn fate(&self) -> u32 {
        self.fate.load(Ordering::Acquire)
    }

    /// Waits until the worker sleeps, or is gone.
    fn until_asleep(&self) {
        while self.fate() == 0 {
            let worker = self.worker.load(Ordering::Acquire);
            if worker != 0 && sleeps(&format!("/proc/{worker}")) {
                return;
            }
            thread::sleep(GLANCE);
        }
    }

    /// Waits until the worker is gone. Whether it was killed.
    fn until_gone(&self) -> bool {
        while self.fate() == 0 {
            thread::sleep(GLANCE);
        }
        self.fate() == KILLED
    }
}

/// Whether a thread sleeps on futexes: one, or several.
fn sleeps(thread: &str) -> bool {
    let read = |file: &str| fs::read_to_string(format!("{thread}/{file}")).unwrap_or_default();
    let call = read("syscall");
    let is_futex = call.starts_with("202 ") || call.starts_with("449 ");
    is_futex && read("stat").contains(") S ")
}

/// A thread in a role.
pub(super) struct Partner {
    role: Role,
    thread: JoinHandle<Result<u64>>,
}

impl Partner {
    /// Starts it, and waits until it has or does what it should.
    pub(super) fn start(role: Role, name: &str, watch: &Arc<Watch>) -> Result<Partner> {
        let (name, watch) = (name.to_owned(), watch.clone());
        let (tell, told) = channel();
        let thread = thread::spawn(move || play(role, &name, &watch, &tell));
        let partner = Partner { role, thread };
        let Ok(id) = told.recv_timeout(PATIENCE) else {
            return Err(partner.end().err().context("a partner does not begin")?);
        };
        let begin = Instant::now();
        while role.sleeps()
            && !partner.thread.is_finished()
            && !sleeps(&format!("/proc/self/task/{id}"))
        {
            ensure!(begin.elapsed() < PATIENCE, "a partner does not sleep");
            thread::sleep(GLANCE);
        }
        if role == Role::DiesLocking || role == Role::DiesWriting {
            while !partner.thread.is_finished() {
                ensure!(begin.elapsed() < PATIENCE, "a partner does not die");
                thread::sleep(GLANCE);
            }
        }
        Ok(partner)
    }

    pub(super) fn sleeps(&self) -> bool {
        self.role.sleeps() && !self.thread.is_finished()
    }

    /// Waits for its end, and says how many deaths it was told of.
    pub(super) fn end(self) -> Result<u64> {
        let done = self.thread.join();
        let done = done.unwrap_or_else(|_| bail!("it panicked"));
        done.with_context(|| format!("a partner ({:?})", self.role))
    }
}

/// Does what a role says. Tells its thread when it has begun, or is about to sleep.
fn play(role: Role, name: &str, watch: &Arc<Watch>, tell: &Sender<i32>) -> Result<u64> {
    let view = Section::open(name)?.map()?;
    let court = Court::at(&view)?;
    let begin = || tell.send(nix::unistd::gettid().as_raw());
    Ok(match role {
        Role::DiesLocking => {
            std::mem::forget(locked(&court)?);
            begin()?;
            0
        }
        Role::DiesWriting => {
            std::mem::forget(written(&court)?);
            begin()?;
            0
        }
        Role::Locks => {
            let guard = locked(&court)?;
            begin()?;
            watch.until_asleep();
            guard.unlock()?;
            0
        }
        Role::Reads => {
            let guard = read(&court)?;
            begin()?;
            watch.until_asleep();
            guard.unlock()?;
            0
        }
        Role::Writes => {
            let guard = written(&court)?;
            begin()?;
            watch.until_asleep();
            guard.unlock()?;
            0
        }
        Role::AwaitsMutex => {
            begin()?;
            let guard = locked(&court)?;
            let told = guard.is_abandoned().into();
            guard.unlock()?;
            told
        }
        Role::AwaitsRead => {
            begin()?;
            let guard = read(&court)?;
            let told = guard.is_abandoned().into();
            guard.unlock()?;
            told
        }
        Role::AwaitsWrite => {
            begin()?;
            let guard = written(&court)?;
            let told = guard.is_abandoned().into();
            guard.unlock()?;
            told
        }
        Role::AwaitsCondition => {
            let guard = locked(&court)?;
            let before = guard.is_abandoned();
            begin()?;
            let (guard, waited) = court.condition.wait_timeout(guard, PATIENCE)?;
            ensure!(waited == Waited::Woken, "a notification was lost");
            let told = u64::from(before) + u64::from(guard.is_abandoned());
            guard.unlock()?;
            told
        }
        Role::AwaitsEvent => {
            begin()?;
            let is_set = court.event.wait_timeout(PATIENCE)?;
            ensure!(is_set, "it sleeps beside an event that is set");
            0
        }
        Role::AwaitsSemaphore => {
            begin()?;
            let taken = court.semaphore.acquire_timeout(PATIENCE)?;
            ensure!(taken, "it sleeps beside a semaphore that counts");
            0
        }
        Role::Notifies => {
            begin()?;
            watch.until_asleep();
            notify(&court)?
        }
        Role::NotifiesBesideSleeper => {
            begin()?;
            watch.until_asleep();
            let sleeper = Partner::start(Role::AwaitsCondition, name, watch)?;
            let told = notify(&court)?;
            if !watch.until_gone() {
                // The worker may have had the other notification.
                court.condition.notify_all()?;
            }
            told + sleeper.end()?
        }
        Role::Sets => {
            begin()?;
            watch.until_asleep();
            court.event.set()?;
            0
        }
        Role::Releases => {
            begin()?;
            watch.until_asleep();
            court.semaphore.release(1)?;
            0
        }
    })
}

/// Notifies one, and says whether a death was told.
fn notify(court: &Court<'_>) -> Result<u64> {
    let guard = locked(court)?;
    let told = guard.is_abandoned().into();
    court.condition.notify_one()?;
    guard.unlock()?;
    Ok(told)
}

pub(super) fn locked<'c, 'v>(court: &'c Court<'v>) -> Result<MutexGuard<'c, 'v>> {
    let guard = court.mutex.lock_timeout(PATIENCE)?;
    guard.context("the mutex is held for ever")
}

pub(super) fn read<'c, 'v>(court: &'c Court<'v>) -> Result<ReadGuard<'c, 'v>> {
    let guard = court.lock.read_timeout(PATIENCE)?;
    guard.context("the lock is held for ever, for who reads")
}

pub(super) fn written<'c, 'v>(court: &'c Court<'v>) -> Result<WriteGuard<'c, 'v>> {
    let guard = court.lock.write_timeout(PATIENCE)?;
    guard.context("the lock is held for ever, for who writes")
}
