//! Sections as Windows makes and opens them: sizes, attributes, names and rights.

use std::sync::Arc;

use nshm::{Access, Caching, Disposition, ErrorKind, SectionOptions};
use rustix::fs::FileType;
use rustix::io::Errno;

use super::boundary::Text;
use super::file::File;
use super::handle_table;
use super::object::{Object, Rights};
use super::object_name;
use super::page_protection::PageProtection;
use super::security::Protection;
use super::sharing::FileId;
use super::text::Unit;
use super::types::access::*;
use super::types::{DWORD, HANDLE, map, sec};
use super::winerror::*;

/// An open section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    section: nshm::Section,
    /// The file that it is over.
    file: Option<FileId>,
}

/// What `CreateFileMapping` is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) file: HANDLE,
    pub(crate) security: Protection,
    /// `PAGE_*` and `SEC_*`
    pub(crate) protection: DWORD,
    pub(crate) size: u64,
}

/// A section with what its handle may do, and whether it is new.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) section: Section,
    pub(crate) access: DWORD,
    pub(crate) disposition: Disposition,
    /// It was just made, and admits nobody.
    pub(crate) is_closed: bool,
}

impl Request {
    /// Creates a section, or opens the one that has the name.
    ///
    /// Parameters are looked at first, then the file, then the name, as on Windows.
    pub(crate) fn create<U: Unit>(&self, name: Text<U>) -> Result<Opened> {
        let page = PageProtection::of_section(self.protection & !sec::ALL)?;
        let is_memory = self.file == HANDLE::INVALID || self.file == HANDLE::NULL;
        if is_memory && self.size == 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let name = object_name::decode(name)?.filter(|name| !name.is_empty());
        let attributes = Attributes::new(self.protection & sec::ALL, is_memory)?;
        let size = self.size()?;
        let file = match is_memory {
            true => None,
            false => Some(self.file(page, size, attributes)?),
        };
        if attributes.image {
            return Err(ERROR_BAD_EXE_FORMAT);
        }
        if attributes.large_pages {
            return Err(large_pages(size));
        }
        let mut options = nshm::Section::options()
            .size(size)
            .protection(page.in_core())
            .caching(attributes.caching)
            .commit_on_demand(attributes.reserve)
            .separate_pages(name.is_some() && is_memory)
            .security(self.security.security());
        if let Some(file) = &file {
            options = options.file(Arc::clone(file.file()));
        }
        let (section, disposition) = match name {
            None => (
                options.access(access_for(page.granted())).anonymous(),
                Disposition::Created,
            ),
            Some(name) => {
                let name = object_name::parse(&name)?;
                match open_with(&options, page.granted(), |options| {
                    options.open_or_create(&name)
                }) {
                    Ok((section, disposition)) => (Ok(section), disposition),
                    Err(error) => (Err(error), Disposition::Created),
                }
            }
        };
        let section = section.map_err(|error| creation_failed(error, is_memory))?;
        Ok(Opened {
            section: match (disposition, file) {
                (Disposition::Created, Some(file)) => Section {
                    section,
                    file: Some(file.id()),
                },
                _ => Section::new(section),
            },
            access: page.granted(),
            disposition,
            is_closed: self.security == Protection::Nobody && disposition == Disposition::Created,
        })
    }

    fn size(&self) -> Result<usize> {
        /// As much as a section of Windows can have.
        const MOST: u64 = 1 << 44;
        match self.size {
            size if size >= i64::MAX.cast_unsigned() => Err(ERROR_INVALID_PARAMETER),
            size if size >= MOST => Err(ERROR_NOT_ENOUGH_MEMORY),
            size => usize::try_from(size).map_err(|_| ERROR_NOT_ENOUGH_MEMORY),
        }
    }

    /// The file, if a section of this protection and size can be over it.
    fn file(&self, page: PageProtection, size: usize, attributes: Attributes) -> Result<Arc<File>> {
        let entry = handle_table::get(self.file)?;
        let Object::File(file) = &entry.object else {
            return Err(ERROR_INVALID_HANDLE);
        };
        if file.kind() == FileType::Directory {
            return Err(ERROR_INVALID_HANDLE);
        }
        entry.require(page.right_to_file())?;
        if file.kind() != FileType::RegularFile || attributes.image {
            return Err(ERROR_BAD_EXE_FORMAT);
        }
        let len = file.len()?;
        if len == 0 && size == 0 {
            return Err(ERROR_FILE_INVALID);
        }
        if size as u64 > len && !page.writes() {
            return Err(ERROR_NOT_ENOUGH_MEMORY);
        }
        Ok(Arc::clone(file))
    }
}

