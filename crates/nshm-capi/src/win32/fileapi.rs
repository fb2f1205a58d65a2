//! fileapi.h: files, as far as programs that map them need.

use std::io::{Seek, SeekFrom};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::FileType;
use rustix::io::{Errno, retry_on_intr};

use super::boundary::{In, InBuffer, InOut, Out, OutBuffer, Text};
use super::file::{File, Request};
use super::handle_table::{self, Entry};
use super::last_error::{self, or, or_false};
use super::object::Object;
use super::path;
use super::security::{self, Protection};
use super::sharing::{Claim, FileId};
use super::text::Unit;
use super::types::access::*;
use super::types::{
    BOOL, CHAR, DWORD, HANDLE, LARGE_INTEGER, LONG, OVERLAPPED, SECURITY_ATTRIBUTES, WCHAR, file,
};
use super::winerror::*;

/// Opens or creates a file. The last error of a success is 183 where `CREATE_ALWAYS` or
/// `OPEN_ALWAYS` found the file, and 0 otherwise.
#[unsafe(export_name = "nshm_win32_CreateFileA")]
pub extern "C" fn CreateFileA(
    lpFileName: Text<CHAR>,
    dwDesiredAccess: DWORD,
    dwShareMode: DWORD,
    lpSecurityAttributes: In<SECURITY_ATTRIBUTES>,
    dwCreationDisposition: DWORD,
    dwFlagsAndAttributes: DWORD,
    _hTemplateFile: HANDLE,
) -> HANDLE {
    or(HANDLE::INVALID, || {
        create_file(
            lpFileName,
            dwDesiredAccess,
            dwShareMode,
            lpSecurityAttributes,
            dwCreationDisposition,
            dwFlagsAndAttributes,
        )
    })
}

/// [`CreateFileA`] for wide text.
#[unsafe(export_name = "nshm_win32_CreateFileW")]
pub extern "C" fn CreateFileW(
    lpFileName: Text<WCHAR>,
    dwDesiredAccess: DWORD,
    dwShareMode: DWORD,
    lpSecurityAttributes: In<SECURITY_ATTRIBUTES>,
    dwCreationDisposition: DWORD,
    dwFlagsAndAttributes: DWORD,
    _hTemplateFile: HANDLE,
) -> HANDLE {
    or(HANDLE::INVALID, || {
        create_file(
            lpFileName,
            dwDesiredAccess,
            dwShareMode,
            lpSecurityAttributes,
            dwCreationDisposition,
            dwFlagsAndAttributes,
        )
    })
}

fn create_file<U: Unit>(
    name: Text<U>,
    access: DWORD,
    share: DWORD,
    attributes: In<SECURITY_ATTRIBUTES>,
    disposition: DWORD,
    flags: DWORD,
) -> Result<HANDLE> {
    let path = path::from_text(name)?;
    let (inherits, protection) = security::read(attributes)?;
    let opened = Request {
        path,
        access,
        share,
        disposition,
        flags,
        protection,
    }
    .open()?;
    let found = opened.existed && matches!(disposition, file::CREATE_ALWAYS | file::OPEN_ALWAYS);
    let handle = handle_table::insert(Entry {
        object: Object::File(Arc::new(opened.file)),
        access: opened.access,
        flags: handle_table::inherit(inherits),
        is_closed: false,
    })?;
    last_error::set(if found {
        ERROR_ALREADY_EXISTS
    } else {
        ERROR_SUCCESS
    });
    Ok(handle)
}

/// The open file of a handle that may do this.
fn file_of(handle: HANDLE, access: DWORD) -> Result<Arc<File>> {
    let (file, granted) = open_file(handle)?;
    if granted & access == access {
        Ok(file)
    } else {
        Err(ERROR_ACCESS_DENIED)
    }
}

/// The open file of a handle that may write to it, anywhere or to its end.
fn file_to_write(handle: HANDLE) -> Result<Arc<File>> {
    let (file, granted) = open_file(handle)?;
    if granted & (FILE_WRITE_DATA | FILE_APPEND_DATA) != 0 {
        Ok(file)
    } else {
        Err(ERROR_ACCESS_DENIED)
    }
}

