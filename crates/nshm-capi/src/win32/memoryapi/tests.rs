//! Sections without names, views and pages, as C calls for them. What names do takes processes, and
//! what closed handles and free addresses are takes a process with nobody else in it: those are in
//! the integration tests.

use std::fs;

use super::*;
use crate::win32::boundary::for_tests::{peek, poke};
use crate::win32::fileapi::{CreateFileA, GetFileType, SetEndOfFile};
use crate::win32::handleapi::{CloseHandle, DuplicateHandle};
use crate::win32::types::access::*;
use crate::win32::types::{TRUE, duplicate, file, sec};

const PROCESS: HANDLE = HANDLE::INVALID;
const MEMORY: HANDLE = HANDLE::INVALID;
const PAGE: usize = 4096;

/// The handle, or the last error.
fn create_over(file: HANDLE, protection: DWORD, size: u64) -> Result<HANDLE> {
    last_error::set(Win32Error(7777));
    let [low, high] = [size, size >> 32].map(|half| (half & 0xFFFF_FFFF) as DWORD);
    let handle = CreateFileMappingW(file, In::NULL, protection, high, low, Text::NULL);
    match handle {
        HANDLE::NULL => Err(Win32Error(last_error::get())),
        handle => {
            assert_eq!(last_error::get(), 0, "a new section sets it to 0");
            Ok(handle)
        }
    }
}

fn create_memory(protection: DWORD, size: u64) -> Result<HANDLE> {
    create_over(MEMORY, protection, size)
}

fn section(protection: DWORD, size: u64) -> HANDLE {
    create_memory(protection, size).unwrap()
}

fn map_at(section: HANDLE, access: DWORD, offset: DWORD, len: usize, base: usize) -> Result<usize> {
    last_error::set(Win32Error(7777));
    match MapViewOfFileEx(section, access, 0, offset, len, base) {
        0 => Err(Win32Error(last_error::get())),
        view => {
            assert_eq!(last_error::get(), 7777, "success leaves it");
            Ok(view)
        }
    }
}

fn map_all(section: HANDLE, access: DWORD) -> Result<usize> {
    map_at(section, access, 0, 0, 0)
}

fn unmap(view: usize) {
    assert_eq!(UnmapViewOfFile(view), TRUE);
}

fn close(handle: HANDLE) {
    assert_eq!(CloseHandle(handle), TRUE);
}

fn query(address: usize) -> MEMORY_BASIC_INFORMATION {
    let mut information = MEMORY_BASIC_INFORMATION::default();
    let size = size_of::<MEMORY_BASIC_INFORMATION>();
    assert_eq!(VirtualQuery(address, Out::of(&mut information), size), size);
    information
}

fn protect(address: usize, len: usize, to: DWORD) -> Result<DWORD> {
    let mut before = 0;
    match VirtualProtect(address, len, to, Out::of(&mut before)) {
        TRUE => Ok(before),
        _ => Err(Win32Error(last_error::get())),
    }
}

fn allocate(address: usize, len: usize, kind: DWORD, protection: DWORD) -> Result<usize> {
    match VirtualAlloc(address, len, kind, protection) {
        0 => Err(Win32Error(last_error::get())),
        place => Ok(place),
    }
}

fn free(address: usize, len: usize, kind: DWORD) -> Result<()> {
    match VirtualFree(address, len, kind) {
        TRUE => Ok(()),
        _ => Err(Win32Error(last_error::get())),
    }
}

/// A file in a folder of its own, open for everything that is asked.
fn file_of(folder: &tempfile::TempDir, contents: &[u8], access: DWORD) -> HANDLE {
    let path = folder.path().join("file");
    fs::write(&path, contents).unwrap();
    let name = u8::encode_with_zero(path.to_str().unwrap());
    let handle = CreateFileA(
        Text::of(&name),
        access,
        7,
        In::NULL,
        file::OPEN_EXISTING,
        0,
        HANDLE::NULL,
    );
    assert_ne!(handle, HANDLE::INVALID);
    handle
}

