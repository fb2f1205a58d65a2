//! The words of the benchmark.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};

use crate::machine::{self, Machine};
use crate::question::{Mode, Plan, QUESTIONS};
use crate::results::{Answer, Run};
use crate::stand::Stand;
use crate::{bell, foreign, output, page, peer};

/// nshm side by side with everything a user would pick instead.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure, keep the figures, and write docs/performance.md.
    Run {
        /// Ask everything at length; without it, in less than three minutes.
        #[arg(long)]
        full: bool,
        /// Only these questions, separated by commas; the others keep their figures.
        #[arg(long, value_name = "QUESTION", value_delimiter = ',')]
        only: Vec<String>,
        /// Rounds that count.
        #[arg(long, default_value_t = 11)]
        rounds: usize,
        /// How long a peer repeats what it does in a round, in milliseconds.
        #[arg(long)]
        turn: Option<u64>,
        /// Where the figures and the document go.
        #[arg(long, value_name = "DIR", default_value = root())]
        into: PathBuf,
    },
    /// Write docs/performance.md from figures that are there.
    Page {
        /// The figures.
        results: PathBuf,
        #[arg(long, value_name = "DIR", default_value = root())]
        into: PathBuf,
    },
    /// Be a peer: do what the standard input says.
    #[command(hide = true)]
    Peer { name: String },
    /// Ring, and say how long it takes.
    #[command(hide = true)]
    Bell { name: String, processor: usize },
    /// Ring back.
    #[command(hide = true)]
    Echo {
        name: String,
        processor: usize,
        word: String,
    },
}

/// The root of the repository.
const fn root() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/..")
}

pub(crate) fn run() -> Result<()> {
    match Cli::parse().command {
        Command::Run {
            full,
            only,
            rounds,
            turn,
            into,
        } => {
            let mode = if full { Mode::Full } else { Mode::Quick };
            let turn = Duration::from_millis(turn.unwrap_or(mode.pick(3, 50)));
            measure(mode, &only, rounds, turn, &into)
        }
        Command::Page { results, into } => page::write(&Run::load(&results)?, &into),
        Command::Peer { name } => peer::run(&name),
        Command::Bell { name, processor } => bell::ring(&name, processor),
        Command::Echo {
            name,
            processor,
            word,
        } => bell::echo(&name, processor, &word),
    }
}

fn measure(mode: Mode, only: &[String], rounds: usize, turn: Duration, into: &Path) -> Result<()> {
    for name in only {
        if !QUESTIONS.iter().any(|question| question.name == name) {
            let names: Vec<_> = QUESTIONS.iter().map(|question| question.name).collect();
            bail!("there is no question {name:?}, only {}", names.join(", "));
        }
    }
    let stand = Stand::enter()?;
    let (entrants, absent) = foreign::entrants()?;
    for absent in &absent {
        output::say(&format!("not here: {}: {}", absent.who, absent.reason));
    }
    let plan = Plan {
        stand: &stand,
        mode,
        rounds: rounds.max(1),
        turn,
        entrants: &entrants,
        absent: &absent,
    };
    let machine = Machine::this();
    let now = jiff::Timestamp::now().to_string();
    let date = now.split('T').next().unwrap_or_default().to_owned();
    let dir = into.join(format!("bench/runs/{date}-{}", machine.slug()));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path = dir.join("results.json");
    let mut run = match path.exists() {
        true => Run::load(&path)?,
        false => Run {
            date,
            machine,
            questions: Vec::new(),
        },
    };
    for question in QUESTIONS {
        if !only.is_empty() && !only.iter().any(|name| name == question.name) {
            continue;
        }
        let begin = Instant::now();
        let before = machine::load();
        let tables =
            (question.ask)(&plan).with_context(|| format!("question {}", question.name))?;
        let length = mode.pick("--quick", "--full");
        run.take(Answer {
            question: question.name.into(),
            command: format!("cargo xtask bench {length} --only {}", question.name),
            load: (before, machine::load()),
            tables,
            absent: plan.absent.to_vec(),
        });
        run.save(&path)?;
        let seconds = begin.elapsed().as_secs();
        output::say(&format!("-- {}: {seconds} s", question.title));
    }
    page::write(&run, into)
}
