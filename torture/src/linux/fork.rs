//! A child that goes on where its parent stands, without exec. The only file here with unsafe code.

use anyhow::{Result, ensure};
use nix::unistd::{self, ForkResult};

/// Which one a process is after a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Parent,
    Child,
}

/// Forks a process of one thread.
pub(crate) fn fork() -> Result<Side> {
    let threads = std::fs::read_dir("/proc/self/task")?.count();
    ensure!(threads == 1, "a process of {threads} threads must not fork");
    // SAFETY: no other thread holds a lock that the child would find locked for ever, as there was
    // none just now and only this one could have started it.
    Ok(match unsafe { unistd::fork() }? {
        ForkResult::Parent { .. } => Side::Parent,
        ForkResult::Child => Side::Child,
    })
}