#[test]
fn what_makes_no_section_is_refused() {
    let refused = |protection, size| create_memory(protection, size).unwrap_err().0;
    for protection in [0, 1, 3, 5, 6, 7, 0x10, 0x30, 0xF0, 0x104, 0x204, 0x404] {
        assert_eq!(refused(protection, 4096), 87, "{protection:#x}");
    }
    for bits in [0x10_0000, 0x20_0000, 0x40_0000, 0x200_0000, 0x2000_0000] {
        assert_eq!(refused(4 | bits, 4096), 87, "{bits:#x}");
    }
    assert_eq!(refused(4, 0), 87);
    assert_eq!(create_over(HANDLE::NULL, 4, 0).unwrap_err().0, 87);
    assert_eq!(refused(4, u64::MAX), 87);
    assert_eq!(refused(4, 1 << 63), 87);
    assert_eq!(refused(4, 1 << 62), 8);
    assert_eq!(refused(4, i64::MAX.cast_unsigned()), 87);
    assert_eq!(refused(4, 1 << 44), 8);
    assert_eq!(refused(4, 1 << 43), 1455);
    assert_eq!(refused(4 | sec::IMAGE, 4096), 193);
    assert_eq!(refused(4 | sec::RESERVE | sec::COMMIT, 4096), 87);
    assert_eq!(refused(4 | sec::COMMIT | sec::LARGE_PAGES, 4096), 87);
    assert_eq!(refused(4 | sec::COMMIT | sec::LARGE_PAGES, 2 << 20), 1314);
    assert_eq!(create_over(HANDLE(0xdead_bee0), 4, 4096).unwrap_err().0, 6);
    let memory = create_over(HANDLE::NULL, 4, 4096).unwrap();
    assert_eq!(create_over(memory, 4, 4096).unwrap_err().0, 6);
    assert_eq!(GetFileType(memory), file::TYPE_UNKNOWN);
    assert_eq!(last_error::get(), 6);
    close(memory);
}

/// Access against protection, all of it.
#[test]
fn views_are_by_the_matrix() {
    const ACCESS: [DWORD; 15] = [
        0, 1, 2, 0xF_001F, 3, 6, 7, 4, 5, 0x20, 0x21, 0x22, 0x26, 0x24, 8,
    ];
    let reading = [1, 8, 5, 5, 5, 5, 5, 2, 2, 1, 5, 5, 5, 5, 1];
    let writing = [1, 8, 4, 4, 4, 4, 4, 2, 2, 1, 5, 5, 5, 5, 1];
    let running = [1, 8, 5, 5, 5, 5, 5, 2, 2, 1, 0x80, 5, 5, 0x20, 1];
    let all = [1, 8, 4, 4, 4, 4, 4, 2, 2, 1, 0x80, 0x40, 0x40, 0x20, 1];
    let table = [
        (2, reading),
        (8, reading),
        (4, writing),
        (0x20, running),
        (0x80, running),
        (0x40, all),
    ];
    for (protection, expected) in table {
        let section = section(protection, 4096);
        for (access, expected) in ACCESS.into_iter().zip(expected) {
            let found = match map_all(section, access) {
                Ok(view) => {
                    let told = query(view);
                    unmap(view);
                    assert_eq!(told.Protect, told.AllocationProtect);
                    told.Protect
                }
                Err(error) => error.0,
            };
            assert_eq!(found, expected, "{protection:#x} {access:#x}");
        }
        close(section);
    }
}

#[test]
fn a_view_has_an_offset_a_length_and_an_address() {
    let section = section(4, 0x20000 - 100);
    let refused = |offset, len| map_at(section, 2, offset, len, 0).unwrap_err().0;
    for offset in [1, 4096, 0x8000] {
        assert_eq!(refused(offset, 1), 1132);
    }
    assert_eq!(refused(0x10000, 0x10001), 5);
    assert_eq!(refused(0, 0x20001), 5);
    assert_eq!(refused(0, usize::MAX), 5);
    assert_eq!(refused(0x20000, 0), 87);
    let first = map_at(section, 2, 0, 0x20000, 0).unwrap();
    let second = map_at(section, 2, 0x10000, 5000, 0).unwrap();
    assert_eq!((first % 0x10000, second % 0x10000), (0, 0));
    assert_eq!(query(second).RegionSize, 8192);
    poke(first + 0x10000, b"both");
    assert_eq!(peek(second, 4), b"both");
    assert_eq!(map_at(section, 2, 0, 0, first).unwrap_err().0, 487);
    assert_eq!(map_at(section, 2, 0, 0, first + 1).unwrap_err().0, 1132);
    unmap(first);
    unmap(second);
    close(section);
}

