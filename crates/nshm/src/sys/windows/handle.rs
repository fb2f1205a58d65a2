//! An open section: one handle of the system, and how it is mapped.

use std::io;
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_WORKING_SET_QUOTA,
};
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_COPY, FILE_MAP_LARGE_PAGES, FILE_MAP_READ, FILE_MAP_WRITE, PAGE_READONLY,
    PAGE_READWRITE, SEC_COMMIT, SEC_LARGE_PAGES, SEC_RESERVE, SECTION_QUERY,
};

use super::call::{self, Met, PageState, page_size};
use super::error::{code, create_error, creation_refused, os_error};
use super::gate;
use super::name::{Wide, wide};
use super::security;
use super::token::{Lease, Token};
use crate::access::{Access, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::info::SectionInfo;
use crate::name::Name;
use crate::options::{Commit, Disposition, HugePages, Options, Protection};

/// How often an open-or-create follows a name that keeps changing under it before it gives up.
const MAX_TURNS: usize = 10_000;

/// The privilege that large pages need.
const LOCK_MEMORY: &str = "SeLockMemoryPrivilege";

/// An open section.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Before the handle, so that it is given up first.
    lease: OnceLock<Lease>,
    section: OwnedHandle,
    len: usize,
    name: Option<Name>,
    access: Access,
    large_pages: bool,
    populate: bool,
    lock: bool,
}

impl Handle {
    /// Creates a section, under a name or without one.
    pub(crate) fn create(name: Option<&Name>, len: usize, options: &Options) -> Result<Handle> {
        const STEP: &str = "create section";
        let spelled = name.map(wide).transpose()?;
        match create(spelled.as_ref(), len, options)? {
            Created::New(section) => Ok(Handle::new(section, len, name, options)),
            Created::Existing(_) => Err(Error::new(ErrorKind::AlreadyExists, STEP)),
            // A name that exists and does not admit us, or one that we may not create?
            Created::Refused(error) => Err(match (name, spelled) {
                (Some(name), Some(spelled)) if !exists(&spelled) => {
                    creation_refused(name.scope(), error)
                }
                (Some(_), _) => Error::new(ErrorKind::AlreadyExists, STEP).caused_by(error),
                _ => os_error(ErrorKind::Other, STEP, error),
            }),
        }
    }

    /// Opens a section that has a name.
    pub(crate) fn open(name: &Name, options: &Options) -> Result<Handle> {
        Self::open_spelled(&wide(name)?, name, options)
    }

    fn open_spelled(spelled: &Wide, name: &Name, options: &Options) -> Result<Handle> {
        const STEP: &str = "open section";
        let section =
            open(spelled, rights(options.access)).map_err(|error| refused(STEP, error))?;
        Self::known(section, Some(name), options, STEP)
    }

