//! Who has what open: one look at each process, for any number of objects.
//!
//! In `/proc/PID/maps` an attach of a segment is a line whose path begins with `/SYSV` and whose
//! inode is the segment's id. Ids mean something within one IPC namespace only, so that is
//! compared too. A file is found there, and among the descriptors in `/proc/PID/fd`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{DirEntry, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::call;
use super::name::base_directory;

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    segments: HashSet<i32>,
    /// The devices of the files, by inode.
    files: HashMap<u64, Vec<u64>>,
    file_names: HashSet<OsString>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Seen {
    segments: HashMap<i32, BTreeSet<u32>>,
    files: HashMap<(u64, u64), BTreeSet<u32>>,
    /// Whether processes could not be looked into.
    incomplete: bool,
}

impl Wanted {
    pub(super) fn segment(&mut self, id: i32) {
        self.segments.insert(id);
    }

    pub(super) fn file(&mut self, (device, inode): (u64, u64), path: &Path) {
        self.files.entry(inode).or_default().push(device);
        if let Some(name) = path.file_name() {
            self.file_names.insert(name.to_owned());
        }
    }

    /// Looks at every process that is there. One that ends meanwhile holds nothing.
    pub(super) fn look(&self) -> io::Result<Seen> {
        let mut seen = Seen::default();
        if self.segments.is_empty() && self.files.is_empty() {
            return Ok(seen);
        }
        let namespace = namespace("thread-self")?;
        let mut text = Vec::new();
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let looked = self.process(pid, namespace, &mut text, &mut seen);
            let refused = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
            seen.incomplete |= looked.as_ref().is_err_and(refused);
        }
        Ok(seen)
    }

    fn process(
        &self,
        pid: u32,
        namespace: u64,
        text: &mut Vec<u8>,
        seen: &mut Seen,
    ) -> io::Result<()> {
        text.clear();
        File::open(format!("/proc/{pid}/maps"))?.read_to_end(text)?;
        let mut is_here = None;
        for (device, inode, path) in text.split(|byte| *byte == b'\n').filter_map(parse_map) {
            if path.starts_with(b"/SYSV") {
                let id = i32::try_from(inode).ok();
                let id = id.filter(|id| self.segments.contains(id));
                // Asked for once, and only of those who may have what is wanted.
                if let Some(id) = id
                    && *is_here.get_or_insert_with(|| {
                        self::namespace(&pid.to_string()).ok() == Some(namespace)
                    })
                {
                    seen.segments.entry(id).or_default().insert(pid);
                }
            } else if self.wants(device, inode) {
                seen.files.entry((device, inode)).or_default().insert(pid);
            }
        }
        if self.files.is_empty() {
            return Ok(());
        }
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd"))? {
            if let Some(file) = self.descriptor(&entry?) {
                seen.files.entry(file).or_default().insert(pid);
            }
        }
        Ok(())
    }

    fn wants(&self, device: u64, inode: u64) -> bool {
        let devices = self.files.get(&inode);
        devices.is_some_and(|devices| devices.contains(&device))
    }

    /// The file of a descriptor, if it is one of those.
    fn descriptor(&self, entry: &DirEntry) -> Option<(u64, u64)> {
        let path = entry.path();
        let target = std::fs::read_link(&path).ok()?;
        // A file elsewhere may be on a server that does not answer: only what may be the one is
        // asked for. In another mount namespace the same file may have another path, but no
        // other name.
        let may_be = target.starts_with(base_directory())
            || target
                .file_name()
                .is_some_and(|name| self.file_names.contains(name));
        if !may_be {
            return None;
        }
        let metadata = std::fs::metadata(&path).ok()?;
        let file = (metadata.dev(), metadata.ino());
        self.wants(file.0, file.1).then_some(file)
    }
}

impl Seen {
    /// The processes that have a segment attached, in ascending order.
    pub(super) fn of_segment(&self, id: i32) -> Vec<u32> {
        list(self.segments.get(&id))
    }

    /// The processes that have a file open or mapped, in ascending order.
    pub(super) fn of_file(&self, file: (u64, u64)) -> Vec<u32> {
        list(self.files.get(&file))
    }

    /// Whether processes could not be looked into.
    pub(super) fn is_incomplete(&self) -> bool {
        self.incomplete
    }
}