#[test]
fn only_sections_are_mapped() {
    for handle in [0, usize::MAX, 0xdead_bee0] {
        assert_eq!(map_all(HANDLE(handle), 2).unwrap_err().0, 6, "{handle:#x}");
    }
    let section = section(4, 4096);
    let view = map_all(HANDLE(section.0 | 3), 2).unwrap();
    close(section);
    poke(view, b"the view stays");
    unmap(view);
}

#[test]
fn a_view_goes_by_any_address_inside() {
    let section = section(4, 3 * 4096);
    for inside in [0, 100, 4096, 4196, 3 * 4096 - 1] {
        let view = map_all(section, 2).unwrap();
        unmap(view + inside);
    }
    let local = 0;
    for no_view in [0, 0xdead_beef, (&raw const local).addr()] {
        assert_eq!(UnmapViewOfFile(no_view), FALSE);
        assert_eq!(last_error::get(), 487);
    }
    close(section);
}

#[test]
fn a_copy_of_a_handle_has_its_own_rights() {
    let section = section(4, 4096);
    let copy = |source, access, options| {
        let mut copy = HANDLE::NULL;
        let out = Out::of(&mut copy);
        match DuplicateHandle(PROCESS, source, PROCESS, out, access, FALSE, options) {
            TRUE => Ok(copy),
            _ => Err(last_error::get()),
        }
    };
    let rights = |handle| [0, 1, 2, 4].map(|access| map_all(handle, access).map(unmap).is_ok());
    let reader = copy(section, map::READ, 0).unwrap();
    assert_eq!(rights(reader), [true, true, false, true]);
    let writer = copy(section, map::WRITE, 0).unwrap();
    assert_eq!(rights(writer), [false, false, true, false]);
    let nothing = copy(section, 0, 0).unwrap();
    assert_eq!(rights(nothing), [false; 4]);
    let more = copy(reader, SECTION_ALL_ACCESS, 0).unwrap();
    assert_eq!(rights(more), [true; 4]);
    let same = copy(reader, u32::MAX, duplicate::SAME_ACCESS).unwrap();
    assert_eq!(rights(same), rights(reader));
    assert_eq!(copy(section, u32::MAX, 0), Err(5));
    assert_eq!(copy(section, SYNCHRONIZE, 0), Err(5));
    for handle in [section, reader, writer, nothing, more, same] {
        close(handle);
    }
}

/// A right beyond what the section admits may be had, and does not help.
#[test]
fn the_protection_of_a_section_is_for_all_handles() {
    let section = section(2, 4096);
    let mut copy = HANDLE::NULL;
    let out = Out::of(&mut copy);
    let all = SECTION_ALL_ACCESS;
    assert_eq!(
        DuplicateHandle(PROCESS, section, PROCESS, out, all, FALSE, 0),
        TRUE
    );
    assert_eq!(map_all(copy, 2).unwrap_err().0, 87);
    assert_eq!(map_all(copy, 0x24).unwrap_err().0, 87);
    map_all(copy, 4).map(unmap).unwrap();
    close(copy);
    close(section);
}

#[test]
fn virtual_query_tells_of_views() {
    let section = section(4 | sec::COMMIT | sec::NOCACHE, 3 * 4096);
    let view = map_all(section, 4).unwrap();
    let expected = MEMORY_BASIC_INFORMATION {
        BaseAddress: view,
        AllocationBase: view,
        AllocationProtect: 0x202,
        PartitionId: 0,
        RegionSize: 3 * 4096,
        State: mem::COMMIT,
        Protect: 0x202,
        Type: mem::MAPPED,
    };
    assert_eq!(query(view), expected);
    let inside = MEMORY_BASIC_INFORMATION {
        BaseAddress: view + PAGE,
        RegionSize: 2 * 4096,
        ..expected
    };
    assert_eq!(query(view + PAGE + 17), inside);
    close(section);
    assert_eq!(query(view), expected);
    unmap(view);
    let mut small = MEMORY_BASIC_INFORMATION::default();
    assert_eq!(VirtualQuery(view, Out::of(&mut small), 47), 0);
    assert_eq!(last_error::get(), 24);
    assert_eq!(VirtualQuery(view, Out::NULL, 48), 0);
    assert_eq!(last_error::get(), 998);
    assert_eq!(VirtualQuery(usize::MAX, Out::of(&mut small), 48), 0);
    assert_eq!(last_error::get(), 87);
}

