//! What a caller may ask of a new section or of a new handle, as plain data.

use crate::access::{Access, Security};

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
    #[default]
    AtCreation,
    Never,
}

/// Everything [`SectionOptions`](crate::SectionOptions) can say, with its defaults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) size: Option<usize>,
    pub(crate) access: Access,
    pub(crate) security: Security,
    pub(crate) commit: Commit,
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

/// Which pages a mapping gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    ReadOnly,
    ReadWrite,
    /// Writes stay in this process.
    Private,
}
