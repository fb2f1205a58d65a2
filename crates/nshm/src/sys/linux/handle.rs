//! An open section: its object, and where its pages are.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::call::{self, SegmentStat, page_size};
use super::commit;
use super::domain;
use super::error::os_error;
use super::file::SectionFile;
use super::mapping::Mapping;
use super::name::Place;
use super::object::{self, Object, huge_wish, look_up, taken};
use super::posix;
use super::proc::{self, Residency};
use super::segment::{Segment, security_of};
use crate::access::{Access, Caching, Protection, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Kind, Link, Pages, Traits};
use crate::info::SectionInfo;
use crate::name::{Name, Scope};
use crate::options::{Commit, Disposition, HugePages, MapRequest, Options};
use crate::sys::Source;

/// An open section.
#[derive(Debug)]
pub(crate) struct Handle {
    /// In front of the pages: the name goes first. Only a file that has no name, or not one of
    /// ours, needs none.
    object: Option<Object>,
    memory: Memory,
    traits: Traits,
    access: Access,
    huge_pages: HugePages,
    populate: bool,
    lock: bool,
    dumpable: bool,
}

/// Where the pages are, beside the object.
#[derive(Debug)]
enum Memory {
    /// In the segment of the object.
    Within,
    /// In a segment of their own.
    Apart(Segment),
    File(SectionFile),
}

impl Handle {
    /// Creates a section, under a name or without one.
    pub(crate) fn create(
        name: Option<&Name>,
        source: Source<'_>,
        options: &Options,
    ) -> Result<Handle> {
        const STEP: &str = "create section";
        let place = name.map(Place::of).transpose()?;
        if let Some(place) = &place {
            place.prepare()?;
        }
        let mut handle = Self::unpublished(place, source, options)?;
        let Some(object) = &mut handle.object else {
            return Ok(handle);
        };
        match object.publish(STEP)? {
            None => Ok(handle),
            Some(kind) => Err(taken(kind, Kind::Section, STEP)),
        }
    }

    /// Opens a section that has a name.
    pub(crate) fn open(name: &Name, options: &Options) -> Result<Handle> {
        if *name.scope() == Scope::Posix {
            let file = SectionFile::open_posix(name, &posix::path(name), options.access)?;
            return Ok(Handle::new(
                None,
                Memory::File(file),
                Traits::default(),
                options,
            ));
        }
        Self::open_place(Place::of(name)?, options)
    }

    /// Opens the section that has a name, or gives the name to a new one.
    pub(crate) fn open_or_create(
        name: &Name,
        source: Source<'_>,
        options: &Options,
    ) -> Result<(Handle, Disposition)> {
        let place = Place::of(name)?;
        object::open_or_create(
            &place,
            Kind::Section,
            "open or create section",
            |place| Self::open_place(place.clone(), options),
            |place| Self::unpublished(Some(place.clone()), source, options),
            |handle| handle.object.as_mut(),
        )
    }

    /// A new section that nobody can find yet.
    fn unpublished(place: Option<Place>, source: Source<'_>, options: &Options) -> Result<Handle> {
        let traits = Traits {
            huge: options.huge_pages == HugePages::Transparent,
            protection: options.protection.of_section(),
            caching: options.caching,
            commit_map: options.commit == Commit::OnDemand
                && matches!(source, Source::PagingFile { .. }),
            closed: options.security == Security::nobody(),
        };
        let (block, memory, pages) = match source {
            Source::File { file, len } => {
                let may_grow = options.access == Access::ReadWrite && traits.protection.writes();
                let file = SectionFile::new(file, len, may_grow)?;
                if place.is_none() {
                    (None, Memory::File(file), Pages::Within)
                } else {
                    let id = file.id()?;
                    let block = Segment::create(page_size(), &block_options(options))?;
                    (Some(block), Memory::File(file), Pages::File(Box::new(id)))
                }
            }
            Source::PagingFile { len } => {
                let segment = new_pages(len, &traits, options)?;
                if options.separate_pages {
                    let block = Segment::create(page_size(), &block_options(options))?;
                    let id = segment.id();
                    (Some(block), Memory::Apart(segment), Pages::Apart(id))
                } else {
                    (Some(segment), Memory::Within, Pages::Within)
                }
            }
        };
        let object = match block {
            None => None,
            Some(block) => {
                let link = Link {
                    kind: Kind::Section,
                    domain: domain::current()?,
                    segment: block.id(),
                    traits,
                    pages,
                };
                Some(Object::unpublished(block, link, place))
            }
        };
        Ok(Handle::new(object, memory, traits, options))
    }

