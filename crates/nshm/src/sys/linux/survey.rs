//! All shared memory that this user can see, of whatever library, and what the dead have left.

use std::collections::{HashMap, HashSet};
use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::call::{self, SegmentStat};
use super::error::os_error;
use super::handle::segment_info;
use super::holders::{Blind, Seen, Wanted, blindness};
use super::link::Entry;
use super::living::{Living, links, living};
use super::name::{self, Place};
use super::object::is_stale;
use super::posix::{self, PosixObject};
use super::proc::{self, Residency};
use super::segment::{is_gone, is_leaked};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Scope};
use crate::survey::{
    Gap, Identity, LeakedId, Leftovers, Object, Origin, Places, Reach, StaleName, Survey, gather,
};

const STEP: &str = "survey shared memory";

/// The live objects of some scopes, and of everybody else if wanted.
pub(crate) fn survey(scopes: &[Scope], reach: Reach) -> Result<Survey> {
    let mut survey = Survey::default();
    let others = reach == Reach::Everything;
    // Before and after the names: what is there at both times and has no name later is neither too
    // young for one nor gone with its own.
    let before = if others { segments()? } else { Segments::new() };
    let ours = gather(scopes, &mut survey.gaps, living)?;
    let (posix, bare) = if others {
        let posix = posix_objects(&mut survey.gaps);
        (posix, bare_segments(&before, segments()?, &ours))
    } else {
        (Vec::new(), Vec::new())
    };

    let mut wanted = Wanted::default();
    for object in &ours {
        wanted.segment(object.held);
    }
    for object in &posix {
        wanted.file(posix::identity(&object.metadata), &object.path);
    }
    for (stat, _) in &bare {
        wanted.segment(stat.id);
    }
    let seen = look(&wanted, others, &mut survey.gaps)?;

    let ours = ours.into_iter().map(|object| {
        let holders = seen.of_segment(object.held);
        Object::named(object.listed, holders)
    });
    survey.objects.extend(ours);
    let sure = survey.gaps.iter().all(|gap| !matches_processes(gap));
    let posix = posix.into_iter();
    survey
        .objects
        .extend(posix.map(|object| of_posix(object, &seen, sure)));
    let bare = bare.into_iter();
    survey
        .objects
        .extend(bare.map(|segment| of_segment(segment, &seen)));
    Ok(survey)
}

/// The live object of a name.
pub(crate) fn object(name: &Name) -> Result<Object> {
    if *name.scope() != Scope::Posix {
        let listed = super::list::find(name)?;
        let holders = super::list::holders(name)?;
        return Ok(Object::named(listed, holders));
    }
    let found = posix::one(name, "find")?;
    let mut wanted = Wanted::default();
    wanted.file(posix::identity(&found.metadata), &found.path);
    let mut gaps = Vec::new();
    let seen = look(&wanted, true, &mut gaps)?;
    Ok(of_posix(found, &seen, gaps.is_empty()))
}

/// The segment of a number, whoever made it.
pub(crate) fn segment(id: i32) -> Result<Object> {
    const STEP: &str = "find";
    let found = proc::segment(id)
        .map_err(|error| os_error(ErrorKind::Other, STEP, error).on("/proc/sysvipc/shm"))?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, STEP))?;
    let mut wanted = Wanted::default();
    wanted.segment(id);
    // How many have it the kernel counts, so that what is not seen needs no gap.
    let seen = look(&wanted, false, &mut Vec::new())?;
    Ok(of_segment(found, &seen))
}

type Segments = HashMap<i32, (SegmentStat, Residency)>;

fn segments() -> Result<Segments> {
    proc::segments()
        .map_err(|error| os_error(ErrorKind::Other, STEP, error).on("/proc/sysvipc/shm"))
}

/// The segments that no name leads to, in the order of their ids.
fn bare_segments(
    before: &Segments,
    now: Segments,
    ours: &[Living],
) -> Vec<(SegmentStat, Residency)> {
    let named: HashSet<i32> = ours
        .iter()
        .flat_map(|object| [object.block, object.held])
        .collect();
    let mut bare: Vec<_> = now
        .into_values()
        .filter(|(stat, _)| before.contains_key(&stat.id) && !named.contains(&stat.id))
        .collect();
    bare.sort_by_key(|(stat, _)| stat.id);
    bare
}

fn posix_objects(gaps: &mut Vec<Gap>) -> Vec<PosixObject> {
    posix::all().unwrap_or_else(|error| {
        gaps.push(Gap::Others {
            error: os_error(ErrorKind::Other, "list the directory", error)
                .on(name::base_directory().display()),
        });
        Vec::new()
    })
}

/// Looks for holders. What may have been overlooked is a gap.
fn look(wanted: &Wanted, others: bool, gaps: &mut Vec<Gap>) -> Result<Seen> {
    let seen = wanted
        .look()
        .map_err(|error| os_error(ErrorKind::Other, STEP, error).on("/proc"))?;
    if seen.is_incomplete() {
        gaps.push(Gap::Processes);
    }
    // Who has our own sections is known to this extent from their counts.
    if others {
        gaps.extend(blindness().into_iter().map(|blind| match blind {
            Blind::Hidden => Gap::HiddenProcesses,
            Blind::Inner => Gap::OuterProcesses,
        }));
    }
    Ok(seen)
}

