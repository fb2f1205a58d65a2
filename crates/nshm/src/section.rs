//! The safe object: a named section and the ways to make, find and map one.

use std::fmt;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use crate::access::{Access, Caching, Protection, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::info::{Listed, SectionInfo};
use crate::name::{Name, Scope};
use crate::options::{Commit, Disposition, HugePages, MapRequest, Options};
use crate::sys::{self, Handle, Source};
use crate::view::{RawView, View, ViewMut};

/// What offsets and addresses of raw views are multiples of, in bytes: the allocation granularity
/// of Windows, on every system.
const GRANULARITY: usize = 1 << 16;

/// Memory under a name, shared by every process that opens it.
///
/// A `Section` is a handle. The name and the memory live as long as any process has a `Section`
/// or a view of it, and are gone at once when the last one goes: by [`Drop`], by the end of the
/// process, by `kill -9`. A clone is the same handle.
///
/// # Platform
/// - Linux: a System V segment that is marked for removal at birth and found through a symbolic
///   link; see DESIGN.md. A child of `fork` is a user of its own. A process that changes its IPC
///   namespace (`unshare`, `setns`) must do so before it first uses this crate, or `exec` after.
/// - Windows: a file mapping object backed by the paging file.
///
/// Source: MS Learn, "Creating Named Shared Memory".
///
/// ```
/// use nshm::Section;
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::create("frame of the doc test", 256)?;
/// section.map()?.write_at(0, b"Message from first process.")?;
///
/// // In another process:
/// let section = Section::open("frame of the doc test")?;
/// let text = section.map_read_only()?.read_vec(0, 27)?;
/// assert_eq!(text, b"Message from first process.");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CreateFileMapping")]
#[doc(alias = "OpenFileMapping")]
#[doc(alias = "shm_open")]
#[derive(Clone)]
pub struct Section {
    handle: Arc<Handle>,
}

impl Section {
    /// Creates a section of `size` bytes of zeros under a name that is free. `CreateFileMapping`
    ///
    /// The size is rounded up to whole pages; [`len`](Section::len) says the rounded size. The
    /// whole size is promised now: touching it later does not fail for want of memory in
    /// `/dev/shm`.
    ///
    /// # Errors
    /// - `AlreadyExists`: a live section has the name. `WrongKind`: a live object of another kind.
    /// - `InvalidName`, `InvalidSize` (zero).
    /// - `CommitLimit`, `TooManySections`: the system cannot give that much, or no more.
    /// - `AccessDenied`, `PrivilegeNotHeld`: this user may not create names there.
    /// - `ForeignNamespace`, `Corrupt`: the name is held by what this process cannot judge.
    /// - `Unsupported`: a POSIX object (`posix:/x`), which belongs to the program that makes it.
    /// - `NotFound`: the directory of the private namespace is missing, or another user whose local
    ///   name it would be has none yet, and only that user and root can make it (Linux).
    pub fn create<N>(name: N, size: usize) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Section::options().size(size).create(name)
    }

    /// Opens a section that exists, for reading and writing. `OpenFileMapping`
    ///
    /// # Errors
    /// - `NotFound`: no live object has the name.
    /// - `AccessDenied`: its creator does not admit this user, or to read only; or its pages are from a
    ///   pool, see [`huge_pages`](SectionOptions::huge_pages).
    /// - `CommitLimit`: its pages are from a pool, which lacks some of them.
    /// - `WrongKind`: the name belongs to an object of another kind.
    /// - `InvalidName`, `ForeignNamespace`, `Corrupt`.
    pub fn open<N>(name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Section::options().open(name)
    }

    /// Opens a section that exists, for reading only: no page of it is writable in this process.
    ///
    /// # Errors
    /// As for [`open`](Section::open).
    pub fn open_read_only<N>(name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Section::options().access(Access::ReadOnly).open(name)
    }

    /// Opens the section of a name, or creates it, and says which.
    ///
    /// As on Windows an existing section keeps its size: compare [`len`](Section::len).
    ///
    /// # Errors
    /// As for [`create`](Section::create) and [`open`](Section::open), but not `AlreadyExists`, and
    /// `NotFound` only where `create` says so.
    pub fn open_or_create<N>(name: N, size: usize) -> Result<(Section, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Section::options().size(size).open_or_create(name)
    }

    /// Everything else that can be asked of a new section or a new handle.
    pub fn options() -> SectionOptions {
        SectionOptions::default()
    }

    /// Creates a section without a name. Another process gets it by its [`token`](Section::token).
    ///
    /// # Errors
    /// As for [`create`](Section::create), as far as they do not concern names.
    pub fn anonymous(size: usize) -> Result<Section> {
        Section::options().size(size).anonymous()
    }

    /// A text by which another process can open this section: hand it over on a command line, in
    /// an environment variable or through a pipe. It is good while a handle or a view is open
    /// here.
    ///
    /// It admits nobody whom the section's [`Security`] does not, with one exception: a section of
    /// [`Security::nobody`], which nobody can open by its name, opens by its token. So it is for those to
    /// whom its creator hands it.
    ///
    /// # Errors
    /// `Other`, where the system refuses. `Unsupported` for a POSIX object, and on Linux for a file without a
    /// name of this crate's.
    ///
    /// # Platform
    /// - Linux: names the segment, and is good while anybody has it open. For a
    ///   section of [`Security::nobody`] it must be used by the same user or root.
    /// - Windows: names this process and its handle, and goes with that handle; who uses it must be
    ///   allowed to copy handles of this process.
    ///
    /// ```
    /// use nshm::Section;
    ///
    /// # fn main() -> nshm::Result<()> {
    /// let section = Section::anonymous(4096)?;
    /// let token = section.token()?;
    /// // In another process:
    /// let same = Section::from_token(&token)?;
    /// same.map()?.write_at(0, b"hello")?;
    /// assert_eq!(section.map()?.read_vec(0, 5)?, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn token(&self) -> Result<String> {
        self.handle.token()
    }

    /// Opens the section that a [`token`](Section::token) stands for, for reading and writing.
    ///
    /// A token is a text that anybody can write, and proves nothing: who makes one up leads this process
    /// to whatever section, or file behind one, this process may open. So take it only from
    /// whom you would let choose, or open it read-only and as a user that may open little.
    ///
    /// # Errors
    /// `NotFound` where it has gone, `Corrupt` where the text is no token, `AccessDenied`,
    /// `ForeignNamespace`.
    pub fn from_token(token: &str) -> Result<Section> {
        Section::options().from_token(token)
    }

    /// Opens a section, as soon as somebody has created it, for reading and writing. It does not
    /// poll. Without a timeout it waits for ever.
    ///
    /// # Errors
    /// `TimedOut`, and as for [`open`](Section::open) except `NotFound`.
    ///
    /// # Platform
    /// - Linux: inotify(7) on the directory of the name.
    /// - Windows has no notice of new names: it looks again after short pauses.
    ///
    /// ```
    /// use nshm::{ErrorKind, Section};
    /// use std::time::Duration;
    ///
    /// let late = Section::wait("nobody makes this", Duration::from_millis(5)).unwrap_err();
    /// assert_eq!(late.kind(), ErrorKind::TimedOut);
    /// ```
    pub fn wait<N>(name: N, timeout: impl Into<Option<Duration>>) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        Section::options().wait(name, timeout)
    }

    /// Another handle of the same section, with other access.
    ///
    /// # Errors
    /// `AccessDenied` where the section, or its file, does not admit this user to that.
    ///
    /// ```
    /// use nshm::{Access, Section};
    ///
    /// # fn main() -> nshm::Result<()> {
    /// let section = Section::anonymous(4096)?;
    /// let reader = section.reopen(Access::ReadOnly)?;
    /// assert!(reader.map().is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "DuplicateHandle")]
    pub fn reopen(&self, access: Access) -> Result<Section> {
        let handle = self.handle.reopen(access);
        handle
            .map(Section::from_handle)
            .map_err(|error| self.named(error))
    }

    /// Its size in bytes: never zero, and whole pages unless it is over a file.
    #[allow(clippy::len_without_is_empty, reason = "a section is never empty")]
    pub fn len(&self) -> usize {
        self.handle.len()
    }

    /// The name it was created or opened by; `None` for one without a name or by a token.
    pub fn name(&self) -> Option<&Name> {
        self.handle.name()
    }

    /// What this handle may do.
    pub fn access(&self) -> Access {
        self.handle.access()
    }

    /// The most that its views may do.
    ///
    /// # Platform
    /// - Windows does not tell of a section that was opened: then [`Protection::ReadWrite`].
    pub fn protection(&self) -> Protection {
        self.handle.protection()
    }

    /// How it is cached.
    pub fn caching(&self) -> Caching {
        self.handle.caching()
    }

    /// Whether its pages are committed one by one; see [`SectionOptions::commit_on_demand`].
    ///
    /// # Platform
    /// - Windows: true also of a section that another handle made
    ///   [reserve-only](SectionOptions::reserve_only), as the system makes no difference.
    pub fn commits_on_demand(&self) -> bool {
        self.handle.commits_on_demand()
    }

    /// Whether it is over a file.
    pub fn is_file(&self) -> bool {
        self.handle.is_file()
    }

    /// What the system knows of it: creator, age, users, memory.
    ///
    /// # Errors
    /// `Other`, where the system does not tell.
    pub fn info(&self) -> Result<SectionInfo> {
        self.handle.info().map_err(|error| self.named(error))
    }

    /// Maps the whole section for reading and writing. `MapViewOfFile`
    ///
    /// # Errors
    /// `AccessDenied` for a read-only handle, or where the section was made with a
    /// [`protection`](SectionOptions::protection) that forbids it. `Corrupt` where its file was cut off.
    ///
    /// # Platform
    /// - Linux: costs no system call; the handle's own attach serves.
    /// - Windows: a view of its own.
    #[doc(alias = "MapViewOfFile")]
    pub fn map(&self) -> Result<ViewMut> {
        self.view_options().map()
    }

    /// Maps the whole section for reading. The pages are read-only for this process, and cannot
    /// be made writable.
    ///
    /// # Errors
    /// - `CommitLimit` where the address space is full.
    /// - `ForeignNamespace` where this thread has left the IPC namespace of the section.
    ///
    /// # Platform
    /// - Linux: `mprotect` can make pages of a file writable, as those of every mapping of a file
    ///   that is open for writing. Where that matters, use a handle with [`Access::ReadOnly`].
    pub fn map_read_only(&self) -> Result<View> {
        self.view_options().map_read_only()
    }

    /// Maps the whole section copy-on-write: what is written stays in this process. To copy less, map
    /// a part: [`view_options`](Section::view_options).
    ///
    /// # Errors
    /// `CommitLimit` where there is no memory for the private pages.
    ///
    /// # Platform
    /// - Linux: a private copy, made now: the cost is that of copying the section, and later
    ///   writes of others are not seen. Pages of a file are shared until this process writes to
    ///   them.
    /// - Windows: pages are shared until this process writes to them (`FILE_MAP_COPY`).
    pub fn map_private(&self) -> Result<ViewMut> {
        self.view_options().map_private()
    }

    /// A view of a part: an offset and a length.
    pub fn view_options(&self) -> ViewOptions<'_> {
        ViewOptions {
            section: self,
            offset: 0,
            len: None,
        }
    }

    /// A view that is only an address, for those who build another interface on this crate.
    /// `MapViewOfFileEx`
    ///
    /// # Platform
    /// - Linux: not of pages from a pool ([`HugePages::TwoMiB`], [`HugePages::OneGiB`]), which have
    ///   no parts; but a copy-on-write view is a copy of them in ordinary pages.
    pub fn raw_view(&self) -> RawViewOptions<'_> {
        RawViewOptions {
            section: self,
            offset: 0,
            len: None,
            protection: Protection::ReadWrite,
            address: None,
        }
    }

    /// Closes this handle and says whether that went well, where dropping it would not. If clones
    /// or views of it are left, they keep the section, and nothing is closed yet. `CloseHandle`
    ///
    /// # Errors
    /// `TimedOut` where a stopped process of the same user kept the name from being removed: a
    /// stale name is left, which the next creator replaces. Where the name is another user's, who left
    /// before, it is stale as well and no error: that user's next creation replaces it.
    #[doc(alias = "CloseHandle")]
    pub fn close(self) -> Result<()> {
        let Some(handle) = Arc::into_inner(self.handle) else {
            return Ok(());
        };
        let name = handle.name().cloned();
        handle.close().map_err(|error| match name {
            Some(name) => error.on(name),
            None => error,
        })
    }

    fn named(&self, error: Error) -> Error {
        match self.name() {
            Some(name) => error.on(name),
            None => error,
        }
    }

    fn from_handle(handle: Handle) -> Section {
        Section {
            handle: Arc::new(handle),
        }
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("name", &self.name())
            .field("len", &self.len())
            .field("access", &self.access())
            .finish()
    }
}

