//! Memory that the caller frees: `LocalAlloc` and what `FormatMessage` makes.
//!
//! Each block is known, so that freeing what is none, or freeing twice, is an error and no harm.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::winerror::*;

/// Blocks by their addresses; aligned for anything.
static BLOCKS: Mutex<Option<HashMap<usize, Vec<u128>>>> = Mutex::new(None);

fn blocks() -> MutexGuard<'static, Option<HashMap<usize, Vec<u128>>>> {
    BLOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The address of a new block of at least `len` bytes, which begins with `bytes` and goes on with
/// zeros.
///
/// # Errors
/// 8 where there is no memory.
pub(crate) fn allocate(len: usize, bytes: &[u8]) -> Result<usize> {
    let words = len.max(bytes.len()).max(1).div_ceil(size_of::<u128>());
    let mut block: Vec<u128> = Vec::new();
    block
        .try_reserve_exact(words)
        .map_err(|_| ERROR_NOT_ENOUGH_MEMORY)?;
    for chunk in bytes.chunks(size_of::<u128>()) {
        let mut word = [0; size_of::<u128>()];
        word[..chunk.len()].copy_from_slice(chunk);
        block.push(u128::from_ne_bytes(word));
    }
    block.resize(words, 0);
    let address = block.as_mut_ptr().expose_provenance();
    blocks().get_or_insert_default().insert(address, block);
    Ok(address)
}

/// Frees a block.
///
/// # Errors
/// 6 for an address that is none of a block.
pub(crate) fn free(address: usize) -> Result<()> {
    let block = blocks().as_mut().and_then(|blocks| blocks.remove(&address));
    block.map(drop).ok_or(ERROR_INVALID_HANDLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::win32::boundary::Text;

    #[test]
    fn blocks_hold_what_they_were_made_of() {
        let address = allocate(100, b"contents of a block").unwrap();
        assert_eq!(address % 16, 0);
        let text: Text<u8> = Text::at(address);
        assert_eq!(text.units().unwrap(), b"contents of a block");
        assert_eq!(free(address), Ok(()));
        assert_eq!(free(address), Err(ERROR_INVALID_HANDLE));
        assert_eq!(allocate(usize::MAX, b""), Err(ERROR_NOT_ENOUGH_MEMORY));
        assert_eq!(free(allocate(0, b"").unwrap()), Ok(()));
    }
}
