//! An open section: one attach, and what to do when it is given up.

use std::io;
use std::ptr::NonNull;

use super::call::{self, SegmentStat};
use super::domain;
use super::error::os_error;
use super::link::{self, Entry, Patience, foreign, unknown};
use super::name::{Place, Rule};
use super::proc::{self, Residency};
use super::segment::{Liveness, Segment, is_gone, liveness, matches_link, security_of};
use crate::access::Access;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Kind, Link};
use crate::info::SectionInfo;
use crate::name::Name;
use crate::options::{Disposition, HugePages, Options, Protection};

/// How often a creation follows a name that keeps changing under it before it gives up: enough
/// for any race among honest processes.
const MAX_TURNS: usize = 10_000;

/// An open section.
#[derive(Debug)]
pub(crate) struct Handle {
    /// `None` only while it is being dropped.
    segment: Option<Segment>,
    link: Link,
    place: Option<Place>,
    access: Access,
    dumpable: bool,
    /// Whether this handle made the section.
    made: bool,
    /// Whether the link is in its place, to be removed with the last user.
    published: bool,
}

impl Handle {
    /// Creates a section, under a name or without one.
    pub(crate) fn create(name: Option<&Name>, len: usize, options: &Options) -> Result<Handle> {
        const STEP: &str = "create section";
        let Some(name) = name else {
            return Self::new_unpublished(None, len, options);
        };
        let place = Place::of(name)?;
        place.prepare()?;
        let mut handle = Self::new_unpublished(Some(place), len, options)?;
        for _ in 0..MAX_TURNS {
            if handle.publish()? {
                return Ok(handle);
            }
            match handle.rival()? {
                Rival::Gone => {}
                Rival::Alive(Kind::Section) => {
                    return Err(Error::new(ErrorKind::AlreadyExists, STEP));
                }
            }
        }
        Err(unsettled(STEP))
    }

    /// Opens a section that has a name.
    pub(crate) fn open(name: &Name, options: &Options) -> Result<Handle> {
        Self::open_place(Place::of(name)?, options)
    }

