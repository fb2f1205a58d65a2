//! What this thread owns. Only this knows: the id in a word could be that of a thread in another
//! PID namespace, or of one that is gone.
//!
//! The list holds seats by address, as counting references would cost as much as the lock itself.
//! It may: a seat that is closed while it is listed stays (`Seat::close`), until whoever listed it
//! lets go of it.

use std::cell::RefCell;
use std::ptr::NonNull;

use super::seat::{At, Listing, Seat};
use super::thread::{Thread, generation};
use crate::protocol::{Left, Trouble, abandon};

struct Held {
    generation: u32,
    objects: Vec<Owned>,
}

struct Owned {
    seat: NonNull<Seat>,
    identity: u128,
    /// How many times more than once.
    again: u32,
}

impl Owned {
    fn is(&self, seat: &Seat) -> bool {
        self.seat == NonNull::from(seat) || self.identity == seat.identity()
    }
}

thread_local! {
    static HELD: RefCell<Held> = const {
        RefCell::new(Held {
            generation: 0,
            objects: Vec::new(),
        })
    };
}

/// Calls a function with what this thread owns, which knows who it is; `None` while the thread ends or is busy with it.
fn with<R>(function: impl FnOnce(&mut Vec<Owned>) -> R) -> Option<R> {
    HELD.try_with(|held| {
        let mut held = held.try_borrow_mut().ok()?;
        Some(function(&mut held.objects))
    })
    .ok()
    .flatten()
}

/// A forked child owns nothing of what its parent owned. What its parent had closed, and kept only
/// because it owned it, goes here. For a thread that has just found out who it is: before that no seat
/// in its list can have been closed in this process.
pub(super) fn forget_parents() {
    let parents = HELD.try_with(|held| {
        let mut held = held.try_borrow_mut().ok()?;
        let now = generation();
        let is_same = std::mem::replace(&mut held.generation, now) == now;
        (!is_same).then(|| std::mem::take(&mut held.objects))
    });
    for Owned { seat, .. } in parents.ok().flatten().unwrap_or_default() {
        // SAFETY: the thread had listed it, in the parent, and has forgotten it just now. The list
        // of the C library was emptied when the child began.
        unsafe { Seat::forget_listing(seat) };
    }
}

fn find<'o>(objects: &'o mut [Owned], seat: &Seat) -> Option<&'o mut Owned> {
    objects.iter_mut().rev().find(|owned| owned.is(seat))
}

/// Whether the thread owns an object, by this handle or by another one.
pub(super) fn has(at: &At<'_>) -> bool {
    with(|objects| find(objects, at.seat()).is_some()).unwrap_or(false)
}

/// How many objects a thread can own. When it ends the kernel follows its list no further than 2,048
/// entries, and the C library may have some.
const MOST: usize = 1024;

/// Owns an object once more, or, where somebody has tampered with its word, for the first time.
pub(super) fn add(at: &At<'_>) -> Result<(), Trouble> {
    let added = with(|objects| {
        if objects.len() == MOST {
            return Err(Trouble::Unsupported);
        }
        let listing = at.seat().enlist(at.thread);
        if listing != Listing::Done
            && let Some(owned) = find(objects, at.seat())
        {
            owned.again = owned.again.checked_add(1).ok_or(Trouble::Full)?;
            return Ok(());
        }
        match listing {
            Listing::Done => {}
            Listing::Unsupported => return Err(Trouble::Unsupported),
            Listing::Taken => at.seat().take_listing_over(at.thread)?,
        }
        objects.push(Owned {
            seat: at.address,
            identity: at.seat().identity(),
            again: 0,
        });
        Ok(())
    });
    added.unwrap_or(Err(Trouble::Unsupported))
}

/// Owns an object that this thread owns once more.
pub(super) fn add_again(at: &At<'_>) -> Result<(), Trouble> {
    let added = with(|objects| {
        let owned = find(objects, at.seat()).ok_or(Trouble::Corrupt)?;
        owned.again = owned.again.checked_add(1).ok_or(Trouble::Full)?;
        Ok(())
    });
    added.unwrap_or(Err(Trouble::Unsupported))
}

/// Owns an object once less.
pub(super) fn remove(at: &At<'_>) -> Left {
    let removed = with(|objects| {
        let Some(index) = objects.iter().rposition(|owned| owned.is(at.seat())) else {
            return (Left::Nothing, None);
        };
        if let Some(again) = objects[index].again.checked_sub(1) {
            objects[index].again = again;
            return (Left::Some, None);
        }
        let seat = objects.swap_remove(index).seat;
        if seat == at.address {
            // The caller has it open, so it has not been closed.
            at.seat().delist(at.thread);
            (Left::All, None)
        } else {
            (Left::All, Some(seat))
        }
    });
    let (left, closed) = removed.unwrap_or((Left::Nothing, None));
    if let Some(seat) = closed {
        // SAFETY: this thread has listed it, and that keeps it.
        unsafe { At::listed(seat, at.thread) }
            .seat()
            .leave_list(at.thread);
        // SAFETY: as above; the list has forgotten it.
        unsafe { Seat::forget_listing(seat) };
    }
    left
}

impl Drop for Held {
    /// The thread ends: what the kernel would do, but while the entries are still mapped.
    fn drop(&mut self) {
        if self.generation != generation() {
            return;
        }
        let thread = Thread::current();
        for Owned { seat, .. } in self.objects.drain(..) {
            // SAFETY: this thread has listed it, and that keeps it until it is forgotten below.
            let at = unsafe { At::listed(seat, thread) };
            abandon(&at, || at.seat().leave_list(thread));
            // SAFETY: as above; nothing uses it afterwards.
            unsafe { Seat::forget_listing(seat) };
        }
    }
}
