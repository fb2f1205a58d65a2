//! `nshm info`: all that is known of one section.

use nshm::Name;
use serde::Serialize;

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
/// too, as long as their names can be listed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
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

/// A process that has the section open.
#[derive(Debug, Serialize)]
pub(crate) struct Holder {
    pid: u32,
    /// Null where the system does not tell.
    command: Option<String>,
}

impl Holder {
    pub(crate) fn words(&self) -> String {
        match &self.command {
            Some(command) => format!("{} ({})", self.pid, escape(command)),
            None => self.pid.to_string(),
        }
    }
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    entry: Entry,
    holders: Vec<Holder>,
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    // Before anything is opened here: we are no holder.
    let holders = holders(&config.name);
    let entry = Entry::of(&config.name)?;
    let report = Report {
        entry,
        holders: holders?,
    };
    if config.json {
        output::json(&report)?;
    } else {
        print(&report)?;
    }
    Ok(crate::DONE)
}

/// The processes that have the object of a name open, as far as this user may see.
pub(crate) fn holders(name: &Name) -> Result<Vec<Holder>> {
    let pids = nshm::holders(name)?;
    Ok(pids
        .into_iter()
        .map(|pid| Holder {
            pid,
            command: os::program_of(pid),
        })
        .collect())
}

/// The holders in a sentence, and whether there may be more.
pub(crate) fn holder_words(holders: &[Holder]) -> String {
    let seen: Vec<_> = holders.iter().map(Holder::words).collect();
    match (seen.is_empty(), os::raised()) {
        (true, true) => "nobody".into(),
        (true, false) => "nobody this user can see".into(),
        (false, _) => seen.join(", "),
    }
}

fn print(report: &Report) -> Result<()> {
    let entry = &report.entry;
    let exact = |bytes: u64| match bytes {
        0..1024 => size::plural(bytes, "byte"),
        _ => format!("{} ({bytes} bytes)", size::human(bytes)),
    };
    let pid = match entry.creator_pid {
        0 => String::new(),
        pid => format!(", process {pid}"),
    };
    let creator = match os::user_name(entry.creator_uid) {
        Some(name) => format!("{} (user {}){pid}", escape(&name), entry.creator_uid),
        None => format!("user {}{pid}", entry.creator_uid),
    };
    let line = |what: &str, value: &str| output::line(&format!("{what:<9} {value}"));
    line("name", &escape(&entry.name))?;
    line("kind", entry.kind)?;
    if let Some(file) = &entry.file {
        line("file", &escape(&file.to_string_lossy()))?;
    }
    line("size", &exact(entry.size))?;
    line("resident", &exact(entry.resident))?;
    if entry.swapped > 0 {
        line("swapped", &exact(entry.swapped))?;
    }
    line("creator", &creator)?;
    line(
        "created",
        &format!("{}, {} ago", entry.created, entry.age()),
    )?;
    line("access", &entry.access_words())?;
    line("attached", &size::plural(entry.attach_count, "time"))?;
    line("holders", &holder_words(&report.holders))?;
    if !os::raised() && entry.attach_count > report.holders.len() as u64 {
        output::note("processes of other users are shown to root only");
    }
    Ok(())
}
