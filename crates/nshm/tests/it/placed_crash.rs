//! Primitives inside a section while everybody uses them, and while processes are killed.

use std::mem;
use std::thread;
use std::time::Duration;

use nshm::placed::{Condvar, Mutex, RwLock, Semaphore, Waited};
use nshm::{Section, ViewMut};

use crate::support::{Main, Peer, Role, Test, count_from, random};

/// Nothing here lasts as long, unless a wake-up or a death was lost.
const LONG: Duration = Duration::from_secs(60);

// Where all is, in one section.
const MUTEX: usize = 0;
const CONDITION: usize = 32;
const SEMAPHORE: usize = 64;
const LOCK: usize = 128;
const READERS: u32 = 4;
/// Whose turn it is: the process id of an owner between its lock and its unlock.
const INSIDE: usize = 256;
/// How often a death was told.
const TOLD: usize = 264;
/// How many operations there were, twice.
const COUNTS: [usize; 2] = [272, 280];

fn open(role: &Role) -> ViewMut {
    Section::open(role.argument(0)).unwrap().map().unwrap()
}

/// Starts processes in a role, and waits until they have begun.
fn start(main: &Main, role: &str, arguments: &[&str]) -> Peer {
    let peer = main.peer(role, arguments);
    peer.expect("begun");
    peer
}

fn end_all(peers: Vec<Peer>) {
    for peer in peers {
        peer.expect("done");
        peer.finish();
    }
}

fn turns(default: usize) -> usize {
    count_from("NSHM_TEST_SYNC_OPERATIONS", default) / 8
}

fn add_one(view: &ViewMut, offset: usize) {
    let count: u64 = view.load(offset).unwrap();
    view.store(offset, &(count + 1)).unwrap();
}

/// One turn with the mutex. A mark that is left there belongs to somebody who died inside, and then
/// that must be told here.
fn enter(mutex: &Mutex<'_>, view: &ViewMut) {
    let guard = mutex.lock_timeout(LONG).unwrap().expect("the mutex hangs");
    let left: u64 = view.load(INSIDE).unwrap();
    if guard.is_abandoned() {
        add_one(view, TOLD);
    } else {
        assert_eq!(left, 0, "two own it at once, or a death was not told");
    }
    view.store(INSIDE, &u64::from(std::process::id())).unwrap();
    add_one(view, COUNTS[0]);
    view.store(INSIDE, &0u64).unwrap();
    drop(guard);
}

#[test]
fn eight_processes_share_a_mutex_and_a_semaphore() {
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let semaphore = Semaphore::at(&view, SEMAPHORE, 0, 1000).unwrap();
        let turns = turns(16_000);
        let arguments = [&*name, &turns.to_string()];
        let peers = Vec::from_iter((0..8).map(|_| start(main, "sharer", &arguments)));
        semaphore.release(8).unwrap();
        end_all(peers);
        assert_eq!(semaphore.count().unwrap(), 8);
        let count: u64 = view.load(COUNTS[0]).unwrap();
        assert_eq!(count, 8 * turns as u64);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        assert!(!mutex.lock().unwrap().is_abandoned());
    })
    .role("sharer", |role: &mut Role| {
        let view = open(role);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        let semaphore = Semaphore::at(&view, SEMAPHORE, 0, 1000).unwrap();
        role.say("begun");
        for _ in 0..role.number(1) {
            assert!(semaphore.acquire_timeout(LONG).unwrap(), "it hangs");
            enter(&mutex, &view);
            semaphore.release(1).unwrap();
        }
        role.say("done");
        role.stay();
    })
    .run();
}

#[test]
fn owners_are_killed_at_random_moments() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_OWNER_KILLS", 100);
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        let mut peers = [0; 3].map(|_| start(main, "owner", &[&name]));
        for _ in 0..kills {
            thread::sleep(Duration::from_micros(random() % 2_000));
            let victim = &mut peers[random() as usize % 3];
            mem::replace(victim, start(main, "owner", &[&name])).kill();
            enter(&mutex, &view);
        }
        drop(peers);
        enter(&mutex, &view);
        let told: u64 = view.load(TOLD).unwrap();
        // The last three were killed as well.
        assert!(told <= kills as u64 + 3, "{told} deaths were told");
        assert!(!mutex.lock().unwrap().is_abandoned());
    })
    .role("owner", |role: &mut Role| {
        role.end_with_parent();
        let view = open(role);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        role.say("begun");
        loop {
            enter(&mutex, &view);
        }
    })
    .run();
}

#[test]
fn an_owner_that_is_killed_is_told_of_once() {
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        for _ in 0..10 {
            let owner = start(main, "owner", &[&name]);
            assert!(mutex.try_lock().unwrap().is_none());
            let waiters = Vec::from_iter((0..3).map(|_| start(main, "waiter", &[&name])));
            owner.kill();
            let told = waiters.iter().filter(|peer| peer.hear() == "told").count();
            assert_eq!(told, 1);
            end_all(waiters);
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    })
    .role("owner", |role: &mut Role| {
        let view = open(role);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        let _guard = mutex.lock().unwrap();
        role.say("begun");
        role.stay();
    })
    .role("waiter", |role: &mut Role| {
        let view = open(role);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        role.say("begun");
        let guard = mutex.lock_timeout(LONG).unwrap().expect("it hangs");
        role.say(if guard.is_abandoned() {
            "told"
        } else {
            "not told"
        });
        drop(guard);
        role.say("done");
        role.stay();
    })
    .run();
}

