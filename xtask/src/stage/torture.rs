//! The attacks of the `torture` crate: two minutes of them as a stage, more by hand.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Context, Names, Outcome};
use crate::cargo::{self, Workspace};
use crate::process;

/// What the stage takes for what has no end of its own.
const MINUTES: u64 = 2;

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Outcome::Skipped(
            "it knows the system calls of Linux on x86-64 only".into(),
        ));
    }
    attack(context.workspace, MINUTES, None, context.until)?;
    Ok(Outcome::Passed)
}

/// `cargo xtask torture`
pub(crate) fn command(minutes: u64, seed: Option<u64>) -> Result<bool> {
    let until = Instant::now() + Duration::from_secs(60 * (minutes * 2 + 30));
    attack(&Workspace::load()?, minutes, seed, until)?;
    Ok(true)
}

fn attack(workspace: &Workspace, minutes: u64, seed: Option<u64>, until: Instant) -> Result<()> {
    let mut build = workspace.cargo();
    // What is killed instruction by instruction should be what is shipped, and short.
    build.args(["build", "--release", "--package", "nshm-torture"]);
    let programs = cargo::build(&mut build, until)?;
    let names = Names::new()?;
    let mut attack = Command::new(cargo::path(&programs, "nshm-torture")?);
    attack.args(["--minutes", &minutes.to_string()]);
    if let Some(seed) = seed {
        attack.args(["--seed", &seed.to_string()]);
    }
    process::run(names.let_in(&mut attack), until)
}
