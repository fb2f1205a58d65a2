//! Waits for several objects: any of them, or all at once.

use std::thread;
use std::time::Duration;

use nshm::{
    ErrorKind, Event, EventState, MAX_WAIT, Mutex, Semaphore, Waitable, wait_all, wait_any,
};

use crate::support::{Role, Test, isolated, kind_of};

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

fn event() -> Event {
    Event::options().anonymous().unwrap()
}

fn set(event: &Event) -> bool {
    event.state().unwrap() == EventState::Set
}

#[test]
fn any_takes_the_first_that_can_be_taken_and_only_that() {
    isolated(|_| {
        let (first, second) = (event(), event());
        let semaphore = Semaphore::options(1, 1).anonymous().unwrap();
        let objects: [&dyn Waitable; 3] = [&first, &second, &semaphore];
        second.set().unwrap();
        let taken = || wait_any(&objects, NOW).unwrap().map(|(index, _)| index);
        assert_eq!(taken(), Some(1));
        assert_eq!(semaphore.count().unwrap(), 1);
        assert_eq!(taken(), Some(2));
        assert_eq!(taken(), None);
        let short = Some(Duration::from_millis(2));
        assert!(wait_any(&objects, short).unwrap().is_none());
        // The same object twice is no error here.
        first.set().unwrap();
        let taken = wait_any(&[&second, &first, &first], NOW).unwrap();
        assert_eq!(taken.unwrap().0, 1);
    });
}

#[test]
fn any_owns_the_mutex_that_it_takes() {
    isolated(|_| {
        let mutex = Mutex::options().anonymous().unwrap();
        let other = event();
        for _ in 0..2 {
            let taken = wait_any(&[&other, &mutex], NOW).unwrap();
            assert_eq!(taken.unwrap().0, 1);
        }
        thread::scope(|scope| {
            let busy = scope.spawn(|| wait_any(&[&other, &mutex], NOW).unwrap().is_none());
            assert!(busy.join().unwrap());
            let ended = scope.spawn(|| wait_any(&[&other, &mutex], LONG).unwrap().unwrap());
            mutex.release().unwrap();
            mutex.release().unwrap();
            let (index, acquired) = ended.join().unwrap();
            assert_eq!((index, acquired.is_abandoned()), (1, false));
        });
        // That thread has ended with it.
        let (index, acquired) = wait_any(&[&other, &mutex], LONG).unwrap().unwrap();
        assert_eq!((index, acquired.is_abandoned()), (1, true));
        mutex.release().unwrap();
    });
}

#[test]
fn all_takes_everything_or_nothing() {
    isolated(|_| {
        let (first, second) = (event(), event());
        let mutex = Mutex::options().anonymous().unwrap();
        let semaphore = Semaphore::options(2, 2).anonymous().unwrap();
        let objects: [&dyn Waitable; 4] = [&first, &mutex, &semaphore, &second];
        first.set().unwrap();
        assert!(wait_all(&objects, NOW).unwrap().is_none());
        assert!(
            wait_all(&objects, Some(Duration::from_millis(2)))
                .unwrap()
                .is_none()
        );
        assert!(set(&first) && mutex.owner().unwrap().is_none());
        assert_eq!(semaphore.count().unwrap(), 2);
        thread::scope(|scope| {
            scope.spawn(|| second.set().unwrap());
            assert!(wait_all(&objects, LONG).unwrap().is_some());
        });
        assert!(!set(&first) && !set(&second));
        assert!(mutex.owner().unwrap().is_some());
        assert_eq!(semaphore.count().unwrap(), 1);
        // A mutex that this thread owns is there for it.
        first.set().unwrap();
        second.set().unwrap();
        assert!(wait_all(&objects, NOW).unwrap().is_some());
        mutex.release().unwrap();
        mutex.release().unwrap();
        assert_eq!(kind_of(mutex.release()), ErrorKind::NotOwner);
    });
}

#[test]
fn all_says_that_one_was_abandoned_and_a_failure_keeps_it_so() {
    isolated(|_| {
        let missing = event();
        let mutex = Mutex::options().anonymous().unwrap();
        thread::scope(|scope| {
            // A scope alone does not wait for the very end of its threads.
            let owner = scope.spawn(|| mutex.acquire(None).unwrap());
            owner.join().unwrap();
        });
        assert!(wait_all(&[&mutex, &missing], NOW).unwrap().is_none());
        missing.set().unwrap();
        let acquired = wait_all(&[&missing, &mutex], NOW).unwrap().unwrap();
        assert!(acquired.is_abandoned());
        mutex.release().unwrap();
        missing.set().unwrap();
        let acquired = wait_all(&[&missing, &mutex], NOW).unwrap().unwrap();
        assert!(!acquired.is_abandoned());
        mutex.release().unwrap();
    });
}

#[test]
fn bad_lists_are_refused() {
    isolated(|main| {
        let name = main.name("x");
        let event = Event::create(name.as_str()).unwrap();
        let same = Event::open(name.as_str()).unwrap();
        let none: [&dyn Waitable; 0] = [];
        assert_eq!(kind_of(wait_any(&none, NOW)), ErrorKind::InvalidArgument);
        assert_eq!(kind_of(wait_all(&none, NOW)), ErrorKind::InvalidArgument);
        let twice = wait_all(&[&event, &same], NOW);
        assert_eq!(kind_of(twice), ErrorKind::InvalidArgument);
        let events: Vec<Event> = (0..=MAX_WAIT)
            .map(|_| Event::options().anonymous().unwrap())
            .collect();
        let all: Vec<&dyn Waitable> = events.iter().map(|event| event as _).collect();
        assert_eq!(kind_of(wait_any(&all, NOW)), ErrorKind::InvalidArgument);
        events[MAX_WAIT - 1].set().unwrap();
        let taken = wait_any(&all[..MAX_WAIT], NOW).unwrap().unwrap();
        assert_eq!(taken.0, MAX_WAIT - 1);
        for event in &events {
            event.set().unwrap();
        }
        assert!(wait_all(&all[..MAX_WAIT], NOW).unwrap().is_some());
        assert!(set(&events[MAX_WAIT]));
    });
}

/// Takes both of two, again and again, naming them in its own order.
fn taker_of_both(role: &mut Role) {
    let objects = [role.argument(0), role.argument(1)].map(|name| Event::open(name).unwrap());
    role.say("open");
    role.stay();
    for _ in 0..role.number(2) {
        assert!(
            wait_all(&[&objects[0], &objects[1]], LONG)
                .unwrap()
                .is_some()
        );
        objects[1].set().unwrap();
        objects[0].set().unwrap();
    }
    role.say("done");
}

#[test]
fn opposite_orders_do_not_lock_up() {
    Test::new(|main| {
        let (first, second) = (main.name("first"), main.name("second"));
        let events = [&first, &second].map(|name| Event::create(name.as_str()).unwrap());
        let turns = "2000";
        let mut peers = [
            main.peer("taker", &[&first, &second, turns]),
            main.peer("taker", &[&second, &first, turns]),
        ];
        for peer in &mut peers {
            peer.expect("open");
            peer.tell("go");
        }
        for event in &events {
            event.set().unwrap();
        }
        for peer in peers {
            peer.expect("done");
            peer.finish();
        }
        assert!(events.iter().all(set));
    })
    .role("taker", taker_of_both)
    .run();
}
