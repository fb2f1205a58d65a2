//! The word of an object: all of its state that changes, in 64 bits that change at once.
//!
//! ```text
//! 63     62 ............ 32   31       30           29 ............. 0
//! CROWD  what the kind says   WAITERS  OWNER_DIED   owner (a thread id)
//! ```
//!
//! The lower half is what threads sleep on, in the form that Linux gives to robust futexes
//! (futex(2), get_robust_list(2)): when the owner dies, the kernel takes its id out, puts
//! `OWNER_DIED` in and wakes one sleeper. A mutex is owned by who locked it; an event and a
//! semaphore only for the moment in which a wait for all takes several objects at once (a *claim*).

/// The state of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Word(pub(crate) u64);

const OWNER: u64 = (1 << 30) - 1;
const OWNER_DIED: u64 = 1 << 30;
const WAITERS: u64 = 1 << 31;
/// Some thread waits, or once waited, for this object among others. It stays for ever.
const CROWD: u64 = 1 << 63;

/// Of an event: it is set.
const SET: u64 = 1 << 32;
/// Of an event that is reset by hand: how often it was pulsed, or set while somebody slept, so that a
/// waiter sees whether it was since it came. Of a mutex: how often it was unlocked with sleepers, so that
/// its owner sees whether it was since.
const PULSES: u64 = ((1 << 29) - 1) << 34;

/// Of an event that resets itself: one of those who waited when it was pulsed may go.
const PULSED: u64 = 1 << 33;
/// Of such an event: so many of those who waited when it was set may go. They were or will be woken.
const GRANTS: u64 = ((1 << 10) - 1) << 34;
const ONE_GRANT: u64 = 1 << 34;
/// Of such an event: how often somebody was let go in these two ways, so that a waiter sees whether that
/// was so since it came.
const CALLS: u64 = ((1 << 18) - 1) << 44;
/// Of such an event: some of those who may be asleep wait for others as well, and go on with all or none.
const FOR_ALL: u64 = 1 << 62;

/// Of a semaphore: how many may still take it.
const COUNT: u64 = ((1 << 31) - 1) << 32;
const ONE_COUNT: u64 = 1 << 32;
/// The most that there is room for.
const MOST_COUNT: u32 = (COUNT / ONE_COUNT) as u32;

/// Of a mutex: its owner is a wait for all that has not decided yet.
const CLAIMED: u64 = 1 << 32;
/// Of a mutex: a wait for all found that an owner had died, and let go of it.
const ABANDONED: u64 = 1 << 33;

/// What kind of object a word belongs to, and so what may be done with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// An event that stays set until it is reset.
    ManualEvent,
    /// An event that each wait resets.
    AutoEvent,
    /// A counter that no wait takes below zero.
    Semaphore,
    /// A lock that belongs to a thread.
    Mutex,
}

/// What came with an object that was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Taken {
    /// Its last owner died with it.
    pub(crate) abandoned: bool,
}

/// Whom a change concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sleepers {
    None,
    Some(u32),
    All,
}

/// What a waiter knows of how an event was when its wait began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ticket {
    /// How often it had let sleepers go.
    seen: u64,
    takes: Grants,
}

/// Which grants a waiter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Grants {
    /// Those that were made since it came.
    Newer,
    /// All: it was woken, or has waited so long that whoever a grant was meant for must be gone.
    All,
    /// None: it never sleeps, or it waits for other objects as well and goes on with all or nothing.
    None,
}

impl Ticket {
    /// The same waiter once it was woken.
    pub(crate) fn called(self) -> Ticket {
        match self.takes {
            Grants::None => self,
            _ => Ticket {
                takes: Grants::All,
                ..self
            },
        }
    }

    /// The ticket of who takes what anybody could have.
    pub(crate) fn without_grants(self) -> Ticket {
        Ticket {
            takes: Grants::None,
            ..self
        }
    }
}

impl Word {
    /// All bits but those of an owner, which an object that is in no wait for all never has.
    pub(crate) const UNOWNED: u64 = !(OWNER | OWNER_DIED);

    pub(crate) fn is_unowned(self) -> bool {
        self.0 & !Self::UNOWNED == 0
    }

