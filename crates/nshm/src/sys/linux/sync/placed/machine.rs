//! What a thread can do with locks inside a section: futexes, and the lives of threads.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::call::{self, FutexAddress, FutexWait};
use super::super::seat::{SLICE, sleep_by, sleep_on_all, spin_while};
use super::super::thread::Thread;
use super::life::{self, Watched};
use crate::error::Result;
use crate::protocol::lives::{Life, Machine, Owner};
use crate::protocol::{Sleepers, Slept, Trouble, Until};

/// A thread that has a life.
pub(super) struct Living {
    thread: Thread,
    me: Owner,
}

impl Living {
    /// This thread, whose life begins now if it has none.
    pub(super) fn now() -> Result<Living> {
        let me = life::begin()?;
        Ok(Living {
            thread: Thread::current(),
            me,
        })
    }

    /// This thread, with a life or without: for what needs none.
    pub(super) fn or_not() -> Living {
        Living {
            thread: Thread::current(),
            me: life::mine(),
        }
    }
}

fn futex(word: &AtomicU64) -> FutexAddress {
    life::futex(NonNull::from(word))
}

impl Machine for Living {
    type Word = AtomicU64;
    type Life = Watched;

    fn load(&self, word: &AtomicU64) -> u64 {
        word.load(Ordering::SeqCst)
    }

    fn replace(&self, word: &AtomicU64, from: u64, to: u64) -> bool {
        word.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// All of the above are in one order for everybody, so there is nothing to do.
    fn order(&self) {}

    fn me(&self) -> Owner {
        self.me
    }

    fn life(&self, owner: Owner) -> Result<Life<Watched>, Trouble> {
        life::look(owner)
    }

    fn sleep(
        &self,
        queue: &AtomicU64,
        word: &AtomicU64,
        value: u64,
        life: Option<&Watched>,
        until: Until,
    ) -> Slept {
        self.thread.hand_kept_will_over();
        if queue.load(Ordering::Relaxed) != 0 {
            // No honest process writes there, and nobody could sleep.
            queue.store(0, Ordering::Relaxed);
        }
        let first = FutexWait::new(futex(queue), 0);
        let mut waits = [first; 3];
        waits[1] = FutexWait::new(futex(word), value as u32);
        let waits = match life {
            Some(life) => {
                waits[2] = FutexWait::new(life.futex, life.value);
                &waits[..]
            }
            None => &waits[..2],
        };
        let slept = sleep_on_all(waits, until).unwrap_or_else(|| {
            let is_same = || word.load(Ordering::SeqCst) as u32 == value as u32;
            let sleep = |end| match is_same() {
                true => call::futex_wait(futex(queue), 0, end),
                false => Ok(()),
            };
            sleep_by(sleep, until, Some(SLICE))
        });
        match (slept, until) {
            // Where somebody writes all the time, the time passes as well.
            (Slept::Disturbed, Until::At(time)) if call::now() >= time => Slept::TimedOut,
            _ => slept,
        }
    }

    fn wake(&self, queue: &AtomicU64, sleepers: Sleepers) -> u32 {
        let count = match sleepers {
            Sleepers::None => 0,
            Sleepers::Some(count) => count,
            Sleepers::All => u32::MAX,
        };
        call::futex_wake(futex(queue), count)
    }

    fn spin(&self, word: &AtomicU64, value: u64) -> bool {
        spin_while(|| word.load(Ordering::Relaxed) == value)
    }

    fn write_will(&self, queue: &AtomicU64) -> usize {
        self.thread.write_will(futex(queue))
    }

    fn restore_will(&self, former: usize) {
        self.thread.restore_will(former);
    }

    fn keep_will(&self, queue: &AtomicU64, former: usize) -> bool {
        self.thread.keep_will_for(futex(queue), former)
    }

    fn drop_kept_will(&self, queue: &AtomicU64, former: usize) -> usize {
        self.thread.drop_kept_will(futex(queue), former)
    }
}
