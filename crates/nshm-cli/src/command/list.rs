//! `nshm list`: every object that is alive, and those of other libraries.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use clap::ValueEnum;
use nshm::inspect::{self, Gap, Reach};
use wildmatch::WildMatch;

use crate::entry::{Entry, Holder, Programs, Users};
use crate::failure::Result;
use crate::gaps;
use crate::output;
use crate::size;
use crate::table::{self, Cell, Column, Room, Side};
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm list --all
  nshm list 'posix:/psm_*' --orphaned --json";

/// List what is alive, and what other libraries have left
///
/// Shows every live object whose name this user can see: this user's own names, those of other
/// users where their directories may be read, and the Global\ ones; with who has it open. It keeps
/// nothing alive, and it shows objects that this user may not open, too. Of events, mutexes and
/// semaphores it shows the state.
///
/// With --all it also shows the POSIX objects in /dev/shm and the System V segments of every other
/// library, the largest first. One that nobody has mapped or open is marked as orphaned; `nshm
/// reap --all` removes those.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only names like this: * stands for any text, ? for one character; what stands before the
    /// name (Global\, posix:/, sysv:) may be left out
    pattern: Option<String>,
    /// Also what other libraries have made
    #[arg(long, short)]
    all: bool,
    /// Only what nobody has mapped or open; implies --all
    #[arg(long)]
    orphaned: bool,
    /// The order [default: name; size with --all]
    #[arg(long, value_name = "KEY")]
    sort: Option<Key>,
    /// The other way round
    #[arg(long, short)]
    reverse: bool,
    /// Print a JSON array instead of a table
    #[arg(long)]
    json: bool,
}

/// What to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    Name,
    /// The largest first
    Size,
    /// What takes most memory first
    Resident,
    /// What most processes have first
    Holders,
    /// The youngest first
    Age,
}

pub(crate) fn run(args: &Args) -> Result<i32> {
    let all = args.all || args.orphaned;
    let survey = inspect::survey(if all { Reach::Everything } else { Reach::Ours })?;
    let mut programs = Programs::default();
    let pattern = args.pattern.as_deref().map(WildMatch::new);
    let mut entries: Vec<Entry> = survey
        .objects
        .iter()
        .filter(|object| !args.orphaned || object.orphaned == Some(true))
        .map(|object| Entry::with_state(object, &mut programs))
        .filter(|entry| {
            pattern
                .as_ref()
                .is_none_or(|pattern| fits(pattern, &entry.name))
        })
        .collect();
    let key = args.sort.unwrap_or(if all { Key::Size } else { Key::Name });
    entries.sort_by(|a, b| order(key, a, b));
    if args.reverse {
        entries.reverse();
    }
    gaps::note_unread(&survey.gaps);
    if args.json {
        output::json(&entries)?;
    } else if entries.is_empty() {
        output::say(nothing(args, all));
    } else {
        print(&entries, all)?;
        if all {
            sum_up(&entries);
        }
    }
    note_holders(&entries, &survey.gaps);
    Ok(crate::DONE)
}

fn nothing(args: &Args, all: bool) -> &'static str {
    match (&args.pattern, args.orphaned, all) {
        (Some(_), ..) => "no name is like that",
        (None, true, _) => "nothing is orphaned",
        (None, false, true) => "no shared memory is there",
        (None, false, false) => "nothing is alive",
    }
}

/// Whether a name fits, with what stands before it or without.
fn fits(pattern: &WildMatch, name: &str) -> bool {
    let leaf = match name.split_once(":/").or(name.split_once("sysv:")) {
        Some(("posix" | "", leaf)) => leaf,
        _ => name.rsplit_once('\\').map_or(name, |(_, leaf)| leaf),
    };
    pattern.matches(name) || pattern.matches(leaf)
}

fn order(key: Key, a: &Entry, b: &Entry) -> Ordering {
    let by_key = match key {
        // The order of the survey: by scope and name.
        Key::Name => Ordering::Equal,
        Key::Size => b.size.cmp(&a.size),
        Key::Resident => b.resident.cmp(&a.resident),
        Key::Holders => b.holders.len().cmp(&a.holders.len()),
        Key::Age => Reverse(a.born).cmp(&Reverse(b.born)),
    };
    match key {
        // Of two that take the same, what takes most memory.
        Key::Size => by_key.then(b.resident.cmp(&a.resident)),
        _ => by_key,
    }
}

/// Says whose holdings are not shown, where that may make a difference.
fn note_holders(entries: &[Entry], gaps: &[Gap]) {
    if entries.iter().any(Entry::has_unseen_holders) {
        gaps::note_unseen_holders(gaps);
    }
}

const fn column(heading: &'static str, side: Side, room: Room) -> Column {
    Column {
        heading,
        side,
        room,
    }
}

