//! The system calls that every library for named memory makes in the end: `shm_open`, `ftruncate`,
//! `mmap`, and `shm_unlink` by the creator.

use anyhow::{Result, bail};

use super::Peer;
use crate::sys::{self, Mapping};

pub(crate) struct Raw;

pub(crate) struct Region {
    _mapping: Mapping,
    /// The name, of who has created it.
    created: Option<String>,
}

impl Drop for Region {
    fn drop(&mut self) {
        if let Some(name) = &self.created {
            // Somebody may have been faster: nothing is left to do then.
            let _ = rustix::shm::unlink(name);
        }
    }
}

impl Peer for Raw {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        let name = format!("/{name}");
        let mapping = Mapping::shared(sys::shm_create(&name, size)?, size)?;
        mapping.touch();
        Ok(Region {
            _mapping: mapping,
            created: Some(name),
        })
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Region> {
        let (file, len) = sys::shm_open(&format!("/{token}"))?;
        if len == 0 {
            bail!("it has no size yet");
        }
        let mapping = Mapping::shared(file, len)?;
        mapping.touch();
        Ok(Region {
            _mapping: mapping,
            created: None,
        })
    }

    fn clean_up(&mut self, name: &str) -> Result<()> {
        match rustix::shm::unlink(format!("/{name}")) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn count(&mut self, start: &str) -> Option<Result<usize>> {
        Some(files("/dev/shm", start))
    }
}

/// How many names of a directory begin with `start`.
pub(super) fn files(dir: &str, start: &str) -> Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        count += usize::from(name.as_encoded_bytes().starts_with(start.as_bytes()));
    }
    Ok(count)
}
