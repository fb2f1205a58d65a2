//! Waiting for a name that is yet to come.

use std::thread;
use std::time::Duration;

use nshm::{Access, ErrorKind, Name, Namespace, Section};

use crate::support::{Main, PATIENCE, Test, isolated, kind_of};

#[test]
fn what_is_there_is_opened_at_once() {
    isolated(|main| {
        let name = main.name("there");
        let _held = Section::create(&name, 8192).unwrap();
        let section = Section::wait(&name, Duration::ZERO).unwrap();
        assert_eq!(section.len(), 8192);
        let section = Section::options()
            .access(Access::ReadOnly)
            .wait(&name, None)
            .unwrap();
        assert_eq!(kind_of(section.map()), ErrorKind::AccessDenied);
    });
}

#[test]
fn it_gives_up_when_the_time_has_passed() {
    isolated(|main| {
        let team = Namespace::new(main.namespace_dir("team"));
        for name in [
            Name::new(&main.name("never")).unwrap(),
            Name::new(&format!(r"Global\{}", main.name("never"))).unwrap(),
            team.name("never").unwrap(),
        ] {
            for time in [Duration::ZERO, Duration::from_millis(3)] {
                let error = Section::wait(&name, time).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                assert!(error.to_string().contains("never"), "{error}");
            }
        }
    });
}

/// Waits for a name in a thread, lets a peer create it, and lets it go.
fn meet(main: &Main, name: &Name, waiting: impl Fn(&Name) -> nshm::Result<Section> + Sync) {
    // Whether the creation comes before the look, between look and sleep or after them is left
    // to chance, and must not matter.
    for _ in 0..20 {
        let mut peer = main.peer("maker", &[&name.to_string()]);
        peer.expect("ready");
        thread::scope(|scope| {
            let waiter = scope.spawn(|| waiting(name));
            peer.tell("create");
            peer.expect("made");
            let section = waiter.join().unwrap().unwrap();
            assert_eq!(section.len(), 12288);
        });
        peer.finish();
        assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound);
    }
}

fn maker(role: &mut crate::support::Role) {
    role.say("ready");
    role.stay();
    let _held = Section::create(role.argument(0), 12288).unwrap();
    role.say("made");
    role.stay();
}

#[test]
fn it_returns_when_another_process_has_created_the_name() {
    Test::new(|main| {
        for name in [main.name("late"), format!(r"Global\{}", main.name("late"))] {
            let name = Name::new(&name).unwrap();
            meet(main, &name, |name| Section::wait(name, PATIENCE));
            meet(main, &name, |name| Section::wait(name, None));
        }
    })
    .role("maker", maker)
    .run();
}

/// A killed creator leaves a name that leads nowhere: it is not what was waited for.
#[test]
fn it_is_not_content_with_a_dead_one() {
    Test::new(|main| {
        let name = main.name("dead");
        let mut peer = main.peer("maker", &[&name]);
        peer.expect("ready");
        peer.tell("create");
        peer.expect("made");
        peer.kill();
        let late = kind_of(Section::wait(&name, Duration::from_millis(3)));
        assert_eq!(late, ErrorKind::TimedOut);
        let name = Name::new(&name).unwrap();
        meet(main, &name, |name| Section::wait(name, PATIENCE));
    })
    .role("maker", maker)
    .run();
}

#[test]
fn many_may_wait_for_one_name() {
    Test::new(|main| {
        let name = main.name("many");
        let mut peers: Vec<_> = (0..4).map(|_| main.peer("waiter", &[&name])).collect();
        peers.iter().for_each(|peer| peer.expect("waiting"));
        let section = Section::create(&name, 4096).unwrap();
        section.map().unwrap().store(0, &7u32).unwrap();
        for peer in &mut peers {
            peer.expect("found");
            peer.tell("read");
            peer.expect("7");
        }
        peers.into_iter().for_each(crate::support::Peer::finish);
    })
    .role("waiter", |role| {
        role.say("waiting");
        let section = Section::wait(role.argument(0), PATIENCE).unwrap();
        role.say("found");
        role.stay();
        let value: u32 = section.map_read_only().unwrap().load(0).unwrap();
        role.say(&value.to_string());
        role.stay();
    })
    .run();
}
