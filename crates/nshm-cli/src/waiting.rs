//! Waiting for an event, a mutex or a semaphore in such a way that a signal ends it in good order:
//! with nothing taken, and no stale name left.

use std::time::Duration;

use nshm::{Acquired, Name, Waitable, wait_any};

use crate::duration;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::os::{Event, Events};
use crate::output;
use crate::text::escape;

/// The words for how long to wait.
#[derive(Debug, clap::Args)]
pub(crate) struct TimeoutArgs {
    /// Wait no longer than this: 500ms, 10s, 2m; 0s asks without waiting [default: for ever]
    #[arg(
        long,
        value_name = "DURATION",
        allow_hyphen_values = true,
        value_parser = duration::parse
    )]
    pub(crate) timeout: Option<Duration>,
}

/// What to wait for and how long, checked.
pub(crate) struct Wait {
    pub(crate) name: Name,
    pub(crate) timeout: Option<Duration>,
}

impl Wait {
    pub(crate) fn new(name: &str, args: &TimeoutArgs) -> Result<Self> {
        Ok(Wait {
            name: Name::new(name)?,
            timeout: args.timeout,
        })
    }

    /// What a command that only waits comes to: it says `done`, or that the time has passed and
    /// `why` nothing was taken.
    pub(crate) fn tell(&self, waited: &Waited, done: &str, why: &str) -> Result<i32> {
        match waited {
            Waited::Taken(_) => {
                output::line(&escape(done))?;
                Ok(crate::DONE)
            }
            Waited::TimedOut => Err(timed_out(self.timeout, why)),
            Waited::Told(code) => Ok(*code),
        }
    }
}

/// Waits, and listens to signals meanwhile.
pub(crate) struct Waiter {
    pub(crate) events: Events,
    /// Set by every signal, so that one wait is for both.
    bell: nshm::Event,
}

/// How a wait ended.
pub(crate) enum Waited {
    Taken(Acquired),
    TimedOut,
    /// A signal asked for the end; this is the exit code.
    Told(i32),
}

impl Waiter {
    /// Begins to catch what asks this process to end.
    pub(crate) fn new() -> Result<Self> {
        let bell = nshm::Event::options().anonymous()?;
        let ring = bell.clone();
        let events = Events::catch_and(move || {
            // It fails only for one that somebody has destroyed on purpose.
            let _ = ring.set();
        })
        .map_err(|error| Failure::io("catch the signals that end it", error))?;
        Ok(Waiter { events, bell })
    }

    /// Waits for an object, takes it, and says so.
    pub(crate) fn wait(
        &mut self,
        object: &dyn Waitable,
        timeout: Option<Duration>,
    ) -> Result<Waited> {
        Ok(match wait_any(&[&self.bell, object], timeout)? {
            Some((0, _)) => Waited::Told(match self.events.early() {
                Some(Event::Signal(signal)) => 128 + signal,
                _ => ExitCode::Failure.number(),
            }),
            Some((_, acquired)) => Waited::Taken(acquired),
            None => Waited::TimedOut,
        })
    }
}

/// The failure of a wait that took too long; `why` says what is in its way.
pub(crate) fn timed_out(timeout: Option<Duration>, why: &str) -> Failure {
    let after = humantime::format_duration(timeout.unwrap_or_default());
    Failure::new(ExitCode::Failure, format!("timed out after {after}: {why}"))
}