    /// The half that threads sleep on.
    pub(crate) fn lower(self) -> u32 {
        self.0 as u32
    }

    pub(crate) fn owner(self) -> u32 {
        (self.0 & OWNER) as u32
    }

    pub(crate) fn owner_died(self) -> bool {
        self.0 & OWNER_DIED != 0
    }

    /// Of a mutex: its last owner died with it, and nobody has owned it since.
    pub(crate) fn was_abandoned(self) -> bool {
        // Who dies with a claim has not owned the mutex.
        self.0 & ABANDONED != 0 || self.owner_died() && self.0 & CLAIMED == 0
    }

    pub(crate) fn has_waiters(self) -> bool {
        self.0 & WAITERS != 0
    }

    /// Whether some of those who sleep may sleep on other words as well.
    pub(crate) fn has_crowd(self) -> bool {
        self.0 & CROWD != 0
    }

    pub(crate) fn is_set(self) -> bool {
        self.0 & SET != 0
    }

    pub(crate) fn count(self) -> u32 {
        ((self.0 & COUNT) / ONE_COUNT) as u32
    }

    fn has_grants(self) -> bool {
        self.0 & GRANTS != 0
    }

    /// The word of somebody who is about to sleep, or was asleep: others may be, too.
    pub(crate) fn with_waiters(self) -> Word {
        Word(self.0 | WAITERS)
    }

    /// As above, for somebody who sleeps on more words than this one.
    pub(crate) fn with_crowd(self) -> Word {
        Word(self.0 | WAITERS | CROWD)
    }

    /// The word of an object that becomes available: who is woken says again that there are sleepers.
    pub(crate) fn without_waiters(self) -> Word {
        Word(self.0 & !WAITERS)
    }

    fn owned_by(self, thread: u32) -> Word {
        Word(self.0 & !(OWNER | OWNER_DIED) | u64::from(thread) & OWNER)
    }

    /// Whom to wake after a change of this word that is good for `count` of the sleepers.
    pub(crate) fn sleepers(self, count: u32) -> Sleepers {
        match (self.has_waiters(), self.has_crowd()) {
            (false, _) => Sleepers::None,
            // A sleeper of many words may take another one, and be killed before it can say so.
            (true, true) => Sleepers::All,
            (true, false) => Sleepers::Some(count),
        }
    }

    // What an event can do. Each gives the word after it, and who must know.

    pub(crate) fn set(self, rule: Rule) -> (Word, Sleepers) {
        let to = Word(self.0 | SET).owned_by(0).without_waiters();
        match rule {
            // Everybody who waits now may go, even if it is reset before they have seen that.
            Rule::ManualEvent if self.has_waiters() => (to.counted_up(PULSES), Sleepers::All),
            Rule::AutoEvent if self.is_awaited() && !self.has_to_be_set() => {
                // One, also of a crowd: another call is to find the others.
                (self.granted(), Sleepers::Some(1))
            }
            Rule::AutoEvent => (Word(to.0 & !FOR_ALL), self.sleepers(1)),
            _ => (to, self.sleepers(1)),
        }
    }

    /// The same where nobody is to be told and nothing is left of who was; `None` elsewhere.
    #[inline(always)]
    pub(crate) fn set_in_silence(self, rule: Rule) -> Option<Word> {
        let told = match rule {
            Rule::AutoEvent => OWNER | WAITERS | GRANTS | FOR_ALL,
            _ => OWNER | WAITERS,
        };
        (self.0 & told == 0).then_some(Word(self.0 | SET).owned_by(0))
    }

    /// Of an event that resets itself: somebody may be asleep. Who was let go and has not run yet says
    /// that again when it runs.
    fn is_awaited(self) -> bool {
        self.has_waiters() || self.has_grants()
    }

    /// Of such an event: to let one of the sleepers go would be wrong, or leave no trace.
    fn has_to_be_set(self) -> bool {
        self.is_set() || self.0 & FOR_ALL != 0 || self.0 & GRANTS == GRANTS
    }

