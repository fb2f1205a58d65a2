//! An open object of any kind: a segment that lives as long as it, a name that leads there, and
//! how both come and go together.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;

use super::domain;
use super::error::os_error;
use super::link::{self, Entry, foreign, unknown};
use super::lock::Patience;
use super::name::{Place, Rule};
use super::segment::{self, Liveness, Segment, is_gone};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Kind, Link, Pages, SegmentId, parse_token_tail};
use crate::name::Name;
use crate::options::{Disposition, HugePages, Options};

/// How often a creation follows a name that keeps changing under it before it gives up: enough
/// for any race among honest processes.
const MAX_TURNS: usize = 10_000;

/// An open object. Whoever has one keeps the object and its name alive; dropping the last one
/// anywhere takes the name away.
#[derive(Debug)]
pub(super) struct Object {
    /// `None` only while it is being dropped.
    block: Option<Segment>,
    link: Link,
    place: Option<Place>,
    /// It was made or opened by the name of that place, not by a token.
    by_name: bool,
    /// Whether the link is in its place, to be removed with the last user.
    published: bool,
    /// The text of the link, if this one wrote it.
    written: Option<Vec<u8>>,
}

impl Object {
    /// A new object that nobody can find yet.
    pub(super) fn unpublished(block: Segment, link: Link, place: Option<Place>) -> Object {
        Object {
            block: Some(block),
            link,
            place,
            by_name: true,
            published: false,
            written: None,
        }
    }

    /// Gives a new object its name, if it has one; the kind of whatever has the name otherwise.
    ///
    /// It is the last step of a creation: from here on others find the object.
    pub(super) fn publish(&mut self, step: &'static str) -> Result<Option<Kind>> {
        let Some(place) = &self.place else {
            return Ok(None);
        };
        for _ in 0..MAX_TURNS {
            if let Some(text) = link::publish(place, &self.link)? {
                self.published = true;
                self.written = Some(text);
                return Ok(None);
            }
            if let Some(kind) = living(place, step)? {
                return Ok(Some(kind));
            }
        }
        Err(unsettled(step))
    }

    /// Opens the object that a link found under a place names, and makes sure that it is the one.
    pub(super) fn open(
        place: Place,
        link: Link,
        options: &Options,
        step: &'static str,
    ) -> Result<Object> {
        let block = attach(&link, link.segment, options, step)?;
        vouched(&place, &link, block.creator_uid(), step)?;
        Ok(Object {
            block: Some(block),
            link,
            place: Some(place),
            by_name: true,
            published: true,
            written: None,
        })
    }

    /// Opens the object of a token. What the token says of its name serves to take the name away
    /// with the last user, where it is a link to this object still.
    pub(super) fn open_token(
        token: Token,
        options: &Options,
        step: &'static str,
    ) -> Result<Object> {
        let Token { link, place } = token;
        let block = attach(&link, link.segment, options, step)?;
        Ok(Object {
            block: Some(block),
            link,
            published: place.is_some(),
            place,
            by_name: false,
            written: None,
        })
    }

    /// Another one of the same object, with other access to its segment.
    pub(super) fn reopen(&self, options: &Options, step: &'static str) -> Result<Object> {
        let link = self.link.clone();
        let block = attach(&link, link.segment, options, step)?;
        Ok(Object {
            block: Some(block),
            link,
            place: self.place.clone(),
            by_name: self.by_name,
            published: self.published,
            written: None,
        })
    }

    pub(super) fn block(&self) -> &Segment {
        match &self.block {
            Some(block) => block,
            None => unreachable!("an object has its segment until it is dropped"),
        }
    }

    /// Moves the attach of the object, of one page, to where a private page lies behind it.
    pub(super) fn move_before_private_page(&mut self) -> io::Result<()> {
        match &mut self.block {
            Some(block) => block.move_before_private_page(),
            None => unreachable!("an object has its segment until it is dropped"),
        }
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) fn name(&self) -> Option<&Name> {
        let place = self.place.as_ref().filter(|_| self.by_name);
        place.map(|place| &place.name)
    }

    /// A text by which another process opens this object while it is open here.
    pub(super) fn token(&self) -> String {
        let tail = self.place.as_ref().map(Place::token_tail);
        String::from_utf8_lossy(&self.link.text(&tail.unwrap_or_default())).into_owned()
    }

    /// Gives the object up, and its name if nobody else has it.
    pub(super) fn close(mut self) -> Result<()> {
        self.give_up()
    }

