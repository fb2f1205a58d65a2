//! The one error of this crate, and the words for it.
//!
//! An error says which *step* failed on which *object*, why, and where we know one, the cure.
//! The operating system's own words are the [`source`](std::error::Error::source), so that a
//! program that prints the chain prints each fact once.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::io;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in a form a program can decide upon.
///
/// The kinds are the same on every system; [`Error::raw_os_error`] has the system's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No live object has this name.
    NotFound,
    /// A live object has this name already.
    AlreadyExists,
    /// The system refuses this user the access that was asked for.
    AccessDenied,
    /// Creating `Global\` names is a privilege here, and this user does not have it.
    PrivilegeNotHeld,
    /// The name breaks a rule of [`Name`](crate::Name); [`Error::invalid_name`] says which.
    InvalidName,
    /// The size is zero or missing.
    InvalidSize,
    /// An offset or a length reaches past the end.
    OutOfBounds,
    /// An offset is not a multiple of what the access needs.
    Misaligned,
    /// The addresses that were asked for are taken.
    AddressInUse,
    /// The name belongs to an object of another kind.
    WrongKind,
    /// The system cannot promise that much memory, or no address space has room for it.
    CommitLimit,
    /// The system's limit on the number of sections is reached.
    TooManySections,
    /// The name belongs to an object in another IPC namespace (another container, for example).
    ForeignNamespace,
    /// What lies under the name was not made by this crate, or was tampered with.
    Corrupt,
    /// The time that was allowed has passed.
    TimedOut,
    /// The calling thread does not own the mutex.
    NotOwner,
    /// The semaphore would count more than its maximum.
    TooManyPosts,
    /// The calling thread waits for itself: it has the lock that it asks for.
    WouldDeadlock,
    /// An argument breaks a rule that the documentation of the call names.
    InvalidArgument,
    /// This system cannot do what was asked for.
    Unsupported,
    /// Anything else; see [`Error::raw_os_error`].
    Other,
}

impl ErrorKind {
    /// Every kind, for programs that map them to numbers of their own.
    pub const ALL: [ErrorKind; 21] = [
        ErrorKind::NotFound,
        ErrorKind::AlreadyExists,
        ErrorKind::AccessDenied,
        ErrorKind::PrivilegeNotHeld,
        ErrorKind::InvalidName,
        ErrorKind::InvalidSize,
        ErrorKind::OutOfBounds,
        ErrorKind::Misaligned,
        ErrorKind::AddressInUse,
        ErrorKind::WrongKind,
        ErrorKind::CommitLimit,
        ErrorKind::TooManySections,
        ErrorKind::ForeignNamespace,
        ErrorKind::Corrupt,
        ErrorKind::TimedOut,
        ErrorKind::NotOwner,
        ErrorKind::TooManyPosts,
        ErrorKind::WouldDeadlock,
        ErrorKind::InvalidArgument,
        ErrorKind::Unsupported,
        ErrorKind::Other,
    ];

