//! Mutexes that are biased towards the thread that locks them again and again: the promises are the
//! same, though its entry stays in a list while the mutex is free.

use std::cell::Cell;
use std::mem::forget;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nshm::{ErrorKind, Event, EventState, Mutex, Reset, inspect, wait_all};

use super::os::{self, End};
use crate::support::{Main, Role, Test, isolated, kind_of, word};

const LONG: Duration = Duration::from_secs(60);

/// More often than it takes.
const OFTEN: usize = 100;

/// Locks and unlocks until the thread has earned a bias.
fn use_often(mutex: &Mutex) {
    for _ in 0..OFTEN {
        mutex.lock().unwrap().unlock().unwrap();
    }
}

/// How many attaches an object has: one for a handle, and one for its bias.
fn attaches(name: &str) -> u64 {
    inspect::object(name).unwrap().info.attach_count
}

/// A mutex that is biased towards this thread.
fn biased(main: &Main, leaf: &str) -> (String, Mutex) {
    let name = main.name(leaf);
    let mutex = Mutex::create(name.as_str()).unwrap();
    assert_eq!(attaches(&name), 1);
    use_often(&mutex);
    assert_eq!(attaches(&name), 2);
    (name, mutex)
}

fn is_gone(name: &str) -> bool {
    Mutex::open(name).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

#[test]
fn it_is_taken_and_given_back_by_a_change_of_its_word() {
    isolated(|main| {
        let (name, mutex) = biased(main, "x");
        let other = Mutex::open(name.as_str()).unwrap();
        // Owned by both handles, and given back by either.
        for (locked, unlocked) in [(&mutex, &other), (&other, &mutex)] {
            locked.acquire(None).unwrap();
            unlocked.acquire(None).unwrap();
            thread::scope(|scope| {
                scope.spawn(|| assert!(mutex.try_lock().unwrap().is_none()));
                scope.spawn(|| assert_eq!(kind_of(other.release()), ErrorKind::NotOwner));
            });
            unlocked.release().unwrap();
            unlocked.release().unwrap();
            for handle in [&mutex, &other] {
                assert_eq!(kind_of(handle.release()), ErrorKind::NotOwner);
            }
            // Not only the bias can lock.
            thread::scope(|scope| {
                scope.spawn(|| use_often(&mutex)).join().unwrap();
            });
        }
        drop(mutex);
        assert_eq!(attaches(&name), 1);
        drop(other);
        assert!(is_gone(&name));
    });
}

/// Locks often, is told of deaths, and dies as the owner.
#[test]
fn the_death_of_its_owner_is_told_once() {
    Test::new(|main| {
        let (name, mutex) = biased(main, "x");
        for _ in 0..20 {
            let peer = main.peer("victim", &[&name]);
            peer.expect("owns");
            assert!(mutex.try_lock().unwrap().is_none());
            peer.kill();
            let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
            assert!(guard.is_abandoned());
            drop(guard);
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    })
    .role("victim", |role: &mut Role| {
        let mutex = Mutex::open(role.argument(0)).unwrap();
        use_often(&mutex);
        forget(mutex.lock().unwrap());
        role.say("owns");
        role.stay();
    })
    .run();
}

/// While somebody sleeps, too, and where the owner waits for all.
#[test]
fn who_sleeps_is_woken_by_the_end_of_a_thread() {
    isolated(|main| {
        let (_name, mutex) = biased(main, "x");
        let event = Event::options()
            .reset(Reset::Manual)
            .state(EventState::Set)
            .anonymous()
            .unwrap();
        for waits_for_all in [false, true] {
            let (owns, owned) = mpsc::channel();
            let (comes, is_coming) = mpsc::channel();
            thread::scope(|scope| {
                let (mutex, event) = (&mutex, &event);
                let owner = scope.spawn(move || {
                    let mutex = Mutex::open(mutex.name().unwrap()).unwrap();
                    use_often(&mutex);
                    match waits_for_all {
                        true => assert!(wait_all(&[&mutex, event], None).unwrap().is_some()),
                        false => forget(mutex.lock().unwrap()),
                    }
                    owns.send(()).unwrap();
                    // The handle goes before the ownership does, with the thread.
                    is_coming.recv().unwrap();
                });
                owned.recv().unwrap();
                comes.send(()).unwrap();
                let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
                assert!(guard.is_abandoned());
                owner.join().unwrap();
            });
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    });
}

#[test]
fn to_close_it_elsewhere_is_to_give_the_name_up() {
    isolated(|main| {
        let (name, mutex) = biased(main, "free");
        let closed = thread::spawn(move || mutex.close());
        closed.join().unwrap().unwrap();
        assert!(is_gone(&name));
        let again = Mutex::create(name.as_str()).unwrap();
        use_often(&again);
        drop(again);
        assert!(is_gone(&name));

        // Somebody else has it still, who is not disturbed.
        let (name, mutex) = biased(main, "shared");
        let other = Mutex::open(name.as_str()).unwrap();
        thread::spawn(move || drop(mutex)).join().unwrap();
        assert_eq!(attaches(&name), 1);
        use_often(&other);
        assert!(!other.lock().unwrap().is_abandoned());
    });
}

/// What its owner has closed, or somebody else while it was owned, stays until it is given up.
#[test]
fn it_stays_as_long_as_it_is_owned() {
    isolated(|main| {
        for closes_itself in [true, false] {
            let (name, mutex) = biased(main, if closes_itself { "a" } else { "b" });
            let other = Mutex::open(name.as_str()).unwrap();
            mutex.acquire(None).unwrap();
            match closes_itself {
                true => drop(mutex),
                false => thread::spawn(move || drop(mutex)).join().unwrap(),
            }
            thread::scope(|scope| {
                scope.spawn(|| assert!(other.try_lock().unwrap().is_none()));
            });
            other.release().unwrap();
            assert_eq!(kind_of(other.release()), ErrorKind::NotOwner);
            assert_eq!(attaches(&name), 1);
            use_often(&other);
            drop(other);
            assert!(is_gone(&name));
        }

        // Or until the thread ends that owns it.
        let (owns, owned) = mpsc::channel();
        let (closed, is_closed) = mpsc::channel::<()>();
        let owner = thread::spawn({
            let name = main.name("c");
            move || {
                let mutex = Mutex::create(name.as_str()).unwrap();
                use_often(&mutex);
                mutex.acquire(None).unwrap();
                owns.send(mutex).unwrap();
                is_closed.recv().unwrap();
            }
        });
        let name = main.name("c");
        drop(owned.recv().unwrap());
        let other = Mutex::open(name.as_str()).unwrap();
        assert!(other.try_lock().unwrap().is_none());
        closed.send(()).unwrap();
        owner.join().unwrap();
        assert!(other.lock_timeout(LONG).unwrap().unwrap().is_abandoned());
        drop(other);
        assert!(is_gone(&name));
    });
}

/// Who closes it and who unlocks it by another handle come at the same moment.
#[test]
fn one_of_two_closes_what_both_give_up() {
    isolated(|main| {
        let name = main.name("x");
        for _ in 0..500 {
            let mutex = Mutex::create(name.as_str()).unwrap();
            let other = Mutex::open(name.as_str()).unwrap();
            use_often(&mutex);
            mutex.acquire(None).unwrap();
            let closer = thread::spawn(move || drop(mutex));
            other.release().unwrap();
            drop(other);
            closer.join().unwrap();
            assert!(is_gone(&name));
        }
    });
}

#[test]
fn the_next_thread_gets_the_bias_of_one_that_has_ended() {
    isolated(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        for _ in 0..3 {
            thread::scope(|scope| {
                let used = scope.spawn(|| {
                    use_often(&mutex);
                    attaches(&name)
                });
                assert_eq!(used.join().unwrap(), 2);
            });
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    });
}

#[test]
fn a_forked_child_has_no_bias() {
    isolated(|main| {
        let (name, mutex) = biased(main, "x");
        mutex.acquire(None).unwrap();
        let child = os::fork(|| {
            assert_eq!(kind_of(mutex.release()), ErrorKind::NotOwner);
            assert!(mutex.try_lock().unwrap().is_none());
            0
        });
        main.note_process(child.id());
        assert_eq!(child.wait(), End::Exit(0));
        mutex.release().unwrap();

        let child = os::fork(|| {
            // Its own, as often as it likes; it dies as the owner.
            use_often(&mutex);
            mutex.acquire(None).unwrap();
            0
        });
        main.note_process(child.id());
        assert_eq!(child.wait(), End::Exit(0));
        assert!(mutex.lock().unwrap().is_abandoned());
        use_often(&mutex);

        // What it closes goes there, and here it stays.
        let (closed, is_closed) = (main.name("closed"), main.name("done"));
        let [closed, is_closed] = [&closed, &is_closed].map(|name| Event::create(name.as_str()));
        let (closed, is_closed) = (closed.unwrap(), is_closed.unwrap());
        let mutex = Cell::new(Some(mutex));
        let child = os::fork(|| {
            drop(mutex.take());
            closed.set().unwrap();
            i32::from(!is_closed.wait_timeout(LONG).unwrap())
        });
        main.note_process(child.id());
        assert!(closed.wait_timeout(LONG).unwrap());
        assert_eq!(attaches(&name), 2);
        let mutex = mutex.take().unwrap();
        use_often(&mutex);
        drop(mutex);
        assert!(is_gone(&name), "the child has closed it");
        is_closed.set().unwrap();
        assert_eq!(child.wait(), End::Exit(0));
    });
}

/// More mutexes than can be biased towards one thread, and more than it can own at once.
#[test]
fn there_may_be_more_than_the_kernel_looks_after() {
    isolated(|main| {
        let mutexes: Vec<Mutex> = (0..600)
            .map(|_| Mutex::options().anonymous().unwrap())
            .collect();
        mutexes.iter().for_each(use_often);
        let child = os::fork(|| {
            for mutex in &mutexes {
                use_often(mutex);
                mutex.acquire(None).unwrap();
            }
            0
        });
        main.note_process(child.id());
        assert_eq!(child.wait(), End::Exit(0));
        for mutex in &mutexes {
            assert!(mutex.lock_timeout(LONG).unwrap().unwrap().is_abandoned());
        }
        // Closed by others: what is biased next finds room.
        thread::spawn(move || drop(mutexes)).join().unwrap();
        let (name, mutex) = biased(main, "one more");
        drop(mutex);
        assert!(is_gone(&name));
    });
}

/// Several processes and threads, of which each locks often, and all by the same handle in a process.
#[test]
fn nobody_comes_in_between() {
    const TURNS: u64 = 20_000;
    Test::new(|main| {
        let name = main.name("x");
        let _mutex = Mutex::create(name.as_str()).unwrap();
        let counter = nshm::Section::create(main.name("counter").as_str(), 8).unwrap();
        let mut peers: Vec<_> = (0..2)
            .map(|_| main.peer("counter", &[&name, &main.name("counter")]))
            .collect();
        for peer in &mut peers {
            peer.expect("ok");
        }
        let view = counter.map().unwrap();
        assert_eq!(view.load::<u64>(0).unwrap(), 4 * TURNS);
        for peer in peers {
            peer.finish();
        }
    })
    .role("counter", |role: &mut Role| {
        let mutex = Mutex::open(role.argument(0)).unwrap();
        let view = nshm::Section::open(role.argument(1)).unwrap();
        let view = view.map().unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..TURNS {
                        let guard = mutex.lock().unwrap();
                        let count = view.load::<u64>(0).unwrap();
                        view.store(0, &(count + 1)).unwrap();
                        guard.unlock().unwrap();
                    }
                });
            }
        });
        role.say(&word(&Ok(())));
        role.stay();
    })
    .run();
}
