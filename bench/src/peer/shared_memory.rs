//! The crate shared_memory: `shm_open` behind a portable interface.

use ::shared_memory::{Shmem, ShmemConf};
use anyhow::Result;

use super::Peer;

pub(crate) struct SharedMemory;

fn touch(memory: &Shmem) {
    // SAFETY: the mapping has at least one byte, and the peers share it as bytes.
    unsafe { memory.as_ptr().write_volatile(1) };
}

impl Peer for SharedMemory {
    type Region = Shmem;

    fn create(&mut self, name: &str, size: usize) -> Result<Shmem> {
        let memory = ShmemConf::new().os_id(name).size(size).create()?;
        touch(&memory);
        Ok(memory)
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Shmem> {
        let memory = ShmemConf::new().os_id(token).open()?;
        touch(&memory);
        Ok(memory)
    }

    /// Whoever opens it may declare itself the owner, whose drop unlinks the name.
    fn clean_up(&mut self, name: &str) -> Result<()> {
        if let Ok(mut memory) = ShmemConf::new().os_id(name).open() {
            memory.set_owner(true);
        }
        Ok(())
    }
}
