//! What a thread can do with locks inside a section: futexes, and the lives of threads.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::call::{self, FutexAddress, FutexWait};
use super::super::seat::{SLICE, or_late, sleep_by, sleep_on_all};
use super::super::spin::spin_while;
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

/// For kernels that cannot sleep on several words: sleeps in the queue for so short that it is no matter
/// what the others do meanwhile.
fn sleep_for_a_slice(queue: &AtomicU64, word: &AtomicU64, value: u64, until: Until) -> Slept {
    if word.load(Ordering::SeqCst) as u32 != value as u32 {
        return Slept::Disturbed;
    }
    let sleep = |end| call::futex_wait(futex(queue), 0, end);
    sleep_by(sleep, until, Some(SLICE))
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
        let slept = sleep_on_all(waits, until)
            .map(|(slept, _)| slept)
            .unwrap_or_else(|| sleep_for_a_slice(queue, word, value, until));
        if slept == Slept::Woken
            && let Some(life) = life
        {
            life.tell_of_an_end();
        }
        or_late(slept, until)
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
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn who_cannot_sleep_on_several_words_does_not_sleep_for_long() {
        let (queue, word) = (AtomicU64::new(0), AtomicU64::new(7));
        let late = Until::At(call::now() + LONG);
        assert_eq!(sleep_for_a_slice(&queue, &word, 8, late), Slept::Disturbed);
        assert_eq!(sleep_for_a_slice(&queue, &word, 7, late), Slept::Late);
        let now = Until::At(call::now());
        assert_eq!(sleep_for_a_slice(&queue, &word, 7, now), Slept::TimedOut);
    }

    /// The end of a life wakes who watches it, through memory that can only be read.
    #[test]
    fn the_kernel_says_that_a_life_has_ended() {
        for _ in 0..20 {
            let (queue, word) = (AtomicU64::new(0), AtomicU64::new(0));
            let (tell, told) = std::sync::mpsc::channel();
            let (end, ending) = std::sync::mpsc::channel::<()>();
            let other = thread::spawn(move || {
                tell.send(Living::now().unwrap().me()).unwrap();
                let _ = ending.recv();
            });
            let owner = told.recv().unwrap();
            let living = Living::now().unwrap();
            assert_ne!(owner, living.me());
            let Ok(Life::Alive(life)) = living.life(owner) else {
                panic!("it is alive");
            };
            drop(end);
            let begin = call::now();
            let until = Until::At(begin + LONG);
            let mut slept = Slept::Disturbed;
            while matches!(slept, Slept::Disturbed | Slept::Late)
                && matches!(living.life(owner), Ok(Life::Alive(_)))
            {
                slept = living.sleep(&queue, &word, 0, Some(&life), until);
            }
            assert_ne!(slept, Slept::TimedOut);
            other.join().unwrap();
            while matches!(living.life(owner), Ok(Life::Alive(_))) {
                thread::yield_now();
            }
            assert!(matches!(living.life(owner), Ok(Life::Ended)), "for ever");
        }
    }

    #[test]
    fn a_place_for_a_life_is_used_again_under_another_name() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..50 {
            let owner = thread::spawn(|| Living::now().unwrap().me().bits());
            assert!(
                seen.insert(owner.join().unwrap()),
                "two threads share a life"
            );
        }
        let segments: std::collections::HashSet<u64> = seen.iter().map(|it| it >> 32).collect();
        assert!(segments.len() <= 4, "{} segments", segments.len());
    }
}
