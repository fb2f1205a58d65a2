//! Where it is measured: mounts and an IPC namespace of our own, a directory for the names, and
//! the processor that a process runs on.
//!
//! In namespaces of its own `/dev/shm` is empty at the beginning and every segment is the
//! benchmark's. So what a killed process leaves behind can be counted to the byte, the limit on
//! segments is ours alone, and nothing outlives the run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use tempfile::TempDir;

use crate::output;
use crate::sys;

/// Set for the benchmark inside of the namespaces.
const INSIDE: &str = "NSHM_BENCH_INSIDE";

/// The place of a run.
pub(crate) struct Stand {
    place: TempDir,
    /// Why what others do counts too, if it does.
    pub(crate) shared: Option<String>,
    processors: Vec<usize>,
}

impl Stand {
    /// Goes on in namespaces of its own where the system lets us: there this process ends with the
    /// benchmark's own exit code. Where it does not, and inside, gives the stand.
    pub(crate) fn enter() -> Result<Stand> {
        let inside = std::env::var(INSIDE).unwrap_or_default();
        if inside.is_empty()
            && let Some(code) = run_inside()?
        {
            std::process::exit(code);
        }
        let shared = (inside != "yes").then(|| {
            "no namespaces of its own here (`unshare` fails): what others do counts too".to_owned()
        });
        if shared.is_none() {
            // A mount that ends with the namespace.
            let mut mount = Command::new("mount");
            mount.args(["-t", "tmpfs", "-o", "size=100%,mode=1777", "nshm-bench"]);
            succeed(mount.arg("/dev/shm"))?;
        }
        sys::lift_limits();
        let mut place = tempfile::Builder::new();
        let place = place.prefix("nshm-bench-").tempdir_in("/dev/shm");
        let place = place.context("a directory")?;
        for name in ["names", "temporary"] {
            fs::create_dir(place.path().join(name)).context("a directory")?;
        }
        let all = sched_getaffinity(None).context("sched_getaffinity")?;
        let processors = (0..CpuSet::MAX_CPU).filter(|id| all.is_set(*id)).collect();
        Ok(Stand {
            place,
            shared,
            processors,
        })
    }

    /// Where nshm keeps its names.
    pub(crate) fn names(&self) -> PathBuf {
        self.place.path().join("names")
    }

    /// Where peers that want a directory have one: on the same file system as `/dev/shm`, so that
    /// what they leave there counts.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.place.path().join("temporary")
    }

    pub(crate) fn processors(&self) -> usize {
        self.processors.len()
    }

    /// The number that the system gives to the processor `which`.
    pub(crate) fn processor(&self, which: usize) -> Option<usize> {
        self.processors.get(which).copied()
    }

    /// Runs `body` on the processor number `which`; what it starts stays there. On a machine with
    /// one processor, just runs it.
    pub(crate) fn on<T>(&self, which: usize, body: impl FnOnce() -> T) -> Result<T> {
        if self.processors.len() < 2 {
            return Ok(body());
        }
        let before = sched_getaffinity(None).context("sched_getaffinity")?;
        pin(self.processors[which % self.processors.len()])?;
        let done = body();
        sched_setaffinity(None, &before).context("sched_setaffinity")?;
        Ok(done)
    }

    /// How much shared memory there is, and how many objects: files and segments.
    pub(crate) fn usage(&self) -> Result<Usage> {
        let mut objects = segments()?.0;
        count_files(Path::new("/dev/shm"), &mut objects)?;
        let bytes = self.bytes()?;
        Ok(Usage { bytes, objects })
    }

    /// How much shared memory there is.
    pub(crate) fn bytes(&self) -> Result<u64> {
        Ok(sys::used(Path::new("/dev/shm"))? + segments()?.1)
    }
}

/// Keeps this thread, and what it starts, on one processor.
pub(crate) fn pin(processor: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(processor);
    sched_setaffinity(None, &one).context("sched_setaffinity")
}

/// What is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) bytes: u64,
    pub(crate) objects: u64,
}

/// The number of segments that are alive, and their resident bytes.
fn segments() -> Result<(u64, u64)> {
    let text = fs::read_to_string("/proc/sysvipc/shm").context("/proc/sysvipc/shm")?;
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    let rss = head.split_whitespace().position(|word| word == "rss");
    let rss = rss.context("/proc/sysvipc/shm has no rss")?;
    let (mut count, mut resident) = (0, 0);
    for line in lines {
        count += 1;
        let bytes = line.split_whitespace().nth(rss);
        let bytes: u64 = bytes.and_then(|text| text.parse().ok()).unwrap_or(0);
        resident += bytes;
    }
    Ok((count, resident))
}

fn count_files(dir: &Path, count: &mut u64) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("{}", dir.display()))? {
        let entry = entry.context("an entry")?;
        if entry.file_type().context("an entry")?.is_dir() {
            count_files(&entry.path(), count)?;
        } else {
            *count += 1;
        }
    }
    Ok(())
}

/// The exit code of the benchmark inside; nothing where there are no namespaces for us.
fn run_inside() -> Result<Option<i32>> {
    let program = std::env::current_exe().context("our own program")?;
    for user in [&[][..], &["--user", "--map-root-user"]] {
        let unshare = || {
            let mut command = Command::new("unshare");
            command.args(user).args(["--mount", "--ipc", "--"]);
            command
        };
        let probe = unshare().arg("true").output();
        if !probe.is_ok_and(|done| done.status.success()) {
            continue;
        }
        let mut command = unshare();
        command.arg(&program).args(std::env::args_os().skip(1));
        let status = command.env(INSIDE, "yes").status().context("unshare")?;
        return Ok(Some(status.code().unwrap_or(1)));
    }
    output::say("no namespaces here: measuring among the objects of others");
    Ok(None)
}

/// Runs a command for what it does. The error goes into the document: without the place of this
/// repository.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.output();
    let done = done.with_context(|| format!("cannot start {program}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let said = said.replace(env!("CARGO_MANIFEST_DIR"), "bench");
        let first = said.lines().next().unwrap_or("it does not say why");
        bail!("{program} fails: {}", first.trim());
    }
    Ok(())
}
