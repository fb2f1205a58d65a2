//! The registry: a name is a symbolic link whose text says which segment it means.
//!
//! A link is made by one atomic call that fails if the name is taken, and is the last step of a
//! creation: a name is absent, or whole. Nothing but [`remove`] ever unlinks, under the lock of
//! the link's owner and only if the link still says what it said: a live name is never lost.

use std::io;
use std::os::fd::AsFd;

use super::call::{self, Spot};
use super::domain;
use super::error::os_error;
use super::lock::{Lock, Patience};
use super::name::{Place, Rule, Site, is_flat, no_base};
use super::path::with_path;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Link, MAX_LINK};

/// What lies under a name.
#[derive(Debug)]
pub(super) enum Entry {
    Absent,
    /// A link of this IPC namespace. Its segment may be gone.
    Here(Link),
    /// The object lived in an earlier run of the system.
    Outlived(Link),
    /// The object lives in another IPC namespace.
    Foreign(Link),
    /// No link of ours, or one for another name.
    Unknown(&'static str),
}

/// Publishes a link and gives its text. `Ok(None)`: the name is taken.
pub(super) fn publish(place: &Place, link: &Link) -> Result<Option<Vec<u8>>> {
    let text = link.text(&place.leaf());
    if text.len() > MAX_LINK {
        return Err(Error::new(ErrorKind::Unsupported, "publish the name")
            .detail("the name and the path of the file are too long together"));
    }
    let site = place.site()?;
    let error = match with_path(&[&text], |text| call::symlink(text, site.spot())) {
        Ok(()) => return Ok(Some(text)),
        Err(error) => error,
    };
    let number = error.raw_os_error();
    if number == Some(libc::EEXIST) {
        return Ok(None);
    }
    let refused = matches!(number, Some(libc::EACCES | libc::EPERM | libc::EROFS));
    Err(if refused && place.rule == Rule::Privileged {
        Error::new(ErrorKind::PrivilegeNotHeld, "publish the name")
            .with_hint(format!(
                "the administrator decides who may create Global\\ names, by the permissions of {}",
                place.dir().to_string_lossy()
            ))
            .caused_by(error)
    } else if matches!(number, Some(libc::ENOSPC | libc::EDQUOT)) {
        Error::new(ErrorKind::TooManySections, "publish the name")
            .detail(format!(
                "the file system of {} has no room for another name",
                place.dir().to_string_lossy()
            ))
            .with_hint("mount it with more nr_inodes, or clear it")
            .caused_by(error)
    } else if number == Some(libc::ENOENT) && is_flat(place.name.scope(), place.rule) {
        no_base("publish the name", error)
    } else if number == Some(libc::ENOENT) {
        Error::new(ErrorKind::NotFound, "publish the name")
            .detail(format!(
                "there is no directory {}",
                place.dir().to_string_lossy()
            ))
            .caused_by(error)
    } else {
        os_error(ErrorKind::Other, "publish the name", error)
    })
}

/// Looks a name up.
///
/// Everybody can see the ids of everybody's segments, so who can put links into a user's
/// directory could lead that user to any segment of its own. Hence the look at the directory,
/// each time: it may have been removed since, and made again by a stranger.
pub(super) fn look_up(place: &Place) -> Result<Entry> {
    let Some(site) = if_there(place.site())? else {
        return Ok(Entry::Absent);
    };
    if !site.is_held() {
        place.check_directory()?;
    }
    let meaning = read(site.spot(), |text| match Link::parse(text) {
        Some((link, leaf)) if leaf == place.leaf().as_bytes() => Ok(link),
        Some(_) => Err("it is the link of another name"),
        None => Err("it is no link of nshm"),
    });
    match meaning {
        Ok(Ok(link)) => classify(link),
        Ok(Err(what)) => Ok(Entry::Unknown(what)),
        Err(error) => match error.raw_os_error() {
            Some(libc::ENOENT) => Ok(Entry::Absent),
            Some(libc::EINVAL) => Ok(Entry::Unknown("it is not a symbolic link")),
            _ => Err(os_error(ErrorKind::Other, "look up the name", error)),
        },
    }
}

/// Hands on the text in a place. Few are long, and room for those costs time.
pub(super) fn read<'p, T>(
    spot: impl Into<Spot<'p>>,
    meaning: impl FnOnce(&[u8]) -> T,
) -> io::Result<T> {
    const USUAL: usize = 256;
    let spot = spot.into();
    let mut usual = [0; USUAL];
    let text = call::readlink(spot, &mut usual)?;
    if text.len() < USUAL {
        return Ok(meaning(text));
    }
    let mut long = [0; MAX_LINK + 1];
    call::readlink(spot, &mut long).map(meaning)
}

