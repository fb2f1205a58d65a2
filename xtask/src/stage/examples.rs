//! The two example programs, as a reader would run them in two terminals.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use super::{Context, MESSAGE, Names, Outcome, not_written};
use crate::cargo;
use crate::process::{self, Child, Output};

pub(crate) const FIRST: &str = "first_process";
pub(crate) const SECOND: &str = "second_process";

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    for name in [FIRST, SECOND] {
        if !context.workspace.has_target("nshm", "example", name) {
            return not_written(&format!("example {name}"));
        }
    }
    let mut build = context.workspace.cargo();
    // All of the workspace: the features, and so what is built, are those of the tests.
    build.args([
        "build",
        "--workspace",
        "--example",
        FIRST,
        "--example",
        SECOND,
    ]);
    let programs = cargo::build(&mut build, context.until)?;
    let command = |name| Ok(Command::new(cargo::path(&programs, name)?));
    meet(context.until, command)?;
    Ok(Outcome::Passed)
}

/// Runs the two programs together: the second one shows what the first one has written, and finds
/// nothing after the first one has ended.
pub(crate) fn meet(
    until: Instant,
    program: impl Fn(&'static str) -> Result<Command>,
) -> Result<()> {
    let names = Names::new()?;
    let command = |name| -> Result<Command> {
        let mut command = program(name)?;
        names.let_in(&mut command);
        Ok(command)
    };

    let (mut first, enter) = Child::spawn_with_input(&mut command(FIRST)?, Output::LinesShown)?;
    // It says so once it has written, and then waits for Enter.
    if first.line(until)?.is_none() {
        bail!("{FIRST} ended without a word");
    }
    let text = process::read(&mut command(SECOND)?, Output::LinesShown, until)?;
    if !text.contains(MESSAGE) {
        bail!("{SECOND} did not show {MESSAGE:?}");
    }
    drop(enter);
    first.succeed(until)?;

    let mut late = Child::spawn(&mut command(SECOND)?, Output::Ours)?;
    if late.end(until)?.success() {
        bail!("{SECOND} still found the section after {FIRST} had ended");
    }
    Ok(())
}