    /// Of such an event: one of the sleepers may go.
    fn granted(self) -> Word {
        let to = Word((self.0 & !PULSED) + ONE_GRANT);
        to.owned_by(0).without_waiters().counted_up(CALLS)
    }

    /// Of such an event: nobody was there who could be let go, so it is set. `None`: somebody has come
    /// meanwhile.
    pub(crate) fn ungranted(self) -> Option<(Word, Sleepers)> {
        if !self.has_grants() {
            return None;
        }
        let to = Word((self.0 - ONE_GRANT) | SET).without_waiters();
        Some((to, self.sleepers(1)))
    }

    pub(crate) fn reset(self) -> Word {
        Word(self.0 & !SET).owned_by(0)
    }

    pub(crate) fn pulse(self, rule: Rule) -> (Word, Sleepers) {
        let to = self.reset().without_waiters();
        // All, as only those may go who came before: they find that out for themselves.
        match rule {
            Rule::AutoEvent if self.is_awaited() => {
                (Word(to.0 | PULSED).counted_up(CALLS), Sleepers::All)
            }
            _ if self.has_waiters() => (to.counted_up(PULSES), Sleepers::All),
            _ => (self.reset(), Sleepers::None),
        }
    }

    /// Of an event that resets itself: nobody was there whom a pulse could let go.
    pub(crate) fn unpulsed(self) -> Word {
        Word(self.0 & !PULSED)
    }

    /// One more of what these bits count, of which the first one is the lowest.
    fn counted_up(self, bits: u64) -> Word {
        let one = 1 << bits.trailing_zeros();
        Word(self.0 & !bits | self.0.wrapping_add(one) & bits)
    }

    /// What a semaphore can do: nothing if that would make it more than `max`, which lies in the memory
    /// of the object and may be any number.
    pub(crate) fn release(self, count: u32, max: u32) -> Option<(Word, Sleepers)> {
        let max = max.min(MOST_COUNT);
        let sum = self.count().checked_add(count).filter(|sum| *sum <= max)?;
        let to = self.with_count(sum).owned_by(0).without_waiters();
        Some((to, self.sleepers(count)))
    }

    pub(crate) fn with_count(self, count: u32) -> Word {
        Word(self.0 & !COUNT | (u64::from(count) * ONE_COUNT) & COUNT)
    }

    /// What the owner of a mutex can do. Those who sleep stay marked: if the owner dies before it can
    /// wake one, the mutex may be another one's by then, for whom the kernel does not wake anybody.
    pub(crate) fn unlock(self) -> Word {
        let to = Word(self.0 & (CROWD | WAITERS | PULSES));
        if to.has_waiters() {
            to.counted_up(PULSES)
        } else {
            to
        }
    }

    /// A free mutex whose next owner is to hear that one had died.
    pub(crate) fn with_abandonment(self) -> Word {
        Word(self.0 | ABANDONED)
    }

    /// What the kernel does when the owner dies: those who sleep stay marked.
    pub(crate) fn abandon(self) -> Word {
        Word(self.0 & !OWNER | OWNER_DIED)
    }

    /// The same, done by another thread.
    pub(crate) fn abandon_for(self) -> Word {
        self.abandon().counted_up(PULSES)
    }
}

impl Rule {
    /// What somebody knows who begins to wait now.
    pub(crate) fn ticket(self, word: Word) -> Ticket {
        let counts = match self {
            Rule::AutoEvent => CALLS,
            _ => PULSES,
        };
        Ticket {
            seen: word.0 & counts,
            takes: Grants::Newer,
        }
    }

    /// Whether who sleeps on such a word looks again once a second: for an owner that is gone, for a grant
    /// that its sleeper does not take, and for what one of a crowd was woken for and did not take.
    pub(crate) fn is_looked_at_again(self, word: Word) -> bool {
        self == Rule::Mutex || self.is_granted(word) || word.has_crowd()
    }

    /// Whether sleepers were let go who have not run yet.
    pub(crate) fn is_granted(self, word: Word) -> bool {
        self == Rule::AutoEvent && word.has_grants()
    }

    /// The word of somebody who is about to sleep on this object as one of several that it wants together.
    pub(crate) fn awaited_for_all(self, word: Word) -> Word {
        let mark = if self == Rule::AutoEvent { FOR_ALL } else { 0 };
        Word(word.with_crowd().0 | mark)
    }

