//! The types of the Windows SDK, with their sizes and layouts on 64-bit Windows, and the constants
//! that the functions need. Pointers in structures are numbers here, unless they are followed.

use crate::win32::boundary::In;

/// A truth value; anything but zero is true.
pub type BOOL = i32;
/// An unsigned number of 32 bits.
pub type DWORD = u32;
/// A signed number of 32 bits.
pub type LONG = i32;
/// A signed number of 64 bits.
pub type LARGE_INTEGER = i64;
/// An unsigned number as wide as a pointer: sizes.
pub type SIZE_T = usize;
/// An unsigned number as wide as a pointer: addresses.
pub type ULONG_PTR = usize;
/// A unit of ANSI text: a byte of UTF-8.
pub type CHAR = u8;
/// A unit of wide text: 16 bits of UTF-16.
pub type WCHAR = u16;

pub(crate) const TRUE: BOOL = 1;
pub(crate) const FALSE: BOOL = 0;

/// A handle of an object: a multiple of four that fits 32 bits, and never an address.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HANDLE(pub(crate) usize);

impl HANDLE {
    pub(crate) const NULL: HANDLE = HANDLE(0);
    /// `INVALID_HANDLE_VALUE`, and the pseudo handle of this process.
    pub(crate) const INVALID: HANDLE = HANDLE(usize::MAX);
    /// The pseudo handle of this thread.
    pub(crate) const CURRENT_THREAD: HANDLE = HANDLE(usize::MAX - 1);
}

/// `SECURITY_ATTRIBUTES`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SECURITY_ATTRIBUTES {
    /// Its own size; not looked at, as on Windows.
    pub(crate) nLength: DWORD,
    pub(crate) lpSecurityDescriptor: In<SECURITY_DESCRIPTOR>,
    pub(crate) bInheritHandle: BOOL,
}

/// `SECURITY_DESCRIPTOR`, in its absolute form.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SECURITY_DESCRIPTOR {
    pub(crate) Revision: u8,
    pub(crate) Sbz1: u8,
    pub(crate) Control: u16,
    pub(crate) Owner: ULONG_PTR,
    pub(crate) Group: ULONG_PTR,
    pub(crate) Sacl: ULONG_PTR,
    pub(crate) Dacl: In<ACL>,
}

pub(crate) const SECURITY_DESCRIPTOR_REVISION: u8 = 1;
pub(crate) const SE_DACL_PRESENT: u16 = 0x0004;
pub(crate) const SE_DACL_DEFAULTED: u16 = 0x0008;
pub(crate) const SE_SELF_RELATIVE: u16 = 0x8000;

/// `ACL`: the head of a list of access control entries.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ACL {
    pub(crate) AclRevision: u8,
    pub(crate) Sbz1: u8,
    pub(crate) AclSize: u16,
    pub(crate) AceCount: u16,
    pub(crate) Sbz2: u16,
}

pub(crate) const ACL_REVISIONS: std::ops::RangeInclusive<DWORD> = 2..=4;

/// `OVERLAPPED`, of which the offset is used.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct OVERLAPPED {
    pub(crate) Internal: ULONG_PTR,
    pub(crate) InternalHigh: ULONG_PTR,
    pub(crate) Offset: DWORD,
    pub(crate) OffsetHigh: DWORD,
    pub(crate) hEvent: ULONG_PTR,
}

/// `SYSTEM_INFO`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SYSTEM_INFO {
    pub(crate) wProcessorArchitecture: u16,
    pub(crate) wReserved: u16,
    pub(crate) dwPageSize: DWORD,
    pub(crate) lpMinimumApplicationAddress: ULONG_PTR,
    pub(crate) lpMaximumApplicationAddress: ULONG_PTR,
    pub(crate) dwActiveProcessorMask: ULONG_PTR,
    pub(crate) dwNumberOfProcessors: DWORD,
    pub(crate) dwProcessorType: DWORD,
    pub(crate) dwAllocationGranularity: DWORD,
    pub(crate) wProcessorLevel: u16,
    pub(crate) wProcessorRevision: u16,
}

