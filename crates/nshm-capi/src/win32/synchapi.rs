//! synchapi.h: events, mutexes, semaphores, and waiting for them or for time to pass.
//!
//! Every creation opens the object that has the name, if there is one, with last error 183 and
//! without a look at the state that it asks for.

use nshm::{
    Event, EventOptions, EventState, Mutex, MutexOptions, Reset, Semaphore, SemaphoreOptions,
};

use super::boundary::{In, InArray, Out, Text, guard};
use super::handle_table;
use super::last_error::{or, or_false};
use super::object::Object;
use super::sync_object;
use super::text::Unit;
use super::types::access::*;
use super::types::{
    BOOL, CHAR, DWORD, FALSE, HANDLE, LONG, SECURITY_ATTRIBUTES, WCHAR, creation, wait,
};
use super::waiting;
use super::winerror::*;

/// Creates an event: one that resets itself or by hand, set or not.
#[unsafe(export_name = "nshm_win32_CreateEventA")]
pub extern "C" fn CreateEventA(
    lpEventAttributes: In<SECURITY_ATTRIBUTES>,
    bManualReset: BOOL,
    bInitialState: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    let flags = event_flags(bManualReset, bInitialState);
    create_event(lpEventAttributes, lpName, flags, EVENT_ALL_ACCESS)
}

/// The same for wide text.
#[unsafe(export_name = "nshm_win32_CreateEventW")]
pub extern "C" fn CreateEventW(
    lpEventAttributes: In<SECURITY_ATTRIBUTES>,
    bManualReset: BOOL,
    bInitialState: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    let flags = event_flags(bManualReset, bInitialState);
    create_event(lpEventAttributes, lpName, flags, EVENT_ALL_ACCESS)
}

/// Creates an event, with flags and with these rights of its handle.
#[unsafe(export_name = "nshm_win32_CreateEventExA")]
pub extern "C" fn CreateEventExA(
    lpEventAttributes: In<SECURITY_ATTRIBUTES>,
    lpName: Text<CHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    create_event(lpEventAttributes, lpName, dwFlags, dwDesiredAccess)
}

/// The same for wide text.
#[unsafe(export_name = "nshm_win32_CreateEventExW")]
pub extern "C" fn CreateEventExW(
    lpEventAttributes: In<SECURITY_ATTRIBUTES>,
    lpName: Text<WCHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    create_event(lpEventAttributes, lpName, dwFlags, dwDesiredAccess)
}

fn create_event<U: Unit>(
    attributes: In<SECURITY_ATTRIBUTES>,
    name: Text<U>,
    flags: DWORD,
    access: DWORD,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::create::<Event, _>(event_options(flags)?, attributes, access, name)
    })
}

fn event_flags(manual: BOOL, set: BOOL) -> DWORD {
    let flag = |is: BOOL, flag| if is == FALSE { 0 } else { flag };
    flag(manual, creation::EVENT_MANUAL_RESET) | flag(set, creation::EVENT_INITIAL_SET)
}

