//! Every kind of object as others see it: its kind, its holders, its security and its state.

use nshm::inspect::{self, Object, Origin, Reach, State};
use nshm::{ErrorKind, Event, EventState, Kind, Mutex, Reset, Scope, Section, Security, Semaphore};

use crate::support::{OWNERS_ARE_KNOWN, Role, Test, kind_of};

/// What a survey of this test's names finds, as far as it is of this crate.
fn ours() -> Vec<(String, Kind, Object)> {
    let survey = inspect::survey(Reach::Ours).unwrap();
    let named = survey
        .objects
        .into_iter()
        .filter_map(|object| match &object.origin {
            Origin::Named { name, kind } => Some((name.leaf().to_owned(), *kind, object.clone())),
            _ => None,
        });
    named.collect()
}

fn state(name: &str) -> Option<State> {
    inspect::state(&inspect::object(name).unwrap()).unwrap()
}

/// Opens one of each kind but the semaphore, and stays.
fn holder(role: &mut Role) {
    let _event = Event::open(role.argument(0)).unwrap();
    let _mutex = Mutex::open(role.argument(1)).unwrap();
    let _section = Section::open_read_only(role.argument(2)).unwrap();
    role.say("open");
    role.stay();
}

#[test]
fn a_survey_shows_every_kind_with_its_holders() {
    Test::new(|main| {
        let names = ["1", "2", "3", "4"].map(|leaf| main.name(leaf));
        let [event, mutex, section, semaphore] = names.each_ref().map(String::as_str);
        let _event = Event::create(event).unwrap();
        let _mutex = Mutex::create(mutex).unwrap();
        let _section = Section::create(section, 4096).unwrap();
        let _semaphore = Semaphore::create(semaphore, 0, 1).unwrap();
        let peer = main.peer("holder", &[event, mutex, section]);
        peer.expect("open");
        let me = std::process::id();
        let mut both = [me, peer.id()];
        both.sort_unstable();

        let kinds = [Kind::Event, Kind::Mutex, Kind::Section, Kind::Semaphore];
        let found = ours();
        assert_eq!(found.len(), kinds.len(), "{found:?}");
        for ((leaf, kind, object), (name, expected)) in found.iter().zip(names.iter().zip(kinds)) {
            assert_eq!((leaf, *kind), (name, expected));
            let alone = *kind == Kind::Semaphore;
            let holders: &[u32] = if alone { &[me] } else { &both };
            assert_eq!(object.holders, holders, "{kind}");
            assert_eq!(object.orphaned, Some(false));
            assert_eq!(nshm::find(name.as_str()).unwrap().kind, expected);
            assert_eq!(nshm::holders(name.as_str()).unwrap(), holders);
        }
        let listed = nshm::list(Scope::Local).unwrap();
        assert!(listed.iter().map(|listed| listed.kind).eq(kinds));
        peer.kill();
        assert!(ours().iter().all(|(.., object)| object.holders == [me]));
    })
    .role("holder", holder)
    .asks_for_holders()
    .run();
}

#[test]
fn what_can_be_waited_for_is_found_with_its_state() {
    Test::new(|main| {
        let names = ["event", "mutex", "semaphore", "section"].map(|kind| main.name(kind));
        let [event_name, mutex_name, semaphore_name, section_name] =
            names.each_ref().map(String::as_str);

        for reset in [Reset::Manual, Reset::Automatic] {
            let name = event_name;
            let event = Event::options().reset(reset).create(name).unwrap();
            let told = |state| Some(State::Event { reset, state });
            assert_eq!(state(name), told(EventState::Unset));
            event.set().unwrap();
            // To ask does not take it.
            assert_eq!(state(name), told(EventState::Set));
            assert_eq!(state(name), told(EventState::Set));
        }

        let event = Event::create(event_name).unwrap();
        let mutex = Mutex::create(mutex_name).unwrap();
        let told = |owner| {
            Some(State::Mutex {
                owner,
                abandoned: false,
            })
        };
        assert_eq!(state(mutex_name), told(None));
        let guard = mutex.lock().unwrap();
        let owner = mutex.owner().unwrap();
        assert_ne!(owner.unwrap_or(0), 0);
        assert_eq!(state(mutex_name), told(owner));
        drop(guard);
        assert_eq!(state(mutex_name), told(None));

        let semaphore = Semaphore::create(semaphore_name, 2, 3).unwrap();
        semaphore.acquire().unwrap();
        let expected = State::Semaphore { count: 1, max: 3 };
        assert_eq!(state(semaphore_name), Some(expected));

        let _section = Section::create(section_name, 4096).unwrap();
        assert_eq!(state(section_name), None);

        // To ask has changed nothing, and does not keep anything.
        for name in &names {
            let object = inspect::object(name.as_str()).unwrap();
            assert_eq!(object.info.attach_count, 1, "{name}");
            assert_eq!(object.holders, [std::process::id()], "{name}");
        }
        assert_eq!(semaphore.count().unwrap(), 1);
        let gone = inspect::object(event_name).unwrap();
        drop(event);
        assert_eq!(kind_of(inspect::state(&gone)), ErrorKind::NotFound);
    })
    .asks_for_holders()
    .run();
}

/// Locks a mutex, tells its owner, and stays.
fn owner(role: &mut Role) {
    let mutex = Mutex::open(role.argument(0)).unwrap();
    mutex.acquire(None).unwrap();
    role.say(&mutex.owner().unwrap().unwrap().to_string());
    role.stay();
}

#[test]
fn a_mutex_tells_its_owner_and_that_it_was_abandoned() {
    Test::new(|main| {
        let name = main.name("x");
        let name = name.as_str();
        let mutex = Mutex::create(name).unwrap();
        let peer = main.peer("owner", &[name]);
        let thread: u32 = peer.hear().parse().unwrap();
        assert_ne!(thread, 0);
        let owned_by = |owner, abandoned| Some(State::Mutex { owner, abandoned });
        let known = Some(if OWNERS_ARE_KNOWN { thread } else { 0 });
        assert_eq!(mutex.owner().unwrap(), known);
        assert_eq!(state(name), owned_by(known, false));
        peer.kill();
        assert_eq!(mutex.owner().unwrap(), None);
        assert_eq!(state(name), owned_by(None, true));
        // To ask does not take the news from the next owner.
        let guard = mutex.lock().unwrap();
        assert!(guard.is_abandoned());
        assert_eq!(state(name), owned_by(mutex.owner().unwrap(), false));
        drop(guard);
        assert_eq!(state(name), owned_by(None, false));
    })
    .role("owner", owner)
    .asks_for_holders()
    .run();
}

#[test]
fn whom_an_object_admits_is_told_of_every_kind() {
    Test::new(|main| {
        for (index, security) in [
            Security::nobody(),
            Security::owner(),
            Security::group(),
            Security::group().others_read_only(),
            Security::everyone(),
            Security::everyone().others_read_only(),
        ]
        .into_iter()
        .enumerate()
        {
            let names = ["e", "m", "s"].map(|kind| main.name(&format!("{kind}{index}")));
            let [event, mutex, semaphore] = names.each_ref().map(String::as_str);
            let _event = Event::options().security(security).create(event).unwrap();
            let _mutex = Mutex::options().security(security).create(mutex).unwrap();
            let options = Semaphore::options(1, 2).security(security);
            let _semaphore = options.create(semaphore).unwrap();
            for name in &names {
                let found = nshm::find(name.as_str()).unwrap();
                assert_eq!(found.info.security, security, "{name}");
            }
        }
    })
    .asks_for_holders()
    .run();
}
