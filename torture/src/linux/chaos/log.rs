//! What a process under chaos writes down, line by line: what it begins, and how that ended. It is
//! written by one call a line, so that a kill cuts off the last line at most.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use nix::time::{ClockId, clock_gettime};

/// Nanoseconds since some moment that all processes share.
pub(super) fn now() -> Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    Ok(u64::try_from(time.tv_sec())? * 1_000_000_000 + u64::try_from(time.tv_nsec())?)
}

/// Where a child writes that goes on without exec.
pub(super) fn of_fork(log: &Path) -> PathBuf {
    log.with_file_name(name(log) + ".f")
}

/// Where the next program of the same process writes.
pub(super) fn of_exec(log: &Path) -> PathBuf {
    log.with_file_name(name(log) + ".x")
}

fn name(log: &Path) -> String {
    let name = log.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// How many forks and execs lie between the first program and the one that writes here.
pub(super) fn depth(log: &Path) -> usize {
    name(log).matches('.').count()
}

pub(super) struct Log {
    pub(super) path: PathBuf,
    file: File,
    /// The number of the next call.
    next: u64,
}

impl Log {
    pub(super) fn create(path: PathBuf) -> Result<Log> {
        let file = File::create_new(&path)?;
        let mut log = Log {
            path,
            file,
            next: 0,
        };
        log.say(format!("start {}\n", now()?))?;
        Ok(log)
    }

    fn say(&mut self, line: String) -> Result<()> {
        Ok(self.file.write_all(line.as_bytes())?)
    }

    /// Gives the number of a call that begins now.
    pub(super) fn begin(&mut self, word: &str, argument: &str) -> Result<u64> {
        self.begin_at(now()?, word, argument)
    }

    pub(super) fn begin_at(&mut self, time: u64, word: &str, argument: &str) -> Result<u64> {
        let number = self.next;
        self.next += 1;
        self.say(format!("begin {time} {number} {word} {argument}\n"))?;
        Ok(number)
    }

    pub(super) fn end(&mut self, result: &str) -> Result<()> {
        let number = self.next - 1;
        self.say(format!("end {} {number} {result}\n", now()?))
    }

    /// The process becomes two, the other of which may be killed before it writes anything.
    pub(super) fn fork(&mut self) -> Result<()> {
        self.say(format!("fork {}\n", now()?))
    }

    /// The program gives way to another one.
    pub(super) fn exec(&mut self) -> Result<()> {
        self.say(format!("exec {}\n", now()?))
    }
}
