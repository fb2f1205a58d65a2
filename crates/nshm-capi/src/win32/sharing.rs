//! Share modes: which opens of one file exclude one another.
//!
//! They hold among the handles of this process. Linux has nothing of the kind between
//! processes, and locks of our own would bind our programs only.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::types::access::*;
use super::types::{DWORD, file};
use super::winerror::*;

/// A file, whatever its path: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// What one open of a file uses, and what it lets others use: bits of `FILE_SHARE_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    own: DWORD,
    shared: DWORD,
}

static OPENS: Mutex<Option<HashMap<FileId, Vec<Use>>>> = Mutex::new(None);

fn opens() -> MutexGuard<'static, Option<HashMap<FileId, Vec<Use>>>> {
    OPENS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open of a file, for as long as it lasts.
#[derive(Debug)]
pub(crate) struct Claim {
    file: FileId,
    used: Use,
}

impl Claim {
    /// Takes the part in a file that `access` needs, and lets others have what `shared` says.
    ///
    /// # Errors
    /// 32 where another open excludes that, or this one would exclude another.
    pub(crate) fn take(file: FileId, access: DWORD, shared: DWORD) -> Result<Claim> {
        let used = Use {
            own: used_by(access),
            shared,
        };
        let mut opens = opens();
        let others = opens.get_or_insert_default().entry(file).or_default();
        // Who only asks about a file shares it with everybody.
        let conflict = others.iter().any(|other| {
            used.own & !other.shared != 0 || used.own != 0 && other.own & !used.shared != 0
        });
        if conflict {
            return Err(ERROR_SHARING_VIOLATION);
        }
        if used.own != 0 {
            others.push(used);
        } else if others.is_empty() {
            forget(&mut opens, file);
        }
        Ok(Claim { file, used })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.used.own == 0 {
            return;
        }
        let mut opens = opens();
        let Some(uses) = opens.as_mut().and_then(|opens| opens.get_mut(&self.file)) else {
            return;
        };
        if let Some(index) = uses.iter().position(|used| *used == self.used) {
            uses.swap_remove(index);
        }
        if uses.is_empty() {
            forget(&mut opens, self.file);
        }
    }
}

fn forget(opens: &mut Option<HashMap<FileId, Vec<Use>>>, file: FileId) {
    if let Some(opens) = opens
        && let Entry::Occupied(entry) = opens.entry(file)
    {
        entry.remove();
    }
}

/// Which parts of sharing an access mask concerns.
fn used_by(access: DWORD) -> DWORD {
    let parts = [
        (FILE_READ_DATA | FILE_EXECUTE, file::SHARE_READ),
        (FILE_WRITE_DATA | FILE_APPEND_DATA, file::SHARE_WRITE),
        (DELETE, file::SHARE_DELETE),
    ];
    parts
        .iter()
        .filter(|(rights, _)| access & rights != 0)
        .fold(0, |used, (_, part)| used | part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: DWORD = FILE_READ_DATA;
    const WRITE: DWORD = FILE_WRITE_DATA;

    /// A file that no system has.
    fn some_file(inode: u64) -> FileId {
        FileId {
            device: u64::MAX,
            inode,
        }
    }

    #[test]
    fn both_sides_must_share() {
        let file = some_file(1);
        let reader = Claim::take(file, READ, file::SHARE_READ).unwrap();
        let refused = |access, shared| Claim::take(file, access, shared).unwrap_err();
        assert_eq!(refused(WRITE, 7), ERROR_SHARING_VIOLATION);
        assert_eq!(refused(READ, 0), ERROR_SHARING_VIOLATION);
        assert_eq!(refused(DELETE, 7), ERROR_SHARING_VIOLATION);
        let second = Claim::take(file, READ, file::SHARE_READ).unwrap();
        let nobody = Claim::take(file, FILE_READ_ATTRIBUTES, 0).unwrap();
        drop((reader, second, nobody));
        let writer = Claim::take(file, WRITE, 0).unwrap();
        assert!(Claim::take(file, READ, 7).is_err());
        drop(writer);
        assert!(
            opens()
                .as_ref()
                .is_some_and(|opens| !opens.contains_key(&file))
        );
    }

    #[test]
    fn files_do_not_exclude_one_another() {
        let first = Claim::take(some_file(2), WRITE, 0);
        assert!(first.is_ok() && Claim::take(some_file(3), WRITE, 0).is_ok());
    }
}