    fn give_up(&mut self) -> Result<()> {
        let Some(block) = self.block.take() else {
            return Ok(());
        };
        let gone = |id| segment::liveness(id) == Liveness::Gone;
        let id = self.link.segment;
        // A thread that has moved to another IPC namespace would see nothing of the object and
        // take its name for a dead one. To ask the kernel once more before the detach is the
        // cheaper proof that it has not; it is worth it where the name will probably go.
        let at_home = self.written.is_some() && !gone(id);
        block
            .detach()
            .map_err(|error| os_error(ErrorKind::Other, "detach the object", error))?;
        let Some(place) = self.place.as_ref().filter(|_| self.published) else {
            return Ok(());
        };
        if !gone(id) || !at_home && domain::ask()? != self.link.domain {
            return Ok(());
        }
        // Where the name is another user's, so is what is left of it, and this one is done with it.
        match &self.written {
            Some(text) => link::remove(place, text, Patience::Close),
            None => link::remove(place, &self.link.text(&place.leaf()), Patience::Close),
        }
        .map(drop)
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // What cannot be removed now is a stale link, which the next creator of the name clears.
        let _ = self.give_up();
    }
}

/// Opens the object that has a name, or makes one and gives it the name.
pub(super) fn open_or_create<T>(
    place: &Place,
    kind: Kind,
    step: &'static str,
    open: impl Fn(&Place) -> Result<T>,
    make: impl Fn(&Place) -> Result<T>,
    object: impl Fn(&mut T) -> Option<&mut Object>,
) -> Result<(T, Disposition)> {
    let mut made: Option<T> = None;
    for _ in 0..MAX_TURNS {
        match open(place) {
            Ok(opened) => return Ok((opened, Disposition::Opened)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut new = match made.take() {
            Some(new) => new,
            None => {
                place.prepare()?;
                make(place)?
            }
        };
        let holder = match object(&mut new) {
            Some(object) => object.publish(step)?,
            None => None,
        };
        match holder {
            None => return Ok((new, Disposition::Created)),
            Some(other) if other != kind => return Err(Error::new(ErrorKind::WrongKind, step)),
            Some(_) => made = Some(new),
        }
    }
    Err(unsettled(step))
}

/// The error for a name that is taken by an object of some kind.
pub(super) fn taken(by: Kind, wanted: Kind, step: &'static str) -> Error {
    if by == wanted {
        Error::new(ErrorKind::AlreadyExists, step)
    } else {
        Error::new(ErrorKind::WrongKind, step)
            .detail(format!("the name is that of a live object of kind {by}"))
    }
}

/// Looks a name up, for opening an object of that kind.
pub(super) fn look_up(place: &Place, kind: Kind, step: &'static str) -> Result<Link> {
    let not_found = || Error::new(ErrorKind::NotFound, step);
    let link = match link::look_up(place)? {
        Entry::Here(link) => link,
        Entry::Absent | Entry::Outlived(_) => return Err(not_found()),
        Entry::Foreign(_) => return Err(foreign(step)),
        Entry::Unknown(what) => return Err(unknown(step, place, what)),
    };
    if link.kind != kind {
        return Err(if is_stale(&link, step)? {
            not_found()
        } else {
            taken(link.kind, kind, step)
        });
    }
    if link.traits.closed && !is_stale(&link, step)? {
        return Err(Error::new(ErrorKind::AccessDenied, step)
            .detail("its creator admits nobody after its creation"));
    }
    Ok(link)
}

/// What a token says: an object of this domain, and where its link is if it has a name.
pub(super) struct Token {
    link: Link,
    place: Option<Place>,
}

/// Reads a token, for opening an object of that kind.
pub(super) fn of_token(token: &str, kind: Kind, step: &'static str) -> Result<Token> {
    let corrupt = || Error::new(ErrorKind::Corrupt, step).detail("it is no token of nshm");
    let (link, tail) = match Link::parse(token.as_bytes()) {
        Some((link, tail)) if link.kind == kind => (link, tail),
        _ => return Err(corrupt()),
    };
    let name = parse_token_tail(tail, OsString::from_vec).ok_or_else(corrupt)?;
    let place = name.as_ref().map(Place::of).transpose()?;
    match link::classify(link)? {
        Entry::Here(link) => Ok(Token { link, place }),
        Entry::Foreign(_) => Err(foreign(step)),
        _ => Err(Error::new(ErrorKind::NotFound, step)),
    }
}

/// The kind of the object that has a name; a dead one is cleared away first.
fn living(place: &Place, step: &'static str) -> Result<Option<Kind>> {
    match link::look_up(place)? {
        Entry::Absent => Ok(None),
        // Ids and seconds of two namespaces may agree, so a thread that has moved must not even
        // ask.
        Entry::Here(link) if domain::ask()? != link.domain => Err(foreign(step)),
        Entry::Here(link) if liveness(&link) == Liveness::Gone => {
            link::remove_stale(place, &link).map(|()| None)
        }
        Entry::Here(link) => Ok(Some(link.kind)),
        Entry::Outlived(link) => link::remove_stale(place, &link).map(|()| None),
        Entry::Foreign(_) => Err(foreign(step)),
        Entry::Unknown(what) => Err(unknown(step, place, what)),
    }
}

fn unsettled(step: &'static str) -> Error {
    Error::new(ErrorKind::TimedOut, step).detail("the name keeps changing hands")
}

/// What the link of an object wishes of its attaches.
pub(super) fn huge_wish(link: &Link) -> HugePages {
    if link.traits.huge {
        HugePages::Transparent
    } else {
        HugePages::No
    }
}

/// Attaches a segment that a link names and makes sure that it is that one.
pub(super) fn attach(
    link: &Link,
    segment: SegmentId,
    options: &Options,
    step: &'static str,
) -> Result<Segment> {
    let not_found = || Error::new(ErrorKind::NotFound, step);
    match Segment::attach(segment, options.access, huge_wish(link)) {
        Ok(Some(attached)) => admitted(attached, options, step),
        Ok(None) => Err(not_found()),
        Err(error) if is_gone(&error) => Err(if domain::ask()? == link.domain {
            not_found()
        } else {
            foreign(step)
        }),
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            Err(refused(segment, step, error))
        }
        Err(error) => Err(os_error(ErrorKind::Other, step, error)),
    }
}

/// Refuses pages that others can take away under whoever touches them, unless pages of a pool were
/// asked for.
fn admitted(attached: Segment, options: &Options, step: &'static str) -> Result<Segment> {
    if options.huge_pages.pool_page().is_some() || !attached.can_lose_pages() {
        return Ok(attached);
    }
    let creator_uid = attached.creator_uid();
    Err(Error::new(ErrorKind::AccessDenied, step)
        .detail(format!(
            "its pages are of a pool of huge pages, and user {creator_uid}, who made it, or whoever may \
             write it can take them away again, which would end this process at a touch"
        ))
        .with_hint("where they are all trusted, open it with SectionOptions::huge_pages"))
}

/// Refused: by the object, or by a stranger's segment that came to have the id of a dead one?
fn refused(segment: SegmentId, step: &'static str, error: io::Error) -> Error {
    match segment::liveness(segment) {
        Liveness::Gone => Error::new(ErrorKind::NotFound, step),
        Liveness::Alive { creator_uid } => Error::new(ErrorKind::AccessDenied, step)
            .detail(format!(
                "user {creator_uid}, who made it, does not admit this access"
            ))
            .with_hint("if its creator admits others to read only, open it read-only")
            .caused_by(error),
    }
}

/// Whether the object of a link is there. It is gone for ever once any of its segments is.
pub(super) fn liveness(link: &Link) -> Liveness {
    let alive = segment::liveness(link.segment);
    match (&alive, &link.pages) {
        (Liveness::Alive { .. }, Pages::Apart(pages))
            if segment::liveness(*pages) == Liveness::Gone =>
        {
            Liveness::Gone
        }
        _ => alive,
    }
}

/// Whether the object of a link of this domain is gone.
///
/// A thread that has moved to another IPC namespace since the domain was asked for sees nothing
/// of it, and must not take it for a dead one.
pub(super) fn is_stale(link: &Link, step: &'static str) -> Result<bool> {
    match liveness(link) {
        Liveness::Alive { .. } => Ok(false),
        Liveness::Gone if domain::ask()? == link.domain => Ok(true),
        Liveness::Gone => Err(foreign(step)),
    }
}

/// Makes sure that whoever wrote the link also made the segment: a link written by hand must not
/// lead to somebody else's memory. In a user's own directory nobody but that user and root writes,
/// so only where root made the segment it must be asked who wrote the link.
pub(super) fn vouched(
    place: &Place,
    link: &Link,
    creator_uid: u32,
    step: &'static str,
) -> Result<()> {
    let forged = |owner: u32| {
        Error::new(ErrorKind::Corrupt, step)
            .detail(format!(
                "the name {} belongs to user {owner}, but the segment to user {creator_uid}",
                place.display()
            ))
            .with_hint("the name is forged; its owner or root can remove it")
    };
    match place.rule {
        Rule::User(uid) if creator_uid == uid => return Ok(()),
        Rule::User(uid) if creator_uid != 0 => return Err(forged(uid)),
        _ => {}
    }
    match link::owner(place, link)? {
        Some(owner) if owner == creator_uid => Ok(()),
        Some(owner) => Err(forged(owner)),
        // Another link by now: then the name was absent in between.
        None => Err(Error::new(ErrorKind::NotFound, step)),
    }
}