#[test]
fn pages_get_no_more_than_they_were_mapped_with() {
    let section = section(0x40, 3 * 4096);
    // Mapped with this, pages may become these.
    let table: [(DWORD, &[DWORD]); 7] = [
        (0, &[1]),
        (1, &[1, 2, 8]),
        (2, &[1, 2, 4, 8]),
        (4, &[1, 2, 8]),
        (0x21, &[1, 2, 8, 0x10, 0x20, 0x80]),
        (0x22, &[1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80]),
        (0x24, &[1, 2, 8, 0x10, 0x20, 0x80]),
    ];
    for (access, admitted) in table {
        for to in [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80] {
            let view = map_all(section, access).unwrap();
            let mapped = query(view).Protect;
            let changed = protect(view + PAGE, 1, to);
            if admitted.contains(&to) {
                assert_eq!(changed, Ok(mapped), "{access:#x} {to:#x}");
                assert_eq!(query(view + PAGE).Protect, to);
                assert_eq!(query(view + PAGE).AllocationProtect, mapped);
                let size = if to == mapped { 3 * PAGE } else { PAGE };
                assert_eq!(query(view).RegionSize, size);
            } else {
                assert_eq!(changed, Err(ERROR_INVALID_PARAMETER), "{access:#x} {to:#x}");
                assert_eq!(query(view + PAGE).Protect, mapped);
            }
            unmap(view);
        }
    }
    let view = map_all(section, 2).unwrap();
    let refused = |address, len, to| protect(address, len, to).unwrap_err().0;
    assert_eq!(refused(view, 0, 2), 87);
    assert_eq!(refused(view, 1, 0x102), 87);
    assert_eq!(refused(view, 1, 6), 87);
    assert_eq!(refused(view, 4 * 4096, 2), 487);
    assert_eq!(refused(8, 1, 2), 487);
    assert_eq!(VirtualProtect(view, 1, 2, Out::NULL), FALSE);
    assert_eq!(last_error::get(), 998);
    unmap(view);
    close(section);
}

#[test]
fn reserved_sections_are_committed_for_everybody() {
    let section = section(4 | sec::RESERVE, 4 * 4096);
    let writer = map_all(section, 2).unwrap();
    let reader = map_all(section, 4).unwrap();
    let told = query(writer);
    assert_eq!((told.State, told.Protect), (mem::RESERVE, 0));
    assert_eq!((told.AllocationProtect, told.RegionSize), (4, 4 * PAGE));
    assert_eq!(protect(writer, 1, 2).unwrap_err().0, 487);
    assert_eq!(
        allocate(writer + PAGE + 1, PAGE, mem::COMMIT, 4),
        Ok(writer + PAGE)
    );
    let state = |address| {
        let told = query(address);
        (told.State, told.Protect, told.RegionSize)
    };
    assert_eq!(state(writer), (mem::RESERVE, 0, PAGE));
    assert_eq!(state(writer + PAGE), (mem::COMMIT, 4, 2 * PAGE));
    assert_eq!(state(reader + PAGE), (mem::COMMIT, 2, 2 * PAGE));
    assert_eq!(state(reader + 3 * PAGE), (mem::RESERVE, 0, PAGE));
    assert_eq!(peek(reader + PAGE, 2 * PAGE), vec![0; 2 * PAGE]);
    poke(writer + PAGE, b"kept");
    assert_eq!(
        allocate(writer + PAGE, PAGE, mem::COMMIT, 4),
        Ok(writer + PAGE)
    );
    assert_eq!(peek(reader + PAGE, 4), b"kept");
    assert_eq!(allocate(reader, PAGE, mem::COMMIT, 4).unwrap_err().0, 87);
    assert_eq!(allocate(reader, PAGE, mem::COMMIT, 2), Ok(reader));
    assert_eq!(state(writer).0, mem::COMMIT);
    assert_eq!(
        allocate(writer, 5 * PAGE, mem::COMMIT, 4).unwrap_err().0,
        487
    );
    unmap(writer);
    unmap(reader);
    close(section);
}

