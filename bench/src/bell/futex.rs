//! The futex itself, and nothing around it.

use std::sync::atomic::Ordering;

use anyhow::Result;
use rustix::io::Errno;
use rustix::thread::futex;

use super::memory::Memory;
use super::{Bells, Made, Side};

struct Futex(Memory);

pub(super) fn make() -> Result<Made> {
    let (memory, rope) = Memory::make()?;
    Ok((Box::new(Futex(memory)), rope))
}

pub(super) fn join(word: &str) -> Result<Box<dyn Bells>> {
    Ok(Box::new(Futex(Memory::join(word)?)))
}

impl Bells for Futex {
    fn ring(&mut self, side: Side) -> Result<()> {
        let word = self.0.word(side);
        word.store(1, Ordering::Release);
        futex::wake(word, futex::Flags::empty(), 1)?;
        Ok(())
    }

    fn wait(&mut self, side: Side) -> Result<()> {
        let word = self.0.word(side);
        while word.swap(0, Ordering::Acquire) == 0 {
            match futex::wait(word, futex::Flags::empty(), 0, None) {
                Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
