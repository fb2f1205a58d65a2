//! What is there before a worker, and what must hold when it is gone, however it went.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nshm::{EventState, Section, ViewMut};

use super::Act;
use super::court::{Court, MAX};
use super::partner::{Partner, Role, Watch, locked, read, written};
use crate::linux::deed::{End, Scene, Verdict};
use crate::linux::operation::is_free;
use crate::linux::stage::Stage;

/// The size of the section, in bytes.
const SIZE: usize = 4096;
/// How long a sleeper that has been woken may need to show it, before another one is woken for it.
const MOMENT: Duration = Duration::from_millis(5);
/// Sleepers look again after a second.
const LATE: Duration = Duration::from_millis(500);

impl Act {
    /// Who is there before the worker comes.
    fn partners_before(self) -> &'static [Role] {
        match self {
            Act::LockTaken => &[Role::Locks],
            Act::LockOfDead => &[Role::DiesLocking],
            Act::ReadWritten | Act::WriteWritten => &[Role::Writes],
            Act::ReadFull => &[Role::Reads, Role::Reads],
            Act::ReadOfDead | Act::WriteOfDead => &[Role::DiesWriting],
            Act::WriteRead => &[Role::Reads],
            Act::NotifyOne => &[Role::AwaitsCondition],
            Act::NotifyAll => &[Role::AwaitsCondition, Role::AwaitsCondition],
            Act::SetPlacedEvent => &[Role::AwaitsEvent],
            Act::ReleasePlacedSemaphore => &[Role::AwaitsSemaphore],
            _ => &[],
        }
    }

    /// Who comes when it is ready.
    fn partners_after(self) -> &'static [Role] {
        match self {
            Act::UnlockForSleeper => &[Role::AwaitsMutex],
            Act::ReadUnlockForSleeper => &[Role::AwaitsWrite],
            Act::WriteUnlockForSleeper => &[Role::AwaitsRead],
            Act::AwaitCondition => &[Role::Notifies],
            Act::AwaitConditionBesideSleeper => &[Role::NotifiesBesideSleeper],
            Act::WaitForPlacedEvent => &[Role::Sets],
            Act::AcquirePlacedSemaphore => &[Role::Releases],
            _ => &[],
        }
    }
}

/// What the worker had when it was killed.
#[derive(Clone, Copy, Debug, Default)]
struct Had {
    mutex: bool,
    /// For writing.
    lock: bool,
}

pub(crate) struct PlacedScene<'s> {
    act: Act,
    name: String,
    stage: &'s Stage,
    view: ViewMut,
    watch: Arc<Watch>,
    partners: Vec<Partner>,
    had: Had,
    is_notified: bool,
}

