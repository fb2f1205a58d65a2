//! What differs between systems: groups of processes, interruption, who is root.

pub(crate) use imp::{
    Group, end_children_when_interrupted, give_to, is_root, open_to_all, set_mode, symlink,
};

#[cfg(unix)]
mod imp {
    use std::io;
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::Duration;

    use rustix::process::{self, Pid, Signal, WaitId, WaitIdOptions};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    /// The groups that run now. Their leaders are not reaped while they are in here, so that no
    /// number in it can mean anybody else.
    static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

    fn running() -> MutexGuard<'static, Vec<Pid>> {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A child process that leads a process group of its own.
    pub(crate) struct Group {
        leader: Child,
        id: Pid,
        ended: Option<ExitStatus>,
    }

    impl Group {
        pub(crate) fn spawn(command: &mut Command) -> io::Result<Group> {
            // Locked before: an interruption finds either no child or the child in the list.
            let mut running = running();
            let leader = command.process_group(0).spawn()?;
            let id = Pid::from_child(&leader);
            running.push(id);
            Ok(Group {
                leader,
                id,
                ended: None,
            })
        }

        pub(crate) fn leader(&mut self) -> &mut Child {
            &mut self.leader
        }

        /// Whether the leader has ended; it is not reaped yet.
        pub(crate) fn has_ended(&self) -> io::Result<bool> {
            if self.ended.is_some() {
                return Ok(true);
            }
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            Ok(process::waitid(WaitId::Pid(self.id), options)?.is_some())
        }

        /// How much time of a processor the leader has taken, until it is reaped.
        pub(crate) fn cpu_time(&self) -> Option<Duration> {
            let path = format!("/proc/{}/stat", self.id.as_raw_nonzero());
            let stat = std::fs::read_to_string(path).ok()?;
            // The name of the program, in parentheses, may hold anything (proc_pid_stat(5)).
            let (_, fields) = stat.rsplit_once(')')?;
            let ticks = |field: &str| field.parse::<u64>().ok();
            let mut times = fields.split_ascii_whitespace().skip(11).map_while(ticks);
            let sum = times.next()? + times.next()?;
            let rate = rustix::param::clock_ticks_per_second();
            Some(Duration::from_secs_f64(sum as f64 / rate as f64))
        }

        /// Kills the whole group and reaps its leader.
        pub(crate) fn kill(&mut self) {
            // It may have ended by itself meanwhile: then there is nothing to do.
            let _ = self.reap();
        }

        /// Ends what is left of the group, and gives the status of the leader.
        pub(crate) fn reap(&mut self) -> io::Result<ExitStatus> {
            if let Some(status) = self.ended {
                return Ok(status);
            }
            let mut running = running();
            // Fails where nobody is left, and that is well.
            let _ = process::kill_process_group(self.id, Signal::KILL);
            let status = self.leader.wait()?;
            running.retain(|id| *id != self.id);
            self.ended = Some(status);
            Ok(status)
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            self.kill();
        }
    }

    /// From now on, an interruption (Ctrl-C, SIGTERM, a closed terminal) ends the children too:
    /// in groups of their own, they do not get it from the terminal.
    pub(crate) fn end_children_when_interrupted() {
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
            return;
        };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                let running = running();
                for id in running.iter() {
                    let _ = process::kill_process_group(*id, Signal::KILL);
                }
                std::process::exit(128 + signal);
            }
        });
    }

    pub(crate) fn is_root() -> bool {
        process::geteuid().is_root()
    }

    /// Lets everybody look into a directory.
    pub(crate) fn open_to_all(dir: &Path) -> io::Result<()> {
        set_mode(dir, 0o755)
    }

    /// Sets the mode bits of a file or directory.
    pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }

    /// Makes a symbolic link that says `text`.
    pub(crate) fn symlink(text: &str, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(text, link)
    }

    /// Makes another user the owner.
    pub(crate) fn give_to(path: &Path, uid: u32) -> io::Result<()> {
        chown(path, Some(uid), Some(uid))
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;
    use std::path::Path;
    use std::process::{Child, Command, ExitStatus};

    /// A child process. What it starts itself is its own affair here.
    pub(crate) struct Group {
        leader: Child,
    }

    impl Group {
        pub(crate) fn spawn(command: &mut Command) -> io::Result<Group> {
            let leader = command.spawn()?;
            Ok(Group { leader })
        }

        pub(crate) fn leader(&mut self) -> &mut Child {
            &mut self.leader
        }

        pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
            Ok(self.leader.try_wait()?.is_some())
        }

        pub(crate) fn cpu_time(&self) -> Option<std::time::Duration> {
            None
        }

        pub(crate) fn kill(&mut self) {
            // It may have ended by itself meanwhile: then there is nothing to do.
            let _ = self.leader.kill();
            let _ = self.leader.wait();
        }

        pub(crate) fn reap(&mut self) -> io::Result<ExitStatus> {
            self.leader.wait()
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            self.kill();
        }
    }

    /// The console interrupts the children together with us.
    pub(crate) fn end_children_when_interrupted() {}

    pub(crate) fn is_root() -> bool {
        false
    }

    pub(crate) fn open_to_all(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn give_to(_: &Path, _: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn set_mode(_: &Path, _: u32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn symlink(_: &str, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
