//! The last error of each thread, and which error number of Windows says what went wrong.

use std::cell::Cell;
use std::io;

use nshm::{Disposition, Error, ErrorKind, InvalidName};
use rustix::io::Errno;

use super::boundary::guard;
use super::types::{BOOL, FALSE, TRUE};
use super::winerror::*;

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// `GetLastError`
pub(crate) fn get() -> u32 {
    LAST.get()
}

/// `SetLastError`
pub(crate) fn set(error: Win32Error) {
    LAST.set(error.0);
}

/// What is said after a creation that succeeded: whether the object was there before.
pub(crate) fn set_by(disposition: Disposition) {
    set(match disposition {
        Disposition::Created => ERROR_SUCCESS,
        Disposition::Opened => ERROR_ALREADY_EXISTS,
    });
}

/// Runs the body of an exported function. An error becomes the last error, and `failed` the answer.
/// The last error of who succeeds stays as it was.
pub(crate) fn or<R: Copy>(failed: R, body: impl FnOnce() -> Result<R>) -> R {
    guard(Err(ERROR_INTERNAL_ERROR), body).unwrap_or_else(|error| {
        set(error);
        failed
    })
}

/// The same for functions that say only whether they succeeded.
pub(crate) fn or_false(body: impl FnOnce() -> Result<()>) -> BOOL {
    or(FALSE, || body().map(|()| TRUE))
}

impl From<Error> for Win32Error {
    fn from(error: Error) -> Self {
        match (error.kind(), error.invalid_name(), error.raw_os_error()) {
            (ErrorKind::InvalidName, Some(rule), _) => rule.into(),
            (ErrorKind::Other, _, Some(number)) => Errno::from_raw_os_error(number).into(),
            (kind, _, _) => kind.into(),
        }
    }
}

impl From<ErrorKind> for Win32Error {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotFound => ERROR_FILE_NOT_FOUND,
            ErrorKind::AlreadyExists => ERROR_ALREADY_EXISTS,
            // Windows says 5 of a missing SeCreateGlobalPrivilege too.
            ErrorKind::AccessDenied | ErrorKind::PrivilegeNotHeld => ERROR_ACCESS_DENIED,
            ErrorKind::InvalidName => ERROR_INVALID_NAME,
            ErrorKind::InvalidSize => ERROR_INVALID_PARAMETER,
            // STATUS_INVALID_VIEW_SIZE
            ErrorKind::OutOfBounds => ERROR_ACCESS_DENIED,
            ErrorKind::Misaligned => ERROR_MAPPED_ALIGNMENT,
            ErrorKind::AddressInUse => ERROR_INVALID_ADDRESS,
            ErrorKind::WrongKind => ERROR_INVALID_HANDLE,
            ErrorKind::CommitLimit => ERROR_COMMITMENT_LIMIT,
            ErrorKind::TooManySections => ERROR_NO_SYSTEM_RESOURCES,
            // There, but out of reach: not 2, or the caller would believe the name to be free.
            ErrorKind::ForeignNamespace => ERROR_ACCESS_DENIED,
            ErrorKind::Corrupt => ERROR_FILE_CORRUPT,
            ErrorKind::TimedOut => ERROR_TIMEOUT,
            ErrorKind::Unsupported => ERROR_NOT_SUPPORTED,
            ErrorKind::NotOwner => ERROR_NOT_OWNER,
            ErrorKind::TooManyPosts => ERROR_TOO_MANY_POSTS,
            ErrorKind::WouldDeadlock => ERROR_POSSIBLE_DEADLOCK,
            ErrorKind::InvalidArgument => ERROR_INVALID_PARAMETER,
            _ => ERROR_NOT_ENOUGH_MEMORY,
        }
    }
}

impl From<InvalidName> for Win32Error {
    fn from(rule: InvalidName) -> Self {
        match rule {
            InvalidName::TooLong => ERROR_FILENAME_EXCED_RANGE,
            InvalidName::LeadingSeparator => ERROR_BAD_PATHNAME,
            InvalidName::UnknownPrefix => ERROR_PATH_NOT_FOUND,
            // These words are directories of the object name space on Windows, so they name
            // objects of another kind.
            InvalidName::Reserved | InvalidName::Empty => ERROR_INVALID_HANDLE,
            _ => ERROR_INVALID_NAME,
        }
    }
}

