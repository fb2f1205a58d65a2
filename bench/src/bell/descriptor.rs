//! What is rung by a write and waited for by a read: eventfd, pipe, socket. The other process has
//! it as its standard input and output.

use std::os::fd::{AsFd as _, OwnedFd};

use anyhow::{Result, ensure};
use rustix::event::{EventfdFlags, eventfd};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};

use super::{Bells, Made, Rope, Side};

/// Descriptors to wait at and to ring, with messages of `LEN` bytes.
struct Descriptors<const LEN: usize> {
    input: OwnedFd,
    output: OwnedFd,
}

impl<const LEN: usize> Bells for Descriptors<LEN> {
    fn ring(&mut self, _side: Side) -> Result<()> {
        // An eventfd counts, and adds what is written.
        let mut message = [0; LEN];
        message[0] = 1;
        let written = rustix::io::write(&self.output, &message)?;
        ensure!(written == LEN, "a short write");
        Ok(())
    }

    fn wait(&mut self, _side: Side) -> Result<()> {
        let mut message = [0; LEN];
        let read = rustix::io::read(&self.input, &mut message)?;
        ensure!(read == LEN, "the other process has ended");
        Ok(())
    }
}

fn made<const LEN: usize>(ours: [OwnedFd; 2], theirs: [OwnedFd; 2]) -> Result<Made> {
    let [input, output] = ours;
    let rope = Rope {
        descriptors: Some(theirs),
        word: String::new(),
    };
    Ok((Box::new(Descriptors::<LEN> { input, output }), rope))
}

pub(super) fn eventfds() -> Result<Made> {
    let there = eventfd(0, EventfdFlags::CLOEXEC)?;
    let back = eventfd(0, EventfdFlags::CLOEXEC)?;
    let theirs = [there.try_clone()?, back.try_clone()?];
    made::<8>([back, there], theirs)
}

pub(super) fn pipes() -> Result<Made> {
    let there = pipe_with(PipeFlags::CLOEXEC)?;
    let back = pipe_with(PipeFlags::CLOEXEC)?;
    made::<1>([back.0, there.1], [there.0, back.1])
}

pub(super) fn sockets() -> Result<Made> {
    let (family, kind) = (AddressFamily::UNIX, SocketType::STREAM);
    let (ours, theirs) = socketpair(family, kind, SocketFlags::CLOEXEC, None)?;
    let ours = [ours.try_clone()?, ours];
    made::<1>(ours, [theirs.try_clone()?, theirs])
}

fn join<const LEN: usize>() -> Result<Box<dyn Bells>> {
    let input = std::io::stdin().as_fd().try_clone_to_owned()?;
    let output = std::io::stdout().as_fd().try_clone_to_owned()?;
    Ok(Box::new(Descriptors::<LEN> { input, output }))
}

pub(super) fn join_one(_word: &str) -> Result<Box<dyn Bells>> {
    join::<1>()
}

pub(super) fn join_eight(_word: &str) -> Result<Box<dyn Bells>> {
    join::<8>()
}