    fn new(object: Option<Object>, memory: Memory, traits: Traits, options: &Options) -> Handle {
        Handle {
            object,
            memory,
            traits,
            access: options.access,
            huge_pages: options.huge_pages,
            populate: options.populate,
            lock: options.lock,
            dumpable: options.dumpable,
        }
    }

    fn open_place(place: Place, options: &Options) -> Result<Handle> {
        const STEP: &str = "open section";
        let link = look_up(&place, Kind::Section, STEP)?;
        let object = Object::open(place, link, options, STEP)?;
        Self::of_object(object, options, STEP)
    }

    /// Opens the section that a token stands for.
    pub(crate) fn from_token(token: &str, options: &Options) -> Result<Handle> {
        const STEP: &str = "open the section of the token";
        let token = object::of_token(token, Kind::Section, STEP)?;
        let object = Object::open_token(token, options, STEP)?;
        Self::of_object(object, options, STEP)
    }

    /// The section of an object that is open.
    fn of_object(object: Object, options: &Options, step: &'static str) -> Result<Handle> {
        let memory = match &object.link().pages {
            Pages::Within => Memory::Within,
            Pages::Apart(id) => {
                let pages = object::attach(object.link(), *id, options, step)?;
                if pages.creator_uid() != object.block().creator_uid() {
                    return Err(Error::new(ErrorKind::Corrupt, step)
                        .detail("its pages were made by another user"));
                }
                Memory::Apart(pages)
            }
            Pages::File(id) => Memory::File(SectionFile::open(
                id,
                object.block().creator_uid(),
                options.access,
                step,
            )?),
        };
        let traits = object.link().traits;
        let wish = huge_wish(object.link());
        let handle = Handle::new(Some(object), memory, traits, options);
        if let Some(pages) = handle.pages() {
            pages.prepare(options, wish, options.access)?;
            if traits.commit_map && commit::without_map(pages.len()).is_none() {
                return Err(Error::new(ErrorKind::Corrupt, step)
                    .detail("its size leaves no room for what it must have"));
            }
        }
        Ok(handle)
    }

    /// Another handle of the same section.
    pub(crate) fn reopen(&self, access: Access) -> Result<Handle> {
        const STEP: &str = "open the section once more";
        let options = Options {
            access,
            huge_pages: self.huge_pages,
            populate: self.populate,
            lock: self.lock,
            dumpable: self.dumpable,
            ..Options::default()
        };
        let object = self.object.as_ref();
        let object = object.map(|object| object.reopen(&options, STEP));
        match (object.transpose()?, &self.memory) {
            // The file that is open here, wherever it lies by now.
            (object, Memory::File(file)) => {
                let file = file
                    .reopen(access)
                    .map_err(|error| os_error(ErrorKind::Other, STEP, error))?;
                Ok(Handle::new(
                    object,
                    Memory::File(file),
                    self.traits,
                    &options,
                ))
            }
            (Some(object), _) => Self::of_object(object, &options, STEP),
            (None, _) => unreachable!("only a file has no object"),
        }
    }

