//! The directory of a user: its rules, and how root makes it, and what it needs there, for that user.
//!
//! The owner of a directory can replace it, and whatever is in it, between any two calls of others. So
//! what is made for somebody else is given away by its descriptor and never by its path, and within
//! a directory that is held open.

use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::call::{self, Spot};
use super::error::os_error;
use super::name::{LOCK, closed_base, no_base, path_of_user, with_lock_file};
use crate::error::{Error, ErrorKind, Result};

const STEP: &str = "use the directory";

fn failed(dir: &CStr, error: io::Error) -> Error {
    let kind = match error.raw_os_error() {
        Some(libc::ENOENT) => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    os_error(kind, STEP, error).on(dir.to_string_lossy())
}

/// Sees to it that the directory of a user is there, and is that user's.
pub(super) fn prepare(dir: &CStr, uid: u32) -> Result<()> {
    let fail = |error| os_error(ErrorKind::Other, STEP, error).on(dir.to_string_lossy());
    match call::lstat(dir) {
        Ok(stat) => return check(dir, &stat, uid),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
        Err(error) => return Err(fail(error)),
    }
    let me = call::effective_uid();
    let made = if me == uid {
        call::mkdir_private(dir)
    } else if me == 0 {
        make_for(dir, uid)
    } else {
        return Err(Error::new(ErrorKind::NotFound, STEP)
            .on(dir.to_string_lossy())
            .detail(format!("user {uid} has no names here")));
    };
    match made {
        // Now rather than when a name must go, because the file system may be full then.
        Ok(()) => drop(make_lock_file(uid)),
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            return Err(no_base(STEP, error).on(dir.to_string_lossy()));
        }
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            return Err(closed_base(STEP, error).on(dir.to_string_lossy()));
        }
        Err(error) => return Err(fail(error)),
    }
    let stat = call::lstat(dir).map_err(fail)?;
    check(dir, &stat, uid)
}

/// Explains a directory in which nothing can be trusted.
pub(super) fn check(dir: &CStr, stat: &call::FileStat, uid: u32) -> Result<()> {
    let what = if !stat.is_dir() {
        "it is not a directory".to_owned()
    } else if stat.uid != uid {
        format!("it belongs to user {} and not to user {uid}", stat.uid)
    } else if stat.mode & 0o022 != 0 {
        format!("others may write to it (mode {:o})", stat.mode & 0o7777)
    } else {
        return Ok(());
    };
    let dir = dir.to_string_lossy();
    Err(Error::new(ErrorKind::AccessDenied, STEP)
        .on(&dir)
        .detail(what)
        .with_hint(format!(
            "somebody put it there: look at it, then remove it or mend it \
             (`ls -ld '{dir}'`, `chmod 700 '{dir}'`)"
        )))
}

/// Holds on to the directory that a user has now, so that no other one can come in its place.
pub(super) fn hold(dir: &CStr, uid: u32) -> Result<OwnedFd> {
    let held = call::hold_directory(dir).map_err(|error| match error.raw_os_error() {
        Some(libc::ENOTDIR) => Error::new(ErrorKind::AccessDenied, STEP)
            .on(dir.to_string_lossy())
            .detail("it is not a directory"),
        _ => failed(dir, error),
    })?;
    let stat = call::fstat(held.as_fd()).map_err(|error| failed(dir, error))?;
    check(dir, &stat, uid)?;
    Ok(held)
}

/// Holds on to a directory, whoever it belongs to.
pub(super) fn hold_any(dir: &CStr) -> Result<OwnedFd> {
    call::hold_directory_behind(dir).map_err(|error| failed(dir, error))
}

/// Makes the file whose locks guard the links of a user, in a directory that is there.
pub(super) fn make_lock_file(uid: u32) -> Result<()> {
    let dir = path_of_user(uid);
    let made = if call::effective_uid() == uid {
        with_lock_file(uid, |path| call::create_file(path.into())).map(drop)
    } else {
        make_lock_file_for(&hold(&dir, uid)?, uid)
    };
    match made {
        Err(error) if error.raw_os_error() != Some(libc::EEXIST) => Err(failed(&dir, error)),
        _ => Ok(()),
    }
}

