//! Events: who waits goes on when it is set, in whatever process, and nobody else does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use nshm::{Disposition, ErrorKind, Event, EventState, Mutex, Reset, Section, Semaphore};

use crate::support::{Main, Role, Test, isolated, kind_of};

/// So long nobody waits here who is to be woken.
const LONG: Duration = Duration::from_secs(60);
const NONE: Duration = Duration::ZERO;

fn manual() -> nshm::EventOptions {
    Event::options().reset(Reset::Manual)
}

/// Waits as often as it is told, and says so.
fn waiter(role: &mut Role) {
    let event = Event::open(role.argument(0)).unwrap();
    role.say("open");
    while let Some(word) = role.hear() {
        assert_eq!(word, "wait");
        role.say("waiting");
        assert!(event.wait_timeout(LONG).unwrap());
        role.say("gone");
    }
}

fn setter(role: &mut Role) {
    let event = Event::open(role.argument(0)).unwrap();
    while let Some(word) = role.hear() {
        match word.as_str() {
            "set" => event.set().unwrap(),
            _ => event.reset().unwrap(),
        }
        role.say("done");
    }
}

#[test]
fn a_set_in_one_process_ends_a_wait_in_another() {
    Test::new(|main| {
        let name = main.name("x");
        let event = Event::create(name.as_str()).unwrap();
        let mut peer = main.peer("waiter", &[&name]);
        peer.expect("open");
        for _ in 0..10 {
            peer.tell("wait");
            peer.expect("waiting");
            event.set().unwrap();
            peer.expect("gone");
            assert!(!event.wait_timeout(NONE).unwrap(), "the wait reset it");
        }
        peer.finish();
        let mut peer = main.peer("setter", &[&name]);
        for _ in 0..10 {
            peer.tell("set");
            event.wait().unwrap();
            peer.expect("done");
        }
        peer.finish();
    })
    .role("waiter", waiter)
    .role("setter", setter)
    .run();
}

#[test]
fn many_sets_let_one_waiter_go() {
    isolated(|_| {
        let event = Event::options().anonymous().unwrap();
        assert_eq!(event.resets().unwrap(), Reset::Automatic);
        for _ in 0..5 {
            event.set().unwrap();
        }
        assert_eq!(event.state().unwrap(), EventState::Set);
        assert!(event.wait_timeout(NONE).unwrap());
        assert!(!event.wait_timeout(NONE).unwrap());
        event.set().unwrap();
        event.reset().unwrap();
        assert!(!event.wait_timeout(Duration::from_millis(1)).unwrap());
    });
}

#[test]
fn a_manual_event_lets_everybody_go_until_it_is_reset() {
    Test::new(|main| {
        let name = main.name("x");
        let event = manual().create(name.as_str()).unwrap();
        assert_eq!(event.resets().unwrap(), Reset::Manual);
        let mut peers: Vec<_> = (0..3).map(|_| main.peer("waiter", &[&name])).collect();
        for peer in &mut peers {
            peer.expect("open");
            peer.tell("wait");
            peer.expect("waiting");
        }
        event.set().unwrap();
        for peer in &mut peers {
            peer.expect("gone");
            peer.tell("wait");
            peer.expect("waiting");
            peer.expect("gone");
        }
        assert!(event.wait_timeout(NONE).unwrap());
        assert!(event.wait_timeout(NONE).unwrap());
        event.reset().unwrap();
        assert!(!event.wait_timeout(NONE).unwrap());
        for peer in peers {
            peer.finish();
        }
    })
    .role("waiter", waiter)
    .run();
}

/// A pulse lets go who waits, and is forgotten. Whether the others wait yet cannot be seen from
/// outside, so it is given until they have gone.
fn pulses(main: &Main, event: &Event, name: &str, count: usize) {
    let mut peers: Vec<_> = (0..count).map(|_| main.peer("waiter", &[name])).collect();
    for peer in &mut peers {
        peer.expect("open");
        peer.tell("wait");
        peer.expect("waiting");
    }
    let gone = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !gone.load(Ordering::Relaxed) {
                event.pulse().unwrap();
                assert!(!event.wait_timeout(NONE).unwrap(), "a pulse is forgotten");
            }
        });
        for peer in peers {
            peer.expect("gone");
            peer.finish();
        }
        gone.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_pulse_lets_go_who_waits() {
    Test::new(|main| {
        let (auto, by_hand) = (main.name("auto"), main.name("manual"));
        let event = Event::create(auto.as_str()).unwrap();
        pulses(main, &event, &auto, 2);
        let event = manual().create(by_hand.as_str()).unwrap();
        pulses(main, &event, &by_hand, 2);
        event.pulse().unwrap();
        assert_eq!(event.state().unwrap(), EventState::Unset);
    })
    .role("waiter", waiter)
    .run();
}

