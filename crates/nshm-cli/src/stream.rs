//! Copying through a buffer.

use std::io::{self, Read};

/// The most that is copied at once.
pub(crate) const CHUNK: usize = 1 << 20;

/// A buffer to copy `total` bytes through: a whole number of hexdump lines, and no more than it
/// takes.
pub(crate) fn buffer(total: usize) -> Vec<u8> {
    vec![0; total.min(CHUNK).next_multiple_of(16)]
}

/// Reads what there is; zero at the end.
pub(crate) fn read_some(from: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Reads until the buffer is full or there is no more; gives the number of bytes.
pub(crate) fn read_full(from: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match read_some(from, &mut buffer[done..])? {
            0 => break,
            more => done += more,
        }
    }
    Ok(done)
}
