//! The system calls for events, mutexes, semaphores and waiting, one thin function each.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_ALREADY_EXISTS, GetLastError, HANDLE, NTSTATUS, RtlNtStatusToDosError, WAIT_ABANDONED_0,
    WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateMutexW, CreateSemaphoreW, GetCurrentThreadId, OpenEventW, OpenMutexW,
    OpenSemaphoreW, PulseEvent, ReleaseMutex, ReleaseSemaphore, ResetEvent, SetEvent,
    WaitForMultipleObjects,
};

use super::super::call::{Descriptor, Met};
use super::super::name::Wide;
use crate::format::Kind;
use crate::options::Setup;
use crate::sys::SyncState;

// In no import list of windows-sys: ntdll exports them.
#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    fn NtQueryEvent(event: HANDLE, class: i32, to: *mut c_void, len: u32, n: *mut u32) -> NTSTATUS;
    fn NtQueryMutant(mutex: HANDLE, class: i32, to: *mut c_void, len: u32, n: *mut u32)
    -> NTSTATUS;
    fn NtQuerySemaphore(
        semaphore: HANDLE,
        class: i32,
        to: *mut c_void,
        len: u32,
        n: *mut u32,
    ) -> NTSTATUS;
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// # Safety
/// `handle` is null or a new handle that nobody else closes.
unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// Creates an object, or opens the one of that kind that has the name. CreateEventW, CreateMutexW,
/// CreateSemaphoreW
pub(super) fn create(
    setup: Setup,
    descriptor: &Descriptor,
    name: Option<&Wide>,
) -> io::Result<(OwnedHandle, Met)> {
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.as_ptr(),
        bInheritHandle: 0,
    };
    let name = name.map_or(ptr::null(), Wide::as_ptr);
    // SAFETY: the attributes, the descriptor and the name, which ends with a zero, live through the
    // call. The handle is new, also where the object is not.
    unsafe {
        let handle = owned(match setup {
            Setup::Event { manual, set } => {
                CreateEventW(&attributes, manual.into(), set.into(), name)
            }
            Setup::Mutex { owned } => CreateMutexW(&attributes, owned.into(), name),
            Setup::Semaphore { count, max } => {
                let (count, max) = (count.cast_signed(), max.cast_signed());
                CreateSemaphoreW(&attributes, count, max, name)
            }
        })?;
        let met = match GetLastError() {
            ERROR_ALREADY_EXISTS => Met::Existing,
            _ => Met::Nothing,
        };
        Ok((handle, met))
    }
}

/// Opens the object of that kind that has the name. OpenEventW, OpenMutexW, OpenSemaphoreW
pub(in super::super) fn open(kind: Kind, access: u32, name: &Wide) -> io::Result<OwnedHandle> {
    let name = name.as_ptr();
    // SAFETY: the name ends with a zero and lives through the call; the handle is new.
    unsafe {
        owned(match kind {
            Kind::Mutex => OpenMutexW(access, 0, name),
            Kind::Semaphore => OpenSemaphoreW(access, 0, name),
            Kind::Event | Kind::Section => OpenEventW(access, 0, name),
        })
    }
}

/// SetEvent
pub(super) fn set_event(event: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open through the call.
    check(unsafe { SetEvent(event.as_raw_handle()) })
}

/// ResetEvent
pub(super) fn reset_event(event: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open through the call.
    check(unsafe { ResetEvent(event.as_raw_handle()) })
}

/// PulseEvent
pub(super) fn pulse_event(event: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open through the call.
    check(unsafe { PulseEvent(event.as_raw_handle()) })
}

/// ReleaseMutex
pub(super) fn release_mutex(mutex: BorrowedHandle<'_>) -> io::Result<()> {
    // SAFETY: the handle is open through the call.
    check(unsafe { ReleaseMutex(mutex.as_raw_handle()) })
}

/// Adds to a semaphore, and says what it counted before. ReleaseSemaphore
pub(super) fn release_semaphore(semaphore: BorrowedHandle<'_>, count: i32) -> io::Result<u32> {
    let mut before = 0;
    // SAFETY: the handle is open through the call, and the number is what it writes to.
    check(unsafe { ReleaseSemaphore(semaphore.as_raw_handle(), count, &mut before) })?;
    Ok(before.cast_unsigned())
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// With the object of that number, or with all of them.
    Taken {
        index: usize,
        abandoned: bool,
    },
    TimedOut,
}

