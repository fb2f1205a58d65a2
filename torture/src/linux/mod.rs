//! The attacks.
//!
//! - [`operation`]: what is done to a name, and what must hold afterwards
//! - [`stage`]: the directory, the names and the segments of a run, and what is left of them
//! - [`worker`]: the process that does it
//! - [`tracer`]: stops a worker at each of its system calls
//! - [`death`]: kills it there
//! - [`failure`]: lets the call fail
//! - [`report`]: the figures

mod death;
mod failure;
mod operation;
mod report;
mod stage;
mod tracer;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use self::operation::Operation;
use self::report::Report;

/// Attacks nshm and counts what it survives.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Does one thing to a name, watched by the process that started it.
    #[command(hide = true)]
    Worker { operation: Operation, name: String },
}

pub(crate) fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Some(Command::Worker { operation, name }) => worker::run(operation, &name),
        None => attack(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn attack() -> Result<()> {
    let stage = stage::Stage::new()?;
    let mut report = Report::default();
    death::run(&stage, &mut report)?;
    failure::run(&stage, &mut report)?;
    report.print();
    report.verdict()
}
