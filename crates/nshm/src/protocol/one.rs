//! What is done with one object: take it, and make it available.

use super::word::Ticket;
use super::{
    Left, Place, Rule, Sleepers, Slept, Taken, Trouble, Until, Will, Word, hand_on, settled,
    take_back,
};

/// Takes an object that is there, where that is one change of its word: who keeps nothing that its
/// end would have to be told of, or what is watched already, owes nothing. `None`: the long way.
#[inline(always)]
pub(crate) fn take_at_once<P: Place>(place: &P, rule: Rule) -> Option<Taken> {
    take_by(place, rule, |word| {
        let to = rule.take_at_once(word, place.thread())?;
        Some((to, Taken { abandoned: false }))
    })
}

/// The same for who has waited since a ticket.
fn take_since<P: Place>(place: &P, rule: Rule, ticket: Ticket) -> Option<Taken> {
    take_by(place, rule, |word| rule.take(word, place.thread(), ticket))
}

#[inline(always)]
fn take_by<P: Place>(
    place: &P,
    rule: Rule,
    take: impl FnOnce(Word) -> Option<(Word, Taken)>,
) -> Option<Taken> {
    if rule == Rule::Mutex && !place.is_watched() {
        return None;
    }
    let word = place.load();
    let (to, taken) = take(word)?;
    if to != word && !place.replace(word, to) {
        return None;
    }
    if rule == Rule::Mutex {
        place.hold_watched();
    }
    Some(taken)
}

/// Gives a mutex up, where that is one change of its word: it goes on being watched, and nobody
/// waits for it. `false`: the long way.
#[inline(always)]
pub(crate) fn unlock_at_once<P: Place>(place: &P) -> bool {
    let word = place.load();
    if word.owner() != place.thread() || word.has_waiters() || !place.let_go_watched() {
        return false;
    }
    let is_free = place.replace(word, word.unlock());
    if !is_free {
        place.hold_watched();
    }
    is_free
}

/// Waits for an object and takes it. `None`: it was not to be had in time.
pub(crate) fn acquire<P: Place>(
    place: &P,
    rule: Rule,
    mut until: Until,
) -> Result<Option<Taken>, Trouble> {
    let begin = place.load();
    let mut ticket = ticket_for(rule, begin, until);
    if let Some(taken) = take_since(place, rule, ticket) {
        return Ok(Some(taken));
    }
    // Who has not slept yet has changed nothing, and needs no will to take what comes meanwhile.
    let is_missing = !rule.is_available(begin) && begin.owner() != place.thread();
    let mut has_spun = is_missing && until != Until::Now;
    if has_spun
        && place.spin(begin)
        && let Some(taken) = take_since(place, rule, ticket)
    {
        return Ok(Some(taken));
    }
    let _will = Will::write(place);
    let mut was_woken = false;
    loop {
        let word = match attempt(place, rule, ticket, until, was_woken)? {
            Attempt::Taken(taken) => return Ok(Some(taken)),
            Attempt::Missing(_) if until == Until::Now => {
                if was_woken {
                    hand_on(place, rule);
                }
                return Ok(None);
            }
            Attempt::Missing(word) => word,
        };
        if rule.is_claimed(word) {
            until = until.expired();
            continue;
        }
        if !has_spun {
            has_spun = true;
            if place.spin(word) {
                continue;
            }
        }
        let asleep = word.with_waiters();
        if asleep != word && !place.replace(word, asleep) {
            continue;
        }
        match place.sleep(asleep, until, rule.is_looked_at_again(asleep)) {
            Slept::Woken => {
                was_woken = true;
                ticket = ticket.called();
            }
            Slept::Late => {
                ticket = ticket.called();
                look_after_owner(place, rule);
            }
            Slept::Disturbed => {}
            // One more look, for what came at the last moment.
            Slept::TimedOut => {
                until = Until::Now;
                look_after_owner(place, rule);
            }
        }
    }
}

