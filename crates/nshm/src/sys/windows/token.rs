//! Tokens: how a section is handed to another process.
//!
//! A token says which process holds the section, and by which handle; who opens it copies the
//! handle. Ids of processes and values of handles are used again, so a token says more: when the
//! process was created, and a number that only this handle had. As long as the handle is open,
//! an event named after that number exists. Who has copied the handle and then still finds the
//! event has the right object.

use std::fmt;
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle};
use std::sync::atomic::{AtomicU64, Ordering};

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_INVALID_PARAMETER};

use super::call;
use super::error::{code, os_error};
use super::name::Wide;
use crate::error::{Error, ErrorKind, Result};
use crate::name::parse_decimal;

const STEP: &str = "open the section of the token";

/// The first field of every token of this version.
const MAGIC: &str = "nshm1w";

/// Begins the leaf of a lease; the process, its birth and a number follow.
const LEASE: &str = "nshm-token-";

/// Whether a leaf is that of a lease, which is nobody's event but this file's.
pub(super) fn is_lease(leaf: &str) -> bool {
    leaf.strip_prefix(LEASE).is_some_and(|rest| {
        let mut fields = rest.split('.');
        let mut is_number = || {
            fields
                .next()
                .and_then(|field| parse_decimal(field.as_bytes()))
        };
        [is_number(), is_number(), is_number()]
            .iter()
            .all(Option::is_some)
            && fields.next().is_none()
    })
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pid: u32,
    /// When the process was created, in units of 100 ns.
    created: u64,
    handle: u32,
    /// Which lease of the process.
    number: u64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{MAGIC}:{}.{}:{}.{}",
            self.pid, self.created, self.handle, self.number
        )
    }
}

impl Token {
    /// Reads a token; `None` for any text that [`Display`](fmt::Display) never gives.
    pub(super) fn parse(text: &str) -> Option<Token> {
        let (process, handle) = text
            .strip_prefix(MAGIC)?
            .strip_prefix(':')?
            .split_once(':')?;
        let (pid, created) = process.split_once('.')?;
        let (handle, number) = handle.split_once('.')?;
        Some(Token {
            pid: parse_decimal(pid.as_bytes())?.try_into().ok()?,
            created: parse_decimal(created.as_bytes())?,
            handle: parse_decimal(handle.as_bytes())?.try_into().ok()?,
            number: parse_decimal(number.as_bytes())?,
        })
    }

    /// The name of the event that lives as long as the token is good.
    fn lease_name(&self, session: u32) -> Wide {
        Wide::new(&format!(
            r"Session\{session}\{LEASE}{}.{}.{}",
            self.pid, self.created, self.number
        ))
    }

    /// Copies the handle that the token means. `take` does so with the rights that it wants.
    pub(super) fn redeem(
        &self,
        take: impl FnOnce(&dyn Fn(u32) -> io::Result<OwnedHandle>) -> io::Result<OwnedHandle>,
    ) -> Result<OwnedHandle> {
        let gone = || Error::new(ErrorKind::NotFound, STEP).detail("its section has gone");
        let fail = |error| os_error(ErrorKind::Other, STEP, error);
        let process = match call::open_process(self.pid) {
            Ok(process) => process,
            Err(error) if code(&error) == ERROR_INVALID_PARAMETER => return Err(gone()),
            Err(error) => {
                return Err(fail(error).with_hint(
                    "only who may copy handles of the process that gave the token can use it",
                ));
            }
        };
        if call::process_creation_time(process.as_handle()).map_err(fail)? != self.created {
            return Err(gone());
        }
        let copy =
            take(&|rights| call::duplicate_from(process.as_handle(), self.handle as usize, rights));
        // Only now: what was copied while the event is there was copied from the right handle.
        match call::session_of(self.pid).and_then(|session| self.look_for_lease(session)) {
            Ok(true) => copy.map_err(fail),
            Ok(false) => Err(gone()),
            Err(error) => Err(fail(error)),
        }
    }

    fn look_for_lease(&self, session: u32) -> io::Result<bool> {
        match call::open_event(&self.lease_name(session)) {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == ERROR_FILE_NOT_FOUND => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What makes a token good. It must be given up before the handle that it stands for.
#[derive(Debug)]
pub(super) struct Lease {
    token: Token,
    #[allow(dead_code, reason = "held, so that others find it")]
    event: OwnedHandle,
}

impl Lease {
    /// A lease on a handle of this process.
    pub(super) fn new(section: BorrowedHandle<'_>) -> io::Result<Lease> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let pid = std::process::id();
        let token = Token {
            pid,
            created: call::own_creation_time()?,
            // Handles have 32 significant bits, so that 32-bit programs can have them.
            handle: section.as_raw_handle().addr() as u32,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        };
        let event = call::create_event(&token.lease_name(call::session_of(pid)?))?;
        Ok(Lease { token, event })
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_are_told_from_other_leaves() {
        assert!(is_lease("nshm-token-1234.133500000000000000.7"));
        for leaf in [
            "nshm-token-",
            "nshm-token-1.2",
            "nshm-token-1.2.3.4",
            "nshm-token-1.2.x",
        ] {
            assert!(!is_lease(leaf), "{leaf}");
        }
    }

    #[test]
    fn golden() {
        let text = "nshm1w:1234.133500000000000000:420.7";
        let token = Token {
            pid: 1234,
            created: 133_500_000_000_000_000,
            handle: 420,
            number: 7,
        };
        assert_eq!(token.to_string(), text);
        assert_eq!(Token::parse(text), Some(token));
        for bad in [
            "",
            "nshm1w",
            "nshm1w:",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-:x",
            "nshm2w:1234.133500000000000000:420.7",
            "nshm1w:01234.133500000000000000:420.7",
            "nshm1w:1234.133500000000000000:420",
            "nshm1w:1234:420.7",
            "nshm1w:4294967296.1:420.7",
            "nshm1w:1.1:4294967296.7",
            "nshm1w:1.1:1.7 ",
            "nshm1w:1.1:-1.7",
            "nshm1w:1.1:1.7:1",
        ] {
            assert_eq!(Token::parse(bad), None, "{bad:?}");
        }
    }
}