    /// Opens the section that has a name, or gives the name to a new one.
    pub(crate) fn open_or_create(
        name: &Name,
        len: usize,
        options: &Options,
    ) -> Result<(Handle, Disposition)> {
        let spelled = wide(name)?;
        let mut refusal = None;
        for _ in 0..MAX_TURNS {
            // First, because a creation asks for more access to what exists than we need.
            match Self::open_spelled(&spelled, name, options) {
                Ok(handle) => return Ok((handle, Disposition::Opened)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            // Refused just now, and still nobody has the name.
            if let Some(error) = refusal {
                return Err(creation_refused(name.scope(), error));
            }
            match create(Some(&spelled), len, options)? {
                Created::New(section) => {
                    let handle = Handle::new(section, len, Some(name), options);
                    return Ok((handle, Disposition::Created));
                }
                Created::Existing(section) => {
                    let handle = Self::known(section, Some(name), options, "open section")?;
                    return Ok((handle, Disposition::Opened));
                }
                Created::Refused(error) => refusal = Some(error),
            }
        }
        Err(Error::new(ErrorKind::TimedOut, "open or create section")
            .detail("the name keeps changing hands"))
    }

    /// Opens the section that a token stands for.
    pub(crate) fn from_token(token: &str, options: &Options) -> Result<Handle> {
        const STEP: &str = "open the section of the token";
        let token = Token::parse(token).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, STEP).detail("it is no token of nshm for Windows")
        })?;
        let section = token.redeem(rights(options.access) | SECTION_QUERY)?;
        // A token made by hand may mean a handle to anything.
        Self::known(section, None, options, STEP).map_err(|error| {
            if error.kind() == ErrorKind::WrongKind {
                Error::new(ErrorKind::Corrupt, STEP).detail("it does not mean a section")
            } else {
                error
            }
        })
    }

    /// A handle to a section that somebody else made.
    fn known(
        section: OwnedHandle,
        name: Option<&Name>,
        options: &Options,
        step: &'static str,
    ) -> Result<Handle> {
        let fail = |error| os_error(ErrorKind::Other, step, error);
        let len = match call::section_len(section.as_handle()) {
            Ok(len) => usize::try_from(len).ok(),
            // Without the right to ask, a view tells.
            Err(error) if code(&error) == ERROR_ACCESS_DENIED => {
                let view = Mapped::new(section.as_handle(), FILE_MAP_READ).map_err(fail)?;
                Some(view.extent().map_err(fail)?.len)
            }
            Err(error) => return Err(fail(error)),
        };
        // That of a file may end within a page, of which a view has all.
        let len = len
            .and_then(|len| len.checked_next_multiple_of(page_size()))
            .filter(|len| *len != 0 && isize::try_from(*len).is_ok())
            .ok_or_else(|| {
                Error::new(ErrorKind::Corrupt, step).detail("its size is none that can be mapped")
            })?;
        Ok(Handle::new(section, len, name, options))
    }

    fn new(section: OwnedHandle, len: usize, name: Option<&Name>, options: &Options) -> Handle {
        Handle {
            lease: OnceLock::new(),
            section,
            len,
            name: name.cloned(),
            access: options.access,
            large_pages: options.huge_pages == HugePages::TwoMiB,
            populate: options.populate,
            lock: options.lock,
        }
    }

    /// A text by which another process opens this section while it is open here.
    pub(crate) fn token(&self) -> Result<String> {
        if let Some(lease) = self.lease.get() {
            return Ok(lease.token().to_string());
        }
        let lease = Lease::new(self.section.as_handle())
            .map_err(|error| os_error(ErrorKind::Other, "make a token for section", error))?;
        // Another thread may have been faster; then its lease counts.
        Ok(self.lease.get_or_init(|| lease).token().to_string())
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn info(&self) -> Result<SectionInfo> {
        let section = self.section.as_handle();
        let handle_count = {
            let _gate = gate::nobody_looks();
            call::handle_count(section)
        }
        .map_err(|error| os_error(ErrorKind::Other, "ask about the section", error))?;
        Ok(SectionInfo {
            len: self.len,
            ..info(section, handle_count)
        })
    }

    /// Maps the whole section. The mapping must not outlive this handle.
    pub(crate) fn map(&self, protection: Protection) -> Result<Mapping> {
        const STEP: &str = "map section";
        let view_access = match (protection, self.access) {
            (Protection::ReadOnly, _) => FILE_MAP_READ,
            (Protection::ReadWrite, Access::ReadWrite) => FILE_MAP_WRITE,
            (Protection::Private, _) => FILE_MAP_COPY,
            (Protection::ReadWrite, Access::ReadOnly) => {
                return Err(Error::new(ErrorKind::AccessDenied, STEP)
                    .detail("this handle is read-only")
                    .with_hint("open the section for writing, or map it with map_read_only()"));
            }
        };
        let view = self.map_view(view_access).map_err(|error| {
            // The handle allows it; then the protection of the section, chosen by its creator,
            // does not.
            if code(&error) == ERROR_INVALID_PARAMETER {
                Error::new(ErrorKind::AccessDenied, STEP)
                    .detail("the pages of this section are read-only for everybody")
                    .with_hint("map it with map_read_only()")
                    .caused_by(error)
            } else {
                os_error(ErrorKind::CommitLimit, STEP, error)
            }
        })?;
        let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
        let extent = view.extent().map_err(fail)?;
        // Whatever the section's record says, only what is there is handed out.
        if extent.len < self.len || !extent.is_data {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail("its view is not the memory that its size promises"));
        }
        if extent.has_reserved_pages {
            self.commit(&view, protection).map_err(|error| {
                fail(error).with_hint("its pages were only reserved, and there is no memory now")
            })?;
        }
        if self.lock {
            lock(view.base, self.len).map_err(|error| {
                os_error(
                    ErrorKind::AccessDenied,
                    "lock the section into memory",
                    error,
                )
                .with_hint("let this process have a larger working set")
            })?;
        }
        if self.populate {
            view.populate(self.len);
        }
        Ok(Mapping {
            view,
            len: self.len,
        })
    }

    fn map_view(&self, access: u32) -> io::Result<Mapped> {
        let section = self.section.as_handle();
        if self.large_pages {
            // Since Windows 10 1703 a view has large pages only where it asks for them. Where it
            // cannot, its memory is the same.
            if let Ok(view) = Mapped::new(section, access | FILE_MAP_LARGE_PAGES) {
                return Ok(view);
            }
        }
        Mapped::new(section, access)
    }

    /// Commits the pages of a section that was only reserved. They are then committed for every
    /// view, so a private one has it done by another.
    fn commit(&self, view: &Mapped, protection: Protection) -> io::Result<()> {
        match protection {
            Protection::ReadOnly => view.commit(self.len, PAGE_READONLY),
            Protection::ReadWrite => view.commit(self.len, PAGE_READWRITE),
            Protection::Private => Mapped::new(self.section.as_handle(), FILE_MAP_READ)?
                .commit(self.len, PAGE_READONLY),
        }
    }

    /// Gives the section up.
    pub(crate) fn close(self) -> Result<()> {
        drop(self.lease);
        call::close_handle(self.section)
            .map_err(|error| Error::new(ErrorKind::Other, "close section").caused_by(error))
    }
}

