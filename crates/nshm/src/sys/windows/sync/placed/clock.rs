//! The time as the rules take it: so long after a moment of this process.

use std::hint;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::protocol::Until;

/// What is looked at is looked at so often in a row, and then politely for so long, before a thread
/// goes to sleep.
const LOOKS: u32 = 100;
const POLITE_LOOKS: Duration = Duration::from_micros(10);

fn now() -> Duration {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    BEGINNING.get_or_init(Instant::now).elapsed()
}

/// Until when to wait that waits for so long. A time beyond what the clock can tell is for ever.
pub(super) fn until(timeout: Option<Duration>) -> Until {
    match timeout {
        None => Until::Forever,
        Some(Duration::ZERO) => Until::Now,
        Some(timeout) => now().checked_add(timeout).map_or(Until::Forever, Until::At),
    }
}

/// How long that is from now on; `None`: for ever.
pub(super) fn left(until: Until) -> Option<Duration> {
    match until {
        Until::Now => Some(Duration::ZERO),
        Until::At(time) => Some(time.saturating_sub(now())),
        Until::Forever => None,
    }
}

pub(super) fn is_past(until: Until) -> bool {
    left(until) == Some(Duration::ZERO)
}

/// Looks at something for about as long as a sleep would cost. Whether it has changed.
pub(super) fn spin_while(is_same: impl Fn() -> bool) -> bool {
    if !has_several_cpus() {
        return false;
    }
    for _ in 0..LOOKS {
        hint::spin_loop();
        if !is_same() {
            return true;
        }
    }
    let end = now() + POLITE_LOOKS;
    while now() < end {
        thread::yield_now();
        if !is_same() {
            return true;
        }
    }
    false
}

fn has_several_cpus() -> bool {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    *SEVERAL.get_or_init(|| thread::available_parallelism().is_ok_and(|count| count.get() > 1))
}
