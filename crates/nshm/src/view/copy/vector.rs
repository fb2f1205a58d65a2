//! Sixteen bytes and more on x86-64.
//!
//! Any length up to twice that of a piece is two pieces, one at each end, which overlap: that needs
//! no loop and few branches. So some bytes are copied twice, which changes nothing that this caller
//! can see.
//!
//! `vzeroupper` clears the upper halves of all sixteen registers, whatever the compiler keeps there:
//! so each block that ends with it names all of them.

use std::arch::asm;
use std::arch::x86_64::{__m128i, _mm_set1_epi8};

/// A step of the loop over AVX registers, in bytes.
const BLOCK: usize = 128;

/// From this length on, more than caches hold, stores go past them.
const STREAM: usize = 16 << 20;

/// From this length on the processor fills faster by itself than in a loop.
const LONG_FILL: usize = 4 << 10;

/// # Safety
/// As for [`super::from_shared`], and `len` is at least 16.
#[inline]
pub(super) unsafe fn from_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { copy(source, target, len) }
}

/// # Safety
/// As for [`super::to_shared`], and `len` is at least 16.
#[inline]
pub(super) unsafe fn to_shared(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { copy(source, target, len) }
}

/// # Safety
/// `source` has `len` readable and `target` `len` writable bytes that do not overlap, and
/// `len` is at least 16.
unsafe fn copy(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise. Each length has room for the pieces of its case, of which
    // the last ends at `len`.
    unsafe {
        match len {
            0..=32 => {
                copy_16(source, target);
                copy_16(source.add(len - 16), target.add(len - 16));
            }
            33..=64 => {
                copy_32(source, target);
                copy_32(source.add(len - 32), target.add(len - 32));
            }
            65..=BLOCK => {
                copy_64(source, target);
                copy_64(source.add(len - 64), target.add(len - 64));
            }
            _ if !std::arch::is_x86_feature_detected!("avx") => copy_pieces(source, target, len),
            _ if len < STREAM => copy_blocks(source, target, len),
            _ => {
                // Streaming stores want aligned addresses. Go ahead to the first one.
                copy_32(source, target);
                let done = 32 - target.addr() % 32;
                stream_blocks(source.add(done), target.add(done), len - done);
                copy_64(source.add(len - BLOCK), target.add(len - BLOCK));
                copy_64(source.add(len - 64), target.add(len - 64));
            }
        }
    }
}

/// # Safety
/// Sixteen bytes are readable at `source` and writable at `target`.
#[inline]
unsafe fn copy_16(source: *const u8, target: *mut u8) {
    // SAFETY: the caller's promise. SSE2 is part of x86-64.
    unsafe {
        asm!(
            "movups {a}, [{source}]",
            "movups [{target}], {a}",
            source = in(reg) source,
            target = in(reg) target,
            a = out(xmm_reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// # Safety
/// 32 bytes are readable at `source` and writable at `target`.
#[inline]
unsafe fn copy_32(source: *const u8, target: *mut u8) {
    // SAFETY: the caller's promise. SSE2 is part of x86-64.
    unsafe {
        asm!(
            "movups {a}, [{source}]",
            "movups {b}, [{source} + 16]",
            "movups [{target}], {a}",
            "movups [{target} + 16], {b}",
            source = in(reg) source,
            target = in(reg) target,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// # Safety
/// 64 bytes are readable at `source` and writable at `target`.
#[inline]
unsafe fn copy_64(source: *const u8, target: *mut u8) {
    // SAFETY: the caller's promise. SSE2 is part of x86-64.
    unsafe {
        asm!(
            "movups {a}, [{source}]",
            "movups {b}, [{source} + 16]",
            "movups {c}, [{source} + 32]",
            "movups {d}, [{source} + 48]",
            "movups [{target}], {a}",
            "movups [{target} + 16], {b}",
            "movups [{target} + 32], {c}",
            "movups [{target} + 48], {d}",
            source = in(reg) source,
            target = in(reg) target,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// Any length from 64 bytes on without AVX.
///
/// # Safety
/// As for [`copy`], and `len` is at least 64.
unsafe fn copy_pieces(source: *const u8, target: *mut u8, len: usize) {
    let mut done = 0;
    // SAFETY: the caller's promise; each piece ends at `len` at the latest.
    unsafe {
        while len - done > 64 {
            copy_64(source.add(done), target.add(done));
            done += 64;
        }
        copy_64(source.add(len - 64), target.add(len - 64));
    }
}

/// Copies blocks from the beginning on, and then the last one, which ends at `len`.
///
/// # Safety
/// As for [`copy`]; the processor has AVX, and there is more than one block.
#[inline]
unsafe fn copy_blocks(source: *const u8, target: *mut u8, len: usize) {
    // SAFETY: the caller's promise; the loop ends before the last block ends, and that is in
    // `len`.
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
            "vmovups ymm0, [{last_source}]",
            "vmovups ymm1, [{last_source} + 32]",
            "vmovups ymm2, [{last_source} + 64]",
            "vmovups ymm3, [{last_source} + 96]",
            "vmovups [{last_target}], ymm0",
            "vmovups [{last_target} + 32], ymm1",
            "vmovups [{last_target} + 64], ymm2",
            "vmovups [{last_target} + 96], ymm3",
            "vzeroupper",
            source = inout(reg) source => _,
            target = inout(reg) target => _,
            blocks = inout(reg) (len - 1) / BLOCK => _,
            last_source = in(reg) source.add(len - BLOCK),
            last_target = in(reg) target.add(len - BLOCK),
            out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _,
            out("ymm4") _, out("ymm5") _, out("ymm6") _, out("ymm7") _,
            out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack),
        );
    }
}

/// Copies the whole blocks in `len`, past the caches.
///
/// # Safety
/// As for [`copy_blocks`]; `target` is a multiple of 32.
#[inline(never)]
unsafe fn stream_blocks(source: *const u8, target: *mut u8, len: usize) {
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
            blocks = inout(reg) len / BLOCK => _,
            out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _,
            out("ymm4") _, out("ymm5") _, out("ymm6") _, out("ymm7") _,
            out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack),
        );
    }
}

/// # Safety
/// As for [`super::fill_shared`], and `len` is at least 16.
pub(super) unsafe fn fill_shared(target: *mut u8, byte: u8, len: usize) {
    if len >= LONG_FILL {
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
        return;
    }
    // SAFETY: SSE2 is part of x86-64.
    let value = unsafe { _mm_set1_epi8(byte.cast_signed()) };
    // SAFETY: the caller's promise. Each length has room for the pieces of its case, of which
    // the last ends at `len`.
    unsafe {
        match len {
            0..=32 => {
                fill_16(target, value);
                fill_16(target.add(len - 16), value);
            }
            33..=64 => {
                fill_32(target, value);
                fill_32(target.add(len - 32), value);
            }
            65..=BLOCK => {
                fill_32(target, value);
                fill_32(target.add(32), value);
                fill_32(target.add(len - 64), value);
                fill_32(target.add(len - 32), value);
            }
            _ if !std::arch::is_x86_feature_detected!("avx") => fill_pieces(target, value, len),
            _ => fill_blocks(target, value, len),
        }
    }
}

/// # Safety
/// Sixteen bytes are writable at `target`.
#[inline]
unsafe fn fill_16(target: *mut u8, value: __m128i) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "movups [{target}], {value}",
            target = in(reg) target,
            value = in(xmm_reg) value,
            options(nostack, preserves_flags),
        );
    }
}

/// # Safety
/// 32 bytes are writable at `target`.
#[inline]
unsafe fn fill_32(target: *mut u8, value: __m128i) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "movups [{target}], {value}",
            "movups [{target} + 16], {value}",
            target = in(reg) target,
            value = in(xmm_reg) value,
            options(nostack, preserves_flags),
        );
    }
}