/// What went wrong with a file.
impl From<io::Error> for Win32Error {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(number) => Errno::from_raw_os_error(number).into(),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof => ERROR_HANDLE_EOF,
                io::ErrorKind::InvalidInput => ERROR_INVALID_PARAMETER,
                _ => ERROR_IO_DEVICE,
            },
        }
    }
}

impl From<Errno> for Win32Error {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT => ERROR_FILE_NOT_FOUND,
            Errno::NOTDIR => ERROR_PATH_NOT_FOUND,
            Errno::MFILE | Errno::NFILE => ERROR_TOO_MANY_OPEN_FILES,
            Errno::ACCESS | Errno::PERM | Errno::ISDIR => ERROR_ACCESS_DENIED,
            Errno::ROFS => ERROR_WRITE_PROTECT,
            Errno::BADF => ERROR_INVALID_HANDLE,
            Errno::NOMEM => ERROR_NOT_ENOUGH_MEMORY,
            Errno::TXTBSY | Errno::BUSY => ERROR_SHARING_VIOLATION,
            Errno::EXIST => ERROR_FILE_EXISTS,
            Errno::INVAL | Errno::SPIPE => ERROR_INVALID_PARAMETER,
            Errno::NOSPC | Errno::DQUOT => ERROR_DISK_FULL,
            Errno::NAMETOOLONG => ERROR_FILENAME_EXCED_RANGE,
            Errno::FBIG => ERROR_FILE_TOO_LARGE,
            Errno::PIPE => ERROR_NO_DATA,
            Errno::FAULT => ERROR_NOACCESS,
            Errno::NXIO | Errno::NODEV => ERROR_NOT_READY,
            Errno::LOOP => ERROR_CANT_RESOLVE_FILENAME,
            Errno::OPNOTSUPP | Errno::NOSYS => ERROR_NOT_SUPPORTED,
            _ => ERROR_IO_DEVICE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_sets_it_and_success_leaves_it() {
        set(Win32Error(1234));
        assert_eq!(or_false(|| Ok(())), TRUE);
        assert_eq!(get(), 1234);
        assert_eq!(or_false(|| Err(ERROR_ACCESS_DENIED)), FALSE);
        assert_eq!(get(), 5);
        assert_eq!(or(7, || panic!("a bug")), 7);
        assert_eq!(get(), ERROR_INTERNAL_ERROR.0);
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(get(), 0, "each thread has its own"));
        });
    }

    /// Every kind has a number, chosen here and not by the arm for kinds to come.
    #[test]
    fn every_kind_has_its_number() {
        for kind in ErrorKind::ALL {
            let expected = match kind {
                ErrorKind::NotFound => 2,
                ErrorKind::AlreadyExists => 183,
                ErrorKind::AccessDenied => 5,
                ErrorKind::PrivilegeNotHeld => 5,
                ErrorKind::InvalidName => 123,
                ErrorKind::InvalidSize => 87,
                ErrorKind::OutOfBounds => 5,
                ErrorKind::Misaligned => 1132,
                ErrorKind::AddressInUse => 487,
                ErrorKind::WrongKind => 6,
                ErrorKind::CommitLimit => 1455,
                ErrorKind::TooManySections => 1450,
                ErrorKind::ForeignNamespace => 5,
                ErrorKind::Corrupt => 1392,
                ErrorKind::TimedOut => 1460,
                ErrorKind::Unsupported => 50,
                ErrorKind::NotOwner => 288,
                ErrorKind::TooManyPosts => 298,
                ErrorKind::WouldDeadlock => 1131,
                ErrorKind::InvalidArgument => 87,
                ErrorKind::Other => 8,
                _ => panic!("{kind:?} has no number yet"),
            };
            assert_eq!(Win32Error::from(kind), Win32Error(expected), "{kind:?}");
            assert!(Win32Error::from(kind).words().is_some(), "{kind:?}");
        }
    }

    /// The numbers for names, as Windows tells them apart.
    #[test]
    fn every_broken_rule_of_names_has_its_number() {
        let rules = [
            ("Local", 6),
            (r"local\x", 3),
            (r"a\b", 3),
            (r"\x", 161),
            (r"Local\", 123),
            (r"Local\\x", 123),
            (&"n".repeat(261), 206),
        ];
        for (name, number) in rules {
            let error = nshm::Name::new(name).expect_err(name);
            assert_eq!(Win32Error::from(error), Win32Error(number), "{name}");
        }
    }
}
