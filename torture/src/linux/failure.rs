//! Failure of every system call: each call of an operation is made to fail in each way that it
//! may, once, and the operation must give an error or succeed, change nothing that was there, and
//! leak nothing.

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;
use nix::errno::Errno;
use nshm::Section;

use super::attack::Campaign;
use super::deed::{Deed, End, Scene as _};
use super::operation::Operation;
use super::placed::Act;
use super::report::Figures;
use super::stage::{Stage, left_by};
use super::tracer::{Call, Stop, Traced};

/// How often a worker slept is a matter of time, and what it creates first of others.
const NOT_AGAIN: &str = "calls that did not come again";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    // Its directory is made once, and that call would not come again.
    Section::create(campaign.stage.leaf(), 4096)?.close()?;
    of_every_call::<Operation>(campaign.stage, figures)?;
    of_every_call::<Act>(campaign.stage, figures)
}

fn of_every_call<D: Deed>(stage: &Stage, figures: &mut Figures) -> Result<()> {
    for deed in D::value_variants() {
        let calls = calls_of(*deed, stage).with_context(|| format!("{deed:?}"))?;
        for (index, call) in calls.iter().enumerate() {
            // Some calls depend on where memory happens to lie, so calls are counted by number.
            let same = |other: &&Call| other.number == call.number;
            let turn = calls[..index].iter().filter(same).count();
            for errno in errors_of(call) {
                if deed.is_answer(call, *errno) {
                    continue;
                }
                fail_at(*deed, turn, call.number, *errno, stage, figures).with_context(|| {
                    format!("{deed:?}, {call:x?}, number {turn} of these, gave {errno}")
                })?;
            }
        }
    }
    Ok(())
}

/// The system calls that an operation makes.
fn calls_of(deed: impl Deed, stage: &Stage) -> Result<Vec<Call>> {
    let name = deed.name(&stage.leaf());
    let mut scene = deed.set_up(&name, stage)?;
    let mut worker = Traced::new(deed, &name)?;
    scene.worker_is_ready(worker.id())?;
    worker.begin()?;
    let mut calls = Vec::new();
    let mut stop = None;
    loop {
        let next = worker.next(stop)?;
        match next {
            Stop::Before(call) => calls.push(call),
            Stop::After(_) => {}
            Stop::Done => break,
        }
        stop = Some(next);
    }
    worker.finish()?;
    scene.judge(End::Done)?;
    Ok(calls)
}

/// Lets one call fail.
pub(crate) fn once(deed: &str, call: u64, turn: usize, errno: i32) -> Result<()> {
    let stage = Stage::new()?;
    let errno = Errno::from_raw(errno);
    let mut figures = Figures::default();
    match Operation::from_str(deed, false) {
        Ok(operation) => fail_at(operation, turn, call, errno, &stage, &mut figures)?,
        Err(_) => {
            let act = Act::from_str(deed, false).map_err(anyhow::Error::msg)?;
            fail_at(act, turn, call, errno, &stage, &mut figures)?;
        }
    }
    ensure!(figures.get(NOT_AGAIN) == 0, "there is no such call");
    Ok(())
}

fn fail_at(
    deed: impl Deed,
    turn: usize,
    call: u64,
    errno: Errno,
    stage: &Stage,
    figures: &mut Figures,
) -> Result<()> {
    let name = deed.name(&stage.leaf());
    let mut scene = deed.set_up(&name, stage)?;
    let mut worker = Traced::new(deed, &name)?;
    scene.worker_is_ready(worker.id())?;
    worker.begin()?;
    let mut stop = None;
    let mut seen = 0;
    loop {
        let next = worker.next(stop)?;
        if matches!(next, Stop::Before(here) if here.number == call) {
            if seen == turn {
                worker.fail(errno)?;
                break;
            }
            seen += 1;
        }
        if next == Stop::Done {
            worker.finish()?;
            scene.judge(End::Done)?;
            figures.add(NOT_AGAIN, 1);
            return Ok(());
        }
        stop = Some(next);
    }
    let (pid, lines) = worker.finish()?;
    let [result, leaks] = &lines[..] else {
        anyhow::bail!("the worker said {lines:?}");
    };
    ensure!(leaks == "nothing leaked", "{leaks} (result {result})");
    if let Some(kinds) = kinds_for(call, errno) {
        ensure!(
            result == "ok" || kinds.contains(&result.as_str()),
            "the error is {result} and not one of {kinds:?}"
        );
    }
    figures.add("faults injected", 1);
    figures.add("overcome", u64::from(result == "ok"));
    figures.add("told as an error", u64::from(result != "ok"));
    scene.judge(match &**result {
        "ok" => End::Done,
        _ => End::Refused,
    })?;
    let left = left_by(pid)?;
    ensure!(left.segments == 0, "{left:?} (result {result})");
    ensure!(left.ids == 0, "{left:?} of a process that ended well");
    Ok(())
}

