//! `nshm event wait`: until an event is set.

use std::time::Duration;

use nshm::{Event, Kind, Name};

use crate::failure::{Failure, Result};
use crate::output;
use crate::text::escape;
use crate::waiting::{TimeoutArgs, Waited, Waiter, timed_out};

const EXAMPLES: &str = r"Examples:
  nshm event wait ready --timeout 10s
  nshm event wait ready && ./viewer ready";

/// Wait until an event is set
///
/// Returns as soon as the event is set, at once if it is, and resets it unless it was created with
/// --manual. The event must be there: `nshm event create` makes one. When the timeout passes
/// first, the exit code is 1; when a signal ends it, 128 and its number.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The name of the event
    #[arg(add = crate::complete::names_of(Kind::Event))]
    name: String,
    #[command(flatten)]
    timeout: TimeoutArgs,
}

/// What to wait for, checked.
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
    let event = Event::open(&config.name)?;
    let waited = waiter.wait(&event, config.timeout)?;
    event.close()?;
    let name = config.name.to_string();
    match waited {
        Waited::Taken(_) => {
            output::line(&format!("{} was set", escape(&name)))?;
            Ok(crate::DONE)
        }
        Waited::TimedOut => Err(timed_out(
            config.timeout,
            &format!("event `{name}` was not set"),
        )),
        Waited::Told(code) => Ok(code),
    }
}
