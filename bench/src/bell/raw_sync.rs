//! The crate raw_sync: an event that resets itself, in shared memory.

use ::raw_sync::Timeout;
use ::raw_sync::events::{Event, EventImpl, EventInit as _, EventState};
use anyhow::{Result, anyhow};

use super::memory::Memory;
use super::{Bells, Made, Side};

struct RawSync {
    bells: [Box<dyn EventImpl>; 2],
    _memory: Memory,
}

pub(super) fn make() -> Result<Made> {
    let (memory, rope) = Memory::make()?;
    let new = |side| {
        // SAFETY: the memory is new, aligned, long enough for an event, and lives as long as it.
        let made = unsafe { Event::new(memory.at(side), true) };
        made.map_err(|error| anyhow!("{error}"))
    };
    let bells = [new(Side::There)?.0, new(Side::Back)?.0];
    let _memory = memory;
    Ok((Box::new(RawSync { bells, _memory }), rope))
}

pub(super) fn join(word: &str) -> Result<Box<dyn Bells>> {
    let memory = Memory::join(word)?;
    let old = |side| {
        // SAFETY: who started this process has made an event there; it lives as long as that.
        let found = unsafe { Event::from_existing(memory.at(side)) };
        found.map_err(|error| anyhow!("{error}"))
    };
    let bells = [old(Side::There)?.0, old(Side::Back)?.0];
    let _memory = memory;
    Ok(Box::new(RawSync { bells, _memory }))
}

impl Bells for RawSync {
    fn ring(&mut self, side: Side) -> Result<()> {
        let done = self.bells[side.index()].set(EventState::Signaled);
        done.map_err(|error| anyhow!("{error}"))
    }

    fn wait(&mut self, side: Side) -> Result<()> {
        let done = self.bells[side.index()].wait(Timeout::Infinite);
        done.map_err(|error| anyhow!("{error}"))
    }
}
