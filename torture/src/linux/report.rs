//! The figures. Only this file prints.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is the printer"
)]

use std::time::Duration;

use anyhow::{Result, ensure};

use super::operation::Operation;
use super::soak::Sample;
use super::waiting::Scene;

/// What was done, and what was left of it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Repeats the random choices.
    pub(crate) seed: u64,
    /// How many boundaries each operation has.
    pub(crate) boundaries: Vec<(Operation, u64)>,
    pub(crate) kills: u64,
    pub(crate) ids_left: u64,
    pub(crate) segments_left: u64,
    pub(crate) bytes_left: u64,
    pub(crate) failures: u64,
    /// Failures in spite of which the operation succeeded.
    pub(crate) overcome: u64,
    /// How many instructions each scene of waiting has.
    pub(crate) instructions: Vec<(Scene, u64)>,
    pub(crate) instruction_kills: u64,
    /// Mutexes whose owner was killed, each of which told the next owner, once.
    pub(crate) abandoned: u64,
    /// Kills at random moments.
    pub(crate) random_kills: u64,
    pub(crate) stops: u64,
    /// Calls of processes under chaos, each compared with all others.
    pub(crate) operations: u64,
    pub(crate) soak: Option<SoakReport>,
}

/// What there was at the beginning and at the end of the soak.
#[derive(Debug)]
pub(crate) struct SoakReport {
    pub(crate) processes: usize,
    pub(crate) time: Duration,
    pub(crate) first: Sample,
    pub(crate) last: Sample,
}

impl Report {
    pub(crate) fn new(seed: u64) -> Report {
        Report {
            seed,
            ..Report::default()
        }
    }

    pub(crate) fn print(&self) {
        let boundaries: u64 = self.boundaries.iter().map(|(_, count)| count).sum();
        println!(
            "death at every system call: {} operations, {boundaries} boundaries, {} kills; left \
             behind: {} ids without pages (each found by a later creation), {} segments, {} bytes",
            self.boundaries.len(),
            self.kills,
            self.ids_left,
            self.segments_left,
            self.bytes_left,
        );
        println!(
            "failure of every system call: {} failures, {} overcome, {} told as an error; nothing \
             of others changed, nothing leaked",
            self.failures,
            self.overcome,
            self.failures - self.overcome,
        );
        let instructions: u64 = self.instructions.iter().map(|(_, count)| count).sum();
        println!(
            "death at every instruction of events, mutexes and semaphores: {} scenes, {instructions} \
             instructions, {} kills; {} owners died, each told once; nobody slept on beside what \
             was available, no count was lost or won",
            self.instructions.len(),
            self.instruction_kills,
            self.abandoned,
        );
        println!(
            "chaos (seed {}): {} kills and {} stops at random moments among 8 processes and 8 names; \
             {} calls, none that contradicts another",
            self.seed, self.random_kills, self.stops, self.operations,
        );
        if let Some(soak) = &self.soak {
            let (first, last) = (soak.first, soak.last);
            println!(
                "soak: {} processes, 2000 names, {} s; at the beginning and at the end: {} and {} \
                 KiB, {} and {} descriptors, {} and {} segments, {} and {} links, 99 of 100 \
                 openings within {} and {} ns",
                soak.processes,
                soak.time.as_secs(),
                first.memory,
                last.memory,
                first.descriptors,
                last.descriptors,
                first.segments,
                last.segments,
                first.links,
                last.links,
                first.slow_open,
                last.slow_open,
            );
        }
    }

    /// Whether every promise held.
    pub(crate) fn verdict(&self) -> Result<()> {
        ensure!(
            self.segments_left == 0 && self.bytes_left == 0,
            "memory was left behind"
        );
        Ok(())
    }
}

pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("torture: {error:#}");
}
