//! Mutexes, semaphores and events while everybody uses them, and while processes are killed.

use std::mem;
use std::thread;
use std::time::Duration;

use nshm::{Event, Mutex, Section, Semaphore, Waitable, wait_all, wait_any};

use crate::support::{Peer, Role, Test, count_from, random};

/// Nothing here lasts as long, unless a wake-up or a death was lost.
const LONG: Duration = Duration::from_secs(60);

// Offsets in the section that the mutex protects.
/// Whose turn it is: the process id of an owner between its lock and its unlock.
const INSIDE: usize = 0;
/// How often a death was told.
const TOLD: usize = 8;
/// How many operations there were.
const COUNT: usize = 16;

/// One turn with the mutex. A mark that is left there belongs to somebody who died inside, and then
/// that must be told here.
fn enter(mutex: &Mutex, section: &Section) {
    let view = section.map().unwrap();
    let guard = mutex.lock_timeout(LONG).unwrap().expect("the mutex hangs");
    let left: u64 = view.load(INSIDE).unwrap();
    if guard.is_abandoned() {
        let told: u64 = view.load(TOLD).unwrap();
        view.store(TOLD, &(told + 1)).unwrap();
    } else {
        assert_eq!(left, 0, "two own it at once, or a death was not told");
    }
    view.store(INSIDE, &u64::from(std::process::id())).unwrap();
    let count: u64 = view.load(COUNT).unwrap();
    view.store(COUNT, &(count + 1)).unwrap();
    view.store(INSIDE, &0u64).unwrap();
    drop(guard);
}

fn owner(role: &mut Role) {
    role.end_with_parent();
    let mutex = Mutex::open(role.argument(0)).unwrap();
    let section = Section::open(role.argument(1)).unwrap();
    role.say("begun");
    loop {
        enter(&mutex, &section);
    }
}

#[test]
fn owners_are_killed_at_random_moments() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_OWNER_KILLS", 100);
        let names = [main.name("mutex"), main.name("section")];
        let names = names.each_ref().map(String::as_str);
        let mutex = Mutex::create(names[0]).unwrap();
        let section = Section::create(names[1], 4096).unwrap();
        let new_owner = || {
            let peer = main.peer("owner", &names);
            peer.expect("begun");
            peer
        };
        let mut peers = [new_owner(), new_owner()];
        for _ in 0..kills {
            thread::sleep(Duration::from_micros(random() % 2_000));
            let victim = &mut peers[random() as usize % 2];
            mem::replace(victim, new_owner()).kill();
            enter(&mutex, &section);
        }
        drop(peers);
        enter(&mutex, &section);
        let told: u64 = section.map_read_only().unwrap().load(TOLD).unwrap();
        // The last two were killed as well.
        assert!(
            told <= kills as u64 + 2,
            "{told} deaths were told of {kills}"
        );
        assert!(!mutex.lock().unwrap().is_abandoned());
    })
    .role("owner", owner)
    .run();
}

/// Takes from one semaphore and gives to another one, in both directions, and waits in every way.
fn carrier(role: &mut Role) {
    let [here, there] = [0, 1].map(|index| Semaphore::open(role.argument(index)).unwrap());
    let never = Event::options().anonymous().unwrap();
    role.say("ready");
    role.stay();
    for turn in 0..role.number(2) {
        let (from, to) = if turn % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        match turn % 16 {
            0 => {
                let any: [&dyn Waitable; 3] = [&never, from, &never];
                assert_eq!(wait_any(&any, Some(LONG)).unwrap().unwrap().0, 1);
            }
            1 => assert!(wait_all(&[from], Some(LONG)).unwrap().is_some()),
            2 => while !from.acquire_timeout(Duration::from_micros(50)).unwrap() {},
            _ => assert!(from.acquire_timeout(LONG).unwrap(), "a wake-up was lost"),
        }
        to.release(1).unwrap();
    }
    role.say("done");
}

fn start_all(peers: &mut [Peer]) {
    for peer in &*peers {
        peer.expect("ready");
    }
    for peer in peers {
        peer.tell("go");
    }
}

fn end_all(peers: Vec<Peer>) {
    for peer in peers {
        peer.expect("done");
        peer.finish();
    }
}

fn operations(default: usize) -> usize {
    count_from("NSHM_TEST_SYNC_OPERATIONS", default)
}

