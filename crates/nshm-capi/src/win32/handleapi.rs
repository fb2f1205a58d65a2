//! handleapi.h: closing, copying and marking handles.

use super::boundary::Out;
use super::handle_table::{self, Entry};
use super::last_error::or_false;
use super::object::Object;
use super::types::{BOOL, DWORD, FALSE, HANDLE, duplicate, handle_flag};
use super::winerror::*;

/// Closes a handle. The views of a section stay; its name goes with its last handle.
///
/// The pseudo handles of the process and the thread are left alone, with success.
#[unsafe(export_name = "nshm_win32_CloseHandle")]
pub extern "C" fn CloseHandle(hObject: HANDLE) -> BOOL {
    or_false(|| match hObject {
        HANDLE::INVALID | HANDLE::CURRENT_THREAD => Ok(()),
        handle => handle_table::close(handle),
    })
}

/// Makes another handle of an object, with the same access or another. Both processes must be this
/// one.
///
/// A pseudo handle of the process becomes a real one; that of the thread is not supported (50).
#[unsafe(export_name = "nshm_win32_DuplicateHandle")]
pub extern "C" fn DuplicateHandle(
    hSourceProcessHandle: HANDLE,
    hSourceHandle: HANDLE,
    hTargetProcessHandle: HANDLE,
    lpTargetHandle: Out<HANDLE>,
    dwDesiredAccess: DWORD,
    bInheritHandle: BOOL,
    dwOptions: DWORD,
) -> BOOL {
    or_false(|| {
        is_this_process(hSourceProcessHandle)?;
        let closes = dwOptions & duplicate::CLOSE_SOURCE != 0;
        let copied = is_this_process(hTargetProcessHandle).and_then(|()| {
            let source = resolve(hSourceHandle)?;
            if lpTargetHandle.is_null() && !closes {
                return Err(ERROR_INVALID_PARAMETER);
            }
            let access = if dwOptions & duplicate::SAME_ACCESS != 0 {
                source.access
            } else {
                source.object.rights().translate(dwDesiredAccess)?
            };
            Ok(Entry {
                flags: handle_table::inherit(bInheritHandle != FALSE),
                ..source.copy(access)?
            })
        });
        // The source goes first, whatever became of the copy, and so may give it its number.
        if closes {
            let closed = handle_table::close(hSourceHandle);
            if lpTargetHandle.is_null() {
                return copied.and(closed);
            }
        }
        lpTargetHandle.set(handle_table::insert(copied?)?);
        Ok(())
    })
}

/// The flags of a handle: inherited by children, protected from closing.
#[unsafe(export_name = "nshm_win32_GetHandleInformation")]
pub extern "C" fn GetHandleInformation(hObject: HANDLE, lpdwFlags: Out<DWORD>) -> BOOL {
    or_false(|| {
        let flags = resolve(hObject)?.flags;
        if lpdwFlags.set(flags) {
            Ok(())
        } else {
            Err(ERROR_NOACCESS)
        }
    })
}

/// Sets those flags of a handle that the mask names.
///
/// Inheritance is recorded: a child made by `fork` has copies of all that its parent has, and
/// one that runs another program has none.
#[unsafe(export_name = "nshm_win32_SetHandleInformation")]
pub extern "C" fn SetHandleInformation(hObject: HANDLE, dwMask: DWORD, dwFlags: DWORD) -> BOOL {
    or_false(|| {
        if dwMask & !(handle_flag::INHERIT | handle_flag::PROTECT_FROM_CLOSE) != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        handle_table::set_flags(hObject, dwMask, dwFlags)
    })
}

/// What a handle stands for, the pseudo handle of the process included.
fn resolve(handle: HANDLE) -> Result<Entry> {
    match handle {
        HANDLE::INVALID => Ok(Entry {
            object: Object::Process,
            access: Object::Process.rights().all(),
            flags: 0,
            is_closed: false,
        }),
        HANDLE::CURRENT_THREAD => Err(ERROR_NOT_SUPPORTED),
        handle => handle_table::get(handle),
    }
}

