//! The only file that prints.
//!
//! Results go to stdout, everything about the work itself to stderr. Colours are taken out where
//! no terminal shows them or `NO_COLOR` asks for it; data goes through untouched.

use std::io::{self, IsTerminal, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::text::escape;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// Whether stdout is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether stderr is a terminal.
pub(crate) fn notes_are_seen() -> bool {
    io::stderr().is_terminal()
}

/// A line for people on stdout, at once.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    check(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// A heading on stdout.
pub(crate) fn heading(text: &str) -> Result<()> {
    line(&format!("{BOLD}{text}{BOLD:#}"))
}

/// How many characters a line of the terminal has that stdout is, if it is one.
pub(crate) fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    // Some terminals do not know, and say 0.
    Some(width.0.into()).filter(|width| *width != 0)
}

/// A table on stdout, its heading first.
pub(crate) fn table(lines: &[String]) -> Result<()> {
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    let mut write = || {
        for (index, line) in lines.iter().enumerate() {
            match index {
                0 => writeln!(out, "{BOLD}{line}{BOLD:#}")?,
                _ => writeln!(out, "{line}")?,
            }
        }
        out.flush()
    };
    check(write())
}

/// A value as JSON on stdout.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    let mut out = data();
    let written = serde_json::to_writer_pretty(&mut out, value)
        .map_err(io::Error::from)
        .and_then(|()| writeln!(out));
    check(written)?;
    finish(out)
}

/// Stdout for data: nothing is taken out and nothing put in. Hand it to [`finish`] in the end.
pub(crate) fn data() -> impl Write {
    io::BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Says whether all that was written to [`data`] has arrived.
pub(crate) fn finish(mut out: impl Write) -> Result<()> {
    check(out.flush())
}

/// What a write to stdout comes to: that nobody reads any more is no error.
pub(crate) fn check(written: io::Result<()>) -> Result<()> {
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::PipeClosed,
        _ => Failure::io("write to the standard output", error),
    })
}

/// A remark on stderr.
pub(crate) fn note(text: &str) {
    say(&format!("{YELLOW}note:{YELLOW:#} {}", escape(text)));
}

/// A plain line on stderr.
pub(crate) fn say(text: &str) {
    // Nobody can be told that stderr is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A question on stderr, without a new line.
pub(crate) fn ask(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = write!(out, "{BOLD}{text}{BOLD:#}").and_then(|()| out.flush());
}

/// Whether the answer to a question is yes.
pub(crate) fn answered_yes() -> Result<bool> {
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::io("read the answer", error))?;
    let answer = answer.trim().to_ascii_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

/// How good or bad something is, as a colour.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    Good,
    Plain,
    Dubious,
    Bad,
}

/// A word that shows how good or bad it is.
pub(crate) fn tinted(word: &str, mood: Mood) -> String {
    let style = match mood {
        Mood::Good => AnsiColor::Green.on_default(),
        Mood::Plain => Style::new(),
        Mood::Dubious => YELLOW,
        Mood::Bad => RED,
    };
    format!("{style}{word}{style:#}")
}

/// A failure: one line, and a second one where a cure is known.
pub(crate) fn failure(failure: &Failure) {
    if let Failure::PipeClosed = failure {
        return;
    }
    say(&format!(
        "{RED}nshm:{RED:#} {}",
        escape(&failure.to_string())
    ));
    if let Some(hint) = failure.hint() {
        say(&format!("{YELLOW}hint:{YELLOW:#} {}", escape(hint)));
    }
}

/// What clap has to say: help, the version, or what is wrong with the words.
pub(crate) fn usage(message: &clap::Error) -> ExitCode {
    let printed = message.print();
    if message.use_stderr() {
        return ExitCode::Usage;
    }
    match check(printed) {
        Ok(()) => ExitCode::Success,
        Err(error) => {
            failure(&error);
            error.code()
        }
    }
}