fn open_file(handle: HANDLE) -> Result<(Arc<File>, DWORD)> {
    let entry = handle_table::get(handle)?;
    match entry.object {
        Object::File(file) => Ok((file, entry.access)),
        _ => Err(ERROR_INVALID_HANDLE),
    }
}

/// The size of a file: its low 32 bits, and the high ones where they are asked for.
#[unsafe(export_name = "nshm_win32_GetFileSize")]
pub extern "C" fn GetFileSize(hFile: HANDLE, lpFileSizeHigh: Out<DWORD>) -> DWORD {
    or(file::INVALID, || {
        let (low, high) = halves(file_of(hFile, 0)?.len()?);
        lpFileSizeHigh.set(high);
        if low == file::INVALID {
            // This answer looks like a failure, so it is told apart by the last error.
            last_error::set(ERROR_SUCCESS);
        }
        Ok(low)
    })
}

/// The size of a file.
#[unsafe(export_name = "nshm_win32_GetFileSizeEx")]
pub extern "C" fn GetFileSizeEx(hFile: HANDLE, lpFileSize: Out<LARGE_INTEGER>) -> BOOL {
    or_false(|| {
        let len = file_of(hFile, 0)?.len()?;
        if lpFileSize.set(len.cast_signed()) {
            Ok(())
        } else {
            Err(ERROR_INVALID_PARAMETER)
        }
    })
}

/// Moves the position of an open file, and answers its low 32 bits.
#[unsafe(export_name = "nshm_win32_SetFilePointer")]
pub extern "C" fn SetFilePointer(
    hFile: HANDLE,
    lDistanceToMove: LONG,
    lpDistanceToMoveHigh: InOut<LONG>,
    dwMoveMethod: DWORD,
) -> DWORD {
    or(file::INVALID, || {
        let file = file_of(hFile, 0)?;
        let high = lpDistanceToMoveHigh.get();
        let distance = match high {
            None => i64::from(lDistanceToMove),
            Some(high) => i64::from(high) << 32 | i64::from(lDistanceToMove.cast_unsigned()),
        };
        let target = target_of(&file, distance, dwMoveMethod)?;
        let (low, target_high) = halves(target);
        if high.is_none() && target_high != 0 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        file.file().as_ref().seek(SeekFrom::Start(target))?;
        lpDistanceToMoveHigh.set(target_high.cast_signed());
        if low == file::INVALID {
            last_error::set(ERROR_SUCCESS);
        }
        Ok(low)
    })
}

/// Moves the position of an open file.
#[unsafe(export_name = "nshm_win32_SetFilePointerEx")]
pub extern "C" fn SetFilePointerEx(
    hFile: HANDLE,
    liDistanceToMove: LARGE_INTEGER,
    lpNewFilePointer: Out<LARGE_INTEGER>,
    dwMoveMethod: DWORD,
) -> BOOL {
    or_false(|| {
        let file = file_of(hFile, 0)?;
        let target = target_of(&file, liDistanceToMove, dwMoveMethod)?;
        file.file().as_ref().seek(SeekFrom::Start(target))?;
        lpNewFilePointer.set(target.cast_signed());
        Ok(())
    })
}

/// Where a move ends.
fn target_of(file: &File, distance: i64, method: DWORD) -> Result<u64> {
    let begin = match method {
        file::BEGIN => 0,
        file::CURRENT => file.file().as_ref().stream_position()?,
        file::END => file.len()?,
        _ => return Err(ERROR_INVALID_PARAMETER),
    };
    let target = begin
        .cast_signed()
        .checked_add(distance)
        .ok_or(ERROR_INVALID_PARAMETER)?;
    u64::try_from(target).map_err(|_| ERROR_NEGATIVE_SEEK)
}

fn halves(number: u64) -> (DWORD, DWORD) {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    (
        DWORD::from_le_bytes([a, b, c, d]),
        DWORD::from_le_bytes([e, f, g, h]),
    )
}

