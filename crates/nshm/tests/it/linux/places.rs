//! Waiting where the directory itself is yet to come: directories are Linux's.

use std::fs;
use std::thread;

use nshm::{Name, Namespace, Section};

use super::os;
use crate::support::{Main, PATIENCE, Role, Test, kind_of};

fn maker(role: &mut Role) {
    role.say("ready");
    role.stay();
    let _held = Section::create(role.argument(0), 12288).unwrap();
    role.say("made");
    role.stay();
}

/// Waits for `name` while `then` makes what is needed for it, and it.
fn meet(name: &Name, then: impl FnOnce()) {
    thread::scope(|scope| {
        let waiter = scope.spawn(|| Section::wait(name, PATIENCE));
        then();
        assert_eq!(waiter.join().unwrap().unwrap().len(), 12288);
    });
}

fn create_elsewhere(main: &Main, name: &str, adjust: impl FnOnce(&mut std::process::Command)) {
    let mut peer = main.peer_with("maker", &[name], adjust).unwrap();
    peer.expect("ready");
    peer.tell("create");
    peer.expect("made");
    // The waiter opens it before or after the maker is gone; so it must stay until then.
    KEPT.with_borrow_mut(|kept| kept.push(peer));
}

thread_local! {
    static KEPT: std::cell::RefCell<Vec<crate::support::Peer>> = const { std::cell::RefCell::new(Vec::new()) };
}

fn finish_makers() {
    KEPT.with_borrow_mut(|kept| kept.drain(..).for_each(crate::support::Peer::finish));
}

#[test]
fn a_users_directory_that_is_yet_to_come() {
    Test::new(|main| {
        let leaf = main.name("early");
        assert!(!main.dir().join(format!("nshm-{}", os::uid())).exists());
        let name = Name::new(&format!(r"Session\{}\{leaf}", os::uid())).unwrap();
        meet(&name, || create_elsewhere(main, &leaf, |_| {}));
        finish_makers();
    })
    .role("maker", maker)
    .run();
}

#[test]
fn another_users_directory_that_is_yet_to_come() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to be two users");
        }
        os::open_to_all(&main.dir());
        let leaf = main.name("early");
        let name = Name::new(&format!(r"Session\61001\{leaf}")).unwrap();
        meet(&name, || {
            create_elsewhere(main, &leaf, os::become_user(61001, 61001))
        });
        finish_makers();
    })
    .role("maker", maker)
    .run();
}

#[test]
fn a_namespace_that_is_yet_to_come() {
    Test::new(|main| {
        for round in 0..10 {
            let dir = main.root().join(format!("not/yet/{round}"));
            let namespace = Namespace::new(&dir);
            let absent = kind_of(Section::open(namespace.name("x").unwrap()));
            assert_eq!(absent, nshm::ErrorKind::NotFound);
            let refused = Section::create(namespace.name("x").unwrap(), 4096).unwrap_err();
            assert!(refused.to_string().contains("no directory"), "{refused}");
            let name = namespace.name("x").unwrap();
            let kept = thread::scope(|scope| {
                let waiter = scope.spawn(|| Section::wait(&name, PATIENCE));
                fs::create_dir_all(&dir).unwrap();
                let kept = Section::create(&name, 12288).unwrap();
                assert_eq!(waiter.join().unwrap().unwrap().len(), 12288);
                kept
            });
            drop(kept);
            fs::remove_dir_all(main.root().join("not")).unwrap();
        }
    })
    .run();
}

#[test]
fn an_administrators_directory_that_is_yet_to_come() {
    Test::new(|main| {
        let name = Name::new(&format!(r"Global\{}", main.name("early"))).unwrap();
        meet(&name, || {
            fs::create_dir_all(main.dir().join("run/nshm/global")).unwrap();
            create_elsewhere(main, &name.to_string(), |_| {});
        });
        finish_makers();
    })
    .role("maker", maker)
    .run();
}
