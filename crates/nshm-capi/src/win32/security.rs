//! What security attributes say: whom a new object admits, and whether its handle is inherited.

use nshm::Security;
use rustix::fs::Mode;

use super::boundary::In;
use super::types::{
    ACL, ACL_REVISIONS, FALSE, SE_DACL_PRESENT, SE_SELF_RELATIVE, SECURITY_ATTRIBUTES,
    SECURITY_DESCRIPTOR, SECURITY_DESCRIPTOR_REVISION,
};
use super::winerror::*;

/// Whom a new object admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// What the system gives by default: its creator's user.
    Default,
    /// No list: everybody, for everything.
    Everyone,
    /// An empty list: nobody, its owner included. Handles that are open keep working.
    Nobody,
}

/// Whether the handle is inherited, and whom the object admits if it is new.
///
/// # Errors
/// 1305 for a descriptor of an unknown revision, 1336 for a list that is none, 50 for what cannot
/// be said with the permissions of Linux.
pub(crate) fn read(attributes: In<SECURITY_ATTRIBUTES>) -> Result<(bool, Protection)> {
    let Some(attributes) = attributes.get() else {
        return Ok((false, Protection::Default));
    };
    let protection = match attributes.lpSecurityDescriptor.get() {
        None => Protection::Default,
        Some(descriptor) => protection_of(&descriptor)?,
    };
    Ok((attributes.bInheritHandle != FALSE, protection))
}

fn protection_of(descriptor: &SECURITY_DESCRIPTOR) -> Result<Protection> {
    if descriptor.Revision != SECURITY_DESCRIPTOR_REVISION {
        return Err(ERROR_UNKNOWN_REVISION);
    }
    if descriptor.Control & SE_DACL_PRESENT == 0 {
        return Ok(Protection::Default);
    }
    if descriptor.Control & SE_SELF_RELATIVE != 0 {
        // Nothing that this layer declares makes one.
        return Err(ERROR_NOT_SUPPORTED);
    }
    match descriptor.Dacl.get() {
        None => Ok(Protection::Everyone),
        Some(list) => protection_by(&list),
    }
}

fn protection_by(list: &ACL) -> Result<Protection> {
    if !ACL_REVISIONS.contains(&u32::from(list.AclRevision)) {
        return Err(ERROR_INVALID_ACL);
    }
    match list.AceCount {
        0 => Ok(Protection::Nobody),
        // Who may do what is said by users of Windows, and Linux has others.
        _ => Err(ERROR_NOT_SUPPORTED),
    }
}

impl Protection {
    /// The same for an object that has a name.
    pub(crate) fn security(self) -> Security {
        match self {
            Protection::Default => Security::owner(),
            Protection::Everyone => Security::everyone(),
            Protection::Nobody => Security::nobody(),
        }
    }

    /// The same for a file; `None` for what the system gives by default.
    pub(crate) fn file_mode(self) -> Option<Mode> {
        match self {
            Protection::Default => None,
            Protection::Everyone => Some(Mode::from_raw_mode(0o666)),
            Protection::Nobody => Some(Mode::empty()),
        }
    }
}
