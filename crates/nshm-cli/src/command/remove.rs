//! `nshm remove`: takes the name from an object that is alive.

use std::io::{self, IsTerminal};

use nshm::{ErrorKind, Name, Scope};

use crate::entry::Entry;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::output;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm remove frame
  nshm remove 'Global\MyFileMappingObject' --yes";

/// Take the name from an object that is alive
///
/// Whoever has the object open keeps it, of whatever kind it is; nobody finds it any more, and the
/// name is free for a new one. Nothing in normal use needs this: a name goes by itself with the
/// last user. It says who holds it, and asks.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the object
    #[arg(add = crate::complete::names())]
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What to remove, checked.
pub(crate) struct Config {
    name: Name,
    yes: bool,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            name: Name::new(&args.name)?,
            yes: args.yes,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let name = config.name.to_string();
    let name = escape(&name);
    let is_posix = *config.name.scope() == Scope::Posix;
    let held = match Entry::of(&config.name) {
        Ok(entry) => format!("{name} is held by {}", entry.holder_words()),
        Err(error) if error.kind() == ErrorKind::ForeignNamespace => {
            format!("{name} lives in another IPC namespace; who holds it cannot be seen from here")
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !is_posix => {
            // Its last user may have been killed, and have left the name.
            if nshm::clear_stale(&config.name)? {
                output::line(&format!(
                    "removed the name {name}; nothing was alive under it"
                ))?;
                return Ok(crate::DONE);
            }
            return Err(nshm::find(&config.name).err().unwrap_or(error).into());
        }
        Err(error) => return Err(error.into()),
    };
    if is_posix {
        return Err(of_another_library(&held));
    }
    if !config.yes && !io::stdin().is_terminal() {
        let text = format!("{held}; there is no terminal to ask on");
        return Err(
            Failure::new(ExitCode::Usage, text).with_hint("--yes removes the name without asking")
        );
    }
    output::say(&held);
    if !config.yes && !confirmed()? {
        return Err(Failure::new(ExitCode::Failure, "nothing was removed"));
    }
    nshm::remove(&config.name)?;
    output::line(&format!(
        "removed the name {name}; its holders keep what they have"
    ))?;
    Ok(crate::DONE)
}

/// Nobody is asked about what is not removed anyway.
fn of_another_library(held: &str) -> Failure {
    let text = format!("{held}, and belongs to the program that made it");
    let hint = "`nshm reap --all` removes it once nobody has it open";
    Failure::new(ExitCode::Failure, text).with_hint(hint)
}

fn confirmed() -> Result<bool> {
    output::ask("Take the name from them? [y/N] ");
    output::answered_yes()
}
