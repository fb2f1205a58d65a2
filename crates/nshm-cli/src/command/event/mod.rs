//! `nshm event`: something that happens, for processes that wait for it.

mod create;
mod wait;

use nshm::{Event, Kind, Name};

use crate::failure::{Failure, Result};
use crate::output;
use crate::text::escape;
use crate::waiting::Wait;

const EXAMPLES: &str = r"Examples:
  nshm event create ready --manual
  nshm event wait ready --timeout 10s";

const SET_EXAMPLES: &str = r"Examples:
  nshm event set ready
  nshm event set 'Global\ready'";

const RESET_EXAMPLES: &str = r"Examples:
  nshm event reset ready
  nshm event reset 'Global\ready'";

const PULSE_EXAMPLES: &str = r"Examples:
  nshm event pulse ready
  nshm event pulse 'Global\ready'";

/// Make an event; set it, reset it, wait for it
///
/// An event is set or it is not, and who waits for it goes on when it is: any process, by its
/// name. It lives as long as somebody has it open, as a section does: `nshm event create` holds
/// it, the others open it for as long as they take.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    /// Set an event
    ///
    /// Who waits for it goes on: one of them if it resets itself, everybody if it was created with
    /// --manual. If nobody waits it stays set for the next one.
    #[command(after_help = SET_EXAMPLES)]
    Set(ChangeArgs),
    /// Reset an event
    ///
    /// Who waits for it from now on waits until it is set again. An event that was created without
    /// --manual does that by itself, for each one that goes on.
    #[command(after_help = RESET_EXAMPLES)]
    Reset(ChangeArgs),
    /// Let go on who waits for an event now, and leave it reset
    ///
    /// One of them if it resets itself, everybody if it was created with --manual. Whoever is not
    /// quite waiting yet misses it: prefer `nshm event set` where that matters.
    #[command(after_help = PULSE_EXAMPLES)]
    Pulse(ChangeArgs),
    Wait(wait::Args),
}

/// The words of what changes an event.
#[derive(Debug, clap::Args)]
struct ChangeArgs {
    /// The name of the event
    #[arg(add = crate::complete::names_of(Kind::Event))]
    name: String,
}

/// What to do with an event, checked.
pub(crate) enum Config {
    Create(create::Config),
    Change(Name, Change),
    Wait(Wait),
}

#[derive(Clone, Copy)]
pub(crate) enum Change {
    Set,
    Reset,
    Pulse,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let change = |args: ChangeArgs, change| -> Result<Config> {
            Ok(Config::Change(Name::new(&args.name)?, change))
        };
        match args.command {
            Command::Create(args) => Ok(Config::Create(args.try_into()?)),
            Command::Set(args) => change(args, Change::Set),
            Command::Reset(args) => change(args, Change::Reset),
            Command::Pulse(args) => change(args, Change::Pulse),
            Command::Wait(args) => Ok(Config::Wait(args.try_into()?)),
        }
    }
}

pub(crate) fn run(config: Config) -> Result<i32> {
    match config {
        Config::Create(config) => create::run(config),
        Config::Change(name, change) => change_it(&name, change),
        Config::Wait(wait) => wait::run(&wait),
    }
}

fn change_it(name: &Name, change: Change) -> Result<i32> {
    let event = Event::open(name)?;
    let done = match change {
        Change::Set => event.set().map(|()| "set"),
        Change::Reset => event.reset().map(|()| "reset"),
        Change::Pulse => event.pulse().map(|()| "pulsed"),
    }?;
    event.close()?;
    let name = name.to_string();
    output::line(&format!("{done} {}", escape(&name)))?;
    Ok(crate::DONE)
}