#[test]
fn views_are_no_private_memory() {
    let section = section(4, 2 * 4096);
    let view = map_all(section, 2).unwrap();
    assert_eq!(allocate(view, PAGE, mem::COMMIT, 2), Ok(view));
    assert_eq!(query(view).Protect, 2);
    assert_eq!(query(view).RegionSize, PAGE);
    assert_eq!(allocate(view, PAGE, mem::COMMIT, 0x20).unwrap_err().0, 87);
    assert_eq!(allocate(view, PAGE, mem::RESERVE, 4).unwrap_err().0, 487);
    assert_eq!(allocate(view, PAGE, mem::RESET, 4), Ok(view));
    assert_eq!(free(view, PAGE, mem::DECOMMIT).unwrap_err().0, 87);
    assert_eq!(free(view, 0, mem::RELEASE).unwrap_err().0, 87);
    unmap(view);
    close(section);
}

#[test]
fn private_memory_is_reserved_committed_and_given_back() {
    let base = allocate(0, 3 * PAGE + 1, mem::RESERVE, 4).unwrap();
    assert_eq!(base % 0x10000, 0);
    let state = |address| {
        let told = query(address);
        (told.State, told.Protect, told.RegionSize, told.Type)
    };
    assert_eq!(state(base), (mem::RESERVE, 0, 4 * PAGE, mem::PRIVATE));
    assert_eq!(protect(base, 1, 2).unwrap_err().0, 487);
    assert_eq!(allocate(base + PAGE, PAGE, mem::COMMIT, 4), Ok(base + PAGE));
    poke(base + PAGE, b"mine");
    assert_eq!(protect(base + PAGE, PAGE, 2), Ok(4));
    assert_eq!(state(base + PAGE), (mem::COMMIT, 2, PAGE, mem::PRIVATE));
    assert_eq!(peek(base + PAGE, 4), b"mine");
    assert_eq!(protect(base + PAGE, 2 * PAGE, 4).unwrap_err().0, 487);
    assert_eq!(
        allocate(base + PAGE, PAGE, mem::COMMIT, 8).unwrap_err().0,
        87
    );
    assert_eq!(
        allocate(base + 3 * PAGE, 2 * PAGE, mem::COMMIT, 4)
            .unwrap_err()
            .0,
        487
    );
    assert_eq!(allocate(base, PAGE, mem::RESERVE, 4).unwrap_err().0, 487);
    assert_eq!(free(base + PAGE, PAGE, mem::DECOMMIT), Ok(()));
    assert_eq!(allocate(base + PAGE, PAGE, mem::COMMIT, 4), Ok(base + PAGE));
    assert_eq!(peek(base + PAGE, 4), [0; 4]);
    assert_eq!(UnmapViewOfFile(base), FALSE);
    assert_eq!(last_error::get(), 487);
    assert_eq!(FlushViewOfFile(base, 0), TRUE);
    assert_eq!(free(base, PAGE, mem::RELEASE).unwrap_err().0, 87);
    assert_eq!(free(base + PAGE, 0, mem::RELEASE).unwrap_err().0, 487);
    assert_eq!(free(base, 0, mem::DECOMMIT), Ok(()));
    assert_eq!(free(base, 0, mem::RELEASE), Ok(()));
    let refused = |len, kind, protection| allocate(0, len, kind, protection).unwrap_err().0;
    assert_eq!(refused(0, mem::RESERVE, 4), 87);
    assert_eq!(refused(PAGE, 0, 4), 87);
    assert_eq!(allocate(5, PAGE, mem::RESERVE, 4).unwrap_err().0, 87);
    assert_eq!(refused(PAGE, mem::RESERVE, 0), 87);
    assert_eq!(refused(PAGE, mem::RESERVE, 8), 87);
    assert_eq!(refused(1 << 60, mem::RESERVE, 4), 8);
    assert_eq!(refused(PAGE, mem::COMMIT | mem::LARGE_PAGES, 4), 1314);
}

