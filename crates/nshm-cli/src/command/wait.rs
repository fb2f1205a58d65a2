//! `nshm wait`: until a name is there.

use std::time::{Duration, Instant};

use nshm::{Access, ErrorKind, Kind, Name, Section};

use crate::failure::{Failure, Result};
use crate::output;
use crate::size;
use crate::text::escape;
use crate::waiting::{TimeoutArgs, Wait, timed_out};

const EXAMPLES: &str = r"Examples:
  nshm wait 'Global\MyFileMappingObject' && nshm info 'Global\MyFileMappingObject'
  nshm wait frame --timeout 10s";

/// Wait until a name is there
///
/// Returns as soon as somebody has created a section, an event, a mutex or a semaphore of this
/// name, at once if there is one, and says which it is. When the timeout passes first, the exit
/// code is 1.
///
/// It waits for the name alone, and keeps nothing alive: a section may not be filled yet, an event
/// may not be set. `nshm event wait` waits until one is set, `nshm semaphore acquire` takes
/// one from a semaphore, and `nshm lock` waits for a mutex.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name to wait for
    #[arg(add = crate::complete::names())]
    name: String,
    #[command(flatten)]
    timeout: TimeoutArgs,
}

impl TryFrom<Args> for Wait {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Wait::new(&args.name, &args.timeout)
    }
}

pub(crate) fn run(wanted: &Wait) -> Result<i32> {
    let name = wanted.name.to_string();
    match wait(&wanted.name, wanted.timeout) {
        Ok(what) => {
            output::line(&format!("{} is there: {what}", escape(&name)))?;
            Ok(crate::DONE)
        }
        Err(error) if error.kind() == ErrorKind::TimedOut => Err(timed_out(
            wanted.timeout,
            &format!("nothing has the name `{name}`"),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Waits until something has the name, and says what it is.
fn wait(name: &Name, timeout: Option<Duration>) -> nshm::Result<String> {
    // A time beyond what the clock can tell is for ever.
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match section(name, left) {
            Err(error) if error.kind() == ErrorKind::WrongKind => {}
            found => return found,
        }
        match nshm::find(name) {
            // It has gone since.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found.map(|found| words(found.kind, found.info.len)),
        }
    }
}

/// Waits for a section. What has another kind ends the wait with an error.
fn section(name: &Name, timeout: Option<Duration>) -> nshm::Result<String> {
    let section = Section::options()
        .access(Access::ReadOnly)
        .wait(name, timeout)?;
    let len = section.len();
    section.close()?;
    Ok(words(Kind::Section, len))
}

fn words(kind: Kind, len: usize) -> String {
    match kind {
        Kind::Section => size::human(len as u64),
        Kind::Event => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
