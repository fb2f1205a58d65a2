//! winbase.h: the ANSI half of sections, mutexes and semaphores; pulses, messages, local memory and
//! lengths of texts.

use nshm::{Event, Mutex, Semaphore};

use super::boundary::{Arguments, In, OutBuffer, Passing, Text, guard};
use super::format_message::{self, Inserts, Width};
use super::last_error::or;
use super::local_memory;
use super::memoryapi;
use super::sync_object;
use super::synchapi;
use super::text::Unit;
use super::types::access::SEMAPHORE_ALL_ACCESS;
use super::types::{
    BOOL, CHAR, DWORD, HANDLE, LONG, SECURITY_ATTRIBUTES, SIZE_T, ULONG_PTR, WCHAR,
};
use super::winerror::*;

/// [`CreateFileMappingW`](super::memoryapi::CreateFileMappingW) for ANSI text.
#[unsafe(export_name = "nshm_win32_CreateFileMappingA")]
pub extern "C" fn CreateFileMappingA(
    hFile: HANDLE,
    lpFileMappingAttributes: In<SECURITY_ATTRIBUTES>,
    flProtect: DWORD,
    dwMaximumSizeHigh: DWORD,
    dwMaximumSizeLow: DWORD,
    lpName: Text<CHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        memoryapi::create(
            hFile,
            lpFileMappingAttributes,
            flProtect,
            memoryapi::joined(dwMaximumSizeHigh, dwMaximumSizeLow),
            lpName,
        )
    })
}

