//! `nshm semaphore create`: makes a semaphore and holds it.

use nshm::{Disposition, Semaphore};

use crate::failure::{Failure, Result};
use crate::hold::{MakeArgs, Making, hold};
use crate::size;

const EXAMPLES: &str = r"Examples:
  nshm semaphore create slots --count 2 --max 2
  nshm semaphore create slots --count 0 --max 8 -- ./viewer slots";

/// Create a semaphore and hold it
///
/// Creates a semaphore under a name that is free, says what it made and holds it as `nshm create`
/// does. So many can be taken from it as it counts; it never counts more than its maximum.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What it counts at first
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        value_parser = size::parse_count::<u32>
    )]
    count: u32,
    /// What it counts at most: up to 2147483647
    #[arg(
        long,
        value_name = "M",
        allow_hyphen_values = true,
        value_parser = size::parse_count::<u32>
    )]
    max: u32,
    #[command(flatten)]
    make: MakeArgs,
}

/// What to create, checked.
pub(crate) struct Config {
    count: u32,
    max: u32,
    making: Making,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            count: args.count,
            max: args.max,
            making: args.make.try_into()?,
        })
    }
}

pub(super) fn run(config: Config) -> Result<i32> {
    let making = config.making;
    let mut events = making.events()?;
    let options = Semaphore::options(config.count, config.max).security(making.security);
    let (semaphore, disposition) = if making.open {
        options.open_or_create(&making.name)?
    } else {
        let semaphore = options.create(&making.name);
        (
            semaphore.map_err(|error| making.explain(error))?,
            Disposition::Created,
        )
    };
    let (count, max) = (semaphore.count()?, semaphore.max()?);
    let words = making.words(
        disposition,
        &format!("a semaphore, {count} of at most {max}"),
    );
    let code = hold(&words, making.hold, &mut events)?;
    semaphore.close()?;
    Ok(code)
}