/// Makes the file end at its position.
#[unsafe(export_name = "nshm_win32_SetEndOfFile")]
pub extern "C" fn SetEndOfFile(hFile: HANDLE) -> BOOL {
    or_false(|| {
        let file = file_of(hFile, FILE_WRITE_DATA)?;
        let position = file.file().as_ref().stream_position()?;
        file.set_len(position)
    })
}

/// Reads from the position of an open file, or from the one that `OVERLAPPED` says. It is always
/// done when the function returns. At the end of the file it succeeds with nothing.
#[unsafe(export_name = "nshm_win32_ReadFile")]
pub extern "C" fn ReadFile(
    hFile: HANDLE,
    lpBuffer: OutBuffer<u8>,
    nNumberOfBytesToRead: DWORD,
    lpNumberOfBytesRead: Out<DWORD>,
    lpOverlapped: InOut<OVERLAPPED>,
) -> BOOL {
    or_false(|| {
        lpNumberOfBytesRead.set(0);
        let file = file_of(hFile, FILE_READ_DATA)?;
        let position = position_of(&file, lpOverlapped)?;
        let read = |room: &mut [MaybeUninit<u8>]| {
            retry_on_intr(|| {
                let (filled, _) = match position {
                    Some(at) => rustix::io::pread(file.file(), &mut *room, at),
                    None => rustix::io::read(file.file(), &mut *room),
                }?;
                Ok(filled.len())
            })
        };
        let wanted = nNumberOfBytesToRead as usize;
        let count = match wanted {
            0 => 0,
            wanted => lpBuffer.with(wanted, read).ok_or(ERROR_NOACCESS)??,
        };
        if count == 0 && wanted != 0 && position.is_some() {
            return Err(ERROR_HANDLE_EOF);
        }
        finish(&file, lpOverlapped, position, count)?;
        lpNumberOfBytesRead.set(DWORD::try_from(count).unwrap_or(DWORD::MAX));
        Ok(())
    })
}

/// Writes to the position of an open file, or to the one that `OVERLAPPED` says. It is always done
/// when the function returns.
#[unsafe(export_name = "nshm_win32_WriteFile")]
pub extern "C" fn WriteFile(
    hFile: HANDLE,
    lpBuffer: InBuffer,
    nNumberOfBytesToWrite: DWORD,
    lpNumberOfBytesWritten: Out<DWORD>,
    lpOverlapped: InOut<OVERLAPPED>,
) -> BOOL {
    or_false(|| {
        lpNumberOfBytesWritten.set(0);
        let file = file_to_write(hFile)?;
        let position = match position_of(&file, lpOverlapped)? {
            Some(u64::MAX) => Some(file.len()?),
            position => position,
        };
        let mut count = 0;
        let write = |bytes: &[u8]| {
            while count < bytes.len() {
                let rest = &bytes[count..];
                count += retry_on_intr(|| match position {
                    Some(at) => rustix::io::pwrite(file.file(), rest, at + count as u64),
                    None => rustix::io::write(file.file(), rest),
                })?;
            }
            Ok::<(), Errno>(())
        };
        let written = match nNumberOfBytesToWrite {
            0 => Ok(()),
            wanted => lpBuffer
                .with(wanted as usize, write)
                .ok_or(ERROR_NOACCESS)?,
        };
        lpNumberOfBytesWritten.set(DWORD::try_from(count).unwrap_or(DWORD::MAX));
        written?;
        finish(&file, lpOverlapped, position, count)
    })
}

/// The position that `OVERLAPPED` says; `None` where that of the file counts.
fn position_of(file: &File, overlapped: InOut<OVERLAPPED>) -> Result<Option<u64>> {
    match overlapped.get() {
        None if file.is_overlapped() => Err(ERROR_INVALID_PARAMETER),
        None => Ok(None),
        // An event that nobody sets would make its waiter wait for ever.
        Some(overlapped) if overlapped.hEvent != 0 => Err(ERROR_NOT_SUPPORTED),
        Some(overlapped) => Ok(Some(
            u64::from(overlapped.OffsetHigh) << 32 | u64::from(overlapped.Offset),
        )),
    }
}

