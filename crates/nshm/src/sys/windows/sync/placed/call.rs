//! The system calls that tell threads apart and whether they have ended, one thin function each.

use std::io;
use std::mem::offset_of;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Wdk::System::SystemInformation::{
    NtQuerySystemInformation, SystemProcessInformation,
};
use windows_sys::Win32::Foundation::{
    FILETIME, NTSTATUS, RtlNtStatusToDosError, STATUS_INFO_LENGTH_MISMATCH,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentThread, GetCurrentThreadId, GetThreadTimes, OpenThread, THREAD_ACCESS_RIGHTS,
    THREAD_QUERY_LIMITED_INFORMATION, THREAD_SYNCHRONIZE,
};

/// What it takes to watch a thread.
const WATCH: THREAD_ACCESS_RIGHTS = THREAD_SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION;

/// The id of this thread. GetCurrentThreadId
pub(super) fn thread_id() -> u32 {
    // SAFETY: takes nothing and returns a number.
    unsafe { GetCurrentThreadId() }
}

/// This thread, as a pseudo handle that needs no closing. GetCurrentThread
pub(super) fn this_thread() -> BorrowedHandle<'static> {
    // SAFETY: the pseudo handle is a constant which is good for ever, for whichever thread has it.
    unsafe { BorrowedHandle::borrow_raw(GetCurrentThread()) }
}

/// Opens a thread of any process, to watch it. OpenThread
pub(super) fn open_thread(id: u32) -> io::Result<OwnedHandle> {
    // SAFETY: takes plain numbers.
    let handle = unsafe { OpenThread(WATCH, 0, id) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is new, and nobody else closes it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// When a thread was created, in units of 100 ns. GetThreadTimes
pub(super) fn thread_birth(thread: BorrowedHandle<'_>) -> io::Result<u64> {
    let [mut birth, mut end, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: the handle is open through the call, and the answers fit.
    let result = unsafe {
        GetThreadTimes(
            thread.as_raw_handle(),
            &mut birth,
            &mut end,
            &mut kernel,
            &mut user,
        )
    };
    if result == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(u64::from(birth.dwHighDateTime) << 32 | u64::from(birth.dwLowDateTime))
}

/// What the system tells of a process: `SYSTEM_PROCESS_INFORMATION`, which its threads follow.
#[repr(C)]
struct ProcessRecord {
    next: u32,
    thread_count: u32,
    times: [i64; 6],
    name_len: [u16; 2],
    name: usize,
    priority: i32,
    id: usize,
    parent: usize,
    handle_count: u32,
    session: u32,
    numbers: [usize; 13],
    transfers: [u64; 6],
}

/// What the system tells of a thread: `SYSTEM_THREAD_INFORMATION`.
#[repr(C)]
struct ThreadRecord {
    times: [i64; 2],
    birth: u64,
    wait_time: u32,
    start: usize,
    process: usize,
    id: usize,
    priorities: [i32; 2],
    switches: u32,
    state: [u32; 2],
}

/// A thread of any process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListedThread {
    pub(super) id: u32,
    /// As [`thread_birth`] tells it.
    pub(super) birth: u64,
}

/// Every thread that has not ended, of every process, whoever may open it. NtQuerySystemInformation
pub(super) fn threads() -> io::Result<Vec<ListedThread>> {
    let mut len = 1 << 16;
    loop {
        let mut words = vec![0u64; len / size_of::<u64>()];
        // SAFETY: the vector has as many bytes as is said.
        let status: NTSTATUS = unsafe {
            NtQuerySystemInformation(
                SystemProcessInformation,
                words.as_mut_ptr().cast(),
                len as u32,
                ptr::null_mut(),
            )
        };
        if status == STATUS_INFO_LENGTH_MISMATCH && len < 1 << 30 {
            len *= 2;
            continue;
        }
        if status < 0 {
            // SAFETY: takes and returns plain numbers.
            let code = unsafe { RtlNtStatusToDosError(status) };
            return Err(io::Error::from_raw_os_error(code.cast_signed()));
        }
        let bytes: Vec<u8> = words.into_iter().flat_map(u64::to_ne_bytes).collect();
        return Ok(threads_in(&bytes));
    }
}

/// Reads the records of processes one after the other, as far as they are whole.
fn threads_in(bytes: &[u8]) -> Vec<ListedThread> {
    let mut threads = Vec::new();
    let mut process = bytes;
    loop {
        let field = |at| u32_at(process, at);
        let (Some(next), Some(count)) = (
            field(offset_of!(ProcessRecord, next)),
            field(offset_of!(ProcessRecord, thread_count)),
        ) else {
            return threads;
        };
        let records = process.get(size_of::<ProcessRecord>()..).unwrap_or(&[]);
        let records = records.chunks_exact(size_of::<ThreadRecord>());
        threads.extend(records.take(count as usize).filter_map(|record| {
            Some(ListedThread {
                id: u32_at(record, offset_of!(ThreadRecord, id))?,
                birth: u64_at(record, offset_of!(ThreadRecord, birth))?,
            })
        }));
        match process.get(next as usize..) {
            Some(rest) if next != 0 => process = rest,
            _ => return threads,
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?))
}
