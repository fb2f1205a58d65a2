//! Primitives inside a section, as forked and hostile processes see them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nshm::placed::{Condvar, Event, Mutex, RwLock, Semaphore};
use nshm::{ErrorKind, EventState, Reset, Section};

use super::os::{self, End};
use super::sync::while_asleep;
use crate::support::{PATIENCE, Role, Test, isolated, kind_of, random};

const SHORT: Duration = Duration::from_millis(1);

#[test]
fn a_forked_child_owns_nothing() {
    isolated(|main| {
        let view = Section::anonymous(4096).unwrap().map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        let other = Mutex::at(&view, 64).unwrap();
        let lock = RwLock::at(&view, 128, 2).unwrap();
        let mut guard = Some(mutex.lock().unwrap());
        let reads = lock.read().unwrap();
        let child = os::fork(|| {
            // The copy of the guard unlocks nothing.
            drop(guard.take());
            assert!(mutex.try_lock().unwrap().is_none());
            assert!(lock.try_write().unwrap().is_none());
            assert!(lock.try_read().unwrap().is_some());
            std::mem::forget(other.lock().unwrap());
            0
        });
        main.note_process(child.id());
        assert_eq!(child.wait(), End::Exit(0));
        assert_eq!(kind_of(mutex.lock()), ErrorKind::WouldDeadlock);
        let others = other.lock_timeout(PATIENCE).unwrap().unwrap();
        assert!(others.is_abandoned(), "the child has died with it");
        drop(reads);
        drop(guard);
        assert!(!mutex.lock().unwrap().is_abandoned());
    });
}

/// As for events with a name.
#[test]
fn two_sets_in_a_row_let_one_of_two_sleepers_go() {
    isolated(|_| {
        let view = Section::anonymous(4096).unwrap().map().unwrap();
        let event = Event::at(&view, 64, Reset::Automatic, EventState::Unset).unwrap();
        let wait = || assert!(event.wait_timeout(PATIENCE).unwrap());
        for _ in 0..50 {
            while_asleep(2, wait, |_| {
                event.set().unwrap();
                event.set().unwrap();
                event.reset().unwrap();
                assert_eq!(event.state().unwrap(), EventState::Unset);
            });
        }
    });
}

#[test]
fn the_life_of_an_owner_goes_with_its_process() {
    Test::new(|main| {
        let name = main.name("section");
        let section = Section::create(name.as_str(), 4096).unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        for _ in 0..20 {
            let owner = main.peer("owner", &[&name]);
            owner.expect("locked");
            // It is looked at, and so attached.
            assert!(mutex.try_lock().unwrap().is_none());
            owner.kill();
            assert!(
                mutex
                    .lock_timeout(PATIENCE)
                    .unwrap()
                    .unwrap()
                    .is_abandoned()
            );
            assert!(main.segments_left().is_empty());
        }
    })
    .role("owner", |role: &mut Role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        let _guard = mutex.lock().unwrap();
        role.say("locked");
        role.stay();
    })
    .run();
}

/// Somebody writes nonsense over all the words, all the time. Every call comes to an end, with a
/// result or an error.
#[test]
fn nonsense_hangs_nobody() {
    isolated(|_| {
        let section = Section::anonymous(4096).unwrap();
        let view = section.map().unwrap();
        const CELLS: [usize; 5] = [0, 64, 128, 192, 256];
        let event = Event::at(&view, CELLS[0], Reset::Automatic, EventState::Unset).unwrap();
        let mutex = Mutex::at(&view, CELLS[1]).unwrap();
        let semaphore = Semaphore::at(&view, CELLS[2], 1, 9).unwrap();
        let condition = Condvar::at(&view, CELLS[3]).unwrap();
        let lock = RwLock::at(&view, CELLS[4], 2).unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let word = random() as usize % (CELLS[4] + RwLock::size(2)) / 8;
                    let value = match random() % 4 {
                        0 => 0,
                        1 => random(),
                        // Marks, and owners that there are not.
                        _ => random() & random() & 0xc000_0007_e000_0107,
                    };
                    view.store(word * 8, &value).unwrap();
                }
            });
            for _ in 0..300 {
                let _ = event.set();
                let _ = event.wait_timeout(SHORT);
                let _ = event.pulse();
                let _ = semaphore.release(1);
                let _ = semaphore.acquire_timeout(SHORT);
                if let Ok(Some(guard)) = mutex.lock_timeout(SHORT) {
                    let _ = guard.unlock();
                }
                let _ = condition.notify_one();
                let _ = condition.notify_all();
                drop(lock.read_timeout(SHORT));
                drop(lock.write_timeout(SHORT));
                drop(Mutex::at(&view, CELLS[1]));
            }
            is_over.store(true, Ordering::Relaxed);
        });
    });
}

/// An owner that is written there by hand, of memory that is no life: it is nobody's lock.
#[test]
fn an_owner_that_never_was_is_dead() {
    isolated(|_| {
        let section = Section::anonymous(4096).unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        const WORD: usize = 16;
        for owner in [1, 0x7fff_ffff_0000_0001, 0x3fff_ffff, 5 << 32 | 0x2fff_ff00] {
            view.store::<u64>(WORD, &owner).unwrap();
            assert!(mutex.try_lock().unwrap().unwrap().is_abandoned());
        }
        // A lock that is taken from its owner by hand is not the owner's to unlock.
        let guard = mutex.lock().unwrap();
        view.store(WORD, &0u64).unwrap();
        assert_eq!(kind_of(guard.unlock()), ErrorKind::NotOwner);
        assert!(mutex.try_lock().unwrap().is_some());
    });
}

#[test]
fn a_lock_of_another_namespace_is_told_and_one_of_another_boot_begins_anew() {
    isolated(|_| {
        let view = Section::anonymous(4096).unwrap().map().unwrap();
        std::mem::forget(Mutex::at(&view, 0).unwrap().lock().unwrap());
        const HOME: usize = 8;
        let home: u64 = view.load(HOME).unwrap();
        view.store(HOME, &(home ^ 1)).unwrap();
        assert_eq!(kind_of(Mutex::at(&view, 0)), ErrorKind::ForeignNamespace);
        // Set to zero it is a new one.
        view.fill(0..Mutex::SIZE, 0).unwrap();
        assert!(!Mutex::at(&view, 0).unwrap().lock().unwrap().is_abandoned());

        view.store(HOME, &(home ^ 1 << 40)).unwrap();
        view.store(16, &(1u64 << 32 | 0x101)).unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        assert!(
            mutex.lock().unwrap().is_abandoned(),
            "its owner has died with its boot"
        );
        assert_eq!(view.load::<u64>(HOME).unwrap(), home);
    });
}
