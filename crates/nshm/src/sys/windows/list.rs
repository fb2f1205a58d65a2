//! What is alive: names, and who holds them. The object manager's directories tell the names,
//! and the system's table of handles the holders.

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE, ERROR_PATH_NOT_FOUND,
};
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;
use windows_sys::Win32::System::Memory::{FILE_MAP_READ, SECTION_QUERY};

use super::call::{self, HandleEntry};
use super::error::{code, os_error};
use super::gate;
use super::handle::{info, unknown_info};
use super::name::{Wide, is_marked, mark, session_directory, wide};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::info::Listed;
use crate::name::{Name, Scope};

/// Every live object of a scope, sorted by name.
///
/// To ask for an object the system wants it open, for a moment.
pub(crate) fn list(scope: &Scope) -> Result<Vec<Listed>> {
    const STEP: &str = "list sections";
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
    let section: Vec<u16> = "Section".encode_utf16().collect();
    let mut listed = Vec::new();
    for entry in entries {
        if entry.kind != section {
            continue;
        }
        // What is no name here is none that this crate can open.
        let Ok(leaf) = String::from_utf16(&entry.name) else {
            continue;
        };
        let leaf = match &mark {
            Some(mark) => leaf.strip_prefix(mark.as_ref()),
            None if is_marked(&leaf) => None,
            None => Some(leaf.as_str()),
        };
        let Some(name) = leaf.and_then(|leaf| Name::in_scope(scope, leaf).ok()) else {
            continue;
        };
        let spelled = wide(&name)?;
        let _gate = gate::look();
        let info = match open_to_ask(&spelled) {
            Ok(section) => {
                let count = users(section.as_handle()).unwrap_or(0);
                if count == 0 {
                    continue;
                }
                info(section.as_handle(), count)
            }
            Err(error) if code(&error) == ERROR_ACCESS_DENIED => unknown_info(),
            // Gone since.
            Err(_) => continue,
        };
        listed.push(Listed {
            name,
            kind: Kind::Section,
            info,
        });
    }
    listed.sort_by(|a, b| a.name.leaf().cmp(b.name.leaf()));
    // The system tells them by their numbers in the directory. While others come and go a number
    // changes, and an object may be told twice.
    listed.dedup_by(|a, b| a.name == b.name);
    Ok(listed)
}

