//! What differs between the systems; nothing outside of this file asks which one it is.

use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

#[cfg(not(unix))]
use self::other as system;
#[cfg(unix)]
use self::unix as system;

pub(crate) use self::system::{
    directory, group_name, has_hung_up, make_private, program_of, raised, room, suspend, user_name,
};

/// A directory: who may do what there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory {
    /// The permissions, without the type.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether it is this user's.
    pub(crate) is_own: bool,
    /// Whether this user may make something in it.
    pub(crate) is_writable: bool,
}

/// How much a file system holds, in bytes and inodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) size: u64,
    pub(crate) free: u64,
    pub(crate) inodes: u64,
    pub(crate) free_inodes: u64,
}

/// The signal that tells of a terminal that has hung up.
pub(crate) const HANGUP: i32 = 1;
/// The signal that a terminal makes of Ctrl-C.
pub(crate) const INTERRUPT: i32 = 2;

/// What ends a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The user asked for the end, by a signal (the number) or by closing the terminal.
    Signal(i32),
    /// Enter was pressed, or the terminal's input ended.
    Enter,
    /// The command has ended.
    CommandEnded,
}

/// Signals and other events, from the moment they are caught until the process ends.
pub(crate) struct Events {
    sender: mpsc::Sender<Event>,
    receiver: mpsc::Receiver<Event>,
    /// An event that was seen before somebody waited for one.
    early: Option<Event>,
}

impl Events {
    /// Begins to catch what asks this process to end: SIGINT, SIGTERM and SIGHUP, where the
    /// system has them.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Self::catch_and(|| {})
    }

    /// The same, and does something each time that something was caught, for who waits elsewhere.
    pub(crate) fn catch_and(then: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let events = sender.clone();
        system::catch(move |event| {
            let is_heard = events.send(event).is_ok();
            then();
            is_heard
        })?;
        Ok(Events {
            sender,
            receiver,
            early: None,
        })
    }

    /// Whether something has come already. It is kept for [`wait`](Events::wait).
    pub(crate) fn any(&mut self) -> bool {
        if self.early.is_none() {
            self.early = self.receiver.try_recv().ok();
        }
        self.early.is_some()
    }

    /// What has come already, if anything.
    pub(crate) fn early(&mut self) -> Option<Event> {
        self.any();
        self.early.take()
    }

    /// Lets Enter on the terminal be an event, too.
    pub(crate) fn listen_to_terminal(&self) -> std::io::Result<()> {
        let sender = self.sender.clone();
        beside(move || {
            system::wait_for_line();
            // The receiver is gone only when the process is about to end.
            let _ = sender.send(Event::Enter);
        })
    }

    /// Waits for an event, at most for `timeout`.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> Option<Event> {
        if let Some(event) = self.early.take() {
            return Some(event);
        }
        match timeout {
            Some(timeout) => self.receiver.recv_timeout(timeout).ok(),
            // This object has a sender, so it waits until there is an event.
            None => self.receiver.recv().ok(),
        }
    }

    /// Runs a command until it ends, whatever happens meanwhile, and gives its exit code. Calls
    /// `started` once it runs.
    ///
    /// What a terminal sends goes to the command as well as to us; SIGTERM and SIGHUP come to us
    /// alone and are passed on.
    pub(crate) fn run(
        &mut self,
        command: &mut Command,
        started: impl FnOnce(),
    ) -> std::io::Result<i32> {
        let mut child = command.spawn()?;
        started();
        if self.watch(&child).is_err() {
            // No thread is to be had: then nothing is passed on.
            return child.wait().map(system::exit_code);
        }
        loop {
            match self.wait(None) {
                Some(Event::Signal(signal)) => system::pass_on(signal, &child),
                Some(Event::Enter) => {}
                Some(Event::CommandEnded) | None => return child.wait().map(system::exit_code),
            }
        }
    }

    /// Makes the end of a child an event. The child is not reaped by that, so its number is its
    /// own for as long as signals are passed on to it.
    fn watch(&self, child: &Child) -> std::io::Result<()> {
        let sender = self.sender.clone();
        let wait = system::waiter(child);
        beside(move || {
            wait();
            let _ = sender.send(Event::CommandEnded);
        })
    }
}

/// Runs something in a thread of its own, to the end or until the process ends.
fn beside(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    // thread::spawn would panic where there can be no more threads.
    std::thread::Builder::new().spawn(work).map(drop)
}

#[cfg(unix)]
mod unix {
    use std::fs::{Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;
    use std::process::{Child, ExitStatus};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fs::{Access, access, statvfs};
    use rustix::process::{
        Pid, Signal, WaitId, WaitIdOptions, geteuid, getpgrp, getpid, kill_process, waitid,
    };
    use rustix::stdio::stdin;
    use rustix::termios::tcgetpgrp;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::{Directory, Event, Room};

    /// Tells of each signal, for as long as it is heard.
    pub(super) fn catch(tell: impl Fn(Event) -> bool + Send + 'static) -> io::Result<()> {
        // SIGQUIT keeps its meaning: who wants a core file gets one.
        let mut wanted = vec![SIGINT, SIGTERM];
        if !is_ignored(SIGHUP) {
            wanted.push(SIGHUP);
        }
        let mut signals = Signals::new(wanted)?;
        super::beside(move || {
            for signal in signals.forever() {
                if !tell(Event::Signal(signal)) {
                    return;
                }
            }
        })
    }

    /// Whether a signal was ignored before we began, as nohup(1) does with SIGHUP: then it stays
    /// so. Systems without /proc do not tell.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
    }