/// What to ask of a new section, or of a new handle to an existing one.
///
/// Options that concern the making of a section (size, security, reserve-only) are ignored when an
/// existing one is opened, as on Windows.
///
/// ```
/// use nshm::{Access, Section, Security};
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::options()
///     .size(1 << 20)
///     .security(Security::everyone().others_read_only())
///     .populate(true)
///     .create("options of the doc test")?;
/// let reader = Section::options()
///     .access(Access::ReadOnly)
///     .open("options of the doc test")?;
/// assert_eq!(reader.len(), section.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SectionOptions {
    options: Options,
    file: Option<Arc<File>>,
}

impl SectionOptions {
    /// The size in bytes of a section to be created; rounded up to whole pages. No default, but
    /// for a section over a [`file`](SectionOptions::file).
    pub fn size(mut self, bytes: usize) -> Self {
        self.options.size = Some(bytes);
        self
    }

    /// What the handle may do. Default: [`Access::ReadWrite`].
    pub fn access(mut self, access: Access) -> Self {
        self.options.access = access;
        self
    }

    /// Whom a new section admits. Default: [`Security::owner`].
    pub fn security(mut self, security: Security) -> Self {
        self.options.security = security;
        self
    }

    /// Whether to bring every page into memory now. Default: pages come when they are touched.
    ///
    /// # Platform
    /// - Linux: `MADV_POPULATE_WRITE`, or `MADV_POPULATE_READ` for a read-only handle; without
    ///   effect before Linux 5.14.
    /// - Windows: touches each page.
    pub fn populate(mut self, populate: bool) -> Self {
        self.options.populate = populate;
        self
    }

