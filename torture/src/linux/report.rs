//! The figures: counted, printed, and written as data. Only this file prints.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is the printer"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::attack::Attack;

/// What an attack counts, in the order in which it was first named.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    value: u64,
}

impl Figures {
    fn value(&mut self, what: &str) -> &mut u64 {
        let index = match self.0.iter().position(|figure| figure.what == what) {
            Some(index) => index,
            None => {
                self.0.push(Figure {
                    what: what.to_owned(),
                    value: 0,
                });
                self.0.len() - 1
            }
        };
        &mut self.0[index].value
    }

    /// Counts so many more. Zero makes that something is shown which never happened.
    pub(crate) fn add(&mut self, what: &str, count: u64) {
        *self.value(what) += count;
    }

    /// Keeps the greatest of what was measured.
    pub(crate) fn most(&mut self, what: &str, value: u64) {
        let kept = self.value(what);
        *kept = value.max(*kept);
    }

    /// Says what was measured once.
    pub(crate) fn set(&mut self, what: &str, value: u64) {
        *self.value(what) = value;
    }

    pub(crate) fn get(&self, what: &str) -> u64 {
        let found = self.0.iter().find(|figure| figure.what == what);
        found.map_or(0, |figure| figure.value)
    }
}

/// What became of an attack.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    name: &'static str,
    promise: &'static str,
    how: &'static str,
    seconds: u64,
    figures: Figures,
    /// What of it could not be done here, and why.
    skipped: Vec<String>,
    /// How the promise was broken, if it was.
    broken: Option<String>,
}

impl Record {
    pub(crate) fn new(
        attack: Attack,
        time: Duration,
        figures: Figures,
        skipped: Vec<String>,
        result: Result<()>,
    ) -> Record {
        Record {
            name: attack.name(),
            promise: attack.promise(),
            how: attack.how(),
            seconds: time.as_secs(),
            figures,
            skipped,
            broken: result.err().map(|error| format!("{error:#}")),
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// One line of figures.
    pub(crate) fn print(&self) {
        let mut line = format!("{} ({} s): ", self.name, self.seconds);
        for (index, figure) in self.figures.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(line, "{comma}{} {}", figure.value, figure.what);
        }
        println!("{line}");
        for reason in &self.skipped {
            println!("skipped: {}: {reason}", self.name);
        }
        if let Some(how) = &self.broken {
            println!("BROKEN: {}: {how}", self.name);
        }
    }
}

/// A run, as it is kept.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    /// What it ran on.
    pub(crate) machine: String,
    pub(crate) seed: u64,
    pub(crate) minutes: u64,
    pub(crate) attacks: Vec<Record>,
}

impl Run {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The system and its processors, in a few words.
pub(crate) fn machine() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let version: Vec<&str> = kernel.trim().splitn(3, '.').take(2).collect();
    format!("Linux {}, {processors} processors", version.join("."))
}

/// What repeats the random choices of this run.
pub(crate) fn seed(seed: u64) {
    println!("seed {seed}");
}

pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("torture: {error:#}");
}
