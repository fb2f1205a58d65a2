//! The words of events, mutexes and semaphores, while others write into them what they like.
//!
//! One thread does what programs do; a peer that may write the pages changes any word before any step
//! of it. Nothing here waits: time passes when the peer has nothing left to do.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use arbitrary::{Arbitrary, Unstructured};

use crate::protocol::{self, Left, Place, Rule, Sleepers, Slept, Trouble, Until, Word};

/// More steps than any operation takes that comes to an end.
const MOST_STEPS: u32 = 4000;
const MOST_TURNS: usize = 48;
const MOST_OBJECTS: usize = 4;
const MOST_OPERATIONS: usize = 12;

#[derive(Arbitrary, Debug)]
struct Input {
    objects: Vec<SaidObject>,
    thread: u32,
    operations: Vec<(Operation, Patience, Vec<Turn>)>,
    /// Which of the attempts to own something fail.
    refusals: u16,
}

#[derive(Arbitrary, Debug)]
struct SaidObject {
    rule: u8,
    word: u64,
    max: u32,
    order: u8,
}

/// What the peer does before a step of the thread.
#[derive(Arbitrary, Clone, Debug)]
enum Turn {
    Nothing,
    Write(u8, u64),
    /// Only some bits.
    Flip(u8, u8),
    /// Wakes the thread if it sleeps.
    Wake,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Patience {
    None,
    Some,
}

#[derive(Arbitrary, Debug)]
enum Operation {
    Acquire(u8),
    TakeAny,
    TakeAll,
    Set(u8),
    Reset(u8),
    Pulse(u8),
    Release(u8, u32),
    Unlock(u8),
    Abandon(u8),
}

/// The input is objects, what is done with them, and what the peer does meanwhile.
pub fn run(data: &[u8]) {
    let Ok(mut input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    input.objects.truncate(MOST_OBJECTS);
    if input.objects.is_empty() {
        return;
    }
    let room = Room::new(&input);
    for (operation, patience, mut turns) in input.operations.into_iter().take(MOST_OPERATIONS) {
        turns.truncate(MOST_TURNS);
        let until = match patience {
            Patience::None => Until::Now,
            Patience::Some => Until::At(std::time::Duration::from_secs(1)),
        };
        room.begin(turns);
        room.operate(&operation, until);
        assert_eq!(room.will.get(), 0, "a will outlives its operation");
        for (index, object) in room.objects.iter().enumerate() {
            let is_mutex = object.rule == Rule::Mutex;
            assert!(
                is_mutex || room.held(index) == 0,
                "{operation:?} keeps a claim"
            );
        }
    }
}

/// All objects, the thread and the peer.
struct Room {
    objects: Vec<Object>,
    thread: u32,
    turns: RefCell<VecDeque<Turn>>,
    will: Cell<usize>,
    steps: Cell<u32>,
    refusals: Cell<u16>,
    /// Nobody but the thread has done anything in this operation.
    calm: Cell<bool>,
}

struct Object {
    rule: Rule,
    word: Cell<u64>,
    max: u32,
    order: u128,
    held: Cell<u32>,
}

impl Room {
    fn new(input: &Input) -> Room {
        let object = |(index, said): (usize, &SaidObject)| Object {
            rule: [
                Rule::ManualEvent,
                Rule::AutoEvent,
                Rule::Semaphore,
                Rule::Mutex,
            ][usize::from(said.rule & 3)],
            word: Cell::new(said.word),
            max: said.max,
            // Different for each, in any order.
            order: u128::from(said.order) << 8 | index as u128,
            held: Cell::new(0),
        };
        Room {
            objects: input.objects.iter().enumerate().map(object).collect(),
            // What is no thread has the id 0, and ids have 30 bits.
            thread: (input.thread & 0x3fff_ffff).max(1),
            turns: RefCell::default(),
            will: Cell::new(0),
            steps: Cell::new(0),
            refusals: Cell::new(input.refusals),
            calm: Cell::new(true),
        }
    }

    fn begin(&self, turns: Vec<Turn>) {
        self.turns.replace(turns.into());
        self.steps.set(0);
        self.calm.set(true);
    }

    fn held(&self, index: usize) -> u32 {
        self.objects[index].held.get()
    }

    fn word(&self, index: usize) -> Word {
        Word(self.objects[index].word.get())
    }

    fn all_held(&self) -> Vec<u32> {
        self.objects
            .iter()
            .map(|object| object.held.get())
            .collect()
    }

    fn spot(&self, index: usize) -> Spot<'_> {
        Spot { room: self, index }
    }

    /// The object of a number, if it is of one of the kinds.
    fn choose(&self, number: u8, rules: &[Rule]) -> Option<usize> {
        let index = usize::from(number) % self.objects.len();
        rules.contains(&self.objects[index].rule).then_some(index)
    }

    fn operate(&self, operation: &Operation, until: Until) {
        const EVENTS: [Rule; 2] = [Rule::ManualEvent, Rule::AutoEvent];
        match *operation {
            Operation::Acquire(number) => {
                self.acquire(usize::from(number) % self.objects.len(), until);
            }
            Operation::TakeAny => self.take_any(until),
            Operation::TakeAll => self.take_all(until),
            Operation::Set(number) => self.change_event(self.choose(number, &EVENTS), |spot| {
                protocol::set(spot, spot.object().rule).map(|()| Some(true))
            }),
            Operation::Reset(number) => self.change_event(self.choose(number, &EVENTS), |spot| {
                protocol::reset(spot, spot.object().rule).map(|()| Some(false))
            }),
            Operation::Pulse(number) => self.change_event(self.choose(number, &EVENTS), |spot| {
                protocol::pulse(spot, spot.object().rule).map(|()| Some(false))
            }),
            Operation::Release(number, count) => {
                if let Some(index) = self.choose(number, &[Rule::Semaphore]) {
                    self.release(index, count);
                }
            }
            Operation::Unlock(number) => {
                if let Some(index) = self.choose(number, &[Rule::Mutex]) {
                    self.unlock(index);
                }
            }
            Operation::Abandon(number) => {
                if let Some(index) = self.choose(number, &[Rule::Mutex]) {
                    let held = &self.objects[index].held;
                    protocol::abandon(&self.spot(index), || held.set(0));
                }
            }
        }
    }

    /// Whether a wait that begins now has the object at once, by the table of docs/format.md.
    fn can_be_taken(&self, index: usize) -> bool {
        let word = self.word(index);
        match self.objects[index].rule {
            Rule::ManualEvent | Rule::AutoEvent => word.owner() == 0 && word.is_set(),
            Rule::Semaphore => word.owner() == 0 && word.count() > 0,
            Rule::Mutex => {
                let is_mine = word.owner() == self.thread && self.held(index) > 0;
                word.owner() == 0 || is_mine
            }
        }
    }

    /// What must be so after nobody but the thread has changed the word from this one.
    fn was_taken(&self, index: usize, before: Word) {
        let after = self.word(index);
        match self.objects[index].rule {
            Rule::ManualEvent => assert_eq!(after.0 >> 32, before.0 >> 32),
            Rule::AutoEvent => assert!(!after.is_set()),
            Rule::Semaphore => assert_eq!(after.count() + 1, before.count()),
            Rule::Mutex => assert_eq!(after.owner(), self.thread),
        }
    }

    /// What a word says, without what only sleepers care about: owner, set or count, abandoned.
    fn state(&self, index: usize, word: Word) -> (u32, u32, bool) {
        let abandoned = Rule::Mutex
            .take(word, self.thread, Rule::Mutex.ticket(word))
            .is_some_and(|(_, taken)| taken.abandoned);
        match self.objects[index].rule {
            Rule::ManualEvent | Rule::AutoEvent => (word.owner(), word.is_set().into(), false),
            Rule::Semaphore => (word.owner(), word.count(), false),
            Rule::Mutex => (word.owner(), 0, abandoned),
        }
    }

    fn acquire(&self, index: usize, until: Until) {
        let (before, held) = (self.word(index), self.held(index));
        let can = self.can_be_taken(index);
        let is_mutex = self.objects[index].rule == Rule::Mutex;
        let taken = protocol::acquire(&self.spot(index), self.objects[index].rule, until);
        let is_taken = matches!(taken, Ok(Some(_)));
        let more = u32::from(is_taken && is_mutex);
        assert_eq!(self.held(index), held + more, "{taken:?}");
        if !self.calm.get() {
            return;
        }
        match taken {
            Ok(Some(_)) => {
                assert!(can, "what could not be taken was: {before:?}");
                self.was_taken(index, before);
            }
            Ok(None) => assert!(!can, "what could be taken was not: {before:?}"),
            Err(trouble) => assert!(is_mutex && can, "{trouble:?}"),
        }
    }

    fn take_any(&self, until: Until) {
        let spots: Vec<Spot<'_>> = (0..self.objects.len())
            .map(|index| self.spot(index))
            .collect();
        let first = (0..spots.len()).find(|index| self.can_be_taken(*index));
        let before: Vec<Word> = (0..spots.len()).map(|index| self.word(index)).collect();
        let mut held = self.all_held();
        let taken = protocol::take_any(&with_rules(&spots), until);
        if let Ok(Some((index, _))) = taken {
            held[index] += u32::from(self.objects[index].rule == Rule::Mutex);
        }
        assert_eq!(self.all_held(), held, "{taken:?}");
        if !self.calm.get() {
            return;
        }
        match taken {
            Ok(Some((index, _))) => {
                assert_eq!(Some(index), first, "not the first that could be taken");
                self.was_taken(index, before[index]);
            }
            Ok(None) => assert_eq!(first, None),
            Err(trouble) => assert!(first.is_some(), "{trouble:?}"),
        }
    }

    fn take_all(&self, until: Until) {
        let spots: Vec<Spot<'_>> = (0..self.objects.len())
            .map(|index| self.spot(index))
            .collect();
        // What the thread owns it owns, whatever the peer has made of the word.
        let is_mine = |index: usize| self.held(index) > 0;
        let can = (0..spots.len()).all(|index| is_mine(index) || self.can_be_taken(index));
        let before: Vec<Word> = (0..spots.len()).map(|index| self.word(index)).collect();
        let mut held = self.all_held();
        let mine: Vec<bool> = (0..spots.len()).map(is_mine).collect();
        let taken = protocol::take_all(&with_rules(&spots), until);
        if let Ok(Some(_)) = taken {
            for (held, object) in held.iter_mut().zip(&self.objects) {
                *held += u32::from(object.rule == Rule::Mutex);
            }
        }
        assert_eq!(self.all_held(), held, "{taken:?}");
        if !self.calm.get() {
            return;
        }
        match taken {
            Ok(Some(_)) => {
                assert!(can);
                (0..before.len())
                    .filter(|index| !mine[*index])
                    .for_each(|index| self.was_taken(index, before[index]));
            }
            Ok(None) => assert!(!can),
            Err(trouble) => assert!(can, "{trouble:?}"),
        }
        if !matches!(taken, Ok(Some(_))) {
            for (index, before) in before.into_iter().enumerate() {
                let after = self.word(index);
                assert_eq!(
                    self.state(index, after),
                    self.state(index, before),
                    "{taken:?}"
                );
            }
        }
    }

    /// `change` says whether the event is set then.
    fn change_event(
        &self,
        index: Option<usize>,
        change: impl Fn(&Spot<'_>) -> Result<Option<bool>, Trouble>,
    ) {
        let Some(index) = index else {
            return;
        };
        let before = self.word(index);
        let changed = change(&self.spot(index));
        if !self.calm.get() {
            return;
        }
        match changed {
            Ok(is_set) => {
                assert_eq!(before.owner(), 0, "somebody had claimed it");
                assert_eq!(Some(self.word(index).is_set()), is_set);
                let sleepers_stay = self.word(index).has_waiters() && self.word(index).is_set();
                assert!(!sleepers_stay, "nobody sleeps on what can be taken");
            }
            Err(trouble) => {
                assert_eq!(trouble, Trouble::Claimed);
                assert_ne!(before.owner(), 0);
                assert_eq!(self.word(index), before);
            }
        }
    }

    fn release(&self, index: usize, count: u32) {
        let before = self.word(index);
        let max = self.objects[index].max;
        let most = max.min(i32::MAX.cast_unsigned());
        let released = protocol::release(&self.spot(index), count, max);
        if !self.calm.get() {
            return;
        }
        let sum = u64::from(before.count()) + u64::from(count);
        match released {
            Ok(former) => {
                assert_eq!(former, before.count());
                assert!(sum <= u64::from(most));
                assert_eq!(u64::from(self.word(index).count()), sum);
            }
            Err(Trouble::Full) => {
                assert!(sum > u64::from(most));
                assert_eq!(self.word(index), before);
            }
            Err(trouble) => {
                assert_eq!(trouble, Trouble::Claimed);
                assert_ne!(before.owner(), 0);
            }
        }
    }

    fn unlock(&self, index: usize) {
        let (before, held) = (self.word(index), self.held(index));
        let unlocked = protocol::unlock(&self.spot(index));
        assert_eq!(self.held(index), held.saturating_sub(1), "{unlocked:?}");
        assert_eq!(unlocked == Err(Trouble::NotOwner), held == 0);
        if self.calm.get() && held == 1 {
            let is_mine = before.owner() == self.thread;
            assert_eq!(
                unlocked,
                if is_mine {
                    Ok(())
                } else {
                    Err(Trouble::Corrupt)
                }
            );
            assert_eq!(
                self.word(index).owner() == 0,
                is_mine || before.owner() == 0
            );
        }
    }

    /// Before each step of the thread: the peer has its turn. `true`: it wakes the thread.
    fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        assert!(self.steps.get() < MOST_STEPS, "it comes to no end");
        let turn = self.turns.borrow_mut().pop_front();
        let (number, write): (u8, Box<dyn Fn(u64) -> u64>) = match turn {
            None | Some(Turn::Nothing) => return false,
            Some(Turn::Wake) => return true,
            Some(Turn::Write(number, word)) => (number, Box::new(move |_| word)),
            Some(Turn::Flip(number, bit)) => (number, Box::new(move |word| word ^ 1 << (bit & 63))),
        };
        let object = &self.objects[usize::from(number) % self.objects.len()];
        object.word.set(write(object.word.get()));
        self.calm.set(false);
        false
    }

    /// Lets the peer have its turns until something ends a sleep.
    fn sleep(&self, until: Until, is_as_before: impl Fn() -> bool) -> Slept {
        loop {
            if !is_as_before() {
                return Slept::Disturbed;
            }
            if self.step() {
                // Whoever wakes may have changed what it woke for.
                self.calm.set(false);
                return Slept::Woken;
            }
            if self.turns.borrow().is_empty() && is_as_before() {
                assert_ne!(until, Until::Forever, "nobody sleeps for ever here");
                return Slept::TimedOut;
            }
        }
    }
}

fn with_rules<'s, 'r>(spots: &'s [Spot<'r>]) -> Vec<(&'s Spot<'r>, Rule)> {
    spots
        .iter()
        .map(|spot| (spot, spot.object().rule))
        .collect()
}

