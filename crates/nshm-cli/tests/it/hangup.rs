use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{LIMIT, Place, kill};

/// A terminal of 80 columns and 24 rows: the end that shows it, and the end for a program.
fn terminal() -> (OwnedFd, OwnedFd) {
    // No program may inherit it: it would keep its own terminal.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags).expect("a terminal");
    grantpt(&master).expect("a terminal of ours");
    unlockpt(&master).expect("a terminal to use");
    let window = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&master, window).expect("a size");
    let path = ptsname(&master, Vec::new()).expect("a path");
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = open(path.as_c_str(), flags, Mode::empty()).expect("its other end");
    (master, slave)
}

/// Starts a command on a terminal, and gives the end that shows it.
fn start(mut command: Command) -> (Child, File) {
    let (master, slave) = terminal();
    let copy = || Stdio::from(slave.try_clone().expect("a copy"));
    command.stdin(copy()).stdout(copy()).stderr(copy());
    let child = command.spawn().expect("it starts");
    (child, File::from(master))
}

/// Reads until a text has been shown.
fn read_until(shown: &mut File, text: &str) {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&all).contains(text) {
        let read = shown.read(&mut buffer).expect("it goes on");
        all.extend_from_slice(&buffer[..read]);
    }
}

/// The exit code of who must end by itself.
fn end(mut child: Child) -> Option<i32> {
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait()));
    let Ok(status) = receiver.recv_timeout(LIMIT) else {
        kill(pid, Signal::KILL);
        panic!("it goes on without a terminal");
    };
    status.expect("a status").code()
}

/// Shows a live view, takes the terminal away, and sees the view end as by SIGHUP.
fn hang_up(words: &[&str]) {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    let here = |program: &str, before: &[&str]| {
        let mut command = Command::new(program);
        command.args(before).arg(env!("CARGO_BIN_EXE_nshm"));
        command.args(words).env("TERM", "xterm");
        place.here(&mut command);
        command
    };
    for command in [
        // Of another session: nobody sends it a signal.
        here("env", &[]),
        // Its terminal sends SIGHUP.
        here("setsid", &["--ctty"]),
        // And that is ignored.
        here("setsid", &["--ctty", "env", "--ignore-signal=HUP"]),
    ] {
        let shown = format!("{command:?}");
        let (child, mut master) = start(command);
        read_until(&mut master, "live");
        drop(master);
        assert_eq!(end(child), Some(129), "{shown}");
    }
    holder.release();
    place.assert_empty();
}

#[test]
fn watch_ends() {
    hang_up(&["watch", "x"]);
}

/// However long it is to wait for the next look.
#[test]
fn watch_ends_between_two_looks() {
    hang_up(&["watch", "x", "--interval", "1h"]);
}

#[test]
fn top_ends() {
    hang_up(&["top", "--interval", "100ms"]);
}