    fn words(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "no live object has this name",
            ErrorKind::AlreadyExists => "a live object has this name already",
            ErrorKind::AccessDenied => "access denied",
            ErrorKind::PrivilegeNotHeld => "creating Global\\ names is a privilege on this system",
            ErrorKind::InvalidName => "the name is not valid",
            ErrorKind::InvalidSize => "the size is not valid",
            ErrorKind::OutOfBounds => "out of bounds",
            ErrorKind::Misaligned => "misaligned offset",
            ErrorKind::AddressInUse => "the addresses are taken",
            ErrorKind::WrongKind => "the name belongs to an object of another kind",
            ErrorKind::CommitLimit => "the system cannot promise that much memory",
            ErrorKind::TooManySections => "the system's limit on the number of sections is reached",
            ErrorKind::ForeignNamespace => "the object lives in another IPC namespace",
            ErrorKind::Corrupt => "what lies under this name is not an object of nshm",
            ErrorKind::TimedOut => "timed out",
            ErrorKind::NotOwner => "this thread does not own the mutex",
            ErrorKind::TooManyPosts => "the semaphore would count more than its maximum",
            ErrorKind::WouldDeadlock => "this thread has the lock already",
            ErrorKind::InvalidArgument => "an argument is not valid",
            ErrorKind::Unsupported => "not supported on this system",
            ErrorKind::Other => "the system refused",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Which rule of [`Name`](crate::Name) a text breaks.
///
/// Windows answers each with an error number of its own, so they are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidName {
    /// The text is empty.
    Empty,
    /// The text contains a NUL character.
    Nul,
    /// More than 260 UTF-16 units follow the prefix.
    TooLong,
    /// The text begins with a backslash.
    LeadingSeparator,
    /// A backslash follows something that is not one of the prefixes `Global\`, `Local\`,
    /// `Session\<number>\`; they are case-sensitive.
    UnknownPrefix,
    /// A prefix with nothing behind it.
    MissingLeaf,
    /// The text is a bare `Global`, `Local` or `Session`, which are reserved.
    Reserved,
    /// What follows `posix:/` is no file name: it is empty, `.` or `..`, longer than 255 bytes, or
    /// has a slash.
    Posix,
}

impl InvalidName {
    fn words(self) -> &'static str {
        match self {
            InvalidName::Empty => "it is empty",
            InvalidName::Nul => "it contains a NUL character",
            InvalidName::TooLong => "it is longer than 260 UTF-16 units",
            InvalidName::LeadingSeparator => "it begins with a backslash",
            InvalidName::UnknownPrefix => {
                "a backslash may only follow the prefixes Global, Local and Session\\<number>, \
                 which are case-sensitive"
            }
            InvalidName::MissingLeaf => "nothing follows the prefix",
            InvalidName::Reserved => "Global, Local and Session are reserved words",
            InvalidName::Posix => {
                "the name of a POSIX object is one slash and 1 to 255 bytes without another slash"
            }
        }
    }
}

/// An error of any operation of this crate.
///
/// It prints as one line: the step, the object, the reason. [`Error::hint`] is a second line
/// where a cure is known.
///
/// ```
/// use nshm::{ErrorKind, Section};
///
/// let error = Section::open("nobody made this").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert!(error.to_string().contains("nobody made this"));
/// let io: std::io::Error = error.into();
/// assert_eq!(io.kind(), std::io::ErrorKind::NotFound);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    step: &'static str,
    object: Option<String>,
    detail: Option<Cow<'static, str>>,
    hint: Option<Cow<'static, str>>,
    invalid_name: Option<InvalidName>,
    os: Option<io::Error>,
}