/// `MEMORY_BASIC_INFORMATION`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MEMORY_BASIC_INFORMATION {
    pub(crate) BaseAddress: ULONG_PTR,
    pub(crate) AllocationBase: ULONG_PTR,
    pub(crate) AllocationProtect: DWORD,
    pub(crate) PartitionId: u16,
    pub(crate) RegionSize: SIZE_T,
    pub(crate) State: DWORD,
    pub(crate) Protect: DWORD,
    pub(crate) Type: DWORD,
}

/// Rights that every kind of object has, and those that stand for others.
pub(crate) mod access {
    use super::DWORD;

    pub(crate) const DELETE: DWORD = 0x0001_0000;
    pub(crate) const READ_CONTROL: DWORD = 0x0002_0000;
    pub(crate) const SYNCHRONIZE: DWORD = 0x0010_0000;
    pub(crate) const STANDARD_RIGHTS_REQUIRED: DWORD = 0x000F_0000;
    pub(crate) const ACCESS_SYSTEM_SECURITY: DWORD = 0x0100_0000;
    pub(crate) const MAXIMUM_ALLOWED: DWORD = 0x0200_0000;
    pub(crate) const GENERIC_ALL: DWORD = 0x1000_0000;
    pub(crate) const GENERIC_EXECUTE: DWORD = 0x2000_0000;
    pub(crate) const GENERIC_WRITE: DWORD = 0x4000_0000;
    pub(crate) const GENERIC_READ: DWORD = 0x8000_0000;

    pub(crate) const FILE_READ_DATA: DWORD = 0x0001;
    pub(crate) const FILE_WRITE_DATA: DWORD = 0x0002;
    pub(crate) const FILE_APPEND_DATA: DWORD = 0x0004;
    pub(crate) const FILE_EXECUTE: DWORD = 0x0020;
    pub(crate) const FILE_READ_ATTRIBUTES: DWORD = 0x0080;
    pub(crate) const FILE_ALL_ACCESS: DWORD = 0x001F_01FF;
    pub(crate) const FILE_GENERIC_READ: DWORD = 0x0012_0089;
    pub(crate) const FILE_GENERIC_WRITE: DWORD = 0x0012_0116;
    pub(crate) const FILE_GENERIC_EXECUTE: DWORD = 0x0012_00A0;

    pub(crate) const EVENT_QUERY_STATE: DWORD = 0x0001;
    pub(crate) const EVENT_MODIFY_STATE: DWORD = 0x0002;
    pub(crate) const EVENT_ALL_ACCESS: DWORD = 0x001F_0003;

    pub(crate) const MUTEX_QUERY_STATE: DWORD = 0x0001;
    pub(crate) const MUTEX_ALL_ACCESS: DWORD = 0x001F_0001;

    pub(crate) const SEMAPHORE_QUERY_STATE: DWORD = 0x0001;
    pub(crate) const SEMAPHORE_MODIFY_STATE: DWORD = 0x0002;
    pub(crate) const SEMAPHORE_ALL_ACCESS: DWORD = 0x001F_0003;

    pub(crate) const SECTION_QUERY: DWORD = 0x0001;
    pub(crate) const SECTION_MAP_WRITE: DWORD = 0x0002;
    pub(crate) const SECTION_MAP_READ: DWORD = 0x0004;
    pub(crate) const SECTION_MAP_EXECUTE: DWORD = 0x0008;
    pub(crate) const SECTION_ALL_ACCESS: DWORD = 0x000F_001F;
}

/// `DUPLICATE_*`
pub(crate) mod duplicate {
    use super::DWORD;

    pub(crate) const CLOSE_SOURCE: DWORD = 1;
    pub(crate) const SAME_ACCESS: DWORD = 2;
}