impl<'s> PlacedScene<'s> {
    pub(super) fn new(act: Act, name: &str, stage: &'s Stage) -> Result<PlacedScene<'s>> {
        let mut scene = PlacedScene {
            act,
            name: name.to_owned(),
            stage,
            view: Section::create(name, SIZE)?.map()?,
            watch: Arc::default(),
            partners: Vec::new(),
            had: Had::default(),
            is_notified: false,
        };
        scene.start(act.partners_before())?;
        Ok(scene)
    }

    fn start(&mut self, roles: &[Role]) -> Result<()> {
        for role in roles {
            let partner = Partner::start(*role, &self.name, &self.watch)?;
            self.partners.push(partner);
        }
        Ok(())
    }

    /// Gives sleepers what the worker has not. Says how many deaths it was told of.
    fn stand_in(&self, court: &Court<'_>, end: End) -> Result<u64> {
        if end == End::Done {
            return Ok(0);
        }
        match self.act {
            // The notification was the dead one's, and who hears of its death notifies all.
            Act::AwaitConditionBesideSleeper if self.had.mutex => {
                let guard = locked(court)?;
                let told = guard.is_abandoned().into();
                guard.unlock()?;
                court.condition.notify_all()?;
                return Ok(told);
            }
            Act::NotifyOne | Act::NotifyAll if !self.is_notified => {
                court.condition.notify_all()?;
            }
            Act::SetPlacedEvent if self.sleeps_on() && court.event.state()? != EventState::Set => {
                court.event.set()?;
            }
            Act::ReleasePlacedSemaphore if self.sleeps_on() && court.semaphore.count()? == 0 => {
                court.semaphore.release(1)?;
            }
            _ => {}
        }
        Ok(0)
    }

    /// Whether a sleeper has not woken after a moment.
    fn sleeps_on(&self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < MOMENT {
            if !self.partners.iter().any(Partner::sleeps) {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    /// A death that nobody was told of yet when the worker was gone.
    fn has_left_a_death(&self, end: End) -> bool {
        let is_mended = end == End::Done && self.act != Act::ReadOfDead;
        self.act.finds_a_death() && !is_mended
    }
}

impl Scene for PlacedScene<'_> {
    fn worker_is_ready(&mut self, worker: u32) -> Result<()> {
        self.watch.begin(worker);
        self.start(self.act.partners_after())
    }

    fn worker_stands(&mut self, worker: u32) -> Result<()> {
        if self.act == Act::PlaceAll {
            return Ok(());
        }
        let court = Court::at(&self.view)?;
        self.had = Had {
            mutex: court.locks(worker)?,
            lock: court.writes(worker)?,
        };
        self.is_notified = court.notifications()? != 0;
        Ok(())
    }

    fn judge(mut self, end: End) -> Result<Verdict> {
        self.watch.end(end == End::Killed);
        let court = Court::at(&self.view)?;
        let mut told = self.stand_in(&court, end)?;
        let begin = Instant::now();
        for partner in std::mem::take(&mut self.partners) {
            told += partner.end()?;
        }
        let late = (begin.elapsed() > LATE).into();
        let is_left = self.has_left_a_death(end);
        let told = if self.act.is_about_the_lock() {
            judge_mutex(&court, 0, false)?;
            let has_died = self.had.lock || is_left;
            let to_partners = u64::from(has_died && self.act == Act::WriteUnlockForSleeper);
            ensure!(told == to_partners, "{told} partners were told");
            judge_lock(&court, has_died)?
        } else {
            judge_lock(&court, false)?;
            judge_mutex(&court, told, self.had.mutex || is_left)?
        };
        judge_event(&court, self.act, end)?;
        judge_semaphore(&court, self.act, end)?;
        let (name, stage) = (self.name.clone(), self.stage);
        drop(self);
        is_free(&name, stage)?;
        Ok(Verdict { told, late })
    }
}

impl Drop for PlacedScene<'_> {
    fn drop(&mut self) {
        // Partners are there no longer than the scene.
        self.watch.end(true);
    }
}

/// Nobody has it, and if somebody died with it, one is told, and only one: partners were so often.
fn judge_mutex(court: &Court<'_>, told: u64, has_died: bool) -> Result<u64> {
    let guard = locked(court)?;
    let told = told + u64::from(guard.is_abandoned());
    guard.unlock()?;
    ensure!(
        told == u64::from(has_died),
        "{told} were told, died: {has_died}"
    );
    let guard = locked(court)?;
    ensure!(!guard.is_abandoned(), "a death was told twice");
    guard.unlock()?;
    Ok(told)
}

/// Nobody has it, and if somebody died writing, all are told until it is mended.
fn judge_lock(court: &Court<'_>, has_died: bool) -> Result<u64> {
    let guard = read(court)?;
    let reader_is_told = guard.is_abandoned();
    guard.unlock()?;
    ensure!(reader_is_told == has_died, "told: {reader_is_told}");
    let guard = written(court)?;
    ensure!(guard.is_abandoned() == has_died, "the writer is not told");
    guard.unlock()?;
    let guard = read(court)?;
    ensure!(!guard.is_abandoned(), "told after it was mended");
    guard.unlock()?;
    let guard = written(court)?;
    ensure!(!guard.is_abandoned(), "told after it was mended");
    guard.unlock()?;
    Ok(has_died.into())
}

/// It has one token at most, and works.
fn judge_event(court: &Court<'_>, act: Act, end: End) -> Result<()> {
    let mut tokens = 0;
    while court.event.wait_timeout(Duration::ZERO)? {
        tokens += 1;
        ensure!(tokens <= 1, "an event gave {tokens} tokens");
    }
    let expected = match (act, end) {
        (Act::WaitForPlacedEvent, End::Refused) => 1..=1,
        (Act::WaitForPlacedEvent, End::Killed) | (Act::SetPlacedEvent, _) => 0..=1,
        _ => 0..=0,
    };
    ensure!(expected.contains(&tokens), "the event had {tokens} tokens");
    court.event.set()?;
    ensure!(
        court.event.wait_timeout(Duration::ZERO)?,
        "an event that was set lets nobody through"
    );
    Ok(())
}

/// It has lost or won one at most, and works.
fn judge_semaphore(court: &Court<'_>, act: Act, end: End) -> Result<()> {
    let count = court.semaphore.count()?;
    let expected = match (act, end) {
        (Act::AcquirePlacedSemaphore, End::Refused) => 1..=1,
        (Act::AcquirePlacedSemaphore, End::Killed) => 0..=1,
        // The sleeper has had one; the worker may have given one, and so may this process.
        (Act::ReleasePlacedSemaphore, End::Killed | End::Refused) => 0..=1,
        _ => 0..=0,
    };
    ensure!(expected.contains(&count), "the semaphore counts {count}");
    court.semaphore.release(MAX - count)?;
    for _ in 0..MAX {
        ensure!(court.semaphore.try_acquire()?, "it lost a count");
    }
    ensure!(!court.semaphore.try_acquire()?, "it won a count");
    Ok(())
}