    /// Whether to keep the section's pages from being swapped out. Default: not.
    ///
    /// # Platform
    /// - Linux: `SHM_LOCK`, within the user's locked memory limit.
    /// - Windows: `VirtualLock` on each view; the working set is enlarged where it is too small.
    pub fn lock(mut self, lock: bool) -> Self {
        self.options.lock = lock;
        self
    }

    /// Whether the size is only reserved: nothing is promised at creation, and a touch may fail
    /// when memory has run out. Default: the whole size is promised.
    ///
    /// # Platform
    /// - Linux: `SHM_NORESERVE`; pages come when they are touched.
    /// - Windows: `SEC_RESERVE`; this crate commits pages when it maps them.
    /// - Both: pages from a pool are promised all the same.
    pub fn reserve_only(mut self, reserve_only: bool) -> Self {
        self.options.commit.choose(Commit::Never, reserve_only);
        self
    }

    /// The size of the pages. Default: [`HugePages::No`].
    ///
    /// Pages from a pool are brought into memory at once, by whoever makes or opens the section: one
    /// that the pool lacks is `CommitLimit` then. On Linux whoever may write such a section can take its
    /// pages away again, and a touch of one that the pool lacks by then ends the process (`SIGBUS`). So
    /// give it to those you trust. Who opens one must ask for pages from a pool as well, of whatever size,
    /// or is `AccessDenied`, unless its creator is the same user or root and nobody else may write it.
    ///
    /// # Platform
    /// - Linux: `MADV_HUGEPAGE` for transparent ones (the system must allow them, see
    ///   `/sys/kernel/mm/transparent_hugepage/shmem_enabled`), `SHM_HUGETLB` for the pools.
    /// - Windows: `SEC_LARGE_PAGES` for 2 MiB, a privilege, and only in the views of a handle that
    ///   asked for them; transparent ones do not exist.
    pub fn huge_pages(mut self, huge_pages: HugePages) -> Self {
        self.options.huge_pages = huge_pages;
        self
    }

