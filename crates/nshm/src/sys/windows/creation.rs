//! How a section comes to be: what the system is asked for, and what its refusals mean.

use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};

use windows_sys::Win32::Foundation::ERROR_ACCESS_DENIED;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_READ, SEC_COMMIT, SEC_LARGE_PAGES, SEC_NOCACHE, SEC_RESERVE, SEC_WRITECOMBINE,
    SECTION_MAP_EXECUTE, SECTION_QUERY,
};

use super::call::{self, Met};
use super::error::{code, create_error, file_refused, os_error};
use super::file;
use super::gate;
use super::mapping::page_protection;
use super::name::Wide;
use super::rights::rights;
use super::security;
use crate::access::{Access, Caching, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::options::{Commit, HugePages, Options};
use crate::sys::Source;

/// The privilege that large pages need.
const LOCK_MEMORY: &str = "SeLockMemoryPrivilege";

/// What a creation did.
#[derive(Debug)]
pub(super) enum Created {
    /// A section of that protection.
    New(OwnedHandle, Protection),
    /// Nothing: the name has an object, and this is it.
    Existing(OwnedHandle),
    /// The system refuses, either the name or the object that has it.
    Refused(io::Error),
}

/// Creates a section, under a name or without one, if nobody has the name.
pub(super) fn create(
    name: Option<&Wide>,
    source: Source<'_>,
    options: &Options,
) -> Result<Created> {
    let descriptor = security::descriptor(Kind::Section, options.security).map_err(|error| {
        os_error(
            ErrorKind::Other,
            "describe the security of the section",
            error,
        )
    })?;
    let mut protection = options.protection.of_section();
    let attributes = attributes(source, options)?;
    let (file, len) = match source {
        Source::PagingFile { len } => (None, len),
        Source::File { file, len } => {
            let may_grow = options.access == Access::ReadWrite && protection.writes();
            file::check(file, len, may_grow)?;
            (Some(file.as_handle()), len)
        }
    };
    let make = |protection, len, name| {
        let flags = page_protection(protection) | attributes;
        let _gate = gate::nobody_looks();
        call::create_file_mapping(file, flags, len, &descriptor, name)
    };
    let mut made = make(protection, len, name);
    // Perhaps the file was opened for reading only, which is enough for a handle that reads.
    if file.is_some() && options.access == Access::ReadOnly && made.as_ref().is_err_and(is_refusal)
    {
        protection = without_writing(protection);
        made = make(protection, len, name);
    }
    let (section, met) = match made {
        Ok(made) => made,
        Err(error) if is_refusal(&error) => {
            // Of the name, or of the file? Without a name only the file is left.
            return match file.and_then(|_| make(protection, 0, None).err()) {
                Some(error) if is_refusal(&error) => Err(file_refused(error)),
                _ => Ok(Created::Refused(error)),
            };
        }
        Err(error) => return Err(create_error(error, source, options)),
    };
    let section = match options.access {
        Access::ReadWrite => section,
        Access::ReadOnly => for_reading(section, protection)
            .map_err(|error| os_error(ErrorKind::Other, "create section", error))?,
    };
    Ok(match met {
        Met::Nothing => Created::New(section, protection),
        Met::Existing => Created::Existing(section),
    })
}

/// Another handle for one that may do more. It asks for nothing that the first one has not, so the
/// security of the section is not asked.
fn for_reading(section: OwnedHandle, protection: Protection) -> io::Result<OwnedHandle> {
    let mut access = rights(Access::ReadOnly) | SECTION_QUERY;
    if protection.executes() {
        access |= SECTION_MAP_EXECUTE;
    }
    call::duplicate_handle(section.as_handle(), access)
}

fn is_refusal(error: &io::Error) -> bool {
    code(error) == ERROR_ACCESS_DENIED
}

/// The same without writing to the section.
fn without_writing(protection: Protection) -> Protection {
    match protection {
        Protection::ReadWrite => Protection::ReadOnly,
        Protection::ExecuteReadWrite => Protection::ExecuteRead,
        other => other,
    }
}

/// What the section is made of. Large pages are always committed, so they win over what is only
/// reserved; a file has its own pages and its own room.
fn attributes(source: Source<'_>, options: &Options) -> Result<u32> {
    let unsupported = |detail: &'static str| {
        Err(Error::new(ErrorKind::Unsupported, "create section").detail(detail))
    };
    let caching = match options.caching {
        Caching::Cached => 0,
        Caching::NoCache => SEC_NOCACHE,
        Caching::WriteCombine => SEC_WRITECOMBINE,
    };
    if let Source::File { .. } = source {
        return Ok(SEC_COMMIT | caching);
    }
    match options.huge_pages {
        HugePages::No | HugePages::Transparent => Ok(match options.commit {
            Commit::AtCreation => SEC_COMMIT | caching,
            Commit::Never | Commit::OnDemand => SEC_RESERVE | caching,
        }),
        HugePages::TwoMiB if call::large_page_size() != 2 << 20 => {
            unsupported("this system has no pages of 2 MiB")
        }
        HugePages::TwoMiB => {
            // Held or not is for the creation to say.
            let _ = call::enable_privilege(&Wide::new(LOCK_MEMORY));
            Ok(SEC_COMMIT | SEC_LARGE_PAGES | caching)
        }
        HugePages::OneGiB => unsupported("Windows makes no sections of 1 GiB pages"),
    }
}

