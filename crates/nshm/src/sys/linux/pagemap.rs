//! Which pages of a private mapping of a file are this process's own: proc_pid_pagemap(5).

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// The bytes that `/proc/self/pagemap` has for a page.
const ENTRY: usize = 8;
/// The pages that one read is for, at most: 64 KiB of entries, for 256 MiB of memory.
const BATCH: usize = 8192;

/// Whether the first page of a range is this process's own, and where those end that are like it.
/// Pages are counted from address 0.
pub(super) fn own_run(pages: Range<usize>) -> io::Result<(bool, usize)> {
    let pagemap = File::open("/proc/self/pagemap")?;
    let mut entries = vec![0; pages.len().min(BATCH) * ENTRY];
    let mut first = None;
    let mut at = pages.start;
    while at < pages.end {
        let count = (pages.end - at).min(BATCH);
        let entries = &mut entries[..count * ENTRY];
        pagemap.read_exact_at(entries, (at * ENTRY) as u64)?;
        for (page, entry) in entries.as_chunks().0.iter().enumerate() {
            let is_own = is_own(u64::from_ne_bytes(*entry));
            if *first.get_or_insert(is_own) != is_own {
                return Ok((!is_own, at + page));
            }
        }
        at += count;
    }
    Ok((first.unwrap_or(false), pages.end))
}

/// Bit 63 is for a page in memory, 62 for one in swap, 61 for one of a file or shared.
fn is_own(entry: u64) -> bool {
    entry >> 62 != 0 && entry >> 61 & 1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pages_are_told_by_three_bits() {
        for (bits, own) in [
            (0b000, false),
            (0b001, false),
            (0b010, true),
            (0b100, true),
            (0b101, false),
            (0b011, false),
        ] {
            assert_eq!(is_own(bits << 61 | 0x1234), own, "{bits:03b}");
        }
    }
}
