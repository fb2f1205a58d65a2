//! Ourselves, as a user writes it.

use ::nshm::{Listed, Scope, Section, ViewMut, holders, list};
use anyhow::Result;

use super::Peer;

pub(crate) struct Nshm;

pub(crate) struct Region {
    _section: Section,
    _view: ViewMut,
}

impl Region {
    fn of(section: Section) -> Result<Region> {
        let view = section.map()?;
        view.write_at(0, &[1])?;
        Ok(Region {
            _section: section,
            _view: view,
        })
    }
}

impl Peer for Nshm {
    type Region = Region;

    fn create(&mut self, name: &str, size: usize) -> Result<Region> {
        Region::of(Section::create(name, size)?)
    }

    fn open(&mut self, token: &str, _size: usize) -> Result<Region> {
        Region::of(Section::open(token)?)
    }

    fn join(&mut self, name: &str, size: usize) -> Result<Region> {
        Region::of(Section::open_or_create(name, size)?.0)
    }

    fn count(&mut self, start: &str) -> Option<Result<usize>> {
        let count = |found: Vec<Listed>| {
            let names = found.iter().map(|listed| listed.name.leaf());
            names.filter(|name| name.starts_with(start)).count()
        };
        Some(list(Scope::Local).map(count).map_err(Into::into))
    }

    fn holders(&mut self, name: &str) -> Option<Result<usize>> {
        Some(holders(name).map(|found| found.len()).map_err(Into::into))
    }
}
