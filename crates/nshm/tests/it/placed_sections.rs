//! Locks of several sections that one thread has, and views that go before their locks do.

use std::mem;
use std::thread;
use std::time::Duration;

use nshm::placed::{Event, Mutex, RwLock};
use nshm::{ErrorKind, EventState, Reset, Section, ViewMut};

use crate::support::{Role, Test, kind_of};

const LONG: Duration = Duration::from_secs(60);

// Of each section.
const MUTEXES: [usize; 2] = [0, 32];
const LOCK: usize = 64;
const READERS: u32 = 2;

fn open(name: &str) -> ViewMut {
    Section::open(name).unwrap().map().unwrap()
}

/// What a thread can have of a section.
struct Locks<'v> {
    mutexes: [Mutex<'v>; 2],
    lock: RwLock<'v>,
}

/// How many those are.
const KINDS: usize = 3;

impl<'v> Locks<'v> {
    fn at(view: &'v ViewMut) -> Locks<'v> {
        Locks {
            mutexes: MUTEXES.map(|offset| Mutex::at(view, offset).unwrap()),
            lock: RwLock::at(view, LOCK, READERS).unwrap(),
        }
    }

    /// Has one of them for good.
    fn keep(&self, kind: usize) {
        match self.mutexes.get(kind) {
            Some(mutex) => mem::forget(mutex.lock_timeout(LONG).unwrap().unwrap()),
            None => mem::forget(self.lock.write_timeout(LONG).unwrap().unwrap()),
        }
    }

    /// Has one of them once, and says whether it was abandoned.
    fn had(&self, kind: usize) -> bool {
        match self.mutexes.get(kind) {
            Some(mutex) => mutex.lock_timeout(LONG).unwrap().unwrap().is_abandoned(),
            None => {
                let guard = self.lock.write_timeout(LONG).unwrap().unwrap();
                guard.is_abandoned()
            }
        }
    }
}

/// Who dies had two locks and another one of each of two sections, and others wait for all of them.
#[test]
fn an_owner_dies_with_locks_of_two_sections() {
    const HEIRS: usize = 2;
    Test::new(|main| {
        let names = ["one", "other"].map(|leaf| main.name(leaf));
        let arguments = names.each_ref().map(String::as_str);
        let sections = arguments.map(|name| Section::create(name, 4096).unwrap());
        for _ in 0..10 {
            let owner = main.peer("owner", &arguments);
            owner.expect("owns them");
            let heirs = [(); HEIRS].map(|()| main.peer("heir", &arguments));
            for heir in &heirs {
                heir.expect("waits");
            }
            owner.kill();
            let told = heirs.each_ref().map(|heir| heir.hear());
            for lock in 0..2 * KINDS {
                let is_told = |text: &&String| text.as_bytes()[lock] == b'+';
                let times = told.iter().filter(is_told).count();
                assert_eq!(times, 1, "lock {lock}: {told:?}");
            }
            for heir in heirs {
                heir.finish();
            }
            for section in &sections {
                let view = section.map().unwrap();
                let locks = Locks::at(&view);
                assert!((0..KINDS).all(|kind| !locks.had(kind)), "told again");
            }
        }
    })
    .role("owner", |role: &mut Role| {
        let views = [0, 1].map(|index| open(role.argument(index)));
        let locks = views.each_ref().map(Locks::at);
        for kind in 0..KINDS {
            for locks in &locks {
                locks.keep(kind);
            }
        }
        role.say("owns them");
        role.stay();
    })
    .role("heir", |role: &mut Role| {
        let views = [0, 1].map(|index| open(role.argument(index)));
        let locks = views.each_ref().map(Locks::at);
        role.say("waits");
        let told = thread::scope(|scope| {
            let heirs = Vec::from_iter(locks.iter().flat_map(|locks| {
                (0..KINDS).map(move |kind| scope.spawn(move || locks.had(kind)))
            }));
            let told = heirs.into_iter().map(|heir| heir.join().unwrap());
            String::from_iter(told.map(|is_told| if is_told { '+' } else { '-' }))
        });
        role.say(&told);
        role.stay();
    })
    .run();
}

/// A lock is its owner's until it unlocks it or ends, wherever and how often it is mapped.
#[test]
fn a_lock_outlives_the_view_it_was_locked_through() {
    Test::new(|main| {
        let names = ["one", "other"].map(|leaf| main.name(leaf));
        let arguments = names.each_ref().map(String::as_str);
        let sections = arguments.map(|name| Section::create(name, 4096).unwrap());
        let views = sections.each_ref().map(|section| section.map().unwrap());
        let [one, other] = views.each_ref().map(Locks::at);
        let mut owner = main.peer("owner", &arguments);
        owner.expect("unmapped");
        for mutex in [&one.mutexes[0], &other.mutexes[0]] {
            assert!(mutex.try_lock().unwrap().is_none());
        }
        assert!(other.lock.try_read().unwrap().is_none());
        owner.tell("unlock the one");
        owner.expect("unlocked");
        // It does well without the other view.
        assert!(!one.had(0));
        owner.tell("lock it again");
        owner.expect("locked");
        owner.kill();
        assert!(one.had(0) && other.had(0) && other.had(2));
        assert!(!one.had(0) && !other.had(0) && !other.had(2));
    })
    .role("owner", |role: &mut Role| {
        let one = open(role.argument(0));
        let mutex = Mutex::at(&one, MUTEXES[0]).unwrap();
        let guard = mutex.lock().unwrap();
        let other = open(role.argument(1));
        let locks = Locks::at(&other);
        locks.keep(0);
        locks.keep(2);
        drop(other);
        // The same memory, and the same owner.
        let other = open(role.argument(1));
        let locks = Locks::at(&other);
        let again = locks.mutexes[0].lock();
        assert_eq!(kind_of(again), ErrorKind::WouldDeadlock);
        assert_eq!(kind_of(locks.lock.read()), ErrorKind::WouldDeadlock);
        drop(other);
        role.say("unmapped");
        role.stay();
        guard.unlock().unwrap();
        role.say("unlocked");
        role.stay();
        mem::forget(mutex.lock().unwrap());
        role.say("locked");
        role.stay();
    })
    .run();
}

// Of the next test, beyond the locks.
const OWNED: usize = 512;
const OWNER: usize = 544;

/// Each of those who wait gets the lock in its turn, unmaps it, and is killed; who has slept all the
/// while is told.
#[test]
fn owners_without_a_view_die_one_after_the_other() {
    const HEIRS: usize = 5;
    Test::new(|main| {
        let names = ["one", "other"].map(|leaf| main.name(leaf));
        let sections = names
            .each_ref()
            .map(|name| Section::create(name.as_str(), 4096).unwrap());
        let [one, other] = sections.each_ref().map(|section| section.map().unwrap());
        let owned = Event::at(&one, OWNED, Reset::Automatic, EventState::Unset).unwrap();
        let mutex = Mutex::at(&other, MUTEXES[0]).unwrap();
        for _ in 0..3 {
            let guard = mutex.lock().unwrap();
            let mut heirs = Vec::from_iter((0..HEIRS).map(|index| {
                let arguments = [&*names[0], &names[1], &index.to_string()];
                let heir = main.peer("heir", &arguments);
                heir.expect("waits");
                Some(heir)
            }));
            drop(guard);
            for death in 0..HEIRS {
                assert!(owned.wait_timeout(LONG).unwrap(), "{death} have died");
                let index: u64 = one.load(OWNER).unwrap();
                let heir = heirs[index as usize].take().unwrap();
                heir.expect(if death == 0 { "clean" } else { "abandoned" });
                heir.kill();
            }
            assert!(mutex.lock_timeout(LONG).unwrap().unwrap().is_abandoned());
            assert!(!mutex.lock().unwrap().is_abandoned());
        }
    })
    .role("heir", |role: &mut Role| {
        let [one, other] = [0, 1].map(|index| open(role.argument(index)));
        let mutex = Mutex::at(&other, MUTEXES[0]).unwrap();
        role.say("waits");
        let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
        let told = if guard.is_abandoned() {
            "abandoned"
        } else {
            "clean"
        };
        mem::forget(guard);
        drop(other);
        // A wait and other locks, after which this thread still ends as the owner of that one.
        let own = Mutex::at(&one, MUTEXES[1]).unwrap();
        drop(own.lock().unwrap());
        one.store(OWNER, &(role.number(2) as u64)).unwrap();
        Event::at(&one, OWNED, Reset::Automatic, EventState::Unset)
            .unwrap()
            .set()
            .unwrap();
        role.say(told);
        role.stay();
    })
    .run();
}
