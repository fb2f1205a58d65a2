//! The process that does something to a name. It waits for a line before it begins and writes one
//! when it is done: between these two its system calls are those of the operation.

use std::fmt::Display;
use std::fs;
use std::io::{Read, Write};

use anyhow::{Context as _, Result};

use super::operation::Operation;
use super::placed::Act;
use super::stage::Stage;
use super::waiting::{self, Scene};

/// What a worker says when it has in hand what it needs.
pub(crate) const READY: &str = "ready";

pub(crate) fn run(operation: Operation, name: &str) -> Result<()> {
    let stage = Stage::joined();
    // So that the first use of the library is no part of what is watched.
    let _ = nshm::Section::anonymous(4096)?;
    let before = Held::now()?;
    let in_hand = operation.prepare(name, &stage)?;
    begin()?;
    let done = operation.act(name, in_hand);
    say_result(&done)?;
    drop(done);
    say(before.compare(&Held::now()?))
}

/// Does something to what is placed in a section.
pub(crate) fn run_placed(act: Act, name: &str) -> Result<()> {
    let view = nshm::Section::open(name)?.map()?;
    let mut before = None;
    let done = act.perform(&view, || {
        before = Some(Held::now()?);
        begin()
    })?;
    say_result(&done)?;
    let mut before = before.context("it did not begin")?;
    let after = Held::now()?;
    // All that is meant to stay, or nothing of it.
    if after.attaches != before.attaches {
        before.attaches += act.attaches_kept(done.is_ok());
    }
    say(before.compare(&after))
}

/// Waits for the line after which it is watched.
fn begin() -> Result<()> {
    say(READY)?;
    let mut input = std::io::stdin().lock();
    input.read_exact(&mut [0; 1]).context("nobody watches")
}

fn say_result<T>(done: &nshm::Result<T>) -> Result<()> {
    say(match done {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    })
}

fn say(line: impl Display) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

/// Does something to an object that is waited for, between two calls that mark it.
pub(crate) fn run_waiting(scene: Scene, name: &str) -> Result<()> {
    waiting::work(scene, name, |act| {
        let mut output = std::io::stdout().lock();
        // Who watches has gone if this fails, and then nothing matters.
        let _ = writeln!(output, "{READY}").and_then(|()| output.flush());
        let _ = std::io::stdin().lock().read_exact(&mut [0; 1]);
        let _ = std::os::unix::process::parent_id();
        act();
        let _ = std::os::unix::process::parent_id();
    })
}

/// What a process has of the system.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    descriptors: usize,
    attaches: usize,
}

impl Held {
    fn now() -> Result<Held> {
        let maps = fs::read_to_string("/proc/self/maps")?;
        Ok(Held {
            descriptors: fs::read_dir("/proc/self/fd")?.count(),
            attaches: maps.lines().filter(|line| line.contains("/SYSV")).count(),
        })
    }

    fn compare(&self, after: &Held) -> String {
        if self == after {
            "nothing leaked".into()
        } else {
            format!("{self:?} became {after:?}")
        }
    }
}