fn matches_processes(gap: &Gap) -> bool {
    matches!(
        gap,
        Gap::Processes | Gap::HiddenProcesses | Gap::OuterProcesses
    )
}

/// `sure`: no process was overlooked.
fn of_posix(object: PosixObject, seen: &Seen, sure: bool) -> Object {
    let (device, inode) = posix::identity(&object.metadata);
    let holders = seen.of_file((device, inode));
    let orphaned = if holders.is_empty() {
        object.is_free().or(sure.then_some(true))
    } else {
        Some(false)
    };
    Object {
        info: object.info(),
        origin: Origin::Posix {
            name: object.name,
            file_name: object.file_name,
        },
        holders,
        orphaned,
        identity: Identity::File { device, inode },
    }
}

fn of_segment((stat, residency): (SegmentStat, Residency), seen: &Seen) -> Object {
    Object {
        origin: Origin::SystemV {
            id: stat.id,
            key: stat.key,
        },
        info: segment_info(&stat, residency),
        holders: seen.of_segment(stat.id),
        // The kernel counts, whoever they are.
        orphaned: Some(stat.attach_count == 0),
        identity: Identity::Segment {
            id: stat.id,
            born: stat.born,
        },
    }
}

/// Removes an orphan of another library if it is that still.
pub(crate) fn remove_orphan(object: &Object) -> Result<bool> {
    const STEP: &str = "remove the orphan";
    match (&object.origin, object.identity) {
        (Origin::Posix { .. }, Identity::File { device, inode }) => {
            // By the path and not by the name: what is no text has none.
            let Some(path) = &object.info.file else {
                return Ok(false);
            };
            match posix::at(path) {
                Ok(found) if posix::identity(&found.metadata) == (device, inode) => {
                    found.remove(STEP)
                }
                _ => Ok(false),
            }
        }
        (Origin::SystemV { .. }, Identity::Segment { id, born }) => {
            remove_segment(id, STEP, |stat, _| {
                stat.born == born && stat.attach_count == 0
            })
        }
        _ => Err(Error::new(ErrorKind::Unsupported, STEP)
            .detail("an object of nshm goes with its last user")),
    }
}

/// Removes a segment of which `still` holds, and says whether it did.
fn remove_segment(
    id: i32,
    step: &'static str,
    still: impl Fn(&SegmentStat, &Residency) -> bool,
) -> Result<bool> {
    let found = proc::segment(id)
        .map_err(|error| os_error(ErrorKind::Other, step, error).on("/proc/sysvipc/shm"))?;
    if !found.is_some_and(|(stat, residency)| still(&stat, &residency)) {
        return Ok(false);
    }
    match call::shm_remove(id) {
        Ok(()) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(os_error(ErrorKind::AccessDenied, step, error)),
    }
}

/// Stale links and leaked segments.
pub(crate) fn leftovers(scopes: &[Scope]) -> Result<Leftovers> {
    let mut leftovers = Leftovers::default();
    leftovers.names = gather(scopes, &mut leftovers.gaps, stale)?;
    let mut ids: Vec<LeakedId> = segments()?
        .into_values()
        .filter(|(stat, residency)| is_leaked(stat, residency))
        .map(|(stat, _)| LeakedId {
            id: stat.id,
            len: stat.len,
            creator_pid: stat.creator_pid,
            creator_uid: stat.creator_uid,
            created: proc::time(stat.born),
        })
        .collect();
    ids.sort_by_key(|leaked| leaked.id);
    leftovers.ids = ids;
    Ok(leftovers)
}

/// The names of a scope whose objects are gone, sorted.
fn stale(scope: &Scope) -> Result<Vec<StaleName>> {
    let mut stale = Vec::new();
    for found in links(scope)? {
        let is_stale = match &found.entry {
            Entry::Outlived(_) => true,
            Entry::Here(link) => is_stale(link, "list the stale names of")?,
            _ => false,
        };
        if is_stale && let Ok(name) = Name::in_scope(scope, &found.leaf) {
            stale.push(StaleName {
                name,
                owner_uid: found.owner_uid(),
            });
        }
    }
    stale.sort_by(|a, b| a.name.leaf().cmp(b.name.leaf()));
    Ok(stale)
}

/// Removes a leaked segment if it is that still.
pub(crate) fn clear_leaked(leaked: &LeakedId) -> Result<bool> {
    remove_segment(leaked.id, "clear the leaked id", |stat, residency| {
        is_leaked(stat, residency) && proc::time(stat.born) == leaked.created
    })
}

/// Where names lie.
pub(crate) fn places() -> Result<Places> {
    let own = Place::of(&Name::in_scope(&Scope::Local, "any")?)?;
    Ok(Places {
        base: name::base_directory().to_owned(),
        own: path(&own.dir()),
        own_problem: own.check_directory().err(),
        global: path(&name::privileged_directory()),
    })
}

fn path(path: &CStr) -> PathBuf {
    OsStr::from_bytes(path.to_bytes()).into()
}
