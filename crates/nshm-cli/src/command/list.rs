//! `nshm list`: every section that is alive.

use std::collections::HashMap;

use comfy_table::{Cell, CellAlignment, Table, presets};
use nshm::ErrorKind;

use crate::entry::Entry;
use crate::failure::Result;
use crate::output;
use crate::scopes;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm list
  nshm list --json | jq -r '.[].name'";

/// List the sections that are alive
///
/// Shows every live section whose name this user can see: this user's own names, those of other
/// users where their directories may be read, and the Global\ ones. It opens nothing, so it keeps
/// nothing alive, and it shows sections that this user may not open, too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Print a JSON array instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<i32> {
    let entries = everything()?;
    if args.json {
        output::json(&entries)?;
    } else if entries.is_empty() {
        output::say("no section is alive");
    } else {
        print(&entries)?;
    }
    Ok(crate::DONE)
}

/// The objects of every scope. One that cannot be read is a note, unless none can.
fn everything() -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut denied = Vec::new();
    let mut failed = None;
    let mut any = false;
    for scope in scopes::all() {
        match Entry::list(scope.clone()) {
            Ok(found) => {
                any = true;
                entries.extend(found);
            }
            Err(error) if error.kind() == ErrorKind::AccessDenied => {
                denied.push(scopes::words(&scope));
            }
            Err(error) => {
                if let Some(error) = failed.replace(error) {
                    output::note(&format!("skipped: {error}"));
                }
            }
        }
    }
    match failed {
        Some(error) if !any => return Err(error.into()),
        Some(error) => output::note(&format!("skipped: {error}")),
        None => {}
    }
    if !denied.is_empty() {
        output::note(&format!(
            "not shown, because access is denied: the names of {}",
            denied.join(", ")
        ));
    }
    Ok(entries)
}

fn print(entries: &[Entry]) -> Result<()> {
    let table = table(entries);
    let mut lines = table.lines().map(|line| line.trim_end().to_owned());
    if let Some(heading) = lines.next() {
        output::heading(&heading)?;
    }
    lines.try_for_each(|line| output::line(&line))
}

fn table(entries: &[Entry]) -> Table {
    const HEADINGS: [&str; 9] = [
        "NAME", "KIND", "SIZE", "RESIDENT", "ATTACHED", "CREATOR", "PID", "AGE", "ACCESS",
    ];
    const NUMBERS: [usize; 4] = [2, 3, 4, 6];
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(HEADINGS);
    // Asking for a user's name may take a network.
    let mut users = HashMap::new();
    for entry in entries {
        let user = users
            .entry(entry.creator_uid)
            .or_insert_with(|| entry.creator());
        let pid = match entry.creator_pid {
            0 => "-".to_owned(),
            pid => pid.to_string(),
        };
        table.add_row([
            Cell::new(escape(&entry.name)),
            Cell::new(entry.kind),
            Cell::new(size::human(entry.size)),
            Cell::new(size::human(entry.resident)),
            Cell::new(entry.attach_count),
            Cell::new(escape(user)),
            Cell::new(pid),
            Cell::new(entry.age()),
            Cell::new(entry.access_words()),
        ]);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if NUMBERS.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