/// Reads: what two writers have written is the same, unless one has died.
fn look(lock: &RwLock<'_>, view: &ViewMut) {
    let guard = lock.read_timeout(LONG).unwrap().expect("reading hangs");
    let counts = COUNTS.map(|offset| view.load::<u64>(offset).unwrap());
    assert!(counts[0] == counts[1] || guard.is_abandoned());
}

/// Writes, and mends what a dead writer has left.
fn change(lock: &RwLock<'_>, view: &ViewMut) {
    let guard = lock.write_timeout(LONG).unwrap().expect("writing hangs");
    let counts = COUNTS.map(|offset| view.load::<u64>(offset).unwrap());
    assert!(counts[0] == counts[1] || guard.is_abandoned());
    for offset in COUNTS {
        view.store(offset, &(counts[0] + 1)).unwrap();
    }
}

#[test]
fn readers_and_writers_are_killed_at_random_moments() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_OWNER_KILLS", 100);
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let lock = RwLock::at(&view, LOCK, READERS).unwrap();
        let roles = ["reader", "reader", "writer"];
        let mut peers = roles.map(|role| start(main, role, &[&name]));
        for _ in 0..kills {
            thread::sleep(Duration::from_micros(random() % 2_000));
            let victim = random() as usize % 3;
            let next = start(main, roles[victim], &[&name]);
            mem::replace(&mut peers[victim], next).kill();
            change(&lock, &view);
            look(&lock, &view);
        }
        drop(peers);
        change(&lock, &view);
        assert!(!lock.write().unwrap().is_abandoned());
        assert!(!lock.read().unwrap().is_abandoned());
    })
    .role("reader", |role: &mut Role| {
        role.end_with_parent();
        let view = open(role);
        let lock = RwLock::at(&view, LOCK, READERS).unwrap();
        role.say("begun");
        loop {
            look(&lock, &view);
        }
    })
    .role("writer", |role: &mut Role| {
        role.end_with_parent();
        let view = open(role);
        let lock = RwLock::at(&view, LOCK, READERS).unwrap();
        role.say("begun");
        loop {
            change(&lock, &view);
        }
    })
    .run();
}

/// Waits for something to take, and takes it.
fn take(mutex: &Mutex<'_>, condition: &Condvar<'_>, view: &ViewMut) {
    let mut guard = mutex.lock_timeout(LONG).unwrap().expect("the mutex hangs");
    loop {
        let count: u64 = view.load(COUNTS[0]).unwrap();
        if count != 0 {
            view.store(COUNTS[0], &(count - 1)).unwrap();
            return;
        }
        let waited;
        (guard, waited) = condition.wait_timeout(guard, LONG).unwrap();
        assert_eq!(waited, Waited::Woken, "a notification was lost");
    }
}

#[test]
fn waiters_for_a_condition_are_killed_at_random_moments() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_OWNER_KILLS", 100);
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        let condition = Condvar::at(&view, CONDITION).unwrap();
        let mut peers = [0; 3].map(|_| start(main, "taker", &[&name]));
        for _ in 0..kills {
            let victim = random() as usize % 3;
            for _ in 0..random() % 20 {
                let guard = mutex.lock_timeout(LONG).unwrap().expect("the mutex hangs");
                add_one(&view, COUNTS[0]);
                drop(guard);
                condition.notify_one().unwrap();
            }
            mem::replace(&mut peers[victim], start(main, "taker", &[&name])).kill();
        }
        // Whatever was lost with the dead: who lives takes what there is, as it has been told.
        let begin = std::time::Instant::now();
        loop {
            let guard = mutex.lock_timeout(LONG).unwrap().expect("the mutex hangs");
            let left: u64 = view.load(COUNTS[0]).unwrap();
            drop(guard);
            if left == 0 {
                break;
            }
            assert!(begin.elapsed() < LONG, "{left} are there, and nobody wakes");
            thread::sleep(Duration::from_millis(1));
        }
        // They all sleep, or will; and all hear it.
        let guard = mutex.lock().unwrap();
        view.store(COUNTS[0], &u64::MAX).unwrap();
        drop(guard);
        condition.notify_all().unwrap();
        drop(peers);
    })
    .role("taker", |role: &mut Role| {
        role.end_with_parent();
        let view = open(role);
        let mutex = Mutex::at(&view, MUTEX).unwrap();
        let condition = Condvar::at(&view, CONDITION).unwrap();
        role.say("begun");
        loop {
            take(&mutex, &condition, &view);
        }
    })
    .run();
}
