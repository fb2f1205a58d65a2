//! `nshm semaphore acquire`: takes one.

use std::time::Duration;

use nshm::{Kind, Name, Semaphore};

use crate::failure::{Failure, Result};
use crate::output;
use crate::text::escape;
use crate::waiting::{TimeoutArgs, Waited, Waiter, timed_out};

const EXAMPLES: &str = r"Examples:
  nshm semaphore acquire slots
  nshm semaphore acquire slots --timeout 10s && ./viewer frame";

/// Take one from a semaphore
///
/// Takes one, as soon as there is one, and ends. Nobody owns what was taken, so it stays taken
/// after that, until somebody gives it back by `nshm semaphore release`: who dies before that
/// keeps it from the others, for as long as the semaphore lives. What must come back by itself is
/// a matter for `nshm lock`. When the timeout passes first, nothing is taken and the exit code
/// is 1; when a signal ends it, 128 and its number.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The name of the semaphore
    #[arg(add = crate::complete::names_of(Kind::Semaphore))]
    name: String,
    #[command(flatten)]
    timeout: TimeoutArgs,
}

/// What to take from, checked.
pub(crate) struct Config {
    name: Name,
    timeout: Option<Duration>,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            name: Name::new(&args.name)?,
            timeout: args.timeout.timeout,
        })
    }
}

pub(super) fn run(config: &Config) -> Result<i32> {
    let mut waiter = Waiter::new()?;
    let semaphore = Semaphore::open(&config.name)?;
    let waited = waiter.wait(&semaphore, config.timeout)?;
    semaphore.close()?;
    let name = config.name.to_string();
    match waited {
        Waited::Taken(_) => {
            output::line(&format!("took one of {}", escape(&name)))?;
            Ok(crate::DONE)
        }
        Waited::TimedOut => Err(timed_out(
            config.timeout,
            &format!("semaphore `{name}` had none to take"),
        )),
        Waited::Told(code) => Ok(code),
    }
}