fn event_options(flags: DWORD) -> Result<EventOptions> {
    if flags & !(creation::EVENT_MANUAL_RESET | creation::EVENT_INITIAL_SET) != 0 {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let reset = match flags & creation::EVENT_MANUAL_RESET {
        0 => Reset::Automatic,
        _ => Reset::Manual,
    };
    let state = match flags & creation::EVENT_INITIAL_SET {
        0 => EventState::Unset,
        _ => EventState::Set,
    };
    Ok(Event::options().reset(reset).state(state))
}

/// Opens the event of a name.
#[unsafe(export_name = "nshm_win32_OpenEventA")]
pub extern "C" fn OpenEventA(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Event, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// The same for wide text.
#[unsafe(export_name = "nshm_win32_OpenEventW")]
pub extern "C" fn OpenEventW(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Event, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// Sets an event: one waiter goes on, or everybody until it is reset. One that resets itself stays set
/// until a waiter has run, so that two calls in a row can let one go.
#[unsafe(export_name = "nshm_win32_SetEvent")]
pub extern "C" fn SetEvent(hEvent: HANDLE) -> BOOL {
    change_event(hEvent, Event::set)
}

/// Resets an event.
#[unsafe(export_name = "nshm_win32_ResetEvent")]
pub extern "C" fn ResetEvent(hEvent: HANDLE) -> BOOL {
    change_event(hEvent, Event::reset)
}

/// Does something to an event, if its handle may.
pub(crate) fn change_event(
    handle: HANDLE,
    change: impl FnOnce(&Event) -> nshm::Result<()>,
) -> BOOL {
    or_false(|| {
        let entry = handle_table::get(handle)?;
        let Object::Event(event) = &entry.object else {
            return Err(ERROR_INVALID_HANDLE);
        };
        entry.require(EVENT_MODIFY_STATE)?;
        Ok(change(event)?)
    })
}

/// Creates a mutex, which this thread owns from the beginning or nobody does.
#[unsafe(export_name = "nshm_win32_CreateMutexA")]
pub extern "C" fn CreateMutexA(
    lpMutexAttributes: In<SECURITY_ATTRIBUTES>,
    bInitialOwner: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    let flags = mutex_flags(bInitialOwner);
    create_mutex(lpMutexAttributes, lpName, flags, MUTEX_ALL_ACCESS)
}

/// The same for wide text.
#[unsafe(export_name = "nshm_win32_CreateMutexW")]
pub extern "C" fn CreateMutexW(
    lpMutexAttributes: In<SECURITY_ATTRIBUTES>,
    bInitialOwner: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    let flags = mutex_flags(bInitialOwner);
    create_mutex(lpMutexAttributes, lpName, flags, MUTEX_ALL_ACCESS)
}

/// Creates a mutex, with flags and with these rights of its handle.
#[unsafe(export_name = "nshm_win32_CreateMutexExA")]
pub extern "C" fn CreateMutexExA(
    lpMutexAttributes: In<SECURITY_ATTRIBUTES>,
    lpName: Text<CHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    create_mutex(lpMutexAttributes, lpName, dwFlags, dwDesiredAccess)
}

/// The same for wide text.
#[unsafe(export_name = "nshm_win32_CreateMutexExW")]
pub extern "C" fn CreateMutexExW(
    lpMutexAttributes: In<SECURITY_ATTRIBUTES>,
    lpName: Text<WCHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    create_mutex(lpMutexAttributes, lpName, dwFlags, dwDesiredAccess)
}

fn create_mutex<U: Unit>(
    attributes: In<SECURITY_ATTRIBUTES>,
    name: Text<U>,
    flags: DWORD,
    access: DWORD,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::create::<Mutex, _>(mutex_options(flags)?, attributes, access, name)
    })
}

fn mutex_flags(owned: BOOL) -> DWORD {
    match owned {
        FALSE => 0,
        _ => creation::MUTEX_INITIAL_OWNER,
    }
}

fn mutex_options(flags: DWORD) -> Result<MutexOptions> {
    match flags {
        0 => Ok(Mutex::options()),
        creation::MUTEX_INITIAL_OWNER => Ok(Mutex::options().owned(true)),
        _ => Err(ERROR_INVALID_PARAMETER),
    }
}

/// Opens the mutex of a name.
#[unsafe(export_name = "nshm_win32_OpenMutexW")]
pub extern "C" fn OpenMutexW(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Mutex, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// Releases a mutex, as often as this thread took it. It needs no right, only to own it (288).
#[unsafe(export_name = "nshm_win32_ReleaseMutex")]
pub extern "C" fn ReleaseMutex(hMutex: HANDLE) -> BOOL {
    or_false(|| match &handle_table::get(hMutex)?.object {
        Object::Mutex(mutex) => Ok(mutex.release()?),
        _ => Err(ERROR_INVALID_HANDLE),
    })
}

/// Creates a semaphore that counts so much, and at most so much.
#[unsafe(export_name = "nshm_win32_CreateSemaphoreW")]
pub extern "C" fn CreateSemaphoreW(
    lpSemaphoreAttributes: In<SECURITY_ATTRIBUTES>,
    lInitialCount: LONG,
    lMaximumCount: LONG,
    lpName: Text<WCHAR>,
) -> HANDLE {
    CreateSemaphoreExW(
        lpSemaphoreAttributes,
        lInitialCount,
        lMaximumCount,
        lpName,
        0,
        SEMAPHORE_ALL_ACCESS,
    )
}

/// Creates a semaphore, with these rights of its handle. There are no flags.
#[unsafe(export_name = "nshm_win32_CreateSemaphoreExW")]
pub extern "C" fn CreateSemaphoreExW(
    lpSemaphoreAttributes: In<SECURITY_ATTRIBUTES>,
    lInitialCount: LONG,
    lMaximumCount: LONG,
    lpName: Text<WCHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    or(HANDLE::NULL, || {
        let options = semaphore_options(lInitialCount, lMaximumCount, dwFlags)?;
        let access = dwDesiredAccess;
        sync_object::create::<Semaphore, _>(options, lpSemaphoreAttributes, access, lpName)
    })
}

pub(crate) fn semaphore_options(count: LONG, max: LONG, flags: DWORD) -> Result<SemaphoreOptions> {
    match (u32::try_from(count), u32::try_from(max), flags) {
        (Ok(count), Ok(max), 0) if max > 0 && count <= max => Ok(Semaphore::options(count, max)),
        _ => Err(ERROR_INVALID_PARAMETER),
    }
}

/// Opens the semaphore of a name.
#[unsafe(export_name = "nshm_win32_OpenSemaphoreW")]
pub extern "C" fn OpenSemaphoreW(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<WCHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Semaphore, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// Adds to a semaphore, and tells what it counted before. Where that is more than it may count
/// (298), it changes nothing and tells nothing.
#[unsafe(export_name = "nshm_win32_ReleaseSemaphore")]
pub extern "C" fn ReleaseSemaphore(
    hSemaphore: HANDLE,
    lReleaseCount: LONG,
    lpPreviousCount: Out<LONG>,
) -> BOOL {
    or_false(|| {
        let count = match u32::try_from(lReleaseCount) {
            Ok(count) if count > 0 => count,
            _ => return Err(ERROR_INVALID_PARAMETER),
        };
        let entry = handle_table::get(hSemaphore)?;
        let Object::Semaphore(semaphore) = &entry.object else {
            return Err(ERROR_INVALID_HANDLE);
        };
        entry.require(SEMAPHORE_MODIFY_STATE)?;
        let before = semaphore.release(count)?;
        lpPreviousCount.set(before.cast_signed());
        Ok(())
    })
}

/// Waits until an object is signalled, and takes it: 0, 0x80 for a mutex that was abandoned, 258 if
/// the time has passed.
#[unsafe(export_name = "nshm_win32_WaitForSingleObject")]
pub extern "C" fn WaitForSingleObject(hHandle: HANDLE, dwMilliseconds: DWORD) -> DWORD {
    or(wait::FAILED, || {
        waiting::for_one(hHandle, waiting::timeout(dwMilliseconds))
    })
}

/// The same. Nothing calls back into a thread here, so being alertable changes nothing.
#[unsafe(export_name = "nshm_win32_WaitForSingleObjectEx")]
pub extern "C" fn WaitForSingleObjectEx(
    hHandle: HANDLE,
    dwMilliseconds: DWORD,
    _bAlertable: BOOL,
) -> DWORD {
    WaitForSingleObject(hHandle, dwMilliseconds)
}

/// Waits until any of up to 64 objects is signalled, and takes that one; or until all are, and takes
/// all at once.
#[unsafe(export_name = "nshm_win32_WaitForMultipleObjects")]
pub extern "C" fn WaitForMultipleObjects(
    nCount: DWORD,
    lpHandles: InArray<HANDLE>,
    bWaitAll: BOOL,
    dwMilliseconds: DWORD,
) -> DWORD {
    or(wait::FAILED, || {
        let count = nCount as usize;
        if !(1..=nshm::MAX_WAIT).contains(&count) {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let handles = lpHandles.take(count).ok_or(ERROR_NOACCESS)?;
        let timeout = waiting::timeout(dwMilliseconds);
        match bWaitAll {
            FALSE => waiting::for_any(&handles, timeout),
            _ => waiting::for_all(&handles, timeout),
        }
    })
}

/// The same; see [`WaitForSingleObjectEx`].
#[unsafe(export_name = "nshm_win32_WaitForMultipleObjectsEx")]
pub extern "C" fn WaitForMultipleObjectsEx(
    nCount: DWORD,
    lpHandles: InArray<HANDLE>,
    bWaitAll: BOOL,
    dwMilliseconds: DWORD,
    _bAlertable: BOOL,
) -> DWORD {
    WaitForMultipleObjects(nCount, lpHandles, bWaitAll, dwMilliseconds)
}

/// Sets an event, releases a semaphore by one or releases a mutex, and then waits for another
/// object. These are two steps, as on Windows.
#[unsafe(export_name = "nshm_win32_SignalObjectAndWait")]
pub extern "C" fn SignalObjectAndWait(
    hObjectToSignal: HANDLE,
    hObjectToWaitOn: HANDLE,
    dwMilliseconds: DWORD,
    _bAlertable: BOOL,
) -> DWORD {
    or(wait::FAILED, || {
        let timeout = waiting::timeout(dwMilliseconds);
        waiting::after_signal(hObjectToSignal, hObjectToWaitOn, timeout)
    })
}

/// Lets the time pass, or gives others their turn for 0. `INFINITE` never returns.
#[unsafe(export_name = "nshm_win32_Sleep")]
pub extern "C" fn Sleep(dwMilliseconds: DWORD) {
    guard((), || waiting::pass(waiting::timeout(dwMilliseconds)));
}