/// Large pages take a privilege, which no user of Linux has.
fn large_pages(size: usize) -> Win32Error {
    const LARGE_PAGE: usize = 2 << 20;
    if size.is_multiple_of(LARGE_PAGE) {
        ERROR_PRIVILEGE_NOT_HELD
    } else {
        ERROR_INVALID_PARAMETER
    }
}

fn creation_failed(error: nshm::Error, is_memory: bool) -> Win32Error {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        // A file could not be made longer.
        Some(Errno::NOSPC) if !is_memory => ERROR_DISK_FULL,
        _ => error.into(),
    }
}

/// Opens a section that has a name.
pub(crate) fn open<U: Unit>(wanted: DWORD, name: Text<U>) -> Result<Opened> {
    let name = object_name::decode(name)?.ok_or(ERROR_INVALID_PARAMETER)?;
    let name = object_name::parse(&name)?;
    let options = nshm::Section::options();
    let access = granted(wanted);
    let opened = open_with(&options, access.unwrap_or(0), |options| options.open(&name));
    let opened = match opened {
        // The most that there is may be less than everything.
        Err(error) if wanted & MAXIMUM_ALLOWED != 0 && error.kind() == ErrorKind::AccessDenied => {
            let reading = granted(MAXIMUM_ALLOWED)? & !SECTION_MAP_WRITE;
            return Ok(Opened {
                section: Section::new(options.access(Access::ReadOnly).open(&name)?),
                access: reading,
                disposition: Disposition::Opened,
                is_closed: false,
            });
        }
        opened => opened?,
    };
    // Only what is there can be refused.
    Ok(Opened {
        section: Section::new(opened),
        access: access?,
        disposition: Disposition::Opened,
        is_closed: false,
    })
}

/// What a handle may do that is opened with these bits of `FILE_MAP_*` and rights.
fn granted(wanted: DWORD) -> Result<DWORD> {
    let wanted = match wanted {
        // Not the right to query, which has the same number.
        map::COPY => SECTION_MAP_READ,
        wanted if wanted & map::EXECUTE != 0 => wanted & !map::EXECUTE | SECTION_MAP_EXECUTE,
        wanted => wanted,
    };
    match Rights::section().translate(wanted)? {
        0 => Err(ERROR_ACCESS_DENIED),
        granted => Ok(granted),
    }
}

/// How the core is to open a section for this.
fn access_for(granted: DWORD) -> Access {
    if granted & SECTION_MAP_WRITE != 0 {
        Access::ReadWrite
    } else {
        Access::ReadOnly
    }
}

/// Opens for a mask of rights. Writing may be denied by the system where the section is for reading
/// anyway: on Windows the handle then has the right, and its views do not.
fn open_with<T: OpensSection>(
    options: &SectionOptions,
    granted: DWORD,
    open: impl Fn(&SectionOptions) -> nshm::Result<T>,
) -> nshm::Result<T> {
    let opened = open(&options.clone().access(access_for(granted)));
    match opened {
        Err(error) if error.kind() == ErrorKind::AccessDenied => {
            match open(&options.clone().access(Access::ReadOnly)) {
                Ok(opened) if !opened.section().protection().writes() => Ok(opened),
                _ => Err(error),
            }
        }
        opened => opened,
    }
}

/// What opening gives.
trait OpensSection {
    fn section(&self) -> &nshm::Section;
}

impl OpensSection for nshm::Section {
    fn section(&self) -> &nshm::Section {
        self
    }
}

impl OpensSection for (nshm::Section, Disposition) {
    fn section(&self) -> &nshm::Section {
        &self.0
    }
}

/// `SEC_*`, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attributes {
    reserve: bool,
    image: bool,
    large_pages: bool,
    caching: Caching,
}