    /// Whether core files contain the section as this handle maps it. Default: not, or every
    /// core file would hold every section.
    ///
    /// # Platform
    /// - Linux: without it, `MADV_DONTDUMP`.
    /// - Windows: no effect.
    pub fn dumpable(mut self, dumpable: bool) -> Self {
        self.options.dumpable = dumpable;
        self
    }

    /// Lets a new section be over a file and not over memory: its pages are those of the file.
    /// Default: memory.
    ///
    /// Without a size, or with 0, the section is as long as the file is now; a size beyond that
    /// makes the file longer. The length of the section is that size, not rounded. Others open
    /// the section by its name, and the file with the right that they have to it themselves: the
    /// file must still lie under its path then. It must be the creator's own file, or the
    /// creator root, for others to trust it.
    ///
    /// # Platform
    /// - Linux: `mmap` of the file. Room for what it grows by is taken at once, where its file
    ///   system can. It must not be shortened meanwhile; see [`View`]. A file of hugetlbfs is
    ///   `Unsupported`.
    /// - Windows: a file mapping object over the file, which the system keeps from being shortened.
    ///   The file must be open for all that the section may do ([`protection`]), execution too; if
    ///   it is open for reading only, so is a section with [`Access::ReadOnly`].
    ///
    /// [`protection`]: SectionOptions::protection
    ///
    /// ```
    /// use nshm::Section;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("nshm-doc-file-{}", std::process::id()));
    /// std::fs::write(&path, "a file")?;
    /// let file = std::fs::File::options().read(true).write(true).open(&path)?;
    /// let section = Section::options().file(file).create("a file of the doc test")?;
    /// assert_eq!(section.len(), 6);
    ///
    /// // In another process:
    /// Section::open("a file of the doc test")?.map()?.write_at(2, b"name")?;
    /// assert_eq!(std::fs::read(&path)?, b"a name");
    /// # drop(section);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn file(mut self, file: impl Into<Arc<File>>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The most that views of a new section may do. Default: [`Protection::ReadWrite`].
    ///
    /// # Platform
    /// - Linux: recorded with the name and kept by this crate.
    /// - Windows: the page protection of the section.
    pub fn protection(mut self, protection: Protection) -> Self {
        self.options.protection = protection;
        self
    }

