//! The registry: a name is a symbolic link whose text says which segment it means.
//!
//! A link is made by one atomic call that fails if the name is taken, and is the last step of a
//! creation: a name is absent, or whole. Nothing but [`remove`] ever unlinks, under the lock of
//! the link's owner and only if the link still says what it said: a live name is never lost.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::call;
use super::domain;
use super::error::os_error;
use super::name::{Place, Rule, lock_directory, prepare_user_directory};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Link, MAX_LINK, USUAL_LINK};

/// What lies under a name.
#[derive(Debug)]
pub(super) enum Entry {
    Absent,
    /// A link of this IPC namespace. Its segment may be gone.
    Here(Link),
    /// The object lived in an earlier run of the system.
    Outlived(Link),
    /// The object lives in another IPC namespace.
    Foreign(Link),
    /// No link of ours, or one for another name.
    Unknown(&'static str),
}

/// Publishes a link. `Ok(false)`: the name is taken.
pub(super) fn publish(place: &Place, link: &Link) -> Result<bool> {
    let text = link.text(&place.leaf());
    if text.len() > MAX_LINK {
        return Err(Error::new(ErrorKind::Unsupported, "publish the name")
            .detail("the name and the path of the file are too long together"));
    }
    let text = CString::new(text).unwrap_or_default();
    let error = match call::symlink(&text, &place.path) {
        Ok(()) => return Ok(true),
        Err(error) => error,
    };
    let number = error.raw_os_error();
    if number == Some(libc::EEXIST) {
        return Ok(false);
    }
    let refused = matches!(number, Some(libc::EACCES | libc::EPERM | libc::EROFS));
    Err(if refused && place.rule == Rule::Privileged {
        Error::new(ErrorKind::PrivilegeNotHeld, "publish the name")
            .with_hint(format!(
                "the administrator decides who may create Global\\ names, by the permissions of {}",
                place.dir().to_string_lossy()
            ))
            .caused_by(error)
    } else if matches!(number, Some(libc::ENOSPC | libc::EDQUOT)) {
        Error::new(ErrorKind::TooManySections, "publish the name")
            .detail(format!(
                "the file system of {} has no room for another name",
                place.dir().to_string_lossy()
            ))
            .with_hint("mount it with more nr_inodes, or clear it")
            .caused_by(error)
    } else if number == Some(libc::ENOENT) {
        Error::new(ErrorKind::NotFound, "publish the name")
            .detail(format!(
                "there is no directory {}",
                place.dir().to_string_lossy()
            ))
            .caused_by(error)
    } else {
        os_error(ErrorKind::Other, "publish the name", error)
    })
}

/// Looks a name up.
///
/// Everybody can see the ids of everybody's segments, so who can put links into a user's
/// directory could lead that user to any segment of its own. Hence the look at the directory,
/// each time: it may have been removed since, and made again by a stranger.
pub(super) fn look_up(place: &Place) -> Result<Entry> {
    place.check_directory()?;
    let meaning = read(&place.path, |text| match Link::parse(text) {
        Some((link, leaf)) if leaf == place.leaf().as_bytes() => Ok(link),
        Some(_) => Err("it is the link of another name"),
        None => Err("it is no link of nshm"),
    });
    match meaning {
        Ok(Ok(link)) => classify(link),
        Ok(Err(what)) => Ok(Entry::Unknown(what)),
        Err(error) => match error.raw_os_error() {
            Some(libc::ENOENT) => Ok(Entry::Absent),
            Some(libc::EINVAL) => Ok(Entry::Unknown("it is not a symbolic link")),
            _ => Err(os_error(ErrorKind::Other, "look up the name", error)),
        },
    }
}

/// Hands on the text under a path. Few are long, and room for those costs time.
pub(super) fn read<T>(path: &CStr, meaning: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    let mut usual = [0; USUAL_LINK];
    let text = call::readlink(path, &mut usual)?;
    if text.len() < USUAL_LINK {
        return Ok(meaning(text));
    }
    let mut long = [0; MAX_LINK + 1];
    call::readlink(path, &mut long).map(meaning)
}

/// What a link means to this process.
pub(super) fn classify(link: Link) -> Result<Entry> {
    if link.domain == domain::current()? {
        return Ok(Entry::Here(link));
    }
    // This thread may have moved since the domain was asked for.
    let now = domain::ask()?;
    Ok(if link.domain == now {
        Entry::Here(link)
    } else if link.domain.boot != now.boot {
        Entry::Outlived(link)
    } else {
        Entry::Foreign(link)
    })
}

/// The error for an object in another IPC namespace.
pub(super) fn foreign(step: &'static str) -> Error {
    Error::new(ErrorKind::ForeignNamespace, step).with_hint(
        "run both programs in one IPC namespace (`docker run --ipc=...`); \
         if the other one is gone for good, `nshm remove` frees the name",
    )
}

/// The error for a directory entry that is no link of ours.
pub(super) fn unknown(step: &'static str, place: &Place, what: &'static str) -> Error {
    Error::new(ErrorKind::Corrupt, step)
        .detail(format!("{} was not made by nshm: {what}", place.display()))
        .with_hint("find out who put it there, then remove it by hand")
}

/// How long a removal waits for another one of the same user. The holder needs microseconds,
/// unless it is stopped.
pub(super) enum Patience {
    /// For a close: a stale link is left behind instead.
    Close,
    /// For a creation or an explicit removal.
    Create,
}

impl Patience {
    fn limit(&self) -> Duration {
        match self {
            Patience::Close => Duration::from_millis(50),
            Patience::Create => Duration::from_secs(2),
        }
    }
}

/// Removes the link under a place if it still says `link`, and says whether it did.
pub(super) fn remove(place: &Place, link: &Link, patience: Patience) -> Result<bool> {
    let me = call::effective_uid();
    // Whoever could remove the link must take the same lock: in a user's directory that user,
    // whoever made the link, elsewhere the owner of the link. Root may act for both.
    let owner = match place.rule {
        Rule::User(uid) => uid,
        Rule::Shared | Rule::Privileged => match call::lstat(&place.path) {
            Ok(stat) => stat.uid,
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(false),
            Err(error) => return Err(os_error(ErrorKind::Other, "look up the name", error)),
        },
    };
    if me != owner && me != 0 {
        return Err(of_another_user(owner));
    }
    let lock = Lock::take(owner, patience)?;
    let expected = link.text(&place.leaf());
    let still = read(&place.path, |text| text == expected).unwrap_or(false);
    let result = if still {
        match call::unlink(&place.path) {
            Ok(()) => Ok(true),
            Err(error) => Err(os_error(ErrorKind::AccessDenied, "remove the name", error)),
        }
    } else {
        Ok(false)
    };
    drop(lock);
    result
}

fn of_another_user(owner: u32) -> Error {
    Error::new(ErrorKind::AccessDenied, "remove the name")
        .detail(format!(
            "it is a name of user {owner}, who or root can remove it"
        ))
        .with_hint(format!("user {owner} or root: `nshm remove`"))
}

/// Removes a link whose segment is gone, on the way to creating the name anew.
pub(super) fn remove_stale(place: &Place, link: &Link) -> Result<()> {
    remove(place, link, Patience::Create)
        .map(drop)
        .map_err(|error| {
            if error.kind() == ErrorKind::AccessDenied {
                error.with_hint(
                    "the name is stale: its section is gone, but in this directory only its user \
                 or root can clear it (`nshm remove`)",
                )
            } else {
                error
            }
        })
}

/// The lock on a user's directory, which that user and root can take. The kernel gives it up
/// for a holder that dies.
struct Lock {
    dir: OwnedFd,
}

impl Lock {
    fn take(owner: u32, patience: Patience) -> Result<Lock> {
        const STEP: &str = "lock the directory";
        let path = lock_directory(owner);
        let fail = |error| os_error(ErrorKind::Other, STEP, error).on(path.to_string_lossy());
        let mut begin = None;
        let mut pause = Duration::from_micros(20);
        loop {
            let dir = match call::open_directory(&path) {
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                    prepare_user_directory(&path, owner)?;
                    call::open_directory(&path)
                }
                result => result,
            };
            let lock = Lock {
                dir: dir.map_err(fail)?,
            };
            match call::flock(lock.dir.as_fd(), libc::LOCK_EX) {
                Ok(()) => {
                    let stat = call::fstat(lock.dir.as_fd()).map_err(fail)?;
                    if stat.uid != owner {
                        return Err(Error::new(ErrorKind::AccessDenied, STEP)
                            .on(path.to_string_lossy())
                            .detail(format!("it does not belong to user {owner}")));
                    }
                    if stat.links != 0 {
                        return Ok(lock);
                    }
                    // It was removed meanwhile, so others lock its successor.
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => continue,
                Err(error) => return Err(fail(error)),
            }
            if begin.get_or_insert_with(Instant::now).elapsed() >= patience.limit() {
                return Err(Error::new(ErrorKind::TimedOut, STEP)
                    .on(path.to_string_lossy())
                    .detail(held_by(&lock.dir)));
            }
            // flock(2) has no timeout of its own. Contention is rare and brief.
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that forked meanwhile shares the open file, so closing it would not be enough.
        let _ = call::flock(self.dir.as_fd(), libc::LOCK_UN);
    }
}

/// Who holds the lock on a directory. The kernel's list may leave an entry out while other locks
/// come and go, so it is asked more than once.
fn held_by(dir: &OwnedFd) -> String {
    let Ok(stat) = call::fstat(dir.as_fd()) else {
        return "another process holds the lock".into();
    };
    match (0..5).find_map(|_| lock_holder(stat.inode)) {
        Some(pid) => {
            let command = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("process {pid} ({}) holds the lock", command.trim_end())
        }
        None => "another process holds the lock".into(),
    }
}

/// From `/proc/locks`: the fields are number, class, mode, kind, pid and `major:minor:inode`.
fn lock_holder(inode: u64) -> Option<String> {
    let file = format!(":{inode}");
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields[..] {
            [_, "FLOCK", _, _, pid, place, ..] if place.ends_with(&file) => Some(pid.to_owned()),
            _ => None,
        }
    })
}