/// Numbers of system calls on x86-64 that operations make and that may fail.
pub(super) mod number {
    pub(super) const READ: u64 = 0;
    pub(super) const STAT: u64 = 4;
    pub(super) const FSTAT: u64 = 5;
    pub(super) const LSTAT: u64 = 6;
    pub(super) const MMAP: u64 = 9;
    pub(super) const MPROTECT: u64 = 10;
    pub(super) const MUNMAP: u64 = 11;
    pub(super) const MREMAP: u64 = 25;
    pub(super) const MADVISE: u64 = 28;
    pub(super) const SHMGET: u64 = 29;
    pub(in crate::linux) const SHMAT: u64 = 30;
    pub(super) const SHMCTL: u64 = 31;
    pub(super) const KILL: u64 = 62;
    pub(super) const SHMDT: u64 = 67;
    pub(super) const FCNTL: u64 = 72;
    pub(super) const FLOCK: u64 = 73;
    pub(super) const MKDIR: u64 = 83;
    pub(super) const UNLINK: u64 = 87;
    pub(super) const SYMLINK: u64 = 88;
    pub(super) const READLINK: u64 = 89;
    pub(super) const FUTEX: u64 = 202;
    pub(super) const GETDENTS: u64 = 217;
    pub(super) const OPENAT: u64 = 257;
    pub(super) const NEWFSTATAT: u64 = 262;
    pub(super) const GET_ROBUST_LIST: u64 = 274;
    pub(super) const FALLOCATE: u64 = 285;
    pub(super) const STATX: u64 = 332;
    pub(super) const FUTEX_WAITV: u64 = 449;
    pub(super) const OPEN: u64 = 2;
}

/// How a call may fail: from its manual page, section ERRORS.
fn errors_of(call: &Call) -> &'static [Errno] {
    use Errno::{
        EACCES, EAGAIN, EBADF, EDQUOT, EEXIST, EFAULT, EIDRM, EINTR, EINVAL, EIO, ELOOP, EMFILE,
        ENAMETOOLONG, ENFILE, ENOENT, ENOLCK, ENOMEM, ENOSPC, ENOSYS, ENOTDIR, EOPNOTSUPP, EPERM,
        EROFS,
    };
    match call.number {
        number::SHMGET => &[
            EACCES, EEXIST, EINVAL, ENFILE, ENOENT, ENOMEM, ENOSPC, EPERM, ENOSYS,
        ],
        number::SHMAT => &[EACCES, EIDRM, EINVAL, ENOMEM],
        // EIDRM and EINVAL are no failure but the answer that there is no such segment.
        number::SHMCTL => &[EACCES, ENOMEM, EPERM],
        // A detach fails only for what is no attach.
        number::SHMDT => &[],
        number::SYMLINK => &[
            EACCES,
            EDQUOT,
            EEXIST,
            EIO,
            ELOOP,
            ENAMETOOLONG,
            ENOENT,
            ENOMEM,
            ENOSPC,
            ENOTDIR,
            EPERM,
            EROFS,
        ],
        number::READLINK => &[EACCES, EINVAL, EIO, ELOOP, ENOENT, ENOMEM, ENOTDIR],
        number::UNLINK => &[EACCES, EIO, ENOENT, ENOMEM, EPERM, EROFS],
        number::MKDIR => &[EACCES, EDQUOT, EEXIST, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS],
        number::STAT | number::LSTAT | number::NEWFSTATAT | number::STATX => {
            &[EACCES, ELOOP, ENOENT, ENOMEM, ENOTDIR]
        }
        number::FSTAT => &[EBADF, ENOMEM],
        number::OPEN | number::OPENAT => &[
            EACCES, EINTR, ELOOP, EMFILE, ENFILE, ENOENT, ENOMEM, ENOTDIR, EPERM,
        ],
        number::FLOCK => &[EAGAIN, EINTR, EINVAL, ENOLCK],
        number::FCNTL => &[EINVAL, EMFILE],
        number::READ => &[EINTR, EIO],
        number::GETDENTS => &[ENOENT, EFAULT],
        number::MADVISE => &[EAGAIN, EINVAL, EIO, ENOMEM],
        number::MREMAP => &[EAGAIN, EFAULT, EINVAL, ENOMEM],
        number::MPROTECT => &[EACCES, ENOMEM],
        number::FALLOCATE => &[EINTR, EIO, ENOSPC, EOPNOTSUPP],
        number::KILL => &[EPERM],
        // To wake fails only for what is no futex.
        number::FUTEX if call.arguments[1] & 0x7f == 1 => &[],
        number::FUTEX => &[EAGAIN, EINTR],
        number::FUTEX_WAITV => &[EAGAIN, EINTR, ENOSYS, EPERM],
        number::GET_ROBUST_LIST => &[ENOSYS, EPERM],
        // Memory for the program itself ends it where there is none.
        number::MMAP if call.arguments[2] == 3 && call.arguments[3] & 0x10 == 0 => &[],
        number::MMAP => &[EAGAIN, ENFILE, ENOMEM],
        // It fails only where a mapping would be split beyond the limit of their number.
        number::MUNMAP => &[],
        _ => &[],
    }
}

/// The kinds that an error must have, where only some make sense.
fn kinds_for(call: u64, errno: Errno) -> Option<&'static [&'static str]> {
    Some(match (call, errno) {
        (number::SHMGET, Errno::ENOMEM) => &["CommitLimit"],
        (number::SHMGET, Errno::ENOSPC) => &["CommitLimit", "TooManySections"],
        (number::SHMGET, Errno::ENOSYS) => &["Unsupported"],
        // The other one where it is not to be known whether the owner of a lock lives.
        (number::SHMAT, Errno::ENOMEM) => &["CommitLimit", "Other"],
        (number::SYMLINK, Errno::ENOSPC | Errno::EDQUOT) => &["TooManySections"],
        (number::SYMLINK | number::MKDIR, Errno::EACCES | Errno::EPERM) => &["AccessDenied"],
        (number::OPEN | number::OPENAT, Errno::EMFILE | Errno::ENFILE) => &["Other"],
        _ => return None,
    })
}