impl Error {
    /// The kind, for decisions.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The system's own code: `errno` on Linux, `GetLastError()` on Windows. `None` where no
    /// system call failed.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.0.os.as_ref().and_then(io::Error::raw_os_error)
    }

    /// What was being done, in words that follow "failed to".
    pub fn step(&self) -> &str {
        self.0.step
    }

    /// The name (or the path) of the object, as the caller gave it.
    pub fn name(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// What would mend it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// For [`ErrorKind::InvalidName`]: the rule that was broken.
    pub fn invalid_name(&self) -> Option<InvalidName> {
        self.0.invalid_name
    }

    pub(crate) fn new(kind: ErrorKind, step: &'static str) -> Self {
        Error(Box::new(Inner {
            kind,
            step,
            object: None,
            detail: None,
            hint: None,
            invalid_name: None,
            os: None,
        }))
    }

    pub(crate) fn bad_name(reason: InvalidName, text: &str) -> Self {
        let mut error = Error::new(ErrorKind::InvalidName, "parse the name")
            .on(text)
            .detail(reason.words());
        error.0.invalid_name = Some(reason);
        error
    }

    pub(crate) fn out_of_bounds(offset: usize, len: usize, end: usize) -> Self {
        let detail = match len {
            _ if offset > end => format!("offset {offset} is behind the end at {end}"),
            1 => format!("1 byte at offset {offset} reaches past the end at {end}"),
            _ => format!("{len} bytes at offset {offset} reach past the end at {end}"),
        };
        Error::new(ErrorKind::OutOfBounds, "reach into the view").detail(detail)
    }

    /// Names the object, unless a more precise one is named already.
    pub(crate) fn on(mut self, object: impl fmt::Display) -> Self {
        if self.0.object.is_none() {
            self.0.object = Some(object.to_string());
        }
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn caused_by(mut self, os: io::Error) -> Self {
        self.0.os = Some(os);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to {}", self.0.step)?;
        if let Some(object) = &self.0.object {
            write!(f, " `{object}`")?;
        }
        match &self.0.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => write!(f, ": {}", self.0.kind),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        out.field("message", &self.to_string());
        if let Some(os) = &self.0.os {
            out.field("os", os);
        }
        if let Some(hint) = &self.0.hint {
            out.field("hint", hint);
        }
        out.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.os.as_ref().map(|os| os as _)
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::AlreadyExists => io::ErrorKind::AlreadyExists,
            ErrorKind::AccessDenied | ErrorKind::PrivilegeNotHeld | ErrorKind::NotOwner => {
                io::ErrorKind::PermissionDenied
            }
            ErrorKind::InvalidName
            | ErrorKind::InvalidSize
            | ErrorKind::OutOfBounds
            | ErrorKind::Misaligned
            | ErrorKind::InvalidArgument => io::ErrorKind::InvalidInput,
            ErrorKind::Corrupt => io::ErrorKind::InvalidData,
            ErrorKind::CommitLimit => io::ErrorKind::OutOfMemory,
            ErrorKind::TimedOut => io::ErrorKind::TimedOut,
            ErrorKind::WouldDeadlock => io::ErrorKind::Deadlock,
            ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::AddressInUse
            | ErrorKind::WrongKind
            | ErrorKind::TooManySections
            | ErrorKind::TooManyPosts
            | ErrorKind::ForeignNamespace
            | ErrorKind::Other => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_step_object_and_reason_once() {
        let error = Error::new(ErrorKind::NotFound, "open section").on("Global\\x");
        assert_eq!(
            error.to_string(),
            "failed to open section `Global\\x`: no live object has this name"
        );
    }

    #[test]
    fn the_first_object_named_stays() {
        let error = Error::new(ErrorKind::Other, "open section")
            .on("/dev/shm/nshm-0")
            .on("x");
        assert_eq!(error.name(), Some("/dev/shm/nshm-0"));
    }

    #[test]
    fn an_offset_behind_the_end_is_told_from_a_length_that_is_too_much() {
        for (offset, len, words) in [
            (9000, 0, "offset 9000 is behind the end at 8192"),
            (9000, 5, "offset 9000 is behind the end at 8192"),
            (
                8192,
                1,
                "1 byte at offset 8192 reaches past the end at 8192",
            ),
            (0, 9000, "9000 bytes at offset 0 reach past the end at 8192"),
        ] {
            let error = Error::out_of_bounds(offset, len, 8192).to_string();
            assert_eq!(error, format!("failed to reach into the view: {words}"));
        }
    }

    #[test]
    fn every_kind_has_words_of_its_own() {
        let mut words: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.words()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn becomes_an_io_error_that_keeps_it() {
        let os = io::Error::from_raw_os_error(13);
        let error = Error::new(ErrorKind::AccessDenied, "open section").caused_by(os);
        assert_eq!(error.raw_os_error(), Some(13));
        let io: io::Error = error.into();
        assert_eq!(io.kind(), io::ErrorKind::PermissionDenied);
        assert!(io.get_ref().is_some_and(|inner| inner.is::<Error>()));
    }
}