/// [`OpenFileMappingW`](super::memoryapi::OpenFileMappingW) for ANSI text.
#[unsafe(export_name = "nshm_win32_OpenFileMappingA")]
pub extern "C" fn OpenFileMappingA(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        memoryapi::open(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// [`OpenMutexW`](super::synchapi::OpenMutexW) for ANSI text.
#[unsafe(export_name = "nshm_win32_OpenMutexA")]
pub extern "C" fn OpenMutexA(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Mutex, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// [`CreateSemaphoreW`](super::synchapi::CreateSemaphoreW) for ANSI text.
#[unsafe(export_name = "nshm_win32_CreateSemaphoreA")]
pub extern "C" fn CreateSemaphoreA(
    lpSemaphoreAttributes: In<SECURITY_ATTRIBUTES>,
    lInitialCount: LONG,
    lMaximumCount: LONG,
    lpName: Text<CHAR>,
) -> HANDLE {
    CreateSemaphoreExA(
        lpSemaphoreAttributes,
        lInitialCount,
        lMaximumCount,
        lpName,
        0,
        SEMAPHORE_ALL_ACCESS,
    )
}

/// [`CreateSemaphoreExW`](super::synchapi::CreateSemaphoreExW) for ANSI text.
#[unsafe(export_name = "nshm_win32_CreateSemaphoreExA")]
pub extern "C" fn CreateSemaphoreExA(
    lpSemaphoreAttributes: In<SECURITY_ATTRIBUTES>,
    lInitialCount: LONG,
    lMaximumCount: LONG,
    lpName: Text<CHAR>,
    dwFlags: DWORD,
    dwDesiredAccess: DWORD,
) -> HANDLE {
    or(HANDLE::NULL, || {
        let options = synchapi::semaphore_options(lInitialCount, lMaximumCount, dwFlags)?;
        let access = dwDesiredAccess;
        sync_object::create::<Semaphore, _>(options, lpSemaphoreAttributes, access, lpName)
    })
}

/// [`OpenSemaphoreW`](super::synchapi::OpenSemaphoreW) for ANSI text.
#[unsafe(export_name = "nshm_win32_OpenSemaphoreA")]
pub extern "C" fn OpenSemaphoreA(
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    lpName: Text<CHAR>,
) -> HANDLE {
    or(HANDLE::NULL, || {
        sync_object::open::<Semaphore, _>(dwDesiredAccess, bInheritHandle, lpName)
    })
}

/// Lets those go who wait for an event now, or one of them if it resets itself, and leaves it reset.
/// Whoever is not quite waiting yet misses it.
#[unsafe(export_name = "nshm_win32_PulseEvent")]
pub extern "C" fn PulseEvent(hEvent: HANDLE) -> BOOL {
    synchapi::change_event(hEvent, Event::pulse)
}

const ALLOCATE_BUFFER: DWORD = 0x0100;
const IGNORE_INSERTS: DWORD = 0x0200;
const FROM_STRING: DWORD = 0x0400;
const FROM_HMODULE: DWORD = 0x0800;
const FROM_SYSTEM: DWORD = 0x1000;
const ARGUMENT_ARRAY: DWORD = 0x2000;
const MAX_WIDTH_MASK: DWORD = 0x00FF;

/// Makes a text from a message with inserts: one of the caller's, or the words for an error number.
/// The words are this library's own, in English whatever the language asked for.
#[unsafe(export_name = "nshm_win32_FormatMessageA")]
pub extern "C" fn FormatMessageA(
    dwFlags: DWORD,
    lpSource: Text<CHAR>,
    dwMessageId: DWORD,
    _dwLanguageId: DWORD,
    lpBuffer: OutBuffer<CHAR>,
    nSize: DWORD,
    Arguments: Arguments,
) -> DWORD {
    or(0, || {
        let text = message(dwFlags, lpSource, dwMessageId, Arguments)?;
        deliver(&text, dwFlags, lpBuffer, nSize)
    })
}

/// [`FormatMessageA`] for wide text.
#[unsafe(export_name = "nshm_win32_FormatMessageW")]
pub extern "C" fn FormatMessageW(
    dwFlags: DWORD,
    lpSource: Text<WCHAR>,
    dwMessageId: DWORD,
    _dwLanguageId: DWORD,
    lpBuffer: OutBuffer<WCHAR>,
    nSize: DWORD,
    Arguments: Arguments,
) -> DWORD {
    or(0, || {
        let text = message(dwFlags, lpSource, dwMessageId, Arguments)?;
        deliver(&text, dwFlags, lpBuffer, nSize)
    })
}

fn message<U: Unit>(
    flags: DWORD,
    source: Text<U>,
    id: DWORD,
    arguments: Arguments,
) -> Result<String> {
    let message = if flags & FROM_STRING != 0 {
        U::decode(&source.units().ok_or(ERROR_INVALID_PARAMETER)?)?
    } else if flags & FROM_SYSTEM != 0 {
        // As the messages of Windows, these end with a line break.
        let words = error_of(id).words().ok_or(ERROR_MR_MID_NOT_FOUND)?;
        format!("{words}\r\n")
    } else if flags & FROM_HMODULE != 0 {
        return Err(ERROR_RESOURCE_DATA_NOT_FOUND);
    } else {
        return Err(ERROR_INVALID_PARAMETER);
    };
    let width = match flags & MAX_WIDTH_MASK {
        0 => Width::AsItIs,
        MAX_WIDTH_MASK => Width::Endless,
        columns => Width::Columns(columns as usize),
    };
    let passing = if flags & ARGUMENT_ARRAY != 0 {
        Passing::Array
    } else {
        Passing::List
    };
    let take = |count| {
        // Without arguments, inserts have no meaning.
        let taken = arguments.take(passing, count);
        taken.ok_or(if arguments.is_null() {
            ERROR_INVALID_PARAMETER
        } else {
            ERROR_NOT_SUPPORTED
        })
    };
    let inserts = if flags & IGNORE_INSERTS != 0 {
        Inserts::Ignored
    } else {
        Inserts::From(&take)
    };
    format_message::format::<U>(&message, inserts, width)
}

/// The error number of an `HRESULT` that holds one, or the number itself.
fn error_of(id: DWORD) -> Win32Error {
    const FACILITY_WIN32: DWORD = 0x8007_0000;
    if id & 0xFFFF_0000 == FACILITY_WIN32 {
        Win32Error(id & 0xFFFF)
    } else {
        Win32Error(id)
    }
}

fn deliver<U: Unit>(text: &str, flags: DWORD, buffer: OutBuffer<U>, size: DWORD) -> Result<DWORD> {
    let units = U::encode_with_zero(text);
    let len = DWORD::try_from(units.len() - 1).map_err(|_| ERROR_INSUFFICIENT_BUFFER)?;
    if flags & ALLOCATE_BUFFER != 0 {
        let place = buffer.as_place();
        if place.is_null() {
            return Err(ERROR_NOT_ENOUGH_MEMORY);
        }
        let room = size_of::<U>().saturating_mul(size as usize);
        place.set(local_memory::allocate(room, &U::to_bytes(&units))?);
        return Ok(len);
    }
    if buffer.is_null() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    if len >= size {
        return Err(ERROR_INSUFFICIENT_BUFFER);
    }
    buffer.write(&units).ok_or(ERROR_INVALID_PARAMETER)?;
    Ok(len)
}

/// A block of memory, of zeros, and never one that moves: flags make no difference. NULL where
/// there is none.
#[unsafe(export_name = "nshm_win32_LocalAlloc")]
pub extern "C" fn LocalAlloc(_uFlags: DWORD, uBytes: SIZE_T) -> ULONG_PTR {
    or(0, || local_memory::allocate(uBytes, &[]))
}

/// Frees a block of `LocalAlloc` or `FormatMessage`, and answers NULL. What is none is answered,
/// with last error 6.
#[unsafe(export_name = "nshm_win32_LocalFree")]
pub extern "C" fn LocalFree(hMem: ULONG_PTR) -> ULONG_PTR {
    or(hMem, || match hMem {
        0 => Ok(0),
        block => local_memory::free(block).map(|()| 0),
    })
}

/// The length of a text in bytes; 0 for NULL.
#[unsafe(export_name = "nshm_win32_lstrlenA")]
pub extern "C" fn lstrlenA(lpString: Text<CHAR>) -> i32 {
    guard(0, || length(lpString))
}

/// The length of a wide text in 16-bit units; 0 for NULL.
#[unsafe(export_name = "nshm_win32_lstrlenW")]
pub extern "C" fn lstrlenW(lpString: Text<WCHAR>) -> i32 {
    guard(0, || length(lpString))
}

fn length<U: Unit>(text: Text<U>) -> i32 {
    i32::try_from(text.len().unwrap_or(0)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::last_error;
    use super::*;

    fn format_a(flags: DWORD, source: &str, id: DWORD, arguments: &[usize]) -> Result<String> {
        let source = u8::encode_with_zero(source);
        let mut buffer = [0xFF_u8; 200];
        let len = FormatMessageA(
            flags | ARGUMENT_ARRAY,
            Text::of(&source),
            id,
            0,
            OutBuffer::of(&mut buffer),
            200,
            Arguments::of(arguments),
        ) as usize;
        if len == 0 && last_error::get() != 0 {
            return Err(Win32Error(last_error::get()));
        }
        assert_eq!(buffer[len], 0);
        Ok(String::from_utf8(buffer[..len].to_vec()).unwrap())
    }

    #[test]
    fn error_numbers_have_words() {
        let system = |id| format_a(FROM_SYSTEM | IGNORE_INSERTS, "", id, &[]);
        assert_eq!(system(5).unwrap(), "Access is denied.\r\n");
        assert_eq!(system(0x8007_0005).unwrap(), "Access is denied.\r\n");
        assert_eq!(system(0xDEAD), Err(ERROR_MR_MID_NOT_FOUND));
        let one_line = format_a(FROM_SYSTEM | MAX_WIDTH_MASK, "", 5, &[]);
        assert_eq!(one_line.unwrap(), "Access is denied. ");
        let module = format_a(FROM_HMODULE, "", 5, &[]);
        assert_eq!(module, Err(ERROR_RESOURCE_DATA_NOT_FOUND));
        assert_eq!(format_a(0, "", 5, &[]), Err(ERROR_INVALID_PARAMETER));
    }

    #[test]
    fn inserts_come_from_an_array() {
        let name = b"name\0";
        let arguments = [name.as_ptr().expose_provenance(), 42];
        let text = format_a(FROM_STRING, "%1 is %2!d!", 0, &arguments);
        assert_eq!(text.unwrap(), "name is 42");
    }

    #[test]
    fn the_buffer_must_hold_it() {
        let source = u16::encode_with_zero("five!");
        let source = Text::of(&source);
        let mut buffer = [0xFFFF_u16; 6];
        let mut call = |flags, size| {
            let out = OutBuffer::of(&mut buffer);
            FormatMessageW(
                FROM_STRING | flags,
                source,
                0,
                0,
                out,
                size,
                Arguments::NULL,
            )
        };
        assert_eq!(call(0, 5), 0);
        assert_eq!(last_error::get(), 122);
        assert_eq!(call(0, 6), 5);
        assert_eq!(u16::decode(&buffer[..5]).unwrap(), "five!");
        let null = OutBuffer::NULL;
        let none = FormatMessageW(FROM_STRING, source, 0, 0, null, 9, Arguments::NULL);
        assert_eq!((none, last_error::get()), (0, 87));
    }

    #[test]
    fn it_allocates_what_local_free_frees() {
        let source = u16::encode_with_zero("text é");
        let mut place = [0_usize];
        let len = FormatMessageW(
            FROM_STRING | ALLOCATE_BUFFER,
            Text::of(&source),
            0,
            0,
            OutBuffer::of(&mut place).cast(),
            0,
            Arguments::NULL,
        );
        assert_eq!(len, 6);
        let text: Text<u16> = Text::at(place[0]);
        assert_eq!(lstrlenW(text), 6);
        assert_eq!(u16::decode(&text.units().unwrap()).unwrap(), "text é");
        assert_eq!(LocalFree(place[0]), 0);
        assert_eq!(LocalFree(place[0]), place[0]);
        assert_eq!(last_error::get(), 6);
        assert_eq!(LocalFree(0), 0);
        let block = LocalAlloc(0x40, 100);
        assert_ne!(block, 0);
        assert_eq!(LocalFree(block), 0);
        assert_eq!(lstrlenA(Text::NULL), 0);
    }
}
