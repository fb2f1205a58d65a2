//! What the live view knows: everything that is drawn, and nothing of terminals.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::look::{About, Look};
use super::pane::Pane;
use super::search::Direction;
use crate::record::Record;
use crate::screen::Prompt;

/// How long a message stays.
const MESSAGE: Duration = Duration::from_secs(8);
/// How long values are kept for their rates.
const WINDOW: Duration = Duration::from_secs(2);

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The hexdump alone.
    Hex,
    /// The hexdump, and the fields of one record below.
    Fields,
    /// One record after the other, a column for each field.
    Table,
}

/// Whether there is anything to show.
#[derive(Debug)]
pub(crate) enum Presence {
    /// Nothing was ever there.
    Awaited,
    There(About),
    /// It was there, and is not now; since when.
    Gone(About, Instant),
    /// It cannot be read; the reason.
    Refused(String),
}

/// A line that is being typed, and what for.
#[derive(Debug)]
pub(crate) enum Asking {
    Search(Prompt),
    Offset(Prompt),
    Save(Prompt),
}

/// A line that is shown at the bottom for a while.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) is_bad: bool,
    at: Instant,
}

/// How the window is divided; all zero where it is too small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Lines of the hexdump.
    pub(crate) hex_lines: usize,
    /// Bytes in each of them.
    pub(crate) hex_width: usize,
    /// Lines for fields, without their heading.
    pub(crate) field_lines: usize,
    /// Lines of the table, without its heading.
    pub(crate) table_lines: usize,
}

/// The state of the live view.
#[derive(Debug)]
pub(crate) struct State {
    /// The name, safe to show.
    pub(crate) name: String,
    pub(crate) record: Option<Record>,
    /// Where the first record begins.
    pub(crate) base: usize,
    pub(crate) interval: Duration,
    pub(crate) mode: Mode,
    pub(crate) presence: Presence,
    pub(crate) paused: bool,
    pub(crate) help: bool,
    pub(crate) asking: Option<Asking>,
    pub(crate) message: Option<Message>,
    pub(crate) shape: Shape,
    /// The offset of the first byte in the hexdump.
    pub(crate) top: usize,
    /// The first record in the table.
    pub(crate) first_row: usize,
    /// The first field that is listed, or that has a column.
    pub(crate) first_field: usize,
    pub(crate) hex: Pane,
    /// The record below the hexdump, or the records in the table.
    pub(crate) records: Pane,
    /// The values of each field that is a number.
    values: Vec<VecDeque<(Instant, f64)>>,
    /// What was searched for last.
    pub(crate) pattern: Vec<u8>,
    pub(crate) direction: Direction,
    pub(crate) found: Option<Range<usize>>,
    /// The moment that is shown.
    pub(crate) now: Instant,
}

impl State {
    pub(crate) fn new(
        name: String,
        record: Option<Record>,
        base: usize,
        interval: Duration,
        now: Instant,
    ) -> Self {
        let fields = record.as_ref().map_or(0, |record| record.fields.len());
        State {
            name,
            mode: match record {
                Some(_) => Mode::Fields,
                None => Mode::Hex,
            },
            record,
            base,
            interval,
            presence: Presence::Awaited,
            paused: false,
            help: false,
            asking: None,
            message: None,
            shape: Shape::default(),
            top: base,
            first_row: 0,
            first_field: 0,
            hex: Pane::default(),
            records: Pane::default(),
            values: vec![VecDeque::new(); fields],
            pattern: Vec::new(),
            direction: Direction::Forward,
            found: None,
            now,
        }
    }

    /// How long the section is, or was; 0 if none was ever there.
    pub(crate) fn len(&self) -> usize {
        match &self.presence {
            Presence::There(about) | Presence::Gone(about, _) => about.len,
            Presence::Awaited | Presence::Refused(_) => 0,
        }
    }

