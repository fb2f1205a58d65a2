//! `memfd_create`: memory without a name, found by who knows the process and its descriptor.

use std::fs::OpenOptions;
use std::os::fd::{AsRawFd as _, OwnedFd};

use anyhow::{Context as _, Result};

use super::Peer;
use crate::sys::{self, Mapping};

pub(crate) struct Memfd;

pub(crate) struct Region {
    _mapping: Mapping,
    file: OwnedFd,
}

impl Peer for Memfd {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        let file = sys::memfd(name, size)?;
        let mapping = Mapping::shared(&file, size)?;
        mapping.touch();
        Ok(Region {
            _mapping: mapping,
            file,
        })
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Region> {
        let file = OpenOptions::new().read(true).write(true).open(token)?;
        let len = file.metadata()?.len();
        let mapping = Mapping::shared(&file, len.try_into().context("its size")?)?;
        mapping.touch();
        Ok(Region {
            _mapping: mapping,
            file: file.into(),
        })
    }

    fn token(&self, _name: &str, region: &Region) -> String {
        let descriptor = region.file.as_raw_fd();
        format!("/proc/{}/fd/{descriptor}", std::process::id())
    }
}
