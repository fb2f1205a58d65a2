//! Who has objects open. The system has a table of all handles. It tells some users, and not
//! others, which object each one means; for the others each handle of a process that lets its
//! handles be copied is compared. A process that keeps a view and no handle is not in the table.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};

use windows_sys::Win32::Foundation::ERROR_INVALID_HANDLE;

use super::asked::{Asked, Found};
use super::call::{self, HandleEntry};
use super::error::{code, os_error};
use super::gate;
use super::name::wide;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Name;

const STEP: &str = "list the holders of";

/// The processes that have the object of a name open.
pub(crate) fn holders(name: &Name) -> Result<Vec<u32>> {
    let fail = |error: io::Error| match code(&error) {
        ERROR_INVALID_HANDLE => Error::new(ErrorKind::WrongKind, STEP).caused_by(error),
        _ => os_error(ErrorKind::Other, STEP, error),
    };
    let spelled = wide(name)?;
    let _gate = gate::look();
    let object = match Found::by(&spelled).map_err(fail)? {
        Found::Open(object) => object,
        Found::Closed(_) => {
            return Err(Error::new(ErrorKind::AccessDenied, STEP)
                .detail("to be told takes an access that it does not admit"));
        }
    };
    if object.users().map_err(fail)? == 0 {
        return Err(Error::new(ErrorKind::NotFound, STEP));
    }
    let mut holders = holders_of(&[object]).map_err(fail)?;
    holders.pop().flatten().ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, STEP)
            .detail("the system does not tell which handles there are")
    })
}

/// The processes that have each of some objects open, ascending, in one pass; `None` for an object
/// of which the system does not tell. The handles by which we ask are nobody's.
pub(super) fn holders_of(objects: &[Asked]) -> io::Result<Vec<Option<Vec<u32>>>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let handles = call::system_handles()?;
    let me = std::process::id() as usize;
    let by_value: HashMap<usize, usize> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| (object.value(), index))
        .collect();
    let asked = |entry: &HandleEntry| match entry.pid == me {
        true => by_value.get(&entry.handle).copied(),
        false => None,
    };
    let mut ours: Vec<Option<HandleEntry>> = vec![None; objects.len()];
    for entry in &handles {
        if let Some(index) = asked(entry) {
            ours[index] = Some(*entry);
        }
    }
    let others: Vec<HandleEntry> = handles
        .into_iter()
        .filter(|entry| asked(entry).is_none())
        .collect();
    let is_told = ours.iter().flatten().all(|entry| entry.object != 0);
    let found = if is_told {
        by_object(&ours, &others)
    } else {
        by_comparison(objects, &ours, &others)
    };
    let pids = |pids: BTreeSet<usize>| pids.into_iter().filter_map(|pid| u32::try_from(pid).ok());
    Ok(ours
        .iter()
        .zip(found)
        .map(|(entry, found)| entry.map(|_| pids(found).collect()))
        .collect())
}

/// By the address of the object, which each entry has.
fn by_object(ours: &[Option<HandleEntry>], others: &[HandleEntry]) -> Vec<BTreeSet<usize>> {
    let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, entry) in ours.iter().enumerate() {
        if let Some(entry) = entry {
            wanted.entry(entry.object).or_default().push(index);
        }
    }
    let mut found = vec![BTreeSet::new(); ours.len()];
    for entry in others {
        for index in wanted.get(&entry.object).into_iter().flatten() {
            found[*index].insert(entry.pid);
        }
    }
    found
}

/// By copying each handle to an object of the same kind, as far as its process lets it be copied.
fn by_comparison(
    objects: &[Asked],
    ours: &[Option<HandleEntry>],
    others: &[HandleEntry],
) -> Vec<BTreeSet<usize>> {
    let mut wanted: HashMap<u16, Vec<usize>> = HashMap::new();
    for (index, entry) in ours.iter().enumerate() {
        if let Some(entry) = entry {
            wanted.entry(entry.kind).or_default().push(index);
        }
    }
    let mut found: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); objects.len()];
    // The table has the handles of a process one after the other.
    let mut process: Option<(usize, Option<OwnedHandle>)> = None;
    for entry in others {
        let Some(alike) = wanted.get(&entry.kind) else {
            continue;
        };
        let unknown: Vec<usize> = alike
            .iter()
            .copied()
            .filter(|index| !found[*index].contains(&entry.pid))
            .collect();
        if unknown.is_empty() {
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
        {
            for index in unknown {
                if call::is_same_object(objects[index].handle(), copy.as_handle()) {
                    found[index].insert(entry.pid);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Options, Setup};
    use crate::sys::{Handle, Source, SyncObject};

    fn name(topic: &str) -> Name {
        Name::new(&format!("nshm-holders-{}-{topic}", std::process::id())).unwrap()
    }

    fn asked(name: &Name) -> Asked {
        match Found::by(&wide(name).unwrap()).unwrap() {
            Found::Open(object) => object,
            Found::Closed(kind) => panic!("a closed {kind}"),
        }
    }

    #[test]
    fn holders_are_those_with_a_handle() {
        let [section, mutex] = [name("section"), name("mutex")];
        for name in [&section, &mutex] {
            assert_eq!(holders(name).unwrap_err().kind(), ErrorKind::NotFound);
        }
        let options = Options::default();
        let source = Source::PagingFile { len: 4096 };
        let held = Handle::create(Some(&section), source, &options).unwrap();
        let setup = Setup::Mutex { owned: false };
        let lock = SyncObject::create(Some(&mutex), setup, &options).unwrap();
        let me = std::process::id();
        for name in [&section, &mutex] {
            assert_eq!(holders(name).unwrap(), [me]);
        }

        // The slow way must find the same.
        let objects = [asked(&section), asked(&mutex)];
        let handles = call::system_handles().unwrap();
        let is_ours = |entry: &HandleEntry, object: &Asked| {
            entry.pid == me as usize && entry.handle == object.value()
        };
        let ours = objects.each_ref().map(|object| {
            let entry = handles.iter().find(|entry| is_ours(entry, object));
            entry.copied()
        });
        let mut others = handles.clone();
        others.retain(|entry| !objects.iter().any(|object| is_ours(entry, object)));
        let found = by_comparison(&objects, &ours, &others);
        assert_eq!(found, vec![BTreeSet::from([me as usize]); 2]);
        drop((held, lock));
    }
}
