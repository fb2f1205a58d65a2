//! Holding an object for others: how long, for whom, and how the end is told.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use nshm::{Audience, Disposition, ErrorKind, Name, Scope, Security};

use crate::duration;
use crate::entry::{audience_word, security_words};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::os::{Event, Events};
use crate::output;
use crate::text::escape;

/// The words for whom a new object admits.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoArgs {
    /// Who may open it; others than the owner only reach names in Global\
    #[arg(long, value_enum, default_value = "owner")]
    access: Who,
}

impl WhoArgs {
    pub(crate) fn security(&self) -> Security {
        Security::for_audience(self.access.0)
    }
}

/// The same for a section, which others may be let read only.
#[derive(Debug, clap::Args)]
pub(crate) struct AdmitArgs {
    #[command(flatten)]
    who: WhoArgs,
    /// Others than the owner may only read
    #[arg(long)]
    others_read_only: bool,
}

impl TryFrom<AdmitArgs> for Security {
    type Error = Failure;

    fn try_from(args: AdmitArgs) -> Result<Self> {
        let security = args.who.security();
        if !args.others_read_only {
            return Ok(security);
        }
        if security.audience() == Audience::Owner {
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
    #[arg(
        long = "for",
        value_name = "DURATION",
        allow_hyphen_values = true,
        value_parser = duration::parse
    )]
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

/// The words for a new object to wait for.
#[derive(Debug, clap::Args)]
pub(crate) struct MakeArgs {
    /// The name: x, Local\x or Global\x
    name: String,
    #[command(flatten)]
    who: WhoArgs,
    /// Join an existing one instead of failing
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    hold: HoldArgs,
}

/// What to make under which name, checked.
pub(crate) struct Making {
    pub(crate) name: Name,
    pub(crate) security: Security,
    pub(crate) open: bool,
    pub(crate) hold: Hold,
}

impl TryFrom<MakeArgs> for Making {
    type Error = Failure;

    fn try_from(args: MakeArgs) -> Result<Self> {
        Ok(Making {
            name: new_name(&args.name)?,
            security: args.who.security(),
            open: args.open,
            hold: args.hold.into(),
        })
    }
}

impl Making {
    /// What ends the hold. From here on a signal asks us to tidy up instead of ending us.
    pub(crate) fn events(&self) -> Result<Events> {
        Events::catch().map_err(|error| Failure::io("catch the signals that end it", error))
    }

    /// Adds the option that helps to the error of a creation.
    pub(crate) fn explain(&self, error: nshm::Error) -> Failure {
        explain(error, self.open)
    }

    /// What was made; `what` says the kind and the state.
    pub(crate) fn words(&self, disposition: Disposition, what: &str) -> String {
        let name = self.name.to_string();
        let name = escape(&name);
        match disposition {
            Disposition::Created => {
                let security = security_words(self.security);
                format!("created {name}: {what}, {security}")
            }
            Disposition::Opened => format!("joined {name}: {what}"),
        }
    }
}

/// The name of something new. What others have made is called `posix:/x` and `sysv:7` on the
/// command line, so a name of this user that looks so is written in full.
pub(crate) fn new_name(text: &str) -> Result<Name> {
    let name = Name::new(text)?;
    let prefix = ["posix:", "sysv:"]
        .into_iter()
        .find(|prefix| text.starts_with(prefix));
    match prefix {
        // The core says why nobody can make one of these.
        Some(prefix) if *name.scope() != Scope::Posix => {
            let why = format!("{prefix} begins what another library has made");
            let text = format!("nothing can be made under the name `{text}`: {why}");
            let hint = format!(
                r"a name of your own that begins so is 'Local\{}'",
                name.leaf()
            );
            Err(Failure::new(ExitCode::Usage, text).with_hint(hint))
        }
        _ => Ok(name),
    }
}

/// Adds the option that helps to the error of a creation.
pub(crate) fn explain(error: nshm::Error, open: bool) -> Failure {
    if open {
        return error.into();
    }
    let joins = "--open joins it; `nshm info` tells who has it";
    taken(error, joins, "`nshm info` tells who has it")
}

/// The failure of a creation whose name may be taken: by another one of its kind, or by one of
/// another kind.
pub(crate) fn taken(error: nshm::Error, same: &str, other: &str) -> Failure {
    let hint = match error.kind() {
        ErrorKind::AlreadyExists => same,
        ErrorKind::WrongKind => other,
        _ => return error.into(),
    };
    let hint = error.hint().unwrap_or(hint);
    Failure::new(ExitCode::AlreadyExists, error.to_string()).with_hint(hint)
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
            run_command(&program, &arguments, events, || {
                // Stdout is the command's.
                let shown = program.to_string_lossy();
                let shown = escape(&shown);
                output::say(&format!("{words}\nholding it while {shown} runs"));
            })
        }
    }
}

/// Runs a command to its end, unless a signal has come first, and gives the exit code. Calls
/// `started` once it runs.
pub(crate) fn run_command(
    program: &OsStr,
    arguments: &[OsString],
    events: &mut Events,
    started: impl FnOnce(),
) -> Result<i32> {
    if let Some(Event::Signal(signal)) = events.early() {
        return Ok(128 + signal);
    }
    events
        .run(Command::new(program).args(arguments), started)
        .map_err(|error| Failure::not_run(program, &error))
}
