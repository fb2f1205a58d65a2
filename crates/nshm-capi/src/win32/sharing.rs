//! Share modes: which opens of one file exclude one another, and when the last one is closed.
//!
//! They hold among the handles of this process. Linux has nothing of the kind between
//! processes, and locks of our own would bind our programs only.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::deletion::Deletion;
use super::types::access::*;
use super::types::{DWORD, file};
use super::winerror::*;

/// A file, whatever its path: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl FileId {
    /// Which file a path leads to.
    pub(crate) fn of(path: &Path) -> Option<FileId> {
        let stat = rustix::fs::stat(path).ok()?;
        Some(FileId {
            device: stat.st_dev,
            inode: stat.st_ino,
        })
    }
}

/// What one open of a file uses, and what it lets others use: bits of `FILE_SHARE_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    own: DWORD,
    shared: DWORD,
}

impl Use {
    /// Who only asks about a file shares it with everybody.
    fn excludes(self, other: Use) -> bool {
        let both_use = self.own != 0 && other.own != 0;
        both_use && (self.own & !other.shared != 0 || other.own & !self.shared != 0)
    }
}

/// All opens of a file.
#[derive(Debug, Default)]
struct Opens {
    uses: Vec<Use>,
    /// It goes with the last of them.
    deletion: Option<Deletion>,
}

static OPENS: Mutex<Option<HashMap<FileId, Opens>>> = Mutex::new(None);

fn opens() -> MutexGuard<'static, Option<HashMap<FileId, Opens>>> {
    OPENS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open of a file, for as long as it lasts.
#[derive(Debug)]
pub(crate) struct Claim {
    file: FileId,
    used: Use,
    deletion: Option<Deletion>,
}

impl Claim {
    /// Takes the part in a file that `access` needs, and lets others have what `shared` says.
    ///
    /// # Errors
    /// 32 where another open excludes that, or this one would exclude another; 5 for a file that is
    /// about to be deleted.
    pub(crate) fn take(file: FileId, access: DWORD, shared: DWORD) -> Result<Claim> {
        let used = Use {
            own: used_by(access),
            shared,
        };
        let mut opens = opens();
        let opens = opens.get_or_insert_default().entry(file).or_default();
        if opens.deletion.is_some() {
            return Err(ERROR_ACCESS_DENIED);
        }
        if opens.uses.iter().any(|other| used.excludes(*other)) {
            return Err(ERROR_SHARING_VIOLATION);
        }
        opens.uses.push(used);
        Ok(Claim {
            file,
            used,
            deletion: None,
        })
    }

    /// Lets the file be deleted when this and all other opens of it have ended.
    pub(crate) fn delete_on_close(&mut self, deletion: Deletion) {
        self.deletion = Some(deletion);
    }

    /// Ends it, and gives the deletion that is to be made now.
    fn end(&mut self) -> Option<Deletion> {
        let mut all = opens();
        let all = all.as_mut()?;
        let opens = all.get_mut(&self.file)?;
        if let Some(index) = opens.uses.iter().position(|used| *used == self.used) {
            opens.uses.swap_remove(index);
        }
        if let Some(deletion) = self.deletion.take() {
            opens.deletion = Some(deletion);
        }
        match opens.uses.is_empty() {
            true => all.remove(&self.file)?.deletion,
            false => None,
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(deletion) = self.end() {
            deletion.perform();
        }
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
        let opens = opens();
        assert!(!opens.as_ref().is_some_and(|all| all.contains_key(&file)));
    }

    #[test]
    fn files_do_not_exclude_one_another() {
        let first = Claim::take(some_file(2), WRITE, 0);
        assert!(first.is_ok() && Claim::take(some_file(3), WRITE, 0).is_ok());
    }
}
