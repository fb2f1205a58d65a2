//! The exit codes: what each number means, and which error gives which.

use nshm::ErrorKind;

/// The exit codes of `nshm`. Scripts rely on the numbers: they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// Done.
    Success = 0,
    /// Anything else went wrong; also a wait that timed out.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Nothing alive has the name.
    NotFound = 3,
    /// Something alive has the name already.
    AlreadyExists = 4,
    /// This user may not do it.
    AccessDenied = 5,
    /// A command that was to be run is there and cannot be.
    CommandRefused = 126,
    /// A command that was to be run is not there.
    CommandMissing = 127,
}

/// The same for people; the end of `nshm --help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  failure; also a wait that timed out, a removal that was not confirmed, what is
     compared and differs, and an object that is of another kind than the one to be opened
  2  the command line is wrong (also: a name, a size or a count that cannot be)
  3  nothing alive has the name
  4  something alive has the name already, of whatever kind
  5  access denied
Where -- COMMAND is run, its exit code is the exit code; 127 if there is no such command, 126 if it
cannot be run. A live view that a signal ends, and a wait for an event, a mutex or a semaphore, end
with 128 and its number.";

impl ExitCode {
    /// The number that the process ends with.
    pub(crate) const fn number(self) -> i32 {
        self as i32
    }
}

impl From<ErrorKind> for ExitCode {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotFound => ExitCode::NotFound,
            ErrorKind::AlreadyExists => ExitCode::AlreadyExists,
            ErrorKind::AccessDenied | ErrorKind::PrivilegeNotHeld => ExitCode::AccessDenied,
            ErrorKind::InvalidName | ErrorKind::InvalidArgument => ExitCode::Usage,
            // Sizes on the command line are checked there: this is one that was found.
            ErrorKind::InvalidSize
            | ErrorKind::OutOfBounds
            | ErrorKind::Misaligned
            | ErrorKind::AddressInUse
            | ErrorKind::WrongKind
            | ErrorKind::CommitLimit
            | ErrorKind::TooManySections
            | ErrorKind::ForeignNamespace
            | ErrorKind::Corrupt
            | ErrorKind::TimedOut
            | ErrorKind::NotOwner
            | ErrorKind::TooManyPosts
            | ErrorKind::WouldDeadlock
            | ErrorKind::Unsupported
            | ErrorKind::Other => ExitCode::Failure,
            // The kinds may grow.
            _ => ExitCode::Failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_exit_code() {
        for kind in ErrorKind::ALL {
            let expected = match kind {
                ErrorKind::NotFound => 3,
                ErrorKind::AlreadyExists => 4,
                ErrorKind::AccessDenied | ErrorKind::PrivilegeNotHeld => 5,
                ErrorKind::InvalidName | ErrorKind::InvalidArgument => 2,
                _ => 1,
            };
            assert_eq!(ExitCode::from(kind).number(), expected, "{kind:?}");
        }
    }

    #[test]
    fn the_help_lists_every_code() {
        let codes = [
            ExitCode::Success,
            ExitCode::Failure,
            ExitCode::Usage,
            ExitCode::NotFound,
            ExitCode::AlreadyExists,
            ExitCode::AccessDenied,
        ];
        for (number, code) in codes.into_iter().enumerate() {
            assert_eq!(usize::try_from(code.number()), Ok(number));
            assert!(HELP.contains(&format!("\n  {number}  ")));
        }
    }
}
