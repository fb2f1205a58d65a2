//! The section: memory under a name.

use std::ffi::{CStr, CString, c_int};
use std::sync::OnceLock;
use std::time::Duration;

use nshm::Scope;

use super::answer::{a_place, answer, answer_with, name, needed, utf8};
use super::error::{Error, text_of};
use super::info::Info;
use super::options::{Access, Options};
use super::pointer::{Enumeration, Lent, Out, Owned, Ref, Text};
use super::status::Status;
use crate::boundary::guard;

/// A handle to a section: memory, under a name or without one, that every process may map which
/// opens it.
///
/// Name and memory live as long as any process has a handle or a view, and are gone at once when
/// the last one goes: by nshm_section_close(), by the end of the process, by kill -9. A handle may
/// be used by several threads at once.
///
/// Linux: a System V segment, found through a symbolic link; a child of fork() is a user of its
/// own. Windows: a file mapping object backed by the paging file.
pub struct Section {
    section: nshm::Section,
    /// The texts that a caller has asked for.
    name: OnceLock<Option<CString>>,
    token: OnceLock<CString>,
}

impl Section {
    fn new(section: nshm::Section) -> Section {
        Section {
            section,
            name: OnceLock::new(),
            token: OnceLock::new(),
        }
    }

    /// What it is to Rust.
    pub(crate) fn inner(&self) -> &nshm::Section {
        &self.section
    }

    /// As the functions that create and open take it: of a namespace, which the options say, the leaf.
    fn name(&self) -> Option<&CStr> {
        let name = || {
            let name = self.section.name()?;
            Some(match name.scope() {
                Scope::Private(_) => text_of(name.leaf().to_owned()),
                _ => text_of(name.to_string()),
            })
        };
        self.name.get_or_init(name).as_deref()
    }

    fn token(&self) -> nshm::Result<&CStr> {
        if let Some(token) = self.token.get() {
            return Ok(token);
        }
        let token = text_of(self.section.token()?);
        Ok(self.token.get_or_init(|| token))
    }
}

/// What nshm_section_open_or_create() did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Disposition {
    /// The section is new, and this call made it.
    Created = 0,
    /// The section was there; its size, security and contents are as they were.
    Opened = 1,
}

impl Enumeration for Disposition {
    const ALL: &'static [Disposition] = &[Disposition::Created, Disposition::Opened];

    fn number(self) -> c_int {
        self as c_int
    }
}

impl From<nshm::Disposition> for Disposition {
    fn from(disposition: nshm::Disposition) -> Disposition {
        match disposition {
            nshm::Disposition::Created => Disposition::Created,
            nshm::Disposition::Opened => Disposition::Opened,
        }
    }
}

/// Creates a section of zeros under a name that is free.
///
/// The whole size is promised now: touching it later does not fail for want of memory.
/// Linux: shmget() and symlink(). Windows: CreateFileMappingW().
///
/// @param name    UTF-8: "x" or "Local\\x" for this user (Linux) or session (Windows), "Global\\x"
///                for all, "Session\\NUMBER\\x". 1 to 260 UTF-16 units after the prefix, of any
///                character but the backslash; upper and lower case differ.
/// @param size    In bytes, at least 1; rounded up to whole pages.
/// @param options May be NULL.
/// @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_ALREADY_EXISTS, _INVALID_NAME, _INVALID_SIZE, _COMMIT_LIMIT,
///         _TOO_MANY_SECTIONS, _ACCESS_DENIED, _PRIVILEGE_NOT_HELD, _WRONG_KIND,
///         _FOREIGN_NAMESPACE, _CORRUPT, _TIMED_OUT; _NOT_FOUND where the directory of a
///         namespace is missing, or another user has none (Linux).
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_create(
    name: Text,
    size: usize,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = options.get();
        let name = self::name(&name, options)?;
        let section = Options::section(options).size(size).create(name)?;
        Ok(Section::new(section))
    })
}

/// Opens a section that exists. The size is whatever its creator gave it: nshm_section_len().
///
/// Linux: readlink() and shmat(). Windows: OpenFileMappingW().
///
/// @param name    UTF-8, as for nshm_section_create().
/// @param options May be NULL: for reading and writing.
/// @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_NOT_FOUND, _ACCESS_DENIED, _INVALID_NAME, _WRONG_KIND,
///         _FOREIGN_NAMESPACE, _CORRUPT.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_open(
    name: Text,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = options.get();
        let name = self::name(&name, options)?;
        Ok(Section::new(Options::section(options).open(name)?))
    })
}

/// Opens a section that exists, for reading only, whatever the options say of the access.
///
/// @param name    UTF-8, as for nshm_section_create().
/// @param options May be NULL.
/// @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return As nshm_section_open().
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_open_read_only(
    name: Text,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = options.get();
        let name = self::name(&name, options)?;
        let reading = Options::section(options).access(nshm::Access::ReadOnly);
        Ok(Section::new(reading.open(name)?))
    })
}

