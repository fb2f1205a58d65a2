//! `cargo xtask win32`: the same programs in C for Windows and for Linux, and what they say, row by
//! row.
//!
//! A program reports what a system does and what Windows is known to do; it does not judge. That
//! is done here, once for both systems.
//!
//! - [`programs`]: which there are, how they are built and run
//! - [`system`]: the two systems, and the compilers for them
//! - [`rows`]: what they say, and whether it is as it should be
//! - [`examples`]: the two programs that share a message, in four builds

mod examples;
mod programs;
pub(crate) mod rows;
mod system;

use anyhow::{Result, bail};

use self::programs::Programs;
use self::system::System;
use super::{Context, Outcome};
use crate::output;

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped(
            "for Linux, where both can be built".into(),
        ));
    }
    let wine = Programs::new(System::Wine, context)?;
    let linux = Programs::new(System::Linux, context)?;
    let mut failures = Vec::new();
    let mut table = rows::Table::default();
    for name in programs::NAMES {
        failures.extend(linux.check_as_cpp(name, context).err().map(line));
        for programs in [&wine, &linux] {
            match programs.run(name, context) {
                Ok(run) => {
                    failures.extend(table.add(programs.system(), name, &run.lines));
                    failures.extend(run.end);
                }
                Err(error) => failures.push(line(error)),
            }
        }
    }
    let verdicts = table.verdicts();
    output::rows(&verdicts);
    failures.extend(verdicts.iter().filter_map(rows::Verdict::failure));
    for programs in [&wine, &linux] {
        let done = examples::run(programs, context);
        failures.extend(done.err().map(line));
    }
    for failure in &failures {
        output::say(failure);
    }
    match failures.len() {
        0 => Ok(Outcome::Passed),
        count => bail!("{count} answers are not as they should be"),
    }
}

fn line(error: anyhow::Error) -> String {
    format!("{error:#}")
}