    /// How a new section is cached. Default: [`Caching::Cached`].
    pub fn caching(mut self, caching: Caching) -> Self {
        self.options.caching = caching;
        self
    }

    /// Whether the pages of a new section are only reserved, until a [`RawView`] commits them.
    /// Default: not.
    ///
    /// # Platform
    /// - Linux: `SHM_NORESERVE`, and a bit for each page. Touching a page that is not committed
    ///   takes what memory there is.
    /// - Windows: `SEC_RESERVE`. Touching such a page is a fault; a [`View`] commits all it has.
    pub fn commit_on_demand(mut self, commit_on_demand: bool) -> Self {
        let commit = &mut self.options.commit;
        commit.choose(Commit::OnDemand, commit_on_demand);
        self
    }

    /// Whether the pages of a new section are separate from what carries its name, so that a
    /// [`RawView`] keeps them and not the name. Default: not.
    ///
    /// # Platform
    /// - Linux: a second segment, and a second attach for each handle.
    /// - Windows: always so.
    pub fn separate_pages(mut self, separate_pages: bool) -> Self {
        self.options.separate_pages = separate_pages;
        self
    }

    /// Creates a section; see [`Section::create`].
    ///
    /// # Errors
    /// As for [`Section::create`]; `InvalidSize` where no size was given.
    pub fn create<N>(&self, name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        self.source("create section")
            .and_then(|source| Handle::create(Some(&name), source, &self.options))
            .map(Section::from_handle)
            .map_err(|error| error.on(&name))
    }

