//! The attacks.
//!
//! - [`attack`]: the list of them
//! - [`deed`]: what can be watched
//! - [`operation`]: what is done to a name, and what must hold afterwards
//! - [`theirs`]: what somebody else has under the name meanwhile
//! - [`stage`]: the directory, the names and the segments of a run, and what is left of them
//! - [`worker`]: the process that does it
//! - [`tracer`]: stops a worker at each of its system calls
//! - [`death`]: kills it there
//! - [`failure`]: lets the call fail
//! - [`waiting`]: kills after each instruction of what is done to events, mutexes and semaphores
//! - [`placed`]: the same things done to what is placed in a section, and kills at random
//! - [`chaos`]: kills and stops many at random, and compares what they did
//! - [`hostile`]: writes into objects that others use
//! - [`forgery`]: links and directories that somebody else has made
//! - [`stress`]: lets a few use one object as often as can be
//! - [`soak`]: lets many work for long
//! - [`party`]: processes that go with the value that started them
//! - [`room`]: where only one may be, and what shows that two were
//! - [`fork`]: the one system call that needs unsafe code
//! - [`report`]: the figures

mod attack;
mod chaos;
mod death;
mod deed;
mod failure;
mod forgery;
#[allow(unsafe_code, reason = "fork(2) is")]
mod fork;
mod hostile;
mod operation;
mod party;
mod placed;
mod report;
mod room;
mod soak;
mod stage;
mod stress;
mod theirs;
mod tracer;
mod waiting;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};

use self::attack::{Attack, Campaign};
use self::operation::Operation;
use self::placed::Act;
use self::report::{Figures, Record, Run};
use self::waiting::Scene;

/// Attacks nshm and counts what it survives.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// How long what has no end of its own goes on, all together.
    #[arg(long, default_value_t = 2)]
    minutes: u64,
    /// Repeats the random choices of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these attacks, separated by commas.
    #[arg(long, value_name = "ATTACK", value_delimiter = ',')]
    only: Vec<Attack>,
    /// How many processes the soak has [default: 20, and 200 from ten minutes on].
    #[arg(long)]
    processes: Option<usize>,
    /// Writes the figures into this file, too.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Does one thing to a name, watched by the process that started it.
    #[command(hide = true)]
    Worker { operation: Operation, name: String },
    /// Does one thing to an object that is waited for, watched instruction by instruction.
    #[command(hide = true)]
    WaitingWorker { scene: Scene, name: String },
    /// Does one thing to what is placed in a section, watched by the process that started it.
    #[command(hide = true)]
    PlacedWorker { act: Act, name: String },
    /// Uses what is placed in a section until it is killed.
    #[command(hide = true)]
    PlacedCrowd { seed: u64 },
    /// Does everything to a few names until it is killed.
    #[command(hide = true)]
    ChaosWorker { seed: u64, log: PathBuf },
    /// Opens and closes many names until it is killed.
    #[command(hide = true)]
    SoakWorker { seed: u64 },
    /// Uses objects that others write into, until it is killed.
    #[command(hide = true)]
    HostileVictim { seed: u64, slot: usize },
    /// Writes into objects that others use, until it is killed.
    #[command(hide = true)]
    HostileWriter { seed: u64 },
    /// Uses an object that others use as much, so many times.
    #[command(hide = true)]
    StressWorker {
        scene: stress::Scene,
        name: String,
        number: usize,
        turns: u64,
        seed: u64,
    },
    /// Does what it is told, as the user that it runs as.
    #[command(hide = true)]
    Actor,
    /// Lets one system call of an operation fail, as the attack `failure` does with all: of those
    /// with that number, the one which comes after so many others, with that error.
    FailOnce {
        operation: String,
        call: u64,
        turn: usize,
        errno: i32,
    },
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Some(Command::Worker { operation, name }) => worker::run(*operation, name),
        Some(Command::WaitingWorker { scene, name }) => worker::run_waiting(*scene, name),
        Some(Command::PlacedWorker { act, name }) => worker::run_placed(*act, name),
        Some(Command::PlacedCrowd { seed }) => placed::work(*seed),
        Some(Command::ChaosWorker { seed, log }) => chaos::work(*seed, log),
        Some(Command::SoakWorker { seed }) => soak::work(*seed),
        Some(Command::HostileVictim { seed, slot }) => hostile::suffer(*seed, *slot),
        Some(Command::HostileWriter { seed }) => hostile::write(*seed),
        Some(Command::StressWorker {
            scene,
            name,
            number,
            turns,
            seed,
        }) => stress::work(*scene, name, *number, *turns, *seed),
        Some(Command::Actor) => forgery::act(),
        Some(Command::FailOnce {
            operation,
            call,
            turn,
            errno,
        }) => failure::once(operation, *call, *turn, *errno),
        None => attack(&cli),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn attack(cli: &Cli) -> Result<()> {
    let stage = stage::Stage::new()?;
    let seed = cli.seed.unwrap_or_else(|| fastrand::u64(..));
    report::seed(seed);
    let is_meant = |attack: &Attack| cli.only.is_empty() || cli.only.contains(attack);
    let attacks: Vec<Attack> = Attack::ALL.into_iter().filter(is_meant).collect();
    let weights: u32 = attacks.iter().map(|attack| attack.weight()).sum();
    let time = Duration::from_secs(60 * cli.minutes);
    let (usual, turns) = match cli.minutes {
        ..10 => (20, 400_000),
        _ => (200, 10_000_000),
    };
    let mut run = Run {
        machine: report::machine(),
        seed,
        minutes: cli.minutes,
        attacks: Vec::new(),
    };
    for attack in attacks {
        let campaign = Campaign {
            stage: &stage,
            seed,
            time: time * attack.weight() / weights.max(1),
            processes: cli.processes.unwrap_or(usual),
            turns,
        };
        let mut figures = Figures::default();
        let begin = Instant::now();
        let result = attack.run(&campaign, &mut figures);
        let skipped = stage.take_skipped();
        let record = Record::new(attack, begin.elapsed(), figures, skipped, result);
        record.print();
        run.attacks.push(record);
    }
    if let Some(path) = &cli.into {
        run.write(path)?;
    }
    let broken = run.attacks.iter().filter(|record| record.is_broken());
    let broken = broken.count();
    ensure!(broken == 0, "{broken} promises were broken");
    Ok(())
}
