//! A program at a terminal of its own, and who presses keys there.

use std::thread;
use std::time::{Duration, Instant};

use rexpect::session::PtySession;
use rustix::termios::{LocalModes, tcgetattr};

use crate::programs::Programs;

const PATIENCE: Duration = Duration::from_secs(60);

/// A program at a terminal.
pub(crate) struct Terminal {
    session: PtySession,
}

impl Terminal {
    /// Starts `console` with what it is to do.
    pub(crate) fn start(programs: &Programs, what: &str) -> Terminal {
        let command = programs.command("console", &[what]);
        let patience = u64::try_from(PATIENCE.as_millis()).ok();
        Terminal {
            session: rexpect::session::spawn_command(command, patience).unwrap(),
        }
    }

    /// Waits until the program has said this; what it said before is passed over.
    pub(crate) fn expect(&mut self, text: &str) {
        self.session.exp_string(text).unwrap();
    }

    /// Waits until the program takes each key by itself, and presses these together. Keys that come
    /// earlier mean what they mean to any terminal: Enter ends a line, Backspace corrects it.
    pub(crate) fn press(&mut self, keys: &str) {
        let terminal = self.session.process().get_file_handle().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let takes_lines = || {
            let modes = tcgetattr(&terminal).unwrap().local_modes;
            modes.contains(LocalModes::ICANON)
        };
        while takes_lines() {
            assert!(Instant::now() < deadline, "nobody waits for a key");
            thread::yield_now();
        }
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
    }

    /// Waits for the end of the program: the rest of what it said.
    pub(crate) fn end(mut self) -> String {
        self.session.exp_eof().unwrap()
    }

    /// Whether the terminal takes lines and signals, as before. (Nothing is shown at these.)
    pub(crate) fn is_as_before(&self) -> bool {
        let terminal = self.session.process().get_file_handle().unwrap();
        let modes = tcgetattr(&terminal).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ISIG)
    }
}