impl Attributes {
    /// # Errors
    /// 87 for combinations that make no sense.
    fn new(bits: DWORD, is_memory: bool) -> Result<Attributes> {
        let bits = if bits == 0 { sec::COMMIT } else { bits };
        let caching = match bits & (sec::NOCACHE | sec::WRITECOMBINE) {
            0 => Caching::Cached,
            sec::NOCACHE => Caching::NoCache,
            sec::WRITECOMBINE => Caching::WriteCombine,
            _ => return Err(ERROR_INVALID_PARAMETER),
        };
        let mut attributes = Attributes {
            reserve: false,
            image: false,
            large_pages: false,
            caching,
        };
        match bits & !(sec::NOCACHE | sec::WRITECOMBINE) {
            sec::COMMIT => Ok(attributes),
            sec::RESERVE => {
                // A file has its pages.
                attributes.reserve = is_memory;
                Ok(attributes)
            }
            sec::IMAGE if caching != Caching::WriteCombine => {
                attributes.image = true;
                Ok(attributes)
            }
            bits if bits == sec::COMMIT | sec::LARGE_PAGES && is_memory => {
                attributes.large_pages = true;
                Ok(attributes)
            }
            _ => Err(ERROR_INVALID_PARAMETER),
        }
    }
}

impl Section {
    /// A section that was opened by its name.
    fn new(section: nshm::Section) -> Section {
        let path = match section.is_file() {
            true => section.info().ok().and_then(|info| info.file),
            false => None,
        };
        Section {
            section,
            file: path.and_then(|path| FileId::of(&path)),
        }
    }

    pub(crate) fn core(&self) -> &nshm::Section {
        &self.section
    }

    /// The file that it is over.
    pub(crate) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// The same section for a handle with this access.
    ///
    /// # Errors
    /// 5 where the section does not admit this user to that.
    pub(crate) fn with_access(&self, access: DWORD) -> Result<Section> {
        let has = self.section.access();
        if access_for(access) == Access::ReadOnly || has == Access::ReadWrite {
            return Ok(self.clone());
        }
        match self.section.reopen(Access::ReadWrite) {
            Ok(section) => Ok(Section {
                section,
                file: self.file,
            }),
            // No view could write, so the right is without meaning.
            Err(_) if !self.section.protection().writes() => Ok(self.clone()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_go_together_as_on_windows() {
        const R: DWORD = sec::RESERVE;
        const C: DWORD = sec::COMMIT;
        const N: DWORD = sec::NOCACHE;
        const W: DWORD = sec::WRITECOMBINE;
        const L: DWORD = sec::LARGE_PAGES;
        const F: DWORD = sec::FILE;
        const I: DWORD = sec::IMAGE;
        let good = [0, R, R | N, R | W, C, C | N, C | W];
        let images = [I, I | N];
        let bad = [
            R | C,
            N,
            W,
            L,
            R | L,
            F,
            F | R,
            F | C,
            I | R,
            I | C,
            I | W,
            I | F,
            I | L,
            C | N | W,
            C | N | W | R,
        ];
        for is_memory in [true, false] {
            for bits in good {
                let attributes = Attributes::new(bits, is_memory).unwrap();
                assert_eq!(attributes.reserve, is_memory && bits & R != 0, "{bits:#x}");
                assert!(!attributes.image && !attributes.large_pages);
            }
            for bits in images {
                assert!(Attributes::new(bits, is_memory).unwrap().image, "{bits:#x}");
            }
            for bits in bad {
                let refused = Attributes::new(bits, is_memory);
                assert_eq!(refused, Err(ERROR_INVALID_PARAMETER), "{bits:#x}");
            }
        }
        assert!(Attributes::new(C | L, true).unwrap().large_pages);
        assert!(Attributes::new(C | L, false).is_err());
    }

    #[test]
    fn opening_grants_what_the_bits_mean() {
        let table = [
            (1, Ok(4)),
            (4, Ok(4)),
            (2, Ok(2)),
            (6, Ok(6)),
            (5, Ok(5)),
            (0x20, Ok(8)),
            (0x24, Ok(0xC)),
            (0xF_001F, Ok(0xF_001F)),
            (0xF_003F, Ok(0xF_001F)),
            (GENERIC_READ, Ok(0x2_0005)),
            (GENERIC_ALL, Ok(0xF_001F)),
            (MAXIMUM_ALLOWED, Ok(0xF_001F)),
            (0, Err(ERROR_ACCESS_DENIED)),
            (0x100, Err(ERROR_ACCESS_DENIED)),
            (SYNCHRONIZE, Err(ERROR_ACCESS_DENIED)),
            (ACCESS_SYSTEM_SECURITY, Err(ERROR_PRIVILEGE_NOT_HELD)),
        ];
        for (wanted, expected) in table {
            assert_eq!(granted(wanted), expected, "{wanted:#x}");
        }
    }
}