/// Waits for one of at most 64 objects, or for all. WaitForMultipleObjects
pub(super) fn wait(
    objects: &[BorrowedHandle<'_>],
    for_all: bool,
    milliseconds: u32,
) -> io::Result<Waited> {
    let handles: Vec<HANDLE> = objects.iter().map(AsRawHandle::as_raw_handle).collect();
    let count = handles.len() as u32;
    // SAFETY: as many handles are given as the length says, and they are open through the call.
    let result =
        unsafe { WaitForMultipleObjects(count, handles.as_ptr(), for_all.into(), milliseconds) };
    let taken = |first: u32, abandoned| Waited::Taken {
        index: (result - first) as usize,
        abandoned,
    };
    match result {
        WAIT_TIMEOUT => Ok(Waited::TimedOut),
        _ if (WAIT_OBJECT_0..WAIT_OBJECT_0 + count).contains(&result) => {
            Ok(taken(WAIT_OBJECT_0, false))
        }
        _ if (WAIT_ABANDONED_0..WAIT_ABANDONED_0 + count).contains(&result) => {
            Ok(taken(WAIT_ABANDONED_0, true))
        }
        _ => Err(io::Error::last_os_error()),
    }
}

/// Asks what an object is like; what is of another kind is refused. NtQueryEvent, NtQueryMutant,
/// NtQuerySemaphore
pub(super) fn state(kind: Kind, object: BorrowedHandle<'_>) -> io::Result<SyncState> {
    /// The basic information of events and semaphores is two numbers of 32 bits, and that of
    /// mutexes a number and two bytes.
    #[repr(C)]
    #[derive(Default)]
    struct Basic([i32; 2]);
    const BASIC: i32 = 0;
    let mut basic = Basic::default();
    let len = size_of::<Basic>() as u32;
    let to = ptr::from_mut(&mut basic).cast();
    let handle = object.as_raw_handle();
    let null = ptr::null_mut();
    // SAFETY: the handle is open through the call, which writes the basic information of the kind.
    let status = unsafe {
        match kind {
            Kind::Mutex => NtQueryMutant(handle, BASIC, to, len, null),
            Kind::Semaphore => NtQuerySemaphore(handle, BASIC, to, len, null),
            Kind::Event | Kind::Section => NtQueryEvent(handle, BASIC, to, len, null),
        }
    };
    check_status(status)?;
    let Basic([first, second]) = basic;
    Ok(match kind {
        Kind::Mutex => {
            let [owned_by_caller, abandoned, ..] = second.to_le_bytes();
            SyncState::Mutex {
                // One for a mutex that is free, less for one that is owned so often.
                owner: match first {
                    1.. => None,
                    _ => owner_of(object, owned_by_caller != 0),
                },
                abandoned: first >= 1 && abandoned != 0,
            }
        }
        Kind::Semaphore => SyncState::Semaphore {
            count: first.cast_unsigned(),
            max: second.cast_unsigned(),
        },
        Kind::Event | Kind::Section => SyncState::Event {
            manual: first == 0,
            set: second != 0,
        },
    })
}

/// The thread that owns a mutex which was owned a moment ago; 0 where the system does not tell, as
/// Wine does not of other threads. NtQueryMutant
fn owner_of(mutex: BorrowedHandle<'_>, is_caller: bool) -> Option<u32> {
    /// `CLIENT_ID`: the process and the thread.
    #[repr(C)]
    #[derive(Default)]
    struct Owner([usize; 2]);
    const MUTANT_OWNER_INFORMATION: i32 = 1;
    if is_caller {
        // SAFETY: takes nothing and returns a number.
        return Some(unsafe { GetCurrentThreadId() });
    }
    let mut owner = Owner::default();
    let len = size_of::<Owner>() as u32;
    // SAFETY: the handle is open through the call, and the answer fits.
    let status = unsafe {
        NtQueryMutant(
            mutex.as_raw_handle(),
            MUTANT_OWNER_INFORMATION,
            ptr::from_mut(&mut owner).cast(),
            len,
            ptr::null_mut(),
        )
    };
    match check_status(status) {
        // Since then its owner has unlocked it.
        Ok(()) if owner.0[1] == 0 => None,
        Ok(()) => Some(u32::try_from(owner.0[1]).unwrap_or(0)),
        Err(_) => Some(0),
    }
}

fn check_status(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: takes and returns plain numbers.
    let code = unsafe { RtlNtStatusToDosError(status) };
    Err(io::Error::from_raw_os_error(code.cast_signed()))
}
