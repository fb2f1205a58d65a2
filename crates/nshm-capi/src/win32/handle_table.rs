//! The handles of this process: which object each stands for, and what it may do with it.
//!
//! A handle is the number of its slot, times four. The lowest free slot is taken first, as on
//! Windows, and the low two bits of a handle are ignored. Looking a handle up shares a lock; opening
//! and closing takes it alone, for the time that a slot takes to change. What an object does
//! when it goes, it does after that.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::time::{Duration, Instant};

use super::object::Object;
use super::types::{DWORD, HANDLE, handle_flag};
use super::winerror::*;

/// An open handle.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) object: Object,
    /// What this handle may do.
    pub(crate) access: DWORD,
    /// `HANDLE_FLAG_*`
    pub(crate) flags: DWORD,
    /// The object admits nobody, so that a copy may do no more than this handle.
    pub(crate) is_closed: bool,
}

impl Entry {
    /// Refuses what this handle may not do.
    pub(crate) fn require(&self, access: DWORD) -> Result<()> {
        if self.access & access == access {
            Ok(())
        } else {
            Err(ERROR_ACCESS_DENIED)
        }
    }

    /// A copy that may do this, without flags. What the source may do is not asked for again; for
    /// more the object must admit this user, as when it is opened.
    pub(crate) fn copy(&self, access: DWORD) -> Result<Entry> {
        if self.is_closed {
            self.require(access)?;
        }
        Ok(Entry {
            object: self.object.with_access(access)?,
            access,
            flags: 0,
            is_closed: self.is_closed,
        })
    }
}

/// `bInheritHandle`, as flags of a handle.
pub(crate) fn inherit(inherit: bool) -> DWORD {
    if inherit { handle_flag::INHERIT } else { 0 }
}

#[derive(Debug)]
struct Table {
    slots: Vec<Option<Entry>>,
    free: BTreeSet<usize>,
}

static TABLE: RwLock<Table> = RwLock::new(Table::new());

// A change of the table is whole before anything could panic, so poison means nothing.
fn read() -> RwLockReadGuard<'static, Table> {
    TABLE.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, Table> {
    TABLE.write().unwrap_or_else(PoisonError::into_inner)
}

/// A new handle.
///
/// # Errors
/// 1450 where the process has as many as it may.
pub(crate) fn insert(entry: Entry) -> Result<HANDLE> {
    write().insert(entry)
}

/// What a handle stands for.
///
/// # Errors
/// 6 for a value that is no open handle.
pub(crate) fn get(handle: HANDLE) -> Result<Entry> {
    read().get(handle).cloned()
}

/// Closes a handle.
///
/// # Errors
/// 6 for a value that is no open handle, and for one that is protected from closing.
pub(crate) fn close(handle: HANDLE) -> Result<()> {
    let entry = write().remove(handle)?;
    // Its object may go with it, which takes system calls: the lock is free by now.
    drop(entry);
    Ok(())
}

/// Closes all handles, protected ones too. Other threads may go on using the table until the process is
/// gone, each for an instant. One that was stopped in such an instant is not waited for: the end of a
/// process must not depend upon it.
pub(crate) fn clear() {
    drop(take_all(&TABLE));
}