/// The live object of a name. To ask for it the system wants it open, for a moment.
pub(crate) fn find(name: &Name) -> Result<Listed> {
    const STEP: &str = "find";
    let spelled = wide(name)?;
    let _gate = gate::look();
    let info = match open_to_ask(&spelled) {
        Ok(section) => match users(section.as_handle()).unwrap_or(0) {
            0 => return Err(Error::new(ErrorKind::NotFound, STEP)),
            count => info(section.as_handle(), count),
        },
        Err(error) if code(&error) == ERROR_ACCESS_DENIED => unknown_info(),
        Err(error) if code(&error) == ERROR_INVALID_HANDLE => {
            return Err(Error::new(ErrorKind::WrongKind, STEP).caused_by(error));
        }
        Err(error) if is_not_found(&error) => {
            return Err(Error::new(ErrorKind::NotFound, STEP).caused_by(error));
        }
        Err(error) => return Err(os_error(ErrorKind::Other, STEP, error)),
    };
    Ok(Listed {
        name: name.clone(),
        kind: Kind::Section,
        info,
    })
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

/// Opens a section with as much access as asking takes, or as there is.
fn open_to_ask(name: &Wide) -> io::Result<OwnedHandle> {
    let mut result = Err(io::Error::from_raw_os_error(
        ERROR_ACCESS_DENIED.cast_signed(),
    ));
    for access in [
        READ_CONTROL | SECTION_QUERY,
        FILE_MAP_READ | SECTION_QUERY,
        READ_CONTROL,
        FILE_MAP_READ,
    ] {
        result = call::open_file_mapping(access, name);
        match &result {
            Err(error) if code(error) == ERROR_ACCESS_DENIED => {}
            _ => break,
        }
    }
    result
}

/// How many handles there are besides the one by which we ask.
fn users(section: BorrowedHandle<'_>) -> io::Result<u32> {
    call::handle_count(section).map(|count| count.saturating_sub(1))
}

fn is_not_found(error: &io::Error) -> bool {
    matches!(code(error), ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND)
}

/// The sessions that have local names.
pub(crate) fn sessions() -> Result<Vec<u32>> {
    let fail = |error| os_error(ErrorKind::Other, "list the sessions", error);
    let own = call::session_of(std::process::id()).map_err(fail)?;
    let mut sessions: Vec<u32> = match call::object_directory(r"\Sessions") {
        Ok(entries) => entries
            .iter()
            .filter_map(|entry| String::from_utf16(&entry.name).ok()?.parse().ok())
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

/// The processes that have the section of a name open.
///
/// The system has a table of all handles. It tells some users, and not others, which object each
/// one means; for the others each handle of a process that lets its handles be copied is
/// compared. A process that keeps a view and no handle is not in the table.
pub(crate) fn holders(name: &Name) -> Result<Vec<u32>> {
    const STEP: &str = "list the holders of";
    let fail = |error: io::Error| {
        if code(&error) == ERROR_INVALID_HANDLE {
            Error::new(ErrorKind::WrongKind, STEP).caused_by(error)
        } else {
            os_error(ErrorKind::Other, STEP, error)
        }
    };
    let spelled = wide(name)?;
    let _gate = gate::look();
    let section = open_to_ask(&spelled).map_err(fail)?;
    let section = section.as_handle();
    if users(section).map_err(fail)? == 0 {
        return Err(Error::new(ErrorKind::NotFound, STEP));
    }
    let handles = call::system_handles().map_err(fail)?;
    let me = std::process::id() as usize;
    let is_mine =
        |entry: &HandleEntry| entry.pid == me && entry.handle == section.as_raw_handle().addr();
    let Some(mine) = handles.iter().copied().find(is_mine) else {
        return Err(Error::new(ErrorKind::Unsupported, STEP)
            .detail("the system does not tell which handles there are"));
    };
    let others = handles.iter().filter(|entry| !is_mine(entry));
    let mut pids: Vec<usize> = if mine.object != 0 {
        others
            .filter(|entry| entry.object == mine.object)
            .map(|entry| entry.pid)
            .collect()
    } else {
        compare(section, others.filter(|entry| entry.kind == mine.kind))
    };
    pids.sort_unstable();
    pids.dedup();
    Ok(pids
        .into_iter()
        .filter_map(|pid| u32::try_from(pid).ok())
        .collect())
}

/// The processes among whose handles the section is, as far as they let them be copied.
fn compare<'e>(
    section: BorrowedHandle<'_>,
    entries: impl Iterator<Item = &'e HandleEntry>,
) -> Vec<usize> {
    let mut pids = Vec::new();
    // The table has the handles of a process one after the other.
    let mut process: Option<(usize, Option<OwnedHandle>)> = None;
    for entry in entries {
        if pids.last() == Some(&entry.pid) {
            continue;
        }
        if process.as_ref().is_none_or(|(pid, _)| *pid != entry.pid) {
            let opened = u32::try_from(entry.pid)
                .ok()
                .and_then(|pid| call::open_process(pid).ok());
            process = Some((entry.pid, opened));
        }
        if let Some((_, Some(process))) = &process
            && let Ok(copy) = call::duplicate_from(process.as_handle(), entry.handle, 0)
            && call::is_same_object(section, copy.as_handle())
        {
            pids.push(entry.pid);
        }
    }
    pids
}

/// Only closing every handle takes a name away here.
pub(crate) fn remove(name: &Name) -> Result<()> {
    const STEP: &str = "remove the name";
    let spelled = wide(name)?;
    let _gate = gate::look();
    match open_to_ask(&spelled) {
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
    use crate::name::Namespace;
    use crate::options::Options;
    use crate::sys::{Handle, Source};

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
    fn what_is_no_section_is_not_listed() {
        let leaf = leaf("event");
        let name = Name::new(&leaf).unwrap();
        let event = call::create_event(&wide(&name).unwrap()).unwrap();
        let is_it = |object: &Listed| object.name.leaf() == leaf;
        assert!(!list(&Scope::Local).unwrap().iter().any(is_it));
        assert_eq!(holders(&name).unwrap_err().kind(), ErrorKind::WrongKind);
        assert_eq!(find(&name).unwrap_err().kind(), ErrorKind::WrongKind);
        drop(event);
    }

    #[test]
    fn holders_are_those_with_a_handle() {
        let name = Name::new(&leaf("held")).unwrap();
        assert_eq!(holders(&name).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(find(&name).unwrap_err().kind(), ErrorKind::NotFound);
        let handle = create(&name);
        assert_eq!(holders(&name).unwrap(), [std::process::id()]);
        assert_eq!(find(&name).unwrap().info.len, 4096);

        // The slow way must find the same.
        let section = open_to_ask(&wide(&name).unwrap()).unwrap();
        let handles = call::system_handles().unwrap();
        let me = std::process::id() as usize;
        let mine = handles
            .iter()
            .find(|entry| entry.pid == me && entry.handle == section.as_raw_handle().addr())
            .unwrap();
        let alike = handles.iter().filter(|entry| entry.kind == mine.kind);
        assert_eq!(compare(section.as_handle(), alike), [me]);
        drop(handle);
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
