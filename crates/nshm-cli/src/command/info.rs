//! `nshm info`: all that is known of one object.

use nshm::{ErrorKind, Name, inspect};

use crate::entry::Entry;
use crate::failure::{Failure, Result};
use crate::gaps;
use crate::os;
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm info 'Global\MyFileMappingObject'
  nshm info frame --json";

/// Show an object of any kind: size, state, creator, who has it open
///
/// Shows the size of a section and how much of it is in memory, who created it and when, whom it
/// admits, and which processes have it open. Of an event, a mutex or a semaphore it also shows the
/// state: whether it is set, who owns it, what it counts. It works for objects that this user may
/// not open, too, as long as their names can be listed.
///
/// It also works for the objects of other libraries as `list --all` names them: posix:/NAME, and
/// sysv:NUMBER for a System V segment. A section of ours that is called so is Local\sysv:NUMBER.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the object
    #[arg(add = crate::complete::names())]
    name: String,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// What to show, checked.
pub(crate) struct Config {
    subject: Subject,
    json: bool,
}

/// What a user may ask about.
#[derive(Debug, PartialEq, Eq)]
enum Subject {
    Named(Name),
    /// A System V segment.
    Segment(i32),
}

/// The number of a System V segment, written as `list` writes it.
fn segment_number(text: &str) -> Option<i32> {
    text.strip_prefix("sysv:")
        // No signs.
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|number| number.parse().ok())
}

/// Tells who asked another command for a System V segment that is there which command takes it.
pub(super) fn or_a_segment(why: Failure) -> Failure {
    let number = match &why {
        Failure::Core(error) if error.kind() == ErrorKind::NotFound => {
            // A name of ours that looks so is printed in full.
            let name = error.name().unwrap_or_default();
            segment_number(name.strip_prefix(r"Local\").unwrap_or(name))
        }
        _ => None,
    };
    match number {
        Some(id) if inspect::segment(id).is_ok() => why.with_hint(format!(
            "System V has a segment {id}: `nshm info sysv:{id}` shows it, nothing else takes one"
        )),
        _ => why,
    }
}

impl Subject {
    fn parse(text: &str) -> Result<Subject> {
        Ok(match segment_number(text) {
            Some(id) => Subject::Segment(id),
            None => Subject::Named(Name::new(text)?),
        })
    }
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            subject: Subject::parse(&args.name)?,
            json: args.json,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let entry = match &config.subject {
        Subject::Named(name) => Entry::of(name)?,
        Subject::Segment(id) => Entry::of_segment(*id)?,
    };
    if config.json {
        output::json(&entry)?;
    } else {
        print(&entry)?;
    }
    Ok(crate::DONE)
}

fn print(entry: &Entry) -> Result<()> {
    let exact = |bytes: u64| match bytes {
        0..1024 => size::plural(bytes, "byte"),
        _ => format!("{} ({bytes} bytes)", size::human(bytes)),
    };
    let line = |what: &str, value: &str| output::line(&format!("{what:<9} {value}"));
    line("name", &escape(&entry.name))?;
    line("kind", entry.kind)?;
    if let Some(state) = &entry.state {
        line("state", &state.words())?;
    }
    if let Some(family) = entry.family.filter(|family| *family != "nshm") {
        line("family", family)?;
    }
    if let Some(file) = &entry.file {
        line("file", &escape(file))?;
    }
    if let Some(key) = &entry.key {
        line("key", key)?;
    }
    line("size", &exact(entry.size))?;
    line("resident", &exact(entry.resident))?;
    if entry.swapped > 0 {
        line("swapped", &exact(entry.swapped))?;
    }
    if let Some(uid) = entry.creator_uid {
        line("creator", &creator(uid, entry.creator_pid))?;
    }
    if let (Some(created), Some(age)) = (&entry.created, entry.age()) {
        line("created", &format!("{created}, {age} ago"))?;
    }
    line("access", &entry.access_words())?;
    if let Some(count) = entry.attach_count {
        line("attached", &size::plural(count, "time"))?;
    }
    line("holders", &entry.holder_words())?;
    // Root sees them all but for those that are closed to everybody, of which there are few.
    let is_incomplete = match os::raised() {
        true => entry.has_unseen_holders(),
        false => entry.may_have_more_holders(),
    };
    if is_incomplete {
        output::note(gaps::closed_processes());
    }
    Ok(())
}

/// The user who made it, and the process.
fn creator(uid: u32, pid: Option<u32>) -> String {
    let process = pid.map_or_else(String::new, |pid| format!(", process {pid}"));
    match os::user_name(uid) {
        Some(name) => format!("{} (user {uid}){process}", escape(&name)),
        None => format!("user {uid}{process}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_asked_for_by_its_number() {
        for (text, id) in [("sysv:0", 0), ("sysv:2147483647", i32::MAX)] {
            assert_eq!(Subject::parse(text).unwrap(), Subject::Segment(id));
        }
        for text in [
            "sysv:",
            "sysv:-1",
            "sysv:+1",
            "sysv:1x",
            "sysv:2147483648",
            r"Local\sysv:1",
            "posix:/sysv:1",
        ] {
            let name = Name::new(text).unwrap();
            assert_eq!(Subject::parse(text).unwrap(), Subject::Named(name));
        }
    }
}
