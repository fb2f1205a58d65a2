//! The comparison with the rivals, which is a workspace of its own in `bench/`: what it needs, and
//! running it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::cargo::Workspace;
use crate::deps::{self, Effort};
use crate::stage::{Context, Outcome};
use crate::{output, process};

/// Without these it does not build.
const NEEDED: [&str; 2] = ["cc", "clang"];

/// Without one of these a rival is missing, and the document says so.
const WANTED: [&str; 4] = ["g++", "boost", "python3", "unshare"];

/// `cargo xtask bench`
pub(crate) fn command(full: bool, only: &[String]) -> Result<bool> {
    if !cfg!(target_os = "linux") {
        bail!("the comparison is with the system calls of Linux");
    }
    let minutes = if full { 240 } else { 60 };
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    for name in NEEDED {
        if let Err(missing) = deps::ensure(deps::tool(name)?, Effort::Packages, until) {
            bail!("{missing}");
        }
    }
    want(Effort::Packages, until)?;
    let workspace = Workspace::load()?;
    let mut run = cargo(&workspace, &["run", "--release"]);
    run.args(["--", "run"]);
    if full {
        run.arg("--full");
    }
    if !only.is_empty() {
        run.args(["--only", &only.join(",")]);
    }
    process::run(&mut run, until)?;
    Ok(true)
}

/// The stage: it is in order, and one short round of everything goes through.
pub(crate) fn check(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    want(context.effort, context.until)?;
    let strict = ["--", "-D", "warnings"];
    for (words, rest) in [
        (&["fmt", "--check"][..], &[][..]),
        (&["clippy", "--release", "--all-targets"], &strict),
        (&["test", "--release"], &[]),
    ] {
        let mut command = cargo(context.workspace, words);
        process::run(command.args(rest), context.until)?;
    }
    let place = tempfile::tempdir().context("a directory for the figures")?;
    let mut run = cargo(context.workspace, &["run", "--release"]);
    run.args(["--", "run", "--rounds", "1", "--turn", "1", "--into"]);
    process::run(run.arg(place.path()), context.until)?;
    let document = place.path().join("docs/performance.md");
    let text = std::fs::read_to_string(document).context("the document")?;
    if text.contains("Not measured in this run.") {
        bail!("the document lacks the answer to a question");
    }
    Ok(Outcome::Passed)
}

/// A command of cargo in the workspace of the benchmark.
fn cargo(workspace: &Workspace, words: &[&str]) -> Command {
    let mut command = workspace.cargo();
    command.args(words);
    command.current_dir(workspace.root().join("bench"));
    command
}

fn want(effort: Effort, until: Instant) -> Result<()> {
    for name in WANTED {
        if let Err(missing) = deps::ensure(deps::tool(name)?, effort, until) {
            output::say(&missing.to_string());
        }
    }
    Ok(())
}
