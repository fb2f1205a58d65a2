//! The attacks of the `torture` crate: some of them as a stage, more by hand.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Context, Names, Outcome};
use crate::cargo::{self, Workspace};
use crate::process::{self, Child, Output};
use crate::reliability::{self, Input};

/// What the stage takes for what has no end of its own; the rest takes as long again.
const MINUTES: u64 = 1;

/// What to attack, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Torture {
    /// How long what has no end of its own goes on, all together.
    #[arg(long, default_value_t = 2)]
    minutes: u64,
    /// Repeats the random choices of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these attacks, separated by commas: death, failure, waiting, placed, chaos, hostile,
    /// forgery, stress, soak.
    #[arg(long, value_name = "ATTACK")]
    only: Option<String>,
    /// How many processes the soak has [default: 20, and 200 from ten minutes on].
    #[arg(long)]
    processes: Option<u64>,
    /// Writes docs/reliability.md afterwards.
    #[arg(long)]
    write: bool,
}

impl Torture {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--minutes".to_owned(), self.minutes.to_string()];
        for (option, value) in [
            ("--seed", self.seed.map(|seed| seed.to_string())),
            ("--only", self.only.clone()),
            ("--processes", self.processes.map(|count| count.to_string())),
        ] {
            if let Some(value) = value {
                arguments.extend([option.to_owned(), value]);
            }
        }
        arguments
    }
}

/// Why there are no attacks here, if so.
pub(super) fn lacking_here() -> Option<Outcome> {
    let is_here = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    let why = "they know the system calls of Linux on x86-64 only";
    (!is_here).then(|| Outcome::Skipped(why.into()))
}

/// The stage.
pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if let Some(outcome) = lacking_here() {
        return Ok(outcome);
    }
    let (names, mut attack) = program(context.workspace.cargo().arg("build"), context.until)?;
    attack.args(["--minutes", &MINUTES.to_string()]);
    watch(
        names.let_in(&mut attack),
        Output::LinesShown,
        context,
        |_| {},
    )?;
    Ok(Outcome::Passed)
}

/// Runs attacks to their end, and hands on what they write, line by line. What they leave out is kept
/// for the summary.
pub(super) fn watch(
    attack: &mut Command,
    output: Output,
    context: &Context<'_>,
    mut hear: impl FnMut(&str),
) -> Result<()> {
    let mut child = Child::spawn(attack, output)?;
    while let Some(line) = child.line(context.until)? {
        match line.strip_prefix("skipped: ") {
            Some(what) => context.skipped.borrow_mut().push(what.to_owned()),
            None => hear(&line),
        }
    }
    child.succeed(context.until)
}

/// `cargo xtask torture`
pub(crate) fn command(torture: &Torture) -> Result<bool> {
    let until = Instant::now() + Duration::from_secs(60 * (torture.minutes * 2 + 30));
    let workspace = Workspace::load()?;
    let (names, mut attack) = program(workspace.cargo().arg("build"), until)?;
    let place = tempfile::tempdir().context("a directory for the figures")?;
    let figures = place.path().join("figures.json");
    let arguments = torture.arguments();
    attack.args(&arguments).arg("--into").arg(&figures);
    let done = process::run(names.let_in(&mut attack), until);
    if figures.is_file() {
        let attacks = attacks(&figures, &arguments).context("the figures")?;
        reliability::keep(&workspace, Input::Torture, attacks)?;
    }
    if torture.write {
        reliability::command()?;
    }
    done.map(|()| true)
}

/// The attacks of a run, each with what repeats it.
fn attacks(file: &Path, arguments: &[String]) -> Result<Vec<Value>> {
    let mut run: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    let mut command = format!("cargo xtask torture {}", arguments.join(" "));
    if !arguments.iter().any(|argument| argument == "--seed") {
        command += &format!(" --seed {}", run["seed"]);
    }
    let machine = run["machine"].take();
    let attacks = run["attacks"].as_array_mut().context("no attacks in it")?;
    for attack in &mut *attacks {
        attack["command"] = command.clone().into();
        attack["machine"] = machine.clone();
    }
    Ok(std::mem::take(attacks))
}

/// The program that attacks, as such a `cargo build` makes it, and where its names are.
pub(super) fn program(build: &mut Command, until: Instant) -> Result<(Names, Command)> {
    // What is killed instruction by instruction should be what is shipped, and short.
    build.args(["--release", "--package", "nshm-torture"]);
    let programs = cargo::build(build, until)?;
    let program = cargo::path(&programs, "nshm-torture")?;
    Ok((Names::new()?, Command::new(program)))
}
