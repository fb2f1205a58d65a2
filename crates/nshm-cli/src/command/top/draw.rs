//! Drawing `nshm top`: a pure function of its state.

use super::super::watch::draw_keys;
use super::sample::Rate;
use super::state::{Asking, Row, Sort, State};
use crate::entry;
use crate::screen::{Canvas, Theme, shorten, width};
use crate::size;

/// The keys, for the last line; those that matter most come first.
const KEYS: &[(&str, &str)] = &[
    ("q", "quit"),
    ("tab", "sort"),
    ("i", "inspect"),
    ("v", "watch"),
    ("c", "copy out"),
    ("/", "filter"),
    ("space", "pause"),
    ("?", "help"),
];

const HELP: &[&str] = &[
    "up down k j, page up/down, home end    move",
    "s m h w a n    sort by size, memory, holders, writes, age, name",
    "tab r          the next order, the reverse",
    "/              show only names with a text in them; esc: all",
    "i enter        who holds it, who made it, whom it admits",
    "v              watch it: its bytes, live; q comes back",
    "c              copy it out: a snapshot of it to a file",
    "space p        pause, go on",
    "q esc          leave",
    "",
    "HOLDERS counts processes, as far as this user sees. WRITES is how many bytes",
    "change in a second, by looking: of sections above 64 KiB (a + behind the",
    "rate) 16 pages are compared, and at most 1 MiB in one look, in turns. So",
    "it is a lower bound. Nothing here ends or removes anything.",
];

/// Less than this is no window for a table.
const LEAST: (u16, u16) = (40, 6);

/// A column of the table: its heading, its width, what sorts by it, what it shows.
struct Column {
    heading: &'static str,
    width: u16,
    sort: Option<Sort>,
    /// The window must have this many columns for it.
    from: u16,
    is_left: bool,
    text: fn(&Row) -> String,
}

const COLUMNS: &[Column] = &[
    Column {
        heading: "KIND",
        width: 9,
        sort: None,
        from: 90,
        is_left: true,
        text: |row| row.entry.kind.to_owned(),
    },
    Column {
        heading: "SIZE",
        width: 10,
        sort: Some(Sort::Size),
        from: 0,
        is_left: false,
        text: |row| size::human(row.entry.size),
    },
    Column {
        heading: "RESIDENT",
        width: 10,
        sort: Some(Sort::Resident),
        from: 70,
        is_left: false,
        text: |row| size::human(row.entry.resident),
    },
    Column {
        heading: "HOLDERS",
        width: 7,
        sort: Some(Sort::Holders),
        from: 0,
        is_left: false,
        text: |row| match row.entry.has_unseen_holders() {
            true => "?".into(),
            false => row.entry.holders.len().to_string(),
        },
    },
    Column {
        heading: "WRITES",
        width: 12,
        sort: Some(Sort::Writes),
        from: 52,
        is_left: false,
        text: |row| rate(row.rate),
    },
    Column {
        heading: "CREATOR",
        width: 9,
        sort: None,
        from: 62,
        is_left: true,
        text: |row| row.creator.clone().unwrap_or_else(unknown),
    },
    Column {
        heading: "PID",
        width: 8,
        sort: None,
        from: 100,
        is_left: false,
        text: |row| {
            row.entry
                .creator_pid
                .map_or_else(unknown, |pid| pid.to_string())
        },
    },
    Column {
        heading: "AGE",
        width: 8,
        sort: Some(Sort::Age),
        from: 80,
        is_left: false,
        text: |row| row.age.map_or_else(unknown, entry::age),
    },
];

/// What stands where the system does not tell.
fn unknown() -> String {
    "-".into()
}

/// How many rows the table has in a window.
pub(crate) fn lines(state: &State, columns: u16, rows: u16) -> usize {
    if columns < LEAST.0 || rows < LEAST.1 {
        return 0;
    }
    let around = 4 + details_height(state, rows);
    usize::from(rows.saturating_sub(around))
}

