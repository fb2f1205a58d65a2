//! A progress bar, for a terminal and only when it takes longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// How far a copy has come.
pub(crate) struct Progress {
    begun: Instant,
    /// How many bytes it will be, where that is known.
    total: Option<u64>,
    done: u64,
    bar: Option<ProgressBar>,
    wanted: bool,
}

impl Progress {
    /// Begins a copy. `shares_screen`: the data itself goes to the terminal, where a bar would
    /// only disturb.
    pub(crate) fn new(total: Option<usize>, shares_screen: bool) -> Self {
        Progress {
            begun: Instant::now(),
            total: total.map(|bytes| bytes as u64),
            done: 0,
            bar: None,
            wanted: !shares_screen && output::notes_are_seen(),
        }
    }

    /// Some more bytes are done.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.done += bytes as u64;
        if !self.wanted {
            return;
        }
        if self.bar.is_none() && self.begun.elapsed() >= Duration::from_secs(1) {
            self.bar = Some(bar(self.total).with_elapsed(self.begun.elapsed()));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => ProgressBar::new(total).with_style(style(
            "{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
        )),
        None => ProgressBar::new_spinner().with_style(style(
            "{spinner} {binary_bytes} {binary_bytes_per_sec} {elapsed}",
        )),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
