//! Looking at a word for a while before sleeping on it.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;
use std::{hint, thread};

use super::call;

/// How often a thread looks at a word before it sleeps, and how long it goes on looking while it lets
/// others run. By measurement: a round trip between two CPUs takes 100 µs where both sleep, 6 µs with
/// the looks alone and 0.4 µs with both; more time than this did not make it faster.
const LOOKS: u32 = 100;
const LONGEST: Duration = Duration::from_micros(10);

/// Looks at something for about as long as a sleep would cost. Whether it has changed.
#[inline]
pub(super) fn spin_while(is_same: impl Fn() -> bool) -> bool {
    match Cpus::of_this_process() {
        Cpus::One => false,
        Cpus::Bound => PATIENCE.with(|patience| patience.spend(|| look(is_same, hint::spin_loop))),
        Cpus::Several => look(is_same, thread::yield_now),
    }
}

#[inline(always)]
fn look(is_same: impl Fn() -> bool, between: impl Fn()) -> bool {
    for _ in 0..LOOKS {
        hint::spin_loop();
        if !is_same() {
            return true;
        }
    }
    let end = call::now() + LONGEST;
    while call::now() < end {
        between();
        if !is_same() {
            return true;
        }
    }
    false
}

/// Where a process may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cpus {
    /// Whatever it waits for cannot happen while it looks.
    One,
    /// On one of several: who makes it wait may run on another one, or on the same.
    Bound,
    Several,
}

impl Cpus {
    /// As it was when this process first waited.
    fn of_this_process() -> Cpus {
        static CPUS: OnceLock<Cpus> = OnceLock::new();
        *CPUS.get_or_init(|| {
            if thread::available_parallelism().is_ok_and(|count| count.get() > 1) {
                Cpus::Several
            } else if call::is_bound_to_one_cpu() && call::online_cpus() > 1 {
                Cpus::Bound
            } else {
                Cpus::One
            }
        })
    }
}

/// What a thread on one of several CPUs has learned about looking: on the CPU of who makes it wait it is
/// in vain.
struct Patience {
    /// How many waits there were since looking last helped.
    vain: Cell<u32>,
}

impl Patience {
    /// So many waits in vain are put up with, ...
    const MOST: u32 = 8;
    /// ... and from then on only one of that many is tried.
    const RARELY: u32 = 256;

    fn spend(&self, look: impl FnOnce() -> bool) -> bool {
        let vain = self.vain.get();
        let helps = (vain < Self::MOST || vain.is_multiple_of(Self::RARELY)) && look();
        self.vain.set(if helps { 0 } else { vain.wrapping_add(1) });
        helps
    }
}

thread_local! {
    static PATIENCE: Patience = const { Patience { vain: Cell::new(0) } };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_in_vain_becomes_rare_and_starts_again_with_success() {
        let patience = Patience { vain: Cell::new(0) };
        let looks = Cell::new(0);
        let wait = |helps| {
            patience.spend(|| {
                looks.set(looks.get() + 1);
                helps
            })
        };
        for _ in 0..1_000 {
            assert!(!wait(false));
        }
        assert_eq!(looks.take(), Patience::MOST + 1_000 / Patience::RARELY);
        while !wait(true) {}
        assert_eq!(looks.take(), 1);
        for _ in 0..10 {
            assert!(wait(true));
        }
        assert_eq!(looks.take(), 10);
    }

    #[test]
    fn a_change_is_seen_and_a_word_that_stays_is_left_in_time() {
        for between in [hint::spin_loop as fn(), thread::yield_now] {
            let left = Cell::new(LOOKS + 1);
            let is_same = || {
                left.set(left.get() - 1);
                left.get() != 0
            };
            assert!(look(is_same, between));
            assert!(!look(|| true, between));
        }
    }
}
