//! Who may do what: the access of a handle and the security of a new object.

/// What a handle may do with its section.
///
/// The system enforces it: a read-only handle has no writable page in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read and write (the default).
    #[default]
    ReadWrite,
    /// Read only.
    ReadOnly,
}

/// Whom a new object admits besides its creator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
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
