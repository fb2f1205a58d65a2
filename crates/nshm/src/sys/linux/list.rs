//! What is alive: names, and who holds them.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::call;
use super::error::os_error;
use super::handle::info;
use super::link::{self, Entry, Patience, classify, foreign, unknown};
use super::name::{FLAT_PREFIX, Place, Rule, c_path, directory, is_flat};
use super::object::{is_stale, liveness, vouched};
use super::proc;
use super::segment::{Liveness, matches_link};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Link, Pages, SegmentId};
use crate::info::Listed;
use crate::name::{Name, Scope, decode, encode_file_name};

/// Every live object of a scope, sorted by name.
pub(crate) fn list(scope: &Scope) -> Result<Vec<Listed>> {
    let (dir, rule) = directory(scope);
    let fail = |error| os_error(ErrorKind::Other, "list the directory", error).on(dir.display());
    if let Rule::User(_) = rule {
        Place::of(&Name::in_scope(scope, "any")?)?.check_directory()?;
    }
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        // A user who never made a name has no directory.
        Err(error) if error.kind() == io::ErrorKind::NotFound && matches!(rule, Rule::User(_)) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(fail(error)),
    };
    let prefix = if is_flat(scope, rule) {
        FLAT_PREFIX
    } else {
        ""
    };
    let mut links = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        if entry.file_name().as_bytes().starts_with(prefix.as_bytes())
            && let Some(found) = read(&dir, &entry.file_name(), prefix, rule)
        {
            links.push(found);
        }
    }
    // Read after the links, so that whatever they name and is alive is in it.
    let segments = proc::segments().map_err(|error| {
        os_error(ErrorKind::Other, "list the segments in", error).on("/proc/sysvipc/shm")
    })?;
    let mut listed: Vec<Listed> = links
        .into_iter()
        .filter_map(|(link, leaf, owner)| {
            let block @ (stat, _) = segments.get(&link.segment.id)?;
            let vouched = match owner {
                Owner::Directory(uid) => stat.creator_uid == uid || stat.creator_uid == 0,
                Owner::Link(uid) => stat.creator_uid == uid,
            };
            if !vouched || !matches_link(stat, link.segment) {
                return None;
            }
            let pages = match link.pages {
                Pages::Apart(id) => {
                    let pages = segments.get(&id.id)?;
                    Some(*pages).filter(|(stat, _)| matches_link(stat, id))?;
                    Some(*pages)
                }
                _ => None,
            };
            Some(Listed {
                name: Name::in_scope(scope, &leaf).ok()?,
                kind: link.kind,
                info: info(&link, *block, pages),
            })
        })
        .collect();
    listed.sort_by(|a, b| a.name.leaf().cmp(b.name.leaf()));
    Ok(listed)
}

/// Who must have made the segment of a link.
enum Owner {
    Directory(u32),
    Link(u32),
}

/// A link under its own name, its leaf and its owner.
fn read(dir: &Path, file_name: &OsStr, prefix: &str, rule: Rule) -> Option<(Link, String, Owner)> {
    let path = c_path(&dir.join(file_name));
    let parsed = link::read(&path, |text| {
        let (link, encoded) = Link::parse(text)?;
        Some((link, std::str::from_utf8(encoded).ok()?.to_owned()))
    });
    let (link, encoded) = parsed.ok()??;
    let Ok(Entry::Here(link)) = classify(link) else {
        return None;
    };
    let leaf = decode(&encoded)?;
    let its_own = encode_file_name(&leaf, &encoded);
    if file_name.as_bytes().strip_prefix(prefix.as_bytes()) != Some(its_own.as_bytes()) {
        return None;
    }
    let owner = match rule {
        Rule::User(uid) => Owner::Directory(uid),
        Rule::Shared | Rule::Privileged => Owner::Link(call::lstat(&path).ok()?.uid),
    };
    Some((link, leaf, owner))
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
    let place = Place::of(name)?;
    match link::look_up(&place)? {
        Entry::Here(link) if liveness(&link) != Liveness::Gone => {
            // A view keeps pages that are apart, and only handles keep the object.
            let segment = match link.pages {
                Pages::Apart(pages) => pages,
                _ => link.segment,
            };
            proc::holders(segment.id).map_err(|error| os_error(ErrorKind::Other, STEP, error))
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
    vouched(&place, &link, &block.0, STEP)?;
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
            link::remove(&place, &link, Patience::Create)
        }
        Entry::Outlived(link) => link::remove(&place, &link, Patience::Create),
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
    if link::remove(&place, &link, Patience::Create)? {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::NotFound, STEP))
    }
}
