//! Drawing the live view: a pure function of its state.

use std::time::{Instant, SystemTime};

use ratatui::style::Style;

use super::look::About;
use super::pane::Age;
use super::state::{Asking, Mode, Presence, Shape, State};
use crate::entry;
use crate::hexdump::character;
use crate::record::{Field, Record};
use crate::screen::{Canvas, Theme, shorten, width};
use crate::size;

/// The keys, for the last line; those that matter most come first.
const KEYS: &[(&str, &str)] = &[
    ("q", "quit"),
    ("space", "pause"),
    ("/", "search"),
    ("o", "offset"),
    ("s", "save"),
    ("tab", "view"),
    ("+-", "pace"),
    ("?", "help"),
];

const HELP: &[&str] = &[
    "up down k j         a line",
    "page up/down b f    a page",
    "home end G          the beginning, the end",
    "o                   go to an offset: 4096, 64K, 0x1000",
    "/                   search: text, or bytes as 0x6d657373",
    "n N                 the next, the previous match",
    "space p             pause, go on",
    "+ -                 look more often, less often",
    "tab v               hexdump, fields, table (with --as)",
    "left right [ ]      other fields",
    "s                   save a snapshot of the whole section",
    "q esc               leave",
];

/// Draws everything.
pub(crate) fn draw(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    if state.shape == Shape::default() {
        canvas.too_small(Shape::LEAST, theme.bad);
        return;
    }
    bar(state, theme, canvas);
    status(state, theme, canvas);
    let body = canvas.height() - 3;
    if state.help {
        help(theme, &mut canvas.rows(2, body));
    } else {
        contents(state, theme, &mut canvas.rows(2, body));
    }
    bottom(state, theme, &mut canvas.rows(2 + body, 1));
}

fn bar(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    canvas.style_row(0, theme.bar);
    let (word, style) = match &state.presence {
        _ if state.paused => ("PAUSED ", theme.notice),
        Presence::There(_) => ("live ", theme.bar),
        Presence::Gone(..) => ("GONE ", theme.bad),
        Presence::Awaited => ("not there ", theme.notice),
        Presence::Refused(_) => ("cannot be read ", theme.bad),
    };
    let end = canvas.width();
    canvas.put_right(end, 0, word, theme.bar.patch(invert(style, theme)));
    let about = match &state.presence {
        Presence::There(about) | Presence::Gone(about, _) => {
            let size = size::human(about.len as u64);
            format!("  {size}  {}{}", about.access, origin(about))
        }
        Presence::Awaited | Presence::Refused(_) => String::new(),
    };
    let room = end.saturating_sub(width(word) + 1);
    let title = format!(" {}{about}", state.name);
    canvas.put(0, 0, &shorten(&title, room), theme.bar);
}

/// Who made it and when, as far as that is known.
fn origin(about: &About) -> String {
    let mut words = Vec::new();
    if let Some(creator) = &about.creator {
        let pid = about.creator_pid.map(|pid| format!(" ({pid})"));
        words.push(format!("by {creator}{}", pid.unwrap_or_default()));
    }
    if let Some(born) = about.born {
        let age = SystemTime::now().duration_since(born);
        words.push(format!("{} ago", entry::age(age.unwrap_or_default())));
    }
    match words.is_empty() {
        true => String::new(),
        false => format!("  {}", words.join(", ")),
    }
}

/// On the bar only what deviates has a style of its own.
fn invert(style: Style, theme: &Theme) -> Style {
    match style.fg {
        Some(colour) if style != theme.bar => Style::new()
            .bg(colour)
            .add_modifier(ratatui::style::Modifier::BOLD),
        _ => Style::new(),
    }
}

fn status(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let mut parts = Vec::new();
    match &state.presence {
        Presence::There(about) => {
            let pane = match state.mode {
                Mode::Table => &state.records,
                _ => &state.hex,
            };
            if let Some(rate) = pane.rate() {
                parts.push(format!("{} in view", per_second(rate)));
            }
            if let Some(count) = about.attached {
                parts.push(format!("open {}", size::plural(count, "time")));
            }
        }
        Presence::Gone(_, since) => {
            let ago = entry::age(state.now.saturating_duration_since(*since));
            parts.push(format!("gone for {ago}; this is how it was"));
        }
        Presence::Awaited => parts.push("waiting for somebody to create it".into()),
        Presence::Refused(why) => parts.push(why.clone()),
    }
    if state.len() > 0 {
        parts.push(place(state));
    }
    let interval = humantime::format_duration(state.interval);
    parts.push(format!("every {interval}"));
    let text = parts.join("   ");
    canvas.put(1, 1, &shorten(&text, canvas.width() - 1), theme.dim);
}

/// How fast bytes change.
fn per_second(rate: f64) -> String {
    match rate {
        0.0 => "nothing changes".into(),
        rate if rate < 1024.0 => format!("{rate:.0} B/s change"),
        rate => format!("{}/s change", size::human(rate as u64)),
    }
}

