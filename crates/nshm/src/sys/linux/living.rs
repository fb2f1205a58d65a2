//! The names of a scope: what their links say, and which of their objects are alive.

use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::call::{self, SegmentStat};
use super::error::os_error;
use super::handle::info;
use super::link::{self, Entry, classify};
use super::name::{FLAT_PREFIX, Place, Rule, directory, is_flat};
use super::object::vouched;
use super::path::with_path;
use super::proc::{self, Residency};
use super::segment::matches_link;
use crate::error::{ErrorKind, Result};
use crate::format::{Link, Pages};
use crate::info::Listed;
use crate::name::{Name, Scope, decode, encode_file_name};

/// A link under its own name.
#[derive(Debug)]
pub(super) struct Found {
    /// Of this IPC namespace, of another one, or of an earlier run of the system.
    pub(super) entry: Entry,
    pub(super) leaf: String,
    owner: Owner,
}

/// Who must have made the segment of a link.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Directory(u32),
    Link(u32),
}

impl Found {
    /// Whose link it is.
    pub(super) fn owner_uid(&self) -> u32 {
        match self.owner {
            Owner::Directory(uid) | Owner::Link(uid) => uid,
        }
    }
}

/// A live object with a name, and the segments that carry it.
#[derive(Debug)]
pub(super) struct Living {
    pub(super) listed: Listed,
    /// The one that lives as long as the object.
    pub(super) block: i32,
    /// The one whose attaches tell who has it: views keep pages that are apart, and only handles
    /// keep the object.
    pub(super) held: i32,
}

/// Every live object of a scope, sorted by name.
pub(super) fn living(scope: &Scope) -> Result<Vec<Living>> {
    let links = links(scope)?;
    // Read after the links, so that whatever they name and is alive is in it.
    let segments = proc::segments().map_err(|error| {
        os_error(ErrorKind::Other, "list the segments in", error).on("/proc/sysvipc/shm")
    })?;
    let mut living: Vec<Living> = links
        .into_iter()
        .filter_map(|found| alive(scope, found, &segments))
        .collect();
    living.sort_by(|a, b| a.listed.name.leaf().cmp(b.listed.name.leaf()));
    Ok(living)
}

/// What a link names, if that is alive.
fn alive(
    scope: &Scope,
    found: Found,
    segments: &HashMap<i32, (SegmentStat, Residency)>,
) -> Option<Living> {
    let Entry::Here(link) = found.entry else {
        return None;
    };
    let block @ (stat, _) = segments.get(&link.segment.id)?;
    let name = Name::in_scope(scope, &found.leaf).ok()?;
    let is_vouched = match found.owner {
        Owner::Directory(uid) if uid != stat.creator_uid => {
            vouched(&Place::of(&name).ok()?, &link, stat.creator_uid, "list").is_ok()
        }
        Owner::Directory(_) => true,
        Owner::Link(uid) => stat.creator_uid == uid,
    };
    if !is_vouched || !matches_link(stat, link.segment) {
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
    Some(Living {
        listed: Listed {
            name,
            kind: link.kind,
            info: info(&link, *block, pages),
        },
        block: link.segment.id,
        held: pages.map_or(link.segment.id, |(stat, _)| stat.id),
    })
}

/// The links of a scope that are under their own names.
pub(super) fn links(scope: &Scope) -> Result<Vec<Found>> {
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
        let file_name = entry.file_name();
        if !file_name.as_bytes().starts_with(prefix.as_bytes()) {
            continue;
        }
        let path = [dir.as_os_str(), OsStr::new("/"), &file_name].map(OsStr::as_bytes);
        links.extend(with_path(&path, |path| {
            read(path, &file_name, prefix, rule)
        }));
    }
    Ok(links)
}

/// A link under its own name, its leaf and its owner.
fn read(path: &CStr, file_name: &OsStr, prefix: &str, rule: Rule) -> Option<Found> {
    let parsed = link::read(path, |text| {
        let (link, encoded) = Link::parse(text)?;
        Some((link, std::str::from_utf8(encoded).ok()?.to_owned()))
    });
    let (link, encoded) = parsed.ok()??;
    let leaf = decode(&encoded)?;
    let its_own = encode_file_name(&leaf, &encoded);
    if file_name.as_bytes().strip_prefix(prefix.as_bytes()) != Some(its_own.as_bytes()) {
        return None;
    }
    let owner = match rule {
        Rule::User(uid) => Owner::Directory(uid),
        Rule::Shared | Rule::Privileged => Owner::Link(call::lstat(path).ok()?.uid),
    };
    Some(Found {
        entry: classify(link).ok()?,
        leaf,
        owner,
    })
}
