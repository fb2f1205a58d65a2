//! The attacks.
//!
//! - [`operation`]: what is done to a name, and what must hold afterwards
//! - [`stage`]: the directory, the names and the segments of a run, and what is left of them
//! - [`worker`]: the process that does it
//! - [`tracer`]: stops a worker at each of its system calls
//! - [`death`]: kills it there
//! - [`failure`]: lets the call fail
//! - [`waiting`]: kills after each instruction of what is done to events, mutexes and semaphores
//! - [`chaos`]: kills and stops many at random; [`history`] compares what they did
//! - [`soak`]: lets many work for long
//! - [`report`]: the figures

mod chaos;
mod death;
mod failure;
mod history;
mod operation;
mod report;
mod soak;
mod stage;
mod tracer;
mod waiting;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

use self::operation::Operation;
use self::report::Report;
use self::waiting::Scene;

/// Attacks nshm and counts what it survives.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// How long what has no end of its own goes on.
    #[arg(long, default_value_t = 2)]
    minutes: u64,
    /// Repeats the random choices of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Does one thing to a name, watched by the process that started it.
    #[command(hide = true)]
    Worker { operation: Operation, name: String },
    /// Does one thing to an object that is waited for, watched instruction by instruction.
    #[command(hide = true)]
    WaitingWorker { scene: Scene, name: String },
    /// Does everything to a few names until it is killed.
    #[command(hide = true)]
    ChaosWorker { seed: u64, log: PathBuf },
    /// Opens and closes many names until it is killed.
    #[command(hide = true)]
    SoakWorker { seed: u64 },
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Worker { operation, name }) => worker::run(operation, &name),
        Some(Command::WaitingWorker { scene, name }) => worker::run_waiting(scene, &name),
        Some(Command::ChaosWorker { seed, log }) => chaos::work(seed, &log),
        Some(Command::SoakWorker { seed }) => soak::work(seed),
        None => attack(
            Duration::from_secs(60 * cli.minutes),
            cli.seed.unwrap_or_else(|| fastrand::u64(..)),
        ),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn attack(time: Duration, seed: u64) -> Result<()> {
    let stage = stage::Stage::new()?;
    let mut report = Report::new(seed);
    death::run(&stage, &mut report)?;
    failure::run(&stage, &mut report)?;
    waiting::run(&stage, &mut report)?;
    chaos::run(seed, time / 2, &stage, &mut report)?;
    let processes = if time < Duration::from_secs(600) {
        20
    } else {
        200
    };
    soak::run(processes, seed, time / 2, &stage, &mut report)?;
    report.print();
    report.verdict()
}
