//! Child processes: each in a group of its own, with a time limit, and never left behind.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::{os, output};

/// How often a child is asked whether it has ended.
const TICK: Duration = Duration::from_millis(20);

/// Where goes what a child writes. What is not named goes straight to where ours goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// All of it straight to ours.
    Ours,
    /// Its standard output to the caller, line by line.
    Lines,
    /// Its standard output to the caller, and to ours as well.
    LinesShown,
    /// Its standard error to the caller, line by line.
    Errors,
    /// Both to the caller.
    All,
    /// Both to the caller, and to ours as well.
    AllShown,
}

/// Runs a command to its end; anything but success is an error.
pub(crate) fn run(command: &mut Command, until: Instant) -> Result<()> {
    let mut child = Child::spawn(command, Output::Ours)?;
    child.succeed(until)
}

/// Runs a command to its end and gives what it wrote.
pub(crate) fn read(command: &mut Command, output: Output, until: Instant) -> Result<String> {
    let mut child = Child::spawn(command, output)?;
    let mut text = String::new();
    while let Some(line) = child.line(until)? {
        text += &line;
        text.push('\n');
    }
    child.succeed(until)?;
    Ok(text)
}

/// A child process; dropping it kills it and everything in its group.
pub(crate) struct Child {
    group: os::Group,
    lines: Option<Receiver<String>>,
    what: What,
}

impl Child {
    /// Starts a command. Its standard input is empty unless the command says otherwise with
    /// [`Child::spawn_with_input`].
    pub(crate) fn spawn(command: &mut Command, output: Output) -> Result<Child> {
        command.stdin(Stdio::null());
        Child::start(command, output)
    }

    /// Starts a command whose standard input stays open until [`Child::input`] is dropped.
    pub(crate) fn spawn_with_input(
        command: &mut Command,
        output: Output,
    ) -> Result<(Child, ChildStdin)> {
        command.stdin(Stdio::piped());
        let mut child = Child::start(command, output)?;
        let input = child.group.leader().stdin.take();
        Ok((child, input.context("a pipe was asked for")?))
    }

    fn start(command: &mut Command, output: Output) -> Result<Child> {
        let what = What::of(command);
        match output {
            Output::Ours => &mut *command,
            Output::Lines | Output::LinesShown => command.stdout(Stdio::piped()),
            Output::Errors => command.stderr(Stdio::piped()),
            Output::All | Output::AllShown => command.stdout(Stdio::piped()).stderr(Stdio::piped()),
        };
        // What we have said must not come after what the child says.
        std::io::stdout().flush().context("standard output")?;
        let mut group =
            os::Group::spawn(command).with_context(|| format!("cannot start {what}"))?;
        let leader = group.leader();
        let (sender, receiver) = mpsc::channel();
        let stdout = leader.stdout.take().map(|pipe| {
            let show = match output {
                Output::LinesShown | Output::AllShown => Some(output::pass_on as Show),
                _ => None,
            };
            listen(pipe, show, sender.clone());
        });
        let stderr = leader.stderr.take().map(|pipe| {
            let show = (!matches!(output, Output::All | Output::Errors))
                .then_some(output::pass_on_error as Show);
            listen(pipe, show, sender);
        });
        let lines = stdout.or(stderr).map(|()| receiver);
        Ok(Child { group, lines, what })
    }

    /// The next line that the child writes; `None` when it has closed the pipe.
    pub(crate) fn line(&mut self, until: Instant) -> Result<Option<String>> {
        let Some(lines) = &self.lines else {
            return Ok(None);
        };
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => Ok(Some(line)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                self.group.kill();
                bail!("{} took too long and was killed", self.what)
            }
        }
    }

    /// Waits for the end, and for success.
    pub(crate) fn succeed(&mut self, until: Instant) -> Result<()> {
        let status = self.end(until)?;
        if !status.success() {
            bail!("{} failed: {status}", self.what);
        }
        Ok(())
    }

    /// Waits for the end, and says how much time of a processor the child took, as far as the
    /// system tells.
    pub(crate) fn end_with_cpu_time(&mut self, until: Instant) -> Result<(ExitStatus, Duration)> {
        self.await_end(until)?;
        let time = self.group.cpu_time().unwrap_or_default();
        Ok((self.group.reap()?, time))
    }

    /// Waits for the end. At `until` the child and everything in its group is killed.
    pub(crate) fn end(&mut self, until: Instant) -> Result<ExitStatus> {
        self.await_end(until)?;
        Ok(self.group.reap()?)
    }

    fn await_end(&mut self, until: Instant) -> Result<()> {
        while !self.group.has_ended()? {
            if Instant::now() >= until {
                self.group.kill();
                bail!("{} took too long and was killed", self.what);
            }
            std::thread::sleep(TICK);
        }
        Ok(())
    }
}