    /// Opens a section; see [`Section::open`].
    ///
    /// # Errors
    /// As for [`Section::open`].
    pub fn open<N>(&self, name: N) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        Handle::open(&name, &self.options)
            .map(Section::from_handle)
            .map_err(|error| error.on(&name))
    }

    /// Opens or creates a section; see [`Section::open_or_create`].
    ///
    /// # Errors
    /// As for [`Section::open_or_create`]; `InvalidSize` where no size was given.
    pub fn open_or_create<N>(&self, name: N) -> Result<(Section, Disposition)>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        self.source("open or create section")
            .and_then(|source| Handle::open_or_create(&name, source, &self.options))
            .map(|(handle, disposition)| (Section::from_handle(handle), disposition))
            .map_err(|error| error.on(&name))
    }

    /// Creates a section without a name; see [`Section::anonymous`].
    ///
    /// # Errors
    /// As for [`Section::anonymous`]; `InvalidSize` where no size was given.
    pub fn anonymous(&self) -> Result<Section> {
        self.source("create section")
            .and_then(|source| Handle::create(None, source, &self.options))
            .map(Section::from_handle)
    }

    /// Opens the section of a token; see [`Section::from_token`].
    ///
    /// # Errors
    /// As for [`Section::from_token`].
    #[allow(
        clippy::wrong_self_convention,
        reason = "the name of Section::from_token"
    )]
    pub fn from_token(&self, token: &str) -> Result<Section> {
        Handle::from_token(token, &self.options)
            .map(Section::from_handle)
            .map_err(|error| error.on(token))
    }

    /// Opens a section as soon as it exists; see [`Section::wait`].
    ///
    /// # Errors
    /// As for [`Section::wait`].
    pub fn wait<N>(&self, name: N, timeout: impl Into<Option<Duration>>) -> Result<Section>
    where
        N: TryInto<Name>,
        Error: From<N::Error>,
    {
        let name = name.try_into()?;
        sys::wait(&name, timeout.into(), &self.options)
            .map(Section::from_handle)
            .map_err(|error| error.on(&name))
    }

    /// What is to be behind the pages.
    fn source(&self, step: &'static str) -> Result<Source<'_>> {
        Ok(match &self.file {
            Some(file) => Source::File {
                file,
                len: self.options.size.unwrap_or(0),
            },
            None => Source::PagingFile {
                len: self.len(step)?,
            },
        })
    }

    /// The size in whole pages.
    fn len(&self, step: &'static str) -> Result<usize> {
        let invalid = |detail: &'static str| {
            Error::new(ErrorKind::InvalidSize, step)
                .detail(detail)
                .with_hint("a section has at least one byte")
        };
        match self.options.size {
            None => Err(invalid("no size was given")),
            Some(0) => Err(invalid("the size is zero")),
            Some(size) => {
                let page = self.options.huge_pages.pool_page();
                size.checked_next_multiple_of(page.unwrap_or_else(sys::page_size))
                    .filter(|len| isize::try_from(*len).is_ok())
                    .ok_or_else(|| {
                        Error::new(ErrorKind::CommitLimit, step)
                            .detail(format!("no address space holds {size} bytes"))
                    })
            }
        }
    }
}

/// Which part of a section to map. The default is all of it.
///
/// Any offset will do, on every system: what a system wants aligned is seen to inside.
///
/// ```
/// use nshm::Section;
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::anonymous(8192)?;
/// section.map()?.write_at(5000, b"here")?;
/// let part = section.view_options().offset(5000).len(4).map_read_only()?;
/// assert_eq!(part.len(), 4);
/// assert_eq!(part.read_vec(0, 4)?, b"here");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ViewOptions<'s> {
    section: &'s Section,
    offset: usize,
    len: Option<usize>,
}

impl ViewOptions<'_> {
    /// Where the view begins, in bytes. Default: 0.
    pub fn offset(mut self, bytes: usize) -> Self {
        self.offset = bytes;
        self
    }

    /// How many bytes the view has. Default: up to the end.
    pub fn len(mut self, bytes: usize) -> Self {
        self.len = Some(bytes);
        self
    }

    /// Maps for reading and writing; see [`Section::map`].
    ///
    /// # Errors
    /// `OutOfBounds`, and as for [`Section::map`].
    pub fn map(&self) -> Result<ViewMut> {
        self.view(Protection::ReadWrite).map(ViewMut::new)
    }

    /// Maps for reading; see [`Section::map_read_only`].
    ///
    /// # Errors
    /// `OutOfBounds`, and as for [`Section::map_read_only`].
    pub fn map_read_only(&self) -> Result<View> {
        self.view(Protection::ReadOnly)
    }

    /// Maps copy-on-write; see [`Section::map_private`].
    ///
    /// # Errors
    /// `OutOfBounds`, and as for [`Section::map_private`].
    pub fn map_private(&self) -> Result<ViewMut> {
        self.view(Protection::CopyOnWrite).map(ViewMut::new)
    }

    fn view(&self, protection: Protection) -> Result<View> {
        let named = |error| self.section.named(error);
        let end = self.section.len();
        let len = match self.len {
            Some(len) => len,
            None => end.saturating_sub(self.offset),
        };
        if self.offset.checked_add(len).is_none_or(|last| last > end) {
            return Err(named(Error::out_of_bounds(self.offset, len, end)));
        }
        let handle = &self.section.handle;
        let mapping = handle.map(self.offset, len, protection).map_err(named)?;
        let skipped = self.offset - mapping.offset();
        Ok(View::new(mapping, Arc::clone(handle), skipped, len))
    }
}

