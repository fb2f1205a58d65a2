//! Primitives inside a section: how they come to be, and what they do.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nshm::placed::{ALIGN, Condvar, Event, Mutex, RwLock, Semaphore, Waited};
use nshm::{ErrorKind, EventState, Reset, Section, ViewMut};

use crate::support::{PATIENCE, Role, Test, isolated, kind_of};

const SHORT: Duration = Duration::from_millis(1);

fn view() -> ViewMut {
    Section::anonymous(4096).unwrap().map().unwrap()
}

#[test]
fn zeros_become_what_the_first_one_says() {
    isolated(|_| {
        let view = view();
        let first = Semaphore::at(&view, 0, 2, 3).unwrap();
        let second = Semaphore::at(&view, 0, 1, 9).unwrap();
        assert_eq!((second.count().unwrap(), second.max()), (2, 3));
        first.acquire().unwrap();
        assert_eq!(second.count().unwrap(), 1);
        assert_eq!(kind_of(second.release(3)), ErrorKind::TooManyPosts);

        let event = |reset, state| Event::at(&view, 64, reset, state).unwrap();
        event(Reset::Manual, EventState::Set).wait().unwrap();
        let same = event(Reset::Automatic, EventState::Unset);
        assert_eq!(same.resets(), Reset::Manual);
        assert_eq!(same.state().unwrap(), EventState::Set);
        same.reset().unwrap();
        assert_eq!(same.state().unwrap(), EventState::Unset);
        assert!(!same.wait_timeout(SHORT).unwrap());

        RwLock::at(&view, 256, 4).unwrap();
        assert_eq!(
            kind_of(RwLock::at(&view, 256, 8)),
            ErrorKind::InvalidArgument
        );
    });
}

#[test]
fn what_is_there_is_told() {
    isolated(|_| {
        let view = view();
        let _mutex = Mutex::at(&view, 0).unwrap();
        let error = Condvar::at(&view, 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongKind);
        assert!(error.to_string().contains("there is a mutex"), "{error}");
        assert_eq!(kind_of(RwLock::at(&view, 0, 4)), ErrorKind::WrongKind);
        let event = Event::at(&view, 0, Reset::Manual, EventState::Set);
        assert_eq!(kind_of(event), ErrorKind::WrongKind);

        view.store(64, &u64::MAX).unwrap();
        assert_eq!(kind_of(Mutex::at(&view, 64)), ErrorKind::Corrupt);
        // A lock of another system.
        let first: u64 = view.load(0).unwrap();
        view.store(64, &(first ^ 0xff << 40)).unwrap();
        assert_eq!(kind_of(Mutex::at(&view, 64)), ErrorKind::Unsupported);

        assert_eq!(kind_of(Mutex::at(&view, 128 + 4)), ErrorKind::Misaligned);
        let last = view.len() - Mutex::SIZE;
        assert!(Mutex::at(&view, last).is_ok());
        assert_eq!(
            kind_of(Mutex::at(&view, last + ALIGN)),
            ErrorKind::OutOfBounds
        );
        let far = RwLock::at(&view, 1024, RwLock::MAX_READERS);
        assert_eq!(kind_of(far), ErrorKind::OutOfBounds);
        for (count, max) in [(0, 0), (2, 1), (0, 1 << 31)] {
            let semaphore = Semaphore::at(&view, 256, count, max);
            assert_eq!(kind_of(semaphore), ErrorKind::InvalidArgument);
        }
        for readers in [0, RwLock::MAX_READERS + 1] {
            let lock = RwLock::at(&view, 256, readers);
            assert_eq!(kind_of(lock), ErrorKind::InvalidArgument);
        }
        // What failed has left nothing.
        let bytes = view.read_vec(128, last - 128).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
    });
}

#[test]
fn a_semaphore_lives_as_long_as_the_memory() {
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let taker = main.peer("taker", &[&name]);
        taker.expect("taken");
        taker.finish();
        let view = section.map().unwrap();
        let semaphore = Semaphore::at(&view, 0, 5, 5).unwrap();
        assert_eq!(
            semaphore.count().unwrap(),
            3,
            "as the one that is gone left it"
        );
    })
    .role("taker", |role: &mut Role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        let semaphore = Semaphore::at(&view, 0, 5, 5).unwrap();
        semaphore.acquire().unwrap();
        assert!(semaphore.try_acquire().unwrap());
        role.say("taken");
        role.stay();
    })
    .run();
}

#[test]
fn a_mutex_has_one_owner() {
    isolated(|_| {
        let view = view();
        let mutex = Mutex::at(&view, 0).unwrap();
        let same = Mutex::at(&view, 0).unwrap();
        let guard = mutex.lock().unwrap();
        assert!(!guard.is_abandoned());
        assert_eq!(kind_of(same.lock()), ErrorKind::WouldDeadlock);
        assert_eq!(kind_of(same.try_lock()), ErrorKind::WouldDeadlock);
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(same.try_lock().unwrap().is_none());
                assert!(same.lock_timeout(SHORT).unwrap().is_none());
            });
        });
        guard.unlock().unwrap();
        thread::scope(|scope| {
            let other = scope.spawn(|| same.try_lock().unwrap().is_some());
            assert!(other.join().unwrap());
        });
    });
}

