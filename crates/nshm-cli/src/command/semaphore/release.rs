//! `nshm semaphore release`: gives back.

use nshm::{Kind, Name, Semaphore};

use crate::failure::{Failure, Result};
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm semaphore release slots
  nshm semaphore release slots --count 2";

/// Give back to a semaphore
///
/// Adds to what the semaphore counts, and says what it counted before. Any process may do that,
/// whoever took one. More than its maximum is refused, and then nothing has changed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The name of the semaphore
    #[arg(add = crate::complete::names_of(Kind::Semaphore))]
    name: String,
    /// How many
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        value_parser = size::parse_count::<u32>,
        default_value = "1"
    )]
    count: u32,
}

/// What to give back, checked.
pub(crate) struct Config {
    name: Name,
    count: u32,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            name: Name::new(&args.name)?,
            count: args.count,
        })
    }
}

pub(super) fn run(config: &Config) -> Result<i32> {
    let semaphore = Semaphore::open(&config.name)?;
    let before = semaphore.release(config.count)?;
    semaphore.close()?;
    output::line(&format!(
        "gave back {} to {}, which counted {before}",
        config.count,
        escape(&config.name.to_string())
    ))?;
    Ok(crate::DONE)
}