/// Which part of a section to map as an address, how, and where.
///
/// See [`RawView`] for an example.
#[derive(Clone, Debug)]
#[must_use]
pub struct RawViewOptions<'s> {
    section: &'s Section,
    offset: usize,
    len: Option<usize>,
    protection: Protection,
    address: Option<usize>,
}

impl RawViewOptions<'_> {
    /// Where the view begins, in bytes: a multiple of 65,536. Default: 0.
    pub fn offset(mut self, bytes: usize) -> Self {
        self.offset = bytes;
        self
    }

    /// How many bytes the view has, rounded up to whole pages. Default: up to the end.
    pub fn len(mut self, bytes: usize) -> Self {
        self.len = Some(bytes);
        self
    }

    /// What its pages admit. Default: [`Protection::ReadWrite`].
    pub fn protection(mut self, protection: Protection) -> Self {
        self.protection = protection;
        self
    }

    /// The address to map at, and no other: a multiple of 65,536. Default: the system chooses one.
    pub fn address(mut self, address: usize) -> Self {
        self.address = Some(address);
        self
    }

    /// Maps.
    ///
    /// # Errors
    /// - `Misaligned`: the offset or the address is not a multiple of 65,536.
    /// - `OutOfBounds`: the part reaches past the end, or is empty.
    /// - `AccessDenied`: the handle or the section does not admit that protection.
    /// - `AddressInUse`, `CommitLimit`.
    /// - `Corrupt`: the file of the section has become shorter.
    /// - `Unsupported`: the pages are from a pool of huge pages (Linux).
    pub fn map(&self) -> Result<RawView> {
        let named = |error| self.section.named(error);
        for (what, value) in [
            ("offset", self.offset),
            ("address", self.address.unwrap_or(0)),
        ] {
            if !value.is_multiple_of(GRANULARITY) {
                return Err(named(
                    Error::new(ErrorKind::Misaligned, "map section").detail(format!(
                        "the {what} {value:#x} is not a multiple of {GRANULARITY:#x}"
                    )),
                ));
            }
        }
        let end = self.section.len();
        let len = match self.len {
            Some(len) => len,
            None => end.saturating_sub(self.offset),
        };
        let last = self.offset.checked_add(len);
        if len == 0 || last.is_none_or(|last| last > end) {
            return Err(named(Error::out_of_bounds(self.offset, len, end)));
        }
        let handle = &self.section.handle;
        let request = MapRequest {
            offset: self.offset,
            len,
            protection: self.protection,
            address: self.address,
            alignment: GRANULARITY,
        };
        let mapping = handle.map_part(&request).map_err(named)?;
        let keeps_handle = handle.views_keep_the_name();
        Ok(RawView::new(
            mapping,
            keeps_handle.then(|| Arc::clone(handle)),
        ))
    }
}

/// Every live object of a scope, sorted by name.
///
/// It shows what this user may not open, too.
///
/// # Platform
/// - Linux: attaches nothing, so no list keeps an object alive.
/// - Windows: opens each object for a moment, as asking for it takes.
///
/// # Errors
/// `AccessDenied` where the directory of the scope may not be read; `Other`.
///
/// ```
/// use nshm::{Scope, Section};
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::create("listed by the doc test", 4096)?;
/// let found = nshm::list(Scope::Local)?;
/// assert!(found.iter().any(|object| object.name.leaf() == "listed by the doc test"));
/// # Ok(())
/// # }
/// ```
pub fn list(scope: Scope) -> Result<Vec<Listed>> {
    sys::list(&scope)
}

