//! Copies between shared memory and memory of this process.
//!
//! The compiler must not assume that shared bytes stay as they are, nor that nobody else touches
//! them. So short copies are relaxed atomic accesses, and long ones are vector instructions in
//! inline assembly, which the compiler does not look into. Both are defined whatever peers do
//! meanwhile; the bytes of one copy may then belong to different moments.
//!
//! A copy of 1, 2, 4 or 8 bytes at an address that is their multiple is one access, so it is
//! never torn. The choice of instructions was measured; see DESIGN.md.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

#[cfg(all(target_arch = "x86_64", not(miri)))]
use self::vector as long;
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
use self::words as long;

/// From this length on a copy is handed to `long`.
const LONG: usize = 16;

/// Copies out of shared memory.
///
/// # Safety
/// `source` has `len` readable bytes, which may be shared; `target` has `len` bytes that only
/// this caller uses. They do not overlap.
#[inline]
pub(crate) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise covers `len` bytes on both sides in each case, and the guard
    // of a case says that the address is aligned.
    unsafe {
        match len {
            8 if source.addr().is_multiple_of(8) => target
                .cast::<u64>()
                .write_unaligned((*source.cast::<AtomicU64>()).load(Relaxed)),
            4 if source.addr().is_multiple_of(4) => target
                .cast::<u32>()
                .write_unaligned((*source.cast::<AtomicU32>()).load(Relaxed)),
            2 if source.addr().is_multiple_of(2) => target
                .cast::<u16>()
                .write_unaligned((*source.cast::<AtomicU16>()).load(Relaxed)),
            LONG.. => long::from_shared(source, target, len),
            _ => words::from_shared(source, target, len),
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
    // SAFETY: the caller's promise covers `len` bytes on both sides in each case, and the guard
    // of a case says that the address is aligned.
    unsafe {
        match len {
            8 if target.addr().is_multiple_of(8) => {
                let value = source.cast::<u64>().read_unaligned();
                (*target.cast::<AtomicU64>()).store(value, Relaxed);
            }
            4 if target.addr().is_multiple_of(4) => {
                let value = source.cast::<u32>().read_unaligned();
                (*target.cast::<AtomicU32>()).store(value, Relaxed);
            }
            2 if target.addr().is_multiple_of(2) => {
                let value = source.cast::<u16>().read_unaligned();
                (*target.cast::<AtomicU16>()).store(value, Relaxed);
            }
            LONG.. => long::to_shared(source, target, len),
            _ => words::to_shared(source, target, len),
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
            words::fill_shared(target, byte, len);
        }
    }
}

/// Any length on any machine: words where the shared side is aligned, single bytes around them.
mod words {
    use super::{AtomicU8, AtomicU64, Relaxed};

    const WORD: usize = size_of::<u64>();

    /// # Safety
    /// As for [`super::from_shared`].
    pub(super) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
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
}

/// Sixteen bytes and more on x86-64.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod vector {
    use std::arch::asm;

    /// A step of the loop over AVX registers, in bytes.
    const BLOCK: usize = 128;

    /// From this length on, more than caches hold, stores go past them.
    const STREAM: usize = 16 << 20;

    /// # Safety
    /// As for [`super::from_shared`], and `len` is at least 16.
    pub(super) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
        // SAFETY: the caller's promise.
        unsafe { copy(source, target, len) }
    }

    /// # Safety
    /// As for [`super::to_shared`], and `len` is at least 16.
    pub(super) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
        // SAFETY: the caller's promise.
        unsafe { copy(source, target, len) }
    }

    /// # Safety
    /// `source` has `len` readable and `target` `len` writable bytes that do not overlap, and
    /// `len` is at least 16.
    #[inline]
    unsafe fn copy(source: *const u8, target: *mut u8, len: usize) {
        let mut done = 0;
        // SAFETY: every step copies bytes below `len`: blocks are counted from what is left, and
        // the last sixteen bytes end at `len`. They may copy some bytes twice, which changes
        // nothing in what this caller can see.
        unsafe {
            if len >= BLOCK && std::arch::is_x86_feature_detected!("avx") {
                if len >= STREAM {
                    // Streaming stores want aligned addresses. Go ahead to the first one.
                    copy_sixteen(source, target);
                    copy_sixteen(source.add(16), target.add(16));
                    done = 32 - target.addr() % 32;
                    done += stream_blocks(source.add(done), target.add(done), len - done);
                } else {
                    done = copy_blocks(source, target, len);
                }
            }
            while len - done >= 16 {
                copy_sixteen(source.add(done), target.add(done));
                done += 16;
            }
            if done < len {
                copy_sixteen(source.add(len - 16), target.add(len - 16));
            }
        }
    }

    /// # Safety
    /// Sixteen bytes are readable at `source` and writable at `target`.
    #[inline]
    unsafe fn copy_sixteen(source: *const u8, target: *mut u8) {
        // SAFETY: the caller's promise. SSE2 is part of x86-64.
        unsafe {
            asm!(
                "movups {value}, [{source}]",
                "movups [{target}], {value}",
                source = in(reg) source,
                target = in(reg) target,
                value = out(xmm_reg) _,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Copies the whole blocks in `len` and says how many bytes that were.
    ///
    /// # Safety
    /// As for [`copy`]; the processor has AVX, and there is at least one block.
    #[inline]
    unsafe fn copy_blocks(source: *const u8, target: *mut u8, len: usize) -> usize {
        let blocks = len / BLOCK;
        // SAFETY: the caller's promise; the loop ends with the last whole block.
        unsafe {
            asm!(
                "2:",
                "vmovups ymm0, [{source}]",
                "vmovups ymm1, [{source} + 32]",
                "vmovups ymm2, [{source} + 64]",
                "vmovups ymm3, [{source} + 96]",
                "vmovups [{target}], ymm0",
                "vmovups [{target} + 32], ymm1",
                "vmovups [{target} + 64], ymm2",
                "vmovups [{target} + 96], ymm3",
                "add {source}, 128",
                "add {target}, 128",
                "dec {blocks}",
                "jnz 2b",
                "vzeroupper",
                source = inout(reg) source => _,
                target = inout(reg) target => _,
                blocks = inout(reg) blocks => _,
                out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _,
                options(nostack),
            );
        }
        blocks * BLOCK
    }

    /// The same past the caches.
    ///
    /// # Safety
    /// As for [`copy_blocks`]; `target` is a multiple of 32.
    #[inline(never)]
    unsafe fn stream_blocks(source: *const u8, target: *mut u8, len: usize) -> usize {
        let blocks = len / BLOCK;
        // SAFETY: the caller's promise; the loop ends with the last whole block. The fence puts
        // the stores in order with whatever is stored after them.
        unsafe {
            asm!(
                "2:",
                "vmovups ymm0, [{source}]",
                "vmovups ymm1, [{source} + 32]",
                "vmovups ymm2, [{source} + 64]",
                "vmovups ymm3, [{source} + 96]",
                "vmovntps [{target}], ymm0",
                "vmovntps [{target} + 32], ymm1",
                "vmovntps [{target} + 64], ymm2",
                "vmovntps [{target} + 96], ymm3",
                "add {source}, 128",
                "add {target}, 128",
                "dec {blocks}",
                "jnz 2b",
                "vzeroupper",
                "sfence",
                source = inout(reg) source => _,
                target = inout(reg) target => _,
                blocks = inout(reg) blocks => _,
                out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _,
                options(nostack),
            );
        }
        blocks * BLOCK
    }

    /// # Safety
    /// As for [`super::fill_shared`].
    pub(super) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
        // SAFETY: the caller's promise. The direction flag is clear at every call, as the ABI
        // says.
        unsafe {
            asm!(
                "rep stosb",
                inout("rcx") len => _,
                in("al") byte,
                inout("rdi") target => _,
                options(nostack, preserves_flags),
            );
        }
    }
}
