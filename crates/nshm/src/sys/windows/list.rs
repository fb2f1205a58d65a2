//! What is alive: the object manager's directories tell the names and the kinds.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE, ERROR_PATH_NOT_FOUND,
};

use super::asked::{Found, kind_of, unknown_info};
use super::call;
use super::error::{code, os_error};
use super::gate;
use super::name::{is_marked, mark, session_directory, wide};
use super::token::is_lease;
use crate::error::{Error, ErrorKind, Result};
use crate::info::Listed;
use crate::name::{Name, Scope};

/// Every live object of a scope, sorted by name.
///
/// To ask for an object the system wants it open, for a moment.
pub(crate) fn list(scope: &Scope) -> Result<Vec<Listed>> {
    const STEP: &str = "list the objects";
    let fail = |error| os_error(ErrorKind::Other, STEP, error);
    let session = match scope {
        Scope::Local | Scope::Private(_) => call::session_of(std::process::id()).map_err(fail)?,
        Scope::Session(number) => *number,
        Scope::Global | Scope::Posix => 0,
    };
    let mark = mark(scope)?;
    let found = {
        let _gate = gate::nobody_looks();
        call::object_directory(&session_directory(session))
    };
    let entries = match found {
        Ok(entries) => entries,
        // Nobody has a session of that number.
        Err(error) if is_not_found(&error) => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut listed = Vec::new();
    for entry in entries {
        let Some(kind) = kind_of(&entry.kind) else {
            continue;
        };
        // What is no name here is none that this crate can open.
        let Ok(leaf) = String::from_utf16(&entry.name) else {
            continue;
        };
        let leaf = match &mark {
            Some(mark) => leaf.strip_prefix(mark.as_ref()),
            None if is_marked(&leaf) || is_lease(&leaf) => None,
            None => Some(leaf.as_str()),
        };
        let Some(name) = leaf.and_then(|leaf| Name::in_scope(scope, leaf).ok()) else {
            continue;
        };
        let spelled = wide(&name)?;
        let _gate = gate::look();
        // What cannot be found by now has gone.
        if let Ok(found) = Found::of(kind, &spelled) {
            listed.extend(as_listed(name, &found));
        }
    }
    listed.sort_by(|a, b| a.name.leaf().cmp(b.name.leaf()));
    // The system tells them by their numbers in the directory. While others come and go a number
    // changes, and an object may be told twice.
    listed.dedup_by(|a, b| a.name == b.name);
    Ok(listed)
}

/// What is told of an object; `None` if we alone still have it.
fn as_listed(name: Name, found: &Found) -> Option<Listed> {
    let (kind, info) = match found {
        Found::Open(object) => match object.users().unwrap_or(0) {
            0 => return None,
            users => (object.kind(), object.info(users)),
        },
        Found::Closed(kind) => (*kind, unknown_info()),
    };
    Some(Listed { name, kind, info })
}

/// The live object of a name. To ask for it the system wants it open, for a moment.
pub(crate) fn find(name: &Name) -> Result<Listed> {
    const STEP: &str = "find";
    let spelled = wide(name)?;
    let _gate = gate::look();
    let found = Found::by(&spelled).map_err(|error| match code(&error) {
        ERROR_INVALID_HANDLE => Error::new(ErrorKind::WrongKind, STEP)
            .detail("the name is that of a timer, a job or something else")
            .caused_by(error),
        _ if is_not_found(&error) => Error::new(ErrorKind::NotFound, STEP).caused_by(error),
        _ => os_error(ErrorKind::Other, STEP, error),
    })?;
    as_listed(name.clone(), &found).ok_or_else(|| Error::new(ErrorKind::NotFound, STEP))
}

/// Names go with their objects here, so none is ever stale.
pub(crate) fn clear_stale(_: &Name) -> Result<bool> {
    Ok(false)
}

/// The session of this process.
pub(crate) fn session() -> Result<u32> {
    call::session_of(std::process::id())
        .map_err(|error| os_error(ErrorKind::Other, "find out the session", error))
}

fn is_not_found(error: &io::Error) -> bool {
    matches!(code(error), ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND)
}

/// The sessions that have local names. Those of session 0 are the `Global\` ones, and listed so.
pub(crate) fn sessions() -> Result<Vec<u32>> {
    let fail = |error| os_error(ErrorKind::Other, "list the sessions", error);
    let own = call::session_of(std::process::id()).map_err(fail)?;
    let mut sessions: Vec<u32> = match call::object_directory(r"\Sessions") {
        Ok(entries) => entries
            .iter()
            .filter_map(|entry| String::from_utf16(&entry.name).ok()?.parse().ok())
            .filter(|number| *number != 0)
            .collect(),
        // Without the right to look, only the own one is known.
        Err(error) if code(&error) == ERROR_ACCESS_DENIED || is_not_found(&error) => Vec::new(),
        Err(error) => return Err(fail(error)),
    };
    sessions.push(own);
    sessions.sort_unstable();
    sessions.dedup();
    Ok(sessions)
}

/// Only closing every handle takes a name away here.
pub(crate) fn remove(name: &Name) -> Result<()> {
    const STEP: &str = "remove the name";
    let spelled = wide(name)?;
    let _gate = gate::look();
    match Found::by(&spelled) {
        Err(error) if is_not_found(&error) => {
            Err(Error::new(ErrorKind::NotFound, STEP).caused_by(error))
        }
        _ => Err(Error::new(ErrorKind::Unsupported, STEP)
            .detail("on Windows a name stays until its last handle is closed")
            .with_hint("end the processes that hold it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Kind;
    use crate::name::Namespace;
    use crate::options::{Options, Setup};
    use crate::sys::{Handle, Source, SyncObject};

    fn leaf(topic: &str) -> String {
        format!("nshm-list-{}-{topic}", std::process::id())
    }

    fn create(name: &Name) -> Handle {
        let source = Source::PagingFile { len: 4096 };
        Handle::create(Some(name), source, &Options::default()).unwrap()
    }

    fn lists(scope: &Scope, leaf: &str) -> bool {
        let listed = list(scope).unwrap();
        assert!(listed.is_sorted_by(|a, b| a.name.leaf() <= b.name.leaf()));
        listed.iter().any(|object| {
            assert_eq!(object.name.scope(), scope);
            let info = &object.info;
            object.name.leaf() == leaf && info.len == 4096 && info.attach_count == 1
        })
    }

    #[test]
    fn each_scope_lists_its_own() {
        let own = call::session_of(std::process::id()).unwrap();
        assert!(sessions().unwrap().contains(&own));
        assert_eq!(session().unwrap(), own);
        let local = leaf("local");
        let handle = create(&Name::new(&local).unwrap());
        assert!(lists(&Scope::Local, &local));
        assert!(lists(&Scope::Session(own), &local));
        drop(handle);
        assert!(!lists(&Scope::Local, &local));

        let global = leaf("global");
        let handle = create(&Name::in_scope(&Scope::Global, &global).unwrap());
        assert!(lists(&Scope::Global, &global));
        assert!(lists(&Scope::Session(0), &global));
        drop(handle);
        assert!(!lists(&Scope::Global, &global));

        assert!(list(&Scope::Session(4_000_000)).unwrap().is_empty());
    }

    #[test]
    fn a_private_namespace_lists_its_own() {
        let namespace = Namespace::new(std::env::temp_dir());
        let leaf = leaf("private");
        let handle = create(&namespace.name(&leaf).unwrap());
        assert!(lists(&Scope::Private(namespace.clone()), &leaf));
        let is_it = |object: &Listed| object.name.leaf().contains(&leaf);
        assert!(!list(&Scope::Local).unwrap().iter().any(is_it));
        drop(handle);
        assert!(!lists(&Scope::Private(namespace), &leaf));
    }

    #[test]
    fn every_kind_is_listed_and_nothing_else() {
        let names =
            ["event", "mutex", "semaphore", "timer"].map(|kind| Name::new(&leaf(kind)).unwrap());
        let [event, mutex, semaphore, timer] = &names;
        let create = |name, setup| SyncObject::create(Some(name), setup, &Options::default());
        let held = [
            create(
                event,
                Setup::Event {
                    manual: true,
                    set: false,
                },
            ),
            create(mutex, Setup::Mutex { owned: false }),
            create(semaphore, Setup::Semaphore { count: 1, max: 2 }),
        ]
        .map(Result::unwrap);
        let clock = call::create_timer(&wide(timer).unwrap()).unwrap();
        // A token needs an event, which is none of anybody's.
        held[0].token().unwrap();
        let listed = list(&Scope::Local).unwrap();
        let ours = listed.iter().filter(|object| names.contains(&object.name));
        let kinds: Vec<Kind> = ours.map(|object| object.kind).collect();
        assert_eq!(kinds, [Kind::Event, Kind::Mutex, Kind::Semaphore]);
        assert!(!listed.iter().any(|object| is_lease(object.name.leaf())));
        for (name, kind) in names.iter().zip(kinds) {
            let found = find(name).unwrap();
            assert_eq!((found.kind, found.info.attach_count), (kind, 1));
            assert_eq!(remove(name).unwrap_err().kind(), ErrorKind::Unsupported);
        }
        assert_eq!(find(timer).unwrap_err().kind(), ErrorKind::WrongKind);
        drop((held, clock));
        for name in &names {
            assert_eq!(find(name).unwrap_err().kind(), ErrorKind::NotFound);
        }
    }

    #[test]
    fn a_name_cannot_be_taken_away() {
        let name = Name::new(&leaf("removed")).unwrap();
        assert_eq!(remove(&name).unwrap_err().kind(), ErrorKind::NotFound);
        let handle = create(&name);
        assert_eq!(remove(&name).unwrap_err().kind(), ErrorKind::Unsupported);
        drop(handle);
    }
}
