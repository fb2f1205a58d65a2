//! profileapi.h: a clock for measuring.

use rustix::time::{ClockId, clock_gettime};

use super::boundary::Out;
use super::last_error::or_false;
use super::types::{BOOL, LARGE_INTEGER};
use super::winerror::*;

/// Ticks in a second, as many as on Windows since version 10.
const FREQUENCY: i64 = 10_000_000;
const NANOSECONDS_PER_TICK: i64 = 1_000_000_000 / FREQUENCY;

/// The time of a clock that never goes back, in ticks of 100 ns.
#[unsafe(export_name = "nshm_win32_QueryPerformanceCounter")]
pub extern "C" fn QueryPerformanceCounter(lpPerformanceCount: Out<LARGE_INTEGER>) -> BOOL {
    let now = clock_gettime(ClockId::Monotonic);
    tell(
        lpPerformanceCount,
        now.tv_sec * FREQUENCY + now.tv_nsec / NANOSECONDS_PER_TICK,
    )
}

/// How many ticks [`QueryPerformanceCounter`] counts in a second.
#[unsafe(export_name = "nshm_win32_QueryPerformanceFrequency")]
pub extern "C" fn QueryPerformanceFrequency(lpFrequency: Out<LARGE_INTEGER>) -> BOOL {
    tell(lpFrequency, FREQUENCY)
}

fn tell(place: Out<LARGE_INTEGER>, value: LARGE_INTEGER) -> BOOL {
    or_false(|| {
        if place.set(value) {
            Ok(())
        } else {
            Err(ERROR_NOACCESS)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::win32::types::{FALSE, TRUE};

    #[test]
    fn the_counter_goes_forward() {
        let (mut first, mut second, mut frequency) = (0, 0, 0);
        assert_eq!(QueryPerformanceCounter(Out::of(&mut first)), TRUE);
        assert_eq!(QueryPerformanceCounter(Out::of(&mut second)), TRUE);
        assert!(0 < first && first <= second);
        assert_eq!(QueryPerformanceFrequency(Out::of(&mut frequency)), TRUE);
        assert_eq!(frequency, 10_000_000);
        assert_eq!(QueryPerformanceFrequency(Out::NULL), FALSE);
    }
}
