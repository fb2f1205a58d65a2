//! Any length on any machine, and under Miri: relaxed atomics, words where the shared side is
//! aligned and single bytes around them.
//!
//! The language leaves open what racing accesses of different sizes give; machines do not.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

const WORD: usize = size_of::<u64>();

/// # Safety
/// As for [`super::from_shared`].
pub(super) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise, and the guard of a case says that the address is aligned.
    unsafe {
        match len {
            4 if source.addr().is_multiple_of(4) => {
                let value = (*source.cast::<AtomicU32>()).load(Relaxed);
                return target.cast::<u32>().write_unaligned(value);
            }
            2 if source.addr().is_multiple_of(2) => {
                let value = (*source.cast::<AtomicU16>()).load(Relaxed);
                return target.cast::<u16>().write_unaligned(value);
            }
            _ => {}
        }
    }
    walk(
        source.addr(),
        len,
        // SAFETY: the caller's promise; `walk` stays inside `len`.
        |at| unsafe {
            let byte = (*source.add(at).cast::<AtomicU8>()).load(Relaxed);
            target.add(at).write(byte);
        },
        // SAFETY: as above, and `walk` gives whole words at aligned addresses of `source`.
        |at| unsafe {
            let word = (*source.add(at).cast::<AtomicU64>()).load(Relaxed);
            target.add(at).cast::<u64>().write_unaligned(word);
        },
    );
}

/// # Safety
/// As for [`super::to_shared`].
pub(super) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise, and the guard of a case says that the address is aligned.
    unsafe {
        match len {
            4 if target.addr().is_multiple_of(4) => {
                let value = source.cast::<u32>().read_unaligned();
                return (*target.cast::<AtomicU32>()).store(value, Relaxed);
            }
            2 if target.addr().is_multiple_of(2) => {
                let value = source.cast::<u16>().read_unaligned();
                return (*target.cast::<AtomicU16>()).store(value, Relaxed);
            }
            _ => {}
        }
    }
    walk(
        target.addr(),
        len,
        // SAFETY: the caller's promise; `walk` stays inside `len`.
        |at| unsafe {
            let byte = source.add(at).read();
            (*target.add(at).cast::<AtomicU8>()).store(byte, Relaxed);
        },
        // SAFETY: as above, and `walk` gives whole words at aligned addresses of `target`.
        |at| unsafe {
            let word = source.add(at).cast::<u64>().read_unaligned();
            (*target.add(at).cast::<AtomicU64>()).store(word, Relaxed);
        },
    );
}

/// # Safety
/// As for [`super::fill_shared`].
pub(super) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
    let word = u64::from_ne_bytes([byte; WORD]);
    walk(
        target.addr(),
        len,
        // SAFETY: the caller's promise; `walk` stays inside `len`.
        |at| unsafe { (*target.add(at).cast::<AtomicU8>()).store(byte, Relaxed) },
        // SAFETY: as above, and `walk` gives whole words at aligned addresses of `target`.
        |at| unsafe { (*target.add(at).cast::<AtomicU64>()).store(word, Relaxed) },
    );
}

/// Goes through `len` bytes at the shared `address`: single bytes up to the first aligned
/// word, then words, then the bytes that are left.
#[inline]
fn walk(address: usize, len: usize, byte: impl Fn(usize), word: impl Fn(usize)) {
    let head = (address.wrapping_neg() % WORD).min(len);
    for at in 0..head {
        byte(at);
    }
    let mut at = head;
    while len - at >= WORD {
        word(at);
        at += WORD;
    }
    for at in at..len {
        byte(at);
    }
}
