//! Paths for the kernel, which wants a NUL behind them, without a piece of the heap for each.

use std::ffi::{CStr, CString};

/// Room for most paths and their NUL, in bytes.
const USUAL: usize = 256;

/// Hands a path on that is made of these pieces. A path with a NUL in it cannot exist; the empty
/// path says so.
pub(super) fn with_path<T>(pieces: &[&[u8]], meaning: impl FnOnce(&CStr) -> T) -> T {
    let mut usual = [0; USUAL];
    let mut len = 0;
    for piece in pieces {
        let end = len + piece.len();
        match usual.get_mut(len..end) {
            // The last byte stays the NUL.
            Some(room) if end < USUAL => room.copy_from_slice(piece),
            _ => return meaning(&CString::new(pieces.concat()).unwrap_or_default()),
        }
        len = end;
    }
    meaning(CStr::from_bytes_with_nul(&usual[..=len]).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_one_path() {
        for len in [
            1,
            2,
            USUAL - 3,
            USUAL - 2,
            USUAL - 1,
            USUAL,
            USUAL + 1,
            5000,
        ] {
            let leaf = vec![b'n'; len];
            let whole = [b"/", &leaf[..]].concat();
            with_path(&[b"/", &leaf], |path| assert_eq!(path.to_bytes(), whole));
            with_path(&[&whole, b"/x"], |path| {
                assert_eq!(path.to_bytes(), [&whole[..], b"/x"].concat());
            });
        }
        with_path(&[], |path| assert!(path.is_empty()));
        with_path(&[b"a", b"\0", b"b"], |path| assert!(path.is_empty()));
        with_path(&[&[0; USUAL]], |path| assert!(path.is_empty()));
    }
}