#[test]
fn flushing_keeps_within_the_view() {
    let section = section(4, 2 * 4096);
    let view = map_all(section, 4).unwrap();
    let flush = |address, len| (FlushViewOfFile(address, len), last_error::get());
    assert_eq!(flush(view, 0).0, TRUE);
    assert_eq!(flush(view + 100, 4097).0, TRUE);
    assert_eq!(flush(view, 2 * 4096 + 1), (FALSE, 87));
    assert_eq!(flush(0, 0), (FALSE, 87));
    let local = 0;
    assert_eq!(flush((&raw const local).addr(), 1).0, TRUE);
    unmap(view);
    close(section);
}

#[test]
fn a_file_is_mapped_by_the_rights_of_its_handle() {
    let folder = tempfile::tempdir().unwrap();
    let possible = |access| {
        let file = file_of(&folder, b"contents", access);
        let possible =
            [2, 4, 8, 0x20, 0x40, 0x80].map(|protection| match create_over(file, protection, 0) {
                Ok(section) => {
                    close(section);
                    0
                }
                Err(error) => error.0,
            });
        close(file);
        possible
    };
    const E: DWORD = GENERIC_EXECUTE;
    assert_eq!(possible(0), [5; 6]);
    assert_eq!(possible(GENERIC_WRITE), [5; 6]);
    assert_eq!(possible(GENERIC_READ), [0, 5, 0, 5, 5, 5]);
    assert_eq!(possible(GENERIC_READ | E), [0, 5, 0, 0, 5, 0]);
    let both = GENERIC_READ | GENERIC_WRITE;
    assert_eq!(possible(both), [0, 0, 0, 5, 5, 5]);
    assert_eq!(possible(both | E), [0; 6]);
}

#[test]
fn a_file_has_its_size_and_grows() {
    let folder = tempfile::tempdir().unwrap();
    let both = GENERIC_READ | GENERIC_WRITE;
    let file = file_of(&folder, b"", both);
    assert_eq!(create_over(file, 4, 0).unwrap_err().0, 1006);
    assert_eq!(create_over(file, 4 | sec::IMAGE, 0).unwrap_err().0, 193);
    assert_eq!(create_over(file, 2, 10).unwrap_err().0, 8);
    assert_eq!(
        create_over(file, 4 | sec::COMMIT | sec::RESERVE, 10)
            .unwrap_err()
            .0,
        87
    );
    let section = create_over(file, 4 | sec::RESERVE, 36).unwrap();
    assert_eq!(fs::metadata(folder.path().join("file")).unwrap().len(), 36);
    assert_eq!(map_at(section, 2, 0, 37, 0).unwrap_err().0, 5);
    let view = map_at(section, 2, 0, 36, 0).unwrap();
    let told = query(view);
    assert_eq!((told.RegionSize, told.State), (PAGE, mem::COMMIT));
    assert_eq!(allocate(view, 1, mem::COMMIT, 4).unwrap_err().0, 5);
    poke(view, b"written through the view");
    assert_eq!(FlushViewOfFile(view, 0), TRUE);
    let contents = fs::read(folder.path().join("file")).unwrap();
    assert!(contents.starts_with(b"written through the view"));
    assert_eq!(SetEndOfFile(file), FALSE);
    assert_eq!(last_error::get(), 1224);
    unmap(view);
    assert_eq!(SetEndOfFile(file), TRUE);
    close(section);
    close(file);
}

#[test]
fn copies_of_a_file_are_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = file_of(&folder, &[b'.'; 3 * PAGE], GENERIC_READ | GENERIC_WRITE);
    let section = create_over(file, 4, 0).unwrap();
    let shared = map_all(section, 2).unwrap();
    let copy = map_all(section, 1).unwrap();
    poke(shared, b"seen");
    assert_eq!(peek(copy, 4), b"seen");
    poke(copy + PAGE, b"mine");
    poke(shared + PAGE, b"ours");
    assert_eq!(peek(copy + PAGE, 4), b"mine");
    assert_eq!(peek(shared + PAGE, 4), b"ours");
    let state = |address| (query(address).Protect, query(address).RegionSize);
    assert_eq!(state(copy), (8, PAGE));
    assert_eq!(state(copy + PAGE), (4, PAGE));
    assert_eq!(state(copy + 2 * PAGE), (8, PAGE));
    unmap(copy);
    unmap(shared);
    close(section);
    close(file);
}