const NAME: Column = column("NAME", Side::Left, Room::Elastic(24));
const KIND: Column = column("KIND", Side::Left, Room::Dispensable(2));
const STATE: Column = column("STATE", Side::Left, Room::Dispensable(6));
const FAMILY: Column = column("FAMILY", Side::Left, Room::Dispensable(4));
const SIZE: Column = column("SIZE", Side::Right, Room::Whole);
const RESIDENT: Column = column("RESIDENT", Side::Right, Room::Dispensable(5));
const HOLDERS: Column = column("HOLDERS", Side::Left, Room::Elastic(16));
const CREATOR: Column = column("CREATOR", Side::Left, Room::Dispensable(3));
const AGE: Column = column("AGE", Side::Left, Room::Dispensable(1));
const ACCESS: Column = column("ACCESS", Side::Left, Room::Dispensable(0));

fn print(entries: &[Entry], all: bool) -> Result<()> {
    let mut columns = vec![NAME, KIND];
    let has_state = entries.iter().any(|entry| entry.state.is_some());
    if has_state {
        columns.push(STATE);
    }
    if all {
        columns.push(FAMILY);
    }
    columns.extend([SIZE, RESIDENT, HOLDERS, CREATOR, AGE, ACCESS]);
    let mut users = Users::default();
    let rows = entries
        .iter()
        .map(|entry| row(entry, has_state, all, &mut users))
        .collect();
    let set = table::set(&columns, rows, output::width());
    output::table(&set.lines)?;
    if !set.left_out.is_empty() {
        output::note(&format!(
            "not shown for want of room: {}; --json has everything",
            set.left_out.join(", ")
        ));
    }
    Ok(())
}

fn row(entry: &Entry, has_state: bool, all: bool, users: &mut Users) -> Vec<Cell> {
    let unknown = || Cell::plain("-");
    let mut row = vec![Cell::plain(escape(&entry.name)), Cell::plain(entry.kind)];
    if has_state {
        let state = entry.state.as_ref();
        row.push(state.map_or_else(unknown, |state| Cell::plain(state.brief())));
    }
    if all {
        row.push(entry.family.map_or_else(unknown, Cell::plain));
    }
    let creator = entry
        .creator_uid
        .map_or_else(unknown, |uid| Cell::plain(users.name(uid)));
    row.extend([
        Cell::plain(size::human(entry.size)),
        Cell::plain(size::human(entry.resident)),
        holders(entry),
        creator,
        entry.age().map_or_else(unknown, Cell::plain),
        Cell::plain(entry.access_words()),
    ]);
    row
}

/// Who has it, in few words.
fn holders(entry: &Entry) -> Cell {
    const MOST: usize = 3;
    if entry.holders.is_empty() {
        return match entry.orphaned {
            Some(true) => Cell::marked("orphaned"),
            Some(false) => Cell::plain("not seen"),
            None => Cell::plain("unknown"),
        };
    }
    let shown: Vec<String> = entry.holders.iter().take(MOST).map(Holder::brief).collect();
    let mut text = shown.join(", ");
    if entry.holders.len() > MOST {
        text += &format!(" and {} more", entry.holders.len() - MOST);
    }
    Cell::plain(text)
}

/// Who holds most, and what may go.
fn sum_up(entries: &[Entry]) {
    let total = |entries: &mut dyn Iterator<Item = &Entry>| {
        entries.fold((0, 0, 0), |(count, size, resident), entry| {
            (
                count + 1,
                size + u128::from(entry.size),
                resident + u128::from(entry.resident),
            )
        })
    };
    let words = |(count, size, resident): (u64, u128, u128)| {
        let human = |bytes| size::human(u64::try_from(bytes).unwrap_or(u64::MAX));
        format!(
            "{}, {}, {} of it in memory",
            size::plural(count, "object"),
            human(size),
            human(resident)
        )
    };
    output::say(&format!("in all: {}", words(total(&mut entries.iter()))));
    let mut by_holder: HashMap<u32, (&Holder, Vec<&Entry>)> = HashMap::new();
    for entry in entries {
        for holder in &entry.holders {
            let (_, held) = by_holder.entry(holder.pid).or_insert((holder, Vec::new()));
            held.push(entry);
        }
    }
    let most = by_holder
        .into_values()
        .map(|(holder, held)| (total(&mut held.into_iter()), holder))
        .max_by_key(|((_, size, resident), holder)| (*resident, *size, Reverse(holder.pid)));
    if let Some((sum, holder)) = most {
        output::say(&format!("{} has most: {}", holder.brief(), words(sum)));
    }
    let mut orphans = entries
        .iter()
        .filter(|entry| entry.orphaned == Some(true))
        .peekable();
    if orphans.peek().is_some() {
        let sum = words(total(&mut orphans));
        output::say(&format!("orphaned: {sum}; `nshm reap --all` removes them"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names_with_and_without_what_stands_before() {
        for (pattern, name, expected) in [
            ("psm_*", "posix:/psm_1", true),
            ("posix:/psm_*", "posix:/psm_1", true),
            ("psm_*", r"posix:/a\psm_1", false),
            ("x", r"Global\x", true),
            (r"Global\*", r"Global\x", true),
            (r"Global\*", "x", false),
            ("12*", "sysv:123", true),
            ("sysv:*", "sysv:123", true),
            ("?", "x", true),
            ("?", "xy", false),
            ("X", "x", false),
        ] {
            assert_eq!(fits(&WildMatch::new(pattern), name), expected, "{pattern}");
        }
    }
}