/// How many lines the details take: no more than half of the window.
fn details_height(state: &State, rows: u16) -> u16 {
    if state.details.is_none() {
        return 0;
    }
    let holders = state.inspected().map_or(1, |row| state.holders(row).len());
    let wanted = 5 + u16::try_from(holders).unwrap_or(u16::MAX - 5);
    wanted.min(rows / 2)
}

/// Draws everything.
pub(crate) fn draw(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let (columns, rows) = (canvas.width(), canvas.height());
    if columns < LEAST.0 || rows < LEAST.1 {
        canvas.too_small(LEAST, theme.bad);
        return;
    }
    bar(state, theme, canvas);
    status(state, theme, canvas);
    if state.help {
        let mut body = canvas.rows(2, rows - 3);
        for (row, line) in (0..).zip(HELP) {
            body.put(2, row, line, theme.plain);
        }
    } else {
        let below = details_height(state, rows);
        table(state, theme, &mut canvas.rows(2, rows - 3 - below));
        if state.details.is_some() {
            let mut part = canvas.rows(rows - 1 - below, below);
            inspect(state, theme, &mut part);
        }
    }
    bottom(state, theme, &mut canvas.rows(rows - 1, 1));
}

fn bar(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    canvas.style_row(0, theme.bar);
    let bytes = |of: fn(&Row) -> u64| size::human(state.all.iter().map(of).sum());
    let title = format!(
        " nshm top   {}   {} promised   {} resident",
        size::plural(state.all.len() as u64, "object"),
        bytes(|row| row.entry.size),
        bytes(|row| row.entry.resident),
    );
    let word = if state.paused { "PAUSED " } else { "live " };
    canvas.put_right(canvas.width(), 0, word, theme.bar);
    let room = canvas.width() - width(word) - 1;
    canvas.put(0, 0, &shorten(&title, room), theme.bar);
}

fn status(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let mut parts = Vec::new();
    if !state.filter.is_empty() {
        let shown = state.rows().len();
        parts.push(format!("with `{}` in the name: {shown}", state.filter));
    }
    let order = match state.sort {
        Sort::Name => "name",
        Sort::Size => "size",
        Sort::Resident => "resident memory",
        Sort::Holders => "holders",
        Sort::Writes => "writes",
        Sort::Age => "age",
    };
    let reverse = if state.reversed { ", in reverse" } else { "" };
    parts.push(format!("sorted by {order}{reverse}"));
    let interval = humantime::format_duration(state.interval);
    parts.push(format!("every {interval}"));
    parts.extend(state.hidden.clone());
    let text = parts.join("   ");
    canvas.put(1, 1, &shorten(&text, canvas.width() - 1), theme.dim);
}

fn table(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let all = canvas.width();
    let columns: Vec<_> = COLUMNS.iter().filter(|column| all >= column.from).collect();
    let taken: u16 = columns.iter().map(|column| column.width + 1).sum();
    let name = all.saturating_sub(taken + 1).max(8);
    let style = |sort| match sort == Some(state.sort) {
        true => theme
            .heading
            .add_modifier(ratatui::style::Modifier::UNDERLINED),
        false => theme.heading,
    };
    canvas.put(1, 0, "NAME", style(Some(Sort::Name)));
    let mut begin = 1 + name;
    for column in &columns {
        let end = begin + 1 + column.width;
        if column.is_left {
            canvas.put(begin + 1, 0, column.heading, style(column.sort));
        } else {
            canvas.put_right(end, 0, column.heading, style(column.sort));
        }
        begin = end;
    }
    let rows = state.rows();
    if rows.is_empty() {
        let words = match (state.is_listed, state.all.is_empty()) {
            (false, _) => "looking",
            (true, true) => "nothing is alive that this user can see",
            (true, false) => "no name has that in it",
        };
        canvas.put(1, 2, words, theme.notice);
    }
    let selected = state.selected().map(|(at, _)| at);
    let shown = rows.iter().enumerate().skip(state.first);
    for (line, (at, row)) in (1..canvas.height()).zip(shown) {
        canvas.put(1, line, &shorten(&row.shown, name - 1), theme.plain);
        let mut begin = 1 + name;
        for column in &columns {
            let end = begin + 1 + column.width;
            let text = shorten(&(column.text)(row), column.width);
            let style = match (column.sort, row.rate) {
                (Some(Sort::Writes), Rate::Changing { bytes, .. }) if bytes > 0.0 => theme.recent,
                (Some(Sort::Writes), _) => theme.dim,
                _ => theme.plain,
            };
            if column.is_left {
                canvas.put(begin + 1, line, &text, style);
            } else {
                canvas.put_right(end, line, &text, style);
            }
            begin = end;
        }
        if Some(at) == selected {
            canvas.style_row(line, theme.selected);
        }
    }
}