/// Opens the section of a name, or creates it, and says which. An existing section keeps its size.
///
/// @param name        UTF-8, as for nshm_section_create().
/// @param size        In bytes, at least 1, for a section that is to be created.
/// @param options     May be NULL.
/// @param section     Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param disposition Where it says which, on success; may be NULL.
/// @param error       Where an error object goes; may be NULL.
/// @return As nshm_section_create() and nshm_section_open(), but not _ALREADY_EXISTS; _NOT_FOUND
///         where the directory of the name is missing.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_open_or_create(
    name: Text,
    size: usize,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    mut disposition: Out<Disposition>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = options.get();
        let name = self::name(&name, options)?;
        let (section, what) = Options::section(options).size(size).open_or_create(name)?;
        disposition.set(what.into());
        Ok(Section::new(section))
    })
}

/// Creates a section without a name. Another process gets it by nshm_section_token().
///
/// @param size    In bytes, at least 1; rounded up to whole pages.
/// @param options May be NULL.
/// @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_INVALID_SIZE, _COMMIT_LIMIT, _TOO_MANY_SECTIONS.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_anonymous(
    size: usize,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = Options::section(options.get()).size(size);
        Ok(Section::new(options.anonymous()?))
    })
}

/// Opens the section that a token stands for.
///
/// @param token   A text from nshm_section_token() of this or another process.
/// @param options May be NULL: for reading and writing.
/// @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_NOT_FOUND where it has gone, _CORRUPT where the text is no token,
///         _ACCESS_DENIED, _FOREIGN_NAMESPACE.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_from_token(
    token: Text,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let token = utf8(
            needed(token.get(), "the token is NULL")?,
            "the token is not UTF-8",
        )?;
        let section = Options::section(options.get()).from_token(token)?;
        Ok(Section::new(section))
    })
}

/// Opens a section as soon as somebody has created it.
///
/// Linux: sleeps until the directory of the name changes. Windows: looks again after 1 to 16 ms.
///
/// @param name       UTF-8, as for nshm_section_create().
/// @param timeout_ms In milliseconds; NSHM_FOREVER, as any negative number, never passes.
/// @param options    May be NULL: for reading and writing.
/// @param section    Where the handle goes: close it with nshm_section_close(). NULL on failure.
/// @param error      Where an error object goes; may be NULL.
/// @return NSHM_STATUS_TIMED_OUT, and as nshm_section_open() except _NOT_FOUND.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_wait(
    name: Text,
    timeout_ms: i64,
    options: Ref<Options>,
    section: Out<Owned<Section>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(section, error, || {
        let options = options.get();
        let name = self::name(&name, options)?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        Ok(Section::new(Options::section(options).wait(name, timeout)?))
    })
}

/// Its size in bytes: whole pages, unless the section is over a file.
///
/// @param section May be NULL.
/// @return 0 for NULL only.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_len(section: Ref<Section>) -> usize {
    guard(0, || section.get().map_or(0, |it| it.section.len()))
}

/// The name by which it was created or opened: with its prefix, or a leaf if the options named a
/// namespace.
///
/// @param section May be NULL.
/// @return A text that lives as long as the handle; NULL for a section without a name, for one
///         that was opened by a token, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_name(section: Ref<Section>) -> Lent {
    guard(Lent::null(), || {
        section.get().and_then(Section::name).into()
    })
}

/// What this handle may do.
///
/// @param section May be NULL.
/// @return NSHM_ACCESS_READ_ONLY for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_access(section: Ref<Section>) -> Access {
    guard(Access::ReadOnly, || {
        let access = |it: &Section| it.section.access().into();
        section.get().map_or(Access::ReadOnly, access)
    })
}

/// A text by which another process can open the section: hand it over on a command line, in the
/// environment, through a pipe. It admits nobody whom the security of the section does not.
///
/// Linux: good while anybody has the section open. Windows: good while this handle is open, for
/// processes that may copy handles of this one.
///
/// @param section Must not be NULL.
/// @param token   Where the text goes. It lives as long as the handle. NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OTHER where the system refuses.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_token(
    section: Ref<Section>,
    mut token: Out<Lent>,
    error: Out<Owned<Error>>,
) -> Status {
    token.set(Lent::null());
    answer(error, || {
        let section = needed(section.get(), "the section is NULL")?;
        a_place(&token)?;
        token.set(Lent::new(section.token()?));
        Ok(())
    })
}

/// What the system knows of a section: creator, age, users, memory.
///
/// @param section Must not be NULL.
/// @param info    Where it goes, on success.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OTHER where the system does not tell.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_info(
    section: Ref<Section>,
    mut info: Out<Info>,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let section = needed(section.get(), "the section is NULL")?;
        a_place(&info)?;
        info.set(section.section.info()?.into());
        Ok(())
    })
}

/// Closes a handle, and frees it and its texts whatever the answer is. Views stay good: they keep
/// the section, and its name, until they are unmapped.
///
/// @param section May be NULL: there is nothing to do.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_TIMED_OUT where a stopped process kept the name from being removed. The
///         next creator of the name replaces it.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_section_close(section: Owned<Section>, error: Out<Owned<Error>>) -> Status {
    answer(error, || {
        if let Some(section) = section.take() {
            section.section.close()?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::view::View;

    /// What the header promises of threads.
    #[test]
    fn objects_may_be_shared_by_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Section>();
        is_shared::<View>();
        is_shared::<Options>();
        is_shared::<Error>();
    }
}