    pub(super) fn pass_on(signal: i32, child: &Child) {
        let signal = match signal {
            SIGTERM => Signal::TERM,
            SIGHUP => Signal::HUP,
            // SIGINT: the terminal has sent it to the whole group.
            _ => return,
        };
        if let Some(pid) = pid(child) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, signal);
        }
    }

    fn pid(child: &Child) -> Option<Pid> {
        Pid::from_raw(child.id().try_into().ok()?)
    }

    /// Waits for the end of a child and leaves it to be reaped.
    pub(super) fn waiter(child: &Child) -> impl FnOnce() + Send + use<> {
        let pid = pid(child);
        move || {
            let Some(pid) = pid else { return };
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        }
    }

    /// As shells do it: 128 and the signal for who was ended by one.
    pub(super) fn exit_code(status: ExitStatus) -> i32 {
        status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .unwrap_or(1)
    }

    /// Waits for a line on the terminal, or for the end of its input.
    ///
    /// In the background nothing is read: the terminal would stop us for that.
    pub(super) fn wait_for_line() {
        loop {
            let mut ready = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
            match poll(&mut ready, None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => return,
                Ok(_) => {}
            }
            match tcgetpgrp(stdin()) {
                Ok(foreground) if foreground != getpgrp() => {
                    // Somebody else's input; it is gone soon.
                    std::thread::sleep(Duration::from_millis(250));
                }
                _ => {
                    let _ = io::stdin().read_line(&mut String::new());
                    return;
                }
            }
        }
    }

    /// The program of a process, for people; `None` where the system does not tell.
    pub(crate) fn program_of(pid: u32) -> Option<String> {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let first = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = if first.is_empty() {
            std::fs::read(format!("/proc/{pid}/comm")).ok()?
        } else {
            first.to_vec()
        };
        Some(String::from_utf8_lossy(&name).trim_end().to_owned())
    }

    /// Whether the terminal has gone away. That need not be told by a signal: who is not of its
    /// session gets none, and nohup(1) ignores it.
    pub(crate) fn has_hung_up() -> bool {
        let mut ready = [PollFd::from_borrowed_fd(stdin(), PollFlags::empty())];
        let at_once = rustix::event::Timespec::default();
        poll(&mut ready, Some(&at_once)).is_ok()
            && ready[0]
                .revents()
                .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
    }

    /// Stops this process until somebody lets it go on.
    pub(crate) fn suspend() {
        // Without a shell that would let it go on nothing happens, and that is well.
        let _ = kill_process(getpid(), Signal::TSTP);
    }

    /// Whether this process sees those of all users.
    pub(crate) fn raised() -> bool {
        geteuid().is_root()
    }

    pub(crate) fn user_name(uid: u32) -> Option<String> {
        let user = uzers::get_user_by_uid(uid)?;
        Some(user.name().to_string_lossy().into_owned())
    }

    pub(crate) fn group_name(gid: u32) -> Option<String> {
        let group = uzers::get_group_by_gid(gid)?;
        Some(group.name().to_string_lossy().into_owned())
    }

    /// What is known of a directory; `None` where there is none, or a link.
    pub(crate) fn directory(path: &Path) -> Option<Directory> {
        let found = path.symlink_metadata().ok().filter(Metadata::is_dir)?;
        Some(Directory {
            mode: found.mode() & 0o7777,
            uid: found.uid(),
            gid: found.gid(),
            is_own: found.uid() == geteuid().as_raw(),
            is_writable: access(path, Access::WRITE_OK | Access::EXEC_OK).is_ok(),
        })
    }

    /// Lets nobody but its owner into a directory.
    pub(crate) fn make_private(path: &Path) -> io::Result<()> {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    /// How much the file system of a path holds.
    pub(crate) fn room(path: &Path) -> Option<Room> {
        let found = statvfs(path).ok()?;
        Some(Room {
            size: found.f_blocks.saturating_mul(found.f_frsize),
            free: found.f_bavail.saturating_mul(found.f_frsize),
            inodes: found.f_files,
            free_inodes: found.f_favail,
        })
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::path::Path;
    use std::process::{Child, ExitStatus};

    use super::{Directory, Event, Room};

    pub(super) fn catch(tell: impl Fn(Event) -> bool + Send + 'static) -> io::Result<()> {
        ctrlc::set_handler(move || {
            // The handler stays, whether it is heard or not.
            tell(Event::Signal(super::INTERRUPT));
        })
        .map_err(io::Error::other)
    }

    /// The console tells every process itself.
    pub(super) fn pass_on(_signal: i32, _child: &Child) {}

    /// There are no signals to pass on meanwhile, so the wait is left to [`Child::wait`].
    pub(super) fn waiter(_child: &Child) -> impl FnOnce() + Send + use<> {
        || {}
    }

    pub(super) fn exit_code(status: ExitStatus) -> i32 {
        status.code().unwrap_or(1)
    }

    pub(super) fn wait_for_line() {
        let _ = io::stdin().read_line(&mut String::new());
    }

    /// There is no /proc; under Wine there is one, of which the numbers are not those of here.
    pub(crate) fn program_of(_pid: u32) -> Option<String> {
        None
    }

    /// A console takes its processes with it.
    pub(crate) fn has_hung_up() -> bool {
        false
    }

    /// There is nothing like it.
    pub(crate) fn suspend() {}

    pub(crate) fn raised() -> bool {
        false
    }

    pub(crate) fn user_name(_uid: u32) -> Option<String> {
        None
    }

    pub(crate) fn group_name(_gid: u32) -> Option<String> {
        None
    }

    /// Directories have no owners and modes that would matter here.
    pub(crate) fn directory(_path: &Path) -> Option<Directory> {
        None
    }

    pub(crate) fn make_private(_path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn room(_path: &Path) -> Option<Room> {
        None
    }
}
