//! Programs that run, each with a time limit and none left behind.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// No program here takes a second; a sanitizer and a busy machine may take some.
const PATIENCE: Duration = Duration::from_secs(120);

/// A program that runs. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts a program, and gives the first line that it says.
    pub(crate) fn start(command: &mut Command) -> (Process, String) {
        let process = Process::spawn(command.stdin(Stdio::piped()));
        let line = process.line().expect("the program ended without a word");
        (process, line)
    }

    fn spawn(command: &mut Command) -> Process {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Process { child, lines }
    }

    /// The next line; `None` when there will be none.
    fn line(&self) -> Option<String> {
        use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(Disconnected) => None,
            Err(Timeout) => panic!("the program says nothing and does not end"),
        }
    }

    /// Ends its input, and waits until it has ended well. Gives the last line that it says.
    pub(crate) fn finish(mut self) -> String {
        drop(self.child.stdin.take());
        let mut last = String::new();
        while let Some(line) = self.line() {
            last = line;
        }
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the program ended with {status}");
        last
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails where it has ended, and that is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end, which must be a good one, and gives the last line that it says.
pub(crate) fn run(command: &mut Command) -> String {
    Process::spawn(command.stdin(Stdio::null())).finish()
}
