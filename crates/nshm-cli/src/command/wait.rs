//! `nshm wait`: until a section is there.

use std::time::Duration;

use nshm::{Access, Name, Section};

use crate::duration;
use crate::failure::{Failure, Result};
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm wait 'Global\MyFileMappingObject' && nshm read 'Global\MyFileMappingObject' --text
  nshm wait frame --timeout 10s";

/// Wait until a section exists
///
/// Returns as soon as somebody has created a section of this name, at once if there is one. It
/// sleeps until the system says that names have changed. When the timeout passes first, the exit
/// code is 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
    #[arg(add = crate::complete::names())]
    name: String,
    /// Wait no longer than this: 500ms, 10s, 2m [default: for ever]
    #[arg(
        long,
        value_name = "DURATION",
        allow_hyphen_values = true,
        value_parser = duration::parse
    )]
    timeout: Option<Duration>,
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
            timeout: args.timeout,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let section = Section::options()
        .access(Access::ReadOnly)
        .wait(&config.name, config.timeout)?;
    let len = section.len();
    section.close()?;
    let name = config.name.to_string();
    output::line(&format!(
        "{} is there: {}",
        escape(&name),
        size::human(len as u64)
    ))?;
    Ok(crate::DONE)
}
