//! The directory, the names and the segments of a run, and what is left of them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use nshm::Section;

/// Under the keys of this kind new segments spend their first microseconds: docs/format.md.
const NURSERY: u64 = 0x4e53;

/// A directory for names that are nobody else's.
pub(crate) struct Stage {
    dir: PathBuf,
    /// Whether this value made the directory.
    mine: bool,
    next: AtomicU32,
    skipped: RefCell<Vec<String>>,
}

impl Stage {
    /// The one that `NSHM_DIR` names, which must be set before the process begins.
    pub(crate) fn new() -> Result<Stage> {
        let dir = std::env::var_os("NSHM_DIR").context("NSHM_DIR must name an empty directory")?;
        let stage = Stage {
            dir: dir.into(),
            mine: true,
            next: AtomicU32::new(0),
            skipped: RefCell::default(),
        };
        fs::write(stage.file(), vec![0; 8192])?;
        Ok(stage)
    }

    /// For a worker.
    pub(crate) fn joined() -> Stage {
        Stage {
            dir: std::env::var_os("NSHM_DIR").unwrap_or_default().into(),
            mine: false,
            next: AtomicU32::new(0),
            skipped: RefCell::default(),
        }
    }

    /// A leaf that no other scene has.
    pub(crate) fn leaf(&self) -> String {
        format!("torture.{}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Something cannot be done here.
    pub(crate) fn skip(&self, why: String) {
        let mut skipped = self.skipped.borrow_mut();
        if !skipped.contains(&why) {
            skipped.push(why);
        }
    }

    /// What could not be done since this was asked last.
    pub(crate) fn take_skipped(&self) -> Vec<String> {
        self.skipped.take()
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file that sections are over.
    fn file(&self) -> PathBuf {
        self.dir.join("a file")
    }

    /// Opens it for reading and writing.
    pub(crate) fn open_file(&self) -> Result<File> {
        Ok(File::options().read(true).write(true).open(self.file())?)
    }

    /// The directory of this user's names.
    pub(crate) fn user_dir(&self) -> PathBuf {
        self.dir.join(format!("nshm-{}", nix::unistd::geteuid()))
    }

    /// Where the link of a name lies.
    pub(crate) fn link(&self, name: &str) -> PathBuf {
        match name.strip_prefix("Global\\") {
            Some(leaf) => self.dir.join(format!("nshm-global.{leaf}")),
            None => self.user_dir().join(name),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.mine {
            // The directory itself is its maker's.
            let _ = fs::remove_file(self.file());
        }
    }
}

/// What a process that is gone has left in the kernel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Left {
    /// Ids under a nursery key, without a page: for the next creations to find.
    pub(crate) ids: u64,
    /// Everything else; there must be none.
    pub(crate) segments: u64,
    pub(crate) bytes: u64,
}

/// Looks for segments that a process made, and lets later creations clear away what they may.
pub(crate) fn left_by(pid: u32) -> Result<Left> {
    let mut left = Left::default();
    for segment in segments()? {
        if segment.creator != pid || segment.attached != 0 {
            continue;
        }
        if segment.key >> 16 == NURSERY && segment.resident == 0 {
            left.ids += 1;
        } else {
            left.segments += 1;
            left.bytes += segment.resident;
        }
    }
    if left.ids > 0 {
        clear_nursery(pid)?;
    }
    Ok(left)
}

/// Creates sections in threads that lie elsewhere each time, and so look under one key after the
/// other, until the ids that a dead process left are gone.
fn clear_nursery(pid: u32) -> Result<()> {
    for turn in 1..=1000 {
        let thread = std::thread::Builder::new().stack_size(turn << 16);
        let creator = thread.spawn(|| Section::anonymous(4096).map(drop))?;
        match creator.join() {
            Ok(made) => made?,
            Err(_) => anyhow::bail!("a creation panicked"),
        }
        if segments()?.iter().all(|segment| segment.creator != pid) {
            return Ok(());
        }
    }
    anyhow::bail!("an id of process {pid} is there after a thousand creations")
}

/// How many segments there are that these processes made.
pub(crate) fn made_by(pids: &HashSet<u32>) -> Result<u64> {
    let made = |segment: &&Segment| pids.contains(&segment.creator);
    Ok(segments()?.iter().filter(made).count() as u64)
}

/// The process that made a segment, if there is one of that id.
pub(crate) fn creator_of(id: u32) -> Result<Option<u32>> {
    let segments = segments()?;
    let found = segments.iter().find(|segment| segment.id == id);
    Ok(found.map(|segment| segment.creator))
}

/// A line of `/proc/sysvipc/shm`.
struct Segment {
    key: u64,
    id: u32,
    creator: u32,
    attached: u64,
    resident: u64,
}

fn segments() -> Result<Vec<Segment>> {
    let text = fs::read_to_string(Path::new("/proc/sysvipc/shm"))?;
    let parse = |line: &str| -> Option<Segment> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(Segment {
            // Keys are printed as signed numbers.
            key: u64::from(u32::from_ne_bytes(
                fields.first()?.parse::<i32>().ok()?.to_ne_bytes(),
            )),
            id: fields.get(1)?.parse().ok()?,
            creator: fields.get(4)?.parse().ok()?,
            attached: fields.get(6)?.parse().ok()?,
            resident: fields.get(14)?.parse().ok()?,
        })
    };
    Ok(text.lines().skip(1).filter_map(parse).collect())
}
