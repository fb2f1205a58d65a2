//! The crate memmap2 over a file in `/dev/shm`, the name of which its creator removes.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use ::memmap2::{MmapMut, MmapOptions};
use anyhow::Result;

use super::Peer;

pub(crate) struct Memmap2;

pub(crate) struct Region {
    _map: MmapMut,
    created: Option<PathBuf>,
}

impl Drop for Region {
    fn drop(&mut self) {
        if let Some(path) = &self.created {
            // Somebody may have been faster: nothing is left to do then.
            let _ = fs::remove_file(path);
        }
    }
}

fn path(name: &str) -> PathBuf {
    Path::new("/dev/shm").join(name)
}

impl Peer for Memmap2 {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        let path = path(name);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        file.set_len(size as u64)?;
        // SAFETY: nobody makes the file shorter.
        let mut map = unsafe { MmapOptions::new().map_mut(&file) }?;
        map[0] = 1;
        Ok(Region {
            _map: map,
            created: Some(path),
        })
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Region> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).open(path(token))?;
        anyhow::ensure!(file.metadata()?.len() > 0, "it has no size yet");
        // SAFETY: nobody makes the file shorter.
        let mut map = unsafe { MmapOptions::new().map_mut(&file) }?;
        map[0] = 1;
        Ok(Region {
            _map: map,
            created: None,
        })
    }

    fn clean_up(&mut self, name: &str) -> Result<()> {
        match fs::remove_file(path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn count(&mut self, start: &str) -> Option<Result<usize>> {
        Some(super::raw::files("/dev/shm", start))
    }
}
