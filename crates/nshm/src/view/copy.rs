//! Copies between shared memory and memory of this process.
//!
//! The compiler must not assume that shared bytes stay as they are, nor that nobody else touches
//! them. So short copies are relaxed atomic accesses, whole words where the shared side is
//! aligned, and long ones are a string instruction in inline assembly, which the compiler does
//! not look into. Both are defined whatever peers do meanwhile; the bytes may then be a mixture.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

/// From this length on the string instructions win (measured, see DESIGN.md).
#[cfg(all(target_arch = "x86_64", not(miri)))]
const LONG: usize = 256;

/// Copies out of shared memory.
///
/// # Safety
/// `source` has `len` readable bytes, which may be shared; `target` has `len` bytes that only
/// this caller uses. They do not overlap.
#[inline]
pub(crate) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if len >= LONG {
        // SAFETY: the caller's promise.
        return unsafe { string_copy(source, target, len) };
    }
    // SAFETY: the caller's promise; `walk` stays inside and gives aligned words.
    walk(
        source.addr(),
        len,
        |at| unsafe {
            let byte = (*source.add(at).cast::<AtomicU8>()).load(Relaxed);
            target.add(at).write(byte);
        },
        |at| unsafe {
            let word = (*source.add(at).cast::<AtomicU64>()).load(Relaxed);
            target.add(at).cast::<u64>().write_unaligned(word);
        },
    );
}

/// Copies into shared memory.
///
/// # Safety
/// `source` has `len` bytes that nobody writes meanwhile; `target` has `len` writable bytes,
/// which may be shared. They do not overlap.
#[inline]
pub(crate) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if len >= LONG {
        // SAFETY: the caller's promise.
        return unsafe { string_copy(source, target, len) };
    }
    // SAFETY: the caller's promise; `walk` stays inside and gives aligned words.
    walk(
        target.addr(),
        len,
        |at| unsafe {
            let byte = source.add(at).read();
            (*target.add(at).cast::<AtomicU8>()).store(byte, Relaxed);
        },
        |at| unsafe {
            let word = source.add(at).cast::<u64>().read_unaligned();
            (*target.add(at).cast::<AtomicU64>()).store(word, Relaxed);
        },
    );
}

/// Sets bytes of shared memory.
///
/// # Safety
/// `target` has `len` writable bytes, which may be shared.
#[inline]
pub(crate) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    if len >= LONG {
        // SAFETY: the caller's promise.
        return unsafe { string_fill(target, byte, len) };
    }
    let word = u64::from_ne_bytes([byte; 8]);
    // SAFETY: the caller's promise; `walk` stays inside and gives aligned words.
    walk(
        target.addr(),
        len,
        |at| unsafe { (*target.add(at).cast::<AtomicU8>()).store(byte, Relaxed) },
        |at| unsafe { (*target.add(at).cast::<AtomicU64>()).store(word, Relaxed) },
    );
}

/// Goes through `len` bytes at the shared `address`: single bytes up to the first aligned word,
/// then words, then the bytes that are left.
#[inline]
fn walk(address: usize, len: usize, byte: impl Fn(usize), word: impl Fn(usize)) {
    const WORD: usize = size_of::<u64>();
    let head = (address.wrapping_neg() % WORD).min(len);
    let mut at = 0;
    while at < head {
        byte(at);
        at += 1;
    }
    while len - at >= WORD {
        word(at);
        at += WORD;
    }
    while at < len {
        byte(at);
        at += 1;
    }
}

/// `rep movsb`
///
/// # Safety
/// `source` has `len` readable and `target` `len` writable bytes, and they do not overlap.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn string_copy(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise. The direction flag is clear at every call, as the ABI says.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") len => _,
            inout("rsi") source => _,
            inout("rdi") target => _,
            options(nostack, preserves_flags),
        );
    }
}

/// `rep stosb`
///
/// # Safety
/// `target` has `len` writable bytes.
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn string_fill(target: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise. The direction flag is clear at every call, as the ABI says.
    unsafe {
        std::arch::asm!(
            "rep stosb",
            inout("rcx") len => _,
            in("al") byte,
            inout("rdi") target => _,
            options(nostack, preserves_flags),
        );
    }
}
