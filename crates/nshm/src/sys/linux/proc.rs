//! What `/proc` tells of segments.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::time::{Duration, SystemTime};

use super::call::SegmentStat;

/// How much of a segment is in memory and in swap, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Residency {
    pub(super) resident: u64,
    pub(super) swapped: u64,
}

impl Residency {
    /// No byte of it was ever written.
    pub(super) fn is_none(&self) -> bool {
        self.resident == 0 && self.swapped == 0
    }
}

/// Every segment of this IPC namespace, by id.
pub(super) fn segments() -> io::Result<HashMap<i32, (SegmentStat, Residency)>> {
    let mut found = HashMap::new();
    each_segment(|stat, residency| {
        found.insert(stat.id, (stat, residency));
        true
    })?;
    Ok(found)
}

/// One segment; `None` where the kernel does not list it.
pub(super) fn segment(id: i32) -> io::Result<Option<(SegmentStat, Residency)>> {
    let mut found = None;
    each_segment(|stat, residency| {
        if stat.id == id {
            found = Some((stat, residency));
        }
        found.is_none()
    })?;
    Ok(found)
}

/// Reads `/proc/sysvipc/shm` (see proc_sysvipc(5)) while `visit` says so.
fn each_segment(mut visit: impl FnMut(SegmentStat, Residency) -> bool) -> io::Result<()> {
    let mut lines = BufReader::with_capacity(1 << 16, File::open("/proc/sysvipc/shm")?);
    let mut line = String::new();
    // The first line is a heading.
    lines.read_line(&mut line)?;
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some((stat, residency)) = parse_segment(&line)
            && !visit(stat, residency)
        {
            return Ok(());
        }
    }
}

/// One line: key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap.
fn parse_segment(line: &str) -> Option<(SegmentStat, Residency)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [
        key,
        id,
        mode,
        len,
        cpid,
        lpid,
        attached,
        _,
        _,
        cuid,
        _,
        _,
        _,
        born,
        resident,
        swapped,
    ] = fields[..]
    else {
        return None;
    };
    let stat = SegmentStat {
        id: id.parse().ok()?,
        key: key.parse().ok()?,
        len: len.parse().ok()?,
        mode: u32::from_str_radix(mode, 8).ok()?,
        creator_uid: cuid.parse().ok()?,
        creator_pid: cpid.parse().ok()?,
        last_pid: lpid.parse().ok()?,
        attach_count: attached.parse().ok()?,
        born: born.parse().ok()?,
    };
    let residency = Residency {
        resident: resident.parse().ok()?,
        swapped: swapped.parse().ok()?,
    };
    Some((stat, residency))
}

/// A time of the kernel, in seconds since the epoch.
pub(super) fn time(seconds: u64) -> SystemTime {
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_of_sysvipc() {
        let line = "         0     98346  1600      2101248  4711  4712      3  1000  1000  \
                    1000  1000 1790000001 1790000002 1790000000        12288          4096\n";
        let (stat, residency) = parse_segment(line).unwrap();
        assert_eq!((stat.id, stat.key), (98346, 0));
        assert_eq!(stat.mode, 0o1600);
        assert_eq!(stat.len, 2_101_248);
        assert_eq!((stat.creator_pid, stat.creator_uid), (4711, 1000));
        assert_eq!(stat.last_pid, 4712);
        assert_eq!((stat.attach_count, stat.born), (3, 1_790_000_000));
        assert_eq!((residency.resident, residency.swapped), (12288, 4096));
        assert!(parse_segment("key shmid perms").is_none());
    }
}