    /// Opens the section that has a name, or gives the name to a new one.
    pub(crate) fn open_or_create(
        name: &Name,
        len: usize,
        options: &Options,
    ) -> Result<(Handle, Disposition)> {
        let place = Place::of(name)?;
        place.prepare()?;
        let mut made: Option<Handle> = None;
        for _ in 0..MAX_TURNS {
            match Self::open_place(place.clone(), options) {
                Ok(handle) => return Ok((handle, Disposition::Opened)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let mut handle = match made.take() {
                Some(handle) => handle,
                None => Self::new_unpublished(Some(place.clone()), len, options)?,
            };
            if handle.publish()? {
                return Ok((handle, Disposition::Created));
            }
            handle.rival()?;
            made = Some(handle);
        }
        Err(unsettled("open or create section"))
    }

    /// A new section that nobody can find yet.
    fn new_unpublished(place: Option<Place>, len: usize, options: &Options) -> Result<Handle> {
        let segment = Segment::create(len, options)?;
        segment.prepare(options, Access::ReadWrite)?;
        let segment = match options.access {
            Access::ReadWrite => segment,
            Access::ReadOnly => segment.attach_read_only(options)?,
        };
        let link = Link {
            kind: Kind::Section,
            domain: domain::current()?,
            segment: segment.id(),
            huge: options.huge_pages == HugePages::Transparent,
        };
        Ok(Handle {
            segment: Some(segment),
            link,
            place,
            access: options.access,
            dumpable: options.dumpable,
            made: true,
            published: false,
        })
    }

    fn publish(&mut self) -> Result<bool> {
        if let Some(place) = &self.place {
            self.published = link::publish(place, &self.link)?;
        }
        Ok(self.published)
    }

    /// Looks at what has the name that this new section wants, and clears it away if it is dead.
    fn rival(&self) -> Result<Rival> {
        const STEP: &str = "create section";
        let Some(place) = &self.place else {
            return Ok(Rival::Gone);
        };
        match link::look_up(place)? {
            Entry::Absent => Ok(Rival::Gone),
            // Ids and seconds of two namespaces may agree, so a thread that has moved must not
            // even ask.
            Entry::Here(link) if domain::ask()? != link.domain => Err(foreign(STEP)),
            Entry::Here(link) if is_stale(&link, STEP)? => {
                link::remove_stale(place, &link).map(|()| Rival::Gone)
            }
            Entry::Here(link) => Ok(Rival::Alive(link.kind)),
            Entry::Outlived(link) => link::remove_stale(place, &link).map(|()| Rival::Gone),
            Entry::Foreign(_) => Err(foreign(STEP)),
            Entry::Unknown(what) => Err(unknown(STEP, place, what)),
        }
    }

    fn open_place(place: Place, options: &Options) -> Result<Handle> {
        const STEP: &str = "open section";
        let not_found = || Error::new(ErrorKind::NotFound, STEP);
        let link = match link::look_up(&place)? {
            Entry::Here(link) => link,
            Entry::Absent | Entry::Outlived(_) => return Err(not_found()),
            Entry::Foreign(_) => return Err(foreign(STEP)),
            Entry::Unknown(what) => return Err(unknown(STEP, &place, what)),
        };
        let Kind::Section = link.kind;
        let (segment, stat) = attach(&link, options, STEP)?;
        place_vouches_for(&place, &link, &stat)?;
        segment.prepare(options, options.access)?;
        Ok(Handle {
            segment: Some(segment),
            link,
            place: Some(place),
            access: options.access,
            dumpable: options.dumpable,
            made: false,
            published: true,
        })
    }

    /// Opens the section that a token stands for.
    pub(crate) fn from_token(token: &str, options: &Options) -> Result<Handle> {
        const STEP: &str = "open the section of the token";
        let Some((link, b"")) = Link::parse(token.as_bytes()) else {
            return Err(Error::new(ErrorKind::Corrupt, STEP).detail("it is no token of nshm"));
        };
        let Entry::Here(link) = link::classify(link)? else {
            return Err(match link::classify(link)? {
                Entry::Foreign(_) => foreign(STEP),
                _ => Error::new(ErrorKind::NotFound, STEP),
            });
        };
        let (segment, _) = attach(&link, options, STEP)?;
        segment.prepare(options, options.access)?;
        Ok(Handle {
            segment: Some(segment),
            link,
            place: None,
            access: options.access,
            dumpable: options.dumpable,
            made: false,
            published: false,
        })
    }

    /// A text by which another process opens this section while it is open here.
    pub(crate) fn token(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.link.text("")).into_owned())
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        self.place.as_ref().map(|place| &place.name)
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn len(&self) -> usize {
        self.segment().len()
    }

    pub(crate) fn info(&self) -> Result<SectionInfo> {
        let fail = |error| os_error(ErrorKind::Other, "ask about the section", error);
        let listed = proc::segment(self.link.segment.id).map_err(fail)?;
        let (stat, residency) = match listed {
            Some(listed) => listed,
            None => {
                let stat = call::shm_stat(self.link.segment.id).map_err(fail)?;
                (stat, Residency::default())
            }
        };
        Ok(info(&stat, residency))
    }

    fn segment(&self) -> &Segment {
        match &self.segment {
            Some(segment) => segment,
            None => unreachable!("a handle has its segment until it is dropped"),
        }
    }

    /// Maps the whole section. The mapping must not outlive this handle.
    pub(crate) fn map(&self, protection: Protection) -> Result<Mapping> {
        const STEP: &str = "map section";
        let segment = self.segment();
        let shared = |base: NonNull<u8>, own| Mapping {
            base,
            len: segment.len(),
            own,
        };
        match (protection, self.access) {
            (Protection::ReadWrite, Access::ReadWrite)
            | (Protection::ReadOnly, Access::ReadOnly) => Ok(shared(segment.base(), Own::Nothing)),
            (Protection::ReadWrite, Access::ReadOnly) => {
                Err(Error::new(ErrorKind::AccessDenied, STEP)
                    .detail("this handle is read-only")
                    .with_hint("open the section for writing, or map it with map_read_only()"))
            }
            (Protection::ReadOnly, Access::ReadWrite) => {
                let again = segment.attach_read_only(&Options {
                    huge_pages: huge_wish(&self.link),
                    dumpable: self.dumpable,
                    ..Options::default()
                })?;
                Ok(shared(again.base(), Own::Attach(again)))
            }
            (Protection::Private, _) => {
                let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
                let protection = libc::PROT_READ | libc::PROT_WRITE;
                let base = call::mmap_anonymous(segment.len(), protection).map_err(fail)?;
                let copy = shared(base, Own::Pages);
                // SAFETY: `base` is new memory of that length which nobody else knows, and the
                // attach is as long.
                unsafe {
                    crate::view::copy::from_shared(
                        segment.base().as_ptr(),
                        base.as_ptr(),
                        segment.len(),
                    );
                }
                Ok(copy)
            }
        }
    }

    /// Gives the section up, and its name if nobody else has it.
    pub(crate) fn close(mut self) -> Result<()> {
        self.give_up()
    }

    fn give_up(&mut self) -> Result<()> {
        let Some(segment) = self.segment.take() else {
            return Ok(());
        };
        // A thread that has moved to another IPC namespace would see nothing of the section and
        // take its name for a dead one. To ask the kernel once more before the detach is the
        // cheaper proof that it has not; it is worth it where the name will probably go.
        let at_home = self.made && self.published && self.liveness() != Liveness::Gone;
        segment
            .detach()
            .map_err(|error| os_error(ErrorKind::Other, "detach section", error))?;
        let Some(place) = self.place.as_ref().filter(|_| self.published) else {
            return Ok(());
        };
        if self.liveness() == Liveness::Gone && (at_home || domain::ask()? == self.link.domain) {
            link::remove(place, &self.link, Patience::Close)?;
        }
        Ok(())
    }

    fn liveness(&self) -> Liveness {
        liveness(self.link.segment)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // What cannot be removed now is a stale link, which the next creator of the name clears.
        let _ = self.give_up();
    }
}

/// What has a name that a creation wants.
enum Rival {
    Gone,
    Alive(Kind),
}

fn unsettled(step: &'static str) -> Error {
    Error::new(ErrorKind::TimedOut, step).detail("the name keeps changing hands")
}

fn huge_wish(link: &Link) -> HugePages {
    if link.huge {
        HugePages::Transparent
    } else {
        HugePages::No
    }
}

/// Attaches the segment of a link and makes sure that it is that one.
fn attach(link: &Link, options: &Options, step: &'static str) -> Result<(Segment, SegmentStat)> {
    let not_found = || Error::new(ErrorKind::NotFound, step);
    match Segment::attach(link.segment.id, options.access, huge_wish(link)) {
        // Dropping the segment detaches whatever it is.
        Ok((_, stat)) if !matches_link(&stat, link.segment) => Err(not_found()),
        Ok(attached) => Ok(attached),
        Err(error) if is_gone(&error) => Err(if domain::ask()? == link.domain {
            not_found()
        } else {
            foreign(step)
        }),
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => Err(refused(link, step, error)),
        Err(error) => Err(os_error(ErrorKind::Other, step, error)),
    }
}

/// Refused: by the section, or by a stranger's segment that came to have the id of a dead one?
fn refused(link: &Link, step: &'static str, error: io::Error) -> Error {
    match liveness(link.segment) {
        Liveness::Gone => Error::new(ErrorKind::NotFound, step),
        Liveness::Alive { creator_uid } => Error::new(ErrorKind::AccessDenied, step)
            .detail(format!(
                "user {creator_uid}, who made it, does not admit this access"
            ))
            .with_hint("if its creator admits others to read only, open it read-only")
            .caused_by(error),
    }
}

/// Whether the object of a link of this domain is gone.
///
/// A thread that has moved to another IPC namespace since the domain was asked for sees nothing
/// of it, and must not take it for a dead one.
pub(super) fn is_stale(link: &Link, step: &'static str) -> Result<bool> {
    match liveness(link.segment) {
        Liveness::Alive { .. } => Ok(false),
        Liveness::Gone if domain::ask()? == link.domain => Ok(true),
        Liveness::Gone => Err(foreign(step)),
    }
}

/// Makes sure that whoever wrote the link also made the segment: a link written by hand must not
/// lead to somebody else's memory.
pub(super) fn place_vouches_for(place: &Place, link: &Link, stat: &SegmentStat) -> Result<()> {
    const STEP: &str = "open section";
    let forged = |owner: u32| {
        Error::new(ErrorKind::Corrupt, STEP)
            .detail(format!(
                "the name {} belongs to user {owner}, but the segment to user {}",
                place.display(),
                stat.creator_uid
            ))
            .with_hint("the name is forged; its owner or root can remove it")
    };
    match place.rule {
        Rule::User(uid) if stat.creator_uid == uid || stat.creator_uid == 0 => Ok(()),
        Rule::User(uid) => Err(forged(uid)),
        Rule::Shared | Rule::Privileged => {
            let owner = call::lstat(&place.path).map(|stat| stat.uid);
            if matches!(owner, Ok(owner) if owner == stat.creator_uid) {
                return Ok(());
            }
            // Forged, or another link by now: then the name was absent in between.
            match (owner, link::look_up(place)?) {
                (Ok(owner), Entry::Here(now)) if now == *link => Err(forged(owner)),
                _ => Err(Error::new(ErrorKind::NotFound, STEP)),
            }
        }
    }
}

/// What the kernel knows of a section, in the words of the public API.
pub(super) fn info(stat: &SegmentStat, residency: Residency) -> SectionInfo {
    SectionInfo {
        len: stat.len,
        creator_pid: stat.creator_pid,
        creator_uid: stat.creator_uid,
        created: super::proc::time(stat.born),
        attach_count: stat.attach_count,
        resident: residency.resident,
        swapped: residency.swapped,
        security: security_of(stat.mode),
    }
}

/// Memory of a section in this process.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    len: usize,
    own: Own,
}

/// What a mapping gives back when it is dropped.
#[derive(Debug)]
enum Own {
    /// It is the handle's own attach.
    Nothing,
    /// An attach of its own, which gives itself back.
    Attach(#[allow(dead_code, reason = "held for its Drop")] Segment),
    /// Private pages.
    Pages,
}

// SAFETY: a mapping belongs to the whole process; any thread may use it and give it back.
unsafe impl Send for Mapping {}
// SAFETY: the address and the length never change.
unsafe impl Sync for Mapping {}

impl Mapping {
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if let Own::Pages = self.own {
            // SAFETY: the pages came from mmap_anonymous with this length, and whoever uses
            // them keeps this mapping alive.
            unsafe { call::munmap(self.base, self.len) };
        }
    }
}
