//! In which kernel and which IPC namespace this process lives.

use std::io;
use std::sync::OnceLock;

use super::call;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Domain;

/// The domain of this process, asked once: the answer costs more than opening a section.
///
/// A process that moves to another IPC namespace (`unshare`, `setns`) keeps the first answer, so
/// it must do so before it uses this crate. Whoever finds that a link and the kernel disagree asks
/// again with [`ask`] before drawing a conclusion.
pub(super) fn current() -> Result<Domain> {
    static DOMAIN: OnceLock<Domain> = OnceLock::new();
    if let Some(domain) = DOMAIN.get() {
        return Ok(*domain);
    }
    let domain = ask()?;
    Ok(*DOMAIN.get_or_init(|| domain))
}

/// The domain of this thread, now.
pub(super) fn ask() -> Result<Domain> {
    const NAMESPACE: &str = "/proc/thread-self/ns/ipc";
    Ok(Domain {
        boot: boot()?,
        namespace: call::stat(c"/proc/thread-self/ns/ipc")
            .map_err(|error| fail(error, NAMESPACE))?
            .inode,
    })
}

/// The run of the kernel, asked once: a process has only one.
fn boot() -> Result<u64> {
    static BOOT: OnceLock<u64> = OnceLock::new();
    if let Some(boot) = BOOT.get() {
        return Ok(*boot);
    }
    const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
    let text = std::fs::read_to_string(BOOT_ID).map_err(|error| fail(error, BOOT_ID))?;
    let digits: String = text
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(16)
        .collect();
    let boot = u64::from_str_radix(&digits, 16)
        .map_err(|error| fail(io::Error::new(io::ErrorKind::InvalidData, error), BOOT_ID))?;
    Ok(*BOOT.get_or_init(|| boot))
}

fn fail(error: io::Error, what: &'static str) -> Error {
    Error::new(ErrorKind::Other, "find out the IPC namespace")
        .on(what)
        .with_hint("nshm needs a mounted /proc")
        .caused_by(error)
}
