//! What `/proc` tells of segments and of who holds them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use super::call::SegmentStat;

/// How much of a segment is in memory and in swap, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Residency {
    pub(super) resident: u64,
    pub(super) swapped: u64,
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
        _,
        id,
        mode,
        len,
        cpid,
        _,
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
        len: len.parse().ok()?,
        mode: u32::from_str_radix(mode, 8).ok()?,
        creator_uid: cuid.parse().ok()?,
        creator_pid: cpid.parse().ok()?,
        attach_count: attached.parse().ok()?,
        born: born.parse().ok()?,
    };
    let residency = Residency {
        resident: resident.parse().ok()?,
        swapped: swapped.parse().ok()?,
    };
    Some((stat, residency))
}

/// The processes that have a segment attached, as far as this user may look.
///
/// In `/proc/PID/maps` an attach is a line whose path begins with `/SYSV` and whose inode is the
/// segment id. Ids mean something within one IPC namespace only, so that is compared too.
pub(super) fn holders(id: i32) -> io::Result<Vec<u32>> {
    let namespace =
        |pid: &str| std::fs::metadata(format!("/proc/{pid}/ns/ipc")).map(|metadata| metadata.ino());
    let mine = namespace("thread-self")?;
    let inode = id.to_string();
    let mut holders = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str() else { continue };
        let Ok(number) = pid.parse::<u32>() else {
            continue;
        };
        // A process that ends meanwhile, or one of another user, cannot be read.
        if namespace(pid).ok() == Some(mine) && maps(pid, &inode).unwrap_or(false) {
            holders.push(number);
        }
    }
    holders.sort_unstable();
    Ok(holders)
}

fn maps(pid: &str, inode: &str) -> io::Result<bool> {
    let mut lines = BufReader::new(File::open(format!("/proc/{pid}/maps"))?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(false);
        }
        // address perms offset dev inode path
        let mut fields = line
            .split(u8::is_ascii_whitespace)
            .filter(|field| !field.is_empty());
        if fields.nth(4) == Some(inode.as_bytes())
            && fields.next().is_some_and(|path| path.starts_with(b"/SYSV"))
        {
            return Ok(true);
        }
    }
}

/// The process that holds a lock on a byte of a file, as far as this user may look. Locks of open
/// files are told in `/proc/PID/fdinfo` only (proc_pid_fdinfo(5)): number, class, mode, kind, pid,
/// `major:minor:inode`, first and last byte.
pub(super) fn lock_holder(inode: u64, at: i64) -> Option<u32> {
    let file = format!(":{inode}");
    let covers = |line: &str| -> Option<bool> {
        let fields: Vec<&str> = line.strip_prefix("lock:")?.split_whitespace().collect();
        let [_, "OFDLCK", _, _, _, place, first, last] = fields[..] else {
            return None;
        };
        let last = last.parse().unwrap_or(i64::MAX);
        Some(place.ends_with(&file) && (first.parse().ok()?..=last).contains(&at))
    };
    let holds = |pid: u32| -> io::Result<bool> {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
            let info = std::fs::read_to_string(entry?.path()).unwrap_or_default();
            if info.lines().any(|line| covers(line) == Some(true)) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let processes = std::fs::read_dir("/proc").ok()?;
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != std::process::id())
        .find(|pid| holds(*pid).unwrap_or(false))
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
        assert_eq!(stat.id, 98346);
        assert_eq!(stat.mode, 0o1600);
        assert_eq!(stat.len, 2_101_248);
        assert_eq!((stat.creator_pid, stat.creator_uid), (4711, 1000));
        assert_eq!((stat.attach_count, stat.born), (3, 1_790_000_000));
        assert_eq!((residency.resident, residency.swapped), (12288, 4096));
        assert!(parse_segment("key shmid perms").is_none());
    }
}
