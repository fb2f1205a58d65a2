//! What `cargo xtask test` does, as data. A new stage is a new entry of [`STAGES`].

mod as_user;
pub(crate) mod examples;
mod install;
mod instructions;
mod soundness;
mod tally;
mod torture;
pub(crate) mod win32;

use std::cell::RefCell;
use std::io::IsTerminal;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::cargo::Workspace;
use crate::deps::{self, Effort};
use crate::guide;
use crate::pages;
use crate::process::{self, Child, Output};
use crate::{bench, fuzz, output, wine};

pub(crate) use self::instructions::bless as bless_instructions;
pub(crate) use self::soundness::{MODEL, STAGES as SOUNDNESS};
use self::tally::Failures;
pub(crate) use self::tally::{Failure, Tally};
pub(crate) use self::torture::{Torture, command as torture};

/// One thing to check.
pub(crate) struct Stage {
    /// Its name, for `--only`.
    pub(crate) name: &'static str,
    /// What it does, in a line.
    pub(crate) what: &'static str,
    /// What it needs from the machine, by name in `deps.rs`.
    pub(crate) needs: &'static [&'static str],
    /// How long it may take at most, on a slow machine and with nothing built. Its child
    /// processes are killed then.
    pub(crate) minutes: u64,
    pub(crate) run: fn(&Context<'_>) -> Result<Outcome>,
}

/// How a stage ended, if not with an error.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// This machine cannot do it, or it is not for here; the reason in a line.
    Skipped(String),
    /// Something is missing that could be installed; the reason and the cure in a line.
    /// A failure in continuous integration, skipped elsewhere.
    Lacking(String),
}

/// What a stage has to work with.
pub(crate) struct Context<'a> {
    pub(crate) workspace: &'a Workspace,
    /// How much may be done to get a tool.
    pub(crate) effort: Effort,
    /// When its child processes are killed.
    pub(crate) until: Instant,
    /// What the stage leaves out although it runs, each with the reason.
    pub(crate) skipped: RefCell<Vec<String>>,
    /// The tests that have failed.
    pub(crate) failures: RefCell<Vec<Failure>>,
}

impl Context<'_> {
    /// Runs cargo with these arguments.
    fn cargo(&self, arguments: &[&str]) -> Result<Outcome> {
        self.run(self.workspace.cargo().args(arguments))
    }

    /// Runs tests to their end. A test that cannot run here writes `skipped: name: reason` to
    /// the standard error and passes: the summary must not keep that to itself.
    fn run_tests(&self, command: &mut Command) -> Result<Outcome> {
        if std::io::stderr().is_terminal() && std::env::var_os("CARGO_TERM_COLOR").is_none() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let mut child = Child::spawn(command, Output::AllShown)?;
        self.read_tests(&mut child)?;
        child.succeed(self.until)?;
        Ok(Outcome::Passed)
    }

    /// The same, and counts them. Those that have failed are no error here.
    pub(crate) fn count_tests(&self, command: &mut Command) -> Result<Tally> {
        let mut child = Child::spawn(command, Output::AllShown)?;
        let tally = self.read_tests(&mut child)?;
        if tally.failed == 0 {
            child.succeed(self.until)?;
        }
        Ok(tally)
    }

    fn read_tests(&self, child: &mut Child) -> Result<Tally> {
        let mut tally = Tally::default();
        let mut failures = Failures::default();
        while let Some(line) = child.line(self.until)? {
            match line.strip_prefix("skipped: ") {
                Some(test) => self.skipped.borrow_mut().push(test.to_owned()),
                None => {
                    tally.add(&line);
                    failures.add(&line);
                }
            }
        }
        self.failures.borrow_mut().extend(failures.into_found());
        Ok(tally)
    }

    /// Runs a command to its end.
    fn run(&self, command: &mut Command) -> Result<Outcome> {
        process::run(command, self.until)?;
        Ok(Outcome::Passed)
    }
}

