//! Loads of atomics on pages that this process may only read.
//!
//! The language promises of such pages that relaxed loads work, and of no others (`std::sync::atomic`,
//! "Atomic accesses to read-only memory"). So their order comes from fences.

use std::sync::atomic::{Ordering, fence};

/// Does a load with that ordering.
///
/// # Panics
/// Where no load can have it, as the load itself does.
#[inline]
pub(crate) fn ordered<T>(ordering: Ordering, load: impl FnOnce(Ordering) -> T) -> T {
    match ordering {
        Ordering::Acquire => {
            let value = load(Ordering::Relaxed);
            fence(Ordering::Acquire);
            value
        }
        Ordering::SeqCst => {
            fence(Ordering::SeqCst);
            let value = load(Ordering::Relaxed);
            fence(Ordering::Acquire);
            value
        }
        ordering => load(ordering),
    }
}
