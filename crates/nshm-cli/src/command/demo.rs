//! `nshm demo`: two processes and one section, as in "Creating Named Shared Memory" of MS Learn.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nshm::{ErrorKind, Name, Section};

use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm demo
  nshm demo > demo.txt && cat demo.txt";

/// Show it: a first process writes, a second one reads
///
/// A first process creates Global\MyFileMappingObject of 256 bytes and writes a message into it.
/// A second process, started by the first but told nothing except the name, opens the section and
/// shows the message. Both let go, and then nothing is left. Each step says which Windows call
/// does the same. A section of that name which is alive already is left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

/// The words of the second process; the first one says them.
#[derive(Debug, clap::Args)]
pub(crate) struct SecondArgs {
    /// The name of the section
    name: String,
}

/// The command of the second process.
pub(crate) const SECOND: &str = "demo-second-process";

const SIZE: usize = 256;
const MESSAGE: &str = "Message from first process.";
const TITLE: &str = "Process2";

/// The first process.
pub(crate) fn run() -> Result<i32> {
    let own = std::process::id();
    output::heading(&format!("First process ({own})"))?;
    let (name, section) = create(own)?;
    let shown = name.to_string();
    step(
        &format!("creates {shown}, {}", size::count(SIZE)),
        "CreateFileMapping",
    )?;
    let view = section.map()?;
    step("maps a view of it", "MapViewOfFile")?;
    view.write_at(0, MESSAGE.as_bytes())?;
    step(&format!("writes \"{MESSAGE}\""), "CopyMemory")?;

    second_process(&shown)?;

    chapter(&format!("First process ({own})"))?;
    drop(view);
    step("unmaps its view", "UnmapViewOfFile")?;
    section.close()?;
    step("closes the section", "CloseHandle")?;

    chapter("Nothing is left")?;
    nothing_is_left(&name, own)?;
    Ok(crate::DONE)
}

/// A heading under what came before.
fn chapter(title: &str) -> Result<()> {
    output::line("")?;
    output::heading(title)
}

/// A step, and the call of Windows that does the same.
fn step(what: &str, call: &str) -> Result<()> {
    output::line(format!("  {what:<52} {call}").trim_end())
}

