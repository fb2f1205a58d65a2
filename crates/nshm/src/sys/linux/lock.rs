//! The lock under which a name is removed: compare and unlink, which Linux does not have.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::call;
use super::error::os_error;
use super::name::{Place, lock_file, make_for, prepare_user_directory};
use crate::error::{Error, ErrorKind, Result};
use crate::name::fnv1a_128;

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

/// The lock on a name: on one byte of a file in the directory of the link's owner, which only that
/// user and root can open. The kernel gives it up for a holder that dies.
pub(super) struct Lock {
    file: OwnedFd,
    at: i64,
}

impl Lock {
    pub(super) fn take(place: &Place, owner: u32, patience: Patience) -> Result<Lock> {
        const STEP: &str = "lock the name in";
        let (dir, path) = lock_file(owner);
        let fail = |error| os_error(ErrorKind::Other, STEP, error).on(dir.to_string_lossy());
        let mut begin = None;
        let mut pause = Duration::from_micros(20);
        loop {
            let file = match call::open_file(&path) {
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                    prepare_user_directory(&dir, owner)?;
                    make_lock_file(&path, owner).map_err(fail)?;
                    call::open_file(&path)
                }
                result => result,
            };
            let lock = Lock {
                file: file.map_err(fail)?,
                at: byte_of(place),
            };
            match call::lock_byte(lock.file.as_fd(), lock.at, libc::F_WRLCK) {
                Ok(()) => {
                    let stat = call::fstat(lock.file.as_fd()).map_err(fail)?;
                    if stat.uid != owner || !stat.is_file() {
                        return Err(Error::new(ErrorKind::AccessDenied, STEP)
                            .on(dir.to_string_lossy())
                            .detail(format!("its lock is no file of user {owner}")));
                    }
                    if stat.links != 0 {
                        return Ok(lock);
                    }
                    // It was removed meanwhile, so others lock its successor.
                    continue;
                }
                Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => {
                }
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => continue,
                Err(error) => return Err(fail(error)),
            }
            if begin.get_or_insert_with(Instant::now).elapsed() >= patience.limit() {
                return Err(Error::new(ErrorKind::TimedOut, STEP)
                    .on(dir.to_string_lossy())
                    .detail(held_by(&lock)));
            }
            // fcntl(2) has no timeout of its own. Contention is rare and brief.
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that forked meanwhile shares the open file, so closing it would not be enough.
        let _ = call::lock_byte(self.file.as_fd(), self.at, libc::F_UNLCK);
    }
}

/// Which byte stands for a place. Two places may have the same: then one waits for the other.
fn byte_of(place: &Place) -> i64 {
    let hash = fnv1a_128(place.path.to_bytes());
    // A positive number, with room for one byte behind it.
    (hash as u64 >> 2).cast_signed()
}

/// Who holds a lock, in words.
fn held_by(lock: &Lock) -> String {
    let holder = call::fstat(lock.file.as_fd())
        .ok()
        .and_then(|stat| lock_holder(stat.inode, lock.at));
    match holder {
        Some(pid) => {
            let command = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("process {pid} ({}) holds the lock", command.trim_end())
        }
        None => "another process holds the lock".into(),
    }
}

/// The process that holds a lock on a byte of a file, as far as this user may look. Locks of open
/// files are told in `/proc/PID/fdinfo` only (proc_pid_fdinfo(5)): number, class, mode, kind, pid,
/// `major:minor:inode`, first and last byte.
fn lock_holder(inode: u64, at: i64) -> Option<u32> {
    let file = format!(":{inode}");
    let covers = |line: &str| -> Option<bool> {
        let fields: Vec<&str> = line.strip_prefix("lock:")?.split_whitespace().collect();
        let [_, "OFDLCK", _, _, _, place, first, last] = fields[..] else {
            return None;
        };
        let last = last.parse().unwrap_or(i64::MAX);
        Some(place.ends_with(&file) && (first.parse().ok()?..=last).contains(&at))
    };
    let holds = |pid: u32| -> io::Result<bool> {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
            let info = std::fs::read_to_string(entry?.path()).unwrap_or_default();
            if info.lines().any(|line| covers(line) == Some(true)) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let processes = std::fs::read_dir("/proc").ok()?;
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != std::process::id())
        .find(|pid| holds(*pid).unwrap_or(false))
}

/// Makes that file, in a directory that is there.
pub(super) fn make_lock_file(file: &CStr, uid: u32) -> io::Result<()> {
    let made = if call::effective_uid() == uid {
        call::create_file(file).map(drop)
    } else {
        make_for(
            file,
            uid,
            |draft| call::create_file(draft).map(drop),
            call::unlink,
        )
    };
    match made {
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(()),
        result => result,
    }
}
