//! Holding a section for others: how long, for whom, and how the end is told.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use nshm::{Audience, Security};

use crate::entry::audience_word;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::os::{Event, Events};
use crate::output;
use crate::text::escape;

/// The words for whom a new section admits.
#[derive(Debug, clap::Args)]
pub(crate) struct AdmitArgs {
    /// Who may open it; others than the owner only reach names in Global\
    #[arg(long, value_enum, default_value = "owner")]
    access: Who,
    /// Others than the owner may only read
    #[arg(long)]
    others_read_only: bool,
}

impl TryFrom<AdmitArgs> for Security {
    type Error = Failure;

    fn try_from(args: AdmitArgs) -> Result<Self> {
        let security = Security::for_audience(args.access.0);
        if !args.others_read_only {
            return Ok(security);
        }
        if args.access.0 == Audience::Owner {
            let text = "--others-read-only needs others: --access group or --access everyone";
            return Err(Failure::new(ExitCode::Usage, text));
        }
        Ok(security.others_read_only())
    }
}

/// The words for an [`Audience`].
#[derive(Clone, Copy, Debug)]
struct Who(Audience);

impl ValueEnum for Who {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Who(Audience::Owner),
            Who(Audience::Group),
            Who(Audience::Everyone),
        ]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(audience_word(self.0)))
    }
}

/// The words for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct HoldArgs {
    /// Hold it for this long: 500ms, 10s, 2m
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    hold_for: Option<Duration>,
    /// Hold it while this runs, and end with its exit code
    #[arg(last = true, conflicts_with = "hold_for")]
    command: Vec<OsString>,
}

/// How long to hold.
#[derive(Debug)]
pub(crate) enum Hold {
    UntilTold,
    For(Duration),
    While(OsString, Vec<OsString>),
}

impl From<HoldArgs> for Hold {
    fn from(args: HoldArgs) -> Self {
        let mut words = args.command.into_iter();
        match (words.next(), args.hold_for) {
            (Some(program), _) => Hold::While(program, words.collect()),
            (None, Some(duration)) => Hold::For(duration),
            (None, None) => Hold::UntilTold,
        }
    }
}

/// Says what was made (`words`) and returns when it need not be held any longer; gives the exit
/// code.
pub(crate) fn hold(words: &str, hold: Hold, events: &mut Events) -> Result<i32> {
    // Holding goes on when nobody reads the announcement.
    let announce = |how: &str| match output::line(&format!("{words}\n{how}")) {
        Err(Failure::PipeClosed) => Ok(()),
        result => result,
    };
    match hold {
        Hold::UntilTold => {
            if io::stdin().is_terminal() {
                announce("holding it; press Enter to let go")?;
                events
                    .listen_to_terminal()
                    .map_err(|error| Failure::io("listen to the terminal", error))?;
            } else {
                announce("holding it until SIGINT or SIGTERM")?;
            }
            events.wait(None);
            Ok(crate::DONE)
        }
        Hold::For(duration) => {
            announce(&format!(
                "holding it for {}",
                humantime::format_duration(duration)
            ))?;
            events.wait(Some(duration));
            Ok(crate::DONE)
        }
        Hold::While(program, arguments) => {
            // Stdout is the command's.
            let shown = program.to_string_lossy();
            output::say(&format!(
                "{words}\nholding it while {} runs",
                escape(&shown)
            ));
            if let Some(Event::Signal(signal)) = events.early() {
                return Ok(128 + signal);
            }
            events
                .run(Command::new(&program).args(arguments))
                .map_err(|error| Failure::io(format!("run {}", program.display()), error))
        }
    }
}