/// Whose a link is; `None` where another one is in its place by now.
///
/// Who may write to the directory can exchange links between any two calls, so text and owner are
/// those of one link that is held.
pub(super) fn owner(place: &Place, link: &Link) -> Result<Option<u32>> {
    let fail = |error| os_error(ErrorKind::Other, "look up the owner of the name", error);
    let Some(site) = if_there(place.site())? else {
        return Ok(None);
    };
    let held = match call::hold_link(site.spot()) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(None),
        held => held.map_err(fail)?,
    };
    let expected = link.text(&place.leaf());
    // What is no link has no text.
    let is_it = read(Spot::within(held.as_fd(), c""), |text| text == expected).unwrap_or(false);
    let uid = call::fstat(held.as_fd()).map_err(fail)?.uid;
    Ok(is_it.then_some(uid))
}

/// What a link means to this process.
pub(super) fn classify(link: Link) -> Result<Entry> {
    if link.domain == domain::current()? {
        return Ok(Entry::Here(link));
    }
    // This thread may have moved since the domain was asked for.
    let now = domain::ask()?;
    Ok(if link.domain == now {
        Entry::Here(link)
    } else if link.domain.boot != now.boot {
        Entry::Outlived(link)
    } else {
        Entry::Foreign(link)
    })
}

/// The error for an object in another IPC namespace.
pub(super) fn foreign(step: &'static str) -> Error {
    Error::new(ErrorKind::ForeignNamespace, step).with_hint(
        "run both programs in one IPC namespace (`docker run --ipc=...`); \
         if the other one is gone for good, `nshm remove` frees the name",
    )
}

/// The error for a directory entry that is no link of ours.
pub(super) fn unknown(step: &'static str, place: &Place, what: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, step)
        .detail(format!("{} was not made by nshm: {what}", place.display()))
        .with_hint("find out who put it there, then remove it by hand")
}

/// What became of a removal.
#[derive(Debug)]
pub(super) enum Removal {
    Done,
    /// The link has another text, or has gone.
    NotThere,
    /// This user may not: it is another user's, or in a directory where this one may not write.
    Refused(Error),
}

impl Removal {
    /// Whether it was done, for who must know why it was not.
    pub(super) fn into_done(self) -> Result<bool> {
        match self {
            Removal::Done => Ok(true),
            Removal::NotThere => Ok(false),
            Removal::Refused(error) => Err(error),
        }
    }
}

/// Removes the link under a place if it still has that text.
pub(super) fn remove(place: &Place, expected: &[u8], patience: Patience) -> Result<Removal> {
    // Whoever could remove the link must take the same lock: in a user's directory that user,
    // whoever made the link, elsewhere the owner of the link. Root may act for both.
    let owner = match place.rule {
        Rule::User(uid) => uid,
        Rule::Shared | Rule::Privileged => match call::lstat(&place.path) {
            Ok(stat) => stat.uid,
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                return Ok(Removal::NotThere);
            }
            Err(error) => return Err(os_error(ErrorKind::Other, "look up the name", error)),
        },
    };
    let Some(site) = if_there(place.site_of_removal())? else {
        return Ok(Removal::NotThere);
    };
    let still = || read(site.spot(), |text| text == expected).unwrap_or(false);
    // What a link said once and does not say any more it never says again.
    let _lock = match Lock::take(place, owner, patience, still) {
        Ok(Some(lock)) => lock,
        Ok(None) => return Ok(Removal::NotThere),
        Err(error) => return refused(owner).map(Removal::Refused).ok_or(error),
    };
    if !still() {
        return Ok(Removal::NotThere);
    }
    let Err(error) = call::unlink(site.spot()) else {
        return Ok(Removal::Done);
    };
    let may_not = matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM));
    let error = os_error(ErrorKind::Other, "remove the name", error);
    match may_not {
        true => Ok(Removal::Refused(error)),
        false => Err(error),
    }
}

/// The site of a link, if its directory is there.
fn if_there(site: Result<Site<'_>>) -> Result<Option<Site<'_>>> {
    match site {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        site => site.map(Some),
    }
}

/// Why a lock of that user is not to be had, where this process is another user's.
fn refused(owner: u32) -> Option<Error> {
    let me = call::effective_uid();
    (me != owner && me != 0).then(|| {
        Error::new(ErrorKind::AccessDenied, "remove the name")
            .detail(format!(
                "it is a name of user {owner}, who or root can remove it"
            ))
            .with_hint(format!("user {owner} or root: `nshm remove`"))
    })
}

/// Removes a link whose segment is gone, on the way to creating the name anew.
pub(super) fn remove_stale(place: &Place, link: &Link) -> Result<()> {
    match remove(place, &link.text(&place.leaf()), Patience::Create)? {
        Removal::Done | Removal::NotThere => Ok(()),
        Removal::Refused(error) => Err(error.with_hint(
            "the name is stale: its section is gone, but in this directory only its user or root \
             can clear it (`nshm remove`)",
        )),
    }
}
