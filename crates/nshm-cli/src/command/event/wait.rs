//! `nshm event wait`: until an event is set.

use nshm::{Event, Kind};

use crate::failure::{Failure, Result};
use crate::waiting::{TimeoutArgs, Wait, Waiter};

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

impl TryFrom<Args> for Wait {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Wait::new(&args.name, &args.timeout)
    }
}

pub(super) fn run(wait: &Wait) -> Result<i32> {
    let mut waiter = Waiter::new()?;
    let event = Event::open(&wait.name)?;
    let waited = waiter.wait(&event, wait.timeout)?;
    event.close()?;
    let name = &wait.name;
    let why = format!("event `{name}` was not set");
    wait.tell(&waited, &format!("{name} was set"), &why)
}
