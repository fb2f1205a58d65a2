//! What the kernel's error numbers mean here.

use std::io;

use super::call;
use crate::error::{Error, ErrorKind};
use crate::options::Options;

/// An error of `kind` unless the number says something more precise.
pub(super) fn os_error(kind: ErrorKind, step: &'static str, error: io::Error) -> Error {
    let kind = match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => ErrorKind::AccessDenied,
        Some(libc::ENOMEM) => ErrorKind::CommitLimit,
        Some(libc::ENOSYS | libc::EOPNOTSUPP) => ErrorKind::Unsupported,
        _ => kind,
    };
    Error::new(kind, step).caused_by(error)
}

/// Why a segment of `len` bytes could not be made.
pub(super) fn create_error(error: io::Error, len: usize, options: &Options) -> Error {
    const STEP: &str = "create section";
    let new = |kind| Error::new(kind, STEP);
    let made = match error.raw_os_error() {
        Some(libc::ENOMEM) if options.huge_pages.pool_page().is_some() => pool_is_empty(STEP, len),
        Some(libc::ENOMEM) => new(ErrorKind::CommitLimit)
            .detail(format!("the system cannot promise {len} bytes"))
            .with_hint(
                "ask for less, add swap, or see vm.overcommit_memory; \
                 a program may also reserve the size and commit pages when it needs them",
            ),
        Some(libc::ENOSPC) => out_of_segments(len),
        Some(libc::EINVAL) if options.huge_pages.pool_page().is_some() => {
            new(ErrorKind::Unsupported).detail("this kernel has no huge pages of that size")
        }
        Some(libc::EINVAL) => new(ErrorKind::CommitLimit)
            .detail(format!("{len} bytes are more than kernel.shmmax allows"))
            .with_hint("raise it: sysctl -w kernel.shmmax=18446744073692774399"),
        Some(libc::EPERM) if options.huge_pages.pool_page().is_some() => {
            new(ErrorKind::AccessDenied)
                .detail("pages from the huge page pool are a privilege")
                .with_hint("put the group of this process into vm.hugetlb_shm_group")
        }
        Some(libc::ENOSYS) => {
            new(ErrorKind::Unsupported).detail("this system has no System V shared memory")
        }
        _ => return os_error(ErrorKind::Other, STEP, error),
    };
    made.caused_by(error)
}

/// Of a section in pages of a pool: these cannot be had.
pub(super) fn pool_is_empty(step: &'static str, len: usize) -> Error {
    Error::new(ErrorKind::CommitLimit, step)
        .detail(format!("the pool of huge pages has not {len} bytes free"))
        .with_hint(
            "give the pool more pages: /sys/kernel/mm/hugepages/hugepages-<size>kB/nr_hugepages",
        )
}

/// `ENOSPC` has two causes, and a cure for each.
fn out_of_segments(len: usize) -> Error {
    const LIMIT: &str = "/proc/sys/kernel/shmmni";
    let limit: Option<u64> = std::fs::read_to_string(LIMIT)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let used = call::shm_used_ids().ok();
    match (limit, used) {
        (Some(limit), Some(used)) if used < limit => {
            Error::new(ErrorKind::CommitLimit, "create section")
                .detail(format!("{len} more bytes exceed kernel.shmall"))
                .with_hint("raise it: sysctl -w kernel.shmall=18446744073692774399")
        }
        _ => {
            let limit = limit.map_or_else(|| "its limit".into(), |limit| limit.to_string());
            Error::new(ErrorKind::TooManySections, "create section")
                .detail(format!(
                    "this IPC namespace has {limit} segments, and kernel.shmmni allows no more"
                ))
                .with_hint("raise it: sysctl -w kernel.shmmni=32768")
        }
    }
}
