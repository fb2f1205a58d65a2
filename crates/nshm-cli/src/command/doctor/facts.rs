//! What the system says of itself, in files. A system without them says nothing.

use std::fs;
use std::path::Path;

/// A file with one number.
pub(super) fn number(path: impl AsRef<Path>) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    // Limits without a limit are larger than some numbers.
    text.trim().parse::<u128>().ok().map(saturated)
}

fn saturated(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A line of /proc/meminfo, in bytes, or a count where it has no unit.
pub(super) fn meminfo(key: &str) -> Option<u64> {
    value_of(&fs::read_to_string("/proc/meminfo").ok()?, key)
}

fn value_of(text: &str, key: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let mut words = line.split_ascii_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    match words.next() {
        Some("kB") => number.checked_mul(1024),
        _ => Some(number),
    }
}

/// The segments of this IPC namespace: how many they are, and their bytes in whole pages.
pub(super) fn segments() -> Option<(u64, u64)> {
    count_segments(&fs::read_to_string("/proc/sysvipc/shm").ok()?)
}

fn count_segments(table: &str) -> Option<(u64, u64)> {
    const PAGE: u64 = 4096;
    table
        .lines()
        .skip(1)
        .try_fold((0, 0u64), |(count, bytes), line| {
            let len: u64 = line.split_ascii_whitespace().nth(3)?.parse().ok()?;
            let pages = len.checked_next_multiple_of(PAGE)?;
            Some((count + 1, bytes.saturating_add(pages)))
        })
}

/// How much memory this process may lock, in bytes; `None` without a limit.
pub(super) fn locked_memory_limit() -> Option<Option<u64>> {
    soft_limit(
        &fs::read_to_string("/proc/self/limits").ok()?,
        "Max locked memory",
    )
}

fn soft_limit(text: &str, key: &str) -> Option<Option<u64>> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let meminfo = "MemTotal:       49368164 kB\nHugePages_Total:       8\n";
        assert_eq!(value_of(meminfo, "MemTotal"), Some(49_368_164 << 10));
        assert_eq!(value_of(meminfo, "HugePages_Total"), Some(8));
        assert_eq!(value_of(meminfo, "HugePages"), None);
        let table = "key shmid perms size\n 0 1 1600 5000 1\n 0 2 1600 4096 1\n";
        assert_eq!(count_segments(table), Some((2, 3 * 4096)));
        assert_eq!(count_segments("key\n"), Some((0, 0)));
        let limits = "Limit                     Soft Limit           Hard Limit\n\
                      Max locked memory         8388608              unlimited            bytes\n";
        assert_eq!(soft_limit(limits, "Max locked memory"), Some(Some(8 << 20)));
        let limits = "Max locked memory         unlimited            unlimited            bytes\n";
        assert_eq!(soft_limit(limits, "Max locked memory"), Some(None));
    }
}
