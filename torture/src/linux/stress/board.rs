//! The board: plain counters that only who is alone may change, and what workers tell.

use std::sync::atomic::Ordering;

use anyhow::{Result, ensure};
use nshm::ViewMut;

use super::PROCESSES;

/// What workers tell, by atomic operations.
#[derive(Clone, Copy)]
pub(super) enum Cell {
    /// How many wait for the beginning.
    Ready,
    /// How many are where only some may be.
    Inside,
    /// How often the plain counters were changed.
    Changes,
    /// How often a process gave its processor away until something happened.
    Sleeps,
    /// The longest wait, in microseconds.
    Longest,
    /// How many waits were long.
    Long,
    /// A cell for each worker: the turn it is in.
    FirstTurn,
}

/// How many plain counters there are.
const COUNTERS: usize = 3;
const FIRST_COUNTER: usize = 256;
/// Each has a cache line.
const APART: usize = 64;

/// A section of its own for each scene.
pub(super) struct Board(pub(super) ViewMut);

impl Board {
    pub(super) const SIZE: usize = 4096;
    /// Where there is room for what lies inside a section.
    pub(super) const PLACES: usize = 1024;

    pub(super) fn add(&self, cell: Cell, count: u64) -> Result<u64> {
        let before = self.0.atomic_u64(cell as usize * 8)?;
        Ok(before.fetch_add(count, Ordering::AcqRel))
    }

    pub(super) fn take(&self, cell: Cell, count: u64) -> Result<()> {
        let cell = self.0.atomic_u64(cell as usize * 8)?;
        cell.fetch_sub(count, Ordering::AcqRel);
        Ok(())
    }

    pub(super) fn most(&self, cell: Cell, value: u64) -> Result<()> {
        let cell = self.0.atomic_u64(cell as usize * 8)?;
        cell.fetch_max(value, Ordering::Relaxed);
        Ok(())
    }

    pub(super) fn get(&self, cell: Cell) -> Result<u64> {
        Ok(self.0.load_u64(cell as usize * 8, Ordering::Acquire)?)
    }

    pub(super) fn turn(&self, worker: usize) -> Result<u64> {
        let cell = Cell::FirstTurn as usize + worker;
        Ok(self.0.load_u64(cell * 8, Ordering::Relaxed)?)
    }

    pub(super) fn begin_turn(&self, worker: usize, turn: u64) -> Result<()> {
        debug_assert!(worker < PROCESSES);
        let cell = self.0.atomic_u64((Cell::FirstTurn as usize + worker) * 8)?;
        cell.store(turn, Ordering::Relaxed);
        Ok(())
    }

    /// What a plain counter says.
    pub(super) fn counter(&self, index: usize) -> Result<u64> {
        Ok(self.0.load(FIRST_COUNTER + APART * index)?)
    }

    /// Changes one in two steps, between which the caller may take its time. Who is not alone spoils it.
    pub(super) fn change(&self, index: usize, meanwhile: impl FnOnce()) -> Result<()> {
        let old = self.counter(index)?;
        meanwhile();
        Ok(self.0.store(FIRST_COUNTER + APART * index, &(old + 1))?)
    }

    /// What must hold in the end. Gives how many changes there were.
    pub(super) fn judge(&self) -> Result<u64> {
        let changes = self.get(Cell::Changes)?;
        let counted = (0..COUNTERS).map(|index| self.counter(index));
        let counted = counted.sum::<Result<u64>>()?;
        ensure!(
            counted == changes,
            "{changes} changes are a sum of {counted}: two were inside at once"
        );
        let inside = self.get(Cell::Inside)?;
        ensure!(inside == 0, "{inside} are inside for ever");
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_seen() {
        let section = nshm::Section::anonymous(Board::SIZE).unwrap();
        let board = Board(section.map().unwrap());
        board.change(1, || ()).unwrap();
        board.add(Cell::Changes, 1).unwrap();
        assert_eq!(board.judge().unwrap(), 1);
        board.change(1, || board.change(1, || ()).unwrap()).unwrap();
        board.add(Cell::Changes, 2).unwrap();
        assert!(board.judge().is_err());
    }
}
