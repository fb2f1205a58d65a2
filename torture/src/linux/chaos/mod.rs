//! Chaos: processes that do everything to a few names, while they are killed and stopped at random
//! moments, fork and exec. Each writes down what it did and when ([`log`]); afterwards the histories
//! are compared with what a name space may do ([`history`]). What they do inside of a mutex, a
//! semaphore and an event is checked at once ([`guard`]).

mod guard;
mod history;
mod log;
mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use nshm::{ErrorKind, Section};

use self::guard::Keeper;
use self::history::{End, History};
use self::worker::NAMES;
pub(super) use self::worker::work;
use super::attack::Campaign;
use super::party::{Party, adopt_orphans};
use super::report::Figures;

const PROCESSES: usize = 8;
/// The histories are compared that often, so that they do not grow beyond measure.
const ROUND: Duration = Duration::from_secs(20);
/// How long a semaphore and an event are in use.
const EPOCH: Duration = Duration::from_millis(100);

const KILLS: &str = "kills survived";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    adopt_orphans()?;
    for what in [KILLS, "stops", "forks", "execs"] {
        figures.add(what, 0);
    }
    let logs = campaign.stage.dir().join("chaos");
    let mut random = fastrand::Rng::with_seed(campaign.seed);
    let end = Instant::now() + campaign.time;
    loop {
        fs::create_dir_all(&logs)?;
        let until = end.min(Instant::now() + ROUND);
        round(&mut random, until, &logs, figures)
            .with_context(|| format!("see {}", logs.display()))?;
        fs::remove_dir_all(&logs)?;
        if Instant::now() >= end {
            return Ok(());
        }
    }
}

fn round(
    random: &mut fastrand::Rng,
    until: Instant,
    logs: &Path,
    figures: &mut Figures,
) -> Result<()> {
    let mut keeper = Keeper::new()?;
    let mut crowd = Crowd {
        logs,
        started: 0,
        histories: Vec::new(),
    };
    let mut running = Vec::new();
    for _ in 0..PROCESSES {
        running.push(crowd.start(random)?);
    }
    let mut kills = 0;
    let mut epoch = Instant::now();
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(random.u64(200..8000)));
        if epoch.elapsed() > EPOCH {
            keeper.next_epoch()?;
            epoch = Instant::now();
        }
        let one = &mut running[random.usize(..PROCESSES)];
        if one.is_stopped {
            one.party.signal(Signal::SIGCONT)?;
            one.is_stopped = false;
        } else if random.u8(..4) == 0 {
            one.party.signal(Signal::SIGSTOP)?;
            one.is_stopped = true;
            figures.add("stops", 1);
        } else {
            let new = crowd.start(random)?;
            kills += crowd.end(std::mem::replace(one, new))?;
        }
    }
    for one in running {
        kills += crowd.end(one)?;
    }
    figures.add(KILLS, kills);
    let calls = history::check(&crowd.histories)?;
    let sums = keeper.judge(kills)?;
    figures.add("forks", sums.forks);
    figures.add("execs", sums.execs);
    figures.add("calls, none of which contradicts another", calls);
    figures.add("times in the mutex, alone", sums.mutex);
    figures.add("dead owners told of, each once", sums.deaths_told);
    figures.add("times in the semaphore", sums.semaphore);
    figures.add("turns of the event", sums.event);
    figures.add("waits for all three", sums.all);
    drop(keeper);
    nobody_is_left()
}

/// All names are gone with their users.
fn nobody_is_left() -> Result<()> {
    for number in 0..NAMES {
        let name = format!("chaos.{number}");
        match Section::open(&*name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => bail!("{name} after everybody is gone: {other:?}"),
        }
        nshm::clear_stale(&*name)?;
    }
    Ok(())
}

/// A process with all that it has forked, as its starter sees it.
struct Running {
    party: Party,
    log: PathBuf,
    is_stopped: bool,
}

/// Those that run, and what those wrote down that do not any more.
struct Crowd<'l> {
    logs: &'l Path,
    started: u64,
    histories: Vec<History>,
}

impl Crowd<'_> {
    fn start(&mut self, random: &mut fastrand::Rng) -> Result<Running> {
        let log = self.logs.join(self.started.to_string());
        self.started += 1;
        let seed = random.u64(..).to_string();
        let path = log.to_str().context("no UTF-8")?;
        Ok(Running {
            party: Party::start(&["chaos-worker", &seed, path])?,
            log,
            is_stopped: false,
        })
    }

    /// Kills a process and what it has forked, and keeps what they wrote. Gives how many they were.
    fn end(&mut self, one: Running) -> Result<u64> {
        let from = log::now()?;
        let (party, path) = (one.party, one.log);
        party.kill().with_context(|| path.display().to_string())?;
        let end = End {
            from,
            to: log::now()?,
        };
        // It may have been killed before it could begin.
        self.read(&path, end).map(|count| count.max(1))
    }

    /// Reads a history and those that follow from it. Gives how many processes they are of.
    fn read(&mut self, path: &Path, end: End) -> Result<u64> {
        let Ok(text) = fs::read_to_string(path) else {
            return Ok(0);
        };
        let next = log::of_exec(path);
        let mut history = history::parse(&text, end).with_context(|| path.display().to_string())?;
        let begun = fs::read_to_string(&next).ok();
        history.ends_with_exec(begun.as_deref())?;
        let was_replaced = history.was_replaced();
        self.histories.push(history);
        let next = if was_replaced {
            self.read(&next, end)?.max(1)
        } else {
            1
        };
        Ok(next + self.read(&log::of_fork(path), end)?)
    }
}