/// Whether any object has the name, which refused to be created.
pub(super) fn exists(name: &Wide) -> bool {
    let _gate = gate::nobody_looks();
    match call::open_file_mapping(FILE_MAP_READ, name) {
        Ok(_) => true,
        Err(error) => is_refusal(&error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::windows::fs::OpenOptionsExt;
    use std::path::PathBuf;

    use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;

    use super::*;
    use crate::name::Name;
    use crate::sys::{Handle, page_size};

    /// A file that goes with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(topic: &str) -> Scratch {
            let leaf = format!("nshm-creation-{}-{topic}", std::process::id());
            let path = std::env::temp_dir().join(leaf);
            fs::write(&path, [b'x'; 36]).unwrap();
            Scratch(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn read_only() -> Options {
        Options {
            access: Access::ReadOnly,
            ..Options::default()
        }
    }

    #[test]
    fn a_file_that_only_reads_carries_a_section_that_only_reads() {
        let scratch = Scratch::new("reads");
        let file = File::open(&scratch.0).unwrap();
        let source = |len| Source::File { file: &file, len };
        let handle = Handle::create(None, source(0), &read_only()).unwrap();
        assert_eq!((handle.len(), handle.is_file()), (36, true));
        assert_eq!(handle.protection(), Protection::ReadOnly);
        assert_eq!(
            handle.map_whole(Protection::CopyOnWrite).unwrap().len(),
            page_size()
        );
        // It does not carry one that writes, under no name either; and the file is to blame.
        let leaf = format!("nshm-creation-{}", std::process::id());
        let name = Name::new(&leaf).unwrap();
        for name in [None, Some(&name)] {
            let error = Handle::create(name, source(0), &Options::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AccessDenied);
            assert!(error.to_string().contains("the file was not opened for"));
        }
        // It does not grow.
        let error = Handle::create(None, source(37), &read_only()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfBounds);
        assert_eq!(fs::metadata(&scratch.0).unwrap().len(), 36);
    }

    #[test]
    fn who_opens_a_section_learns_that_it_is_a_file() {
        let scratch = Scratch::new("told");
        let file = File::options()
            .read(true)
            .write(true)
            .open(&scratch.0)
            .unwrap();
        let leaf = format!("nshm-creation-{}-told", std::process::id());
        let name = Name::new(&leaf).unwrap();
        let source = Source::File {
            file: &file,
            len: 0,
        };
        let made = Handle::create(Some(&name), source, &Options::default()).unwrap();
        let opened = Handle::open(&name, &read_only()).unwrap();
        for handle in [&made, &opened] {
            assert_eq!((handle.len(), handle.is_file()), (36, true));
            assert_eq!(handle.info().unwrap().len, 36);
            assert_eq!(
                handle.map_whole(Protection::ReadOnly).unwrap().len(),
                page_size()
            );
        }
        // Mapped, it cannot be shortened.
        let view = opened.map_whole(Protection::ReadOnly).unwrap();
        let error = file.set_len(1).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(1224));
        drop((view, opened, made));
        file.set_len(1).unwrap();
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let dir = File::options()
            .read(true)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
            .open(std::env::temp_dir())
            .unwrap();
        let source = Source::File {
            file: &dir,
            len: 4096,
        };
        let error = Handle::create(None, source, &Options::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let device = File::options().read(true).write(true).open("NUL").unwrap();
        let source = Source::File {
            file: &device,
            len: 4096,
        };
        let error = Handle::create(None, source, &Options::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
    }
}
