//! Spinning on a word: nothing is faster, and nothing costs more.

use std::hint::spin_loop;
use std::sync::atomic::Ordering;

use anyhow::Result;

use super::memory::Memory;
use super::{Bells, Made, Side};

struct CacheLine {
    memory: Memory,
    /// What the words said last.
    seen: [u32; 2],
}

pub(super) fn make() -> Result<Made> {
    let (memory, rope) = Memory::make()?;
    let seen = [0; 2];
    Ok((Box::new(CacheLine { memory, seen }), rope))
}

pub(super) fn join(word: &str) -> Result<Box<dyn Bells>> {
    let memory = Memory::join(word)?;
    let seen = [0; 2];
    Ok(Box::new(CacheLine { memory, seen }))
}

impl Bells for CacheLine {
    fn ring(&mut self, side: Side) -> Result<()> {
        self.memory.word(side).fetch_add(1, Ordering::Release);
        Ok(())
    }

    fn wait(&mut self, side: Side) -> Result<()> {
        let seen = &mut self.seen[side.index()];
        loop {
            let now = self.memory.word(side).load(Ordering::Acquire);
            if now != *seen {
                *seen = now;
                return Ok(());
            }
            spin_loop();
        }
    }
}
