//! The lock under which a name is removed: compare and unlink, which Linux does not have.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::call;
use super::error::os_error;
use super::name::{Place, path_of_user, with_lock_file};
use super::user_directory;
use crate::error::{Error, ErrorKind, Result};
use crate::name::fnv1a_128;

/// How long a removal waits for another one of the same name. The holder needs microseconds,
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

const STEP: &str = "lock the name in";

/// The lock on a name: on one byte of a file in the directory of the link's owner, which only that
/// user and root can open. The kernel gives it up for a holder that dies.
pub(super) struct Lock {
    file: OwnedFd,
    at: i64,
}

impl Lock {
    /// Takes the lock. While another one has it, asks now and then whether it is still wanted, and
    /// gives `None` where it is not.
    pub(super) fn take(
        place: &Place,
        owner: u32,
        patience: Patience,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<Lock>> {
        let fail = |error| os_error(ErrorKind::Other, STEP, error).on(display(owner));
        let mut wait = Wait::new(patience.limit());
        loop {
            let lock = Lock {
                file: open(owner)?,
                at: byte_of(place),
            };
            while !lock.try_take().map_err(fail)? {
                if !is_wanted() {
                    return Ok(None);
                }
                if !wait.goes_on() {
                    return Err(Error::new(ErrorKind::TimedOut, STEP)
                        .on(display(owner))
                        .detail(held_by(&lock)));
                }
            }
            let stat = call::fstat(lock.file.as_fd()).map_err(fail)?;
            if stat.uid != owner || !stat.is_file() {
                return Err(Error::new(ErrorKind::AccessDenied, STEP)
                    .on(display(owner))
                    .detail(format!("its lock is no file of user {owner}")));
            }
            if stat.links != 0 {
                return Ok(Some(lock));
            }
            // It was removed meanwhile, so others lock its successor.
        }
    }

    /// `Ok(false)`: another one has it.
    fn try_take(&self) -> io::Result<bool> {
        loop {
            match call::lock_byte(self.file.as_fd(), self.at, libc::F_WRLCK) {
                Ok(()) => return Ok(true),
                Err(error) => match error.raw_os_error() {
                    Some(libc::EAGAIN | libc::EACCES) => return Ok(false),
                    Some(libc::EINTR) => {}
                    _ => return Err(error),
                },
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that forked meanwhile shares the open file, so closing it would not be enough.
        let _ = call::lock_byte(self.file.as_fd(), self.at, libc::F_UNLCK);
    }
}

/// Waits in turns, because fcntl(2) has no timeout.
///
/// It sleeps and does not yield: the holder may be one that waits for a processor in the midst of
/// its few system calls, and who sleeps leaves it one, while who yields comes back behind
/// everybody else.
struct Wait {
    begin: Option<Instant>,
    limit: Duration,
    pause: Duration,
}

impl Wait {
    /// About as long as the holder needs, and at most so long that a waiter is not much later than
    /// the lock.
    const PAUSES: [Duration; 2] = [Duration::from_micros(20), Duration::from_micros(500)];

    fn new(limit: Duration) -> Wait {
        Wait {
            begin: None,
            limit,
            pause: Self::PAUSES[0],
        }
    }

    /// Waits for a turn; `false` when all have taken as long as the limit.
    fn goes_on(&mut self) -> bool {
        if self.begin.get_or_insert_with(Instant::now).elapsed() >= self.limit {
            return false;
        }
        std::thread::sleep(self.pause);
        self.pause = (self.pause * 2).min(Self::PAUSES[1]);
        true
    }
}

/// Opens the file with the locks of a user, and makes it where it is missing.
fn open(owner: u32) -> Result<OwnedFd> {
    let fail = |error| os_error(ErrorKind::Other, STEP, error).on(display(owner));
    with_lock_file(owner, |path| match call::open_file(path) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
            user_directory::prepare(&path_of_user(owner), owner)?;
            user_directory::make_lock_file(owner)?;
            call::open_file(path).map_err(fail)
        }
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            // If it is for the directory, that can say more.
            user_directory::prepare(&path_of_user(owner), owner)?;
            Err(fail(error))
        }
        result => result.map_err(fail),
    })
}

/// The directory of a user, in words.
fn display(owner: u32) -> String {
    path_of_user(owner).to_string_lossy().into_owned()
}

/// Which byte stands for a place. Two places may have the same: then one waits for the other.
///
/// The directory has no part in it, because it can be spelled in many ways, and whoever could remove
/// a link must take the same lock.
fn byte_of(place: &Place) -> i64 {
    let hash = fnv1a_128(place.file_name().to_bytes());
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
