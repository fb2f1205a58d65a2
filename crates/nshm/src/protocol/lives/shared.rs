//! A lock that many threads read or one writes.
//!
//! Each reader has a *place*, a word with its life in it. Writers share a lock, the *gate*. A reader
//! takes a place and then looks at the gate; a writer takes the gate and then looks at the places: so
//! one of two that come together sees the other. A reader that sees a writer steps back and sleeps at
//! the gate; a writer waits until each place is free or its reader has died.

use super::lock::{Leaving, Lock, Purpose, Wait, acquire_for, release_as};
use super::{ABANDONED, CLEAN, Life, Machine, Owner, WAITERS};
use crate::protocol::{Sleepers, Slept, Taken, Trouble, Until};

/// Where a lock for readers and writers is.
pub(crate) struct Shared<'a, M: Machine> {
    pub(crate) gate: Lock<'a, M>,
    /// Where the one writer that has the gate waits for readers.
    pub(crate) drain: &'a M::Word,
    pub(crate) places: &'a [M::Word],
}

impl<M: Machine> Clone for Shared<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Shared<'_, M> {}

/// A reader has come in: its place, or the whole lock where none was free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reader {
    pub(crate) place: Option<usize>,
    pub(crate) abandoned: bool,
}

enum Entry {
    In(Reader),
    /// The gate is somebody's.
    Shut,
    /// All places are taken.
    Full,
}

/// Waits until nobody writes, and reads. `None`: not in time.
pub(crate) fn read<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    until: Until,
) -> Result<Option<Reader>, Trouble> {
    match enter(machine, lock)? {
        Entry::In(reader) => return Ok(Some(reader)),
        Entry::Full => return read_alone(machine, lock, until),
        Entry::Shut => {}
    }
    let former = machine.write_will(lock.gate.queue);
    let mut wait = Wait::new(machine, lock.gate, until);
    let entry = pass_the_gate(machine, lock, &mut wait);
    // A reader keeps nobody out: who sleeps at the gate may be another one.
    wait.leave();
    machine.restore_will(former);
    match entry? {
        Some(Entry::In(reader)) => Ok(Some(reader)),
        Some(_) => read_alone(machine, lock, wait.until),
        None => Ok(None),
    }
}

/// Waits until the gate is free and comes in, or finds all places taken.
fn pass_the_gate<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    wait: &mut Wait<'_, M>,
) -> Result<Option<Entry>, Trouble> {
    let is_here = |place| Owner::of_bits(machine.load(place)) == machine.me();
    if wait.until != Until::Now && lock.places.iter().any(is_here) {
        // A writer waits for this thread, and this one would wait for the writer.
        return Err(Trouble::WouldDeadlock);
    }
    loop {
        let Some((word, abandoned)) = wait.until_free()? else {
            return Ok(None);
        };
        if Owner::of_bits(word) != Owner::NOBODY {
            // It was a dead one's. What it has left is for a writer to mend.
            let to = if abandoned { ABANDONED } else { 0 };
            if !machine.replace(lock.gate.word, word, to) {
                continue;
            }
            wait.was_woken |= word & WAITERS != 0;
        }
        match enter(machine, lock)? {
            Entry::Shut => {}
            entry => return Ok(Some(entry)),
        }
    }
}

/// Takes a place, and keeps it if the gate is free.
fn enter<M: Machine>(machine: &M, lock: Shared<'_, M>) -> Result<Entry, Trouble> {
    let Some(place) = take_place(machine, lock.places)? else {
        return Ok(Entry::Full);
    };
    machine.order();
    let word = machine.load(lock.gate.word);
    if Owner::of_bits(word) == Owner::NOBODY {
        return Ok(Entry::In(Reader {
            place: Some(place),
            abandoned: word & ABANDONED != 0,
        }));
    }
    release_place(machine, lock, place)?;
    if Owner::of_bits(word) == machine.me() {
        return Err(Trouble::WouldDeadlock);
    }
    Ok(Entry::Shut)
}