/// Does for the owner of a mutex what the kernel has not, if it is gone.
pub(super) fn look_after_owner<P: Place>(place: &P, rule: Rule) {
    let word = place.load();
    let owner = word.owner();
    // Who unlocks it with this mark counts that in the word, as does who takes it from a dead owner. So
    // it is another word that a later owner of the same id would have.
    let is_owned = rule == Rule::Mutex && owner != 0 && word.has_waiters();
    if is_owned && !rule.is_claimed(word) && place.is_gone(owner) {
        // Who looks goes on to take it, and those who sleep on stay marked.
        place.replace(word, word.abandon_for());
    }
}

/// The ticket of a wait that begins at a word.
pub(super) fn ticket_for(rule: Rule, word: Word, until: Until) -> Ticket {
    let ticket = rule.ticket(word);
    match until {
        Until::Now => ticket.without_grants(),
        Until::At(_) | Until::Forever => ticket,
    }
}

pub(super) enum Attempt {
    Taken(Taken),
    /// It could not be taken when its word was this.
    Missing(Word),
}

/// Takes an object that is there, for a thread that has its will written.
pub(super) fn attempt<P: Place>(
    place: &P,
    rule: Rule,
    ticket: Ticket,
    until: Until,
    was_woken: bool,
) -> Result<Attempt, Trouble> {
    loop {
        let word = settled(place, rule, until).unwrap_or_else(|_| place.load());
        if rule == Rule::Mutex && word.owner() == place.thread() && place.is_held() {
            place.hold_again()?;
            return Ok(Attempt::Taken(Taken { abandoned: false }));
        }
        let Some((to, taken)) = rule.take(word, place.thread(), ticket) else {
            return Ok(Attempt::Missing(word));
        };
        // Who was woken answers for those who sleep on.
        let more = was_woken && rule.is_available(to);
        let to = match was_woken {
            true if rule == Rule::ManualEvent => to,
            true if more => to.without_waiters(),
            true => to.with_waiters(),
            false => to,
        };
        if to != word && !place.replace(word, to) {
            continue;
        }
        if rule == Rule::Mutex {
            keep(place, taken)?;
        }
        if more {
            hand_on(place, rule);
        }
        return Ok(Attempt::Taken(taken));
    }
}

/// Makes a mutex this thread's for good, once its word says so. Where that cannot be, it is given back
/// as it was found: its next owner is the first one to hear that it was abandoned.
pub(crate) fn keep<P: Place>(place: &P, taken: Taken) -> Result<(), Trouble> {
    place.hold().inspect_err(|_| give_back(place, taken))
}

fn give_back<P: Place>(place: &P, taken: Taken) {
    loop {
        let word = place.load();
        let to = match taken.abandoned {
            true => word.unlock().with_abandonment(),
            false => word.unlock(),
        };
        // Others may mark meanwhile that they sleep.
        if word.owner() != place.thread() || free(place, word, to) {
            return;
        }
    }
}

/// A change of an object: the word after it, whom it concerns, and what the caller is told.
type Changed<R> = Result<(Word, Sleepers, R), Trouble>;

/// Changes an object and wakes whom it concerns.
fn change<P: Place, R>(
    place: &P,
    rule: Rule,
    how: impl Fn(Word) -> Changed<R>,
) -> Result<R, Trouble> {
    change_at_once(place, rule, &how).unwrap_or_else(|| change_and_wake(place, rule, how, |_| ()))
}

/// The same where there is nobody to wake, and so no will to write. `None`: the long way.
#[inline(always)]
fn change_at_once<P: Place, R>(
    place: &P,
    rule: Rule,
    how: impl FnOnce(Word) -> Changed<R>,
) -> Option<Result<R, Trouble>> {
    let word = place.load();
    if rule.is_claimed(word) {
        return None;
    }
    match how(word) {
        Ok((to, Sleepers::None, result)) => place.replace(word, to).then_some(Ok(result)),
        Ok(_) => None,
        Err(trouble) => Some(Err(trouble)),
    }
}