/// The access that a handle of the system needs for this.
fn rights(access: Access) -> u32 {
    match access {
        Access::ReadWrite => FILE_MAP_READ | FILE_MAP_WRITE,
        Access::ReadOnly => FILE_MAP_READ,
    }
}

/// Opens with the right to ask for the size, or without it where that is not granted.
fn open(name: &Wide, rights: u32) -> io::Result<OwnedHandle> {
    let _gate = gate::nobody_looks();
    match call::open_file_mapping(rights | SECTION_QUERY, name) {
        Err(error) if code(&error) == ERROR_ACCESS_DENIED => call::open_file_mapping(rights, name),
        result => result,
    }
}

fn refused(step: &'static str, error: io::Error) -> Error {
    let denied = code(&error) == ERROR_ACCESS_DENIED;
    let error = os_error(ErrorKind::Other, step, error);
    if denied {
        error
            .detail("who made it does not admit this access")
            .with_hint("if its creator admits others to read only, open it read-only")
    } else {
        error
    }
}

/// What a creation did.
enum Created {
    New(OwnedHandle),
    /// Nothing: the name has an object, and this is it.
    Existing(OwnedHandle),
    /// The system refuses, either the name or the object that has it.
    Refused(io::Error),
}

fn create(name: Option<&Wide>, len: usize, options: &Options) -> Result<Created> {
    let descriptor = security::descriptor(options.security)?;
    let flags = PAGE_READWRITE | creation_flags(options)?;
    let made = {
        let _gate = gate::nobody_looks();
        call::create_file_mapping(flags, len, &descriptor, name)
    };
    let (section, met) = match made {
        Ok(made) => made,
        Err(error) if code(&error) == ERROR_ACCESS_DENIED => return Ok(Created::Refused(error)),
        Err(error) => return Err(create_error(error, len, options)),
    };
    let section = match options.access {
        Access::ReadWrite => section,
        Access::ReadOnly => {
            let access = rights(Access::ReadOnly) | SECTION_QUERY;
            call::duplicate_handle(section.as_handle(), access)
                .map_err(|error| os_error(ErrorKind::Other, "create section", error))?
        }
    };
    Ok(match met {
        Met::Nothing => Created::New(section),
        Met::Existing => Created::Existing(section),
    })
}

