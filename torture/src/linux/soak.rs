//! Soak: many processes that create, open and close many names for long. Nothing may grow:
//! not their memory, not their descriptors, not the segments of the system, not the links.

use std::collections::HashSet;
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nshm::{ErrorKind, Section};

use super::report::{Report, SoakReport};
use super::stage::{self, Stage};

const NAMES: u64 = 2000;
/// The most handles that a process has at a time.
const HANDLES: usize = 20;
/// How often everything is counted.
const SAMPLES: u32 = 10;

/// A worker: opens and closes at random until it is killed.
pub(crate) fn work(seed: u64) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut handles: Vec<Section> = Vec::with_capacity(HANDLES);
    loop {
        if handles.len() == HANDLES {
            // Where the lock is not to be had in time, a stale name is left, which is no harm.
            drop(handles.swap_remove(random.usize(..HANDLES)));
        }
        let name = format!("soak.{}", random.u64(..NAMES));
        let (section, _) = Section::open_or_create(&*name, 4096)?;
        section.map()?.write_at(0, &seed.to_ne_bytes())?;
        handles.push(section);
        // The processes of a real system do something else meanwhile.
        std::thread::sleep(Duration::from_micros(random.u64(..2000)));
    }
}

/// What there is at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Memory of all workers of their own, in KiB.
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
    /// Segments that the workers made.
    pub(crate) segments: u64,
    pub(crate) links: u64,
    /// The time that 99 of 100 openings need at most, in nanoseconds.
    pub(crate) slow_open: u64,
}

pub(crate) fn run(
    processes: usize,
    seed: u64,
    time: Duration,
    stage: &Stage,
    report: &mut Report,
) -> Result<()> {
    let mut workers = Workers(Vec::new());
    for number in 0..processes {
        let worker = Command::new(std::env::current_exe()?)
            .arg("soak-worker")
            .arg((seed.wrapping_add(number as u64)).to_string())
            .spawn()?;
        workers.0.push(worker);
    }
    let own: Vec<Section> = (0..100)
        .map(|number| Section::create(format!("soak.own.{number}"), 4096))
        .collect::<nshm::Result<_>>()?;
    // The first of the samples is when everybody has all handles.
    let pause = time / (SAMPLES + 1);
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        std::thread::sleep(pause);
        samples.push(sample(&mut workers, stage)?);
    }
    drop(own);
    drop(workers);
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    let limit = (processes * HANDLES + 100) as u64;
    for (what, first, last, allowed) in [
        // A page or two a process, as its heap settles.
        (
            "memory",
            first.memory,
            last.memory,
            first.memory / 10 + 64 * processes as u64,
        ),
        (
            "descriptors",
            first.descriptors,
            last.descriptors,
            processes as u64,
        ),
        (
            "segments",
            first.segments.min(limit),
            last.segments,
            limit - first.segments.min(limit),
        ),
        (
            "links",
            first.links.min(limit),
            last.links,
            limit - first.links.min(limit),
        ),
    ] {
        ensure!(
            last <= first + allowed,
            "{what} grew from {first} to {last}: {samples:?}"
        );
    }
    for number in 0..NAMES {
        let name = format!("soak.{number}");
        match Section::open(&*name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => anyhow::bail!("{name} after everybody is gone: {other:?}"),
        }
        nshm::clear_stale(&*name)?;
    }
    report.soak = Some(SoakReport {
        processes,
        time,
        first,
        last,
    });
    Ok(())
}

/// Ends its processes when it is dropped.
struct Workers(Vec<Child>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &mut self.0 {
            let _ = worker.kill();
            let _ = worker.wait();
        }
    }
}

fn sample(workers: &mut Workers, stage: &Stage) -> Result<Sample> {
    let mut pids = HashSet::new();
    let (mut memory, mut descriptors) = (0, 0);
    for worker in &mut workers.0 {
        if let Some(status) = worker.try_wait()? {
            anyhow::bail!("a worker ended by itself with {status}");
        }
        let pid = worker.id();
        pids.insert(pid);
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let anonymous = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let anonymous = anonymous.and_then(|text| text.trim().split(' ').next()?.parse().ok());
        memory += anonymous.unwrap_or(0);
        descriptors += fs::read_dir(format!("/proc/{pid}/fd"))?.count() as u64;
    }
    let links = fs::read_dir(stage.user_dir())?.count() as u64;
    let mut times = Vec::new();
    for turn in 0..2000 {
        let name = format!("soak.own.{}", turn % 100);
        let begin = Instant::now();
        Section::open(&*name)?.close()?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(Sample {
        memory,
        descriptors,
        segments: stage::made_by(&pids)?,
        links,
        slow_open: u64::try_from(times[times.len() * 99 / 100].as_nanos())?,
    })
}
