//! Chaos: processes that do everything to a few names, while they are killed and stopped at random
//! moments. Each writes down what it did and when; afterwards the histories are compared with what
//! a name space may do.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use nshm::{Disposition, ErrorKind, Section};

use super::history::{self, End};
use super::report::Report;
use super::stage::Stage;

const NAMES: u64 = 8;
const PROCESSES: usize = 8;
/// The most handles that a process has at a time.
const HANDLES: usize = 6;

/// Nanoseconds since some moment that all processes share.
fn now() -> Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    Ok(u64::try_from(time.tv_sec())? * 1_000_000_000 + u64::try_from(time.tv_nsec())?)
}

/// A worker: does one thing after the other until it is killed, and writes each down twice, before
/// and after.
pub(crate) fn work(seed: u64, log: &Path) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut log = File::create_new(log)?;
    let mut say = |line: String| log.write_all(line.as_bytes());
    let mut handles: Vec<(u64, Section)> = Vec::new();
    for number in 0.. {
        let name = format!("chaos.{}", random.u64(..NAMES));
        let close = !handles.is_empty() && (handles.len() == HANDLES || random.u8(..3) == 0);
        if close {
            let (opened_as, section) = handles.swap_remove(random.usize(..handles.len()));
            say(format!("begin {} {number} close {opened_as}\n", now()?))?;
            // A lock holder may be stopped: then a stale name is left, which is no harm.
            let _ = section.close();
            say(format!("end {} {number} ok\n", now()?))?;
            continue;
        }
        let word = ["create", "open", "open_or_create"][random.usize(..3)];
        say(format!("begin {} {number} {word} {name}\n", now()?))?;
        let options = Section::options().size(4096).separate_pages(random.bool());
        let result = match word {
            "create" => options
                .create(&*name)
                .map(|new| (new, Disposition::Created)),
            "open" => Section::open(&*name).map(|found| (found, Disposition::Opened)),
            _ => options.open_or_create(&*name),
        };
        match result {
            Ok((section, disposition)) => {
                let view = section.map()?;
                let fresh = view.read_vec(0, 4096)?.iter().all(|byte| *byte == 0);
                let token = section.token()?;
                say(format!("end {} {number} {token} {fresh}\n", now()?))?;
                // Nobody but its creator writes, so what the creator finds must be zero.
                if disposition == Disposition::Created {
                    view.fill(.., 0xff)?;
                }
                handles.push((number, section));
            }
            Err(error) => say(format!("end {} {number} {:?}\n", now()?, error.kind()))?,
        }
    }
    Ok(())
}

/// A worker that runs, as its starter sees it.
struct Running {
    child: Child,
    log: PathBuf,
    stopped: bool,
}

pub(crate) fn run(seed: u64, time: Duration, stage: &Stage, report: &mut Report) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(seed);
    let logs = stage.dir().join("chaos");
    fs::create_dir_all(&logs)?;
    let mut started = 0;
    let mut start = |random: &mut fastrand::Rng| -> Result<Running> {
        let log = logs.join(started.to_string());
        started += 1;
        let child = Command::new(std::env::current_exe()?)
            .arg("chaos-worker")
            .arg(random.u64(..).to_string())
            .arg(&log)
            .spawn()?;
        Ok(Running {
            child,
            log,
            stopped: false,
        })
    };
    let mut workers = Vec::new();
    for _ in 0..PROCESSES {
        workers.push(start(&mut random)?);
    }
    let mut ended: Vec<(PathBuf, End)> = Vec::new();
    let until = Instant::now() + time;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(random.u64(200..8000)));
        let index = random.usize(..workers.len());
        let worker = &mut workers[index];
        let pid = Pid::from_raw(worker.child.id().try_into()?);
        if worker.stopped {
            kill(pid, Signal::SIGCONT)?;
            worker.stopped = false;
        } else if random.u8(..4) == 0 {
            kill(pid, Signal::SIGSTOP)?;
            worker.stopped = true;
            report.stops += 1;
        } else {
            let new = start(&mut random)?;
            ended.push(end(std::mem::replace(worker, new))?);
            report.random_kills += 1;
        }
    }
    for worker in workers {
        ended.push(end(worker)?);
    }
    let mut histories = Vec::new();
    for (log, end) in &ended {
        // It may have been killed before it could begin.
        let text = fs::read_to_string(log).unwrap_or_default();
        histories.push(history::parse(&text, *end).with_context(|| log.display().to_string())?);
    }
    let checked = history::check(&histories).with_context(|| {
        format!(
            "the run of seed {seed} for {time:?}; see {}",
            logs.display()
        )
    })?;
    report.operations += checked;
    fs::remove_dir_all(&logs)?;
    for name in 0..NAMES {
        let name = format!("chaos.{name}");
        match Section::open(&*name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => anyhow::bail!("{name} after everybody is gone: {other:?}"),
        }
        nshm::clear_stale(&*name)?;
    }
    Ok(())
}

/// Kills a worker and says between which moments it died.
fn end(mut worker: Running) -> Result<(PathBuf, End)> {
    let from = now()?;
    if let Some(status) = worker.child.try_wait()? {
        anyhow::bail!(
            "a worker ended by itself with {status}; see {}",
            worker.log.display()
        );
    }
    worker.child.kill()?;
    worker.child.wait()?;
    Ok((worker.log, End { from, to: now()? }))
}