/// Tells in `OVERLAPPED` how it went, and moves the position of a file as Windows does.
fn finish(
    file: &File,
    overlapped: InOut<OVERLAPPED>,
    position: Option<u64>,
    count: usize,
) -> Result<()> {
    if let (Some(position), Some(mut told)) = (position, overlapped.get()) {
        told.Internal = 0;
        told.InternalHigh = count;
        overlapped.set(told);
        if !file.is_overlapped() {
            let end = position.saturating_add(count as u64);
            file.file().as_ref().seek(SeekFrom::Start(end))?;
        }
    }
    Ok(())
}

/// Brings what was written to the disk.
#[unsafe(export_name = "nshm_win32_FlushFileBuffers")]
pub extern "C" fn FlushFileBuffers(hFile: HANDLE) -> BOOL {
    or_false(|| Ok(file_to_write(hFile)?.file().sync_all()?))
}

/// Deletes a file, and nothing that is a device. Who has it open or mapped keeps it; a handle of this process that does not share
/// deleting forbids it (32).
#[unsafe(export_name = "nshm_win32_DeleteFileA")]
pub extern "C" fn DeleteFileA(lpFileName: Text<CHAR>) -> BOOL {
    or_false(|| delete(&path::from_text(lpFileName)?))
}

/// [`DeleteFileA`] for wide text.
#[unsafe(export_name = "nshm_win32_DeleteFileW")]
pub extern "C" fn DeleteFileW(lpFileName: Text<WCHAR>) -> BOOL {
    or_false(|| delete(&path::from_text(lpFileName)?))
}

fn delete(path: &Path) -> Result<()> {
    let stat = rustix::fs::lstat(path).map_err(|error| path::error(path, error))?;
    match FileType::from_raw_mode(stat.st_mode) {
        // What Windows has for devices has no name in a folder.
        FileType::Directory | FileType::CharacterDevice | FileType::BlockDevice => {
            return Err(ERROR_ACCESS_DENIED);
        }
        _ => {}
    }
    let everything = file::SHARE_READ | file::SHARE_WRITE | file::SHARE_DELETE;
    let _claim = match FileId::of(path) {
        Some(id) => Some(Claim::take(id, DELETE, everything)?),
        None => None,
    };
    rustix::fs::unlink(path).map_err(|error| path::error(path, error))
}

/// The kind of a file; `FILE_TYPE_UNKNOWN` with last error 6 for what is no file.
#[unsafe(export_name = "nshm_win32_GetFileType")]
pub extern "C" fn GetFileType(hFile: HANDLE) -> DWORD {
    or(file::TYPE_UNKNOWN, || {
        let kind = match file_of(hFile, 0)?.kind() {
            FileType::CharacterDevice => file::TYPE_CHAR,
            FileType::Fifo | FileType::Socket => file::TYPE_PIPE,
            _ => file::TYPE_DISK,
        };
        Ok(kind)
    })
}

/// The folder for temporary files, with a slash at its end: what `TMP`, `TEMP` or `TMPDIR` says, or
/// `/tmp`. Answers its length, or the size of the buffer that it takes.
#[unsafe(export_name = "nshm_win32_GetTempPathA")]
pub extern "C" fn GetTempPathA(nBufferLength: DWORD, lpBuffer: OutBuffer<CHAR>) -> DWORD {
    or(0, || temp_path(nBufferLength, lpBuffer))
}

/// [`GetTempPathA`] for wide text.
#[unsafe(export_name = "nshm_win32_GetTempPathW")]
pub extern "C" fn GetTempPathW(nBufferLength: DWORD, lpBuffer: OutBuffer<WCHAR>) -> DWORD {
    or(0, || temp_path(nBufferLength, lpBuffer))
}

