//! `nshm event create`: makes an event and holds it.

use nshm::{Disposition, Event, EventState, Reset};

use crate::failure::{Failure, Result};
use crate::hold::{MakeArgs, Making, hold};
use crate::state::{reset_word, set_word};

const EXAMPLES: &str = r"Examples:
  nshm event create ready --manual
  nshm event create ready --set -- ./viewer ready";

/// Create an event and hold it
///
/// Creates an event under a name that is free, says what it made and holds it as `nshm create`
/// does. Each wait that it ends resets it, so that it lets one waiter go for each time it was set;
/// with --manual only `nshm event reset` does, and it lets everybody go until then.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Let it stay set until it is reset
    #[arg(long)]
    manual: bool,
    /// Let it be set from the beginning
    #[arg(long)]
    set: bool,
    #[command(flatten)]
    make: MakeArgs,
}

/// What to create, checked.
pub(crate) struct Config {
    reset: Reset,
    state: EventState,
    making: Making,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            reset: if args.manual {
                Reset::Manual
            } else {
                Reset::Automatic
            },
            state: if args.set {
                EventState::Set
            } else {
                EventState::Unset
            },
            making: args.make.try_into()?,
        })
    }
}

pub(super) fn run(config: Config) -> Result<i32> {
    let making = config.making;
    let mut events = making.events()?;
    let options = Event::options()
        .reset(config.reset)
        .state(config.state)
        .security(making.security);
    let (event, disposition) = if making.open {
        options.open_or_create(&making.name)?
    } else {
        let event = options.create(&making.name);
        (
            event.map_err(|error| making.explain(error))?,
            Disposition::Created,
        )
    };
    let state = set_word(event.state()? == EventState::Set);
    let reset = reset_word(event.resets()?);
    let words = making.words(disposition, &format!("an event, {state}, {reset} reset"));
    let code = hold(&words, making.hold, &mut events)?;
    event.close()?;
    Ok(code)
}
