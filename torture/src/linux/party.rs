//! Processes of this program that go with the value that started them, and with whom they started.

use std::process::{Child, Command, ExitStatus};

use anyhow::{Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, getppid};
use std::os::unix::process::CommandExt;

/// A process, and those that it has forked.
pub(crate) struct Party {
    child: Child,
    group: Pid,
    ended: bool,
}

impl Party {
    /// Starts this program with other arguments.
    pub(crate) fn start(arguments: &[&str]) -> Result<Party> {
        let mut command = Command::new(std::env::current_exe()?);
        Party::of(command.args(arguments))
    }

    /// Starts a command, which must call [`go_with_parent`].
    pub(crate) fn of(command: &mut Command) -> Result<Party> {
        let child = command.process_group(0).spawn()?;
        let group = Pid::from_raw(child.id().try_into()?);
        Ok(Party {
            child,
            group,
            ended: false,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Fails if it has ended by itself.
    pub(crate) fn must_live(&mut self) -> Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => bail!("a process ended by itself with {status}"),
        }
    }

    /// Sends a signal to it and all that it has forked.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        Ok(killpg(self.group, signal)?)
    }

    /// Kills it and all that it has forked, and waits until they are gone. Fails if one of them had
    /// ended by itself.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.must_live()?;
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        self.ended = true;
        killpg(self.group, Signal::SIGKILL)?;
        self.child.wait()?;
        // What it has forked is this process's to wait for now, see `adopt_orphans`.
        loop {
            match waitpid(Pid::from_raw(-self.group.as_raw()), None) {
                Ok(WaitStatus::Exited(_, code)) => bail!("a forked process ended with {code}"),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::ECHILD) => return Ok(()),
                Err(error) => bail!(error),
            }
        }
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        if !self.ended {
            // It may be gone already.
            let _ = self.end();
        }
    }
}

/// From now on this process waits for the children of those of its children that end.
pub(crate) fn adopt_orphans() -> Result<()> {
    Ok(prctl::set_child_subreaper(true)?)
}

/// From now on this process is killed when the one that started it ends.
pub(crate) fn go_with_parent() -> Result<()> {
    let parent = getppid();
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    ensure!(getppid() == parent && parent.as_raw() != 1, "too late");
    Ok(())
}
