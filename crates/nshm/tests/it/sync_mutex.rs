//! Mutexes: one owner at a time, and what happens when it ends.

use std::mem;
use std::thread;
use std::time::Duration;

use nshm::{Disposition, ErrorKind, Mutex};

use crate::support::{Role, Test, isolated, kind_of, word};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(5);

/// Does what it is told with a mutex, and says how it went.
fn owner(role: &mut Role) {
    let mutex = Mutex::open(role.argument(0)).unwrap();
    role.say("open");
    while let Some(order) = role.hear() {
        match order.as_str() {
            "lock" => match mutex.acquire(Some(LONG)).unwrap() {
                Some(acquired) if acquired.is_abandoned() => role.say("abandoned"),
                Some(_) => role.say("locked"),
                None => role.say("timed out"),
            },
            "try" => role.say(match mutex.acquire(Some(Duration::ZERO)).unwrap() {
                Some(_) => "locked",
                None => "busy",
            }),
            _ => role.say(&word(&mutex.release())),
        }
    }
}

#[test]
fn one_process_at_a_time_owns_it() {
    Test::new(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        let mut peer = main.peer("owner", &[&name]);
        peer.expect("open");
        let guard = mutex.lock().unwrap();
        assert!(!guard.is_abandoned());
        peer.tell("try");
        peer.expect("busy");
        peer.tell("release");
        peer.expect("NotOwner");
        peer.tell("lock");
        drop(guard);
        peer.expect("locked");
        assert!(mutex.try_lock().unwrap().is_none());
        assert!(mutex.lock_timeout(SHORT).unwrap().is_none());
        peer.tell("release");
        peer.expect("ok");
        mutex.lock().unwrap().unlock().unwrap();
        peer.finish();
    })
    .role("owner", owner)
    .run();
}

#[test]
fn a_thread_locks_again_and_unlocks_as_often() {
    isolated(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        // Another handle is the same mutex.
        let same = Mutex::open(name.as_str()).unwrap();
        let others = || {
            thread::scope(|scope| {
                let tried = scope.spawn(|| mutex.try_lock().unwrap().is_some());
                tried.join().unwrap()
            })
        };
        assert_eq!(kind_of(mutex.release()), ErrorKind::NotOwner);
        let first = mutex.lock().unwrap();
        let second = same.lock().unwrap();
        let third = mutex.try_lock().unwrap().unwrap();
        drop(first);
        assert!(!others());
        drop(third);
        assert!(!others());
        drop(second);
        assert!(others());
        assert_eq!(kind_of(same.release()), ErrorKind::NotOwner);
        assert!(mutex.owner().unwrap().is_none());
    });
}

#[test]
fn another_thread_cannot_unlock() {
    isolated(|_| {
        let mutex = Mutex::options().anonymous().unwrap();
        let _guard = mutex.lock().unwrap();
        thread::scope(|scope| {
            let tried = scope.spawn(|| kind_of(mutex.release()));
            assert_eq!(tried.join().unwrap(), ErrorKind::NotOwner);
        });
    });
}

/// The next owner is told of the end of the last one, and only the next.
#[track_caller]
fn is_abandoned_once(mutex: &Mutex) {
    let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
    assert!(guard.is_abandoned());
    drop(guard);
    assert!(!mutex.lock().unwrap().is_abandoned());
}

#[test]
fn a_killed_owner_is_reported_once() {
    Test::new(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        for _ in 0..10 {
            let mut peer = main.peer("owner", &[&name]);
            peer.expect("open");
            peer.tell("lock");
            peer.expect("locked");
            peer.kill();
            is_abandoned_once(&mutex);
        }
    })
    .role("owner", owner)
    .run();
}

#[test]
fn who_waits_hears_of_the_death_of_the_owner() {
    Test::new(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        let mut victim = main.peer("owner", &[&name]);
        victim.expect("open");
        victim.tell("lock");
        victim.expect("locked");
        let mut waiters: Vec<_> = (0..3).map(|_| main.peer("owner", &[&name])).collect();
        for waiter in &mut waiters {
            waiter.expect("open");
            waiter.tell("lock");
        }
        victim.kill();
        // They come in any order; the first one is told.
        let mut told = 0;
        for waiter in &mut waiters {
            waiter.tell("release");
        }
        for waiter in &waiters {
            told += usize::from(waiter.hear() == "abandoned");
            waiter.expect("ok");
        }
        assert_eq!(told, 1);
        for waiter in waiters {
            waiter.finish();
        }
        assert!(!mutex.lock().unwrap().is_abandoned());
    })
    .role("owner", owner)
    .run();
}

#[test]
fn a_thread_that_ends_as_owner_is_reported_once() {
    isolated(|main| {
        let name = main.name("x");
        let mutex = Mutex::create(name.as_str()).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| mem::forget(mutex.lock().unwrap()));
        });
        is_abandoned_once(&mutex);
        // Also where the thread has closed it, which others have not.
        let other = Mutex::open(name.as_str()).unwrap();
        thread::scope(|scope| {
            let owner = scope.spawn(move || {
                mem::forget(other.lock().unwrap());
                drop(other);
            });
            // A scope alone does not wait for the very end of its threads.
            owner.join().unwrap();
        });
        is_abandoned_once(&mutex);
        drop(mutex);
        assert_eq!(kind_of(Mutex::open(name.as_str())), ErrorKind::NotFound);
    });
}

#[test]
fn many_may_be_owned_and_given_up_in_any_order() {
    isolated(|_| {
        let mutexes: Vec<Mutex> = (0..20)
            .map(|_| Mutex::options().anonymous().unwrap())
            .collect();
        let lock = |index: &usize| mutexes[*index].acquire(None).unwrap();
        let release = |index: &usize| mutexes[*index].release().unwrap();
        for step in [1, 3, 7, 9, 11, 13, 17, 19] {
            let order: Vec<usize> = (0..20).map(|index| index * step % 20).collect();
            (0..20).collect::<Vec<_>>().iter().for_each(|index| {
                lock(index);
            });
            order.iter().for_each(release);
            order.iter().for_each(|index| {
                lock(index);
            });
            (0..20).collect::<Vec<_>>().iter().for_each(release);
        }
        // A thread ends with all of them.
        thread::scope(|scope| {
            scope.spawn(|| {
                for index in 0..20 {
                    lock(&index);
                }
            });
        });
        mutexes.iter().for_each(is_abandoned_once);
    });
}

#[test]
fn it_can_be_owned_from_the_beginning() {
    Test::new(|main| {
        let name = main.name("x");
        let options = Mutex::options().owned(true);
        let mutex = options.create(name.as_str()).unwrap();
        let mut peer = main.peer("owner", &[&name]);
        peer.expect("open");
        peer.tell("try");
        peer.expect("busy");
        let (same, disposition) = options.open_or_create(name.as_str()).unwrap();
        assert_eq!(disposition, Disposition::Opened);
        same.release().unwrap();
        assert_eq!(kind_of(mutex.release()), ErrorKind::NotOwner);
        peer.tell("try");
        peer.expect("locked");
        peer.finish();
        is_abandoned_once(&mutex);
        let other = main.name("y");
        let (mutex, disposition) = options.open_or_create(other.as_str()).unwrap();
        assert_eq!(disposition, Disposition::Created);
        mutex.release().unwrap();
    })
    .role("owner", owner)
    .run();
}
