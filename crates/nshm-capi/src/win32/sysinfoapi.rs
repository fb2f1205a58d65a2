//! sysinfoapi.h: what the machine is, and how long it has been up.

use std::thread::available_parallelism;

use rustix::time::{ClockId, clock_gettime};

use super::boundary::{Out, guard};
use super::types::{ALLOCATION_GRANULARITY, DWORD, SYSTEM_INFO};

/// The lowest address that a program may use, as on Windows.
pub(crate) const LOWEST_ADDRESS: usize = 0x1_0000;
/// The highest address that a program may use: half of what 48 bits reach, without the last 64 KiB
/// and those before them, as on Windows.
pub(crate) const HIGHEST_ADDRESS: usize = 0x7FFF_FFFE_FFFF;

/// Page size, granularity of addresses, and processors.
#[unsafe(export_name = "nshm_win32_GetSystemInfo")]
pub extern "C" fn GetSystemInfo(lpSystemInfo: Out<SYSTEM_INFO>) {
    guard((), || {
        let processors = available_parallelism().map_or(1, |count| count.get());
        let architecture = Architecture::of_this_program();
        lpSystemInfo.set(SYSTEM_INFO {
            wProcessorArchitecture: architecture.number,
            wReserved: 0,
            dwPageSize: DWORD::try_from(rustix::param::page_size()).unwrap_or(DWORD::MAX),
            lpMinimumApplicationAddress: LOWEST_ADDRESS,
            lpMaximumApplicationAddress: HIGHEST_ADDRESS,
            dwActiveProcessorMask: usize::MAX
                .checked_shl(u32::try_from(processors).unwrap_or(u32::MAX))
                .map_or(usize::MAX, |others| !others),
            dwNumberOfProcessors: DWORD::try_from(processors).unwrap_or(DWORD::MAX),
            dwProcessorType: architecture.processor,
            dwAllocationGranularity: ALLOCATION_GRANULARITY as DWORD,
            wProcessorLevel: 6,
            wProcessorRevision: 0,
        });
    });
}

/// The same: no program here runs on a machine that is not its own.
#[unsafe(export_name = "nshm_win32_GetNativeSystemInfo")]
pub extern "C" fn GetNativeSystemInfo(lpSystemInfo: Out<SYSTEM_INFO>) {
    GetSystemInfo(lpSystemInfo);
}

/// `PROCESSOR_ARCHITECTURE_*` and `PROCESSOR_*`.
struct Architecture {
    number: u16,
    processor: DWORD,
}

impl Architecture {
    const fn of_this_program() -> Architecture {
        let (number, processor) = if cfg!(target_arch = "x86_64") {
            (9, 8664)
        } else if cfg!(target_arch = "aarch64") {
            (12, 0)
        } else {
            (0xFFFF, 0)
        };
        Architecture { number, processor }
    }
}

/// Milliseconds since the system was started, sleep included; it begins anew after 49.7 days.
#[unsafe(export_name = "nshm_win32_GetTickCount")]
pub extern "C" fn GetTickCount() -> DWORD {
    let [a, b, c, d, ..] = GetTickCount64().to_le_bytes();
    DWORD::from_le_bytes([a, b, c, d])
}

/// Milliseconds since the system was started, sleep included.
#[unsafe(export_name = "nshm_win32_GetTickCount64")]
pub extern "C" fn GetTickCount64() -> u64 {
    let now = clock_gettime(ClockId::Boottime);
    now.tv_sec.cast_unsigned() * 1000 + now.tv_nsec.cast_unsigned() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let mut info = SYSTEM_INFO {
            wProcessorArchitecture: 0,
            wReserved: 1,
            dwPageSize: 0,
            lpMinimumApplicationAddress: 0,
            lpMaximumApplicationAddress: 0,
            dwActiveProcessorMask: 0,
            dwNumberOfProcessors: 0,
            dwProcessorType: 0,
            dwAllocationGranularity: 0,
            wProcessorLevel: 0,
            wProcessorRevision: 0,
        };
        GetNativeSystemInfo(Out::of(&mut info));
        assert_eq!(info.dwAllocationGranularity, 65536);
        assert_eq!(info.dwPageSize as usize, rustix::param::page_size());
        assert_eq!(
            info.dwActiveProcessorMask.count_ones(),
            info.dwNumberOfProcessors.min(64)
        );
        GetSystemInfo(Out::NULL);
    }

    #[test]
    fn ticks_are_milliseconds() {
        let before = GetTickCount64();
        assert!(before > 0 && GetTickCount64() - before < 60_000);
        assert!(GetTickCount().wrapping_sub(before as DWORD) < 60_000);
    }
}