/// Any length from 32 bytes on without AVX.
///
/// # Safety
/// As for [`super::fill_shared`], and `len` is at least 32.
unsafe fn fill_pieces(target: *mut u8, value: __m128i, len: usize) {
    let mut done = 0;
    // SAFETY: the caller's promise; each piece ends at `len` at the latest.
    unsafe {
        while len - done > 32 {
            fill_32(target.add(done), value);
            done += 32;
        }
        fill_32(target.add(len - 32), value);
    }
}

/// Fills blocks from the beginning on, and then the last one, which ends at `len`.
///
/// # Safety
/// As for [`super::fill_shared`]; the processor has AVX, and there is more than one block.
#[inline]
unsafe fn fill_blocks(target: *mut u8, value: __m128i, len: usize) {
    // SAFETY: the caller's promise; the loop ends before the last block ends, and that is in
    // `len`.
    unsafe {
        asm!(
            "vinsertf128 ymm0, ymm0, xmm0, 1",
            "2:",
            "vmovups [{target}], ymm0",
            "vmovups [{target} + 32], ymm0",
            "vmovups [{target} + 64], ymm0",
            "vmovups [{target} + 96], ymm0",
            "add {target}, 128",
            "dec {blocks}",
            "jnz 2b",
            "vmovups [{last}], ymm0",
            "vmovups [{last} + 32], ymm0",
            "vmovups [{last} + 64], ymm0",
            "vmovups [{last} + 96], ymm0",
            "vzeroupper",
            target = inout(reg) target => _,
            blocks = inout(reg) (len - 1) / BLOCK => _,
            last = in(reg) target.add(len - BLOCK),
            inout("xmm0") value => _,
            out("ymm1") _, out("ymm2") _, out("ymm3") _,
            out("ymm4") _, out("ymm5") _, out("ymm6") _, out("ymm7") _,
            out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processors that have AVX never come here.
    #[test]
    fn pieces_do_without_avx() {
        let pattern: Vec<u8> = (1..=250).cycle().take(300).collect();
        for len in 64..=260 {
            let mut target = vec![0; 300];
            // SAFETY: both have 300 bytes.
            unsafe { copy_pieces(pattern.as_ptr(), target.as_mut_ptr(), len) };
            assert_eq!(&target[..len], &pattern[..len]);
            assert!(target[len..].iter().all(|byte| *byte == 0));
            // SAFETY: as above, and SSE2 is part of x86-64.
            unsafe { fill_pieces(target.as_mut_ptr(), _mm_set1_epi8(7), len) };
            assert!(target[..len].iter().all(|byte| *byte == 7));
            assert!(target[len..].iter().all(|byte| *byte == 0));
        }
    }
}
