//! The calls of the Windows API: declared as the headers declare them, and made safe.
//!
//! Each answers what it gives, or its last error. Who succeeds leaves the last error as it was; a
//! creation sets it, and it is answered too.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

// Its symbols are what is linked to here.
use nshm_capi as _;

#[repr(C)]
struct SecurityAttributes {
    length: u32,
    descriptor: *const c_void,
    inherits: i32,
}

/// `MEMORY_BASIC_INFORMATION`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemoryInformation {
    pub(crate) base: usize,
    pub(crate) allocation: usize,
    pub(crate) allocation_protection: u32,
    pub(crate) partition: u16,
    pub(crate) size: usize,
    pub(crate) state: u32,
    pub(crate) protection: u32,
    pub(crate) kind: u32,
}

type Attributes = *const SecurityAttributes;

unsafe extern "C" {
    safe fn nshm_win32_GetLastError() -> u32;
    safe fn nshm_win32_SetLastError(error: u32);
    fn nshm_win32_CreateFileMappingA(
        file: usize,
        attributes: Attributes,
        protection: u32,
        high: u32,
        low: u32,
        name: *const u8,
    ) -> usize;
    fn nshm_win32_CreateFileMappingW(
        file: usize,
        attributes: Attributes,
        protection: u32,
        high: u32,
        low: u32,
        name: *const u16,
    ) -> usize;
    fn nshm_win32_OpenFileMappingA(access: u32, inherits: i32, name: *const u8) -> usize;
    fn nshm_win32_OpenFileMappingW(access: u32, inherits: i32, name: *const u16) -> usize;
    safe fn nshm_win32_MapViewOfFile(
        section: usize,
        access: u32,
        high: u32,
        low: u32,
        len: usize,
    ) -> usize;
    fn nshm_win32_UnmapViewOfFile(address: usize) -> i32;
    safe fn nshm_win32_FlushViewOfFile(address: usize, len: usize) -> i32;
    fn nshm_win32_VirtualQuery(
        address: usize,
        information: *mut MemoryInformation,
        len: usize,
    ) -> usize;
    fn nshm_win32_VirtualProtect(address: usize, len: usize, to: u32, before: *mut u32) -> i32;
    fn nshm_win32_VirtualAlloc(address: usize, len: usize, kind: u32, protection: u32) -> usize;
    fn nshm_win32_VirtualFree(address: usize, len: usize, kind: u32) -> i32;
    safe fn nshm_win32_CloseHandle(handle: usize) -> i32;
    fn nshm_win32_DuplicateHandle(
        from: usize,
        source: usize,
        to: usize,
        copy: *mut usize,
        access: u32,
        inherits: i32,
        options: u32,
    ) -> i32;
    fn nshm_win32_GetHandleInformation(handle: usize, flags: *mut u32) -> i32;
    safe fn nshm_win32_SetHandleInformation(handle: usize, mask: u32, flags: u32) -> i32;
    fn nshm_win32_CreateEventExA(
        attributes: Attributes,
        name: *const u8,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_CreateEventExW(
        attributes: Attributes,
        name: *const u16,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_OpenEventA(access: u32, inherits: i32, name: *const u8) -> usize;
    fn nshm_win32_OpenEventW(access: u32, inherits: i32, name: *const u16) -> usize;
    safe fn nshm_win32_SetEvent(event: usize) -> i32;
    safe fn nshm_win32_ResetEvent(event: usize) -> i32;
    safe fn nshm_win32_PulseEvent(event: usize) -> i32;
    fn nshm_win32_CreateMutexExA(
        attributes: Attributes,
        name: *const u8,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_CreateMutexExW(
        attributes: Attributes,
        name: *const u16,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_OpenMutexA(access: u32, inherits: i32, name: *const u8) -> usize;
    fn nshm_win32_OpenMutexW(access: u32, inherits: i32, name: *const u16) -> usize;
    safe fn nshm_win32_ReleaseMutex(mutex: usize) -> i32;
    fn nshm_win32_CreateSemaphoreExA(
        attributes: Attributes,
        count: i32,
        max: i32,
        name: *const u8,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_CreateSemaphoreExW(
        attributes: Attributes,
        count: i32,
        max: i32,
        name: *const u16,
        flags: u32,
        access: u32,
    ) -> usize;
    fn nshm_win32_OpenSemaphoreA(access: u32, inherits: i32, name: *const u8) -> usize;
    fn nshm_win32_OpenSemaphoreW(access: u32, inherits: i32, name: *const u16) -> usize;
    fn nshm_win32_ReleaseSemaphore(semaphore: usize, count: i32, before: *mut i32) -> i32;
    safe fn nshm_win32_WaitForSingleObject(handle: usize, milliseconds: u32) -> u32;
    fn nshm_win32_WaitForMultipleObjects(
        count: u32,
        handles: *const usize,
        all: i32,
        milliseconds: u32,
    ) -> u32;
    safe fn nshm_win32_SignalObjectAndWait(
        signalled: usize,
        awaited: usize,
        milliseconds: u32,
        alertable: i32,
    ) -> u32;
}

/// What a call gives, or its last error.
pub(crate) type Answer<T> = Result<T, u32>;
/// The handle that a creation gives, and the last error that it sets.
pub(crate) type Created = Answer<(usize, u32)>;

/// The name of an object, as the two halves of the API take it.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    Null,
    Ansi(String),
    Wide(String),
}

/// What no function sets.
const UNTOUCHED: u32 = 0xBEEF;

fn ask<R: PartialEq + Copy>(failed: R, call: impl FnOnce() -> R) -> (Answer<R>, u32) {
    nshm_win32_SetLastError(UNTOUCHED);
    let given = call();
    let error = nshm_win32_GetLastError();
    if given == failed {
        assert_ne!(error, UNTOUCHED, "a failure sets the last error");
        return (Err(error), error);
    }
    (Ok(given), error)
}

fn answer<R: PartialEq + Copy>(failed: R, call: impl FnOnce() -> R) -> Answer<R> {
    let (answer, error) = ask(failed, call);
    assert!(
        answer.is_err() || error == UNTOUCHED,
        "a success sets it: {error}"
    );
    answer
}

fn done(call: impl FnOnce() -> i32) -> Answer<()> {
    answer(0, call).map(|_| ())
}

fn created(call: impl FnOnce() -> usize) -> Created {
    let (answer, error) = ask(0, call);
    answer.map(|handle| (handle, error))
}

fn ansi(text: &str) -> Vec<u8> {
    text.bytes().chain([0]).collect()
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn attributes(inherits: bool) -> SecurityAttributes {
    SecurityAttributes {
        length: size_of::<SecurityAttributes>() as u32,
        descriptor: null(),
        inherits: inherits.into(),
    }
}

/// Calls one of two functions with a name that ends in a zero.
macro_rules! by_name {
    ($name:expr, $ansi:ident, $wide:ident, ($($before:expr),*), ($($after:expr),*)) => {
        match $name {
            Name::Null => {
                // SAFETY: NULL is no name; the attributes live until the call returns.
                unsafe { $wide($($before,)* null() $(, $after)*) }
            }
            Name::Ansi(text) => {
                let text = ansi(text);
                // SAFETY: the text ends with a zero; it and the attributes live until then.
                unsafe { $ansi($($before,)* text.as_ptr() $(, $after)*) }
            }
            Name::Wide(text) => {
                let text = wide(text);
                // SAFETY: as above.
                unsafe { $wide($($before,)* text.as_ptr() $(, $after)*) }
            }
        }
    };
}

pub(crate) fn create_section(
    file: usize,
    inherits: bool,
    protection: u32,
    size: u64,
    name: &Name,
) -> Created {
    let attributes = attributes(inherits);
    let (high, low) = ((size >> 32) as u32, size as u32);
    created(|| {
        by_name!(
            name,
            nshm_win32_CreateFileMappingA,
            nshm_win32_CreateFileMappingW,
            (file, &raw const attributes, protection, high, low),
            ()
        )
    })
}

pub(crate) fn create_event(inherits: bool, flags: u32, access: u32, name: &Name) -> Created {
    let attributes = attributes(inherits);
    created(|| {
        by_name!(
            name,
            nshm_win32_CreateEventExA,
            nshm_win32_CreateEventExW,
            (&raw const attributes),
            (flags, access)
        )
    })
}

pub(crate) fn create_mutex(inherits: bool, flags: u32, access: u32, name: &Name) -> Created {
    let attributes = attributes(inherits);
    created(|| {
        by_name!(
            name,
            nshm_win32_CreateMutexExA,
            nshm_win32_CreateMutexExW,
            (&raw const attributes),
            (flags, access)
        )
    })
}

pub(crate) fn create_semaphore(
    inherits: bool,
    (count, max): (i32, i32),
    flags: u32,
    access: u32,
    name: &Name,
) -> Created {
    let attributes = attributes(inherits);
    created(|| {
        by_name!(
            name,
            nshm_win32_CreateSemaphoreExA,
            nshm_win32_CreateSemaphoreExW,
            (&raw const attributes, count, max),
            (flags, access)
        )
    })
}

pub(crate) fn open_section(access: u32, inherits: bool, name: &Name) -> Answer<usize> {
    let inherits = inherits.into();
    answer(0, || {
        by_name!(
            name,
            nshm_win32_OpenFileMappingA,
            nshm_win32_OpenFileMappingW,
            (access, inherits),
            ()
        )
    })
}

pub(crate) fn open_event(access: u32, inherits: bool, name: &Name) -> Answer<usize> {
    let inherits = inherits.into();
    answer(0, || {
        by_name!(
            name,
            nshm_win32_OpenEventA,
            nshm_win32_OpenEventW,
            (access, inherits),
            ()
        )
    })
}

pub(crate) fn open_mutex(access: u32, inherits: bool, name: &Name) -> Answer<usize> {
    let inherits = inherits.into();
    answer(0, || {
        by_name!(
            name,
            nshm_win32_OpenMutexA,
            nshm_win32_OpenMutexW,
            (access, inherits),
            ()
        )
    })
}

pub(crate) fn open_semaphore(access: u32, inherits: bool, name: &Name) -> Answer<usize> {
    let inherits = inherits.into();
    answer(0, || {
        by_name!(
            name,
            nshm_win32_OpenSemaphoreA,
            nshm_win32_OpenSemaphoreW,
            (access, inherits),
            ()
        )
    })
}

pub(crate) fn map(section: usize, access: u32, offset: u64, len: usize) -> Answer<usize> {
    let (high, low) = ((offset >> 32) as u32, offset as u32);
    answer(0, || {
        nshm_win32_MapViewOfFile(section, access, high, low, len)
    })
}

pub(crate) fn unmap(address: usize) -> Answer<()> {
    // SAFETY: nothing here keeps a reference into a view.
    done(|| unsafe { nshm_win32_UnmapViewOfFile(address) })
}

pub(crate) fn flush(address: usize, len: usize) -> Answer<()> {
    done(|| nshm_win32_FlushViewOfFile(address, len))
}

pub(crate) fn query(address: usize) -> Answer<MemoryInformation> {
    let mut information = MemoryInformation::default();
    let len = size_of::<MemoryInformation>();
    // SAFETY: there is room for what is asked.
    let told = answer(0, || unsafe {
        nshm_win32_VirtualQuery(address, &raw mut information, len)
    })?;
    assert_eq!(told, len);
    Ok(information)
}

pub(crate) fn protect(address: usize, len: usize, to: u32) -> Answer<u32> {
    let mut before = 0;
    // SAFETY: nothing here keeps a reference into a view, and pages of others are refused.
    done(|| unsafe { nshm_win32_VirtualProtect(address, len, to, &raw mut before) })?;
    Ok(before)
}

/// Commits pages of a view.
pub(crate) fn commit(address: usize, len: usize, protection: u32) -> Answer<usize> {
    const MEM_COMMIT: u32 = 0x1000;
    // SAFETY: as above.
    answer(0, || unsafe {
        nshm_win32_VirtualAlloc(address, len, MEM_COMMIT, protection)
    })
}

pub(crate) fn free(address: usize, len: usize, kind: u32) -> Answer<()> {
    // SAFETY: it is asked for views, which it does not free.
    done(|| unsafe { nshm_win32_VirtualFree(address, len, kind) })
}

pub(crate) fn close(handle: usize) -> Answer<()> {
    done(|| nshm_win32_CloseHandle(handle))
}

pub(crate) fn duplicate(source: usize, access: u32, inherits: bool, options: u32) -> Answer<usize> {
    const PROCESS: usize = usize::MAX;
    let mut copy = 0;
    // SAFETY: the copy has its place.
    done(|| unsafe {
        nshm_win32_DuplicateHandle(
            PROCESS,
            source,
            PROCESS,
            &raw mut copy,
            access,
            inherits.into(),
            options,
        )
    })?;
    Ok(copy)
}

pub(crate) fn flags(handle: usize) -> Answer<u32> {
    let mut flags = 0;
    // SAFETY: the flags have their place.
    done(|| unsafe { nshm_win32_GetHandleInformation(handle, &raw mut flags) })?;
    Ok(flags)
}

pub(crate) fn set_flags(handle: usize, mask: u32, flags: u32) -> Answer<()> {
    done(|| nshm_win32_SetHandleInformation(handle, mask, flags))
}

pub(crate) fn set_event(event: usize) -> Answer<()> {
    done(|| nshm_win32_SetEvent(event))
}

pub(crate) fn reset_event(event: usize) -> Answer<()> {
    done(|| nshm_win32_ResetEvent(event))
}

pub(crate) fn pulse_event(event: usize) -> Answer<()> {
    done(|| nshm_win32_PulseEvent(event))
}

pub(crate) fn release_mutex(mutex: usize) -> Answer<()> {
    done(|| nshm_win32_ReleaseMutex(mutex))
}

pub(crate) fn release_semaphore(semaphore: usize, count: i32) -> Answer<i32> {
    const UNSAID: i32 = -7;
    let mut before = UNSAID;
    // SAFETY: the count has its place.
    let told = done(|| unsafe { nshm_win32_ReleaseSemaphore(semaphore, count, &raw mut before) });
    if told.is_err() {
        assert_eq!(before, UNSAID, "a failure tells nothing");
    }
    told.map(|()| before)
}

/// Waits for nothing but takes what is there.
pub(crate) fn wait(handle: usize) -> Answer<u32> {
    answer(u32::MAX, || nshm_win32_WaitForSingleObject(handle, 0))
}

pub(crate) fn wait_many(handles: &[usize], all: bool) -> Answer<u32> {
    let pointer = match handles {
        [] => null_mut::<usize>().cast_const(),
        handles => handles.as_ptr(),
    };
    // SAFETY: there are as many handles as it says.
    answer(u32::MAX, || unsafe {
        nshm_win32_WaitForMultipleObjects(handles.len() as u32, pointer, all.into(), 0)
    })
}

pub(crate) fn signal_and_wait(signalled: usize, awaited: usize) -> Answer<u32> {
    answer(u32::MAX, || {
        nshm_win32_SignalObjectAndWait(signalled, awaited, 0, 0)
    })
}

/// The byte at an address that may be read.
pub(crate) fn read(address: usize) -> u8 {
    // SAFETY: the model says that the page may be read; if that is wrong, the process ends with a
    // signal, which is what this is for. No other thread writes to it.
    unsafe { std::ptr::with_exposed_provenance::<u8>(address).read_volatile() }
}

/// Writes a byte to an address that may be written to.
pub(crate) fn write(address: usize, byte: u8) {
    // SAFETY: as above.
    unsafe { std::ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(byte) }
}
