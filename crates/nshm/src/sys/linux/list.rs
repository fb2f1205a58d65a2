//! What is alive: names, and who holds them.

use super::call;
use super::error::os_error;
use super::handle::info;
use super::holders::of_segment;
use super::link::{self, Entry, foreign, unknown};
use super::living::living;
use super::lock::Patience;
use super::name::Place;
use super::object::{is_stale, liveness, vouched};
use super::posix;
use super::proc;
use super::segment::{Liveness, matches_link};
use super::survey;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Pages, SegmentId};
use crate::info::Listed;
use crate::name::{Name, Scope};

/// Every live object of a scope, sorted by name.
pub(crate) fn list(scope: &Scope) -> Result<Vec<Listed>> {
    if *scope == Scope::Posix {
        return posix::list();
    }
    Ok(living(scope)?.into_iter().map(|it| it.listed).collect())
}

/// The number of the user whose local names are this process's own.
pub(crate) fn session() -> Result<u32> {
    Ok(call::effective_uid())
}

/// The users, or sessions, that have local names.
pub(crate) fn sessions() -> Result<Vec<u32>> {
    super::name::users()
        .map_err(|error| os_error(ErrorKind::Other, "list the users with names", error))
}

/// The processes that have the section of a name attached.
pub(crate) fn holders(name: &Name) -> Result<Vec<u32>> {
    const STEP: &str = "list the holders of";
    if *name.scope() == Scope::Posix {
        return survey::object(name).map(|object| object.holders);
    }
    let place = Place::of(name)?;
    match link::look_up(&place)? {
        Entry::Here(link) if liveness(&link) != Liveness::Gone => {
            // A view keeps pages that are apart, and only handles keep the object.
            let segment = match link.pages {
                Pages::Apart(pages) => pages,
                _ => link.segment,
            };
            of_segment(segment.id).map_err(|error| os_error(ErrorKind::Other, STEP, error))
        }
        Entry::Absent | Entry::Here(_) | Entry::Outlived(_) => {
            Err(Error::new(ErrorKind::NotFound, STEP))
        }
        Entry::Foreign(_) => Err(foreign(STEP)),
        Entry::Unknown(what) => Err(unknown(STEP, &place, what)),
    }
}

/// The live object of a name, without attaching it.
pub(crate) fn find(name: &Name) -> Result<Listed> {
    const STEP: &str = "find";
    if *name.scope() == Scope::Posix {
        let found = posix::one(name, STEP)?;
        return found
            .listed()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, STEP));
    }
    let place = Place::of(name)?;
    let link = match link::look_up(&place)? {
        Entry::Here(link) => link,
        Entry::Absent | Entry::Outlived(_) => return Err(Error::new(ErrorKind::NotFound, STEP)),
        Entry::Foreign(_) => return Err(foreign(STEP)),
        Entry::Unknown(what) => return Err(unknown(STEP, &place, what)),
    };
    let fail = |error| os_error(ErrorKind::Other, STEP, error).on("/proc/sysvipc/shm");
    let living = |id: SegmentId| match proc::segment(id.id).map_err(fail)? {
        Some(found) if matches_link(&found.0, id) => Ok(found),
        _ => Err(Error::new(ErrorKind::NotFound, STEP)),
    };
    let block = living(link.segment)?;
    vouched(&place, &link, block.0.creator_uid, STEP)?;
    let pages = match link.pages {
        Pages::Apart(id) => Some(living(id)?),
        _ => None,
    };
    Ok(Listed {
        name: name.clone(),
        kind: link.kind,
        info: info(&link, block, pages),
    })
}

/// Removes the link of a name whose object is gone, and says whether there was one.
pub(crate) fn clear_stale(name: &Name) -> Result<bool> {
    const STEP: &str = "clear the stale name";
    let place = Place::of(name)?;
    match link::look_up(&place)? {
        Entry::Here(link) if is_stale(&link, STEP)? => {
            link::remove(&place, &link.text(&place.leaf()), Patience::Create)?.into_done()
        }
        Entry::Outlived(link) => {
            link::remove(&place, &link.text(&place.leaf()), Patience::Create)?.into_done()
        }
        Entry::Absent | Entry::Here(_) => Ok(false),
        Entry::Foreign(_) => Err(foreign(STEP)),
        Entry::Unknown(what) => Err(unknown(STEP, &place, what)),
    }
}

/// Takes the name from an object that may be alive; who has it open keeps it.
pub(crate) fn remove(name: &Name) -> Result<()> {
    const STEP: &str = "remove the name";
    let place = Place::of(name)?;
    let link = match link::look_up(&place)? {
        Entry::Here(link) | Entry::Outlived(link) | Entry::Foreign(link) => link,
        Entry::Absent => return Err(Error::new(ErrorKind::NotFound, STEP)),
        Entry::Unknown(what) => return Err(unknown(STEP, &place, what)),
    };
    if link::remove(&place, &link.text(&place.leaf()), Patience::Create)?.into_done()? {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::NotFound, STEP))
    }
}
