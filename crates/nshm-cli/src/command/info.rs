//! `nshm info`: all that is known of one object.

use nshm::Name;

use crate::entry::Entry;
use crate::failure::{Failure, Result};
use crate::os;
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm info 'Global\MyFileMappingObject'
  nshm info frame --json";

/// Show a section: size, creator, age, who has it open
///
/// Shows the size of a section and how much of it is in memory, who created it and when, whom it
/// admits, and which processes have it open. It works for sections that this user may not open,
/// too, as long as their names can be listed, and for the POSIX objects of other programs. Of an
/// event, a mutex or a semaphore it also shows the state: whether it is set, who owns it, what it
/// counts.
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
    name: Name,
    json: bool,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            name: Name::new(&args.name)?,
            json: args.json,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let entry = Entry::of(&config.name)?;
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
    if !os::raised() && entry.may_have_more_holders() {
        output::note("processes of other users are shown to root only");
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
