//! What this thread owns. Only this knows: the id in a word could be that of a thread in another
//! PID namespace, or of one that is gone.

use std::cell::RefCell;
use std::sync::Arc;

use super::seat::Seat;
use super::thread::{Thread, generation};
use crate::protocol::{Trouble, abandon};

struct Held {
    generation: u32,
    objects: Vec<Owned>,
}

struct Owned {
    /// Keeps the entry of the robust list mapped, also when the program has closed the object.
    seat: Arc<Seat>,
    /// How many times more than once.
    again: u32,
}

thread_local! {
    static HELD: RefCell<Held> = const {
        RefCell::new(Held {
            generation: 0,
            objects: Vec::new(),
        })
    };
}

/// Calls a function with what this thread owns; `None` while the thread ends or is busy with it.
fn with<R>(function: impl FnOnce(&mut Vec<Owned>) -> R) -> Option<R> {
    HELD.try_with(|held| {
        let mut held = held.try_borrow_mut().ok()?;
        let now = generation();
        if held.generation != now {
            // A child owns nothing of what its parent owned.
            held.objects.clear();
            held.generation = now;
        }
        Some(function(&mut held.objects))
    })
    .ok()
    .flatten()
}

fn position(objects: &[Owned], seat: &Arc<Seat>) -> Option<usize> {
    let is_it =
        |owned: &Owned| Arc::ptr_eq(&owned.seat, seat) || owned.seat.identity() == seat.identity();
    objects.iter().position(is_it)
}

/// Whether this thread owns an object, by this handle or by another one.
pub(super) fn has(seat: &Arc<Seat>) -> bool {
    with(|objects| position(objects, seat).is_some()).unwrap_or(false)
}

/// Owns an object, or owns it once more.
pub(super) fn add(seat: &Arc<Seat>) -> Result<(), Trouble> {
    let added = with(|objects| {
        if let Some(index) = position(objects, seat) {
            let again = &mut objects[index].again;
            *again = again.checked_add(1).ok_or(Trouble::Full)?;
            return Ok(());
        }
        seat.enlist(Thread::current())?;
        objects.push(Owned {
            seat: seat.clone(),
            again: 0,
        });
        Ok(())
    });
    added.unwrap_or(Err(Trouble::Unsupported))
}

/// Owns an object once less; `false` if that leaves it owned.
pub(super) fn remove(seat: &Arc<Seat>) -> bool {
    let removed = with(|objects| {
        let index = position(objects, seat)?;
        if let Some(again) = objects[index].again.checked_sub(1) {
            objects[index].again = again;
            return None;
        }
        let owned = objects.swap_remove(index);
        owned.seat.delist(Thread::current());
        Some(owned)
    });
    // Dropped here, as this may close the object.
    removed.flatten().is_some()
}

impl Drop for Held {
    /// The thread ends: what the kernel would do, but while the entries are still mapped.
    fn drop(&mut self) {
        if self.generation != generation() {
            return;
        }
        for Owned { seat, .. } in self.objects.drain(..) {
            abandon(&seat, || seat.delist(Thread::current()));
        }
    }
}
