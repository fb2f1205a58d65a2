//! `nshm semaphore acquire`: takes one.

use nshm::{Kind, Semaphore};

use crate::failure::{Failure, Result};
use crate::waiting::{TimeoutArgs, Wait, Waiter};

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

impl TryFrom<Args> for Wait {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Wait::new(&args.name, &args.timeout)
    }
}

pub(super) fn run(wait: &Wait) -> Result<i32> {
    let mut waiter = Waiter::new()?;
    let semaphore = Semaphore::open(&wait.name)?;
    let waited = waiter.wait(&semaphore, wait.timeout)?;
    semaphore.close()?;
    let name = &wait.name;
    let why = format!("semaphore `{name}` had none to take");
    wait.tell(&waited, &format!("took one of {name}"), &why)
}