    /// A text by which another process opens this section while it is open here.
    pub(crate) fn token(&self) -> Result<String> {
        self.object.as_ref().map(Object::token).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "make a token for section")
                .detail("it is a file, and has no name of this crate's")
                .with_hint("hand over the file, or give the section a name")
        })
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        match (&self.object, &self.memory) {
            (Some(object), _) => object.name(),
            (None, Memory::File(file)) => file.name(),
            (None, _) => None,
        }
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn protection(&self) -> Protection {
        self.traits.protection
    }

    pub(crate) fn caching(&self) -> Caching {
        self.traits.caching
    }

    pub(crate) fn commits_on_demand(&self) -> bool {
        self.traits.commit_map
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self.memory, Memory::File(_))
    }

    pub(crate) fn views_keep_the_name(&self) -> bool {
        matches!(self.memory, Memory::Within)
    }

    pub(crate) fn len(&self) -> usize {
        match (&self.memory, self.pages()) {
            (Memory::File(file), _) => file.len(),
            (_, Some(pages)) => data_len(pages.len(), &self.traits),
            (_, None) => 0,
        }
    }

    pub(crate) fn info(&self) -> Result<SectionInfo> {
        let fail = |error| os_error(ErrorKind::Other, "ask about the section", error);
        let Some(object) = &self.object else {
            return self.info_of_file();
        };
        let ask = |id: i32| match proc::segment(id) {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Ok((call::shm_stat(id)?, Residency::default())),
            Err(error) => Err(error),
        };
        let block = ask(object.link().segment.id).map_err(fail)?;
        let pages = match object.link().pages {
            Pages::Apart(id) => Some(ask(id.id).map_err(fail)?),
            _ => None,
        };
        Ok(info(object.link(), block, pages))
    }

    /// Nothing but this process knows of it, unless it is a POSIX object.
    fn info_of_file(&self) -> Result<SectionInfo> {
        if let (Memory::File(file), Some(name)) = (&self.memory, self.name()) {
            let metadata = file
                .metadata()
                .map_err(|error| os_error(ErrorKind::Other, "ask about the section", error))?;
            return Ok(posix::info(&metadata, posix::path(name)));
        }
        Ok(SectionInfo {
            len: self.len(),
            creator_pid: std::process::id(),
            creator_uid: call::effective_uid(),
            created: std::time::SystemTime::UNIX_EPOCH,
            attach_count: 1,
            resident: 0,
            swapped: 0,
            security: Security::owner(),
            file: match &self.memory {
                Memory::File(file) => file.path().ok(),
                _ => None,
            },
        })
    }

    /// The segment with the pages, if they are in one.
    fn pages(&self) -> Option<&Segment> {
        match (&self.memory, &self.object) {
            (Memory::Within, Some(object)) => Some(object.block()),
            (Memory::Apart(pages), _) => Some(pages),
            _ => None,
        }
    }

    /// Maps a part of the section, which must be within it, for a safe view. The mapping may begin
    /// before the part and end behind it, and must not outlive this handle.
    pub(crate) fn map(&self, offset: usize, len: usize, protection: Protection) -> Result<Mapping> {
        let request = || MapRequest::around(offset, len, self.len(), page_size(), protection);
        let Some(pages) = self.pages() else {
            let mapping = self.map_part(&request())?;
            self.ready(&mapping, protection)?;
            return Ok(mapping);
        };
        self.check(protection)?;
        match (protection, self.access) {
            (Protection::ReadWrite, _) | (Protection::ReadOnly, Access::ReadOnly) => {
                Ok(Mapping::of_handle(pages, self.len()))
            }
            (Protection::ReadOnly, Access::ReadWrite) => {
                Mapping::of_attach(pages.attach_read_only(&self.wishes())?, &request())
            }
            _ => self.map_part(&request()),
        }
    }

    /// Maps a part of the section, which must be within it. The mapping may outlive this handle.
    pub(crate) fn map_part(&self, request: &MapRequest) -> Result<Mapping> {
        self.check(request.protection)?;
        if let Memory::File(file) = &self.memory {
            return Mapping::of_file(file, request, self.dumpable);
        }
        let Some(pages) = self.pages() else {
            unreachable!("what is no file is a segment");
        };
        let mapping = Mapping::of_segment(pages, self.access, request, &self.wishes())?;
        if self.traits.commit_map {
            mapping.with_commit_map(pages, self.access, self.len())
        } else {
            Ok(mapping)
        }
    }

    /// Whether this handle, and the section, admit pages of that protection.
    fn check(&self, protection: Protection) -> Result<()> {
        const STEP: &str = "map section";
        if protection.writes() && self.access == Access::ReadOnly {
            return Err(Error::new(ErrorKind::AccessDenied, STEP)
                .detail("this handle is read-only")
                .with_hint("open the section for writing, or map it with map_read_only()"));
        }
        if !self.traits.protection.allows(protection) {
            return Err(Error::new(ErrorKind::AccessDenied, STEP)
                .detail("the section was made without this kind of pages")
                .with_hint("create it with another SectionOptions::protection"));
        }
        Ok(())
    }

    /// What the options asked of the memory of a file.
    fn ready(&self, mapping: &Mapping, protection: Protection) -> Result<()> {
        if self.populate {
            mapping.populate(protection)?;
        }
        if self.lock {
            call::mlock(mapping.base(), mapping.len()).map_err(|error| {
                os_error(
                    ErrorKind::AccessDenied,
                    "lock the section into memory",
                    error,
                )
                .with_hint("raise the locked memory limit: `ulimit -l`, LimitMEMLOCK=")
            })?;
        }
        Ok(())
    }

    fn wishes(&self) -> Options {
        Options {
            huge_pages: match &self.object {
                Some(object) => huge_wish(object.link()),
                None => HugePages::No,
            },
            dumpable: self.dumpable,
            ..Options::default()
        }
    }

    /// Gives the section up, and its name if nobody else has it.
    pub(crate) fn close(self) -> Result<()> {
        self.object.map_or(Ok(()), Object::close)
    }
}