fn temp_path<U: Unit>(capacity: DWORD, buffer: OutBuffer<U>) -> Result<DWORD> {
    let said = ["TMP", "TEMP", "TMPDIR"]
        .iter()
        .filter_map(std::env::var_os)
        .find(|path| !path.is_empty());
    let mut path = said.map_or_else(|| "/tmp".to_owned(), |path| path.to_string_lossy().into());
    if !path.ends_with('/') {
        path.push('/');
    }
    let units = U::encode_with_zero(&path);
    let needed = DWORD::try_from(units.len()).map_err(|_| ERROR_BUFFER_OVERFLOW)?;
    if needed > capacity {
        return Ok(needed);
    }
    buffer.write(&units).ok_or(ERROR_NOACCESS)?;
    Ok(needed - 1)
}

/// Makes a name for a temporary file from a folder, three characters of a prefix and a number,
/// which it answers. With 0 for the number it finds one and creates the file. The buffer has
/// `MAX_PATH` units.
#[unsafe(export_name = "nshm_win32_GetTempFileNameA")]
pub extern "C" fn GetTempFileNameA(
    lpPathName: Text<CHAR>,
    lpPrefixString: Text<CHAR>,
    uUnique: DWORD,
    lpTempFileName: OutBuffer<CHAR>,
) -> DWORD {
    or(0, || {
        temp_file_name(lpPathName, lpPrefixString, uUnique, lpTempFileName)
    })
}

/// [`GetTempFileNameA`] for wide text.
#[unsafe(export_name = "nshm_win32_GetTempFileNameW")]
pub extern "C" fn GetTempFileNameW(
    lpPathName: Text<WCHAR>,
    lpPrefixString: Text<WCHAR>,
    uUnique: DWORD,
    lpTempFileName: OutBuffer<WCHAR>,
) -> DWORD {
    or(0, || {
        temp_file_name(lpPathName, lpPrefixString, uUnique, lpTempFileName)
    })
}

fn temp_file_name<U: Unit>(
    folder: Text<U>,
    prefix: Text<U>,
    unique: DWORD,
    name: OutBuffer<U>,
) -> Result<DWORD> {
    if folder.is_null() || prefix.is_null() || name.is_null() {
        return Err(ERROR_INVALID_PARAMETER);
    }
    let folder = path::from_text(folder).map_err(|_| ERROR_DIRECTORY)?;
    if !path::is_folder(&folder) {
        return Err(ERROR_DIRECTORY);
    }
    let prefix: String = U::decode(&prefix.units().unwrap_or_default())?;
    let prefix: String = prefix.chars().take(3).collect();
    let path_of = |number: u16| folder.join(format!("{prefix}{number:X}.TMP"));
    // The number has 16 bits on Windows too.
    let [low, high, ..] = unique.to_le_bytes();
    let number = match u16::from_le_bytes([low, high]) {
        0 => create_unique(path_of)?,
        number => number,
    };
    let path = path_of(number);
    let units = U::encode_with_zero(&path.to_string_lossy());
    if units.len() > file::MAX_PATH {
        return Err(ERROR_BUFFER_OVERFLOW);
    }
    name.write(&units).ok_or(ERROR_INVALID_PARAMETER)?;
    Ok(number.into())
}

/// Creates a file under the first number that is free, from one that the clock gives.
fn create_unique(path_of: impl Fn(u16) -> PathBuf) -> Result<u16> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let [first, second, ..] = now.map_or(0, |since| since.as_micros()).to_le_bytes();
    let start = u16::from_le_bytes([first, second]);
    for step in 0..=u16::MAX {
        let number = start.wrapping_add(step);
        if number == 0 {
            continue;
        }
        let request = Request {
            path: path_of(number),
            access: GENERIC_WRITE,
            share: 0,
            disposition: file::CREATE_NEW,
            flags: 0,
            protection: Protection::Default,
        };
        match request.open() {
            Ok(_) => return Ok(number),
            Err(ERROR_FILE_EXISTS) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ERROR_FILE_EXISTS)
}

#[cfg(test)]
mod tests;