/// `HANDLE_FLAG_*`
pub(crate) mod handle_flag {
    use super::DWORD;

    pub(crate) const INHERIT: DWORD = 1;
    pub(crate) const PROTECT_FROM_CLOSE: DWORD = 2;
}

/// What `CreateFile` takes and what tells of files.
pub(crate) mod file {
    use super::DWORD;

    pub(crate) const SHARE_READ: DWORD = 1;
    pub(crate) const SHARE_WRITE: DWORD = 2;
    pub(crate) const SHARE_DELETE: DWORD = 4;

    pub(crate) const CREATE_NEW: DWORD = 1;
    pub(crate) const CREATE_ALWAYS: DWORD = 2;
    pub(crate) const OPEN_EXISTING: DWORD = 3;
    pub(crate) const OPEN_ALWAYS: DWORD = 4;
    pub(crate) const TRUNCATE_EXISTING: DWORD = 5;

    pub(crate) const ATTRIBUTE_READONLY: DWORD = 0x0000_0001;
    pub(crate) const FLAG_OPEN_REPARSE_POINT: DWORD = 0x0020_0000;
    pub(crate) const FLAG_BACKUP_SEMANTICS: DWORD = 0x0200_0000;
    pub(crate) const FLAG_DELETE_ON_CLOSE: DWORD = 0x0400_0000;
    pub(crate) const FLAG_OVERLAPPED: DWORD = 0x4000_0000;
    pub(crate) const FLAG_WRITE_THROUGH: DWORD = 0x8000_0000;

    pub(crate) const BEGIN: DWORD = 0;
    pub(crate) const CURRENT: DWORD = 1;
    pub(crate) const END: DWORD = 2;

    pub(crate) const TYPE_UNKNOWN: DWORD = 0;
    pub(crate) const TYPE_DISK: DWORD = 1;
    pub(crate) const TYPE_CHAR: DWORD = 2;
    pub(crate) const TYPE_PIPE: DWORD = 3;

    /// What functions that return a number of 32 bits say of a failure:
    /// `INVALID_FILE_SIZE`, `INVALID_SET_FILE_POINTER`.
    pub(crate) const INVALID: DWORD = 0xFFFF_FFFF;
    pub(crate) const MAX_PATH: usize = 260;
}

/// `PAGE_*`
pub(crate) mod page {
    use super::DWORD;

    pub(crate) const NOACCESS: DWORD = 0x01;
    pub(crate) const READONLY: DWORD = 0x02;
    pub(crate) const READWRITE: DWORD = 0x04;
    pub(crate) const WRITECOPY: DWORD = 0x08;
    pub(crate) const EXECUTE: DWORD = 0x10;
    pub(crate) const EXECUTE_READ: DWORD = 0x20;
    pub(crate) const EXECUTE_READWRITE: DWORD = 0x40;
    pub(crate) const EXECUTE_WRITECOPY: DWORD = 0x80;
    pub(crate) const NOCACHE: DWORD = 0x200;
}

/// `SEC_*`
pub(crate) mod sec {
    use super::DWORD;

    pub(crate) const FILE: DWORD = 0x0080_0000;
    pub(crate) const IMAGE: DWORD = 0x0100_0000;
    pub(crate) const RESERVE: DWORD = 0x0400_0000;
    pub(crate) const COMMIT: DWORD = 0x0800_0000;
    pub(crate) const NOCACHE: DWORD = 0x1000_0000;
    pub(crate) const WRITECOMBINE: DWORD = 0x4000_0000;
    pub(crate) const LARGE_PAGES: DWORD = 0x8000_0000;
    pub(crate) const ALL: DWORD =
        FILE | IMAGE | RESERVE | COMMIT | NOCACHE | WRITECOMBINE | LARGE_PAGES;
}

/// `FILE_MAP_*`
pub(crate) mod map {
    use super::DWORD;