/// What the section is made of. Large pages are always committed, so they win over reserve-only.
fn creation_flags(options: &Options) -> Result<u32> {
    let unsupported = |detail: &'static str| {
        Err(Error::new(ErrorKind::Unsupported, "create section").detail(detail))
    };
    match options.huge_pages {
        HugePages::No | HugePages::Transparent => Ok(match options.commit {
            Commit::AtCreation => SEC_COMMIT,
            Commit::Never => SEC_RESERVE,
        }),
        HugePages::TwoMiB if call::large_page_size() != 2 << 20 => {
            unsupported("this system has no pages of 2 MiB")
        }
        HugePages::TwoMiB => {
            // Held or not is for the creation to say.
            let _ = call::enable_privilege(&Wide::new(LOCK_MEMORY));
            Ok(SEC_COMMIT | SEC_LARGE_PAGES)
        }
        HugePages::OneGiB => unsupported("Windows makes no sections of 1 GiB pages"),
    }
}

/// Whether any object has the name, which refused to be created.
fn exists(name: &Wide) -> bool {
    let _gate = gate::nobody_looks();
    match call::open_file_mapping(FILE_MAP_READ, name) {
        Ok(_) => true,
        Err(error) => code(&error) == ERROR_ACCESS_DENIED,
    }
}

/// What the system tells of a section, in the words of the public API. It keeps no record of its
/// creator and its age.
pub(super) fn info(section: BorrowedHandle<'_>, handle_count: u32) -> SectionInfo {
    let unknown = unknown_info();
    let len = call::section_len(section)
        .ok()
        .and_then(|len| usize::try_from(len).ok())
        .and_then(|len| len.checked_next_multiple_of(page_size()));
    let security = call::security_of(section)
        .or_else(|_| {
            let section = call::duplicate_handle(section, READ_CONTROL)?;
            call::security_of(section.as_handle())
        })
        .ok()
        .and_then(|descriptor| security::parse(&descriptor));
    SectionInfo {
        len: len.unwrap_or(unknown.len),
        attach_count: handle_count.into(),
        security: security.unwrap_or(unknown.security),
        ..unknown
    }
}

/// What is said of a section that may not be asked.
pub(super) fn unknown_info() -> SectionInfo {
    SectionInfo {
        len: 0,
        creator_pid: 0,
        creator_uid: u32::MAX,
        created: SystemTime::UNIX_EPOCH,
        attach_count: 0,
        resident: 0,
        swapped: 0,
        security: Security::owner(),
    }
}

/// Locks pages, and makes room for them in the working set where that is too small.
fn lock(base: NonNull<u8>, len: usize) -> io::Result<()> {
    match call::virtual_lock(base, len) {
        Err(error) if code(&error) == ERROR_WORKING_SET_QUOTA => {
            call::grow_working_set(len)?;
            call::virtual_lock(base, len)
        }
        result => result,
    }
}

/// A view of the whole of a section. It is unmapped when this is dropped.
#[derive(Debug)]
struct Mapped {
    base: NonNull<u8>,
}

/// What a view has.
struct Extent {
    len: usize,
    has_reserved_pages: bool,
    is_data: bool,
}

impl Mapped {
    fn new(section: BorrowedHandle<'_>, access: u32) -> io::Result<Mapped> {
        let base = call::map_view_of_file(section, access)?;
        Ok(Mapped { base })
    }

