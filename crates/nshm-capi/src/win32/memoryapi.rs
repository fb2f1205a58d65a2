//! memoryapi.h: sections, views, and the pages of this process.

use nshm::ErrorKind;

use super::address_space;
use super::boundary::{In, Out, Text};
use super::handle_table::{self, Entry};
use super::last_error::{self, or, or_false};
use super::object::Object;
use super::page_protection::PageProtection;
use super::private_memory::PrivateMemory;
use super::regions::{self, Region};
use super::section::{self, Request};
use super::security;
use super::sysinfoapi::LOWEST_ADDRESS;
use super::text::Unit;
use super::types::{
    ALLOCATION_GRANULARITY, BOOL, DWORD, FALSE, HANDLE, MEMORY_BASIC_INFORMATION,
    SECURITY_ATTRIBUTES, SIZE_T, ULONG_PTR, WCHAR, map, mem,
};
use super::view::View;
use super::winerror::*;

/// Creates a section, with a name or without, over memory or over a file; or opens the one that has
/// the name, with last error 183. The last error of a new one is 0.
#[unsafe(export_name = "nshm_win32_CreateFileMappingW")]
pub extern "C" fn CreateFileMappingW(
    hFile: HANDLE,
    lpFileMappingAttributes: In<SECURITY_ATTRIBUTES>,
    flProtect: DWORD,
    dwMaximumSizeHigh: DWORD,
    dwMaximumSizeLow: DWORD,
    lpName: Text<WCHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        create(
            hFile,
            lpFileMappingAttributes,
            flProtect,
            joined(dwMaximumSizeHigh, dwMaximumSizeLow),
            lpName,
        )
    })
}

pub(crate) fn create<U: Unit>(
    file: HANDLE,
    attributes: In<SECURITY_ATTRIBUTES>,
    protection: DWORD,
    size: u64,
    name: Text<U>,
) -> Result<HANDLE> {
    let (inherits, security) = security::read(attributes)?;
    let request = Request {
        file,
        security,
        protection,
        size,
    };
    let opened = request.create(name)?;
    let disposition = opened.disposition;
    let handle = hand_out(opened, inherits)?;
    last_error::set_by(disposition);
    Ok(handle)
}

/// Opens the section of a name.
#[unsafe(export_name = "nshm_win32_OpenFileMappingW")]
pub extern "C" fn OpenFileMappingW(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        open(dwDesiredAccess, bInheritHandle, lpName)
    })
}

pub(crate) fn open<U: Unit>(access: DWORD, inherits: BOOL, name: Text<U>) -> Result<HANDLE> {
    hand_out(section::open(access, name)?, inherits != FALSE)
}

fn hand_out(opened: section::Opened, inherits: bool) -> Result<HANDLE> {
    handle_table::insert(Entry {
        object: Object::Section(opened.section),
        access: opened.access,
        flags: handle_table::inherit(inherits),
        is_closed: opened.is_closed,
    })
}

/// The number of two halves.
pub(crate) fn joined(high: DWORD, low: DWORD) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Maps a part of a section where the system likes.
#[unsafe(export_name = "nshm_win32_MapViewOfFile")]
pub extern "C" fn MapViewOfFile(
    hFileMappingObject: HANDLE,
    dwDesiredAccess: DWORD,
    dwFileOffsetHigh: DWORD,
    dwFileOffsetLow: DWORD,
    dwNumberOfBytesToMap: SIZE_T,
) -> ULONG_PTR {
    MapViewOfFileEx(
        hFileMappingObject,
        dwDesiredAccess,
        dwFileOffsetHigh,
        dwFileOffsetLow,
        dwNumberOfBytesToMap,
        0,
    )
}

/// Maps a part of a section at an address, or where the system likes for NULL.
#[unsafe(export_name = "nshm_win32_MapViewOfFileEx")]
pub extern "C" fn MapViewOfFileEx(
    hFileMappingObject: HANDLE,
    dwDesiredAccess: DWORD,
    dwFileOffsetHigh: DWORD,
    dwFileOffsetLow: DWORD,
    dwNumberOfBytesToMap: SIZE_T,
    lpBaseAddress: ULONG_PTR,
) -> ULONG_PTR {
    or(0, || {
        let offset = joined(dwFileOffsetHigh, dwFileOffsetLow);
        map_view(
            hFileMappingObject,
            dwDesiredAccess,
            offset,
            dwNumberOfBytesToMap,
            lpBaseAddress,
        )
    })
}

