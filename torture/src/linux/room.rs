//! A room that a mutex admits one process to. It is marked on entering, so that whoever comes next
//! sees what must not be: somebody else inside, or one who died there and of whom nobody was told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

/// Its marks, in shared memory.
pub(crate) struct Room<'b> {
    /// Who is inside.
    pub(crate) owner: &'b AtomicU64,
    /// Changed by who is inside, in two steps.
    pub(crate) count: &'b AtomicU64,
    pub(crate) entries: &'b AtomicU64,
    pub(crate) deaths_told: &'b AtomicU64,
}

/// How long to stay: mostly no time at all, now and then long enough for a kill to come.
pub(crate) fn some_stay(random: &mut fastrand::Rng) -> Duration {
    match random.u8(..8) {
        0 => Duration::from_micros(random.u64(..1000)),
        _ => Duration::ZERO,
    }
}

impl Room<'_> {
    /// For who has just got the mutex, and keeps it meanwhile: stays inside for a time. It may have
    /// been told of a death, which is counted before it is inside.
    pub(crate) fn enter(&self, is_told: bool, stay: Duration) -> Result<()> {
        let me = std::process::id().into();
        let before = self.owner.load(Ordering::Relaxed);
        if before != 0 && !is_told {
            bail!("process {before} is inside, or its death was not told");
        }
        if is_told {
            self.deaths_told.fetch_add(1, Ordering::Relaxed);
        }
        self.owner.store(me, Ordering::Relaxed);
        let old = self.count.load(Ordering::Relaxed);
        match stay {
            Duration::ZERO => std::hint::spin_loop(),
            _ => std::thread::sleep(stay),
        }
        let now = [self.owner, self.count].map(|cell| cell.load(Ordering::Relaxed));
        ensure!(now == [me, old], "another process came inside: {now:?}");
        self.count.store(old + 1, Ordering::Relaxed);
        self.entries.fetch_add(1, Ordering::Relaxed);
        self.owner.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// What must hold when nobody comes any more, and so many were killed.
    pub(crate) fn judge(&self, deaths: u64) -> Result<()> {
        let [count, entries, told] =
            [self.count, self.entries, self.deaths_told].map(|cell| cell.load(Ordering::Relaxed));
        ensure!(
            (entries..=entries + deaths).contains(&count),
            "{entries} were inside, and they counted to {count}"
        );
        ensure!(told <= deaths, "{told} deaths were told, of {deaths}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enters a room that is marked like this, by a mutex whose owner has died or has not.
    fn enter(owner: u64, has_died: bool) -> Result<u64> {
        let mutex = nshm::Mutex::options().anonymous().unwrap();
        if has_died {
            let token = mutex.token().unwrap();
            std::thread::spawn(move || {
                nshm::Mutex::from_token(&token)
                    .unwrap()
                    .acquire(None)
                    .unwrap();
            })
            .join()
            .unwrap();
        }
        let acquired = mutex.acquire(None).unwrap().unwrap();
        let cells = [owner, 0, 0, 0].map(AtomicU64::new);
        let room = Room {
            owner: &cells[0],
            count: &cells[1],
            entries: &cells[2],
            deaths_told: &cells[3],
        };
        let entered = room.enter(acquired.is_abandoned(), Duration::ZERO);
        mutex.release().unwrap();
        entered.map(|()| cells[3].load(Ordering::Relaxed))
    }

    #[test]
    fn who_is_inside_and_who_died_there_is_seen() {
        assert_eq!(enter(0, false).unwrap(), 0);
        assert_eq!(enter(7, true).unwrap(), 1);
        assert!(enter(7, false).is_err());
    }

    #[test]
    fn counts_that_do_not_fit_are_seen() {
        let cells = [0, 5, 5, 2].map(AtomicU64::new);
        let judge = |deaths| {
            Room {
                owner: &cells[0],
                count: &cells[1],
                entries: &cells[2],
                deaths_told: &cells[3],
            }
            .judge(deaths)
        };
        judge(2).unwrap();
        assert!(judge(1).is_err());
        cells[1].store(4, Ordering::Relaxed);
        assert!(judge(2).is_err());
        cells[1].store(8, Ordering::Relaxed);
        assert!(judge(2).is_err());
    }
}
