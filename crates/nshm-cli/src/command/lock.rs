//! `nshm lock`: runs a command that nobody else runs at the same time.

use std::ffi::OsString;
use std::time::Duration;

use nshm::{Kind, Mutex, Name, Security};

use crate::entry::Programs;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::hold::{WhoArgs, new_name, run_command};
use crate::output;
use crate::state::Owner;
use crate::waiting::{TimeoutArgs, Waited, Waiter, timed_out};

const EXAMPLES: &str = r"Examples:
  nshm lock build -- ./viewer frame
  nshm lock build --timeout 0s -- ./viewer frame || echo 'somebody else does it'";

/// Run a command under a named mutex
///
/// Waits until nobody has the mutex, takes it, runs COMMAND and ends with its exit code, or with
/// 127 if there is no such command and 126 if it cannot be run. Creates the mutex if there is
/// none; it goes with the last process that has it open. SIGTERM and SIGHUP are passed on to
/// COMMAND.
///
/// The mutex belongs to this process and not to COMMAND: it is unlocked when COMMAND ends, or when
/// this process is killed, also if COMMAND goes on then. The next one that waited is told that the
/// mutex was abandoned and what it protects may be half-done, here by a note on the standard error.
/// Who comes when nobody has the mutex open any more gets a new one, and is told nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the mutex
    #[arg(add = crate::complete::names_of(Kind::Mutex))]
    name: String,
    #[command(flatten)]
    timeout: TimeoutArgs,
    /// The exit code when the timeout has passed, to tell it from those of COMMAND
    #[arg(
        long,
        value_name = "CODE",
        allow_hyphen_values = true,
        default_value_t = 1
    )]
    timeout_code: u8,
    #[command(flatten)]
    who: WhoArgs,
    /// What to run
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// What to run under which mutex, checked.
pub(crate) struct Config {
    name: Name,
    timeout: Option<Duration>,
    timeout_code: u8,
    security: Security,
    program: OsString,
    arguments: Vec<OsString>,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let mut words = args.command.into_iter();
        let Some(program) = words.next() else {
            return Err(Failure::new(ExitCode::Usage, "there is no command to run"));
        };
        Ok(Config {
            name: new_name(&args.name)?,
            timeout: args.timeout.timeout,
            timeout_code: args.timeout_code,
            security: args.who.security(),
            program,
            arguments: words.collect(),
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let mut waiter = Waiter::new()?;
    let options = Mutex::options().security(config.security);
    let (mutex, _) = options.open_or_create(&config.name)?;
    let name = config.name.to_string();
    let ended = match waiter.wait(&mutex, config.timeout)? {
        Waited::Taken(acquired) => {
            if acquired.is_abandoned() {
                output::note(&format!(
                    "the last owner of {name} ended without unlocking it: what it protects may be \
                     half-done"
                ));
            }
            let events = &mut waiter.events;
            let ended = run_command(&config.program, &config.arguments, events, || {});
            // Before any error is told: who ends with a mutex has abandoned it.
            mutex.release()?;
            ended
        }
        Waited::TimedOut => {
            let why = timed_out(config.timeout, &in_the_way(&mutex, &name));
            output::failure(&why);
            Ok(config.timeout_code.into())
        }
        Waited::Told(code) => Ok(code),
    };
    mutex.close()?;
    ended
}

/// Who has the mutex, as far as that is known.
fn in_the_way(mutex: &Mutex, name: &str) -> String {
    match mutex.owner() {
        Ok(Some(thread)) => {
            let owner = Owner::new(thread, &mut Programs::default());
            format!("mutex `{name}` is {}", owner.words())
        }
        _ => format!("mutex `{name}` was owned"),
    }
}
