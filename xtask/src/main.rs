//! What is done to the project rather than by it: `cargo xtask --help`.
//!
//! - [`stage`]: the list of what `cargo xtask test` does; one file per stage of some length
//! - [`test`]: runs the list and sums it up
//! - [`pages`]: man pages and shell completions
//! - [`header`]: `nshm.h`, made of its sources
//! - [`install`]: everything below a prefix, and away again
//! - [`guide`], [`picture`]: that the guide is true; the pictures in it
//! - [`bench`]: the comparison with the rivals
//! - [`reliability`]: the page of figures that the attacks give
//! - [`fuzz`]: inputs made by chance, guided by coverage
//! - [`wine`]: building for Windows and running it under Wine
//! - [`deps`]: what the project needs from the machine, and how to get it
//! - [`cargo`], [`process`], [`os`]: calling cargo; child processes; what differs between systems
//! - [`output`]: the only one that prints

#![forbid(unsafe_code)]

mod bench;
mod cargo;
mod deps;
mod fuzz;
mod guide;
mod header;
mod install;
mod os;
mod output;
mod pages;
mod picture;
mod process;
mod reliability;
mod stage;
mod test;
mod wine;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What is done to the nshm project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check everything, stage by stage, and sum it up.
    ///
    /// A failed stage does not keep the later ones from running. What this machine cannot do is
    /// skipped by name. With CI=true, what could be installed but is missing is a failure.
    Test {
        /// Only these stages, separated by commas.
        #[arg(long, value_name = "STAGE", value_delimiter = ',')]
        only: Vec<String>,
        /// List the stages and do nothing.
        #[arg(long)]
        list: bool,
    },
    /// Write the man pages of the command line.
    Man {
        /// The directory to write into [default: dist/man in the target directory].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Write the shell completions of the command line.
    Completions {
        /// The directory to write into [default: dist/completions in the target directory].
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Write include/nshm.h, which is made of the sources of its functions.
    Header,
    /// Build in release, and install the program, the libraries, headers, pages and completions.
    Install(install::Place),
    /// Remove what `install` has put there, and nothing else.
    Uninstall(install::Place),
    /// Take the terminal pictures of the guide anew.
    Pictures,
    /// Build for Windows, and run the suite and the demo under Wine.
    Wine,
    /// Attack the library, and count what it survives.
    ///
    /// Kills it and fails it at every system call, kills it at every instruction of what waits,
    /// kills and stops many processes at random, lets others write into what is in use, forges
    /// links and directories, and lets many work for long. The figures are left in
    /// target/reliability/torture.json.
    Torture(stage::Torture),
    /// Take what the attacks, the fuzzers and the checkers have left in target/reliability into the
    /// record, docs/reliability, and write docs/reliability.md of it.
    Reliability,
    /// Make inputs by chance, guided by coverage, and count what they break.
    ///
    /// Runs the targets of fuzz/, several at once, and leaves its figures in
    /// target/reliability/fuzz.json. What it finds is kept in the target directory, and is where the
    /// next run begins.
    Fuzz {
        /// How long each target runs.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// Only these targets, separated by commas.
        #[arg(long, value_name = "TARGET", value_delimiter = ',')]
        target: Vec<String>,
        /// How many run at once [default: as many as there are processors].
        #[arg(long)]
        jobs: Option<std::num::NonZeroUsize>,
    },
    /// Look for what tests alone do not see: with sanitizers, valgrind and a checked standard library.
    ///
    /// The long form of what is short in `test`; keeps its figures in reliability/soundness.json
    /// in the target directory.
    Soundness {
        /// Only these runs, separated by commas.
        #[arg(long, value_name = "RUN", value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Ask Windows, as Wine knows it, and Linux the same questions, and compare row by row.
    Win32,
    /// Measure nshm side by side with everything a user would pick instead.
    ///
    /// Keeps the figures in bench/runs and writes docs/performance.md. Who cannot be built or run
    /// here is named in it, with the reason.
    Bench {
        /// In less than three minutes (the default).
        #[arg(long, conflicts_with = "full")]
        quick: bool,
        /// More sizes, more names, more processes, longer turns.
        #[arg(long)]
        full: bool,
        /// Only these questions, separated by commas; the others keep their figures of the day.
        #[arg(long, value_name = "QUESTION", value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Count the instructions of calls, and compare them with the baseline of this compiler.
    Instructions {
        /// Make what is counted the baseline.
        #[arg(long)]
        bless: bool,
    },
    /// Install what the stages need from the machine, or say how.
    InstallDeps,
}

fn main() -> ExitCode {
    os::end_children_when_interrupted();
    let done = match Cli::parse().command {
        Command::Test { list: true, .. } => {
            output::stages(stage::STAGES);
            Ok(true)
        }
        Command::Test { only, list: false } => test::run(stage::STAGES, &only),
        Command::Man { out } => pages::man_command(out).map(|()| true),
        Command::Completions { out } => pages::completions_command(out).map(|()| true),
        Command::Header => header::command().map(|()| true),
        Command::Install(place) => install::command(&place).map(|()| true),
        Command::Uninstall(place) => install::uninstall_command(&place).map(|()| true),
        Command::Pictures => test::alone(guide::pictures_command).map(|()| true),
        Command::Soundness { only } => test::run(stage::SOUNDNESS, &only),
        Command::Wine => test::run(stage::STAGES, &["windows".to_owned()]),
        Command::Torture(torture) => stage::torture(&torture),
        Command::Reliability => reliability::command().map(|()| true),
        Command::Fuzz {
            minutes,
            target,
            jobs,
        } => fuzz::command(minutes, &target, jobs),
        Command::Win32 => test::run(stage::STAGES, &["win32".to_owned()]),
        Command::Bench { full, only, .. } => bench::command(full, &only),
        Command::Instructions { bless: true } => stage::bless_instructions(),
        Command::Instructions { bless: false } => {
            test::run(stage::STAGES, &["instructions".to_owned()])
        }
        Command::InstallDeps => deps::install_all(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
