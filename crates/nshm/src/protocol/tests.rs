//! What peers cannot do to a thread by writing into the words that it uses: each test is named after
//! what broke.

use std::cell::Cell;
use std::time::Duration;

use super::{Left, Place, Rule, Sleepers, Slept, Trouble, Until, Word, release, take_all};

const ME: u32 = 7;
const OTHER: u32 = 9;
/// Of a mutex: its owner is a wait for all.
const CLAIMED: u64 = 1 << 32;
const SET: u64 = 1 << 32;

/// Objects, and a peer that writes three words, each in front of one step of the thread.
struct Table {
    words: Vec<Cell<u64>>,
    held: Vec<Cell<u32>>,
    /// How many objects the thread can still own.
    room: Cell<u32>,
    step: Cell<u32>,
    writes: [(u32, usize, u64); 3],
    /// Somebody's word was changed who is another thread.
    robbed: Cell<bool>,
    /// The thread has owned a word.
    claimed: Cell<bool>,
    /// The thread has woken sleepers.
    woke: Cell<bool>,
    /// Others sleep, one of whom wakes the thread once.
    others: Cell<bool>,
    was_woken: Cell<bool>,
}

impl Table {
    fn new(words: &[u64], writes: [(u32, usize, u64); 3]) -> Table {
        Table {
            words: words.iter().copied().map(Cell::new).collect(),
            held: words.iter().map(|_| Cell::new(0)).collect(),
            room: Cell::new(u32::MAX),
            step: Cell::new(0),
            writes,
            robbed: Cell::new(false),
            claimed: Cell::new(false),
            woke: Cell::new(false),
            others: Cell::new(false),
            was_woken: Cell::new(false),
        }
    }

    fn step(&self) {
        let step = self.step.get();
        self.step.set(step + 1);
        for (_, index, word) in self.writes.iter().filter(|write| write.0 == step) {
            self.words[*index].set(*word);
        }
    }

    fn held(&self) -> Vec<u32> {
        self.held.iter().map(Cell::get).collect()
    }
}

struct Spot<'t>(&'t Table, usize);

impl Place for Spot<'_> {
    fn load(&self) -> Word {
        self.0.step();
        Word(self.0.words[self.1].get())
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        self.0.step();
        let word = &self.0.words[self.1];
        if word.get() != from.0 {
            return false;
        }
        if ![0, ME].contains(&from.owner()) && to.owner() != from.owner() {
            self.0.robbed.set(true);
        }
        if to.owner() == ME {
            self.0.claimed.set(true);
        }
        word.set(to.0);
        true
    }

    fn sleep(&self, _: Word, _: Until, _: bool) -> Slept {
        match self.0.others.get() && !self.0.was_woken.replace(true) {
            true => Slept::Woken,
            false => Slept::TimedOut,
        }
    }

    fn sleep_any(_: &[(&Self, Word)], _: Until) -> (Slept, usize) {
        (Slept::TimedOut, 0)
    }

    fn wake(&self, sleepers: Sleepers) -> bool {
        if sleepers != Sleepers::None {
            self.0.woke.set(true);
        }
        self.0.others.get() && sleepers != Sleepers::None
    }

    fn pause(&self, round: u32, _: Until) -> bool {
        round < 2
    }

    fn spin(&self, _: Word) -> bool {
        false
    }

    fn thread(&self) -> u32 {
        ME
    }

    fn write_will(&self) -> usize {
        0
    }

    fn restore_will(&self, _: usize) {}

    fn is_held(&self) -> bool {
        self.0.held[self.1].get() > 0
    }

    fn hold(&self) -> Result<(), Trouble> {
        let room = self.0.room.get().checked_sub(1);
        self.0.room.set(room.ok_or(Trouble::Unsupported)?);
        self.0.held[self.1].set(self.0.held[self.1].get() + 1);
        Ok(())
    }

    fn hold_again(&self) -> Result<(), Trouble> {
        self.hold()
    }

    fn let_go(&self) -> Left {
        match self.0.held[self.1].get().checked_sub(1) {
            None => return Left::Nothing,
            Some(less) => self.0.held[self.1].set(less),
        }
        if self.is_held() {
            Left::Some
        } else {
            Left::All
        }
    }

    fn identity(&self) -> u128 {
        self.1 as u128
    }
}

