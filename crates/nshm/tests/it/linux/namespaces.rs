//! What processes share that are in PID namespaces of their own, as containers are: there the same
//! numbers mean other threads.

use std::mem;
use std::time::Duration;

use nshm::placed::{self, Condvar, RwLock};
use nshm::{Event, EventState, Mutex, Reset, Section, Semaphore, ViewMut, wait_all, wait_any};

use super::os;
use crate::support::{Main, Peer, Role, Test, word};

const LONG: Duration = Duration::from_secs(60);
const NONE: Duration = Duration::ZERO;

/// Starts a process as the first one of a PID namespace. `None`: that is not to be had here, and the
/// test ends as skipped.
fn stranger(main: &Main, role: &str, arguments: &[&str]) -> Option<Peer> {
    match main.peer_with(role, arguments, os::in_another_pid_namespace) {
        Ok(peer) => {
            // What is killed is the process that waits for it, and what may be left is its own.
            main.note_process(peer.hear().parse().unwrap());
            Some(peer)
        }
        Err(error) => {
            main.skip(&format!("no PID namespace here: {error}"));
            None
        }
    }
}

/// Says the number of this process as its parent knows it.
fn introduce(role: &Role) {
    assert_eq!(std::process::id(), 1, "it is in a namespace of its own");
    let id = std::fs::read_link("/proc/self").unwrap();
    role.say(id.to_str().unwrap());
}

#[test]
fn a_mutex_is_not_for_other_pid_namespaces() {
    Test::new(|main| {
        let names = ["mutex", "event", "answer", "semaphore", "theirs"].map(|leaf| main.name(leaf));
        let _mutex = Mutex::create(names[0].as_str()).unwrap();
        let event = Event::create(names[1].as_str()).unwrap();
        let answer = Event::create(names[2].as_str()).unwrap();
        let semaphore = Semaphore::create(names[3].as_str(), 0, 9).unwrap();
        let arguments = names.each_ref().map(String::as_str);
        let Some(peer) = stranger(main, "stranger", &arguments) else {
            return;
        };
        for _ in 0..3 {
            peer.expect("ForeignNamespace");
        }
        event.set().unwrap();
        assert!(answer.wait_timeout(LONG).unwrap());
        semaphore.release(1).unwrap();
        assert!(answer.wait_timeout(LONG).unwrap());
        for _ in 0..2 {
            assert!(semaphore.acquire_timeout(LONG).unwrap());
        }
        event.set().unwrap();
        peer.expect("taken 1");
        peer.expect("ForeignNamespace");
        // It is the same the other way round.
        let theirs = word(&Mutex::open(names[4].as_str()));
        assert_eq!(theirs, "ForeignNamespace");
        peer.finish();
    })
    .role("stranger", |role: &mut Role| {
        introduce(role);
        role.say(&word(&Mutex::open(role.argument(0))));
        role.say(&word(&Mutex::open_or_create(role.argument(0))));
        let owned = Mutex::options().owned(true);
        role.say(&word(&owned.open_or_create(role.argument(0))));
        let [event, answer] = [1, 2].map(|index| Event::open(role.argument(index)).unwrap());
        let semaphore = Semaphore::open(role.argument(3)).unwrap();
        assert!(event.wait_timeout(LONG).unwrap());
        answer.set().unwrap();
        assert!(semaphore.acquire_timeout(LONG).unwrap());
        answer.set().unwrap();
        semaphore.release(2).unwrap();
        // Its own objects and those of others, together.
        let mine = Mutex::create(role.argument(4)).unwrap();
        assert!(mine.lock().unwrap().unlock().is_ok());
        let never = Event::options().anonymous().unwrap();
        let taken = wait_any(&[&never, &event], Some(LONG)).unwrap();
        role.say(&format!("taken {}", taken.unwrap().0));
        role.say(&word(&wait_all(&[&event, &answer], Some(NONE))));
        role.stay();
    })
    .run();
}

/// Locks of a section.
struct Locks<'v> {
    mutex: placed::Mutex<'v>,
    lock: RwLock<'v>,
}

impl<'v> Locks<'v> {
    fn at(view: &'v ViewMut) -> Locks<'v> {
        Locks {
            mutex: placed::Mutex::at(view, 0).unwrap(),
            lock: RwLock::at(view, 64, 2).unwrap(),
        }
    }
}

fn told(is_abandoned: bool) -> &'static str {
    if is_abandoned { "abandoned" } else { "clean" }
}

/// Does what it is told with the locks of a section.
fn obey(role: &mut Role) {
    if role.argument(1) == "far" {
        introduce(role);
    }
    let view = Section::open(role.argument(0)).unwrap().map().unwrap();
    let Locks { mutex, lock } = Locks::at(&view);
    let (mut locked, mut reads, mut writes) = (None, None, None);
    while let Some(order) = role.hear() {
        let answer = match order.as_str() {
            "lock" => {
                let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
                told(locked.insert(guard).is_abandoned())
            }
            "try" => match mutex.try_lock().unwrap() {
                Some(_) => "free",
                None => "taken",
            },
            "write" => {
                let guard = lock.write_timeout(LONG).unwrap().unwrap();
                told(writes.insert(guard).is_abandoned())
            }
            "read" => {
                let guard = lock.read_timeout(LONG).unwrap().unwrap();
                told(reads.insert(guard).is_abandoned())
            }
            "try to write" => match lock.try_write().unwrap() {
                Some(_) => "free",
                None => "taken",
            },
            _ => {
                drop((locked.take(), reads.take(), writes.take()));
                "unlocked"
            }
        };
        role.say(answer);
    }
    // What it has then it keeps until it is gone.
    mem::forget((locked, reads, writes));
}