/// How a line goes to our own output.
type Show = fn(&str);

/// Sends the lines that come out of a pipe, and shows them as they come.
fn listen(pipe: impl Read + Send + 'static, show: Option<Show>, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Some(show) = show {
                show(&line);
            }
            // Nobody listens any more after a failure: then the rest is only shown.
            let _ = sender.send(line);
        }
    });
}

/// The words of a command, short, for messages: the program without its directory, the arguments.
struct What(String);

impl What {
    fn of(command: &Command) -> What {
        let program = std::path::Path::new(command.get_program());
        let mut text = match program.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => program.display().to_string(),
        };
        for argument in command.get_args() {
            text.push(' ');
            text += &argument.to_string_lossy();
        }
        What(text)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn output_is_read_and_failure_is_an_error() {
        let text = read(&mut sh("echo one; echo two"), Output::Lines, soon()).unwrap();
        assert_eq!(text, "one\ntwo\n");
        let error = run(&mut sh("exit 3"), soon()).unwrap_err().to_string();
        assert!(error.contains("`sh -c exit 3` failed"), "{error}");
        assert!(run(&mut Command::new("/nowhere/at/all"), soon()).is_err());
    }

    #[test]
    fn errors_are_read_without_the_output() {
        let mut child = Child::spawn(&mut sh("echo no >&2"), Output::Errors).unwrap();
        assert_eq!(child.line(soon()).unwrap().as_deref(), Some("no"));
        assert_eq!(child.line(soon()).unwrap(), None);
        child.succeed(soon()).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_time_of_a_child_is_its_own() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let mut child = Child::spawn(&mut sh(busy), Output::Ours).unwrap();
        let (status, time) = child.end_with_cpu_time(soon()).unwrap();
        assert!(status.success() && time > Duration::ZERO, "{time:?}");
    }

    #[test]
    fn both_are_read() {
        let mut child = Child::spawn(&mut sh("echo one; echo two >&2"), Output::AllShown).unwrap();
        let mut lines = [(); 2].map(|()| child.line(soon()).unwrap().unwrap());
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(child.line(soon()).unwrap(), None);
        child.succeed(soon()).unwrap();
    }

    #[test]
    fn a_child_that_takes_too_long_is_killed_with_its_children() {
        // The grandchild holds the pipe: the end of the output is the death of both.
        let mut child = Child::spawn(&mut sh("sleep 600 & echo; wait"), Output::Lines).unwrap();
        assert_eq!(child.line(soon()).unwrap().as_deref(), Some(""));
        let error = child.end(Instant::now()).unwrap_err().to_string();
        assert!(error.contains("took too long"), "{error}");
        assert_eq!(child.line(soon()).unwrap(), None);
    }

    #[test]
    fn what_a_child_leaves_running_ends_with_it() {
        let mut child = Child::spawn(&mut sh("sleep 600 & echo"), Output::Lines).unwrap();
        child.succeed(soon()).unwrap();
        assert_eq!(child.line(soon()).unwrap().as_deref(), Some(""));
        assert_eq!(child.line(soon()).unwrap(), None);
    }

    #[test]
    fn input_stays_open_until_it_is_dropped() {
        let (mut child, input) =
            Child::spawn_with_input(&mut sh("read line; echo end"), Output::Lines).unwrap();
        assert!(!child.group.has_ended().unwrap());
        drop(input);
        assert_eq!(child.line(soon()).unwrap().as_deref(), Some("end"));
        child.succeed(soon()).unwrap();
    }
}