/// A rate of changes in a word.
fn rate(rate: Rate) -> String {
    match rate {
        Rate::Unknown => "...".into(),
        Rate::Denied => "may not read".into(),
        Rate::None => "-".into(),
        Rate::Changing { bytes, is_sample } => {
            let plus = if is_sample { "+" } else { "" };
            // Rounded up: what changes at all is not nothing.
            format!("{}/s{plus}", size::human(bytes.ceil() as u64))
        }
    }
}

fn inspect(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let rule = "-".repeat(usize::from(canvas.width()));
    canvas.put(0, 0, &rule, theme.dim);
    let Some(row) = state.inspected() else {
        canvas.put(1, 1, "it has gone", theme.bad);
        return;
    };
    let entry = &row.entry;
    let mut made = Vec::new();
    made.extend(row.creator.as_ref().map(|creator| format!("by {creator}")));
    made.extend(entry.creator_pid.map(|pid| format!("process {pid}")));
    made.extend(row.age.map(|age| format!("{} ago", entry::age(age))));
    let lines = [
        ("name", row.shown.clone()),
        (
            "size",
            format!(
                "{} ({} bytes), {} resident",
                size::human(entry.size),
                entry.size,
                size::human(entry.resident)
            ),
        ),
        ("made", made.join(", ")),
        ("access", entry.access_words()),
    ];
    let mut line = 1;
    for (what, value) in &lines {
        canvas.put(1, line, what, theme.heading);
        let room = canvas.width().saturating_sub(10);
        canvas.put(9, line, &shorten(value, room), theme.plain);
        line += 1;
    }
    canvas.put(1, line, "holders", theme.heading);
    let room = canvas.height().saturating_sub(line);
    let holders = state.holders(row);
    for (index, holder) in holders.iter().enumerate() {
        let left = holders.len() - index;
        let is_last_line = index + 1 == usize::from(room);
        let text = match is_last_line && left > 1 {
            true => format!("and {left} more"),
            false => holder.clone(),
        };
        canvas.put(
            9,
            line,
            &shorten(&text, canvas.width().saturating_sub(10)),
            theme.plain,
        );
        line += 1;
    }
}

fn bottom(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    if let Some(asking) = &state.asking {
        let (question, prompt) = match asking {
            Asking::Filter(prompt) => ("filter: ", prompt),
            Asking::Save(_, prompt) => ("copy to: ", prompt),
        };
        let column = canvas.put(0, 0, question, theme.heading);
        let room = canvas.width().saturating_sub(column + 1);
        let text = prompt.end(room);
        let column = canvas.put(column, 0, &text, theme.plain);
        canvas.put(column, 0, "_", theme.heading);
    } else if let Some((text, is_bad)) = state.message() {
        let style = if is_bad { theme.bad } else { theme.notice };
        canvas.put(0, 0, &shorten(text, canvas.width()), style);
    } else {
        draw_keys(KEYS, theme, canvas);
    }
}