    /// Asks the system what was mapped.
    fn extent(&self) -> io::Result<Extent> {
        let base = self.base.as_ptr().addr();
        let mut extent = Extent {
            len: 0,
            has_reserved_pages: false,
            is_data: true,
        };
        loop {
            let region = call::virtual_query(base + extent.len)?;
            if region.view != base || region.state == PageState::Free {
                return Ok(extent);
            }
            extent.has_reserved_pages |= region.state == PageState::Reserved;
            extent.is_data &= region.is_data;
            extent.len += region.len;
        }
    }

    fn commit(&self, len: usize, protection: u32) -> io::Result<()> {
        // SAFETY: the view is ours and, as its extent said, that long.
        unsafe { call::virtual_alloc_commit(self.base, len, protection) }
    }

    /// Touches each page: a read makes it, too.
    fn populate(&self, len: usize) {
        for offset in (0..len).step_by(page_size()) {
            // SAFETY: the offset is inside the view, whose pages are readable and committed.
            // Others may write there meanwhile, so it is read as an atomic.
            let byte = unsafe { &*self.base.as_ptr().add(offset).cast::<AtomicU8>() };
            std::hint::black_box(byte.load(Ordering::Relaxed));
        }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the view is ours, and whoever hands out pointers into it keeps this alive.
        unsafe { call::unmap_view_of_file(self.base) };
    }
}

// SAFETY: a view belongs to the whole process; any thread may use and unmap it.
unsafe impl Send for Mapped {}
// SAFETY: the address never changes.
unsafe impl Sync for Mapped {}

/// Memory of a section in this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    view: Mapped,
    len: usize,
}

impl Mapping {
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.view.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(topic: &str) -> Name {
        Name::new(&format!("nshm-handle-{}-{topic}", std::process::id())).unwrap()
    }

    fn read_only() -> Options {
        Options {
            access: Access::ReadOnly,
            ..Options::default()
        }
    }

    fn kind<T>(result: Result<T>) -> ErrorKind {
        match result {
            Ok(_) => panic!("it succeeded"),
            Err(error) => error.kind(),
        }
    }

    fn byte(mapping: &Mapping, at: usize) -> &AtomicU8 {
        assert!(at < mapping.len());
        // SAFETY: inside the mapping, as was just asserted; all access here is atomic.
        unsafe { &*mapping.base().as_ptr().add(at).cast() }
    }

    fn set(mapping: &Mapping, at: usize, value: u8) {
        byte(mapping, at).store(value, Ordering::Relaxed);
    }

    fn get(mapping: &Mapping, at: usize) -> u8 {
        byte(mapping, at).load(Ordering::Relaxed)
    }

    #[test]
    fn a_name_that_is_alive_is_told_apart_in_one_step() {
        let name = name("alive");
        let options = Options::default();
        let first = Handle::create(Some(&name), 8192, &options).unwrap();
        assert_eq!(
            kind(Handle::create(Some(&name), 4096, &options)),
            ErrorKind::AlreadyExists
        );
        let (second, disposition) = Handle::open_or_create(&name, 4096, &options).unwrap();
        assert_eq!(disposition, Disposition::Opened);
        assert_eq!(second.len(), 8192);
        assert_eq!(first.info().unwrap().attach_count, 2);
        set(&first.map(Protection::ReadWrite).unwrap(), 8191, 7);
        assert_eq!(get(&second.map(Protection::ReadOnly).unwrap(), 8191), 7);
        first.close().unwrap();
        second.close().unwrap();
        assert_eq!(kind(Handle::open(&name, &options)), ErrorKind::NotFound);
        let (new, disposition) = Handle::open_or_create(&name, 4096, &options).unwrap();
        assert_eq!(disposition, Disposition::Created);
        assert_eq!(get(&new.map(Protection::ReadOnly).unwrap(), 0), 0);
    }

