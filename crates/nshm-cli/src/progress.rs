//! A progress bar, for a terminal and only when it takes longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;
use crate::size;

/// How far a copy has come.
pub(crate) struct Progress {
    begun: Instant,
    /// It counts from the beginning, so that it knows the speed, and is seen later.
    bar: ProgressBar,
    seen: bool,
}

impl Progress {
    /// Begins a copy of `total` bytes, where that is known. `shares_screen`: the data itself goes
    /// to the terminal, where a bar would only disturb.
    pub(crate) fn new(total: Option<usize>, shares_screen: bool) -> Self {
        let bar = bar(total.map(|bytes| bytes as u64));
        bar.set_draw_target(ProgressDrawTarget::hidden());
        Progress {
            begun: Instant::now(),
            bar,
            // One that is never to be seen counts as seen.
            seen: shares_screen || !output::notes_are_seen(),
        }
    }

    /// Some more bytes are done.
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.bar.inc(bytes as u64);
        if !self.seen && self.begun.elapsed() >= Duration::from_secs(1) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.seen = true;
        }
    }

    /// All is done. Who saw the bar is told how long it took, and the throughput.
    pub(crate) fn done(&mut self) {
        let shown = !self.bar.is_hidden();
        self.bar.finish_and_clear();
        if shown {
            let bytes = self.bar.position();
            output::say(&throughput(bytes, self.begun.elapsed()));
        }
    }
}

/// `3 GiB in 1.5 s, 2 GiB/s`.
fn throughput(bytes: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64().max(0.001);
    format!(
        "{} in {seconds:.1} s, {}/s",
        size::human(bytes),
        size::human((bytes as f64 / seconds) as u64)
    )
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_for_people() {
        let words = throughput(3 << 30, Duration::from_millis(1500));
        assert_eq!(words, "3 GiB in 1.5 s, 2 GiB/s");
        assert!(throughput(0, Duration::ZERO).ends_with("0 B/s"));
    }
}