#[test]
fn a_thread_that_ends_abandons_its_mutex_once() {
    isolated(|_| {
        let view = view();
        let mutex = Mutex::at(&view, 0).unwrap();
        for _ in 0..20 {
            thread::scope(|scope| {
                scope.spawn(|| std::mem::forget(mutex.lock().unwrap()));
            });
            // The kernel marks the end of a thread after it has been joined.
            let guard = mutex.lock_timeout(PATIENCE).unwrap().unwrap();
            assert!(guard.is_abandoned());
            drop(guard);
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    });
}

#[test]
fn a_thread_owns_as_many_as_it_likes() {
    isolated(|_| {
        let section = Section::anonymous(4096 * Mutex::SIZE).unwrap();
        let view = section.map().unwrap();
        let at = |index| Mutex::at(&view, index * Mutex::SIZE).unwrap();
        let mutexes = Vec::from_iter((0..4096).map(at));
        thread::scope(|scope| {
            scope.spawn(|| {
                for mutex in &mutexes {
                    std::mem::forget(mutex.lock().unwrap());
                }
            });
        });
        for mutex in &mutexes {
            assert!(
                mutex
                    .lock_timeout(PATIENCE)
                    .unwrap()
                    .unwrap()
                    .is_abandoned()
            );
        }
    });
}

#[test]
fn many_read_or_one_writes() {
    isolated(|_| {
        let view = view();
        let lock = RwLock::at(&view, 0, 2).unwrap();
        let first = lock.read().unwrap();
        let lock = &lock;
        thread::scope(|scope| {
            let (go, told) = channel::<()>();
            let second = scope.spawn(move || {
                let _guard = lock.read().unwrap();
                told.recv().unwrap();
            });
            let (_, cannot_write) = lock_of_other_thread(lock);
            assert!(cannot_write, "one writes while some read");
            go.send(()).unwrap();
            second.join().unwrap();
        });
        assert_eq!(kind_of(lock.write()), ErrorKind::WouldDeadlock);
        // More readers than places: one takes the lock alone, when the others are gone.
        let again = lock.read().unwrap();
        assert_eq!(kind_of(lock.read()), ErrorKind::WouldDeadlock);
        drop((first, again));

        let writer = lock.write().unwrap();
        assert!(!writer.is_abandoned());
        assert_eq!(kind_of(lock.read()), ErrorKind::WouldDeadlock);
        assert_eq!(kind_of(lock.write()), ErrorKind::WouldDeadlock);
        assert_eq!(lock_of_other_thread(lock), (true, true));
        writer.unlock().unwrap();
        assert_eq!(lock_of_other_thread(lock), (false, false));
        // The word of the writers, and the places of the readers.
        assert_eq!(view.load::<u64>(16).unwrap(), 0);
        let places = [64, 72].map(|place| view.load::<u64>(place).unwrap());
        assert_eq!(places, [0; 2]);
    });
}

/// Whether another thread is kept from reading, and from writing.
fn lock_of_other_thread(lock: &RwLock<'_>) -> (bool, bool) {
    thread::scope(|scope| {
        let tries = scope.spawn(|| {
            let reads = lock.try_read().unwrap().is_none();
            let writes = lock.write_timeout(SHORT).unwrap().is_none();
            (reads, writes)
        });
        tries.join().unwrap()
    })
}

#[test]
fn a_dead_writer_is_told_until_a_writer_has_mended_it() {
    isolated(|_| {
        let view = view();
        let lock = RwLock::at(&view, 0, 4).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| std::mem::forget(lock.write().unwrap()));
        });
        for _ in 0..2 {
            let guard = lock.read_timeout(PATIENCE).unwrap().unwrap();
            assert!(guard.is_abandoned());
        }
        // A writer that gives up has mended nothing.
        let guard = lock.read().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| assert!(lock.write_timeout(SHORT).unwrap().is_none()));
        });
        drop(guard);
        assert!(lock.read().unwrap().is_abandoned());
        assert!(lock.write().unwrap().is_abandoned());
        assert!(!lock.write().unwrap().is_abandoned());
        assert!(!lock.read().unwrap().is_abandoned());

        // Readers that die hold nobody up, and are not told of.
        thread::scope(|scope| {
            scope.spawn(|| std::mem::forget(lock.read().unwrap()));
        });
        let guard = lock.write_timeout(PATIENCE).unwrap().unwrap();
        assert!(!guard.is_abandoned());
    });
}

#[test]
fn a_condition_is_waited_for() {
    isolated(|_| {
        let view = view();
        let mutex = Mutex::at(&view, 0).unwrap();
        let condition = Condvar::at(&view, 64).unwrap();
        const TURN: usize = 128;
        let guard = mutex.lock().unwrap();
        let (guard, waited) = condition.wait_timeout(guard, SHORT).unwrap();
        assert_eq!(waited, Waited::TimedOut);
        assert_eq!(
            kind_of(mutex.lock()),
            ErrorKind::WouldDeadlock,
            "it is locked again"
        );
        drop(guard);
        // Nobody is there to hear it.
        condition.notify_one().unwrap();
        condition.notify_all().unwrap();

        // Two take turns, and a third one is told when all is over.
        let turns = 2_000;
        let wait_until = |is_it: &dyn Fn(u32) -> bool| {
            let mut guard = mutex.lock().unwrap();
            while !is_it(view.load(TURN).unwrap()) {
                let waited;
                (guard, waited) = condition.wait_timeout(guard, PATIENCE).unwrap();
                assert_eq!(waited, Waited::Woken, "a notification was lost");
            }
            guard
        };
        thread::scope(|scope| {
            for side in [0, 1] {
                let wait_until = &wait_until;
                let (view, condition) = (&view, &condition);
                scope.spawn(move || {
                    for turn in (side..turns).step_by(2) {
                        let guard = wait_until(&|now| now == turn);
                        view.store(TURN, &(turn + 1)).unwrap();
                        drop(guard);
                        condition.notify_all().unwrap();
                    }
                });
            }
            drop(wait_until(&|now| now == turns));
        });
    });
}