/// An object, as the thread sees it.
struct Spot<'r> {
    room: &'r Room,
    index: usize,
}

impl Spot<'_> {
    fn object(&self) -> &Object {
        &self.room.objects[self.index]
    }

    /// What no step of an honest thread may do to a word.
    fn is_honest(&self, from: Word, to: Word) {
        const WAITERS_AND_CROWD: u64 = 1 << 31 | 1 << 63;
        let rule = self.object().rule;
        assert!(to.has_crowd() || !from.has_crowd(), "a crowd is for ever");
        let owner = from.owner();
        if owner != 0 && owner != self.room.thread {
            assert_eq!(to.owner(), owner, "others give up what they own themselves");
        }
        if rule.is_claimed(from) && owner != self.room.thread {
            let added = (from.0 ^ to.0) & !WAITERS_AND_CROWD;
            assert_eq!(added, 0, "a claim of another thread: {from:?} to {to:?}");
        }
        if rule == Rule::Semaphore && to.count() > from.count() {
            assert!(to.count() <= self.object().max, "more than its maximum");
        }
    }
}

impl Place for Spot<'_> {
    fn load(&self) -> Word {
        self.room.step();
        self.room.word(self.index)
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        self.room.step();
        if self.room.word(self.index) != from {
            return false;
        }
        self.is_honest(from, to);
        self.object().word.set(to.0);
        true
    }

    fn sleep(&self, word: Word, until: Until, _: bool) -> Slept {
        let is_as_before = || self.room.word(self.index).lower() == word.lower();
        self.room.sleep(until, is_as_before)
    }

    fn sleep_any(places: &[(&Self, Word)], until: Until) -> (Slept, usize) {
        let Some((first, _)) = places.first() else {
            panic!("a sleep on nothing");
        };
        let is_as_before =
            |(spot, word): &(&Self, Word)| spot.room.word(spot.index).lower() == word.lower();
        let slept = first.room.sleep(until, || places.iter().all(is_as_before));
        // At any of them, as the peer likes.
        (
            slept,
            first.room.word(first.index).0 as usize % places.len(),
        )
    }

    fn wake(&self, _: Sleepers) -> bool {
        self.room.step();
        false
    }

    fn pause(&self, round: u32, _: Until) -> bool {
        self.room.step();
        round < 4
    }

    fn spin(&self, word: Word) -> bool {
        self.room.step();
        self.room.word(self.index) != word
    }

    fn thread(&self) -> u32 {
        self.room.thread
    }

    fn write_will(&self) -> usize {
        self.room.will.replace(self.index + 1)
    }

    fn restore_will(&self, former: usize) {
        self.room.will.set(former);
    }

    fn is_held(&self) -> bool {
        self.object().held.get() > 0
    }

    fn hold(&self) -> Result<(), Trouble> {
        let refusals = self.room.refusals.get();
        self.room.refusals.set(refusals >> 1);
        if refusals & 1 != 0 {
            return Err(Trouble::Unsupported);
        }
        self.object().held.set(self.object().held.get() + 1);
        Ok(())
    }

    fn hold_again(&self) -> Result<(), Trouble> {
        assert!(self.is_held(), "only what is owned is owned again");
        self.object().held.set(self.object().held.get() + 1);
        Ok(())
    }

    fn let_go(&self) -> Left {
        let held = &self.object().held;
        match held.get() {
            0 => Left::Nothing,
            1 => {
                held.set(0);
                Left::All
            }
            more => {
                held.set(more - 1);
                Left::Some
            }
        }
    }

    fn identity(&self) -> u128 {
        self.object().order
    }
}