fn take_place<M: Machine>(machine: &M, places: &[M::Word]) -> Result<Option<usize>, Trouble> {
    let me = machine.me();
    // Everybody begins elsewhere, so that they do not meet.
    let first = me.tag() as usize;
    let order = (0..places.len()).map(|turn| first.wrapping_add(turn) % places.len());
    for place in order.clone() {
        if machine.load(&places[place]) == 0 && machine.replace(&places[place], 0, me.bits()) {
            return Ok(Some(place));
        }
    }
    for place in order {
        let word = machine.load(&places[place]);
        // A writer that waits for this place goes on when the dead reader's life ends.
        let reader = Owner::of_bits(word);
        let is_left = word & WAITERS == 0
            && (reader == Owner::NOBODY || matches!(machine.life(reader)?, Life::Ended));
        if is_left && machine.replace(&places[place], word, me.bits()) {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

fn read_alone<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    until: Until,
) -> Result<Option<Reader>, Trouble> {
    let taken = acquire_alone(machine, lock, until)?;
    Ok(taken.map(|taken| Reader {
        place: None,
        abandoned: taken.abandoned,
    }))
}

/// Gives up what [`read`] gave.
pub(crate) fn release_read<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    place: Option<usize>,
) -> Result<(), Trouble> {
    match place {
        Some(place) => release_place(machine, lock, place),
        None => release_as(machine, lock.gate, Leaving::AsItWas),
    }
}

fn release_place<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    place: usize,
) -> Result<(), Trouble> {
    let place = lock.places.get(place).ok_or(Trouble::NotOwner)?;
    let me = machine.me();
    if machine.replace(place, me.bits(), 0) {
        return Ok(());
    }
    let former = machine.write_will(lock.drain);
    let result = loop {
        let word = machine.load(place);
        if Owner::of_bits(word) != me {
            break Err(Trouble::NotOwner);
        }
        if machine.replace(place, word, 0) {
            machine.wake(lock.drain, Sleepers::Some(1));
            break Ok(());
        }
    };
    machine.restore_will(former);
    result
}

/// Waits until nobody reads or writes, and writes. `None`: not in time.
pub(crate) fn write<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    until: Until,
) -> Result<Option<Taken>, Trouble> {
    let taken = acquire_alone(machine, lock, until)?;
    if taken.is_some() {
        // From here on its death is an abandonment.
        loop {
            let word = machine.load(lock.gate.word);
            if Owner::of_bits(word) != machine.me() {
                return Err(Trouble::Corrupt);
            }
            if machine.replace(lock.gate.word, word, word & !(CLEAN | ABANDONED)) {
                break;
            }
        }
    }
    Ok(taken)
}

/// Gives up what [`write`] gave.
pub(crate) fn release_write<M: Machine>(machine: &M, lock: Shared<'_, M>) -> Result<(), Trouble> {
    release_as(machine, lock.gate, Leaving::Mended)
}

/// Takes the gate and waits until nobody reads.
fn acquire_alone<M: Machine>(
    machine: &M,
    lock: Shared<'_, M>,
    until: Until,
) -> Result<Option<Taken>, Trouble> {
    let Some(taken) = acquire_for(machine, lock.gate, Purpose::Prepare, until)? else {
        return Ok(None);
    };
    machine.order();
    let drained = drain(machine, lock, until);
    if drained == Ok(true) {
        return Ok(Some(taken));
    }
    release_as(machine, lock.gate, Leaving::AsItWas)?;
    drained.map(|_| None)
}

/// Waits until each place is free. `false`: not in time.
fn drain<M: Machine>(machine: &M, lock: Shared<'_, M>, mut until: Until) -> Result<bool, Trouble> {
    for place in lock.places {
        if !drain_place(machine, lock.drain, place, &mut until)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn drain_place<M: Machine>(
    machine: &M,
    queue: &M::Word,
    place: &M::Word,
    until: &mut Until,
) -> Result<bool, Trouble> {
    // Once: who writes there all the time would keep this thread from looking at the clock.
    let mut has_spun = false;
    loop {
        let word = machine.load(place);
        let reader = Owner::of_bits(word);
        if word == 0 {
            return Ok(true);
        }
        if reader == machine.me() {
            return Err(Trouble::WouldDeadlock);
        }
        let life = match reader {
            Owner::NOBODY => Life::Ended,
            reader => machine.life(reader)?,
        };
        let Life::Alive(life) = life else {
            machine.replace(place, word, 0);
            continue;
        };
        if *until == Until::Now {
            return Ok(false);
        }
        if !has_spun {
            has_spun = true;
            if machine.spin(place, word) {
                continue;
            }
        }
        let asleep = word | WAITERS;
        if asleep != word && !machine.replace(place, word, asleep) {
            continue;
        }
        if machine.sleep(queue, place, asleep, Some(&life), *until) == Slept::TimedOut {
            *until = Until::Now;
        }
    }
}
