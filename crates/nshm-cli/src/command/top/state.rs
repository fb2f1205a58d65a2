//! What `nshm top` knows: the rows, their order, the cursor.

use std::time::{Duration, Instant};

use nshm::Name;

use super::sample::{Identity, Rate};
use crate::entry::{Entry, Holder};
use crate::screen::Prompt;

/// How long a message stays.
const MESSAGE: Duration = Duration::from_secs(8);

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) identity: Identity,
    /// Its name, safe to show.
    pub(crate) shown: String,
    pub(crate) entry: Entry,
    pub(crate) rate: Rate,
    /// Its creator's name, and its age, where the system tells.
    pub(crate) creator: Option<String>,
    pub(crate) age: Option<Duration>,
}

impl Row {
    pub(crate) fn name(&self) -> &Name {
        &self.identity.0
    }
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Name,
    Size,
    Resident,
    Holders,
    Writes,
    Age,
}

impl Sort {
    /// The order in which a key goes through them.
    const ALL: [Sort; 6] = [
        Sort::Size,
        Sort::Resident,
        Sort::Holders,
        Sort::Writes,
        Sort::Age,
        Sort::Name,
    ];

    pub(crate) fn next(self) -> Sort {
        let at = Sort::ALL.iter().position(|sort| *sort == self);
        Sort::ALL[(at.unwrap_or(0) + 1) % Sort::ALL.len()]
    }

    /// Whether `a` comes before `b`: the largest first, names from A to Z.
    fn order(self, a: &Row, b: &Row) -> std::cmp::Ordering {
        match self {
            Sort::Name => std::cmp::Ordering::Equal,
            Sort::Size => b.entry.size.cmp(&a.entry.size),
            Sort::Resident => b.entry.resident.cmp(&a.entry.resident),
            Sort::Holders => b.entry.holders.len().cmp(&a.entry.holders.len()),
            Sort::Writes => b.rate.sort_key().total_cmp(&a.rate.sort_key()),
            Sort::Age => b.age.cmp(&a.age),
        }
        .then_with(|| a.shown.cmp(&b.shown))
    }
}

/// A line that is being typed, and what for.
#[derive(Debug)]
pub(crate) enum Asking {
    Filter(Prompt),
    Save(Name, Prompt),
}

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct State {
    /// All of them, in no order.
    pub(crate) all: Vec<Row>,
    /// What could not be listed, in words.
    pub(crate) hidden: Vec<String>,
    /// Whose holdings could not be seen, in words.
    pub(crate) unseen: Vec<&'static str>,
    /// Whether the list was ever made.
    pub(crate) is_listed: bool,
    pub(crate) sort: Sort,
    pub(crate) reversed: bool,
    pub(crate) filter: String,
    /// The object that the cursor is on.
    selected: Option<Identity>,
    /// The first row that is shown.
    pub(crate) first: usize,
    /// How many rows are shown.
    pub(crate) lines: usize,
    pub(crate) paused: bool,
    pub(crate) help: bool,
    pub(crate) asking: Option<Asking>,
    /// The object of which all is told.
    pub(crate) details: Option<Identity>,
    pub(crate) interval: Duration,
    message: Option<(String, bool, Instant)>,
}

impl State {
    pub(crate) fn new(sort: Sort, interval: Duration) -> Self {
        State {
            all: Vec::new(),
            hidden: Vec::new(),
            unseen: Vec::new(),
            is_listed: false,
            sort,
            reversed: false,
            filter: String::new(),
            selected: None,
            first: 0,
            lines: 0,
            paused: false,
            help: false,
            asking: None,
            details: None,
            interval,
            message: None,
        }
    }

    /// The rows that pass the filter, in order.
    pub(crate) fn rows(&self) -> Vec<&Row> {
        let wanted = self.filter.to_lowercase();
        let passes = |row: &&Row| row.shown.to_lowercase().contains(&wanted);
        let mut rows: Vec<_> = self.all.iter().filter(passes).collect();
        rows.sort_by(|a, b| self.sort.order(a, b));
        if self.reversed {
            rows.reverse();
        }
        rows
    }

    /// The row that the cursor is on, and its place.
    pub(crate) fn selected(&self) -> Option<(usize, Row)> {
        let rows = self.rows();
        let at = rows
            .iter()
            .position(|row| Some(&row.identity) == self.selected.as_ref());
        let at = at.or((!rows.is_empty()).then_some(0))?;
        Some((at, (*rows.get(at)?).clone()))
    }

    /// The row of which all is told, while it is there.
    pub(crate) fn inspected(&self) -> Option<&Row> {
        let wanted = self.details.as_ref()?;
        self.all.iter().find(|row| row.identity == *wanted)
    }

    /// Who holds an object, line by line, and who may hold it unseen.
    pub(crate) fn holders(&self, row: &Row) -> Vec<String> {
        let mut words: Vec<_> = match row.entry.holders.is_empty() {
            true => vec![row.entry.holder_words()],
            false => row.entry.holders.iter().map(Holder::words).collect(),
        };
        if row.entry.may_have_more_holders() {
            words.extend(self.unseen.iter().map(|unseen| format!("({unseen})")));
        }
        words
    }

    /// Puts the cursor on a row, as near as there is one.
    pub(crate) fn select(&mut self, at: usize) {
        let rows = self.rows();
        let at = at.min(rows.len().saturating_sub(1));
        self.selected = rows.get(at).map(|row| row.identity.clone());
        self.keep_in_view(at);
    }

    /// Scrolls so that a row is seen.
    fn keep_in_view(&mut self, at: usize) {
        let count = self.rows().len();
        self.first = self.first.min(count.saturating_sub(self.lines.max(1)));
        if at < self.first {
            self.first = at;
        } else if at >= self.first + self.lines.max(1) {
            self.first = at + 1 - self.lines.max(1);
        }
    }

    /// The list is another one now. The cursor stays on its object or, if that has gone, at its
    /// place.
    pub(crate) fn take(&mut self, all: Vec<Row>, hidden: Vec<String>) {
        let before = self.selected().map_or(0, |(at, _)| at);
        let is_there = all
            .iter()
            .any(|row| Some(&row.identity) == self.selected.as_ref());
        self.all = all;
        self.hidden = hidden;
        self.is_listed = true;
        if self.selected.is_some() && !is_there {
            self.select(before);
        }
        self.follow();
    }

    /// Keeps the cursor in view after the rows have another order or number.
    pub(crate) fn follow(&mut self) {
        if let Some((at, _)) = self.selected() {
            self.keep_in_view(at);
        }
    }

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.message = Some((text.into(), false, Instant::now()));
    }

    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.message = Some((text.into(), true, Instant::now()));
    }

    /// The message, and whether it is bad, unless it is old.
    pub(crate) fn message(&self) -> Option<(&str, bool)> {
        let (text, is_bad, at) = self.message.as_ref()?;
        (at.elapsed() < MESSAGE).then_some((text, *is_bad))
    }
}
