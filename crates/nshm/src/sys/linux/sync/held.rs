//! What this thread owns. Only this knows: the id in a word could be that of a thread in another
//! PID namespace, or of one that is gone.
//!
//! The list holds seats by address, as counting references would cost as much as the lock itself.
//! It may: a seat that is closed while it is listed stays (`OpenSeat::close`), until whoever listed it
//! lets go of it. A bias has references: it is made once, and may outlive its seat (`bias.rs`).

use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;

use super::bias::Bias;
use super::seat::{At, Listing, Seat};
use super::thread::{Thread, generation};
use crate::protocol::{Left, Trouble, abandon};

struct Held {
    generation: u32,
    objects: Vec<Owned>,
    /// What is biased towards this thread, owned or not.
    biases: Vec<Arc<Bias>>,
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
            biases: Vec::new(),
        })
    };
}

impl Held {
    fn find(&mut self, seat: &Seat) -> Option<&mut Owned> {
        self.objects.iter_mut().rev().find(|owned| owned.is(seat))
    }

    /// The bias of another handle, by which the thread owns the object of this one.
    fn find_bias(&self, seat: &Seat) -> Option<&Arc<Bias>> {
        let identity = seat.identity();
        self.biases.iter().find(|bias| bias.owns(identity))
    }
}

/// Calls a function with what this thread owns, which knows who it is; `None` while the thread ends or is busy with it.
fn with<R>(function: impl FnOnce(&mut Held) -> R) -> Option<R> {
    HELD.try_with(|held| {
        let mut held = held.try_borrow_mut().ok()?;
        Some(function(&mut held))
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
        let Held {
            objects, biases, ..
        } = &mut *held;
        (!is_same).then(|| (std::mem::take(objects), std::mem::take(biases)))
    });
    let (objects, biases) = parents.ok().flatten().unwrap_or_default();
    // The list of the C library was emptied when the child began.
    for Owned { seat, .. } in objects {
        // SAFETY: the thread had listed it, in the parent, and has forgotten it just now.
        unsafe { Seat::forget_listing(seat) };
    }
    for bias in biases {
        bias.forget();
        close_what_was_left(&bias);
    }
}

/// Closes the seat of a bias by which the thread does not own the mutex any more, if that was left to it.
fn close_what_was_left(bias: &Bias) {
    if let Some(seat) = bias.left_to_close() {
        // SAFETY: its user has closed it, and nobody else has got it to close.
        let _ = unsafe { Seat::end(seat) };
    }
}

/// Whether the thread owns an object, by this handle or by another one.
pub(super) fn has(at: &At<'_>) -> bool {
    let seat = at.seat();
    with(|held| held.find(seat).is_some() || held.find_bias(seat).is_some()).unwrap_or(false)
}

/// How many objects a thread can own without a bias, and how many can be biased towards it. When it
/// ends the kernel follows its list no further than 2,048 entries, and the C library may have some.
const MOST: usize = 1024;
const MOST_BIASES: usize = 512;

/// Biases a seat towards this thread, if that can be.
pub(super) fn add_bias(at: &At<'_>) -> bool {
    let biased = with(|held| {
        // What was closed by others meanwhile.
        held.biases.retain(|bias| {
            let is_shared = Arc::strong_count(bias) > 1;
            if !is_shared {
                bias.leave_list(at.thread);
            }
            is_shared
        });
        if held.biases.len() == MOST_BIASES {
            return None;
        }
        let bias = Seat::bias_towards(at)?;
        bias.enter_list(at.thread);
        held.biases.push(bias);
        Some(())
    });
    biased.flatten().is_some()
}

/// Ends the share of this thread in a bias whose seat is being closed.
pub(super) fn drop_bias(bias: &Arc<Bias>, thread: Thread) {
    with(|held| {
        let index = held.biases.iter().position(|it| Arc::ptr_eq(it, bias));
        if let Some(index) = index {
            bias.leave_list(thread);
            held.biases.swap_remove(index);
        }
    });
}

/// Owns an object once more, or, where somebody has tampered with its word, for the first time.
pub(super) fn add(at: &At<'_>) -> Result<(), Trouble> {
    let added = with(|held| {
        if held.objects.len() == MOST {
            return Err(Trouble::Unsupported);
        }
        let listing = at.seat().enlist(at.thread);
        if listing != Listing::Done
            && let Some(owned) = held.find(at.seat())
        {
            owned.again = owned.again.checked_add(1).ok_or(Trouble::Full)?;
            return Ok(());
        }
        match listing {
            Listing::Done => {}
            Listing::Unsupported => return Err(Trouble::Unsupported),
            Listing::Taken => Seat::take_listing_over(at)?,
        }
        held.objects.push(Owned {
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
    let added = with(|held| {
        if let Some(owned) = held.find(at.seat()) {
            owned.again = owned.again.checked_add(1).ok_or(Trouble::Full)?;
            return Ok(());
        }
        held.find_bias(at.seat())
            .ok_or(Trouble::Corrupt)?
            .own_again()
    });
    added.unwrap_or(Err(Trouble::Unsupported))
}

/// Owns an object once less.
pub(super) fn remove(at: &At<'_>) -> Left {
    let removed = with(|held| {
        let objects = &mut held.objects;
        let Some(index) = objects.iter().rposition(|owned| owned.is(at.seat())) else {
            return match held.find_bias(at.seat()) {
                Some(bias) => (bias.disown(), Former::Bias(bias.clone())),
                None => (Left::Nothing, Former::None),
            };
        };
        if let Some(again) = objects[index].again.checked_sub(1) {
            objects[index].again = again;
            return (Left::Some, Former::None);
        }
        let seat = objects.swap_remove(index).seat;
        if seat == at.address {
            // The caller has it open, so it has not been closed.
            at.seat().delist(at.thread);
            (Left::All, Former::None)
        } else {
            (Left::All, Former::Seat(seat))
        }
    });
    let (left, former) = removed.unwrap_or((Left::Nothing, Former::None));
    match former {
        Former::Seat(seat) => {
            // SAFETY: this thread has listed it, and that keeps it.
            unsafe { At::listed(seat, at.thread) }
                .seat()
                .leave_list(at.thread);
            // SAFETY: as above; the list has forgotten it.
            unsafe { Seat::forget_listing(seat) };
        }
        Former::Bias(bias) if left == Left::All => close_what_was_left(&bias),
        Former::Bias(_) | Former::None => {}
    }
    left
}

/// By what the thread owned an object that was not the handle at hand.
enum Former {
    None,
    Seat(NonNull<Seat>),
    Bias(Arc<Bias>),
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
            abandon(&at, || at.seat().leave_list_for_ever(thread));
            // SAFETY: as above; nothing uses it afterwards.
            unsafe { Seat::forget_listing(seat) };
        }
        thread.retire();
        for bias in self.biases.drain(..) {
            if !bias.is_owned() {
                bias.leave_list(thread);
                continue;
            }
            // SAFETY: this thread owns the mutex by it until it forgets that, below.
            let at = unsafe { bias.at(thread) };
            abandon(&at, || bias.leave_list(thread));
            bias.forget();
            close_what_was_left(&bias);
        }
    }
}
