//! The view: how a process reaches the memory of a section.

use super::answer::{Failure, answer, answer_with, needed};
use super::error::Error;
use super::pointer::{Address, AddressMut, Buffer, Bytes, Out, Owned, Ref};
use super::section::Section;
use super::status::Status;
use crate::boundary::guard;

/// A view of a section: its memory, mapped into this process. It keeps the section, and its name,
/// also after the handle is closed.
///
/// Other processes may write at any time. nshm_view_read() and nshm_view_write() copy, and never
/// touch a byte outside the view; who works on the memory itself, by nshm_view_ptr(), does so by
/// atomics or by agreement among the processes.
pub enum View {
    /// For reading.
    ReadOnly(nshm::View),
    /// For reading and writing.
    ReadWrite(nshm::ViewMut),
}

impl View {
    fn reading(&self) -> &nshm::View {
        match self {
            View::ReadOnly(view) => view,
            View::ReadWrite(view) => view,
        }
    }

    fn writing(&self) -> Option<&nshm::ViewMut> {
        match self {
            View::ReadOnly(_) => None,
            View::ReadWrite(view) => Some(view),
        }
    }
}

/// Maps a part of a section, as `how` says.
fn map(
    section: &Ref<Section>,
    offset: usize,
    len: usize,
    how: impl FnOnce(&nshm::ViewOptions<'_>) -> nshm::Result<View>,
) -> Result<View, Failure> {
    let section = needed(section.get(), "the section is NULL")?;
    let mut part = section.inner().view_options().offset(offset);
    if len > 0 {
        part = part.len(len);
    }
    Ok(how(&part)?)
}

/// Maps a section, or a part of it, for reading and writing.
///
/// Linux: costs no system call; the mapping of the handle serves. Windows: MapViewOfFile().
///
/// @param section Must not be NULL.
/// @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
/// @param len     In bytes; 0: up to the end.
/// @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_ACCESS_DENIED for a handle that may only read, _OUT_OF_BOUNDS.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_map(
    section: Ref<Section>,
    offset: usize,
    len: usize,
    view: Out<Owned<View>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(view, error, || {
        map(&section, offset, len, |part| {
            part.map().map(View::ReadWrite)
        })
    })
}

/// Maps a section, or a part of it, for reading. The pages are read-only for this process: writing
/// to them ends it with SIGSEGV (Linux) or an access violation (Windows).
///
/// Linux: shmat() with SHM_RDONLY. Windows: MapViewOfFile() with FILE_MAP_READ.
///
/// @param section Must not be NULL.
/// @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
/// @param len     In bytes; 0: up to the end.
/// @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OUT_OF_BOUNDS, _COMMIT_LIMIT where the address space is full.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_map_read_only(
    section: Ref<Section>,
    offset: usize,
    len: usize,
    view: Out<Owned<View>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(view, error, || {
        map(&section, offset, len, |part| {
            part.map_read_only().map(View::ReadOnly)
        })
    })
}

/// Maps a section, or a part of it, copy-on-write: what is written stays in this process. A handle
/// that may only read will do.
///
/// Linux: a private copy, made now; later writes of others are not seen. Windows: pages are shared
/// until this process writes to them (FILE_MAP_COPY).
///
/// @param section Must not be NULL.
/// @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
/// @param len     In bytes; 0: up to the end.
/// @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
/// @param error   Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OUT_OF_BOUNDS, _COMMIT_LIMIT where there is no memory for the pages.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_map_private(
    section: Ref<Section>,
    offset: usize,
    len: usize,
    view: Out<Owned<View>>,
    error: Out<Owned<Error>>,
) -> Status {
    answer_with(view, error, || {
        map(&section, offset, len, |part| {
            part.map_private().map(View::ReadWrite)
        })
    })
}

/// The address of its first byte, for reading.
///
/// @param view May be NULL.
/// @return An address that is good until the view is unmapped; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_ptr(view: Ref<View>) -> Address {
    guard(Address::new(None), || {
        Address::new(view.get().map(|view| view.reading().as_ptr()))
    })
}

/// The address of its first byte, for reading and writing.
///
/// @param view May be NULL.
/// @return An address that is good until the view is unmapped; NULL for a view that is for reading
///         only, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_writable_ptr(view: Ref<View>) -> AddressMut {
    guard(AddressMut::new(None), || {
        let writing = view.get().and_then(View::writing);
        AddressMut::new(writing.map(nshm::ViewMut::as_mut_ptr))
    })
}

/// Its length in bytes.
///
/// @param view May be NULL.
/// @return 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_len(view: Ref<View>) -> usize {
    guard(0, || view.get().map_or(0, |view| view.reading().len()))
}

/// Copies bytes out of a view. One of 1, 2, 4 or 8 bytes at an offset that is its multiple is read
/// whole while others write; anything longer may come from different moments.
///
/// @param view   Must not be NULL.
/// @param offset Where to begin, in bytes.
/// @param buffer Memory of the caller that is no part of a view; may be NULL if `len` is 0.
/// @param len    How many bytes.
/// @param error  Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OUT_OF_BOUNDS; then nothing was copied.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_read(
    view: Ref<View>,
    offset: usize,
    mut buffer: Buffer,
    len: usize,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let view = needed(view.get(), "the view is NULL")?;
        let buffer = needed(buffer.get(len), "the buffer cannot be")?;
        Ok(view.reading().read_at(offset, buffer)?)
    })
}

/// Copies bytes into a view. One of 1, 2, 4 or 8 bytes at an offset that is its multiple is written
/// whole.
///
/// @param view   Must not be NULL.
/// @param offset Where to begin, in bytes.
/// @param bytes  Memory of the caller that is no part of a view; may be NULL if `len` is 0.
/// @param len    How many bytes.
/// @param error  Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OUT_OF_BOUNDS, _ACCESS_DENIED for a view that is for reading only; then
///         nothing was copied.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_write(
    view: Ref<View>,
    offset: usize,
    bytes: Bytes,
    len: usize,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let view = needed(view.get(), "the view is NULL")?;
        let bytes = needed(bytes.get(len), "the bytes cannot be")?;
        let view = view.writing().ok_or(Failure::ReadOnlyView)?;
        Ok(view.write_at(offset, bytes)?)
    })
}

/// Sets every byte of a part of a view.
///
/// @param view   Must not be NULL.
/// @param offset Where to begin, in bytes.
/// @param byte   What to set them to.
/// @param len    How many bytes.
/// @param error  Where an error object goes; may be NULL.
/// @return NSHM_STATUS_OUT_OF_BOUNDS, _ACCESS_DENIED for a view that is for reading only; then
///         nothing was written.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_fill(
    view: Ref<View>,
    offset: usize,
    byte: u8,
    len: usize,
    error: Out<Owned<Error>>,
) -> Status {
    answer(error, || {
        let view = needed(view.get(), "the view is NULL")?;
        let view = view.writing().ok_or(Failure::ReadOnlyView)?;
        // No view ends where a sum overflows: such an end is past every end.
        Ok(view.fill(offset..offset.saturating_add(len), byte)?)
    })
}

/// Unmaps a view and frees it. Where it was the last user of its section, that goes with its name.
///
/// @param view May be NULL.
#[unsafe(no_mangle)]
pub extern "C" fn nshm_view_unmap(view: Owned<View>) {
    guard((), || drop(view.take()));
}
