//! What to ask of a new section, or of a new handle to an existing one.

use std::ffi::c_int;
use std::mem;

use nshm::{Namespace, SectionOptions};

use super::answer::{self, Failure};
use super::pointer::{Choice, Enumeration, Owned, RefMut, Text};
use super::status::Status;
use crate::boundary::guard;

/// What to ask of a new section, or of a new handle to an existing one. What concerns the making
/// of a section (security, reserve-only, pages from a pool) is ignored when one is opened.
///
/// Calls look at it and keep nothing of it: it serves any number of calls, and may be freed or
/// changed after each.
#[derive(Default)]
pub struct Options {
    section: SectionOptions,
    namespace: Option<Namespace>,
}

/// What a handle may do with its section. The system enforces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Access {
    /// Read and write: the default.
    ReadWrite = 0,
    /// Read only: no page of it is writable in this process.
    ReadOnly = 1,
}

impl Enumeration for Access {
    const ALL: &'static [Access] = &[Access::ReadWrite, Access::ReadOnly];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<nshm::Access> for Access {
    fn from(access: nshm::Access) -> Access {
        match access {
            nshm::Access::ReadWrite => Access::ReadWrite,
            nshm::Access::ReadOnly => Access::ReadOnly,
        }
    }
}

impl From<Access> for nshm::Access {
    fn from(access: Access) -> nshm::Access {
        match access {
            Access::ReadWrite => nshm::Access::ReadWrite,
            Access::ReadOnly => nshm::Access::ReadOnly,
        }
    }
}

/// Whom a section admits besides its creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Audience {
    /// Nobody else: the default.
    Owner = 0,
    /// The creator's group.
    Group = 1,
    /// Every user.
    Everyone = 2,
    /// Nobody at all, not even the creator by the name: only the handle that the creation gives,
    /// and what is made from it.
    Nobody = 3,
}

impl Enumeration for Audience {
    const ALL: &'static [Audience] = &[
        Audience::Owner,
        Audience::Group,
        Audience::Everyone,
        Audience::Nobody,
    ];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<nshm::Audience> for Audience {
    fn from(audience: nshm::Audience) -> Audience {
        match audience {
            nshm::Audience::Owner => Audience::Owner,
            nshm::Audience::Group => Audience::Group,
            nshm::Audience::Everyone => Audience::Everyone,
            nshm::Audience::Nobody => Audience::Nobody,
        }
    }
}

impl From<Audience> for nshm::Audience {
    fn from(audience: Audience) -> nshm::Audience {
        match audience {
            Audience::Owner => nshm::Audience::Owner,
            Audience::Group => nshm::Audience::Group,
            Audience::Everyone => nshm::Audience::Everyone,
            Audience::Nobody => nshm::Audience::Nobody,
        }
    }
}

/// The size of the pages behind a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum HugePages {
    /// Ordinary pages: the default.
    No = 0,
    /// Ordinary pages that the system may join into huge ones. A wish, never an error.
    Transparent = 1,
    /// Pages of 2 MiB from the system's pool. The size is rounded up to them.
    TwoMib = 2,
    /// Pages of 1 GiB from the system's pool. The size is rounded up to them.
    OneGib = 3,
}

impl Enumeration for HugePages {
    const ALL: &'static [HugePages] = &[
        HugePages::No,
        HugePages::Transparent,
        HugePages::TwoMib,
        HugePages::OneGib,
    ];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<HugePages> for nshm::HugePages {
    fn from(pages: HugePages) -> nshm::HugePages {
        match pages {
            HugePages::No => nshm::HugePages::No,
            HugePages::Transparent => nshm::HugePages::Transparent,
            HugePages::TwoMib => nshm::HugePages::TwoMiB,
            HugePages::OneGib => nshm::HugePages::OneGiB,
        }
    }
}

impl Options {
    /// What to ask of a section where the caller has passed NULL or these.
    pub(crate) fn section(options: Option<&Options>) -> SectionOptions {
        options.map_or_else(SectionOptions::default, |options| options.section.clone())
    }

    /// The namespace of names.
    pub(crate) fn namespace(&self) -> Option<&Namespace> {
        self.namespace.as_ref()
    }

    fn change(&mut self, change: impl FnOnce(SectionOptions) -> SectionOptions) {
        self.section = change(mem::take(&mut self.section));
    }
}

/// Runs the body of a setter.
fn set(
    mut options: RefMut<Options>,
    body: impl FnOnce(&mut Options) -> Result<(), Failure>,
) -> Status {
    guard(Status::Internal, || match options.get().map(body) {
        Some(Ok(())) => Status::Ok,
        Some(Err(_)) | None => Status::InvalidArgument,
    })
}

