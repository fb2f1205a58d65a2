//! The limits of the kernel, against what is in use.

use super::check::{Check, Status};
use super::facts;
use crate::os;
use crate::size::human;

pub(super) fn checks() -> Vec<Check> {
    let used = facts::segments();
    let ram = facts::meminfo("MemTotal").unwrap_or(0);
    let kernel = |name: &str| facts::number(format!("/proc/sys/kernel/{name}"));
    let mut checks = Vec::new();
    if let (Some(limit), Some((count, _))) = (kernel("shmmni"), used) {
        checks.push(shmmni(limit, count));
    }
    if let (Some(pages), Some((_, bytes))) = (kernel("shmall"), used) {
        checks.push(shmall(pages.saturating_mul(4096), bytes, ram));
    }
    checks.extend(kernel("shmmax").map(|limit| shmmax(limit, ram)));
    if let Some(mode) = facts::number("/proc/sys/vm/overcommit_memory") {
        let promised = facts::meminfo("Committed_AS").unwrap_or(0);
        let limit = facts::meminfo("CommitLimit").unwrap_or(0);
        checks.push(overcommit(mode, promised, limit));
    }
    if let Some(limit) = facts::locked_memory_limit() {
        checks.push(memlock(limit.filter(|_| !os::raised())));
    }
    checks
}

/// How much of a limit is used: the last tenth is no room any more.
fn fullness(used: u64, limit: u64) -> Status {
    let used = u128::from(used) * 10;
    match u128::from(limit) {
        limit if used >= limit * 9 => Status::Wrong,
        limit if used >= limit * 5 => Status::Warning,
        _ => Status::Ok,
    }
}

fn shmmni(limit: u64, used: u64) -> Check {
    // The kernel takes no more.
    const MOST: u64 = 32768;
    let check = Check::new(
        "shmmni",
        fullness(used, limit),
        format!("{used} of {limit} System V segments are in use"),
    )
    .meaning("every section is one; when they are used up, creating another one fails");
    if limit < MOST {
        check.cure(format!("sudo sysctl -w kernel.shmmni={MOST}"))
    } else {
        check.cure("nshm reap --all")
    }
}

fn shmall(limit: u64, used: u64, ram: u64) -> Check {
    let status = match fullness(used, limit) {
        Status::Ok if limit < ram / 2 => Status::Warning,
        status => status,
    };
    Check::new(
        "shmall",
        status,
        format!(
            "{} of {} of all System V segments together are in use",
            human(used),
            human(limit)
        ),
    )
    .meaning("sections that exceed kernel.shmall together are refused at creation")
    .cure("sudo sysctl -w kernel.shmall=18446744073692774399")
}

fn shmmax(limit: u64, ram: u64) -> Check {
    let status = if limit < ram / 2 {
        Status::Warning
    } else {
        Status::Ok
    };
    Check::new(
        "shmmax",
        status,
        format!("a section may have {}", human(limit)),
    )
    .meaning("a larger one is refused at creation, though there is memory for it")
    .cure("sudo sysctl -w kernel.shmmax=18446744073692774399")
}

fn overcommit(mode: u64, promised: u64, limit: u64) -> Check {
    let of_limit = format!("{} of {} are promised", human(promised), human(limit));
    match mode {
        1 => Check::new(
            "overcommit",
            Status::Warning,
            "vm.overcommit_memory is 1: the kernel promises anything",
        )
        .meaning(
            "a section that exceeds the memory is not refused at creation; touching it later calls \
             the OOM killer",
        )
        .cure("sudo sysctl -w vm.overcommit_memory=0"),
        2 => Check::new(
            "overcommit",
            fullness(promised, limit),
            format!("vm.overcommit_memory is 2: {of_limit}"),
        )
        .meaning("what exceeds the limit is refused at creation, sections and all other memory")
        .cure("sudo sysctl -w vm.overcommit_ratio=100"),
        _ => Check::new(
            "overcommit",
            Status::Ok,
            "vm.overcommit_memory is 0: what obviously exceeds the memory is refused",
        )
        .meaning("a section is promised at creation"),
    }
}

/// `limit`: `None` where there is none.
fn memlock(limit: Option<u64>) -> Check {
    // What kernels gave before 5.16.
    const LITTLE: u64 = 64 << 10;
    let (status, finding) = match limit {
        None => (
            Status::Ok,
            "this user may lock any amount of memory".to_owned(),
        ),
        Some(limit) => (
            if limit <= LITTLE {
                Status::Warning
            } else {
                Status::Note
            },
            format!("this user may lock {} of memory", human(limit)),
        ),
    };
    Check::new("memlock", status, finding)
        .meaning("a section that is to be locked into memory and is larger is refused")
        .cure("echo '* - memlock unlimited' | sudo tee /etc/security/limits.d/nshm.conf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_judged_by_what_is_left() {
        for (used, status) in [
            (0, Status::Ok),
            (2047, Status::Ok),
            (2048, Status::Warning),
            (3686, Status::Warning),
            (3687, Status::Wrong),
            (4096, Status::Wrong),
        ] {
            let check = shmmni(4096, used);
            assert_eq!(check.status, status, "{used}");
            assert_eq!(check.cure.is_some(), status != Status::Ok);
        }
        let most = shmmni(32768, 32768).cure.unwrap_or_default();
        assert_eq!(most, "nshm reap --all");
    }

    #[test]
    fn small_machines_of_old_are_found() {
        assert_eq!(shmmax(32 << 20, 8 << 30).status, Status::Warning);
        assert_eq!(shmmax(u64::MAX, 8 << 30).status, Status::Ok);
        assert_eq!(shmall(1 << 30, 0, 8 << 30).status, Status::Warning);
        assert_eq!(shmall(u64::MAX, 1 << 30, 8 << 30).status, Status::Ok);
        assert_eq!(shmall(1 << 30, 1 << 30, 1 << 30).status, Status::Wrong);
    }

    #[test]
    fn promises_are_judged_by_the_mode() {
        assert_eq!(overcommit(0, 9, 1).status, Status::Ok);
        assert_eq!(overcommit(1, 0, 1).status, Status::Warning);
        assert_eq!(overcommit(2, 10, 100).status, Status::Ok);
        assert_eq!(overcommit(2, 95, 100).status, Status::Wrong);
        assert_eq!(memlock(None).status, Status::Ok);
        assert_eq!(memlock(Some(65536)).status, Status::Warning);
        assert_eq!(memlock(Some(8 << 20)).status, Status::Note);
    }
}
