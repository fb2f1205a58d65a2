//! What a call came to, as a number that stays for ever.

use std::ffi::{CStr, c_int};

use nshm::ErrorKind;

use super::pointer::{Choice, Enumeration, Lent};

/// What a call came to. NSHM_STATUS_OK is 0; every other value is a failure.
///
/// The numbers stay as they are for ever. Later versions may add some, so have a default case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Status {
    /// It was done.
    Ok = 0,
    /// No live object has this name.
    NotFound = 1,
    /// A live object has this name already.
    AlreadyExists = 2,
    /// The system refuses this user the access, or a handle or view is for reading only.
    AccessDenied = 3,
    /// Creating "Global\\" names is a privilege on this system, and this user does not have it.
    PrivilegeNotHeld = 4,
    /// The name breaks a rule; nshm_error_name_rule() says which.
    InvalidName = 5,
    /// The size is zero.
    InvalidSize = 6,
    /// An offset or a length reaches past the end.
    OutOfBounds = 7,
    /// An offset is not a multiple of what the access needs.
    Misaligned = 8,
    /// The name belongs to an object of another kind.
    WrongKind = 9,
    /// The system cannot promise that much memory.
    CommitLimit = 10,
    /// The system's limit on the number of sections is reached.
    TooManySections = 11,
    /// The object lives in another IPC namespace: another container, for example.
    ForeignNamespace = 12,
    /// What lies under the name, or the token, was not made by nshm or was tampered with.
    Corrupt = 13,
    /// The time that was allowed has passed.
    TimedOut = 14,
    /// This system cannot do what was asked for.
    Unsupported = 15,
    /// Anything else; see nshm_error_os_code().
    Other = 16,
    /// An argument cannot be: NULL where there must be something, a text other than a name that is
    /// not UTF-8, a number that its enumeration does not have.
    InvalidArgument = 17,
    /// A bug in nshm. Nothing was done that could be relied on.
    Internal = 18,
    /// The addresses that were asked for are taken.
    AddressInUse = 19,
    /// This thread does not own the mutex.
    NotOwner = 20,
    /// The semaphore would count more than its maximum.
    TooManyPosts = 21,
    /// This thread has the lock already.
    WouldDeadlock = 22,
}

impl Status {
    /// The words for it.
    fn words(self) -> &'static CStr {
        match self {
            Status::Ok => c"done",
            Status::NotFound => c"no live object has this name",
            Status::AlreadyExists => c"a live object has this name already",
            Status::AccessDenied => c"access denied",
            Status::PrivilegeNotHeld => c"creating Global\\ names is a privilege on this system",
            Status::InvalidName => c"the name is not valid",
            Status::InvalidSize => c"the size is not valid",
            Status::OutOfBounds => c"out of bounds",
            Status::Misaligned => c"misaligned offset",
            Status::WrongKind => c"the name belongs to an object of another kind",
            Status::CommitLimit => c"the system cannot promise that much memory",
            Status::TooManySections => c"the system's limit on the number of sections is reached",
            Status::ForeignNamespace => c"the object lives in another IPC namespace",
            Status::Corrupt => c"what lies under this name is not an object of nshm",
            Status::TimedOut => c"timed out",
            Status::Unsupported => c"not supported on this system",
            Status::Other => c"the system refused",
            Status::InvalidArgument => c"an argument is not valid",
            Status::Internal => c"a bug in nshm",
            Status::AddressInUse => c"the addresses are taken",
            Status::NotOwner => c"this thread does not own the mutex",
            Status::TooManyPosts => c"the semaphore would count more than its maximum",
            Status::WouldDeadlock => c"this thread has the lock already",
        }
    }
}

impl Enumeration for Status {
    const ALL: &'static [Status] = &[
        Status::Ok,
        Status::NotFound,
        Status::AlreadyExists,
        Status::AccessDenied,
        Status::PrivilegeNotHeld,
        Status::InvalidName,
        Status::InvalidSize,
        Status::OutOfBounds,
        Status::Misaligned,
        Status::WrongKind,
        Status::CommitLimit,
        Status::TooManySections,
        Status::ForeignNamespace,
        Status::Corrupt,
        Status::TimedOut,
        Status::Unsupported,
        Status::Other,
        Status::InvalidArgument,
        Status::Internal,
        Status::AddressInUse,
        Status::NotOwner,
        Status::TooManyPosts,
        Status::WouldDeadlock,
    ];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<ErrorKind> for Status {
    fn from(kind: ErrorKind) -> Status {
        match kind {
            ErrorKind::NotFound => Status::NotFound,
            ErrorKind::AlreadyExists => Status::AlreadyExists,
            ErrorKind::AccessDenied => Status::AccessDenied,
            ErrorKind::PrivilegeNotHeld => Status::PrivilegeNotHeld,
            ErrorKind::InvalidName => Status::InvalidName,
            ErrorKind::InvalidSize => Status::InvalidSize,
            ErrorKind::OutOfBounds => Status::OutOfBounds,
            ErrorKind::Misaligned => Status::Misaligned,
            ErrorKind::AddressInUse => Status::AddressInUse,
            ErrorKind::WrongKind => Status::WrongKind,
            ErrorKind::CommitLimit => Status::CommitLimit,
            ErrorKind::TooManySections => Status::TooManySections,
            ErrorKind::ForeignNamespace => Status::ForeignNamespace,
            ErrorKind::Corrupt => Status::Corrupt,
            ErrorKind::TimedOut => Status::TimedOut,
            ErrorKind::Unsupported => Status::Unsupported,
            ErrorKind::NotOwner => Status::NotOwner,
            ErrorKind::TooManyPosts => Status::TooManyPosts,
            ErrorKind::WouldDeadlock => Status::WouldDeadlock,
            ErrorKind::InvalidArgument => Status::InvalidArgument,
            _ => Status::Other,
        }
    }
}

/// A few words for a status: what it means in general. The message of an nshm_error says more.
///
/// @param status Any value, also one that this version does not know.
/// @return A text, never NULL. It lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_status_text(status: Choice<Status>) -> Lent {
    let known = status.get();
    Lent::new(known.map_or(c"an unknown status", Status::words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_first_version() {
        let numbers: Vec<(&str, c_int)> = Status::ALL
            .iter()
            .map(|status| (status.words().to_str().unwrap(), *status as c_int))
            .collect();
        for (index, (words, number)) in numbers.iter().enumerate() {
            assert_eq!(index, usize::try_from(*number).unwrap(), "{words}");
            assert!(numbers[..index].iter().all(|(other, _)| other != words));
        }
        let golden = [
            (Status::NotFound, 1),
            (Status::CommitLimit, 10),
            (Status::Other, 16),
            (Status::Internal, 18),
        ];
        for (status, number) in golden {
            assert_eq!(status as c_int, number);
        }
    }

    #[test]
    fn every_kind_of_error_has_a_status_of_its_own_and_its_words() {
        let mut seen = Vec::new();
        for kind in ErrorKind::ALL {
            let status = Status::from(kind);
            let is_other = kind == ErrorKind::Other;
            assert_eq!(status == Status::Other, is_other, "{kind:?} has no number");
            assert!(!seen.contains(&status), "{kind:?} shares {status:?}");
            assert_eq!(status.words().to_str(), Ok(&*kind.to_string()));
            seen.push(status);
        }
    }
}