    #[test]
    fn of_many_who_come_at_once_one_creates() {
        let options = Options::default();
        for _ in 0..100 {
            let name = name("race");
            let results: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|_| scope.spawn(|| Handle::open_or_create(&name, 4096, &options).unwrap()))
                    .collect();
                threads.into_iter().map(|it| it.join().unwrap()).collect()
            });
            let created = |(_, disposition): &&(_, _)| *disposition == Disposition::Created;
            assert_eq!(results.iter().filter(created).count(), 1);
            let count = results[0].0.info().unwrap().attach_count;
            assert_eq!(count, 4);
        }
    }

    /// All kinds of objects share one name space, and the system says 6.
    #[test]
    fn a_name_of_another_kind_is_of_the_wrong_kind() {
        let name = name("event");
        let event = call::create_event(&wide(&name).unwrap()).unwrap();
        let options = Options::default();
        for error in [
            Handle::create(Some(&name), 4096, &options).unwrap_err(),
            Handle::open(&name, &options).unwrap_err(),
            Handle::open_or_create(&name, 4096, &options).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::WrongKind, "{error:?}");
            assert_eq!(error.raw_os_error(), Some(6));
        }
        drop(event);
        Handle::create(Some(&name), 4096, &options).unwrap();
    }

    #[test]
    fn a_read_only_handle_has_no_right_to_write() {
        let name = name("read-only");
        let made = Handle::create(Some(&name), 4096, &read_only()).unwrap();
        let opened = Handle::open(&name, &read_only()).unwrap();
        for handle in [&made, &opened] {
            assert_eq!(
                kind(handle.map(Protection::ReadWrite)),
                ErrorKind::AccessDenied
            );
            // Not by our leave alone: the system refuses such a view.
            let error = Mapped::new(handle.section.as_handle(), FILE_MAP_WRITE).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(5));
            assert_eq!(get(&handle.map(Protection::ReadOnly).unwrap(), 0), 0);
            let private = handle.map(Protection::Private).unwrap();
            set(&private, 0, 9);
            assert_eq!(get(&private, 0), 9);
            assert_eq!(get(&handle.map(Protection::ReadOnly).unwrap(), 0), 0);
        }
    }

    #[test]
    fn without_the_right_to_ask_a_view_tells_the_size() {
        let options = Options::default();
        let made = Handle::create(None, 3 * 4096, &options).unwrap();
        let section = call::duplicate_handle(made.section.as_handle(), FILE_MAP_READ).unwrap();
        assert_eq!(
            call::section_len(section.as_handle())
                .unwrap_err()
                .raw_os_error(),
            Some(5)
        );
        let known = Handle::known(section, None, &read_only(), "open section").unwrap();
        assert_eq!(known.len(), 3 * 4096);
    }

    #[test]
    fn a_private_view_follows_a_page_until_it_writes_to_it() {
        let handle = Handle::create(None, 8192, &Options::default()).unwrap();
        let shared = handle.map(Protection::ReadWrite).unwrap();
        let private = handle.map(Protection::Private).unwrap();
        set(&shared, 0, 1);
        set(&shared, 4096, 1);
        assert_eq!(get(&private, 0), 1);
        set(&private, 1, 2);
        set(&shared, 0, 3);
        set(&shared, 4096, 3);
        assert_eq!(get(&private, 0), 1);
        assert_eq!(get(&private, 4096), 3);
        assert_eq!(get(&shared, 1), 0);
    }

    #[test]
    fn reserved_pages_are_there_when_they_are_mapped() {
        let options = Options {
            commit: Commit::Never,
            ..Options::default()
        };
        let len = 16 << 20;
        for protection in [
            Protection::ReadOnly,
            Protection::ReadWrite,
            Protection::Private,
        ] {
            let name = name("reserved");
            let handle = Handle::create(Some(&name), len, &options).unwrap();
            // Who opens it need not know.
            let opened = Handle::open(&name, &Options::default()).unwrap();
            assert_eq!(opened.len(), len);
            let mapping = opened.map(protection).unwrap();
            assert_eq!(get(&mapping, len - 1), 0);
            if protection != Protection::ReadOnly {
                set(&mapping, len - 1, 1);
            }
            let other = handle.map(Protection::ReadWrite).unwrap();
            let shared = protection == Protection::ReadWrite;
            assert_eq!(get(&other, len - 1), u8::from(shared));
        }
    }

    #[test]
    fn populated_and_locked() {
        let options = Options {
            populate: true,
            lock: true,
            ..Options::default()
        };
        let handle = Handle::create(None, 1 << 20, &options).unwrap();
        for protection in [
            Protection::ReadOnly,
            Protection::ReadWrite,
            Protection::Private,
        ] {
            handle.map(protection).unwrap();
        }
    }

    #[test]
    fn a_token_is_good_as_long_as_its_handle() {
        let options = Options::default();
        let handle = Handle::create(None, 4096, &options).unwrap();
        let token = handle.token().unwrap();
        assert_eq!(handle.token().unwrap(), token);
        let same = Handle::from_token(&token, &options).unwrap();
        set(&same.map(Protection::ReadWrite).unwrap(), 0, 5);
        assert_eq!(get(&handle.map(Protection::ReadOnly).unwrap(), 0), 5);
        let reader = Handle::from_token(&token, &read_only()).unwrap();
        assert_eq!(
            kind(reader.map(Protection::ReadWrite)),
            ErrorKind::AccessDenied
        );
        drop(handle);
        let others: Vec<Handle> = (0..50)
            .map(|_| Handle::create(None, 4096, &options).unwrap())
            .collect();
        assert_eq!(
            kind(Handle::from_token(&token, &options)),
            ErrorKind::NotFound
        );
        // The value of the handle may have come to mean another section. As if it had:
        let theirs = others[0].token().unwrap();
        let (head, _) = theirs.rsplit_once('.').unwrap();
        let (_, number) = token.rsplit_once('.').unwrap();
        let stale = format!("{head}.{number}");
        assert_eq!(
            kind(Handle::from_token(&stale, &options)),
            ErrorKind::NotFound
        );
        for other in &others {
            let token = other.token().unwrap();
            Handle::from_token(&token, &options).unwrap();
        }
        assert_eq!(kind(Handle::from_token("x", &options)), ErrorKind::Corrupt);
        let nobody = format!("nshm1w:{}.1:4.0", u32::MAX - 3);
        assert_eq!(
            kind(Handle::from_token(&nobody, &options)),
            ErrorKind::NotFound
        );
    }

    #[test]
    fn the_system_tells_whom_a_section_admits() {
        let security = Security::everyone().others_read_only();
        let options = Options {
            security,
            ..Options::default()
        };
        let name = name("security");
        let made = Handle::create(Some(&name), 4096, &options).unwrap();
        let opened = Handle::open(&name, &read_only()).unwrap();
        for handle in [made, opened] {
            let info = handle.info().unwrap();
            assert_eq!(info.security, security);
            assert_eq!(info.len, 4096);
            assert_eq!(info.creator_uid, u32::MAX);
        }
    }

    #[test]
    fn pages_that_the_system_does_not_have_are_refused() {
        let huge = |huge_pages| Options {
            huge_pages,
            ..Options::default()
        };
        assert_eq!(
            kind(Handle::create(None, 1 << 30, &huge(HugePages::OneGiB))),
            ErrorKind::Unsupported
        );
        Handle::create(None, 4096, &huge(HugePages::Transparent)).unwrap();
        // A privilege on Windows; Wine does not ask for it.
        match Handle::create(None, 2 << 20, &huge(HugePages::TwoMiB)) {
            Ok(handle) => {
                let mapping = handle.map(Protection::ReadWrite).unwrap();
                set(&mapping, (2 << 20) - 1, 1);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error:?}");
                assert!(error.hint().is_some());
            }
        }
    }
}
