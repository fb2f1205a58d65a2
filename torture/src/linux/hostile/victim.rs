//! A process that uses objects which others write over: in every way, each call with an end in time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use nshm::{ViewMut, Waitable, wait_all, wait_any};

use super::tally::{HELD_UP, Tally, fits_object, fits_placed};
use super::targets::{SIZE, Targets};
use crate::linux::party::go_with_parent;
use crate::linux::placed::court;
use crate::linux::room::some_stay;

/// How long it waits for what nobody attacks.
const PATIENCE: Duration = Duration::from_millis(50);

struct Victim {
    tally: Tally,
    slot: usize,
    random: fastrand::Rng,
}

pub(crate) fn suffer(seed: u64, slot: usize) -> Result<()> {
    go_with_parent()?;
    let mut victim = Victim {
        tally: Tally::join()?,
        slot,
        random: fastrand::Rng::with_seed(seed),
    };
    victim.tally.introduce(slot)?;
    loop {
        let Some(targets) = victim.call(None, Targets::open)? else {
            continue;
        };
        for _ in 0..100 {
            match victim.random.u8(..13) {
                0 | 1 => victim.use_event(&targets)?,
                2 | 3 => victim.use_mutex(&targets)?,
                4 => victim.use_semaphore(&targets)?,
                5 => victim.wait_for_several(&targets)?,
                6 => victim.use_memory(&targets)?,
                7 => victim.use_file(&targets)?,
                8..11 => victim.use_placed(&targets.placed)?,
                _ => victim.use_what_nobody_attacks(&targets)?,
            }
        }
    }
}

impl Victim {
    fn call<T>(
        &self,
        timeout: Option<Duration>,
        call: impl FnOnce() -> nshm::Result<T>,
    ) -> Result<Option<T>> {
        self.tally.call(self.slot, timeout, fits_object, call)
    }

    fn some_time(&mut self) -> Duration {
        match self.random.u8(..4) {
            0 => Duration::ZERO,
            _ => Duration::from_micros(self.random.u64(..3000)),
        }
    }

    fn use_event(&mut self, targets: &Targets) -> Result<()> {
        let time = self.some_time();
        let event = match self.random.bool() {
            true => &targets.manual,
            false => &targets.auto,
        };
        match self.random.u8(..5) {
            0 => self.call(None, || event.set()).map(drop),
            1 => self.call(None, || event.reset()).map(drop),
            2 => self.call(None, || event.pulse()).map(drop),
            3 => self.call(None, || event.state()).map(drop),
            _ => self.call(Some(time), || event.wait_timeout(time)).map(drop),
        }
    }

    fn use_mutex(&mut self, targets: &Targets) -> Result<()> {
        let time = self.some_time();
        let mutex = &targets.mutex;
        let depth = self.random.u8(1..4);
        for _ in 0..depth {
            self.call(Some(time), || mutex.acquire(Some(time)))?;
        }
        self.call(None, || mutex.owner())?;
        // More often than it was taken, so that it is owned no longer.
        for _ in 0..=depth {
            self.call(None, || mutex.release())?;
        }
        Ok(())
    }

    fn use_semaphore(&mut self, targets: &Targets) -> Result<()> {
        let time = self.some_time();
        let semaphore = &targets.semaphore;
        match self.random.u8(..3) {
            0 => self.call(None, || semaphore.release(1)).map(drop),
            1 => self.call(None, || semaphore.count()).map(drop),
            _ => self
                .call(Some(time), || semaphore.acquire_timeout(time))
                .map(drop),
        }
    }

    fn wait_for_several(&mut self, targets: &Targets) -> Result<()> {
        let time = self.some_time();
        let all: [&dyn Waitable; 4] = [
            &targets.manual,
            &targets.auto,
            &targets.mutex,
            &targets.semaphore,
        ];
        if self.random.bool() {
            self.call(Some(time), || wait_any(&all, Some(time)))?;
        } else {
            self.call(Some(time), || wait_all(&all, Some(time)))?;
        }
        self.call(None, || targets.mutex.release())?;
        Ok(())
    }