fn make_lock_file_for(directory: &OwnedFd, uid: u32) -> io::Result<()> {
    let directory = directory.as_fd();
    let make = |draft: &CStr| call::create_file(Spot::within(directory, draft));
    let (draft, file) = drafted(LOCK, make)?;
    let draft = Spot::within(directory, &draft);
    let given = call::fchown(file.as_fd(), uid)
        .and_then(|()| call::rename_no_replace(draft, Spot::within(directory, LOCK)));
    if given.is_err() {
        let _ = call::unlink(draft);
    }
    given
}

/// Makes a directory for another user in one step, so that it is never seen with a wrong owner.
fn make_for(dir: &CStr, uid: u32) -> io::Result<()> {
    let (draft, ()) = drafted(dir, call::mkdir_private)?;
    let given = give_directory(&draft, uid)
        .and_then(|()| call::rename_no_replace(draft.as_c_str().into(), dir.into()));
    if given.is_err() {
        let _ = call::rmdir(&draft);
    }
    given
}

fn give_directory(path: &CStr, uid: u32) -> io::Result<()> {
    let made = call::open_directory(path)?;
    if call::fstat(made.as_fd())?.uid != call::effective_uid() {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    call::fchown(made.as_fd(), uid)
}

/// Makes something beside the place that it is meant for, under a name that nobody else has or can
/// foresee: other threads draft at the same time, and one that was killed has left its draft.
fn drafted<T>(path: &CStr, make: impl Fn(&CStr) -> io::Result<T>) -> io::Result<(CString, T)> {
    const TRIES: u32 = 16;
    for _ in 0..TRIES {
        let mut draft = path.to_bytes().to_vec();
        let suffix = RandomState::new().build_hasher().finish();
        draft.extend_from_slice(format!(".{suffix:016x}").as_bytes());
        let draft = CString::new(draft)?;
        match make(&draft) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
            made => return made.map(|made| (draft, made)),
        }
    }
    Err(io::Error::from_raw_os_error(libc::EBUSY))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("nshm-{name}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn inside(&self, name: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A user swapped its directory for a link while root was at work in it, and root made a file in a
    /// directory of root's and gave it to the user.
    #[test]
    fn what_is_made_for_a_user_stays_in_the_directory_that_was_checked() {
        let me = call::effective_uid();
        let folder = Folder::new("swapped");
        let (theirs, other) = (folder.inside("theirs"), folder.inside("other"));
        fs::write(other.join("victim"), "").unwrap();
        fs::write(theirs.join("victim"), "").unwrap();

        let held = hold(&c(&theirs), me).unwrap();
        let moved = folder.0.join("moved");
        fs::rename(&theirs, &moved).unwrap();
        symlink(&other, &theirs).unwrap();

        make_lock_file_for(&held, me).unwrap();
        call::symlink(c"text", Spot::within(held.as_fd(), c"name")).unwrap();
        call::unlink(Spot::within(held.as_fd(), c"victim")).unwrap();
        assert_eq!(names(&other), ["victim"]);
        assert_eq!(names(&moved), [".lock", "name"]);
        assert_eq!(fs::metadata(moved.join(".lock")).unwrap().uid(), me);

        // The link is no directory of theirs.
        let refused = hold(&c(&theirs), me).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AccessDenied);
        let strangers = hold(&c(&moved), me.wrapping_add(1)).unwrap_err();
        assert_eq!(strangers.kind(), ErrorKind::AccessDenied);
    }

    /// Drafts were named by the process alone: its threads took one another's away, and what a killed
    /// process had left was in the way of every later one with its number.
    #[test]
    fn drafts_are_never_in_the_way_of_one_another() {
        const THREADS: usize = 8;
        let me = call::effective_uid();
        let folder = Folder::new("drafts");
        for round in 0..50 {
            let dir = folder.inside(&round.to_string());
            let number = std::process::id();
            fs::write(dir.join(format!(".lock.{number}")), "").unwrap();
            let held = hold(&c(&dir), me).unwrap();
            let made: Vec<io::Result<()>> = std::thread::scope(|scope| {
                let make = |_| scope.spawn(|| make_lock_file_for(&held, me));
                let threads: Vec<_> = (0..THREADS).map(make).collect();
                threads.into_iter().map(|it| it.join().unwrap()).collect()
            });
            let late = |error: &io::Error| error.raw_os_error() == Some(libc::EEXIST);
            assert_eq!(made.iter().filter(|it| it.is_ok()).count(), 1);
            assert!(made.iter().filter_map(|it| it.as_ref().err()).all(late));
            assert_eq!(names(&dir), [".lock".to_owned(), format!(".lock.{number}")]);
        }
    }
}