#[test]
fn eight_processes_lose_no_wake_up_and_no_count() {
    Test::new(|main| {
        let names = [main.name("here"), main.name("there")];
        let [here, there] = names
            .each_ref()
            .map(|name| Semaphore::create(name.as_str(), 2, 100).unwrap());
        let turns = (operations(16_000) / 8).to_string();
        let start = |number: usize| {
            // Half of them begin at the other end.
            let (first, second) = (number % 2, 1 - number % 2);
            main.peer("carrier", &[&names[first], &names[second], &turns])
        };
        let mut peers: Vec<Peer> = (0..8).map(start).collect();
        start_all(&mut peers);
        end_all(peers);
        assert_eq!(here.count().unwrap() + there.count().unwrap(), 4);
    })
    .role("carrier", carrier)
    .run();
}

fn counter(role: &mut Role) {
    let mutex = Mutex::open(role.argument(0)).unwrap();
    let section = Section::open(role.argument(1)).unwrap();
    role.say("ready");
    role.stay();
    for _ in 0..role.number(2) {
        enter(&mutex, &section);
    }
    role.say("done");
}

#[test]
fn eight_processes_are_never_two_inside() {
    Test::new(|main| {
        let names = [main.name("mutex"), main.name("section")];
        let _mutex = Mutex::create(names[0].as_str()).unwrap();
        let section = Section::create(names[1].as_str(), 4096).unwrap();
        let turns = operations(16_000) / 8;
        let arguments = [&names[0], &names[1], &turns.to_string()].map(|it| it.to_owned());
        let arguments = arguments.each_ref().map(String::as_str);
        let mut peers: Vec<Peer> = (0..8).map(|_| main.peer("counter", &arguments)).collect();
        start_all(&mut peers);
        end_all(peers);
        let count: u64 = section.map_read_only().unwrap().load(COUNT).unwrap();
        assert_eq!(count, 8 * turns as u64);
    })
    .role("counter", counter)
    .run();
}

fn ponger(role: &mut Role) {
    let [ping, pong] = [0, 1].map(|index| Event::open(role.argument(index)).unwrap());
    role.say("ready");
    role.stay();
    for _ in 0..role.number(2) {
        assert!(ping.wait_timeout(LONG).unwrap(), "a wake-up was lost");
        pong.set().unwrap();
    }
    role.say("done");
}

#[test]
fn two_processes_take_turns_by_events() {
    Test::new(|main| {
        let names = [main.name("ping"), main.name("pong")];
        let [ping, pong] = names
            .each_ref()
            .map(|name| Event::create(name.as_str()).unwrap());
        let turns = operations(16_000);
        let arguments = [&names[0], &names[1], &turns.to_string()];
        let mut peers = vec![main.peer("ponger", &arguments.map(String::as_str))];
        start_all(&mut peers);
        for _ in 0..turns {
            ping.set().unwrap();
            assert!(pong.wait_timeout(LONG).unwrap(), "a wake-up was lost");
        }
        end_all(peers);
    })
    .role("ponger", ponger)
    .run();
}

/// Takes a token and gives it back, until it is killed.
fn juggler(role: &mut Role) {
    role.end_with_parent();
    let [semaphore, taken] = [0, 1].map(|index| Semaphore::open(role.argument(index)).unwrap());
    let never = Event::options().anonymous().unwrap();
    role.say("begun");
    loop {
        // Beside the token, a note that it has one: both at once.
        wait_all(&[&semaphore, &taken], None).unwrap();
        taken.release(1).unwrap();
        semaphore.release(1).unwrap();
        wait_any(&[&never, &semaphore], None).unwrap();
        semaphore.release(1).unwrap();
    }
}

#[test]
fn killed_waiters_leave_the_others_going() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_WAITER_KILLS", 50);
        let names = [main.name("semaphore"), main.name("taken")];
        let most = 10_000;
        let [semaphore, taken] = names
            .each_ref()
            .map(|name| Semaphore::create(name.as_str(), 1, most).unwrap());
        let names = names.each_ref().map(String::as_str);
        let new_peer = || {
            let peer = main.peer("juggler", &names);
            peer.expect("begun");
            peer
        };
        let mut peers = [new_peer(), new_peer()];
        for _ in 0..kills {
            thread::sleep(Duration::from_micros(random() % 2_000));
            mem::replace(&mut peers[random() as usize % 2], new_peer()).kill();
            // It may have taken one of each along; nobody else may have lost any.
            semaphore.release(1).unwrap();
            taken.release(1).unwrap();
            for object in [&semaphore, &taken] {
                assert!(object.acquire_timeout(LONG).unwrap(), "a wake-up was lost");
                object.release(1).unwrap();
            }
        }
        drop(peers);
        for object in [&semaphore, &taken] {
            let count = object.count().unwrap();
            assert!(0 < count && count <= 1 + kills as u32);
        }
    })
    .role("juggler", juggler)
    .run();
}