    fn use_memory(&mut self, targets: &Targets) -> Result<()> {
        let section = match self.random.u8(..3) {
            0 => &targets.plain,
            1 => &targets.apart,
            _ => &targets.on_demand,
        };
        ensure!(section.len() == SIZE, "a section of another size");
        let (offset, len) = (self.random.usize(..SIZE / 2), self.random.usize(..SIZE / 2));
        let cell = offset / 8 * 8;
        self.call(None, || {
            let view = section.map()?;
            view.fill(offset..offset + len, 7)?;
            view.atomic_u64(cell)?.fetch_add(1, Ordering::Relaxed);
            view.read_vec(offset, len)?;
            section.map_private()?.write_at(offset, &[1])?;
            section.map_read_only()?.load::<u64>(offset)?;
            section.info()
        })?;
        if section.commits_on_demand() {
            let page = offset / 4096 * 4096;
            self.call(None, || {
                let raw = section.raw_view().map()?;
                raw.commit(page, 4096)?;
                raw.committed(page)
            })?;
        }
        Ok(())
    }

    /// The file may be cut off at any moment, which is an error and no signal.
    fn use_file(&mut self, targets: &Targets) -> Result<()> {
        let (offset, len) = (self.random.usize(..SIZE / 2), self.random.usize(..SIZE / 2));
        let Some(view) = self.call(None, || targets.over_file.map())? else {
            return Ok(());
        };
        self.call(None, || view.read_vec(offset, len))?;
        self.call(None, || view.write_at(offset, &[3; 100]))?;
        self.call(None, || view.load::<u64>(offset))?;
        Ok(())
    }

    fn use_placed(&mut self, view: &ViewMut) -> Result<()> {
        let time = self.some_time();
        let choice = self.random.u8(..3);
        match self.random.u8(..5) {
            0 => self.call_placed(time, || match (court::event(view)?, choice) {
                (event, 0) => event.set(),
                (event, 1) => event.pulse(),
                (event, _) => event.wait_timeout(time).map(drop),
            }),
            1 => self.call_placed(time, || match (court::semaphore(view)?, choice) {
                (semaphore, 0) => semaphore.release(1).map(drop),
                (semaphore, _) => semaphore.acquire_timeout(time).map(drop),
            }),
            2 => self.call_placed(time, || {
                let mutex = court::mutex(view)?;
                let guard = mutex.lock_timeout(time)?;
                guard.map_or(Ok(()), |guard| guard.unlock())
            }),
            3 => self.call_placed(time, || {
                let lock = court::lock(view)?;
                if choice == 0 {
                    let guard = lock.write_timeout(time)?;
                    guard.map_or(Ok(()), |guard| guard.unlock())
                } else {
                    let guard = lock.read_timeout(time)?;
                    guard.map_or(Ok(()), |guard| guard.unlock())
                }
            }),
            // It waits for the mutex as long as that takes.
            _ => self.call_placed(time + HELD_UP, || match (court::condition(view)?, choice) {
                (condition, 0) => condition.notify_one(),
                (condition, 1) => condition.notify_all(),
                (condition, _) => {
                    let mutex = court::mutex(view)?;
                    let Some(guard) = mutex.lock_timeout(time)? else {
                        return Ok(());
                    };
                    let (guard, _) = condition.wait_timeout(guard, time)?;
                    guard.unlock()
                }
            }),
        }
    }

    fn call_placed(&self, time: Duration, call: impl FnOnce() -> nshm::Result<()>) -> Result<()> {
        let done = self.tally.call(self.slot, Some(time), fits_placed, call);
        done.map(drop)
    }

    /// With what is attacked in hand as well, so that a kill leaves both to the kernel.
    fn use_what_nobody_attacks(&mut self, targets: &Targets) -> Result<()> {
        let time = self.some_time();
        let also_holds = self.random.bool();
        let stay = some_stay(&mut self.random);
        if also_holds {
            self.call(Some(time), || targets.mutex.acquire(Some(time)))?;
        }
        if let Some(acquired) = self.tally.honest.acquire(Some(PATIENCE))? {
            self.tally.room()?.enter(acquired.is_abandoned(), stay)?;
            self.tally.honest.release()?;
        }
        if also_holds {
            self.call(None, || targets.mutex.release())?;
        }
        Ok(())
    }
}
