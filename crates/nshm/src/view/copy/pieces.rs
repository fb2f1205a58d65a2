//! Any length in pieces of 8, 4, 2 and 1 bytes, of which the last ends at the end and may overlap
//! the one before: few branches, and none where the compiler knows the length.

use super::access::{load_1, load_2, load_4, load_8, store_1, store_2, store_4, store_8};

/// # Safety
/// As for [`super::from_shared`].
#[inline]
pub(super) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match len {
            8 => target.cast::<u64>().write_unaligned(load_8(source)),
            4 => target.cast::<u32>().write_unaligned(load_4(source)),
            2 => target.cast::<u16>().write_unaligned(load_2(source)),
            1 => target.write(load_1(source)),
            _ => odd_from_shared(source, target, len),
        }
    }
}

/// # Safety
/// As for [`super::to_shared`].
#[inline]
pub(super) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        match len {
            8 => store_8(target, source.cast::<u64>().read_unaligned()),
            4 => store_4(target, source.cast::<u32>().read_unaligned()),
            2 => store_2(target, source.cast::<u16>().read_unaligned()),
            1 => store_1(target, source.read()),
            _ => odd_to_shared(source, target, len),
        }
    }
}

/// Lengths that take several pieces, apart, so that callers stay short.
///
/// # Safety
/// As for [`super::from_shared`].
#[inline(never)]
unsafe fn odd_from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise; `walk` gives pieces inside `len`.
    unsafe {
        walk(
            len,
            |at| from_shared(source.add(at), target.add(at), 1),
            |at| from_shared(source.add(at), target.add(at), 2),
            |at| from_shared(source.add(at), target.add(at), 4),
            |at| from_shared(source.add(at), target.add(at), 8),
        );
    }
}

/// The same for [`to_shared`].
///
/// # Safety
/// As for [`super::to_shared`].
#[inline(never)]
unsafe fn odd_to_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise; `walk` gives pieces inside `len`.
    unsafe {
        walk(
            len,
            |at| to_shared(source.add(at), target.add(at), 1),
            |at| to_shared(source.add(at), target.add(at), 2),
            |at| to_shared(source.add(at), target.add(at), 4),
            |at| to_shared(source.add(at), target.add(at), 8),
        );
    }
}

/// # Safety
/// As for [`super::fill_shared`].
#[inline]
pub(super) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise; `walk` stays inside `len`.
    unsafe {
        walk(
            len,
            |at| store_1(target.add(at), byte),
            |at| store_2(target.add(at), u16::from_ne_bytes([byte; 2])),
            |at| store_4(target.add(at), u32::from_ne_bytes([byte; 4])),
            |at| store_8(target.add(at), u64::from_ne_bytes([byte; 8])),
        );
    }
}

/// Covers `len` bytes with pieces, each given by where it begins.
#[inline]
fn walk(
    len: usize,
    one: impl Fn(usize),
    two: impl Fn(usize),
    four: impl Fn(usize),
    eight: impl Fn(usize),
) {
    match len {
        0 => {}
        1 => one(0),
        2 => two(0),
        3 => {
            two(0);
            one(2);
        }
        4 => four(0),
        5..8 => {
            four(0);
            four(len - 4);
        }
        8 => eight(0),
        _ => {
            let mut at = 0;
            while len - at > 8 {
                eight(at);
                at += 8;
            }
            eight(len - 8);
        }
    }
}