/// Where in the section the window is.
fn place(state: &State) -> String {
    match (&state.record, state.mode) {
        (Some(_), Mode::Table) => format!("record {} of {}", state.first_row, state.row_count()),
        _ => format!("at 0x{:x} of 0x{:x}", state.top, state.len()),
    }
}

fn help(theme: &Theme, canvas: &mut Canvas<'_>) {
    for (row, line) in (0..).zip(HELP) {
        canvas.put(2, row, line, theme.plain);
    }
}

fn contents(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    match (&state.record, state.mode) {
        (Some(record), Mode::Table) => table(state, record, theme, canvas),
        (Some(record), Mode::Fields) => {
            let lines = u16::try_from(state.shape.hex_lines).unwrap_or(u16::MAX);
            hexdump(state, theme, &mut canvas.rows(0, lines));
            let below = canvas.height().saturating_sub(lines);
            fields(state, record, theme, &mut canvas.rows(lines, below));
        }
        _ => hexdump(state, theme, canvas),
    }
}

fn hexdump(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    let shape = state.shape;
    for (row, line) in (0..canvas.height()).zip(0..shape.hex_lines) {
        let offset = state.top.saturating_add(line * shape.hex_width);
        if state.hex.at(offset).is_none() {
            return;
        }
        hex_line(state, theme, canvas, row, offset);
    }
}

fn hex_line(state: &State, theme: &Theme, canvas: &mut Canvas<'_>, row: u16, offset: usize) {
    let width = state.shape.hex_width;
    let mut column = canvas.put(0, row, &format!("{offset:08x}"), theme.dim);
    column += 2;
    let bytes = || (0..width).map(|place| (place, state.hex.at(offset.saturating_add(place))));
    for (place, byte) in bytes() {
        if place == 8 {
            column += 1;
        }
        if let Some(byte) = byte {
            let style = byte_style(state, theme, offset + place, byte);
            canvas.put(column, row, &format!("{byte:02x}"), style);
        }
        column += 3;
    }
    column = canvas.put(column + 1, row, "|", theme.dim);
    for (place, byte) in bytes() {
        let Some(byte) = byte else { break };
        let style = byte_style(state, theme, offset + place, byte);
        let mut text = [0; 4];
        column = canvas.put(column, row, character(byte).encode_utf8(&mut text), style);
    }
    canvas.put(column, row, "|", theme.dim);
}

fn byte_style(state: &State, theme: &Theme, offset: usize, byte: u8) -> Style {
    if state.found.as_ref().is_some_and(|it| it.contains(&offset)) {
        return theme.found;
    }
    match state.hex.age(offset, state.now) {
        Age::Old if byte == 0 => theme.dim,
        age => age_style(theme, age),
    }
}

fn age_style(theme: &Theme, age: Age) -> Style {
    match age {
        Age::Fresh => theme.fresh,
        Age::Recent => theme.recent,
        Age::Old => theme.plain,
    }
}

/// The columns of the list of fields, as far as they do not depend on the record.
const RATE: u16 = 14;
const TYPE: u16 = 10;
const OFFSET: u16 = 8;

fn fields(state: &State, record: &Record, theme: &Theme, canvas: &mut Canvas<'_>) {
    let longest = record.fields.iter().map(|field| width(&field.name)).max();
    let name = longest.unwrap_or(0).clamp(5, canvas.width() / 3);
    // What does not fit goes, the least useful first.
    let has_rate = canvas.width() >= 60;
    let has_type = canvas.width() >= 45;
    let mut left = name + 2;
    let kind = left;
    if has_type {
        left += TYPE + OFFSET + 2;
    }
    let right = canvas.width() - if has_rate { RATE } else { 0 };
    let shown = state.shape.field_lines;
    let heading = match record.fields.len() {
        all if all > shown => {
            let last = (state.first_field + shown).min(all);
            format!("FIELD {}-{last}/{all}", state.first_field + 1)
        }
        _ => "FIELD".into(),
    };
    canvas.put(
        0,
        0,
        &shorten(&heading, kind.saturating_sub(1).max(12)),
        theme.heading,
    );
    if has_type && width(&heading) < kind {
        canvas.put(kind, 0, "TYPE", theme.heading);
        canvas.put_right(kind + TYPE + OFFSET, 0, "OFFSET", theme.heading);
    }
    canvas.put(left, 0, "VALUE", theme.heading);
    if has_rate {
        canvas.put_right(right + RATE, 0, "RATE", theme.heading);
    }
    let listed = record.fields.iter().enumerate().skip(state.first_field);
    for (row, (index, field)) in (1..canvas.height()).zip(listed) {
        let start = state.base.saturating_add(field.offset);
        canvas.put(0, row, &shorten(&field.name, name), theme.plain);
        if has_type {
            canvas.put(kind, row, &shorten(&field.words, TYPE), theme.dim);
            canvas.put_right(
                kind + TYPE + OFFSET,
                row,
                &format!("0x{start:x}"),
                theme.dim,
            );
        }
        let (value, style) = value(state, field, 0, state.now, theme);
        let room = right.saturating_sub(left + 1);
        canvas.put(left, row, &shorten(&value, room), style);
        if has_rate && let Some(slope) = state.slope(index) {
            let style = if slope == 0.0 { theme.dim } else { theme.plain };
            canvas.put_right(right + RATE, row, &slope_words(slope), style);
        }
    }
}

