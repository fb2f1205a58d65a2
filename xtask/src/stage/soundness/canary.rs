//! Whether what looks for faults finds those of the program `nshm-canary`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo;
use crate::process::{self, Child, Output};
use crate::stage::Context;

/// A fault that the program can be asked for, and what is said of it.
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) found: &'static str,
}

/// Builds the program as `cargo` says, which is how the tests are built; runs it with what is sound
/// and with each of the faults, with `runner` before it.
pub(super) fn sing(
    cargo: &mut Command,
    runner: &[&str],
    faults: &[Fault],
    context: &Context<'_>,
) -> Result<()> {
    cargo.args(["--package", "nshm-canary"]);
    let programs = cargo::build(cargo, context.until)?;
    let program = cargo::path(&programs, "nshm-canary")?;
    let command = |fault: &str| {
        let mut words = runner.iter();
        let mut command = match words.next() {
            Some(first) => Command::new(first),
            None => return with(Command::new(program), fault),
        };
        command.args(words).arg(program);
        with(command, fault)
    };
    process::run(&mut command("sound"), context.until)?;
    for fault in faults {
        // What is said of it is long, and no news.
        let mut child = Child::spawn(&mut command(fault.name), Output::All)?;
        let mut is_found = false;
        while let Some(line) = child.line(context.until)? {
            is_found |= line.contains(fault.found);
        }
        if child.end(context.until)?.success() || !is_found {
            bail!(
                "a {} on purpose was not found: nothing would be",
                fault.name
            );
        }
    }
    Ok(())
}

fn with(mut command: Command, fault: &str) -> Command {
    command.arg(fault);
    command
}
