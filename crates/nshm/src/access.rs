//! Who may do what: the access of a handle and the security of a new object.

/// What a handle may do with its section.
///
/// The system enforces it: a read-only handle has no writable page in this process.
///
/// # Platform
/// - Linux: with one exception. Where pages are committed one by one, [`RawView::commit`] through a
///   read-only handle maps the section for writing, if that admits this user, until it returns.
///
/// [`RawView::commit`]: crate::RawView::commit
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read and write (the default).
    #[default]
    ReadWrite,
    /// Read only.
    ReadOnly,
}

/// What the pages of a view admit, and the most that a section allows of them. `PAGE_READWRITE`
/// and its relatives.
///
/// A section has one from its creation ([`SectionOptions::protection`]); a view has one of those
/// that the section's [allows](Protection::allows).
///
/// Source: MS Learn, "Memory Protection Constants".
///
/// [`SectionOptions::protection`]: crate::SectionOptions::protection
///
/// ```
/// use nshm::Protection;
///
/// assert!(Protection::ReadWrite.allows(Protection::ReadOnly));
/// assert!(Protection::ReadOnly.allows(Protection::CopyOnWrite));
/// assert!(!Protection::ReadOnly.allows(Protection::ReadWrite));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protection {
    /// No access: the addresses are taken, and touching them is a fault.
    NoAccess,
    /// Reading.
    ReadOnly,
    /// Reading, and writing to the section (the default).
    #[default]
    ReadWrite,
    /// Reading, and writing to private copies of the pages.
    CopyOnWrite,
    /// Reading and execution.
    ExecuteRead,
    /// Reading, writing to the section, and execution.
    ExecuteReadWrite,
    /// Reading, writing to private copies of the pages, and execution.
    ExecuteCopyOnWrite,
}

impl Protection {
    /// Whether code may run in such pages.
    pub const fn executes(self) -> bool {
        matches!(
            self,
            Protection::ExecuteRead | Protection::ExecuteReadWrite | Protection::ExecuteCopyOnWrite
        )
    }

    /// Whether writing to such pages reaches the section.
    pub const fn writes(self) -> bool {
        matches!(self, Protection::ReadWrite | Protection::ExecuteReadWrite)
    }

    /// Whether writing to such pages stays in the process.
    pub const fn is_private(self) -> bool {
        matches!(
            self,
            Protection::CopyOnWrite | Protection::ExecuteCopyOnWrite
        )
    }

    /// Whether a section of this protection allows a view of that one. Who may read may have
    /// copies, so private pages need no right to write.
    pub const fn allows(self, view: Protection) -> bool {
        (self.writes() || !view.writes()) && (self.executes() || !view.executes())
    }

    /// What this means for a section: copies and reading are the same there.
    pub(crate) const fn of_section(self) -> Protection {
        match (self.writes(), self.executes()) {
            (false, false) => Protection::ReadOnly,
            (false, true) => Protection::ExecuteRead,
            _ => self,
        }
    }
}

/// How the processor caches a section. It is recorded with the section.
///
/// # Platform
/// - Linux: no effect on the pages.
/// - Windows: `SEC_NOCACHE`, `SEC_WRITECOMBINE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Caching {
    /// As usual (the default).
    #[default]
    Cached,
    /// Not at all.
    NoCache,
    /// Writes may be put together.
    WriteCombine,
}

/// Whom a new object admits besides its creator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Nobody, not even by the creating user's later opening: only the handle that the creation
    /// gives, and what is made from it.
    Nobody,
    /// Nobody else: the creating user only (the default).
    #[default]
    Owner,
    /// The creating user and the creator's group.
    Group,
    /// Every user.
    Everyone,
}

/// The security of a new object: who else may open it, and whether they may write.
///
/// It is fixed at creation. Opening an object never asks for more than its creator gave.
///
/// # Platform
/// - Linux: mode bits and ids of a System V segment, checked by the kernel. The umask does not
///   apply. Names in a user's own directory (`x`, `Local\x`) are out of other users' reach
///   whatever is said here; use `Global\x` or a private namespace.
/// - Windows: a security descriptor for owner, primary group or Everyone.
///
/// ```
/// use nshm::{Access, Audience, Security};
///
/// let readable = Security::everyone().others_read_only();
/// assert_eq!(readable.audience(), Audience::Everyone);
/// assert_eq!(readable.others(), Access::ReadOnly);
/// assert_eq!(Security::default(), Security::owner());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Security {
    audience: Audience,
    others: Access,
}

impl Security {
    /// Nobody but the creator's own handle.
    ///
    /// # Platform
    /// - Linux: this crate refuses to open it by its name; for other users the kernel does.
    /// - Windows: an empty access control list.
    pub const fn nobody() -> Self {
        Security::for_audience(Audience::Nobody)
    }

    /// The creating user only (the default).
    pub const fn owner() -> Self {
        Security::for_audience(Audience::Owner)
    }

    /// The creating user and the creator's group, reading and writing.
    pub const fn group() -> Self {
        Security::for_audience(Audience::Group)
    }

    /// Every user, reading and writing.
    pub const fn everyone() -> Self {
        Security::for_audience(Audience::Everyone)
    }

    /// The audience named, reading and writing.
    pub const fn for_audience(audience: Audience) -> Self {
        Security {
            audience,
            others: Access::ReadWrite,
        }
    }

    /// Others than the creating user may only read.
    pub const fn others_read_only(self) -> Self {
        Security {
            others: Access::ReadOnly,
            ..self
        }
    }

    /// Who is admitted.
    pub const fn audience(self) -> Audience {
        self.audience
    }

    /// What those others may do.
    pub const fn others(self) -> Access {
        self.others
    }
}
