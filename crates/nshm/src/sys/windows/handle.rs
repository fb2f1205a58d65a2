//! An open section: one handle of the system, and how it was made.

use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::ERROR_ACCESS_DENIED;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_READ, SEC_FILE, SEC_NOCACHE, SEC_RESERVE, SEC_WRITECOMBINE,
};

use super::asked::{descriptor_of, info};
use super::call;
use super::creation::{Created, create, exists};
use super::error::{code, creation_refused, os_error, unlike_section};
use super::gate;
use super::mapping::{GRANULARITY, Mapped, Mapping, Part};
use super::name::{Wide, wide};
use super::rights::as_much_as_granted;
use super::security;
use super::token::{Lease, Token};
use crate::access::{Access, Caching, Protection};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::info::SectionInfo;
use crate::name::Name;
use crate::options::{Commit, Disposition, HugePages, MapRequest, Options};
use crate::sys::Source;

/// How often an open-or-create follows a name that keeps changing under it before it gives up.
const MAX_TURNS: usize = 10_000;

/// An open section.
#[derive(Debug)]
pub(crate) struct Handle {
    /// Before the handle, so that it is given up first.
    lease: OnceLock<Lease>,
    section: OwnedHandle,
    len: usize,
    traits: Traits,
    name: Option<Name>,
    access: Access,
    large_pages: bool,
    populate: bool,
    lock: bool,
}

/// How a section was made.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    /// What its views may at most do; `None` where somebody else made it, as the system does not
    /// tell.
    protection: Option<Protection>,
    caching: Caching,
    commits_on_demand: bool,
    is_file: bool,
}

impl Traits {
    /// What the system tells of a section that somebody made. All that is only reserved is taken
    /// to be committed on demand.
    fn of(attributes: u32) -> Traits {
        let has = |attribute| attributes & attribute != 0;
        Traits {
            protection: None,
            caching: if has(SEC_NOCACHE) {
                Caching::NoCache
            } else if has(SEC_WRITECOMBINE) {
                Caching::WriteCombine
            } else {
                Caching::Cached
            },
            commits_on_demand: has(SEC_RESERVE),
            is_file: has(SEC_FILE),
        }
    }
}