fn chosen<E: Enumeration>(choice: &Choice<E>) -> Result<E, Failure> {
    answer::needed(choice.get(), "there is no such choice")
}

/// Makes options, all at their defaults. Wherever options are asked for, NULL means the same.
///
/// @return Options to be freed with nshm_options_free(); never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_new() -> Owned<Options> {
    guard(Owned::null(), || Owned::new(Options::default()))
}

/// Frees options.
///
/// @param options May be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_free(options: Owned<Options>) {
    guard((), || drop(options.take()));
}

/// What the handle may do. Default: NSHM_ACCESS_READ_WRITE.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or there is no such access.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_access(
    options: RefMut<Options>,
    access: Choice<Access>,
) -> Status {
    set(options, |options| {
        let access = chosen(&access)?;
        options.change(|section| section.access(access.into()));
        Ok(())
    })
}

/// Whom a new section admits, and what those others may do. Default: nobody else.
///
/// Linux: the mode bits of the segment; the umask does not apply. Names in a user's own directory
/// ("x", "Local\\x") are out of the reach of others in any case: use "Global\\x" or a namespace.
/// Windows: the access control list of the section.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL, or there is no such audience or
///         access.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_security(
    options: RefMut<Options>,
    audience: Choice<Audience>,
    others: Choice<Access>,
) -> Status {
    set(options, |options| {
        let mut security = nshm::Security::for_audience(chosen(&audience)?.into());
        if chosen(&others)? == Access::ReadOnly {
            security = security.others_read_only();
        }
        options.change(|section| section.security(security));
        Ok(())
    })
}

/// Whether to bring every page into memory now. Default: pages come when they are touched.
///
/// Linux: MADV_POPULATE_WRITE or MADV_POPULATE_READ; without effect before Linux 5.14.
/// Windows: touches each page.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_populate(options: RefMut<Options>, populate: bool) -> Status {
    set(options, |options| {
        options.change(|section| section.populate(populate));
        Ok(())
    })
}

/// Whether to keep the pages from being swapped out. Default: not.
///
/// Linux: SHM_LOCK, within the user's limit of locked memory.
/// Windows: VirtualLock() on each view.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_lock(options: RefMut<Options>, lock: bool) -> Status {
    set(options, |options| {
        options.change(|section| section.lock(lock));
        Ok(())
    })
}

/// Whether the size is only reserved: nothing is promised at creation, and touching a page may
/// kill the process when memory has run out. Default: the whole size is promised.
///
/// Linux: SHM_NORESERVE. Windows: SEC_RESERVE; pages are committed when they are mapped.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_reserve_only(
    options: RefMut<Options>,
    reserve_only: bool,
) -> Status {
    set(options, |options| {
        options.change(|section| section.reserve_only(reserve_only));
        Ok(())
    })
}

/// The size of the pages. Default: NSHM_HUGE_PAGES_NO.
///
/// Linux: MADV_HUGEPAGE for transparent ones, where the system allows them; SHM_HUGETLB for those
/// of a pool. Windows: SEC_LARGE_PAGES for 2 MiB, which is a privilege; 1 GiB is unsupported.
///
/// On Linux whoever may write a section in pages of a pool can take them away again, and a touch may
/// end the process then. Who opens one must ask for pages of a pool as well, unless its creator is the
/// same user or root and nobody else may write it.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or there are no such pages.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_huge_pages(
    options: RefMut<Options>,
    huge_pages: Choice<HugePages>,
) -> Status {
    set(options, |options| {
        let pages = chosen(&huge_pages)?;
        options.change(|section| section.huge_pages(pages.into()));
        Ok(())
    })
}

/// Whether core files contain the section as this handle maps it. Default: not.
///
/// Linux: MADV_DONTDUMP without it. Windows: no effect.
///
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_dumpable(options: RefMut<Options>, dumpable: bool) -> Status {
    set(options, |options| {
        options.change(|section| section.dumpable(dumpable));
        Ok(())
    })
}

/// The private namespace in which names are looked for: a directory that must exist. Whoever may
/// read it may open names in it, and whoever may write to it may create them. Every name in a call
/// with these options is then a leaf, without a prefix. Default: none, and the name says where.
///
/// Linux: names are symbolic links in that directory. Windows: names of this session, marked with
/// the path of the directory.
///
/// @param dir The path, UTF-8; it is made absolute now. NULL: none.
/// @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or the path is not UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_options_set_namespace(options: RefMut<Options>, dir: Text) -> Status {
    set(options, |options| {
        options.namespace = match dir.get() {
            Some(_) => Some(answer::namespace(&dir)?),
            None => None,
        };
        Ok(())
    })
}