fn ask(peer: &mut Peer, order: &str, answer: &str) {
    peer.tell(order);
    peer.expect(answer);
}

#[test]
fn locks_inside_a_section_are_for_all_pid_namespaces() {
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let Locks { mutex, lock } = Locks::at(&view);
        let far = [name.as_str(), "far"];
        let Some(mut peer) = stranger(main, "obey", &far) else {
            return;
        };
        for _ in 0..5 {
            // Both are number 1 where they are, and are two all the same.
            let Some(mut victim) = stranger(main, "obey", &far) else {
                return;
            };
            ask(&mut victim, "lock", "clean");
            ask(&mut peer, "try", "taken");
            assert!(mutex.try_lock().unwrap().is_none());
            ask(&mut victim, "read", "clean");
            ask(&mut peer, "try to write", "taken");
            ask(&mut peer, "read", "clean");
            ask(&mut peer, "unlock", "unlocked");
            // Its end is seen in another namespace, by who waits.
            peer.tell("lock");
            victim.kill();
            peer.expect("abandoned");
            assert!(mutex.try_lock().unwrap().is_none());
            ask(&mut peer, "unlock", "unlocked");
            ask(&mut peer, "lock", "clean");
            // A reader leaves nothing half-done.
            ask(&mut peer, "write", "clean");
            assert!(lock.try_read().unwrap().is_none());
            ask(&mut peer, "unlock", "unlocked");
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
        // From outside to inside, and the other way round.
        let mut near = main.peer("obey", &[&name, "near"]);
        ask(&mut near, "lock", "clean");
        ask(&mut near, "write", "clean");
        peer.tell("write");
        near.kill();
        peer.expect("abandoned");
        ask(&mut peer, "lock", "abandoned");
        peer.kill();
        let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
        assert!(guard.is_abandoned());
        let guard = lock.write_timeout(LONG).unwrap().unwrap();
        assert!(guard.is_abandoned());
    })
    .role("obey", obey)
    .run();
}

// Of the next test, beyond the locks.
const EVENT: usize = 256;
const SEMAPHORE: usize = 288;
const FILLED: usize = 320;
const COUNT: usize = 352;

/// What nobody owns, on the section of [`Locks`].
fn signals(view: &ViewMut) -> (placed::Event<'_>, placed::Semaphore<'_>, Condvar<'_>) {
    let event = placed::Event::at(view, EVENT, Reset::Automatic, EventState::Unset);
    let semaphore = placed::Semaphore::at(view, SEMAPHORE, 0, 9);
    let filled = Condvar::at(view, FILLED);
    (event.unwrap(), semaphore.unwrap(), filled.unwrap())
}

/// Takes one of a count as soon as it is not zero.
fn take_one(view: &ViewMut, filled: &Condvar<'_>) {
    let mutex = Locks::at(view).mutex;
    let mut guard = mutex.lock_timeout(LONG).unwrap().unwrap();
    while view.load::<u64>(COUNT).unwrap() == 0 {
        let waited;
        (guard, waited) = filled.wait_timeout(guard, LONG).unwrap();
        assert_eq!(waited, placed::Waited::Woken);
    }
    let count: u64 = view.load(COUNT).unwrap();
    view.store(COUNT, &(count - 1)).unwrap();
    guard.unlock().unwrap();
}

fn add_one(view: &ViewMut, filled: &Condvar<'_>) {
    let mutex = Locks::at(view).mutex;
    let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
    let count: u64 = view.load(COUNT).unwrap();
    view.store(COUNT, &(count + 1)).unwrap();
    guard.unlock().unwrap();
    filled.notify_one().unwrap();
}

#[test]
fn wake_ups_inside_a_section_cross_pid_namespaces() {
    const TURNS: usize = 200;
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let Some(peer) = stranger(main, "echo", &[&name]) else {
            return;
        };
        let (event, semaphore, filled) = signals(&view);
        for _ in 0..TURNS {
            event.set().unwrap();
            assert!(semaphore.acquire_timeout(LONG).unwrap());
            add_one(&view, &filled);
            // The other one sets it.
            assert!(semaphore.acquire_timeout(LONG).unwrap());
        }
        peer.expect("done");
        peer.finish();
        assert_eq!(semaphore.count().unwrap(), 0);
        assert_eq!(event.state().unwrap(), EventState::Unset);
    })
    .role("echo", |role: &mut Role| {
        introduce(role);
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        let (event, semaphore, filled) = signals(&view);
        for _ in 0..TURNS {
            assert!(event.wait_timeout(LONG).unwrap());
            semaphore.release(1).unwrap();
            take_one(&view, &filled);
            semaphore.release(1).unwrap();
        }
        role.say("done");
        role.stay();
    })
    .run();
}
