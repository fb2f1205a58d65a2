//! Single accesses to shared bytes at any address: one instruction each.

use std::arch::asm;

macro_rules! access {
    ($($load:ident, $store:ident, $value:ty, $register:ident, $read:literal, $write:literal;)*) => {$(
        /// # Safety
        /// The bytes of the value are readable at `address`.
        #[inline]
        pub(super) unsafe fn $load(address: *const u8) -> $value {
            let value: $value;
            // SAFETY: the caller's promise; one instruction that reads these bytes.
            unsafe {
                asm!(
                    $read,
                    address = in(reg) address,
                    value = lateout($register) value,
                    options(nostack, preserves_flags, readonly),
                );
            }
            value
        }

        /// # Safety
        /// The bytes of the value are writable at `address`.
        #[inline]
        pub(super) unsafe fn $store(address: *mut u8, value: $value) {
            // SAFETY: the caller's promise; one instruction that writes these bytes.
            unsafe {
                asm!(
                    $write,
                    address = in(reg) address,
                    value = in($register) value,
                    options(nostack, preserves_flags),
                );
            }
        }
    )*};
}

#[cfg(target_arch = "x86_64")]
access! {
    load_1, store_1, u8, reg_byte, "mov {value}, byte ptr [{address}]", "mov byte ptr [{address}], {value}";
    load_2, store_2, u16, reg, "movzx {value:e}, word ptr [{address}]", "mov word ptr [{address}], {value:x}";
    load_4, store_4, u32, reg, "mov {value:e}, dword ptr [{address}]", "mov dword ptr [{address}], {value:e}";
    load_8, store_8, u64, reg, "mov {value}, qword ptr [{address}]", "mov qword ptr [{address}], {value}";
}

#[cfg(target_arch = "aarch64")]
access! {
    load_1, store_1, u8, reg, "ldrb {value:w}, [{address}]", "strb {value:w}, [{address}]";
    load_2, store_2, u16, reg, "ldrh {value:w}, [{address}]", "strh {value:w}, [{address}]";
    load_4, store_4, u32, reg, "ldr {value:w}, [{address}]", "str {value:w}, [{address}]";
    load_8, store_8, u64, reg, "ldr {value}, [{address}]", "str {value}, [{address}]";
}