fn list(pids: Option<&BTreeSet<u32>>) -> Vec<u32> {
    pids.into_iter().flatten().copied().collect()
}

/// The processes that have one segment attached, as far as this user may look.
pub(super) fn of_segment(id: i32) -> io::Result<Vec<u32>> {
    let mut wanted = Wanted::default();
    wanted.segment(id);
    Ok(wanted.look()?.of_segment(id))
}

fn namespace(pid: &str) -> io::Result<u64> {
    std::fs::metadata(format!("/proc/{pid}/ns/ipc")).map(|metadata| metadata.ino())
}

/// A line of maps: address, permissions, offset, device, inode and path. Memory without a path is
/// left out; an inode may be 0, which is the first segment of an IPC namespace.
fn parse_map(line: &[u8]) -> Option<(u64, u64, &[u8])> {
    let mut rest = line;
    let mut field = || {
        let begin = rest.iter().position(|byte| *byte != b' ')?;
        let end = rest[begin..].iter().position(|byte| *byte == b' ');
        let end = end.map_or(rest.len(), |end| begin + end);
        let field = &rest[begin..end];
        rest = &rest[end..];
        Some(field)
    };
    let device = field().and(field()).and(field()).and_then(|_| field())?;
    let inode = field()?;
    let path = rest.iter().position(|byte| *byte != b' ')?;
    let number = |digits, radix| u64::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let colon = device.iter().position(|byte| *byte == b':')?;
    let major = u32::try_from(number(&device[..colon], 16)?).ok()?;
    let minor = u32::try_from(number(&device[colon + 1..], 16)?).ok()?;
    Some((
        libc::makedev(major, minor),
        number(inode, 10)?,
        &rest[path..],
    ))
}

/// Why processes may be overlooked that are not even listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blind {
    /// `/proc` shows this user its own processes only.
    Hidden,
    /// This is a PID namespace within another one.
    Inner,
}

/// Whether there may be processes that `/proc` does not list.
pub(super) fn blindness() -> Vec<Blind> {
    // <linux/proc_ns.h>: PROC_PID_INIT_INO.
    const FIRST_NAMESPACE: u64 = 0xefff_fffc;
    let mut blind = Vec::new();
    // The first process is always there.
    if call::effective_uid() != 0 && std::fs::metadata("/proc/1").is_err() {
        blind.push(Blind::Hidden);
    }
    let namespace = std::fs::metadata("/proc/self/ns/pid");
    if namespace.is_ok_and(|namespace| namespace.ino() != FIRST_NAMESPACE) {
        blind.push(Blind::Inner);
    }
    blind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_maps() {
        let attach = b"7f60a000-7f60b000 rw-s 00000000 00:01 98346                      /SYSV00000000 (deleted)";
        assert_eq!(
            parse_map(attach),
            Some((1, 98346, &b"/SYSV00000000 (deleted)"[..]))
        );
        let file = b"7f60a000-7f60b000 r--s 00001000 fe:0a 77 /dev/shm/a b";
        let device = libc::makedev(0xfe, 0x0a);
        assert_eq!(parse_map(file), Some((device, 77, &b"/dev/shm/a b"[..])));
        let first = b"7f60a000-7f60b000 rw-s 00000000 00:01 0       /SYSV00000000 (deleted)";
        assert_eq!(parse_map(first).unwrap().1, 0);
        for other in [
            &b"7f60a000-7f60b000 rw-p 00000000 00:00 0 "[..],
            b"",
            b"7f60a000-7f60b000 rw-p",
        ] {
            assert_eq!(parse_map(other), None);
        }
    }

    #[test]
    fn this_process_is_seen_with_what_it_has_open() {
        let dir = std::env::temp_dir().join(format!("nshm-holders-{}", std::process::id()));
        let file = File::create(&dir).unwrap();
        let metadata = file.metadata().unwrap();
        let identity = (metadata.dev(), metadata.ino());
        let mut wanted = Wanted::default();
        wanted.file(identity, &dir);
        assert_eq!(
            wanted.look().unwrap().of_file(identity),
            [std::process::id()]
        );
        drop(file);
        std::fs::remove_file(&dir).unwrap();
        assert!(wanted.look().unwrap().of_file(identity).is_empty());
    }
}