impl Handle {
    /// Creates a section, under a name or without one.
    pub(crate) fn create(
        name: Option<&Name>,
        source: Source<'_>,
        options: &Options,
    ) -> Result<Handle> {
        const STEP: &str = "create section";
        let spelled = name.map(wide).transpose()?;
        match create(spelled.as_ref(), source, options)? {
            Created::New(section, protection) => {
                Self::made(section, protection, name, source, options)
            }
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
        let section = {
            let _gate = gate::nobody_looks();
            as_much_as_granted(options.access, |access| {
                call::open_file_mapping(access, spelled)
            })
        }
        .map_err(|error| refused(STEP, error))?;
        Self::known(section, Some(name), options, STEP)
    }

    /// Opens the section that has a name, or gives the name to a new one.
    pub(crate) fn open_or_create(
        name: &Name,
        source: Source<'_>,
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
            match create(Some(&spelled), source, options)? {
                Created::New(section, protection) => {
                    let handle = Self::made(section, protection, Some(name), source, options)?;
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
        let section = token.redeem(|copy| as_much_as_granted(options.access, copy))?;
        // A token made by hand may mean a handle to anything.
        Self::known(section, None, options, STEP).map_err(|error| {
            if error.kind() == ErrorKind::WrongKind {
                Error::new(ErrorKind::Corrupt, STEP).detail("it does not mean a section")
            } else {
                error
            }
        })
    }

    /// Another handle of the same section.
    pub(crate) fn reopen(&self, access: Access) -> Result<Handle> {
        const STEP: &str = "open the section once more";
        let section = as_much_as_granted(access, |access| {
            call::duplicate_handle(self.section.as_handle(), access)
        })
        .map_err(|error| refused(STEP, error))?;
        Ok(Handle {
            lease: OnceLock::new(),
            section,
            name: self.name.clone(),
            access,
            ..*self
        })
    }

    /// A handle to a section that was just made.
    fn made(
        section: OwnedHandle,
        protection: Protection,
        name: Option<&Name>,
        source: Source<'_>,
        options: &Options,
    ) -> Result<Handle> {
        const STEP: &str = "create section";
        let (len, is_file) = match source {
            Source::PagingFile { len } => (Some(len), false),
            // How long the file was then, only the system knows.
            Source::File { .. } => {
                let facts = call::query_section(section.as_handle())
                    .map_err(|error| os_error(ErrorKind::Other, STEP, error))?;
                (facts.len(), true)
            }
        };
        let traits = Traits {
            protection: Some(protection),
            caching: options.caching,
            commits_on_demand: options.commit == Commit::OnDemand && !is_file,
            is_file,
        };
        Self::new(section, len, traits, name, options, STEP)
    }

    /// A handle to a section that somebody else made.
    fn known(
        section: OwnedHandle,
        name: Option<&Name>,
        options: &Options,
        step: &'static str,
    ) -> Result<Handle> {
        let fail = |error| os_error(ErrorKind::Other, step, error);
        let (len, traits) = match call::query_section(section.as_handle()) {
            Ok(facts) => (facts.len(), Traits::of(facts.attributes)),
            // Without the right to ask, a view tells a little: whole pages, also of a file.
            Err(error) if code(&error) == ERROR_ACCESS_DENIED => {
                let view = Mapped::whole(section.as_handle(), FILE_MAP_READ).map_err(fail)?;
                let extent = view.extent().map_err(fail)?;
                let traits = Traits {
                    commits_on_demand: extent.has_reserved_pages,
                    ..Traits::default()
                };
                (Some(extent.len), traits)
            }
            Err(error) => return Err(fail(error)),
        };
        Self::new(section, len, traits, name, options, step)
    }

    fn new(
        section: OwnedHandle,
        len: Option<usize>,
        traits: Traits,
        name: Option<&Name>,
        options: &Options,
        step: &'static str,
    ) -> Result<Handle> {
        let len = len
            .filter(|len| *len != 0 && isize::try_from(*len).is_ok())
            .ok_or_else(|| {
                Error::new(ErrorKind::Corrupt, step).detail("its size is none that can be mapped")
            })?;
        Ok(Handle {
            lease: OnceLock::new(),
            section,
            len,
            traits,
            name: name.cloned(),
            access: options.access,
            large_pages: options.huge_pages == HugePages::TwoMiB && !traits.is_file,
            populate: options.populate,
            lock: options.lock,
        })
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
            ..info(Kind::Section, section, handle_count)
        })
    }

    pub(crate) fn protection(&self) -> Protection {
        self.traits.protection.unwrap_or_default()
    }

    pub(crate) fn caching(&self) -> Caching {
        self.traits.caching
    }

    pub(crate) fn commits_on_demand(&self) -> bool {
        self.traits.commits_on_demand
    }

    pub(crate) fn is_file(&self) -> bool {
        self.traits.is_file
    }

    /// Only handles do.
    pub(crate) fn views_keep_the_name(&self) -> bool {
        false
    }

    /// Maps a part of the section, which must be within it, for a safe view. The mapping may begin
    /// before the part and end behind it, and must not outlive this handle.
    pub(crate) fn map(&self, offset: usize, len: usize, protection: Protection) -> Result<Mapping> {
        let request = MapRequest::around(offset, len, self.len, GRANULARITY, protection);
        let mapping = self.map_pages(&request, true)?;
        if self.lock {
            mapping.lock()?;
        }
        if self.populate {
            mapping.populate();
        }
        Ok(mapping)
    }

    /// Maps a part of the section, which must be within it. The mapping may outlive this handle.
    pub(crate) fn map_part(&self, request: &MapRequest) -> Result<Mapping> {
        self.map_pages(request, !self.traits.commits_on_demand)
    }

    fn map_pages(&self, request: &MapRequest, commit: bool) -> Result<Mapping> {
        self.check(request.protection)?;
        Mapping::new(&Part {
            section: self.section.as_handle(),
            section_len: self.len,
            request,
            large_pages: self.large_pages,
            commit,
        })
    }

    /// Whether this handle, and the section as far as it is known, admit pages of that protection.
    fn check(&self, protection: Protection) -> Result<()> {
        if protection.writes() && self.access == Access::ReadOnly {
            return Err(Error::new(ErrorKind::AccessDenied, "map section")
                .detail("this handle is read-only")
                .with_hint("open the section for writing, or map it with map_read_only()"));
        }
        match self.traits.protection {
            Some(limit) if !limit.allows(protection) => Err(unlike_section()),
            _ => Ok(()),
        }
    }

    /// The entries of an access list that gives `rights` to all who may write the section; `None`: the
    /// system does not tell who they are.
    pub(super) fn writers(&self, rights: u32) -> Option<String> {
        security::writers(&descriptor_of(self.section.as_handle())?, rights)
    }

    /// Gives the section up.
    pub(crate) fn close(self) -> Result<()> {
        drop(self.lease);
        call::close_handle(self.section)
            .map_err(|error| Error::new(ErrorKind::Other, "close section").caused_by(error))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use windows_sys::Win32::System::Memory::FILE_MAP_WRITE;

    use super::*;
    use crate::access::Security;

    impl Handle {
        pub(in super::super) fn map_whole(&self, protection: Protection) -> Result<Mapping> {
            self.map(0, self.len, protection)
        }
    }

    fn make(name: Option<&Name>, len: usize, options: &Options) -> Result<Handle> {
        Handle::create(name, Source::PagingFile { len }, options)
    }

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
        let first = make(Some(&name), 8192, &options).unwrap();
        assert_eq!(
            kind(make(Some(&name), 4096, &options)),
            ErrorKind::AlreadyExists
        );
        let (second, disposition) =
            Handle::open_or_create(&name, Source::PagingFile { len: 4096 }, &options).unwrap();
        assert_eq!(disposition, Disposition::Opened);
        assert_eq!(second.len(), 8192);
        assert_eq!(first.info().unwrap().attach_count, 2);
        set(&first.map_whole(Protection::ReadWrite).unwrap(), 8191, 7);
        assert_eq!(
            get(&second.map_whole(Protection::ReadOnly).unwrap(), 8191),
            7
        );
        first.close().unwrap();
        second.close().unwrap();
        assert_eq!(kind(Handle::open(&name, &options)), ErrorKind::NotFound);
        let (new, disposition) =
            Handle::open_or_create(&name, Source::PagingFile { len: 4096 }, &options).unwrap();
        assert_eq!(disposition, Disposition::Created);
        assert_eq!(get(&new.map_whole(Protection::ReadOnly).unwrap(), 0), 0);
    }

    #[test]
    fn of_many_who_come_at_once_one_creates() {
        let options = Options::default();
        for _ in 0..100 {
            let name = name("race");
            let results: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            Handle::open_or_create(
                                &name,
                                Source::PagingFile { len: 4096 },
                                &options,
                            )
                            .unwrap()
                        })
                    })
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
            make(Some(&name), 4096, &options).unwrap_err(),
            Handle::open(&name, &options).unwrap_err(),
            Handle::open_or_create(&name, Source::PagingFile { len: 4096 }, &options).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::WrongKind, "{error:?}");
            assert_eq!(error.raw_os_error(), Some(6));
        }
        drop(event);
        make(Some(&name), 4096, &options).unwrap();
    }

    #[test]
    fn a_read_only_handle_has_no_right_to_write() {
        let name = name("read-only");
        let made = make(Some(&name), 4096, &read_only()).unwrap();
        let opened = Handle::open(&name, &read_only()).unwrap();
        for handle in [&made, &opened] {
            assert_eq!(
                kind(handle.map_whole(Protection::ReadWrite)),
                ErrorKind::AccessDenied
            );
            // Not by our leave alone: the system refuses such a view.
            let error = Mapped::whole(handle.section.as_handle(), FILE_MAP_WRITE).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(5));
            assert_eq!(get(&handle.map_whole(Protection::ReadOnly).unwrap(), 0), 0);
            let private = handle.map_whole(Protection::CopyOnWrite).unwrap();
            set(&private, 0, 9);
            assert_eq!(get(&private, 0), 9);
            assert_eq!(get(&handle.map_whole(Protection::ReadOnly).unwrap(), 0), 0);
        }
    }

    #[test]
    fn without_the_right_to_ask_a_view_tells_the_size() {
        let options = Options::default();
        let made = make(None, 3 * 4096, &options).unwrap();
        let section = call::duplicate_handle(made.section.as_handle(), FILE_MAP_READ).unwrap();
        assert_eq!(
            call::query_section(section.as_handle())
                .unwrap_err()
                .raw_os_error(),
            Some(5)
        );
        let known = Handle::known(section, None, &read_only(), "open section").unwrap();
        assert_eq!(known.len(), 3 * 4096);
    }

    #[test]
    fn a_private_view_follows_a_page_until_it_writes_to_it() {
        let handle = make(None, 8192, &Options::default()).unwrap();
        let shared = handle.map_whole(Protection::ReadWrite).unwrap();
        let private = handle.map_whole(Protection::CopyOnWrite).unwrap();
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
            Protection::CopyOnWrite,
        ] {
            let name = name("reserved");
            let handle = make(Some(&name), len, &options).unwrap();
            // Who opens it need not know.
            let opened = Handle::open(&name, &Options::default()).unwrap();
            assert_eq!(opened.len(), len);
            let mapping = opened.map_whole(protection).unwrap();
            assert_eq!(get(&mapping, len - 1), 0);
            if protection != Protection::ReadOnly {
                set(&mapping, len - 1, 1);
            }
            let other = handle.map_whole(Protection::ReadWrite).unwrap();
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
        let handle = make(None, 1 << 20, &options).unwrap();
        for protection in [
            Protection::ReadOnly,
            Protection::ReadWrite,
            Protection::CopyOnWrite,
        ] {
            handle.map_whole(protection).unwrap();
        }
    }

    #[test]
    fn a_token_is_good_as_long_as_its_handle() {
        let options = Options::default();
        let handle = make(None, 4096, &options).unwrap();
        let token = handle.token().unwrap();
        assert_eq!(handle.token().unwrap(), token);
        let same = Handle::from_token(&token, &options).unwrap();
        set(&same.map_whole(Protection::ReadWrite).unwrap(), 0, 5);
        assert_eq!(get(&handle.map_whole(Protection::ReadOnly).unwrap(), 0), 5);
        let reader = Handle::from_token(&token, &read_only()).unwrap();
        assert_eq!(
            kind(reader.map_whole(Protection::ReadWrite)),
            ErrorKind::AccessDenied
        );
        drop(handle);
        let others: Vec<Handle> = (0..50)
            .map(|_| make(None, 4096, &options).unwrap())
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
        let made = make(Some(&name), 4096, &options).unwrap();
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
            kind(make(None, 1 << 30, &huge(HugePages::OneGiB))),
            ErrorKind::Unsupported
        );
        make(None, 4096, &huge(HugePages::Transparent)).unwrap();
        // A privilege on Windows; Wine does not ask for it.
        match make(None, 2 << 20, &huge(HugePages::TwoMiB)) {
            Ok(handle) => {
                let mapping = handle.map_whole(Protection::ReadWrite).unwrap();
                set(&mapping, (2 << 20) - 1, 1);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error:?}");
                assert!(error.hint().is_some());
            }
        }
    }

    #[test]
    fn who_opens_a_section_learns_how_it_was_made() {
        let table = [
            (Commit::AtCreation, Caching::Cached),
            (Commit::AtCreation, Caching::NoCache),
            (Commit::OnDemand, Caching::WriteCombine),
            (Commit::OnDemand, Caching::Cached),
        ];
        for (commit, caching) in table {
            let name = name("traits");
            let options = Options {
                commit,
                caching,
                protection: Protection::ExecuteRead,
                ..Options::default()
            };
            let made = make(Some(&name), 4096, &options).unwrap();
            let opened = Handle::open(&name, &read_only()).unwrap();
            let again = opened.reopen(Access::ReadWrite).unwrap();
            for handle in [&made, &opened, &again] {
                assert_eq!(handle.caching(), caching);
                assert_eq!(handle.commits_on_demand(), commit == Commit::OnDemand);
                assert!(!handle.is_file());
            }
            assert_eq!(made.protection(), Protection::ExecuteRead);
            // The system tells everything but this.
            assert_eq!(opened.protection(), Protection::ReadWrite);
            opened.map_whole(Protection::ExecuteRead).unwrap();
        }
    }

    /// Its maker knows that nobody will ever commit them.
    #[test]
    fn a_part_of_what_is_only_reserved_is_there_for_its_maker() {
        let options = Options {
            commit: Commit::Never,
            ..Options::default()
        };
        let handle = make(None, 1 << 20, &options).unwrap();
        assert!(!handle.commits_on_demand());
        let request = MapRequest {
            offset: 1 << 16,
            len: 8192,
            protection: Protection::ReadWrite,
            address: None,
            alignment: 1 << 16,
        };
        let part = handle.map_part(&request).unwrap();
        assert_eq!(part.committed(0).unwrap(), (true, 8192));
        set(&part, 8191, 1);
    }
}
