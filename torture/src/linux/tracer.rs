//! Stops a worker before and after each system call of its operation. ptrace(2)

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::deed::Deed;
use super::waiting::Scene;
use super::worker;

/// `write`, which a worker does when it is done.
const SYS_WRITE: u64 = 1;
/// `getppid`, which marks the beginning and the end of what is watched instruction by instruction.
const SYS_GETPPID: u64 = 110;
/// The instruction `syscall`, as the first two bytes of a word.
const SYSCALL: i64 = 0x050f;

/// A worker that is stopped at the first system call of its operation, or at a later one.
pub(crate) struct Traced {
    child: Child,
    pid: Pid,
    output: BufReader<ChildStdout>,
    ended: bool,
}

/// Where a worker stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Before a call of that number.
    Before(Call),
    /// After it.
    After(Call),
    /// Its operation is done.
    Done,
}

/// A system call, with those of its arguments that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) number: u64,
    pub(crate) arguments: [u64; 4],
}

impl Traced {
    /// Starts a worker and lets it get ready.
    pub(crate) fn new<D: Deed>(deed: D, name: &str) -> Result<Traced> {
        Traced::start(D::WORKER, deed, name)
    }

    /// The same with one that does something to an object that is waited for.
    pub(crate) fn waiting(scene: Scene, name: &str) -> Result<Traced> {
        Traced::start("waiting-worker", scene, name)
    }

    fn start(kind: &str, what: impl ValueEnum, name: &str) -> Result<Traced> {
        let word = what.to_possible_value().context("a hidden word")?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([kind, word.get_name(), name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let pid = Pid::from_raw(child.id().try_into()?);
        let mut traced = Traced {
            child,
            pid,
            output,
            ended: false,
        };
        traced.expect(worker::READY)?;
        Ok(traced)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Attaches to it and sends it on its way, up to the end of its reading.
    pub(crate) fn begin(&mut self) -> Result<()> {
        ptrace::attach(self.pid).context("ptrace is not allowed here")?;
        loop {
            match waitpid(self.pid, None)? {
                WaitStatus::Stopped(_, Signal::SIGSTOP) => break,
                WaitStatus::Stopped(_, signal) => ptrace::cont(self.pid, signal)?,
                other => bail!("the worker did not stop: {other:?}"),
            }
        }
        ptrace::setoptions(
            self.pid,
            Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL,
        )?;
        let input = self.child.stdin.as_mut().context("no input")?;
        input.write_all(b"\n")?;
        input.flush()?;
        // It reads, and it may be stopped in front of that or within it.
        loop {
            self.step()?;
            let registers = ptrace::getregs(self.pid)?;
            if registers.orig_rax == 0 && registers.rax == 1 {
                return Ok(());
            }
        }
    }

    /// Lets it run to its next stop.
    fn step(&mut self) -> Result<()> {
        let mut signal = None;
        loop {
            ptrace::syscall(self.pid, signal)?;
            match waitpid(self.pid, None)? {
                WaitStatus::PtraceSyscall(_) => return Ok(()),
                WaitStatus::Stopped(_, other) => signal = Some(other),
                WaitStatus::Exited(_, code) => {
                    self.ended = true;
                    bail!("the worker ended with {code}");
                }
                WaitStatus::Signaled(_, signal, _) => {
                    self.ended = true;
                    bail!("the worker died of {signal}");
                }
                _ => {}
            }
        }
    }

    /// Lets it run to the next boundary of a system call.
    pub(crate) fn next(&mut self, now: Option<Stop>) -> Result<Stop> {
        self.step()?;
        let registers = ptrace::getregs(self.pid)?;
        let call = Call {
            number: registers.orig_rax,
            arguments: [registers.rdi, registers.rsi, registers.rdx, registers.r10],
        };
        Ok(match now {
            Some(Stop::Before(call)) => Stop::After(call),
            _ if call.number == SYS_WRITE && call.arguments[0] == 1 => Stop::Done,
            _ => Stop::Before(call),
        })
    }

    /// Lets it run to the end of the call that marks the beginning of what it does.
    pub(crate) fn run_to_mark(&mut self) -> Result<()> {
        loop {
            // Before a call, and after it.
            self.step()?;
            let is_mark = ptrace::getregs(self.pid)?.orig_rax == SYS_GETPPID;
            self.step()?;
            if is_mark {
                return Ok(());
            }
        }
    }

    /// Lets it execute one instruction. `false`: it stands in front of the mark at the end, or is done.
    pub(crate) fn step_instruction(&mut self) -> Result<bool> {
        let registers = ptrace::getregs(self.pid)?;
        if matches!(registers.rax, SYS_GETPPID | SYS_WRITE) {
            let next = ptrace::read(self.pid, registers.rip as ptrace::AddressType)?;
            if next & 0xffff == SYSCALL {
                return Ok(false);
            }
        }
        ptrace::step(self.pid, None)?;
        match waitpid(self.pid, None)? {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => Ok(true),
            other => {
                self.ended = matches!(other, WaitStatus::Exited(..) | WaitStatus::Signaled(..));
                bail!("the worker did not make its step: {other:?}")
            }
        }
    }

    /// Lets the call that it stands in front of fail, without being made.
    pub(crate) fn fail(&mut self, errno: Errno) -> Result<()> {
        let mut registers = ptrace::getregs(self.pid)?;
        // No call has this number.
        registers.orig_rax = u64::MAX;
        ptrace::setregs(self.pid, registers)?;
        self.step()?;
        let mut registers = ptrace::getregs(self.pid)?;
        let code = -i64::from(errno as i32);
        registers.rax = u64::from_ne_bytes(code.to_ne_bytes());
        ptrace::setregs(self.pid, registers)?;
        Ok(())
    }

    /// Kills it where it stands.
    pub(crate) fn kill(mut self) -> Result<u32> {
        nix::sys::signal::kill(self.pid, Signal::SIGKILL)?;
        while !matches!(
            waitpid(self.pid, None)?,
            WaitStatus::Signaled(..) | WaitStatus::Exited(..)
        ) {}
        self.ended = true;
        Ok(self.child.id())
    }

    /// Lets it run to its end, and gives the lines that it writes.
    pub(crate) fn finish(mut self) -> Result<(u32, Vec<String>)> {
        ptrace::detach(self.pid, None)?;
        let mut lines = Vec::new();
        for line in (&mut self.output).lines() {
            lines.push(line?);
        }
        let status = self.child.wait()?;
        self.ended = true;
        if !status.success() {
            bail!("the worker ended with {status} after {lines:?}");
        }
        Ok((self.child.id(), lines))
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.trim_end() != word {
            bail!("the worker said {line:?} and not {word:?}");
        }
        Ok(())
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if !self.ended {
            // It may be gone already.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