/// Creates the section under the document's name or, where that cannot be had, one beside it.
fn create(own: u32) -> Result<(Name, Section)> {
    const LEAF: &str = "MyFileMappingObject";
    let names = [
        format!(r"Global\{LEAF}"),
        format!(r"Global\{LEAF}-{own}"),
        format!(r"Local\{LEAF}"),
        format!(r"Local\{LEAF}-{own}"),
    ];
    let mut last = None;
    let mut names = names.into_iter().peekable();
    while let Some(text) = names.next() {
        let name = Name::new(&text)?;
        let error = match Section::create(&name, SIZE) {
            Ok(section) => return Ok((name, section)),
            Err(error) => error,
        };
        let why = match error.kind() {
            ErrorKind::AlreadyExists => "is in use and stays as it is",
            ErrorKind::ForeignNamespace | ErrorKind::Corrupt => "is in use elsewhere",
            ErrorKind::AccessDenied => "is not for this user to create",
            ErrorKind::PrivilegeNotHeld => {
                // No other Global\ name would do either.
                names.next_if(|next| next.starts_with(r"Global\"));
                "takes a privilege that this user does not have"
            }
            _ => return Err(error.into()),
        };
        if let Some(next) = names.peek() {
            output::line(&format!("  {text} {why}, so {next} will do"))?;
        }
        last = Some(error);
    }
    Err(match last {
        Some(error) => error.into(),
        None => broken("there was no name to try"),
    })
}

/// Starts the second process, shows what it shows, and checks that it was the message.
fn second_process(name: &str) -> Result<()> {
    let fail = |error| Failure::io("run the second process", error);
    let program = std::env::current_exe().map_err(fail)?;
    let child = Command::new(program)
        .args([SECOND, "--", name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let title = format!("Second process ({}), which knows the name", child.id());
    let titled = chapter(&title);
    // Also where nobody reads on: without the section it would say that there is none.
    let done = child.wait_with_output().map_err(fail)?;
    titled?;
    let shown = String::from_utf8_lossy(&done.stdout);
    output::line(shown.trim_end())?;
    if !done.status.success() {
        return Err(broken("the second process has failed"));
    }
    if !shown.contains(&message_box(TITLE, MESSAGE)) {
        return Err(broken("the second process has shown something else"));
    }
    Ok(())
}

/// The second process: all it knows is the name.
pub(crate) fn run_second(args: &SecondArgs) -> Result<i32> {
    let section = Section::open(args.name.as_str())?;
    step(&format!("opens {}", escape(&args.name)), "OpenFileMapping")?;
    let view = section.map()?;
    step("maps a view of it", "MapViewOfFile")?;
    let bytes = view.read_vec(0, SIZE)?;
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    step("shows what it finds there", "MessageBox")?;
    output::line(&format!("\n{}\n", message_box(TITLE, &escape(&text))))?;
    drop(view);
    step("unmaps its view", "UnmapViewOfFile")?;
    section.close()?;
    step("closes the section", "CloseHandle")?;
    Ok(crate::DONE)
}

/// A message in a box with a title.
fn message_box(title: &str, text: &str) -> String {
    let width = text.chars().count().max(title.chars().count() + 1) + 4;
    let rule = "─".repeat(width - title.chars().count() - 3);
    let blank = " ".repeat(width);
    let text_line = format!("{:<width$}", format!("  {text}"));
    let button = format!("{:^width$}", "[ OK ]");
    format!(
        "    ┌─ {title} {rule}┐\n    │{blank}│\n    │{text_line}│\n    │{blank}│\n    \
         │{button}│\n    └{}┘",
        "─".repeat(width)
    )
}

/// Checks that the name has gone, by asking for it and by looking at the list.
fn nothing_is_left(name: &Name, own: u32) -> Result<()> {
    match reopen(name, own)? {
        Fate::Gone => step(
            &format!("opening {name} gives: not found"),
            "ERROR_FILE_NOT_FOUND",
        )?,
        Fate::Taken => step("the name is somebody else's by now", "")?,
        Fate::Kept => return Err(broken("the section is still there")),
    }
    let listed = nshm::list(name.scope().clone())?
        .into_iter()
        .any(|object| object.name == *name && object.info.creator_pid == own);
    if listed {
        return Err(broken("the name is still listed"));
    }
    step("no list has it", "")
}

/// What has become of the name.
enum Fate {
    Gone,
    Taken,
    Kept,
}

/// Asks for the name of a section that `own` has made and closed.
///
/// Whoever looks at it in this very moment, to try the same name for example, has it open and so
/// keeps it; that is given time to pass.
fn reopen(name: &Name, own: u32) -> Result<Fate> {
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    loop {
        match Section::open_read_only(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Fate::Gone),
            Err(error) if error.kind() == ErrorKind::AccessDenied => return Ok(Fate::Taken),
            Err(error) => return Err(error.into()),
            Ok(section) if section.info()?.creator_pid != own => return Ok(Fate::Taken),
            Ok(_) if begun.elapsed() > PATIENCE => return Ok(Fate::Kept),
            Ok(_) => {}
        }
        std::thread::sleep(PAUSE);
    }
}

/// A promise that was not kept.
fn broken(what: &str) -> Failure {
    Failure::new(
        ExitCode::Failure,
        format!("the demo did not go well: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_is_straight() {
        for text in ["", "a", MESSAGE] {
            let shown = message_box(TITLE, text);
            let mut widths = shown.lines().map(|line| line.chars().count());
            let first = widths.next().unwrap();
            assert!(widths.all(|width| width == first), "{shown}");
        }
        assert!(message_box(TITLE, MESSAGE).contains("│  Message from first process.  │"));
    }
}
