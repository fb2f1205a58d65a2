//! What a caller may ask of a new section or of a new handle, as plain data.

use crate::access::{Access, Caching, Protection, Security};
use crate::format::Kind;

/// The size of the pages behind a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HugePages {
    /// Ordinary pages (the default).
    #[default]
    No,
    /// Ordinary pages that the system may join into huge ones on its own. A wish, never an error.
    Transparent,
    /// Pages of 2 MiB from the system's pool. The size is rounded up to them.
    TwoMiB,
    /// Pages of 1 GiB from the system's pool. The size is rounded up to them.
    OneGiB,
}

impl HugePages {
    /// The size of one page of the pool, in bytes; `None` where no pool is asked for.
    pub(crate) fn pool_page(self) -> Option<usize> {
        match self {
            HugePages::No | HugePages::Transparent => None,
            HugePages::TwoMiB => Some(2 << 20),
            HugePages::OneGiB => Some(1 << 30),
        }
    }
}

/// Whether memory is promised at creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Commit {
    /// Wholly, at creation.
    #[default]
    AtCreation,
    /// Never: a touch takes what there is.
    Never,
    /// Page by page, as views ask for it.
    OnDemand,
}

impl Commit {
    /// Chooses one way, or chooses that one no longer.
    pub(crate) fn choose(&mut self, way: Commit, is_chosen: bool) {
        if is_chosen {
            *self = way;
        } else if *self == way {
            *self = Commit::AtCreation;
        }
    }
}

/// Everything [`SectionOptions`](crate::SectionOptions) can say, with its defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) size: Option<usize>,
    pub(crate) access: Access,
    pub(crate) security: Security,
    pub(crate) protection: Protection,
    pub(crate) caching: Caching,
    pub(crate) commit: Commit,
    pub(crate) separate_pages: bool,
    pub(crate) huge_pages: HugePages,
    pub(crate) populate: bool,
    pub(crate) lock: bool,
    pub(crate) dumpable: bool,
}

/// What a create-or-open did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// The object is new, and this call made it.
    Created,
    /// The object was there; its size, security and contents are as they were.
    Opened,
}

/// Which part of a section to map, how, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MapRequest {
    pub(crate) offset: usize,
    /// Not zero, and within the section.
    pub(crate) len: usize,
    pub(crate) protection: Protection,
    /// Exactly there, or anywhere.
    pub(crate) address: Option<usize>,
    /// What an address chosen by the system is a multiple of; a power of two.
    pub(crate) alignment: usize,
}

impl MapRequest {
    /// The part of a section of `end` bytes that reaches from a multiple of `unit` to the end of
    /// what is wanted, which must be within it. Where nothing is wanted, it has a byte all the same.
    pub(crate) fn around(
        offset: usize,
        len: usize,
        end: usize,
        unit: usize,
        protection: Protection,
    ) -> MapRequest {
        let first = offset.min(end.saturating_sub(1)) / unit * unit;
        MapRequest {
            offset: first,
            len: (offset + len - first).max(1),
            protection,
            address: None,
            alignment: unit,
        }
    }
}

/// What a new object to wait for is, and how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Event { manual: bool, set: bool },
    Mutex { owned: bool },
    Semaphore { count: u32, max: u32 },
}

impl Setup {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Setup::Event { .. } => Kind::Event,
            Setup::Mutex { .. } => Kind::Mutex,
            Setup::Semaphore { .. } => Kind::Semaphore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_chosen_takes_no_other_choice_away() {
        let mut commit = Commit::default();
        for (way, is_chosen, expected) in [
            (Commit::Never, true, Commit::Never),
            (Commit::OnDemand, false, Commit::Never),
            (Commit::OnDemand, true, Commit::OnDemand),
            (Commit::Never, false, Commit::OnDemand),
            (Commit::OnDemand, false, Commit::AtCreation),
        ] {
            commit.choose(way, is_chosen);
            assert_eq!(commit, expected);
        }
    }

    #[test]
    fn a_request_reaches_around_what_is_wanted() {
        let around = |offset, len, end| {
            let request = MapRequest::around(offset, len, end, 4096, Protection::ReadOnly);
            (request.offset, request.len)
        };
        assert_eq!(around(0, 8192, 8192), (0, 8192));
        assert_eq!(around(5000, 4, 8192), (4096, 908));
        assert_eq!(around(4096, 4096, 8192), (4096, 4096));
        assert_eq!(around(4095, 2, 8192), (0, 4097));
        // Of a file, whose end need not be that of a page.
        assert_eq!(around(4999, 1, 5000), (4096, 904));
        // Nothing, anywhere.
        assert_eq!(around(0, 0, 8192), (0, 1));
        assert_eq!(around(4097, 0, 8192), (4096, 1));
        assert_eq!(around(8192, 0, 8192), (4096, 4096));
        assert_eq!(around(5000, 0, 5000), (4096, 904));
    }
}
