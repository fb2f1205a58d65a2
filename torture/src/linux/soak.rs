//! Soak: many processes that create, open and close many names for long. Nothing may grow:
//! not their memory, not their descriptors, not the segments of the system, not the links.

use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use nshm::{ErrorKind, Section, ViewMut};

use super::attack::Campaign;
use super::party::{Party, go_with_parent};
use super::report::Figures;
use super::stage::{self, Stage};

const NAMES: u64 = 2000;
/// The most handles that a process has at a time.
const HANDLES: usize = 20;
/// How often everything is counted: a multiple of four.
const SAMPLES: usize = 12;
/// How many openings are measured for a sample.
const OPENINGS: usize = 2000;
/// Sections that only the openings which are measured use.
const OWN: usize = 100;

/// On it the workers count.
const BOARD: &str = "soak.board";

/// The openings of all workers, and those that had to give up.
struct Board(ViewMut);

impl Board {
    fn openings(&self) -> Result<&AtomicU64> {
        Ok(self.0.atomic_u64(0)?)
    }

    fn given_up(&self) -> Result<&AtomicU64> {
        Ok(self.0.atomic_u64(8)?)
    }
}

/// A worker: opens and closes at random until it is killed.
pub(crate) fn work(seed: u64) -> Result<()> {
    go_with_parent()?;
    let board = Board(Section::open(BOARD)?.map()?);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut handles: Vec<Section> = Vec::with_capacity(HANDLES);
    loop {
        if handles.len() == HANDLES {
            // Where the lock is not to be had in time, a stale name is left, which is no harm.
            drop(handles.swap_remove(random.usize(..HANDLES)));
        }
        let name = format!("soak.{}", random.u64(..NAMES));
        match Section::open_or_create(&*name, 4096) {
            Ok((section, _)) => {
                section.map()?.write_at(0, &seed.to_ne_bytes())?;
                handles.push(section);
                board.openings()?.fetch_add(1, Ordering::Relaxed);
            }
            // The lock of a stale name was not to be had in two seconds, as its holder did not get
            // a processor: too many processes for this machine, and told as what it is.
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                board.given_up()?.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => return Err(error.into()),
        }
        // The processes of a real system do something else meanwhile.
        std::thread::sleep(Duration::from_micros(random.u64(..2000)));
    }
}

/// What there is at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sample {
    /// Memory of all workers of their own, in KiB.
    memory: u64,
    descriptors: u64,
    /// Segments that the workers made.
    segments: u64,
    links: u64,
    /// The time that 99 of 100 openings need at most, in nanoseconds.
    slow_open: u64,
}

impl Sample {
    fn parts(&mut self) -> [&mut u64; 5] {
        [
            &mut self.memory,
            &mut self.descriptors,
            &mut self.segments,
            &mut self.links,
            &mut self.slow_open,
        ]
    }

    /// The middle of some.
    fn median(samples: &[Sample]) -> Sample {
        let mut median = Sample::default();
        for (index, part) in median.parts().into_iter().enumerate() {
            let mut values: Vec<u64> = samples
                .iter()
                .map(|sample| *(*sample).clone().parts()[index])
                .collect();
            values.sort_unstable();
            *part = values[values.len() / 2];
        }
        median
    }
}

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    let processes = campaign.processes;
    figures.set("processes", processes as u64);
    figures.set("names", NAMES);
    let board = Board(Section::create(BOARD, 4096)?.map()?);
    let mut workers = Vec::new();
    for number in 0..processes {
        let seed = campaign.seed.wrapping_add(number as u64).to_string();
        workers.push(Party::start(&["soak-worker", &seed])?);
    }
    let own: Vec<Section> = (0..OWN)
        .map(|number| Section::create(format!("soak.own.{number}"), 4096))
        .collect::<nshm::Result<_>>()?;
    // The first of the samples is when everybody has all handles.
    let pause = campaign.time / (SAMPLES as u32 + 1);
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        std::thread::sleep(pause);
        samples.push(sample(&mut workers, campaign.stage)?);
    }
    drop(own);
    for worker in workers {
        worker.kill()?;
    }
    let first = Sample::median(&samples[..SAMPLES / 4]);
    let last = Sample::median(&samples[SAMPLES - SAMPLES / 4..]);
    figures.set("openings", board.openings()?.load(Ordering::Relaxed));
    figures.set("given up", board.given_up()?.load(Ordering::Relaxed));
    tell(first, "in the first quarter", figures);
    tell(last, "in the last", figures);
    nothing_grew(first, last, processes, &samples)?;
    drop(board);
    nobody_is_left()
}

fn tell(sample: Sample, when: &str, figures: &mut Figures) {
    for (what, value) in [
        ("KiB", sample.memory),
        ("descriptors", sample.descriptors),
        ("segments", sample.segments),
        ("links", sample.links),
        ("ns for 99 of 100 openings", sample.slow_open),
    ] {
        figures.set(&format!("{what} {when}"), value);
    }
}

fn nothing_grew(first: Sample, last: Sample, processes: usize, all: &[Sample]) -> Result<()> {
    let processes = processes as u64;
    // Every name there is may be in use, and each process may be about to let go of one.
    let limit = NAMES.min(processes * HANDLES as u64) + OWN as u64 + processes;
    for (what, first, last, allowed) in [
        // A page or two a process, as its heap settles.
        (
            "memory",
            first.memory,
            last.memory,
            first.memory / 10 + 64 * processes,
        ),
        (
            "descriptors",
            first.descriptors,
            last.descriptors,
            processes,
        ),
        ("segments", limit, last.segments, 0),
        ("links", limit, last.links, 0),
    ] {
        ensure!(
            last <= first + allowed,
            "{what} grew from {first} to {last}: {all:?}"
        );
    }
    Ok(())
}

/// All names are gone with their users.
fn nobody_is_left() -> Result<()> {
    for number in 0..NAMES {
        let name = format!("soak.{number}");
        match Section::open(&*name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => bail!("{name} after everybody is gone: {other:?}"),
        }
        nshm::clear_stale(&*name)?;
    }
    Ok(())
}

fn sample(workers: &mut [Party], stage: &Stage) -> Result<Sample> {
    let mut pids = HashSet::new();
    let (mut memory, mut descriptors) = (0, 0);
    for worker in workers {
        worker.must_live()?;
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
    for turn in 0..OPENINGS {
        let name = format!("soak.own.{}", turn % OWN);
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