    pub(crate) const COPY: DWORD = 0x0001;
    pub(crate) const WRITE: DWORD = 0x0002;
    pub(crate) const READ: DWORD = 0x0004;
    pub(crate) const EXECUTE: DWORD = 0x0020;
    pub(crate) const LARGE_PAGES: DWORD = 0x2000_0000;
    pub(crate) const TARGETS_INVALID: DWORD = 0x4000_0000;
    pub(crate) const RESERVE: DWORD = 0x8000_0000;
}

/// `MEM_*`
pub(crate) mod mem {
    use super::DWORD;

    pub(crate) const COMMIT: DWORD = 0x0000_1000;
    pub(crate) const RESERVE: DWORD = 0x0000_2000;
    pub(crate) const DECOMMIT: DWORD = 0x0000_4000;
    pub(crate) const RELEASE: DWORD = 0x0000_8000;
    pub(crate) const FREE: DWORD = 0x0001_0000;
    pub(crate) const PRIVATE: DWORD = 0x0002_0000;
    pub(crate) const MAPPED: DWORD = 0x0004_0000;
    pub(crate) const RESET: DWORD = 0x0008_0000;
    pub(crate) const TOP_DOWN: DWORD = 0x0010_0000;
    pub(crate) const IMAGE: DWORD = 0x0100_0000;
    pub(crate) const RESET_UNDO: DWORD = 0x0100_0000;
    pub(crate) const LARGE_PAGES: DWORD = 0x2000_0000;
}

/// What `CreateEventEx` and `CreateMutexEx` take.
pub(crate) mod creation {
    use super::DWORD;

    pub(crate) const EVENT_MANUAL_RESET: DWORD = 1;
    pub(crate) const EVENT_INITIAL_SET: DWORD = 2;
    pub(crate) const MUTEX_INITIAL_OWNER: DWORD = 1;
}

/// `WAIT_*`: what a wait answers.
pub(crate) mod wait {
    use super::DWORD;

    pub(crate) const OBJECT_0: DWORD = 0;
    pub(crate) const ABANDONED_0: DWORD = 0x80;
    pub(crate) const TIMEOUT: DWORD = 258;
    pub(crate) const FAILED: DWORD = 0xFFFF_FFFF;
}

/// `INFINITE`
pub(crate) const INFINITE: DWORD = 0xFFFF_FFFF;

/// The unit of addresses at which memory is reserved and mapped.
pub(crate) const ALLOCATION_GRANULARITY: usize = 0x1_0000;

#[cfg(test)]
mod tests {
    use std::mem::{align_of, offset_of, size_of};

    use super::*;

    /// The layouts of 64-bit Windows.
    #[test]
    fn layouts_are_those_of_the_sdk() {
        assert_eq!(size_of::<HANDLE>(), 8);
        assert_eq!(size_of::<SECURITY_ATTRIBUTES>(), 24);
        assert_eq!(offset_of!(SECURITY_ATTRIBUTES, bInheritHandle), 16);
        assert_eq!(size_of::<SECURITY_DESCRIPTOR>(), 40);
        assert_eq!(offset_of!(SECURITY_DESCRIPTOR, Owner), 8);
        assert_eq!(offset_of!(SECURITY_DESCRIPTOR, Dacl), 32);
        assert_eq!(size_of::<ACL>(), 8);
        assert_eq!(size_of::<OVERLAPPED>(), 32);
        assert_eq!(offset_of!(OVERLAPPED, hEvent), 24);
        assert_eq!(size_of::<SYSTEM_INFO>(), 48);
        assert_eq!(offset_of!(SYSTEM_INFO, dwNumberOfProcessors), 32);
        assert_eq!(size_of::<MEMORY_BASIC_INFORMATION>(), 48);
        assert_eq!(offset_of!(MEMORY_BASIC_INFORMATION, RegionSize), 24);
        assert_eq!(align_of::<MEMORY_BASIC_INFORMATION>(), 8);
    }
}
