//! Waiting for several objects at once, of any kinds.

use super::one::{Attempt, acquire, attempt, look_after_owner, ticket_for, unlock};
use super::word::Ticket;
use super::{Place, Rule, Slept, Taken, Trouble, Until, Will, Word, hand_on, settled, take_back};

/// One of the objects of a wait.
pub(crate) type Object<'p, P> = (&'p P, Rule);

fn tickets<P: Place>(objects: &[Object<'_, P>], until: Until) -> Vec<Ticket> {
    let ticket = |(place, rule): &Object<'_, P>| ticket_for(*rule, place.load(), until);
    objects.iter().map(ticket).collect()
}

/// Waits until one of the objects can be taken, and takes the first one that can.
/// `None`: there was none in time.
pub(crate) fn take_any<P: Place>(
    objects: &[Object<'_, P>],
    mut until: Until,
) -> Result<Option<(usize, Taken)>, Trouble> {
    if let [(place, rule)] = *objects {
        let taken = acquire(place, rule, until)?;
        return Ok(taken.map(|taken| (0, taken)));
    }
    let mut tickets = tickets(objects, until);
    let mut sleeping = Vec::with_capacity(objects.len());
    let mut was_woken = false;
    // Where it was woken comes first: whoever did that has given it the object.
    let mut woken_at = None;
    loop {
        for index in woken_at.take().into_iter().chain(0..objects.len()) {
            let (place, rule) = &objects[index];
            let _will = Will::write(*place);
            let taken = attempt(*place, *rule, tickets[index], Until::Now, was_woken)?;
            if let Attempt::Taken(taken) = taken {
                if was_woken {
                    leave(objects, Some(index));
                }
                return Ok(Some((index, taken)));
            }
        }
        if until == Until::Now {
            if was_woken {
                leave(objects, None);
            }
            return Ok(None);
        }
        sleeping.clear();
        for ((place, rule), ticket) in objects.iter().zip(&tickets) {
            let Ok(word) = settled(*place, *rule, until) else {
                until = until.expired();
                break;
            };
            // From now on whoever makes it available wakes all.
            let asleep = word.with_crowd();
            let is_missing = rule.take(word, place.thread(), *ticket).is_none();
            if !is_missing || asleep != word && !place.replace(word, asleep) {
                break;
            }
            sleeping.push((*place, asleep));
        }
        if sleeping.len() < objects.len() {
            continue;
        }
        let _will = objects
            .iter()
            .find(|(_, rule)| *rule == Rule::Mutex)
            .or(objects.first())
            .map(|(place, _)| Will::write(*place));
        let (slept, index) = P::sleep_any(&sleeping, until);
        if matches!(slept, Slept::Late | Slept::TimedOut) {
            for (place, rule) in objects {
                look_after_owner(*place, *rule);
            }
        }
        match slept {
            Slept::Woken => {
                was_woken = true;
                woken_at = Some(index);
                call(&mut tickets);
            }
            Slept::Late => call(&mut tickets),
            Slept::Disturbed => {}
            Slept::TimedOut => until = Until::Now,
        }
    }
}

fn call(tickets: &mut [Ticket]) {
    for ticket in tickets {
        *ticket = ticket.called();
    }
}

/// Does for all objects but the one that was taken what a woken thread owes.
fn leave<P: Place>(objects: &[Object<'_, P>], taken: Option<usize>) {
    for (index, (place, rule)) in objects.iter().enumerate() {
        if taken != Some(index) {
            hand_on(*place, *rule);
        }
    }
}

/// Waits until all objects can be taken at once, and takes them. `None`: that was not so in time,
/// and nothing was taken.
pub(crate) fn take_all<P: Place>(
    objects: &[Object<'_, P>],
    until: Until,
) -> Result<Option<Taken>, Trouble> {
    let mut wait = WaitForAll {
        objects,
        begins: objects.iter().map(Begin::of).collect(),
        order: Vec::from_iter(0..objects.len()),
        until,
    };
    wait.order.sort_by_key(|index| objects[*index].0.identity());
    loop {
        if let Some(index) = wait.missing() {
            if wait.until == Until::Now {
                return Ok(None);
            }
            wait.sleep_on(index);
        } else if wait.claim()? {
            return wait.commit().map(Some);
        }
    }
}

/// What a wait for all owes that was woken. An event that was given to it is set, and not given to the next
/// one: that may be a wait for all as well, and so on for ever.
fn leave_to_others<P: Place>(place: &P, rule: Rule) {
    let word = place.load();
    match rule.is_granted(word) && !rule.is_available(word) {
        true => take_back(place, rule),
        false => hand_on(place, rule),
    }
}

/// What was so of an object when the wait began.
#[derive(Clone, Copy)]
struct Begin {
    ticket: Ticket,
    /// A mutex that this thread owned then. Whether it does is not asked again: with a claim it seems
    /// to, and the word can be what others have made of it.
    was_mine: bool,
}

impl Begin {
    fn of<P: Place>((place, rule): &Object<'_, P>) -> Begin {
        Begin {
            ticket: rule.ticket(place.load()).without_grants(),
            was_mine: *rule == Rule::Mutex && place.is_held(),
        }
    }
}

struct WaitForAll<'a, 'p, P: Place> {
    objects: &'a [Object<'p, P>],
    begins: Vec<Begin>,
    /// The objects in the order of their identities, in which everybody claims.
    order: Vec<usize>,
    until: Until,
}

impl<P: Place> WaitForAll<'_, '_, P> {
    /// An object that cannot be taken now.
    fn missing(&self) -> Option<usize> {
        (0..self.objects.len()).find(|index| {
            let (place, rule) = self.objects[*index];
            let word = settled(place, rule, self.until).unwrap_or_else(|_| place.load());
            !self.can_take(*index, word)
        })
    }

    fn can_take(&self, index: usize, word: Word) -> bool {
        let (place, rule) = self.objects[index];
        let Begin { ticket, was_mine } = self.begins[index];
        was_mine || rule.take(word, place.thread(), ticket).is_some()
    }

    /// Sleeps until an object can be taken, and leaves it to others.
    fn sleep_on(&mut self, index: usize) {
        let (place, rule) = self.objects[index];
        let _will = Will::write(place);
        let Ok(word) = settled(place, rule, self.until) else {
            self.until = self.until.expired();
            return;
        };
        let asleep = rule.awaited_for_all(word);
        if self.can_take(index, word) || asleep != word && !place.replace(word, asleep) {
            return;
        }
        match place.sleep(asleep, self.until, true) {
            Slept::Woken => leave_to_others(place, rule),
            // There can be a grant that nobody has taken.
            Slept::Late => {
                leave_to_others(place, rule);
                look_after_owner(place, rule);
            }
            Slept::Disturbed => {}
            Slept::TimedOut => {
                self.until = Until::Now;
                look_after_owner(place, rule);
            }
        }
    }

    /// Keeps everybody else from changing the objects. `false`: one of them cannot be taken any
    /// more, and nothing has changed.
    fn claim(&self) -> Result<bool, Trouble> {
        for (claimed, index) in self.order.iter().enumerate() {
            match self.claim_one(*index) {
                Ok(true) => {}
                other => {
                    let given_up = self.unclaim(self.order[..claimed].iter().rev().copied());
                    return given_up.and(other);
                }
            }
        }
        Ok(true)
    }

    fn claim_one(&self, index: usize) -> Result<bool, Trouble> {
        if self.begins[index].was_mine {
            return Ok(true);
        }
        let (place, rule) = self.objects[index];
        let _will = Will::write(place);
        loop {
            // Everybody claims in one order, so whoever has this one needs none of mine.
            let Ok(word) = settled(place, rule, self.until) else {
                return Ok(false);
            };
            if !self.can_take(index, word) {
                return Ok(false);
            }
            if place.replace(word, rule.claim(word, place.thread())) {
                let held = place.hold();
                if held.is_err() {
                    self.give_back(index)?;
                }
                return held.map(|()| true);
            }
        }
    }

    /// Gives claims up: all of them, also where a word is not what it was.
    fn unclaim(&self, claimed: impl Iterator<Item = usize>) -> Result<(), Trouble> {
        let mut done = Ok(());
        for index in claimed {
            done = done.and(self.unclaim_one(index));
        }
        done
    }

    fn unclaim_one(&self, index: usize) -> Result<(), Trouble> {
        if self.begins[index].was_mine {
            return Ok(());
        }
        let (place, _) = self.objects[index];
        let _will = Will::write(place);
        place.let_go();
        self.give_back(index)
    }

    fn give_back(&self, index: usize) -> Result<(), Trouble> {
        let (place, rule) = self.objects[index];
        let word = place.load();
        let is_mine = word.owner() == place.thread() && rule.is_claimed(word);
        let mut to = rule.unclaim(word);
        if rule != Rule::Mutex {
            to = to.without_waiters();
        }
        if !is_mine || !place.replace(word, to) {
            return Err(Trouble::Corrupt);
        }
        // Nobody was woken for it while it was claimed.
        if word.has_waiters() {
            hand_on(place, rule);
        }
        Ok(())
    }

    /// Takes what is claimed. If somebody has written into a word meanwhile, this thread owns no more
    /// than before, as nobody would know of it.
    fn commit(&self) -> Result<Taken, Trouble> {
        let mut all = Taken { abandoned: false };
        for index in 0..self.objects.len() {
            match self.commit_one(index) {
                Ok(taken) => all.abandoned |= taken.abandoned,
                Err(trouble) => {
                    self.give_up(index);
                    return Err(trouble);
                }
            }
        }
        Ok(all)
    }

    fn commit_one(&self, index: usize) -> Result<Taken, Trouble> {
        let (place, rule) = self.objects[index];
        let Begin { ticket, was_mine } = self.begins[index];
        if was_mine {
            place.hold_again()?;
            return Ok(Taken { abandoned: false });
        }
        let _will = Will::write(place);
        if rule != Rule::Mutex {
            place.let_go();
        }
        let word = place.load();
        let me = place.thread();
        let Some((mut to, taken)) = rule.take(rule.unclaim(word), me, ticket) else {
            return Err(Trouble::Corrupt);
        };
        let more = rule.is_available(to);
        if more {
            to = to.without_waiters();
        }
        if word.owner() != me || !place.replace(word, to) {
            return Err(Trouble::Corrupt);
        }
        // As above.
        if more {
            hand_on(place, rule);
        }
        Ok(taken)
    }

    /// Gives up the mutexes that were taken, and what is still claimed. One word is wrong already,
    /// which is what the caller is told: another one changes nothing.
    fn give_up(&self, taken: usize) {
        for (place, rule) in &self.objects[..taken] {
            if *rule == Rule::Mutex {
                let _ = unlock(*place);
            }
        }
        let _ = self.unclaim(taken..self.objects.len());
    }
}