#[test]
fn an_existing_event_stays_as_it_is() {
    isolated(|main| {
        let name = main.name("x");
        let first = manual()
            .state(EventState::Set)
            .create(name.as_str())
            .unwrap();
        let again = Event::options();
        assert_eq!(
            kind_of(again.create(name.as_str())),
            ErrorKind::AlreadyExists
        );
        let (second, disposition) = again.open_or_create(name.as_str()).unwrap();
        assert_eq!(disposition, Disposition::Opened);
        assert_eq!(second.resets().unwrap(), Reset::Manual);
        assert_eq!(second.state().unwrap(), EventState::Set);
        second.reset().unwrap();
        assert!(!first.wait_timeout(NONE).unwrap());
        drop(first);
        assert_eq!(second.name().unwrap().leaf(), name);
        second.close().unwrap();
        assert_eq!(kind_of(Event::open(name.as_str())), ErrorKind::NotFound);
        let (_, disposition) = again.open_or_create(name.as_str()).unwrap();
        assert_eq!(disposition, Disposition::Created);
    });
}

#[test]
fn a_name_has_one_kind() {
    isolated(|main| {
        let name = main.name("x");
        let name = name.as_str();
        let all = |skip: ErrorKind| {
            let kinds = [
                kind_of(Section::open(name)),
                kind_of(Event::open(name)),
                kind_of(Mutex::open(name)),
                kind_of(Semaphore::open(name)),
            ];
            assert!(kinds.iter().all(|kind| *kind == skip), "{kinds:?}");
        };
        all(ErrorKind::NotFound);
        let section = Section::create(name, 1).unwrap();
        assert_eq!(kind_of(Event::create(name)), ErrorKind::WrongKind);
        assert_eq!(kind_of(Event::open_or_create(name)), ErrorKind::WrongKind);
        assert_eq!(kind_of(Mutex::open(name)), ErrorKind::WrongKind);
        drop(section);
        let event = Event::create(name).unwrap();
        assert_eq!(kind_of(Section::create(name, 1)), ErrorKind::WrongKind);
        assert_eq!(kind_of(Section::open(name)), ErrorKind::WrongKind);
        assert_eq!(kind_of(Semaphore::create(name, 0, 1)), ErrorKind::WrongKind);
        assert_eq!(kind_of(Mutex::open_or_create(name)), ErrorKind::WrongKind);
        drop(event);
        all(ErrorKind::NotFound);
    });
}

#[test]
fn a_token_hands_an_event_over() {
    Test::new(|main| {
        let event = Event::options().anonymous().unwrap();
        let peer = main.peer("setter of a token", &[&event.token().unwrap()]);
        event.wait().unwrap();
        peer.finish();
        let error = Event::from_token("x").unwrap_err();
        assert_eq!(
            (error.kind(), error.name()),
            (ErrorKind::Corrupt, Some("x"))
        );
        let mutex = Mutex::options().anonymous().unwrap();
        let token = mutex.token().unwrap();
        assert!(Event::from_token(&token).is_err());
    })
    .role("setter of a token", |role| {
        let event = Event::from_token(role.argument(0)).unwrap();
        event.set().unwrap();
        role.stay();
    })
    .run();
}

#[test]
fn a_killed_waiter_keeps_nothing_back() {
    Test::new(|main| {
        let name = main.name("x");
        let event = Event::create(name.as_str()).unwrap();
        for _ in 0..20 {
            let mut peer = main.peer("waiter", &[&name]);
            peer.expect("open");
            peer.tell("wait");
            peer.expect("waiting");
            peer.kill();
            event.set().unwrap();
            assert!(event.wait_timeout(LONG).unwrap());
        }
    })
    .role("waiter", waiter)
    .run();
}
