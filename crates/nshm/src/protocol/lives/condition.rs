//! A condition: threads that sleep until another one has something to say.
//!
//! ```text
//! 63          62 ................. 32   31        30 ............... 0
//! NOTIFYING   how often all were told   WAITERS   how often some were
//! ```
//!
//! Sleepers compare the lower half, so nobody falls asleep after a notification that it has not seen.
//! `WAITERS` stays until all have been woken, or nobody was there to be woken. Who wakes all may die
//! before it does: the system wakes one for it, who sees `NOTIFYING` and wakes the others.

use super::lock::{self, Lock, Purpose, release, settle};
use super::{Machine, WAITERS};
use crate::protocol::{Sleepers, Slept, Taken, Trouble, Until};

/// Where a condition is.
pub(crate) struct Condition<'a, M: Machine> {
    pub(crate) state: &'a M::Word,
    pub(crate) queue: &'a M::Word,
}

impl<M: Machine> Clone for Condition<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Machine> Copy for Condition<'_, M> {}

const NOTIFYING: u64 = 1 << 63;
const TIMES: u64 = WAITERS - 1;
const TIMES_ALL: u64 = TIMES << 32;

fn counted(state: u64) -> u64 {
    state & !TIMES | state.wrapping_add(1) & TIMES
}

fn counted_for_all(state: u64) -> u64 {
    let all = state.wrapping_add(1 << 32) & TIMES_ALL;
    NOTIFYING | all | counted(state) & TIMES
}

fn is_of_same_time(state: u64, other: u64) -> bool {
    (state ^ other) & TIMES_ALL == 0
}

/// Unlocks, waits for a notification, and locks again. Gives whether one came, or none in time.
pub(crate) fn wait<M: Machine>(
    machine: &M,
    condition: Condition<'_, M>,
    lock: Lock<'_, M>,
    until: Until,
) -> Result<(bool, Taken), Trouble> {
    let Condition { state, queue } = condition;
    // Until it has the lock again: with its death the wake-up goes to another one.
    let former = machine.write_will(queue);
    let seen = announce(machine, state);
    if let Err(trouble) = release(machine, lock) {
        machine.restore_will(former);
        return Err(trouble);
    }
    let slept = sleep(machine, condition, seen, until);
    pass_on(machine, condition, seen);
    loop {
        // The will stays for the condition while it waits for the lock, which may take long.
        let held = lock::take(machine, lock, Purpose::Change, Until::Forever);
        if let Ok(None) = held {
            continue;
        }
        let taken = settle(machine, lock, former, held)?;
        let taken = taken.unwrap_or(Taken { abandoned: false });
        return Ok((slept != Slept::TimedOut, taken));
    }
}

/// Says that somebody is about to sleep.
fn announce<M: Machine>(machine: &M, state: &M::Word) -> u64 {
    loop {
        let now = machine.load(state);
        let asleep = now | WAITERS;
        if asleep == now || machine.replace(state, now, asleep) {
            return asleep;
        }
    }
}

fn sleep<M: Machine>(machine: &M, condition: Condition<'_, M>, seen: u64, until: Until) -> Slept {
    let Condition { state, queue } = condition;
    if until == Until::Now {
        return Slept::TimedOut;
    }
    machine.spin(state, seen);
    loop {
        let slept = machine.sleep(queue, state, seen, None, until);
        let is_same = (machine.load(state) ^ seen) as u32 == 0;
        if !is_same || !matches!(slept, Slept::Disturbed | Slept::Late) {
            return slept;
        }
    }
}

/// Does what somebody owes who may have died while it woke all.
fn pass_on<M: Machine>(machine: &M, condition: Condition<'_, M>, seen: u64) {
    let now = machine.load(condition.state);
    if now & NOTIFYING != 0 && !is_of_same_time(now, seen) {
        wake_all(machine, condition, now);
    }
}

/// Wakes all, and says that it is done.
fn wake_all<M: Machine>(machine: &M, condition: Condition<'_, M>, told: u64) {
    let Condition { state, queue } = condition;
    machine.wake(queue, Sleepers::All);
    loop {
        let now = machine.load(state);
        let is_done = now & NOTIFYING == 0 || !is_of_same_time(now, told);
        if is_done || machine.replace(state, now, now & !NOTIFYING) {
            return;
        }
    }
}

/// Wakes one of those who wait.
pub(crate) fn notify_one<M: Machine>(machine: &M, condition: Condition<'_, M>) {
    let Condition { state, queue } = condition;
    if machine.load(state) & (WAITERS | NOTIFYING) == 0 {
        return;
    }
    let former = machine.write_will(queue);
    loop {
        let now = machine.load(state);
        if machine.replace(state, now, counted(now)) {
            break;
        }
    }
    if machine.wake(queue, Sleepers::Some(1)) == 0 {
        // Nobody is there any more, so that the next notification may be a look only.
        tell_all(machine, condition);
    }
    machine.restore_will(former);
}

/// Wakes all who wait.
pub(crate) fn notify_all<M: Machine>(machine: &M, condition: Condition<'_, M>) {
    if machine.load(condition.state) & (WAITERS | NOTIFYING) == 0 {
        return;
    }
    let former = machine.write_will(condition.queue);
    tell_all(machine, condition);
    machine.restore_will(former);
}

fn tell_all<M: Machine>(machine: &M, condition: Condition<'_, M>) {
    loop {
        let now = machine.load(condition.state);
        let told = counted_for_all(now);
        if machine.replace(condition.state, now, told) {
            return wake_all(machine, condition, told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word is one that others write.
    #[test]
    fn counting_what_a_peer_wrote_overflowed() {
        assert_eq!(counted(u64::MAX), !TIMES);
        assert_eq!(counted_for_all(u64::MAX), NOTIFYING);
    }
}
