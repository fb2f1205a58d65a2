//! Hostile peers: processes that may write into an object write nonsense into it, while others use
//! it and are killed at random. They may spoil that object and nothing else.

mod tally;
mod targets;
mod victim;
mod writer;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use self::tally::{Tally, VICTIMS};
use self::targets::Targets;
pub(super) use self::victim::suffer;
pub(super) use self::writer::write;
use super::attack::Campaign;
use super::party::{Party, adopt_orphans};
use super::placed::court;
use super::report::Figures;
use super::stage::Stage;

const WRITERS: usize = 2;
/// So many of the victims are never killed, so that one that hangs is seen.
const SPARED: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

const KILLS: &str = "kills survived";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    adopt_orphans()?;
    figures.add(KILLS, 0);
    let tally = Tally::create()?;
    let targets = Targets::create(campaign.stage)?;
    let done = attack(campaign, &tally, figures);
    tally.tell(figures)?;
    done?;
    let last = tally.honest.acquire(Some(PATIENCE))?;
    ensure!(last.is_some(), "the mutex beside it is held for ever");
    tally.honest.release()?;
    tally.room()?.judge(figures.get(KILLS))?;
    as_good_as_new(&targets, campaign.stage)?;
    drop(targets);
    targets::remove_file(campaign.stage)
}

/// Lets them at one another for the time that there is.
fn attack(campaign: &Campaign<'_>, tally: &Tally, figures: &mut Figures) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(campaign.seed);
    let mut victims = Vec::new();
    for slot in 0..VICTIMS {
        victims.push(start_victim(slot, &mut random)?);
    }
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        writers.push(start_writer(&mut random)?);
    }
    let until = Instant::now() + campaign.time;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(random.u64(500..20_000)));
        tally.nobody_hangs()?;
        for (slot, victim) in victims.iter_mut().enumerate() {
            victim
                .must_live()
                .with_context(|| format!("victim {slot}"))?;
        }
        if random.u8(..10) == 0 {
            let index = random.usize(..WRITERS);
            std::mem::replace(&mut writers[index], start_writer(&mut random)?).kill()?;
        } else {
            let slot = random.usize(SPARED..VICTIMS);
            // Before the next one has the place.
            let old = victims.remove(slot);
            old.kill().with_context(|| format!("victim {slot}"))?;
            tally.forget(slot)?;
            victims.insert(slot, start_victim(slot, &mut random)?);
            figures.add(KILLS, 1);
        }
    }
    for (slot, victim) in victims.into_iter().enumerate() {
        victim.kill().with_context(|| format!("victim {slot}"))?;
        figures.add(KILLS, 1);
    }
    for writer in writers {
        writer.kill().context("a writer")?;
    }
    Ok(())
}

fn start_victim(slot: usize, random: &mut fastrand::Rng) -> Result<Party> {
    let seed = random.u64(..).to_string();
    Party::start(&["hostile-victim", &seed, &slot.to_string()])
}

fn start_writer(random: &mut fastrand::Rng) -> Result<Party> {
    Party::start(&["hostile-writer", &random.u64(..).to_string()])
}

/// Put in order, the objects are as good as new: nothing that nshm keeps elsewhere was spoilt.
fn as_good_as_new(targets: &Targets, stage: &Stage) -> Result<()> {
    for view in targets::words(stage)? {
        view.store(view.len() - 16, &0u64)?;
    }
    let time = Some(Duration::ZERO);
    targets.auto.set()?;
    ensure!(targets.auto.wait_timeout(Duration::ZERO)?, "a spoilt event");
    ensure!(
        !targets.auto.wait_timeout(Duration::ZERO)?,
        "a spoilt event"
    );
    for _ in 0..2 {
        ensure!(targets.mutex.acquire(time)?.is_some(), "a spoilt mutex");
        targets.mutex.release()?;
    }
    targets.semaphore.release(1)?;
    ensure!(targets.semaphore.try_acquire()?, "a spoilt semaphore");
    targets.placed.fill(0..court::END, 0)?;
    let (mutex, lock) = (
        court::mutex(&targets.placed)?,
        court::lock(&targets.placed)?,
    );
    let owns = mutex.try_lock()?.is_some_and(|guard| !guard.is_abandoned());
    ensure!(owns, "a spoilt placed mutex");
    let writes = lock.try_write()?.is_some_and(|guard| !guard.is_abandoned());
    ensure!(writes, "a spoilt placed lock");
    let view = targets.plain.map()?;
    view.write_at(0, b"good")?;
    ensure!(view.read_vec(0, 4)? == b"good", "a spoilt section");
    Ok(())
}
