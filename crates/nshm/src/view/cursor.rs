//! A view as [`std::io`] knows it.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{View, ViewMut};

/// A place in a view, for [`Read`], [`Seek`] and, over a [`ViewMut`], [`Write`].
#[derive(Debug)]
pub struct Cursor<'v, V> {
    view: &'v V,
    position: u64,
}

impl<'v, V: AsRef<View>> Cursor<'v, V> {
    pub(super) fn new(view: &'v V) -> Self {
        Cursor { view, position: 0 }
    }

    /// The offset at the cursor and how many of `wanted` bytes there are before the end.
    fn next(&self, wanted: usize) -> (usize, usize) {
        let end = self.view.as_ref().len();
        let offset = usize::try_from(self.position).unwrap_or(end).min(end);
        (offset, wanted.min(end - offset))
    }
}

impl<V: AsRef<View>> Read for Cursor<'_, V> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let (offset, len) = self.next(bytes.len());
        self.view.as_ref().read_at(offset, &mut bytes[..len])?;
        self.position += len as u64;
        Ok(len)
    }
}

impl Write for Cursor<'_, ViewMut> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (offset, len) = self.next(bytes.len());
        self.view.write_at(offset, &bytes[..len])?;
        self.position += len as u64;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<V: AsRef<View>> Seek for Cursor<'_, V> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.view.as_ref().len() as u64;
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(delta) => end.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        self.position = position.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "seek before the beginning of a view",
            )
        })?;
        Ok(self.position)
    }
}
