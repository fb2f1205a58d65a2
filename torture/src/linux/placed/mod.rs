//! What is placed in a section: a worker uses it, with somebody in its way, asleep on it, or dead.
//!
//! - [`court`]: one of each kind, and who has it
//! - [`partner`]: threads beside a worker
//! - [`scene`]: what is there before it, and what must hold afterwards
//! - [`instruction`]: death after an instruction at random
//! - [`crowd`]: many that are killed at random moments

pub(super) mod court;
mod crowd;
mod instruction;
mod partner;
mod scene;

use std::os::unix::process::parent_id;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use nix::errno::Errno;
use nshm::placed::Event;
use nshm::{EventState, Reset, Section, ViewMut};

use self::court::Court;
pub(super) use self::crowd::work;
use self::scene::PlacedScene;
use super::attack::Campaign;
use super::deed::Deed;
use super::failure::number::SHMAT;
use super::report::Figures;
use super::stage::Stage;
use super::tracer::Call;

pub(super) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    let time = campaign.time / 2;
    crowd::run(campaign, time, figures)?;
    instruction::run(campaign, time, figures)
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Act {
    PlaceAll,
    FirstLock,
    LockTaken,
    LockOfDead,
    UnlockForSleeper,
    ReadWritten,
    ReadFull,
    ReadOfDead,
    ReadUnlockForSleeper,
    WriteWritten,
    WriteRead,
    WriteOfDead,
    WriteUnlockForSleeper,
    AwaitCondition,
    AwaitConditionBesideSleeper,
    NotifyOne,
    NotifyAll,
    WaitForPlacedEvent,
    SetPlacedEvent,
    AcquirePlacedSemaphore,
    ReleasePlacedSemaphore,
}

impl Deed for Act {
    const WORKER: &'static str = "placed-worker";

    type Scene<'s> = PlacedScene<'s>;

    fn name(self, leaf: &str) -> String {
        leaf.to_owned()
    }

    fn set_up<'s>(self, name: &str, stage: &'s Stage) -> Result<PlacedScene<'s>> {
        PlacedScene::new(self, name, stage)
    }

    /// That there is no such segment says that an owner has died.
    fn is_answer(self, call: &Call, errno: Errno) -> bool {
        call.number == SHMAT && matches!(errno, Errno::EINVAL | Errno::EIDRM)
    }
}

impl Act {
    /// Does it, after it has called `ready`.
    pub(super) fn perform(
        self,
        view: &ViewMut,
        ready: impl FnOnce() -> Result<()>,
    ) -> Result<nshm::Result<()>> {
        if self == Act::PlaceAll {
            ready()?;
            return Ok(Court::at(view).map(drop));
        }
        let court = Court::at(view)?;
        ask_for_processors()?;
        if self != Act::FirstLock {
            // Its life begins with its first lock.
            drop(court.beside.lock()?);
        }
        let Court { mutex, lock, .. } = &court;
        Ok(match self {
            Act::PlaceAll => Ok(()),
            Act::FirstLock | Act::LockTaken | Act::LockOfDead => {
                ready()?;
                let guard = mutex.lock();
                self.has(guard, |guard| guard.is_abandoned(), |guard| guard.unlock())?
            }
            Act::UnlockForSleeper => {
                let guard = mutex.lock()?;
                ready()?;
                guard.unlock()
            }
            Act::ReadWritten | Act::ReadFull | Act::ReadOfDead => {
                ready()?;
                let guard = lock.read();
                self.has(guard, |guard| guard.is_abandoned(), |guard| guard.unlock())?
            }
            Act::ReadUnlockForSleeper => {
                let guard = lock.read()?;
                ready()?;
                guard.unlock()
            }
            Act::WriteWritten | Act::WriteRead | Act::WriteOfDead => {
                ready()?;
                let guard = lock.write();
                self.has(guard, |guard| guard.is_abandoned(), |guard| guard.unlock())?
            }
            Act::WriteUnlockForSleeper => {
                let guard = lock.write()?;
                ready()?;
                guard.unlock()
            }
            Act::AwaitCondition | Act::AwaitConditionBesideSleeper => {
                let guard = mutex.lock()?;
                ready()?;
                let guard = court.condition.wait(guard);
                self.has(guard, |guard| guard.is_abandoned(), |guard| guard.unlock())?
            }
            Act::NotifyOne => {
                ready()?;
                court.condition.notify_one()
            }
            Act::NotifyAll => {
                ready()?;
                court.condition.notify_all()
            }
            Act::WaitForPlacedEvent => {
                ready()?;
                court.event.wait()
            }
            Act::SetPlacedEvent => {
                ready()?;
                court.event.set()
            }
            Act::AcquirePlacedSemaphore => {
                ready()?;
                court.semaphore.acquire()
            }
            Act::ReleasePlacedSemaphore => {
                ready()?;
                court.semaphore.release(1).map(drop)
            }
        })
    }

    /// Has what it took for the time of a system call, so that it is killed there, too.
    fn has<G>(
        self,
        guard: nshm::Result<G>,
        is_abandoned: impl FnOnce(&G) -> bool,
        unlock: impl FnOnce(G) -> nshm::Result<()>,
    ) -> Result<nshm::Result<()>> {
        let guard = match guard {
            Ok(guard) => guard,
            Err(error) => return Ok(Err(error)),
        };
        let told = is_abandoned(&guard);
        ensure!(told == self.finds_a_death(), "told of a death: {told}");
        let _ = parent_id();
        Ok(unlock(guard))
    }

    /// Whether somebody has died before with what it takes.
    fn finds_a_death(self) -> bool {
        matches!(self, Act::LockOfDead | Act::ReadOfDead | Act::WriteOfDead)
    }

    /// Whether it is about the reader-writer lock.
    fn is_about_the_lock(self) -> bool {
        matches!(
            self,
            Act::ReadWritten
                | Act::ReadFull
                | Act::ReadOfDead
                | Act::ReadUnlockForSleeper
                | Act::WriteWritten
                | Act::WriteRead
                | Act::WriteOfDead
                | Act::WriteUnlockForSleeper
        )
    }

    /// How many attaches its process may keep, for its own life and for those that it has looked at.
    pub(super) fn attaches_kept(self, went_well: bool) -> usize {
        match self {
            // One for each word of the first segment.
            Act::FirstLock if went_well => 4,
            Act::FirstLock => 0,
            _ => 1,
        }
    }
}

/// Who is about to sleep for the first time asks how many there are, which is long and no part of what
/// is watched.
fn ask_for_processors() -> Result<()> {
    let view = Section::anonymous(4096)?.map()?;
    let event = Event::at(&view, 0, Reset::Automatic, EventState::Unset)?;
    ensure!(!event.wait_timeout(Duration::from_nanos(1))?, "it is set");
    Ok(())
}