    /// Whether a wait for all is deciding about this object. That takes it a few instructions;
    /// if it dies meanwhile, the claim goes with it.
    pub(crate) fn is_claimed(self, word: Word) -> bool {
        word.owner() != 0 && (self != Rule::Mutex || word.0 & CLAIMED != 0)
    }

    /// The word after `thread` took the object; `None` if it cannot.
    pub(crate) fn take(self, word: Word, thread: u32, ticket: Ticket) -> Option<(Word, Taken)> {
        if self.is_claimed(word) {
            return None;
        }
        let to = match self {
            Rule::ManualEvent if self.has_called(word, ticket) => word,
            Rule::AutoEvent if self.is_granted_to(word, ticket) => {
                Word(word.0 - ONE_GRANT).owned_by(0)
            }
            Rule::AutoEvent
                if word.0 & (SET | PULSED) == PULSED && self.has_called(word, ticket) =>
            {
                word.unpulsed().owned_by(0)
            }
            _ => {
                let (to, taken) = self.take_anew(word, thread)?;
                return Some(match taken.abandoned {
                    // So that it is not what it was when a dead one of the same id owned it.
                    true => (to.counted_up(PULSES), taken),
                    false => (to, taken),
                });
            }
        };
        Some((to, Taken { abandoned: false }))
    }

    /// The same for who begins to wait now, if what it takes was not abandoned.
    #[inline(always)]
    pub(crate) fn take_at_once(self, word: Word, thread: u32) -> Option<Word> {
        let (to, taken) = self.take_anew(word, thread)?;
        (!taken.abandoned).then_some(to)
    }

    #[inline(always)]
    fn take_anew(self, word: Word, thread: u32) -> Option<(Word, Taken)> {
        let mut taken = Taken { abandoned: false };
        let to = match self {
            _ if self.is_claimed(word) => return None,
            Rule::ManualEvent if word.is_set() => word,
            Rule::AutoEvent if word.is_set() => Word(word.0 & !SET).owned_by(0),
            Rule::Semaphore if word.count() != 0 => word.with_count(word.count() - 1).owned_by(0),
            Rule::Mutex if word.owner() == 0 => {
                taken.abandoned = word.was_abandoned();
                Word(word.0 & !(CLAIMED | ABANDONED)).owned_by(thread)
            }
            _ => return None,
        };
        Some((to, taken))
    }

    /// Whether sleepers were let go since a wait began.
    fn has_called(self, word: Word, ticket: Ticket) -> bool {
        self.ticket(word).seen != ticket.seen
    }

    fn is_granted_to(self, word: Word, ticket: Ticket) -> bool {
        let may = match ticket.takes {
            Grants::Newer => self.has_called(word, ticket),
            Grants::All => true,
            Grants::None => false,
        };
        may && word.has_grants()
    }

    /// Whether somebody who begins to wait now can take it.
    pub(crate) fn is_available(self, word: Word) -> bool {
        self.take_anew(word, 1).is_some()
    }

    /// The word while `thread` claims the object, which nobody else does. An event or a semaphore
    /// says then that there are sleepers: who made it available may have died before it could wake them,
    /// and the kernel wakes nobody while the word has an owner.
    pub(crate) fn claim(self, word: Word, thread: u32) -> Word {
        let mark = match self {
            Rule::Mutex if word.was_abandoned() => CLAIMED | ABANDONED,
            Rule::Mutex => CLAIMED,
            _ => 0,
        };
        let cleared = if self == Rule::Mutex {
            CLAIMED | ABANDONED
        } else {
            0
        };
        let claimed = Word(word.0 & !cleared | mark).owned_by(thread);
        if self == Rule::Mutex {
            claimed
        } else {
            claimed.with_waiters()
        }
    }

    /// The word after a claim was given up.
    pub(crate) fn unclaim(self, word: Word) -> Word {
        let cleared = if self == Rule::Mutex { CLAIMED } else { 0 };
        Word(word.0 & !cleared).owned_by(0)
    }
}
