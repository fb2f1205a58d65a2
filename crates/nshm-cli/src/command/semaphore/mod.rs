//! `nshm semaphore`: how many may still take something.

mod acquire;
mod create;
mod release;

use crate::failure::{Failure, Result};
use crate::waiting::Wait;

const EXAMPLES: &str = r"Examples:
  nshm semaphore create slots --count 2 --max 2
  nshm semaphore acquire slots && { ./viewer frame; nshm semaphore release slots; }";

/// Make a semaphore; take from it, give back
///
/// A semaphore counts how many may still take something. Who takes one when there is none waits
/// until somebody gives one back. Nobody owns what was taken. It lives as long as somebody has it
/// open, as a section does: `nshm semaphore create` holds it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    Acquire(acquire::Args),
    Release(release::Args),
}

/// What to do with a semaphore, checked.
pub(crate) enum Config {
    Create(create::Config),
    Acquire(Wait),
    Release(release::Config),
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(match args.command {
            Command::Create(args) => Config::Create(args.try_into()?),
            Command::Acquire(args) => Config::Acquire(args.try_into()?),
            Command::Release(args) => Config::Release(args.try_into()?),
        })
    }
}

pub(crate) fn run(config: Config) -> Result<i32> {
    match config {
        Config::Create(config) => create::run(config),
        Config::Acquire(wait) => acquire::run(&wait),
        Config::Release(config) => release::run(&config),
    }
}
