//! `nshm doctor`: checks what breaks people, and says what mends it.
//!
//! Each check is a question to the system, which is read here or in `facts.rs`, and a judgement,
//! which is a pure function. docs/doctor.md explains them one by one.

mod check;
mod facts;
mod limits;
mod mend;
mod names;
mod pages;
mod session;

use nshm::inspect;

use self::check::{Check, Status};
use crate::exit_code::ExitCode;
use crate::failure::Result;
use crate::output::{self, Mood};
use crate::size::plural;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm doctor
  nshm doctor --json";

/// Check this machine for what breaks shared memory
///
/// Looks at the limits of the kernel, the directories and names of nshm, /dev/shm, systemd's
/// RemoveIPC, namespaces and huge pages. Each finding comes with what it means and the command that
/// mends it. The exit code is 1 if anything is wrong, and 0 otherwise; warnings and notes are not
/// wrong.
///
/// With --fix it first mends what is nshm's own: stale names, leaked ids, and the mode of this
/// user's directory.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Mend what is nshm's own
    #[arg(long)]
    fix: bool,
    /// Print a JSON array, one object for each check
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<i32> {
    if args.fix {
        for done in mend::mend() {
            output::say(&done);
        }
    }
    // Windows keeps names in no place, and has none of what is checked here.
    let checks = match inspect::places() {
        Ok(places) => [
            limits::checks(),
            names::checks(&places),
            session::checks(),
            pages::checks(),
        ]
        .concat(),
        Err(_) => Vec::new(),
    };
    if args.json {
        output::json(&checks)?;
    } else {
        print(&checks)?;
    }
    let is_wrong = |check: &Check| check.status == Status::Wrong;
    Ok(if checks.iter().any(is_wrong) {
        ExitCode::Failure.number()
    } else {
        crate::DONE
    })
}

fn print(checks: &[Check]) -> Result<()> {
    if checks.is_empty() {
        output::say("there is nothing to check on this system");
        return Ok(());
    }
    let indent = " ".repeat(9);
    for check in checks {
        let word = format!("{:<8}", check.status.word());
        output::line(&format!(
            "{} {}: {}",
            output::tinted(&word, mood(check.status)),
            check.id,
            escape(&check.finding)
        ))?;
        if check.status != Status::Ok {
            output::line(&format!("{indent}{}", escape(&check.meaning)))?;
        }
        if let Some(cure) = &check.cure {
            output::line(&format!("{indent}mend it: {}", escape(cure)))?;
        }
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count() as u64;
    output::say(&format!(
        "{}: {} wrong, {}, {}",
        plural(checks.len() as u64, "check"),
        count(Status::Wrong),
        plural(count(Status::Warning), "warning"),
        plural(count(Status::Note), "note"),
    ));
    Ok(())
}

fn mood(status: Status) -> Mood {
    match status {
        Status::Ok => Mood::Good,
        Status::Note => Mood::Plain,
        Status::Warning => Mood::Dubious,
        Status::Wrong => Mood::Bad,
    }
}
