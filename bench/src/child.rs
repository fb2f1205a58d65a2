//! Talking to a peer: a process that answers each line with one line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// How long an answer may take: the longest is a gigabyte that is filled, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a peer may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(3);

/// A peer that runs. It ends with this value: by itself, so that it cleans up as it always does, or
/// killed if it does not.
pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Peer {
    pub(crate) fn start(mut command: Command) -> Result<Peer> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // What goes wrong is said in an answer; rivals also warn, at length, and at every kill.
        command.stderr(Stdio::null());
        let mut child = command.spawn().context("cannot start")?;
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().context("a pipe was asked for")?);
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                // Nobody listens any more to a peer that took too long.
                let _ = sender.send(line);
            }
        });
        Ok(Peer {
            child,
            input,
            answers,
        })
    }

    /// Tells it what to do, and gives what it answers after `ok`.
    pub(crate) fn ask(&mut self, line: &str) -> Result<String> {
        self.tell(line)?;
        self.answer()
    }

    /// The same, for an answer that is figures.
    pub(crate) fn figures(&mut self, line: &str) -> Result<Vec<f64>> {
        figures(&self.ask(line)?)
    }

    /// Tells it what to do, and does not wait.
    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("a pipe was asked for")?;
        match writeln!(input, "{line}").and_then(|()| input.flush()) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.has_died()),
        }
    }

    /// What it answers after `ok`.
    pub(crate) fn answer(&mut self) -> Result<String> {
        let line = match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                self.kill()?;
                bail!("no answer within {} s", PATIENCE.as_secs());
            }
            Err(RecvTimeoutError::Disconnected) => return Err(self.has_died()),
        };
        match line.trim().split_once(' ').unwrap_or((line.trim(), "")) {
            ("ok", rest) => Ok(rest.to_owned()),
            ("fail", reason) => bail!("{reason}"),
            _ => bail!("it said {line:?}"),
        }
    }

    /// `kill -9`, and the moment when it was sent. The process is reaped later.
    pub(crate) fn kill(&mut self) -> Result<Instant> {
        let moment = Instant::now();
        self.child.kill().context("kill")?;
        Ok(moment)
    }

    /// Waits until the system knows of its end.
    pub(crate) fn reap(&mut self) -> Result<()> {
        self.child.wait().context("wait")?;
        Ok(())
    }

    fn has_died(&mut self) -> anyhow::Error {
        match self.child.wait() {
            Ok(status) => anyhow!("it died: {status}"),
            Err(error) => anyhow!("it died: {error}"),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        let begin = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed() < FAREWELL {
            std::thread::sleep(Duration::from_millis(1));
        }
        // It has ended by itself: then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer that is figures; `-` is one that does not exist.
pub(crate) fn figures(text: &str) -> Result<Vec<f64>> {
    text.split_whitespace()
        .map(|word| match word {
            "-" => Ok(f64::NAN),
            word => word.parse().with_context(|| format!("no figure: {word:?}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Peer {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Peer::start(command).unwrap()
    }

    #[test]
    fn answers_are_read() {
        let mut peer = sh("read a; echo ok 1.5 -; read a; echo fail it cannot; read a");
        let figures = peer.figures("x").unwrap();
        assert_eq!(figures[0], 1.5);
        assert!(figures[1].is_nan());
        assert_eq!(peer.ask("y").unwrap_err().to_string(), "it cannot");
    }

    #[test]
    fn a_death_is_a_reason() {
        let error = sh("read a; kill -BUS $$").ask("x").unwrap_err().to_string();
        assert!(error.starts_with("it died: signal: 7"), "{error}");
    }
}