/// The segment with the pages of a new section.
fn new_pages(len: usize, traits: &Traits, options: &Options) -> Result<Segment> {
    let total = if traits.commit_map {
        commit::with_map(len).ok_or_else(|| {
            Error::new(ErrorKind::CommitLimit, "create section")
                .detail(format!("no address space holds {len} bytes"))
        })?
    } else {
        len
    };
    let segment = Segment::create(total, options)?;
    segment.prepare(options, HugePages::No, Access::ReadWrite)?;
    match options.access {
        Access::ReadWrite => Ok(segment),
        Access::ReadOnly => segment.attach_read_only(options),
    }
}

/// For the segment of the object, where the pages are elsewhere.
fn block_options(options: &Options) -> Options {
    Options {
        security: options.security,
        ..Options::default()
    }
}

fn data_len(total: usize, traits: &Traits) -> usize {
    if traits.commit_map {
        commit::without_map(total).unwrap_or(0)
    } else {
        total
    }
}

/// What the kernel knows of a section, in the words of the public API; the pages are given where
/// they are in a segment of their own.
pub(super) fn info(
    link: &Link,
    block: (SegmentStat, Residency),
    pages: Option<(SegmentStat, Residency)>,
) -> SectionInfo {
    let (stat, residency) = pages.unwrap_or(block);
    let mut info = segment_info(&stat, residency);
    if let Pages::File(file) = &link.pages {
        info.len = usize::try_from(file.len).unwrap_or(usize::MAX);
        info.file = Some(Path::new(OsStr::from_bytes(&file.path)).to_owned());
    } else {
        info.len = data_len(stat.len, &link.traits);
    }
    if link.traits.closed {
        info.security = Security::nobody();
    }
    info
}

/// What the kernel knows of any segment.
pub(super) fn segment_info(stat: &SegmentStat, residency: Residency) -> SectionInfo {
    SectionInfo {
        len: stat.len,
        creator_pid: stat.creator_pid,
        creator_uid: stat.creator_uid,
        created: proc::time(stat.born),
        attach_count: stat.attach_count,
        resident: residency.resident,
        swapped: residency.swapped,
        security: security_of(stat.mode),
        file: None,
    }
}
