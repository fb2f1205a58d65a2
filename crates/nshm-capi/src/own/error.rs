//! The error object: what `nshm::Error` says, as texts of C.

use std::error::Error as _;
use std::ffi::{CStr, CString, c_int};

use nshm::InvalidName;

use super::pointer::{Enumeration, Lent, Owned, Ref};
use super::status::Status;
use crate::boundary::guard;

/// Why a call failed, in words. Whoever passes a place for one gets NULL there on success and an
/// object on failure, and frees that with nshm_error_free().
pub struct Error {
    status: Status,
    message: CString,
    step: CString,
    name: Option<CString>,
    hint: Option<CString>,
    cause: Option<CString>,
    os_code: c_int,
    rule: NameRule,
}

/// Which rule a name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum NameRule {
    /// None: the failure was another one.
    None = 0,
    /// It is empty.
    Empty = 1,
    /// It has more than 260 UTF-16 units behind the prefix.
    TooLong = 2,
    /// It begins with a backslash.
    LeadingSeparator = 3,
    /// A backslash follows something else than "Global", "Local" or "Session\\NUMBER", written so.
    UnknownPrefix = 4,
    /// Nothing follows the prefix.
    MissingLeaf = 5,
    /// It is the bare word "Global", "Local" or "Session".
    Reserved = 6,
    /// It is not UTF-8.
    NotUtf8 = 7,
    /// A rule that this version of the library has no number for.
    Other = 8,
}

impl Enumeration for NameRule {
    const ALL: &'static [NameRule] = &[
        NameRule::None,
        NameRule::Empty,
        NameRule::TooLong,
        NameRule::LeadingSeparator,
        NameRule::UnknownPrefix,
        NameRule::MissingLeaf,
        NameRule::Reserved,
        NameRule::NotUtf8,
        NameRule::Other,
    ];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<InvalidName> for NameRule {
    fn from(rule: InvalidName) -> NameRule {
        match rule {
            InvalidName::Empty => NameRule::Empty,
            InvalidName::TooLong => NameRule::TooLong,
            InvalidName::LeadingSeparator => NameRule::LeadingSeparator,
            InvalidName::UnknownPrefix => NameRule::UnknownPrefix,
            InvalidName::MissingLeaf => NameRule::MissingLeaf,
            InvalidName::Reserved => NameRule::Reserved,
            // A text of C has no NUL inside, so `Nul` does not come.
            _ => NameRule::Other,
        }
    }
}

impl Error {
    /// An error that begins at this border.
    pub(crate) fn new(status: Status, step: &str, reason: &str) -> Error {
        Error {
            status,
            message: text_of(format!("failed to {step}: {reason}")),
            step: text_of(step),
            name: None,
            hint: None,
            cause: None,
            os_code: 0,
            rule: NameRule::None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: &CStr) -> Error {
        self.hint = Some(hint.to_owned());
        self
    }

    pub(crate) fn with_rule(mut self, rule: NameRule) -> Error {
        self.rule = rule;
        self
    }

    /// An error of the core.
    pub(crate) fn of_core(error: &nshm::Error) -> Error {
        Error {
            status: error.kind().into(),
            message: text_of(error.to_string()),
            step: text_of(error.step()),
            name: error.name().map(text_of),
            hint: error.hint().map(text_of),
            cause: error.source().map(|cause| text_of(cause.to_string())),
            os_code: error.raw_os_error().unwrap_or(0),
            rule: error.invalid_name().map_or(NameRule::None, NameRule::from),
        }
    }
}

/// A text for C, which ends at the first NUL.
pub(crate) fn text_of(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let end = error.nul_position();
        let mut bytes = error.into_vec();
        bytes.truncate(end);
        CString::new(bytes).unwrap_or_default()
    })
}

/// Runs the body of a function that looks at an error.
fn look<R>(error: &Ref<Error>, without: R, body: impl FnOnce(&Error) -> R) -> R
where
    R: Copy,
{
    guard(without, || error.get().map_or(without, body))
}

/// The status that the call has returned.
///
/// @param error May be NULL.
/// @return NSHM_STATUS_OK for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_status(error: Ref<Error>) -> Status {
    look(&error, Status::Ok, |error| error.status)
}

/// What happened, as one line of UTF-8: the step, the name, the reason.
///
/// @param error May be NULL.
/// @return A text that lives as long as the error; never NULL, but empty for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_message(error: Ref<Error>) -> Lent {
    look(&error, Lent::new(c""), |error| Lent::new(&error.message))
}

/// What was being done, in words that follow "failed to".
///
/// @param error May be NULL.
/// @return A text that lives as long as the error; never NULL, but empty for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_step(error: Ref<Error>) -> Lent {
    look(&error, Lent::new(c""), |error| Lent::new(&error.step))
}

/// The name, token or path that it happened to.
///
/// @param error May be NULL.
/// @return A text that lives as long as the error, or NULL where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_name(error: Ref<Error>) -> Lent {
    look(&error, Lent::null(), |error| error.name.as_deref().into())
}

/// What would mend it.
///
/// @param error May be NULL.
/// @return A text that lives as long as the error, or NULL where no cure is known.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_hint(error: Ref<Error>) -> Lent {
    look(&error, Lent::null(), |error| error.hint.as_deref().into())
}

/// The system's own words for what it refused; the message does not repeat them.
///
/// @param error May be NULL.
/// @return A text that lives as long as the error, or NULL where no call of the system failed.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_cause(error: Ref<Error>) -> Lent {
    look(&error, Lent::null(), |error| error.cause.as_deref().into())
}

/// The system's own code: errno on Linux, GetLastError() on Windows.
///
/// @param error May be NULL.
/// @return 0 where no call of the system failed.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_os_code(error: Ref<Error>) -> c_int {
    look(&error, 0, |error| error.os_code)
}

/// For NSHM_STATUS_INVALID_NAME: the rule that the name breaks.
///
/// @param error May be NULL.
/// @return NSHM_NAME_RULE_NONE for every other status.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_name_rule(error: Ref<Error>) -> NameRule {
    look(&error, NameRule::None, |error| error.rule)
}

/// Frees an error and its texts.
///
/// @param error May be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_error_free(error: Owned<Error>) {
    guard((), || drop(error.take()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_number_of_its_own() {
        for (index, rule) in NameRule::ALL.iter().enumerate() {
            assert_eq!(usize::try_from(rule.number()), Ok(index));
        }
    }

    #[test]
    fn a_text_ends_at_its_first_nul() {
        assert_eq!(&*text_of("a\0b"), c"a");
        assert_eq!(&*text_of("имя"), c"имя");
    }

    #[test]
    fn an_error_of_the_core_keeps_its_words() {
        let core = nshm::Name::new(r"Other\x").unwrap_err();
        let error = Error::of_core(&core);
        assert_eq!(error.status, Status::InvalidName);
        assert_eq!(error.message.to_str(), Ok(&*core.to_string()));
        assert_eq!(error.name.as_deref(), Some(c"Other\\x"));
        assert_eq!(error.rule, NameRule::UnknownPrefix);
        assert_eq!(error.os_code, 0);
    }
}
