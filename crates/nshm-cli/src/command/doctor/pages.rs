//! Huge pages: the pools, and whether ordinary ones are joined.

use std::fs;
use std::path::Path;

use super::check::{Check, Status};
use super::facts;
use crate::size::human;

const TRANSPARENT: &str = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
const POOLS: &str = "/sys/kernel/mm/hugepages";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    if let Ok(modes) = fs::read_to_string(TRANSPARENT) {
        checks.push(transparent(&modes));
    }
    if Path::new(POOLS).is_dir() {
        checks.push(pools(&read_pools()));
    }
    checks
}

fn transparent(modes: &str) -> Check {
    let mode = modes
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("unknown", |(mode, _)| mode);
    let status = match mode {
        "always" | "within_size" | "advise" | "force" => Status::Ok,
        _ => Status::Note,
    };
    Check::new(
        "shmem-enabled",
        status,
        format!("transparent huge pages of shared memory are at {mode}"),
    )
    .meaning("sections that ask for them do not get them: the first touch of much memory is slower")
    .cure(format!("echo advise | sudo tee {TRANSPARENT}"))
}

/// Pages of one size.
struct Pool {
    page: u64,
    total: u64,
    free: u64,
}

fn read_pools() -> Vec<Pool> {
    let entries = fs::read_dir(POOLS).into_iter().flatten().flatten();
    let mut pools: Vec<Pool> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let page = name.to_str()?.strip_prefix("hugepages-")?;
            let page: u64 = page.strip_suffix("kB")?.parse().ok()?;
            let count = |file: &str| facts::number(entry.path().join(file));
            Some(Pool {
                page: page.checked_mul(1024)?,
                total: count("nr_hugepages")?,
                free: count("free_hugepages")?.saturating_sub(count("resv_hugepages")?),
            })
        })
        .collect();
    pools.sort_by_key(|pool| pool.page);
    pools
}

fn pools(pools: &[Pool]) -> Check {
    let words: Vec<String> = pools
        .iter()
        .filter(|pool| pool.total > 0)
        .map(|pool| {
            format!(
                "{} of {} pages of {} are free",
                pool.free,
                pool.total,
                human(pool.page)
            )
        })
        .collect();
    let (status, finding) = if words.is_empty() {
        (Status::Note, "there is no pool of huge pages".to_owned())
    } else {
        (Status::Ok, words.join(", "))
    };
    Check::new("hugepages", status, finding)
        .meaning("sections of pages from a pool are refused beyond what is free in it")
        .cure("sudo sysctl -w vm.nr_hugepages=128")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_the_one_in_brackets() {
        for (modes, status) in [
            ("always within_size [advise] never deny force\n", Status::Ok),
            (
                "always within_size advise [never] deny force\n",
                Status::Note,
            ),
            ("", Status::Note),
        ] {
            assert_eq!(transparent(modes).status, status, "{modes}");
        }
    }

    #[test]
    fn a_pool_without_pages_is_none() {
        let pool = |total, free| Pool {
            page: 2 << 20,
            total,
            free,
        };
        assert_eq!(pools(&[pool(0, 0)]).status, Status::Note);
        let check = pools(&[pool(8, 3)]);
        assert_eq!(check.status, Status::Ok);
        assert_eq!(check.finding, "3 of 8 pages of 2 MiB are free");
    }
}
