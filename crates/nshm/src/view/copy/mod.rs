//! Copies between shared memory and memory of this process.
//!
//! The compiler must not assume that shared bytes stay as they are, nor that nobody else touches
//! them, and the language says nothing of accesses to the same bytes by different sizes. So what
//! touches shared bytes is inline assembly, which the compiler does not look into: the processor
//! defines what happens, whatever peers do meanwhile. The bytes of one copy may then belong to
//! different moments.
//!
//! A copy of 1, 2, 4 or 8 bytes at an address that is their multiple is one access, so it is
//! never torn. The choice of instructions was measured; see DESIGN.md.

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod access;
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
mod atomics;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod pieces;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod vector;

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
use self::atomics as short;
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
use self::pieces as short;
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
use self::short as long;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use self::vector as long;

/// From this length on a copy is handed to `long`.
const LONG: usize = 16;

/// Copies out of shared memory.
///
/// # Safety
/// `source` has `len` readable bytes, which may be shared; `target` has `len` bytes that only
/// this caller uses. They do not overlap.
#[inline]
pub(crate) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if len >= LONG {
            long::from_shared(source, target, len);
        } else {
            short::from_shared(source, target, len);
        }
    }
}

/// Copies into shared memory.
///
/// # Safety
/// `source` has `len` bytes that nobody writes meanwhile; `target` has `len` writable bytes,
/// which may be shared. They do not overlap.
#[inline]
pub(crate) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if len >= LONG {
            long::to_shared(source, target, len);
        } else {
            short::to_shared(source, target, len);
        }
    }
}

/// Sets bytes of shared memory.
///
/// # Safety
/// `target` has `len` writable bytes, which may be shared.
#[inline]
pub(crate) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if len >= LONG {
            long::fill_shared(target, byte, len);
        } else {
            short::fill_shared(target, byte, len);
        }
    }
}