/// What a table holds, which is empty afterwards; `None` where it is not to be had in time.
fn take_all(table: &RwLock<Table>) -> Option<Table> {
    const PATIENCE: Duration = Duration::from_millis(50);
    let begin = Instant::now();
    loop {
        match table.try_write() {
            Ok(mut table) => return Some(std::mem::replace(&mut *table, Table::new())),
            Err(TryLockError::Poisoned(poisoned)) => {
                return Some(std::mem::replace(&mut *poisoned.into_inner(), Table::new()));
            }
            Err(TryLockError::WouldBlock) if begin.elapsed() < PATIENCE => {
                std::thread::yield_now();
            }
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}

/// Changes the flags of a handle: those in `mask` become as they are in `flags`.
///
/// # Errors
/// 6 for a value that is no open handle.
pub(crate) fn set_flags(handle: HANDLE, mask: DWORD, flags: DWORD) -> Result<()> {
    let mut table = write();
    let entry = table.get_mut(handle)?;
    entry.flags = entry.flags & !mask | flags & mask;
    Ok(())
}

impl Table {
    /// As many handles as a process of Windows may have.
    const MOST: usize = 1 << 24;

    const fn new() -> Self {
        Table {
            slots: Vec::new(),
            free: BTreeSet::new(),
        }
    }

    fn insert(&mut self, entry: Entry) -> Result<HANDLE> {
        let index = match self.free.pop_first() {
            Some(index) => {
                self.slots[index] = Some(entry);
                index
            }
            None if self.slots.len() < Table::MOST => {
                self.slots.push(Some(entry));
                self.slots.len() - 1
            }
            None => return Err(ERROR_NO_SYSTEM_RESOURCES),
        };
        Ok(HANDLE((index + 1) * 4))
    }

    /// The slot of a handle: whether it is open is another question.
    fn index(handle: HANDLE) -> Result<usize> {
        (handle.0 / 4).checked_sub(1).ok_or(ERROR_INVALID_HANDLE)
    }

    fn get(&self, handle: HANDLE) -> Result<&Entry> {
        self.slots
            .get(Table::index(handle)?)
            .and_then(Option::as_ref)
            .ok_or(ERROR_INVALID_HANDLE)
    }

    fn get_mut(&mut self, handle: HANDLE) -> Result<&mut Entry> {
        self.slots
            .get_mut(Table::index(handle)?)
            .and_then(Option::as_mut)
            .ok_or(ERROR_INVALID_HANDLE)
    }

    fn remove(&mut self, handle: HANDLE) -> Result<Option<Entry>> {
        if self.get(handle)?.flags & handle_flag::PROTECT_FROM_CLOSE != 0 {
            return Err(ERROR_INVALID_HANDLE);
        }
        let index = Table::index(handle)?;
        self.free.insert(index);
        Ok(self.slots[index].take())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn entry(access: DWORD) -> Entry {
        Entry {
            object: Object::Process,
            access,
            flags: 0,
            is_closed: false,
        }
    }

    #[test]
    fn the_lowest_free_slot_is_taken() {
        let mut table = Table::new();
        let handles: Vec<HANDLE> = (0..4).map(|n| table.insert(entry(n)).unwrap()).collect();
        let values: Vec<usize> = handles.iter().map(|handle| handle.0).collect();
        assert_eq!(values, [4, 8, 12, 16]);
        table.remove(handles[2]).unwrap();
        table.remove(handles[1]).unwrap();
        assert_eq!(table.insert(entry(9)).unwrap(), handles[1]);
        assert_eq!(table.insert(entry(9)).unwrap(), handles[2]);
        assert_eq!(table.insert(entry(9)).unwrap().0, 20);
    }

    #[test]
    fn the_low_two_bits_are_ignored() {
        let mut table = Table::new();
        let handle = table.insert(entry(7)).unwrap();
        for bits in 0..4 {
            assert_eq!(table.get(HANDLE(handle.0 | bits)).unwrap().access, 7);
        }
        table.remove(HANDLE(handle.0 + 3)).unwrap();
        assert_eq!(table.get(handle).unwrap_err(), ERROR_INVALID_HANDLE);
    }

    #[test]
    fn what_is_no_open_handle_is_refused() {
        let mut table = Table::new();
        let handle = table.insert(entry(0)).unwrap();
        table.remove(handle).unwrap();
        for value in [0, 1, 3, 4, 8, 0xdead_bee0, usize::MAX, usize::MAX - 1] {
            let refused = table.get(HANDLE(value)).unwrap_err();
            assert_eq!(refused, ERROR_INVALID_HANDLE, "{value:#x}");
            assert!(table.remove(HANDLE(value)).is_err(), "{value:#x}");
        }
    }

    /// A thread that merely looked a handle up while the process ended kept all handles from being
    /// closed, so that their names stayed behind.
    #[test]
    fn readers_do_not_keep_handles_open_at_the_end() {
        let table = RwLock::new(Table::new());
        let handle = table.write().unwrap().insert(entry(0)).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        let _ = table.read().unwrap().get(handle).cloned();
                    }
                });
            }
            let mut missed = 0;
            for _ in 0..200 {
                match take_all(&table) {
                    Some(taken) => *table.write().unwrap() = taken,
                    // A reader that has to wait for a processor in the midst of its look.
                    None => missed += 1,
                }
            }
            is_over.store(true, Ordering::Relaxed);
            assert!(missed < 20, "{missed} of 200");
            assert!(table.read().unwrap().get(handle).is_ok());
        });
    }

    /// A thread that never goes on delays the end by its patience only.
    #[test]
    fn a_stopped_reader_does_not_hold_the_end_up() {
        let table = RwLock::new(Table::new());
        let stopped = table.read().unwrap();
        assert!(take_all(&table).is_none());
        drop(stopped);
        assert!(take_all(&table).is_some());
    }

    #[test]
    fn a_protected_handle_stays_open() {
        let mut table = Table::new();
        let handle = table.insert(entry(0)).unwrap();
        table.get_mut(handle).unwrap().flags = handle_flag::PROTECT_FROM_CLOSE;
        assert_eq!(table.remove(handle).unwrap_err(), ERROR_INVALID_HANDLE);
        assert!(table.get(handle).is_ok());
    }
}
