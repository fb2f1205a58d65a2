//! How a function answers: a status for the caller's `if`, the result in its place, and an error
//! object for who asked for one.

use std::ffi::CStr;

use nshm::{Name, Namespace};

use super::error::{Error, NameRule};
use super::options::Options;
use super::pointer::{Out, Owned, Text};
use super::status::Status;
use crate::boundary::guard;

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core says so.
    Core(nshm::Error),
    /// An argument cannot be; the words say which.
    Argument(&'static str),
    /// A name is not UTF-8.
    NameNotUtf8,
    /// A view is for reading only.
    ReadOnlyView,
    /// We have panicked.
    Bug,
}

impl Failure {
    fn status(&self) -> Status {
        match self {
            Failure::Core(error) => error.kind().into(),
            Failure::Argument(_) => Status::InvalidArgument,
            Failure::NameNotUtf8 => Status::InvalidName,
            Failure::ReadOnlyView => Status::AccessDenied,
            Failure::Bug => Status::Internal,
        }
    }

    /// The same as an object.
    fn object(&self) -> Error {
        let status = self.status();
        match self {
            Failure::Core(error) => Error::of_core(error),
            Failure::Argument(what) => Error::new(status, "read the arguments", what),
            Failure::NameNotUtf8 => {
                Error::new(status, "parse the name", "it is not UTF-8").with_rule(NameRule::NotUtf8)
            }
            Failure::ReadOnlyView => {
                Error::new(status, "write into the view", "it is for reading only")
                    .with_hint(c"map it with nshm_view_map")
            }
            Failure::Bug => Error::new(status, "do it", "this is a bug in nshm"),
        }
    }
}

impl From<nshm::Error> for Failure {
    fn from(error: nshm::Error) -> Self {
        Failure::Core(error)
    }
}

/// Runs the body of a function that gives no object, and answers.
pub(crate) fn answer(
    mut error: Out<Owned<Error>>,
    body: impl FnOnce() -> Result<(), Failure>,
) -> Status {
    // Nothing is made for who does not ask: a failure may be what a caller expects.
    match guard(Err(Failure::Bug), body) {
        Ok(()) => {
            error.set(Owned::null());
            Status::Ok
        }
        Err(failure) => {
            if !error.is_null() {
                error.set(Owned::new(failure.object()));
            }
            failure.status()
        }
    }
}

/// Runs the body of a function that gives an object, puts that into its place, and answers.
pub(crate) fn answer_with<T>(
    mut place: Out<Owned<T>>,
    error: Out<Owned<Error>>,
    body: impl FnOnce() -> Result<T, Failure>,
) -> Status {
    place.set(Owned::null());
    answer(error, || {
        a_place(&place)?;
        place.set(Owned::new(body()?));
        Ok(())
    })
}

/// An argument that must be there.
pub(crate) fn needed<T>(argument: Option<T>, missing: &'static str) -> Result<T, Failure> {
    argument.ok_or(Failure::Argument(missing))
}

/// The place of a result, which must be there.
pub(crate) fn a_place<T>(place: &Out<T>) -> Result<(), Failure> {
    match place.is_null() {
        true => Err(Failure::Argument("there is no place for the result")),
        false => Ok(()),
    }
}

/// The name that a text means: a leaf where the options say a namespace.
pub(crate) fn name(text: &Text, options: Option<&Options>) -> Result<Name, Failure> {
    let text = needed(text.get(), "the name is NULL")?;
    let text = text.to_str().map_err(|_| Failure::NameNotUtf8)?;
    let name = match options.and_then(Options::namespace) {
        Some(namespace) => namespace.name(text)?,
        None => Name::new(text)?,
    };
    Ok(name)
}

/// The namespace in the directory that a text names.
pub(crate) fn namespace(dir: &Text) -> Result<Namespace, Failure> {
    let dir = needed(dir.get(), "the directory is NULL")?;
    Ok(Namespace::new(utf8(dir, "the directory is not UTF-8")?))
}

/// A text that must be UTF-8.
pub(crate) fn utf8<'t>(text: &'t CStr, is_not: &'static str) -> Result<&'t str, Failure> {
    text.to_str().map_err(|_| Failure::Argument(is_not))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with what `body` does; gives the status, whether there is an object, the error.
    fn ask(body: impl FnOnce() -> Result<u8, Failure>) -> (Status, bool, Option<Error>) {
        let (mut place, mut error) = (Owned::null(), Owned::null());
        let status = answer_with(Out::to(&mut place), Out::to(&mut error), body);
        (status, place.take().is_some(), error.take())
    }

    #[test]
    fn success_gives_the_object_and_no_error() {
        let (status, object, error) = ask(|| Ok(1));
        assert_eq!(status, Status::Ok);
        assert!(object && error.is_none());
    }

    #[test]
    fn a_failure_gives_an_error_and_no_object() {
        let (status, object, error) = ask(|| Err(Failure::NameNotUtf8));
        assert_eq!(status, Status::InvalidName);
        assert!(!object && error.is_some());
    }

    #[test]
    fn a_panic_is_a_failure() {
        let (status, object, error) = ask(|| panic!("a bug, for a test"));
        assert_eq!(status, Status::Internal);
        assert!(!object && error.is_some());
    }
}
