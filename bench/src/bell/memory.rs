//! A page of shared memory for the bells that are in memory. The other process opens it through
//! `/proc`.

use std::fs::OpenOptions;
use std::os::fd::{AsRawFd as _, OwnedFd};

use anyhow::{Context as _, Result};

use super::{Rope, Side};
use crate::sys::{self, Mapping};

const PAGE: usize = 4096;

/// How far apart the two bells are: never in one cache line.
const APART: usize = 2048;

/// The page of this process.
pub(super) struct Memory {
    mapping: Mapping,
    /// For who shall open it, as long as this lives.
    _file: OwnedFd,
}

impl Memory {
    pub(super) fn make() -> Result<(Memory, Rope)> {
        let file = sys::memfd("bell", PAGE)?;
        let word = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        let memory = Memory::of(file)?;
        let descriptors = None;
        Ok((memory, Rope { descriptors, word }))
    }

    pub(super) fn join(word: &str) -> Result<Memory> {
        let file = OpenOptions::new().read(true).write(true).open(word);
        Memory::of(file.with_context(|| format!("cannot open {word}"))?.into())
    }

    fn of(file: OwnedFd) -> Result<Memory> {
        Ok(Memory {
            mapping: Mapping::shared(&file, PAGE)?,
            _file: file,
        })
    }

    /// Where a bell of at most half a page is; aligned for everything.
    pub(super) fn at(&self, side: Side) -> *mut u8 {
        self.mapping.as_ptr().wrapping_add(side.index() * APART)
    }

    /// The first word of a bell.
    pub(super) fn word(&self, side: Side) -> &std::sync::atomic::AtomicU32 {
        self.mapping.atomic(side.index() * APART)
    }
}
