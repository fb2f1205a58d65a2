//! The bell under a model checker: loom runs every interleaving of a few threads, and a lost wake-up
//! is a deadlock, which it reports. Nobody looks again here. It is also run with bugs put into it, and
//! the model must find them.

use std::rc::Rc;

use loom::sync::atomic::{AtomicU64, Ordering, fence};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::super::model::{check_with, finds};
use super::*;

/// A bug to put in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bug {
    None,
    /// A sleeper looks before it is counted, and not afterwards.
    LooksFirst,
    /// Who is counted and who changes something do not see one another.
    Unordered,
    /// Of those who are called, one gets no token.
    PostsOneLess,
    /// Who goes with a token does not pass on what it was called for.
    PassesNothingOn,
}

/// What threads wait for, a bell, and its semaphore.
struct World {
    bug: Bug,
    state: AtomicU64,
    word: AtomicU64,
    tokens: Mutex<u32>,
    posted: Condvar,
}

impl World {
    fn new(bug: Bug) -> Rc<World> {
        Rc::new(World {
            bug,
            state: AtomicU64::new(0),
            word: AtomicU64::new(0),
            tokens: Mutex::new(0),
            posted: Condvar::new(),
        })
    }

    fn take(&self) -> Heard {
        let mut tokens = self.tokens.lock().unwrap();
        while *tokens == 0 {
            tokens = self.posted.wait(tokens).unwrap();
        }
        *tokens -= 1;
        Heard::Token
    }

    /// Sleeps until the state is what it is to be.
    fn wait_for(&self, wanted: u64) {
        loop {
            let seen = self.state.load(Ordering::SeqCst);
            if seen == wanted {
                return;
            }
            let looked = self.state.load(Ordering::SeqCst) == seen;
            let is_same = || match self.bug {
                Bug::LooksFirst => looked,
                _ => self.state.load(Ordering::SeqCst) == seen,
            };
            sleep(self, is_same, |_| self.take());
        }
    }

    /// Sleeps for a moment, and goes; what it has heard is for another one.
    fn come_and_go(&self) {
        let is_same = || self.state.load(Ordering::SeqCst) == 0;
        let slept = sleep(self, is_same, |semaphore| match self.try_take(semaphore) {
            true => Heard::Token,
            false => Heard::Nothing,
        });
        if slept == Some(Slept::Woken) && self.bug != Bug::PassesNothingOn {
            ring(self, Sleepers::Some(1));
        }
    }

    fn change(&self, to: u64, sleepers: Sleepers) {
        self.state.store(to, Ordering::SeqCst);
        ring(self, sleepers);
    }
}

impl Bell for World {
    type Semaphore = ();

    /// Loom takes `SeqCst` for `AcqRel`, but for a fence.
    fn order(&self) {
        if self.bug != Bug::Unordered {
            fence(Ordering::SeqCst);
        }
    }

    fn load(&self) -> u64 {
        self.word.load(Ordering::SeqCst)
    }

    fn replace(&self, from: u64, to: u64) -> bool {
        let order = Ordering::SeqCst;
        let replaced = self.word.compare_exchange(from, to, order, order);
        replaced.is_ok()
    }

    fn draw(&self) -> u64 {
        1
    }

    fn open_or_make(&self, _: u64) -> Option<()> {
        Some(())
    }

    fn open(&self, _: u64) -> Opened<()> {
        Opened::Here(())
    }

    fn post(&self, (): &(), count: u32) {
        let count = match self.bug {
            Bug::PostsOneLess => count - 1,
            _ => count,
        };
        *self.tokens.lock().unwrap() += count;
        self.posted.notify_all();
    }

    fn try_take(&self, (): &()) -> bool {
        let mut tokens = self.tokens.lock().unwrap();
        let is_there = *tokens != 0;
        *tokens -= u32::from(is_there);
        is_there
    }
}

/// Runs `main` beside other threads.
fn run(bug: Bug, others: &'static [fn(&World)], main: fn(&World)) {
    check_with(3, move || {
        let world = World::new(bug);
        let threads: Vec<_> = others
            .iter()
            .map(|other| {
                let world = world.clone();
                thread::spawn(move || other(&world))
            })
            .collect();
        main(&world);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

fn one_waits(bug: Bug) {
    run(bug, &[|world| world.wait_for(1)], |world| {
        world.change(1, Sleepers::Some(1));
    });
}

fn two_wait(bug: Bug) {
    const WAIT: fn(&World) = |world| world.wait_for(1);
    run(bug, &[WAIT; 2], |world| world.change(1, Sleepers::All));
}

fn one_waits_and_one_goes(bug: Bug) {
    run(
        bug,
        &[|world| world.wait_for(1), World::come_and_go],
        |world| world.change(1, Sleepers::Some(1)),
    );
}

#[test]
fn who_sleeps_is_woken() {
    one_waits(Bug::None);
    finds(Bug::LooksFirst, || one_waits(Bug::LooksFirst));
    finds(Bug::Unordered, || one_waits(Bug::Unordered));
}

#[test]
fn all_who_sleep_are_woken() {
    two_wait(Bug::None);
    finds(Bug::PostsOneLess, || two_wait(Bug::PostsOneLess));
}

#[test]
fn who_goes_takes_no_wake_up_along() {
    one_waits_and_one_goes(Bug::None);
    finds(Bug::PassesNothingOn, || {
        one_waits_and_one_goes(Bug::PassesNothingOn);
    });
}