    /// The window has this size now.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.shape = Shape::of(self, columns, rows);
        self.keep_inside();
    }

    /// The parts of the section that are to be looked at: of the hexdump and of the records.
    pub(crate) fn parts(&self) -> [Range<usize>; 2] {
        let shape = self.shape;
        let shown = shape.hex_lines * shape.hex_width;
        let hex = self.top..self.top.saturating_add(shown);
        let records = match &self.record {
            None => 0..0,
            Some(record) => {
                let (first, count) = match self.mode {
                    Mode::Hex => (0, 0),
                    Mode::Fields => (0, 1),
                    Mode::Table => (self.first_row, shape.table_lines),
                };
                let start = self.base.saturating_add(first.saturating_mul(record.size));
                start..start.saturating_add(count.saturating_mul(record.size))
            }
        };
        [hex, records]
    }

    /// What a look has found.
    pub(crate) fn take(&mut self, look: Look, now: Instant) {
        self.now = now;
        match look {
            Look::There { about, parts } => self.take_bytes(*about, parts, now),
            Look::Absent => {
                let before = std::mem::replace(&mut self.presence, Presence::Awaited);
                self.presence = match before {
                    Presence::There(about) => Presence::Gone(about, now),
                    other => other,
                };
            }
            Look::Refused(why) => self.presence = Presence::Refused(why),
        }
    }

    fn take_bytes(&mut self, about: About, parts: Vec<Vec<u8>>, now: Instant) {
        let is_other = match &self.presence {
            Presence::There(before) => !before.is_same(&about),
            Presence::Gone(..) => true,
            Presence::Awaited | Presence::Refused(_) => false,
        };
        if is_other {
            self.hex.clear();
            self.records.clear();
            self.values.iter_mut().for_each(VecDeque::clear);
            self.found = None;
            self.say("another section has this name now");
        }
        let shrunk = about.len < self.len();
        self.presence = Presence::There(about);
        let starts = self.parts().map(|part| part.start);
        let mut parts = parts.into_iter();
        if let Some(bytes) = parts.next() {
            self.hex.take(starts[0], bytes, now);
        }
        if let Some(bytes) = parts.next() {
            self.records.take(starts[1], bytes, now);
            self.remember_values(now);
        }
        if shrunk {
            self.keep_inside();
        }
    }

    fn remember_values(&mut self, now: Instant) {
        let (Some(record), Mode::Fields) = (&self.record, self.mode) else {
            return;
        };
        for (field, values) in record.fields.iter().zip(&mut self.values) {
            let bytes = field.bytes(self.records.bytes());
            match bytes.and_then(|bytes| field.number(bytes)) {
                Some(number) => values.push_back((now, number)),
                None => values.clear(),
            }
            // Two are kept, however long ago the first was.
            while values.len() > 2 && now.duration_since(values[0].0) > WINDOW {
                values.pop_front();
            }
        }
    }

    /// How much a field grows or falls in a second.
    pub(crate) fn slope(&self, field: usize) -> Option<f64> {
        let values = self.values.get(field)?;
        let ((begin, first), (end, last)) = (values.front()?, values.back()?);
        let seconds = end.duration_since(*begin).as_secs_f64();
        (seconds >= 0.2).then(|| (last - first) / seconds)
    }

    /// Shows a message.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.show(text.into(), false);
    }

    /// Shows what went wrong.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.show(text.into(), true);
    }

    fn show(&mut self, text: String, is_bad: bool) {
        self.message = Some(Message {
            text,
            is_bad,
            at: self.now,
        });
    }

    /// The message, unless it is old.
    pub(crate) fn message_at(&self, now: Instant) -> Option<&Message> {
        let message = self.message.as_ref()?;
        (now.saturating_duration_since(message.at) < MESSAGE).then_some(message)
    }

    /// How many records there are, the last one perhaps cut off.
    pub(crate) fn row_count(&self) -> usize {
        let bytes = self.len().saturating_sub(self.base);
        match &self.record {
            Some(record) => bytes.div_ceil(record.size.max(1)),
            None => 0,
        }
    }

    /// Goes to a byte of the hexdump: its line becomes the first.
    pub(crate) fn go_to(&mut self, offset: usize) {
        let width = self.shape.hex_width.max(1);
        self.top = offset - offset % width;
        self.keep_inside();
    }

    /// Keeps the last line at the bottom of the window, if the section is as long as that.
    pub(crate) fn keep_inside(&mut self) {
        let shape = self.shape;
        if self.len() > 0 {
            let width = shape.hex_width.max(1);
            let lines = self.len().div_ceil(width);
            let last_top = lines.saturating_sub(shape.hex_lines) * width;
            // What begins between two lines, as `--offset` can, stays so.
            if self.top > last_top && self.top != self.base {
                self.top = last_top;
            }
            self.top = self.top.min(self.len().saturating_sub(1));
            let last_row = self.row_count().saturating_sub(shape.table_lines);
            self.first_row = self.first_row.min(last_row);
        }
        let fields = self.record.as_ref().map_or(0, |record| record.fields.len());
        let last_field = match self.mode {
            Mode::Table => fields.saturating_sub(1),
            _ => fields.saturating_sub(shape.field_lines),
        };
        self.first_field = self.first_field.min(last_field);
    }
}

impl Shape {
    /// Lines around: the bar, the line under it, and the one at the bottom.
    const AROUND: u16 = 3;
    /// Less than this is no window to look through.
    pub(crate) const LEAST: (u16, u16) = (32, 6);

    fn of(state: &State, columns: u16, rows: u16) -> Shape {
        if columns < Shape::LEAST.0 || rows < Shape::LEAST.1 {
            return Shape::default();
        }
        let body = usize::from(rows - Shape::AROUND);
        // "00000000  ", "xx " for each byte, a gap in the middle, " |", characters, "|".
        let hex_width = match columns {
            78.. => 16,
            45.. => 8,
            _ => 4,
        };
        match (state.mode, &state.record) {
            (Mode::Table, Some(_)) => Shape {
                table_lines: body - 1,
                ..Shape::default()
            },
            (Mode::Fields, Some(record)) => {
                let wanted = record.fields.len() + 1;
                let below = wanted.min(body.div_ceil(2));
                Shape {
                    hex_lines: body - below,
                    hex_width,
                    field_lines: below - 1,
                    ..Shape::default()
                }
            }
            _ => Shape {
                hex_lines: body,
                hex_width,
                ..Shape::default()
            },
        }
    }
}