/// The order of the checks is that of Windows: the handle, its access, addresses, the section.
fn map_view(handle: HANDLE, access: DWORD, offset: u64, len: usize, base: usize) -> Result<usize> {
    let protection = PageProtection::of_view(access);
    let entry = handle_table::get(handle)?;
    let Object::Section(section) = &entry.object else {
        return Err(ERROR_INVALID_HANDLE);
    };
    entry.require(protection.right_to_section())?;
    if !offset.is_multiple_of(ALLOCATION_GRANULARITY as u64)
        || !base.is_multiple_of(ALLOCATION_GRANULARITY)
    {
        return Err(ERROR_MAPPED_ALIGNMENT);
    }
    // No section has large pages.
    let has_large_pages = access & map::LARGE_PAGES != 0;
    let core = section.core();
    if has_large_pages || !core.protection().allows(protection.in_core()) {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let size = core.len();
    let offset = usize::try_from(offset).ok().filter(|offset| *offset < size);
    // As Wine has it; what Windows says of such an offset is not documented.
    let offset = offset.ok_or(ERROR_INVALID_PARAMETER)?;
    let len = if len == 0 { size - offset } else { len };
    if len > size - offset {
        return Err(ERROR_ACCESS_DENIED);
    }
    let mut options = core
        .raw_view()
        .offset(offset)
        .len(len)
        .protection(protection.in_core());
    if base != 0 {
        options = options.address(base);
    }
    let view = options.map().map_err(|error| match error.kind() {
        // No addresses, or no memory for a copy.
        ErrorKind::CommitLimit => ERROR_NOT_ENOUGH_MEMORY,
        _ => error.into(),
    })?;
    let view = View::new(view, protection, section);
    Ok(regions::insert(Region::View(view)))
}

/// Unmaps the view that an address is in.
#[unsafe(export_name = "nshm_win32_UnmapViewOfFile")]
pub extern "C" fn UnmapViewOfFile(lpBaseAddress: ULONG_PTR) -> BOOL {
    or_false(|| {
        let is_view = |region: &Region, _| matches!(region, Region::View(_));
        let view = regions::remove(lpBaseAddress, is_view);
        view.map(drop).ok_or(ERROR_INVALID_ADDRESS)
    })
}

/// Brings a part of a view to its file, or all of it from an address on for 0. For memory it does
/// nothing.
#[unsafe(export_name = "nshm_win32_FlushViewOfFile")]
pub extern "C" fn FlushViewOfFile(
    lpBaseAddress: ULONG_PTR,
    dwNumberOfBytesToFlush: SIZE_T,
) -> BOOL {
    or_false(|| {
        let flushed = regions::with(lpBaseAddress, |region, offset| {
            let len = match dwNumberOfBytesToFlush {
                0 => region.len() - offset,
                len => len,
            };
            let part = region.pages(offset, len);
            let part = part.map_err(|_| ERROR_INVALID_PARAMETER)?;
            match region {
                Region::View(view) => view.flush(part),
                Region::Private(_) => Ok(()),
            }
        });
        match flushed {
            Some(flushed) => flushed,
            None if address_space::is_mapped(lpBaseAddress) => Ok(()),
            None => Err(ERROR_INVALID_PARAMETER),
        }
    })
}

/// Tells of the pages around an address: answers the size of what it told.
#[unsafe(export_name = "nshm_win32_VirtualQuery")]
pub extern "C" fn VirtualQuery(
    lpAddress: ULONG_PTR,
    lpBuffer: Out<MEMORY_BASIC_INFORMATION>,
    dwLength: SIZE_T,
) -> SIZE_T {
    or(0, || {
        let size = size_of::<MEMORY_BASIC_INFORMATION>();
        if dwLength < size {
            return Err(ERROR_BAD_LENGTH);
        }
        let known = regions::with(lpAddress, |region, offset| region.describe(offset));
        let information = match known {
            Some(information) => information?,
            None => address_space::describe(lpAddress)?,
        };
        if lpBuffer.set(information) {
            Ok(size)
        } else {
            Err(ERROR_NOACCESS)
        }
    })
}

/// Gives pages of a view or of private memory another protection, and tells that of the first.
/// Other memory of this process is not this layer's (487).
#[unsafe(export_name = "nshm_win32_VirtualProtect")]
pub extern "C" fn VirtualProtect(
    lpAddress: ULONG_PTR,
    dwSize: SIZE_T,
    flNewProtect: DWORD,
    lpflOldProtect: Out<DWORD>,
) -> BOOL {
    or_false(|| {
        if lpflOldProtect.is_null() {
            return Err(ERROR_NOACCESS);
        }
        let to = PageProtection::new(flNewProtect)?;
        if dwSize == 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let protected = regions::with(lpAddress, |region, offset| {
            let part = region.pages(offset, dwSize)?;
            match region {
                Region::View(view) => view.protect(part, to),
                Region::Private(memory) => memory.protect(part, to),
            }
        });
        lpflOldProtect.set(protected.unwrap_or(Err(ERROR_INVALID_ADDRESS))?);
        Ok(())
    })
}

/// Reserves addresses, commits pages of them, or commits pages of a view whose section was made with
/// `SEC_RESERVE`.
#[unsafe(export_name = "nshm_win32_VirtualAlloc")]
pub extern "C" fn VirtualAlloc(
    lpAddress: ULONG_PTR,
    dwSize: SIZE_T,
    flAllocationType: DWORD,
    flProtect: DWORD,
) -> ULONG_PTR {
    or(0, || {
        let kind = flAllocationType & !mem::TOP_DOWN;
        let protection = PageProtection::new(flProtect)?;
        if dwSize == 0 || (1..LOWEST_ADDRESS).contains(&lpAddress) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        const RESERVE_AND_COMMIT: DWORD = mem::RESERVE | mem::COMMIT;
        match kind {
            mem::COMMIT if lpAddress != 0 => commit(lpAddress, dwSize, protection),
            mem::COMMIT | mem::RESERVE | RESERVE_AND_COMMIT => {
                reserve(lpAddress, dwSize, protection, kind & mem::COMMIT != 0)
            }
            // That the contents are not needed is a hint.
            mem::RESET | mem::RESET_UNDO => regions::with(lpAddress, |region, offset| {
                let part = region.pages(offset, dwSize)?;
                Ok(region.base() + part.start)
            })
            .unwrap_or(Err(ERROR_INVALID_ADDRESS)),
            kind if kind & mem::LARGE_PAGES != 0 => Err(ERROR_PRIVILEGE_NOT_HELD),
            _ => Err(ERROR_INVALID_PARAMETER),
        }
    })
}

fn reserve(
    address: usize,
    size: usize,
    protection: PageProtection,
    commits: bool,
) -> Result<usize> {
    if protection.copies() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let base = address - address % ALLOCATION_GRANULARITY;
    let end = address
        .checked_add(size)
        .and_then(|end| end.checked_next_multiple_of(rustix::param::page_size()))
        .ok_or(ERROR_INVALID_PARAMETER)?;
    let base = (address != 0).then_some(base);
    let mut memory = PrivateMemory::reserve(base, end - base.unwrap_or(0), protection)?;
    if commits {
        memory.commit(0..memory.len(), protection)?;
    }
    Ok(regions::insert(Region::Private(memory)))
}

fn commit(address: usize, size: usize, protection: PageProtection) -> Result<usize> {
    let committed = regions::with(address, |region, offset| {
        let part = region.pages(offset, size)?;
        let start = region.base() + part.start;
        match region {
            Region::View(view) => view.commit(part, protection)?,
            Region::Private(memory) => memory.commit(part, protection)?,
        }
        Ok(start)
    });
    committed.unwrap_or(Err(ERROR_INVALID_ADDRESS))
}

/// Gives private memory back: pages of it, which stay reserved, or the whole reservation. Pages of
/// a view belong to all who have it (87).
#[unsafe(export_name = "nshm_win32_VirtualFree")]
pub extern "C" fn VirtualFree(lpAddress: ULONG_PTR, dwSize: SIZE_T, dwFreeType: DWORD) -> BOOL {
    or_false(|| {
        let is_view = |region: &mut Region, _| matches!(region, Region::View(_));
        let valid = match dwFreeType {
            mem::DECOMMIT => true,
            mem::RELEASE => dwSize == 0,
            _ => false,
        };
        if !valid || regions::with(lpAddress, is_view) == Some(true) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        if dwFreeType == mem::RELEASE {
            let whole =
                |region: &Region, offset| matches!(region, Region::Private(_)) && offset == 0;
            let released = regions::remove(lpAddress, whole);
            return released.map(drop).ok_or(ERROR_INVALID_ADDRESS);
        }
        let decommitted = regions::with(lpAddress, |region, offset| {
            let part = match dwSize {
                0 if offset == 0 => 0..region.len(),
                0 => return Err(ERROR_INVALID_PARAMETER),
                size => region.pages(offset, size)?,
            };
            match region {
                Region::Private(memory) => memory.decommit(part),
                Region::View(_) => Err(ERROR_INVALID_PARAMETER),
            }
        });
        decommitted.unwrap_or(Err(ERROR_INVALID_ADDRESS))
    })
}

#[cfg(test)]
mod tests;
