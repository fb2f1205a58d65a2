//! Why a command did not do what it should, in words for people and as an exit code.

use std::error::Error as _;
use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::io;

use crate::exit_code::ExitCode;

/// A result whose error is [`Failure`].
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core says why.
    Core(nshm::Error),
    /// A file, a pipe or a process: what was done with it, and what the system said.
    Io { step: String, source: io::Error },
    /// In our own words.
    Said {
        code: ExitCode,
        text: String,
        hint: Option<String>,
    },
    /// Nobody reads our output any more: no error, and nothing to say.
    PipeClosed,
}

impl Failure {
    /// A failure in our own words.
    pub(crate) fn new(code: ExitCode, text: impl Into<String>) -> Self {
        Failure::Said {
            code,
            text: text.into(),
            hint: None,
        }
    }

    /// Adds what would mend it.
    pub(crate) fn with_hint(self, words: impl Into<String>) -> Self {
        match self {
            Failure::PipeClosed => Failure::PipeClosed,
            other => Failure::Said {
                code: other.code(),
                text: other.to_string(),
                hint: Some(words.into()),
            },
        }
    }

    /// A command could not be run.
    pub(crate) fn not_run(program: &OsStr, error: &io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::NotFound => ExitCode::CommandMissing,
            _ => ExitCode::CommandRefused,
        };
        Failure::new(
            code,
            format!("failed to run {}: {error}", program.display()),
        )
    }

    /// The system refused something; `step` follows "failed to".
    pub(crate) fn io(step: impl Into<String>, source: io::Error) -> Self {
        Failure::Io {
            step: step.into(),
            source,
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Core(error) => error.kind().into(),
            Failure::Io { .. } => ExitCode::Failure,
            Failure::Said { code, .. } => *code,
            Failure::PipeClosed => ExitCode::Success,
        }
    }

    /// What would mend it, where that is known.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Failure::Core(error) => error.hint(),
            Failure::Said { hint, .. } => hint.as_deref(),
            Failure::Io { .. } | Failure::PipeClosed => None,
        }
    }
}

impl From<nshm::Error> for Failure {
    fn from(error: nshm::Error) -> Self {
        Failure::Core(error)
    }
}

/// One line: the failure and, after colons, its causes.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Core(error) => f.write_str(&with_causes(error)),
            Failure::Io { step, source } => write!(f, "failed to {step}: {source}"),
            Failure::Said { text, .. } => f.write_str(text),
            Failure::PipeClosed => f.write_str("nobody reads the output"),
        }
    }
}

/// An error and, after colons, its causes.
pub(crate) fn with_causes(error: &nshm::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(words, ": {cause}");
        source = cause.source();
    }
    words
}