fn is_this_process(handle: HANDLE) -> Result<()> {
    match resolve(handle)?.object {
        Object::Process => Ok(()),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

#[cfg(test)]
mod tests {
    use super::super::last_error;
    use super::super::types::TRUE;
    use super::*;

    const PROCESS: HANDLE = HANDLE::INVALID;

    fn process_handle() -> HANDLE {
        let mut handle = HANDLE::NULL;
        let done = DuplicateHandle(
            PROCESS,
            PROCESS,
            PROCESS,
            Out::of(&mut handle),
            0,
            TRUE,
            duplicate::SAME_ACCESS,
        );
        assert_eq!(done, TRUE);
        handle
    }

    #[test]
    fn a_closed_handle_is_invalid() {
        let handle = process_handle();
        assert_eq!(handle.0 % 4, 0);
        last_error::set(Win32Error(7));
        assert_eq!(CloseHandle(handle), TRUE);
        assert_eq!(last_error::get(), 7, "success leaves the last error");
        assert_eq!(CloseHandle(HANDLE::INVALID), TRUE);
        assert_eq!(CloseHandle(HANDLE::NULL), FALSE);
        assert_eq!(last_error::get(), 6);
    }

    #[test]
    fn flags_are_kept_and_protect() {
        let handle = process_handle();
        let mut flags = 0;
        assert_eq!(GetHandleInformation(handle, Out::of(&mut flags)), TRUE);
        assert_eq!(flags, handle_flag::INHERIT);
        assert_eq!(SetHandleInformation(handle, 3, 2), TRUE);
        assert_eq!(GetHandleInformation(handle, Out::of(&mut flags)), TRUE);
        assert_eq!(flags, handle_flag::PROTECT_FROM_CLOSE);
        assert_eq!(CloseHandle(handle), FALSE);
        assert_eq!(last_error::get(), 6);
        assert_eq!(SetHandleInformation(handle, 4, 4), FALSE);
        assert_eq!(last_error::get(), 87);
        assert_eq!(SetHandleInformation(handle, 2, 0), TRUE);
        assert_eq!(CloseHandle(handle), TRUE);
    }

    #[test]
    fn a_copy_may_replace_its_source() {
        let source = process_handle();
        let mut copy = HANDLE::NULL;
        let done = DuplicateHandle(
            PROCESS,
            source,
            PROCESS,
            Out::of(&mut copy),
            0,
            FALSE,
            duplicate::SAME_ACCESS | duplicate::CLOSE_SOURCE,
        );
        assert_eq!(done, TRUE);
        assert_eq!(CloseHandle(copy), TRUE);
        // Nothing but the source is closed where there is no place for the copy.
        let source = process_handle();
        let close = duplicate::CLOSE_SOURCE;
        let done = DuplicateHandle(PROCESS, source, HANDLE::NULL, Out::NULL, 0, FALSE, close);
        assert_eq!(done, FALSE, "no process");
    }

    #[test]
    fn what_cannot_be_copied_is_refused() {
        let mut copy = HANDLE::NULL;
        let mut refusal = |process, source, access, options| {
            let out = Out::of(&mut copy);
            let done = DuplicateHandle(process, source, process, out, access, FALSE, options);
            assert_eq!(done, FALSE);
            last_error::get()
        };
        let handle = process_handle();
        let same = duplicate::SAME_ACCESS;
        assert_eq!(refusal(HANDLE::NULL, handle, 0, same), 6);
        assert_eq!(refusal(PROCESS, HANDLE::NULL, 0, same), 6);
        assert_eq!(refusal(PROCESS, HANDLE::CURRENT_THREAD, 0, same), 50);
        assert_eq!(refusal(PROCESS, handle, u32::MAX, 0), 5);
        assert_eq!(CloseHandle(handle), TRUE);
    }
}