/// All of them, in order: what is quick and likely to fail comes first.
pub(crate) const STAGES: &[Stage] = &[
    Stage {
        name: "fmt",
        what: "the format of the sources",
        needs: &["cargo-fmt"],
        minutes: 5,
        run: |context| context.cargo(&["fmt", "--all", "--check"]),
    },
    Stage {
        name: "clippy",
        what: "no warning in any target",
        needs: &["cargo-clippy"],
        minutes: 20,
        run: |context| {
            context.cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])
        },
    },
    Stage {
        name: "tests",
        what: "unit tests, integration tests and the rules of the source tree",
        needs: &[],
        minutes: 40,
        run: |context| {
            // A test that lacks its tool says so and is skipped: the others run.
            for tool in [
                "g++", "clang", "boost", "python3", "ipcmk", "unshare", "setpriv", "valgrind",
            ] {
                let _ = deps::ensure(deps::tool(tool)?, context.effort, context.until);
            }
            let mut command = context.workspace.cargo();
            command.args(["test", "--workspace", "--tests", "--no-fail-fast"]);
            context.run_tests(&mut command)
        },
    },
    Stage {
        name: "doc-tests",
        what: "the examples of the documentation run",
        needs: &[],
        minutes: 20,
        run: |context| context.cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]),
    },
    Stage {
        name: "rustdoc",
        what: "the documentation builds without a warning",
        needs: &[],
        minutes: 20,
        run: |context| {
            let mut command = context.workspace.cargo();
            // The libraries: the program `nshm` would take the place of the library `nshm`.
            command.args(["doc", "--workspace", "--lib", "--no-deps"]);
            context.run(command.env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
    Stage {
        name: "examples",
        what: "first_process and second_process, together",
        needs: &[],
        minutes: 20,
        run: examples::run,
    },
    Stage {
        name: "demo",
        what: "`nshm demo` shows the message",
        needs: &[],
        minutes: 20,
        run: demo,
    },
    Stage {
        name: "man",
        what: "man pages and completions are complete",
        needs: &[],
        minutes: 5,
        run: pages::check,
    },
    Stage {
        name: "install",
        what: "what is installed is found and used as docs/c.md says, and goes again",
        needs: &["cc", "pkg-config", "cmake"],
        minutes: 30,
        run: install::run,
    },
    Stage {
        name: "guide",
        what: "the commands of the guide print what it says, and its pictures are not stale",
        needs: &[],
        minutes: 20,
        run: guide::check,
    },
    Stage {
        name: "bench-smoke",
        what: "the benchmark runs; its figures are no verdict",
        needs: &[],
        minutes: 30,
        run: |context| {
            if !context.workspace.has_target("nshm", "bench", "section") {
                return not_written("bench section");
            }
            context.cargo(&["bench", "-p", "nshm", "--bench", "section", "--", "--quick"])
        },
    },
    Stage {
        name: "rivals",
        what: "the comparison with the rivals builds and runs one round; its figures are no verdict",
        needs: &["clang", "cargo-fmt", "cargo-clippy"],
        minutes: 40,
        run: bench::check,
    },
    Stage {
        name: "instructions",
        what: "no call takes more instructions than in the baseline",
        needs: &["valgrind"],
        minutes: 30,
        run: instructions::run,
    },
    Stage {
        name: "torture",
        what: "killed and failed at every call and instruction; at random, and by hostile peers, for a minute",
        needs: &[],
        minutes: 20,
        run: torture::run,
    },
    Stage {
        name: "fuzz",
        what: "inputs made by chance break nothing, for some seconds in each target",
        needs: &["nightly", "g++", "cargo-fmt", "cargo-clippy"],
        minutes: 20,
        run: fuzz::check,
    },
    Stage {
        name: "as-user",
        what: "the tests and the demo again, as a user without privileges",
        needs: &["setpriv"],
        minutes: 40,
        run: as_user::run,
    },
    soundness::ASAN,
    soundness::C_ASAN,
    soundness::DENY,
    Stage {
        name: "windows",
        what: "the suite and the demo, built for Windows, under Wine",
        needs: &[],
        minutes: 60,
        run: windows,
    },
    Stage {
        name: "win32",
        what: "programs in C do on Linux what they do on Windows, row by row",
        needs: &[
            "cc",
            "g++",
            "x86_64-w64-mingw32-gcc",
            "x86_64-w64-mingw32-g++",
            "wine",
        ],
        minutes: 30,
        run: win32::run,
    },
    // Other languages and long-running evidence come here, each a module beside `as_user`.
];

fn windows(context: &Context<'_>) -> Result<Outcome> {
    match wine::run(context) {
        Ok(wine::Outcome::Passed(what)) => {
            output::say(&format!("windows: {what}"));
            Ok(Outcome::Passed)
        }
        Ok(wine::Outcome::Skipped(why)) => Ok(Outcome::Lacking(why)),
        Err(error) => bail!(error),
    }
}

/// What the first process of the demo and of the examples writes.
const MESSAGE: &str = "Message from first process.";

fn demo(context: &Context<'_>) -> Result<Outcome> {
    // As the README says it, but for `--release`.
    let mut run = context.workspace.cargo();
    run.args(["run", "--"]);
    let names = Names::new()?;
    show_demo(names.let_in(&mut run), context)
}

/// Runs `nshm`, given as a command without arguments, with `demo`.
fn show_demo(command: &mut Command, context: &Context<'_>) -> Result<Outcome> {
    let text = process::read(command.arg("demo"), Output::LinesShown, context.until)?;
    if !text.contains(MESSAGE) {
        bail!("`nshm demo` did not show {MESSAGE:?}");
    }
    Ok(Outcome::Passed)
}

fn not_written(what: &str) -> Result<Outcome> {
    Ok(Outcome::Skipped(format!("there is no {what} yet")))
}

/// A directory for the names of a stage or another task, so that it never meets a real one.
pub(crate) struct Names(tempfile::TempDir);

impl Names {
    pub(crate) fn new() -> Result<Names> {
        let dir = tempfile::Builder::new().prefix("nshm-xtask-").tempdir();
        Ok(Names(dir.context("a directory for names")?))
    }

    /// Makes a command use it.
    pub(crate) fn let_in<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("NSHM_DIR", self.0.path())
    }
}