/// The long way. `unheard`: what is to be done where nobody was asleep.
fn change_and_wake<P: Place, R>(
    place: &P,
    rule: Rule,
    how: impl Fn(Word) -> Changed<R>,
    unheard: impl FnOnce(Word),
) -> Result<R, Trouble> {
    let _will = Will::write(place);
    loop {
        let word = settled(place, rule, Until::Forever)?;
        let (to, sleepers, result) = how(word)?;
        // Also where nothing changes: what was written before it must be seen by who takes it.
        if place.replace(word, to) {
            if !place.wake(sleepers) {
                unheard(to);
            }
            return Ok(result);
        }
    }
}

/// Sets an event, where that is one change of its word and there is nobody to wake. `false`: the long
/// way.
#[inline(always)]
pub(crate) fn set_at_once<P: Place>(place: &P, rule: Rule) -> bool {
    let word = place.load();
    word.set_in_silence(rule)
        .is_some_and(|to| place.replace(word, to))
}

/// Sets an event the long way.
pub(crate) fn set_and_wake<P: Place>(place: &P, rule: Rule) -> Result<(), Trouble> {
    let setting = |word: Word| {
        let (to, sleepers) = word.set(rule);
        Ok((to, sleepers, ()))
    };
    change_and_wake(place, rule, setting, |to| {
        // Set it is already where nobody was to be let go.
        if !to.is_set() {
            take_back(place, rule);
        }
    })
}

/// Sets an event.
pub(crate) fn set<P: Place>(place: &P, rule: Rule) -> Result<(), Trouble> {
    match set_at_once(place, rule) {
        true => Ok(()),
        false => set_and_wake(place, rule),
    }
}

/// Resets an event.
pub(crate) fn reset<P: Place>(place: &P, rule: Rule) -> Result<(), Trouble> {
    change(place, rule, |word| Ok((word.reset(), Sleepers::None, ())))
}

/// Lets those go who wait for an event, or one of them, and resets it.
pub(crate) fn pulse<P: Place>(place: &P, rule: Rule) -> Result<(), Trouble> {
    let pulsing = |word: Word| {
        let (to, sleepers) = word.pulse(rule);
        Ok((to, sleepers, ()))
    };
    if let Some(pulsed) = change_at_once(place, rule, pulsing) {
        return pulsed;
    }
    change_and_wake(place, rule, pulsing, |to| {
        // If somebody has come meanwhile, the word is another one, and whoever it was may go.
        place.replace(to, to.unpulsed());
    })
}

/// Adds to a semaphore, and says what it counted before.
pub(crate) fn release<P: Place>(place: &P, count: u32, max: u32) -> Result<u32, Trouble> {
    change(place, Rule::Semaphore, |word| {
        let (to, sleepers) = word.release(count, max).ok_or(Trouble::Full)?;
        Ok((to, sleepers, word.count()))
    })
}

/// Gives a mutex up, once.
pub(crate) fn unlock<P: Place>(place: &P) -> Result<(), Trouble> {
    if unlock_at_once(place) {
        return Ok(());
    }
    let _will = Will::write(place);
    match place.let_go() {
        Left::Nothing => return Err(Trouble::NotOwner),
        Left::Some => return Ok(()),
        Left::All => {}
    }
    loop {
        let word = place.load();
        if word.owner() != place.thread() {
            return Err(Trouble::Corrupt);
        }
        if free(place, word, word.unlock()) {
            return Ok(());
        }
    }
}

/// Makes a mutex available that had this word, and wakes one who waits. `false`: the word is another
/// one.
fn free<P: Place>(place: &P, word: Word, to: Word) -> bool {
    if !place.replace(word, to) {
        return false;
    }
    if to.has_waiters() && !place.wake(to.sleepers(1)) {
        // Nobody sleeps. If it was locked meanwhile, the word is another one, and this does nothing.
        place.replace(to, to.without_waiters());
    }
    true
}

/// What the kernel does for a thread that dies, done by the thread itself as it ends. `let_go` takes
/// the object out of what the kernel would do.
pub(crate) fn abandon<P: Place>(place: &P, let_go: impl FnOnce()) {
    let _will = Will::write(place);
    let_go();
    loop {
        let word = place.load();
        if word.owner() != place.thread() {
            return;
        }
        let to = word.abandon();
        if place.replace(word, to) {
            place.wake(to.sleepers(1));
            return;
        }
    }
}