/// The live object of a name, without opening it: it need not admit this user, and is not kept
/// alive (on Windows it is for a moment).
///
/// # Errors
/// `NotFound`, `ForeignNamespace`, `Corrupt`, `InvalidName`.
///
/// ```
/// use nshm::Section;
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::create("found by the doc test", 4096)?;
/// assert_eq!(nshm::find("found by the doc test")?.info.len, section.len());
/// # Ok(())
/// # }
/// ```
pub fn find<N>(name: N) -> Result<Listed>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    let name = name.try_into()?;
    sys::find(&name).map_err(|error| error.on(&name))
}

/// The number of the user (Linux) or session (Windows) whose local names are this process's own:
/// `Session\<number>\x` is `x`.
///
/// # Errors
/// `Other`, where the system does not tell.
pub fn session() -> Result<u32> {
    sys::session()
}

/// The numbers of the users (Linux) or sessions (Windows) that have local names, for
/// [`Scope::Session`].
///
/// # Errors
/// `Other`, where the system does not tell.
pub fn sessions() -> Result<Vec<u32>> {
    sys::sessions()
}

/// The ids of the processes that have the object of a name open, as far as this user may see,
/// in ascending order.
///
/// # Errors
/// `NotFound`, and as for [`Section::open`].
///
/// # Platform
/// - Linux: from `/proc/PID/maps`; other users' processes are seen by root only.
///   [`SectionInfo::attach_count`] counts them all.
/// - Windows: from the system's table of handles; who has only a view, or lets no handles be copied,
///   is not seen. To ask takes a handle, so an object whose last user goes in that very moment stays
///   for as long as it takes to look.
///
/// ```
/// use nshm::Section;
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::create("held by the doc test", 4096)?;
/// assert!(nshm::holders("held by the doc test")?.contains(&std::process::id()));
/// # Ok(())
/// # }
/// ```
pub fn holders<N>(name: N) -> Result<Vec<u32>>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    let name = name.try_into()?;
    sys::holders(&name).map_err(|error| error.on(&name))
}

/// Clears a name whose object is gone, and says whether it was there: what the last user left
/// when it was killed. A live name is never touched, and nobody needs to call this: a creator of
/// the name does the same.
///
/// # Errors
/// `AccessDenied` where the name belongs to another user; `TimedOut`; `ForeignNamespace`,
/// `Corrupt`, `InvalidName`.
///
/// # Platform
/// - Linux: removes a stale link.
/// - Windows: names go with their objects; always `false`.
///
/// ```
/// # fn main() -> nshm::Result<()> {
/// let section = nshm::Section::create("alive in the doc test", 4096)?;
/// assert!(!nshm::clear_stale("alive in the doc test")?);
/// # Ok(())
/// # }
/// ```
pub fn clear_stale<N>(name: N) -> Result<bool>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    let name = name.try_into()?;
    sys::clear_stale(&name).map_err(|error| error.on(&name))
}

/// Takes the name away from an object that may be alive. Whoever has it open keeps it; nobody
/// finds it any more, and the name is free.
///
/// This is for administrators: nothing in normal use needs it.
///
/// # Errors
/// `NotFound`; `AccessDenied` where the name belongs to another user; `TimedOut`; `Unsupported`
/// on Windows, where only closing every handle frees a name.
///
/// ```
/// use nshm::Section;
///
/// # fn main() -> nshm::Result<()> {
/// let old = Section::create("unnamed by the doc test", 4096)?;
/// if nshm::remove("unnamed by the doc test").is_ok() {
///     let new = Section::create("unnamed by the doc test", 4096)?;
///     old.map()?.write_at(0, b"old")?;
///     assert_eq!(new.map()?.read_vec(0, 3)?, [0, 0, 0]);
/// }
/// # Ok(())
/// # }
/// ```
pub fn remove<N>(name: N) -> Result<()>
where
    N: TryInto<Name>,
    Error: From<N::Error>,
{
    let name = name.try_into()?;
    sys::remove(&name).map_err(|error| error.on(&name))
}