/// Waits for two mutexes and an event while a peer writes at a moment and at two that follow one
/// another; gives every outcome.
fn every_wait_for_all(room: u32, mut look: impl FnMut(&Table, Result<bool, Trouble>)) {
    let owned = u64::from(ME);
    let words = [0, owned, owned | CLAIMED, u64::from(OTHER), SET];
    let moments = (0..24).flat_map(|first| (first..24).map(move |second| (first, second)));
    for (first, second) in moments {
        for [one, two, three] in every_three(words) {
            for index in 0..3 {
                let writes = [
                    (first, index, one),
                    (second, index, two),
                    (second + 1, index, three),
                ];
                let table = Table::new(&[0, 0, SET], writes);
                table.room.set(room);
                let spots = [0, 1, 2].map(|index| Spot(&table, index));
                let [one, other, event] = &spots;
                let objects = [
                    (one, Rule::Mutex),
                    (event, Rule::AutoEvent),
                    (other, Rule::Mutex),
                ];
                let taken = take_all(&objects, Until::Now);
                look(&table, taken.map(|taken| taken.is_some()));
            }
        }
    }
}

fn every_three(words: [u64; 5]) -> impl Iterator<Item = [u64; 3]> {
    let two = move |one| words.into_iter().map(move |two| [one, two]);
    let three = move |[one, two]: [u64; 2]| words.into_iter().map(move |three| [one, two, three]);
    words.into_iter().flat_map(two).flat_map(three)
}

#[test]
fn a_tampered_claim_was_owned_twice_or_kept() {
    every_wait_for_all(u32::MAX, |table, taken| {
        let expected = match taken {
            Ok(true) => [1, 1, 0],
            _ => [0, 0, 0],
        };
        assert_eq!(table.held(), expected, "{taken:?} with {:?}", table.writes);
    });
}

#[test]
fn a_claim_of_another_thread_was_given_up() {
    every_wait_for_all(1, |table, taken| {
        assert!(!table.robbed.get(), "{taken:?} with {:?}", table.writes);
    });
}

/// Who made an object available may die before it wakes those who sleep. While a wait for all claims the
/// object, the kernel does not do it either: so the claimer wakes, or leaves word.
#[test]
fn a_wake_up_was_lost_while_an_object_was_claimed() {
    const NEVER: (u32, usize, u64) = (u32::MAX, 0, 0);
    for (rule, word) in [
        (Rule::AutoEvent, SET),
        (Rule::ManualEvent, SET),
        (Rule::Semaphore, 1 << 32),
        (Rule::Semaphore, 2 << 32),
    ] {
        // Somebody else locks the mutex at one moment or never.
        for moment in (0..24).chain([u32::MAX]) {
            let table = Table::new(&[word, 0], [(moment, 1, u64::from(OTHER)), NEVER, NEVER]);
            let [object, mutex] = [0, 1].map(|index| Spot(&table, index));
            let taken = take_all(&[(&object, rule), (&mutex, Rule::Mutex)], Until::Now);
            let word = Word(table.words[0].get());
            // Who is about to sleep must not take a word of what can be had for the one that it saw.
            let is_told = match rule.is_available(word) {
                true => table.woke.get() && !word.has_waiters(),
                false => word.has_waiters(),
            };
            assert!(
                is_told || !table.claimed.get(),
                "{rule:?} {moment} {taken:?}"
            );
        }
    }
}

/// What those who wait for all cannot take, each of them gave to the next one, and so on for ever.
#[test]
fn an_event_was_passed_round_among_those_who_wait_for_all() {
    const NEVER: (u32, usize, u64) = (u32::MAX, 0, 0);
    let (given, _) = Word(0).with_crowd().set(Rule::AutoEvent);
    let table = Table::new(&[given.0, 0], [NEVER; 3]);
    table.others.set(true);
    let [event, semaphore] = [0, 1].map(|index| Spot(&table, index));
    let objects = [(&event, Rule::AutoEvent), (&semaphore, Rule::Semaphore)];
    let taken = take_all(&objects, Until::At(Duration::ZERO));
    assert_eq!(taken, Ok(None));
    assert!(!given.is_set() && event.load().is_set());
}

#[test]
fn a_tampered_maximum_let_a_semaphore_overflow() {
    const NEVER: (u32, usize, u64) = (u32::MAX, 0, 0);
    let most = u64::from(i32::MAX.cast_unsigned());
    let table = Table::new(&[most << 32], [NEVER; 3]);
    let spot = Spot(&table, 0);
    assert_eq!(release(&spot, 1, u32::MAX), Err(Trouble::Full));
    assert_eq!(spot.load().count(), i32::MAX.cast_unsigned());
}