/// The value of a field in one of the records that are looked at.
fn value(
    state: &State,
    field: &Field,
    record_start: usize,
    now: Instant,
    theme: &Theme,
) -> (String, Style) {
    let bytes = state.records.bytes();
    match bytes.get(record_start..).and_then(|it| field.bytes(it)) {
        Some(bytes) => {
            let start = state.parts()[1].start + record_start + field.offset;
            let age = state.records.youngest(start..start + field.len(), now);
            (field.show(bytes), age_style(theme, age))
        }
        None if bytes.is_empty() => (String::new(), theme.dim),
        None => ("behind the end".into(), theme.dim),
    }
}

/// How fast a number grows or falls: three significant digits do.
fn slope_words(slope: f64) -> String {
    if slope == 0.0 {
        return "0/s".into();
    }
    match slope.abs() {
        1e6.. => format!("{slope:+.2e}/s"),
        100.0.. => format!("{slope:+.0}/s"),
        10.0.. => format!("{slope:+.1}/s"),
        0.01.. => format!("{slope:+.2}/s"),
        _ => format!("{slope:+.1e}/s"),
    }
}

fn table(state: &State, record: &Record, theme: &Theme, canvas: &mut Canvas<'_>) {
    let number = width(&state.row_count().to_string()).max(1);
    canvas.put_right(number, 0, "#", theme.heading);
    let columns = table_columns(state, record, number + 2);
    for (column, columns, field) in &columns {
        let name = shorten(&field.name, *columns);
        if field.is_number() {
            canvas.put_right(column + columns, 0, &name, theme.heading);
        } else {
            canvas.put(*column, 0, &name, theme.heading);
        }
    }
    let bytes = state.records.bytes().len();
    for (row, line) in (1..canvas.height()).zip(0_usize..) {
        let start = line * record.size;
        if start >= bytes {
            break;
        }
        let index = (state.first_row + line).to_string();
        canvas.put_right(number, row, &index, theme.dim);
        for (column, columns, field) in &columns {
            let (value, style) = value(state, field, start, state.now, theme);
            let value = shorten(&value, *columns);
            if field.is_number() && width(&value) <= canvas.width().saturating_sub(*column) {
                canvas.put_right(column + columns, row, &value, style);
            } else {
                canvas.put(*column, row, &value, style);
            }
        }
    }
}

/// Where each column of the table begins and how wide it is, for those that begin in the window.
fn table_columns<'a>(state: &State, record: &'a Record, first: u16) -> Vec<(u16, u16, &'a Field)> {
    let mut column = first;
    let fields = record.fields.iter().skip(state.first_field);
    fields
        .map(|field| {
            let needed = u16::try_from(field.width()).unwrap_or(u16::MAX);
            let columns = needed.max(width(&field.name).min(20));
            let begin = column;
            column = column.saturating_add(columns).saturating_add(2);
            (begin, columns, field)
        })
        .collect()
}

fn bottom(state: &State, theme: &Theme, canvas: &mut Canvas<'_>) {
    if let Some(asking) = &state.asking {
        let (question, prompt) = match asking {
            Asking::Search(prompt) => ("search: ", prompt),
            Asking::Offset(prompt) => ("offset: ", prompt),
            Asking::Save(prompt) => ("save to: ", prompt),
        };
        let column = canvas.put(0, 0, question, theme.heading);
        let room = canvas.width().saturating_sub(column + 1);
        let text = prompt.end(room);
        let column = canvas.put(column, 0, &text, theme.plain);
        canvas.put(column, 0, "_", theme.heading);
        return;
    }
    if let Some(message) = state.message_at(state.now) {
        let style = if message.is_bad {
            theme.bad
        } else {
            theme.notice
        };
        canvas.put(0, 0, &shorten(&message.text, canvas.width()), style);
        return;
    }
    keys(KEYS, theme, canvas);
}

/// A line of keys and what they do, as many as fit.
pub(crate) fn keys(keys: &[(&str, &str)], theme: &Theme, canvas: &mut Canvas<'_>) {
    let mut column = 0;
    for (key, what) in keys {
        let needed = width(key) + 1 + width(what);
        if column + needed > canvas.width() {
            return;
        }
        column = canvas.put(column, 0, key, theme.heading);
        column = canvas.put(column + 1, 0, what, theme.dim) + 2;
    }
}
