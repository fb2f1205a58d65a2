//! Everybody at once.

use std::sync::Barrier;
use std::sync::atomic::Ordering;
use std::thread;

use nshm::{Disposition, ErrorKind, Section};

use crate::support::{Peer, Test, count_from, isolated};

/// An open of a name that comes and goes gives a whole section or `NotFound`, always.
/// `NSHM_TEST_OPENS` sets how many opens there are in all.
#[test]
fn openers_against_a_creator() {
    const OPENERS: usize = 4;
    const LEN: usize = 12288;
    Test::new(|main| {
        let opens = count_from("NSHM_TEST_OPENS", 1_000_000);
        let name = main.name("race");
        let mut creator = main.peer("creator", &[&name]);
        creator.expect("begun");
        let each = opens.div_ceil(OPENERS).to_string();
        let openers: Vec<Peer> = (0..OPENERS)
            .map(|_| main.peer("opener", &[&name, &each]))
            .collect();
        let mut found = 0;
        for opener in openers {
            let line = loop {
                match opener.hear().as_str() {
                    // So that a long run is not taken for a stuck one.
                    "on it" => {}
                    line => break line.to_owned(),
                }
            };
            found += line.parse::<usize>().unwrap();
            opener.finish();
        }
        assert_eq!(creator.has_ended(), None, "the creator failed");
        creator.finish();
        assert!(found > 0, "nothing was ever found: this was no race");
    })
    .role("creator", |role| {
        // Not killed, because that could be within a creation: the kill storm is about that.
        let told_to_end = role.told_to_end();
        role.say("begun");
        while !told_to_end.load(Ordering::Relaxed) {
            match Section::create(role.argument(0), LEN) {
                Ok(section) => {
                    let view = section.map().unwrap();
                    assert_eq!(view.load::<u64>(LEN - 8).unwrap(), 0);
                    view.store(LEN - 8, &1u64).unwrap();
                }
                // An opener has it still.
                Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}"),
            }
        }
    })
    .role("opener", |role| {
        let mut found = 0;
        for turn in 0..role.number(1) {
            if turn % 50_000 == 0 {
                role.say("on it");
            }
            match Section::open(role.argument(0)) {
                Ok(section) => {
                    found += 1;
                    assert_eq!(section.len(), LEN);
                    let view = section.map().unwrap();
                    assert!(view.load::<u64>(LEN - 8).unwrap() <= 1);
                    view.atomic_u64(0).unwrap().fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}"),
            }
        }
        role.say(&found.to_string());
        role.stay();
    })
    .run();
}

/// Of several that create or open one name, one has created it, and all have the same.
#[test]
fn one_creates_and_the_others_open() {
    const PEERS: usize = 4;
    Test::new(|main| {
        let mut peers: Vec<Peer> = (0..PEERS).map(|_| main.peer("either", &[])).collect();
        for round in 0..100 {
            let name = main.name(&round.to_string());
            for peer in &mut peers {
                peer.tell(&name);
            }
            let mut said: Vec<String> = peers.iter().map(Peer::hear).collect();
            said.sort_unstable();
            assert_eq!(said, ["created", "opened", "opened", "opened"]);
            assert_eq!(Section::open(&name).unwrap().len(), 4096);
            for peer in &mut peers {
                peer.tell("read");
            }
            for peer in &peers {
                peer.expect("4");
            }
        }
        peers.into_iter().for_each(Peer::finish);
    })
    .role("either", |role| {
        while let Some(name) = role.hear() {
            let (section, made) = Section::open_or_create(&name, 4096).unwrap();
            let view = section.map().unwrap();
            view.atomic_u32(0).unwrap().fetch_add(1, Ordering::AcqRel);
            role.say(match made {
                Disposition::Created => "created",
                Disposition::Opened => "opened",
            });
            role.stay();
            let users = view.load_u32(0, Ordering::Acquire).unwrap();
            role.say(&users.to_string());
        }
    })
    .run();
}

/// A creation that finds the name of a dead one replaces it; of several that do, one wins.
#[test]
fn one_replaces_what_a_dead_one_left() {
    const PEERS: usize = 4;
    Test::new(|main| {
        let mut peers: Vec<Peer> = (0..PEERS).map(|_| main.peer("creator", &[])).collect();
        for round in 0..30 {
            let name = main.name(&round.to_string());
            let dead = main.peer("dead", &[&name]);
            dead.expect("made");
            dead.kill();
            for peer in &mut peers {
                peer.tell(&name);
            }
            let mut said: Vec<String> = peers.iter().map(Peer::hear).collect();
            said.sort_unstable();
            assert_eq!(said, ["created", "taken", "taken", "taken"]);
            // The winner's name stands, whoever else was about to clear the old one away.
            assert_eq!(Section::open(&name).unwrap().len(), 8192);
            peers.iter_mut().for_each(|peer| peer.tell("drop"));
        }
        peers.into_iter().for_each(Peer::finish);
    })
    .role("creator", |role| {
        while let Some(name) = role.hear() {
            let made = Section::create(&name, 8192);
            match &made {
                Ok(_) => role.say("created"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}");
                    role.say("taken");
                }
            }
            role.stay();
        }
    })
    .role("dead", |role| {
        let _held = Section::create(role.argument(0), 4096).unwrap();
        role.say("made");
        role.stay();
    })
    .run();
}

#[test]
fn eight_threads_with_the_same_names() {
    const THREADS: usize = 8;
    const TURNS: usize = 500;
    isolated(|main| {
        let names = [main.name("a"), main.name("b"), main.name("c")];
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (names, start) = (&names, &start);
                scope.spawn(move || {
                    start.wait();
                    for turn in 0..TURNS {
                        let name = &names[(turn + number) % names.len()];
                        match (turn / 3 + number) % 3 {
                            0 => match Section::create(name, 8192) {
                                Ok(section) => {
                                    let view = section.map().unwrap();
                                    assert_eq!(view.load::<u64>(8).unwrap(), 0);
                                    view.store(8, &1u64).unwrap();
                                }
                                Err(error) => {
                                    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}");
                                }
                            },
                            1 => match Section::open(name) {
                                Ok(section) => {
                                    assert_eq!(section.len(), 8192);
                                    let view = section.map_read_only().unwrap();
                                    assert!(view.load::<u64>(8).unwrap() <= 1);
                                }
                                Err(error) => {
                                    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
                                }
                            },
                            _ => {
                                let (section, _) = Section::open_or_create(name, 8192).unwrap();
                                assert_eq!(section.len(), 8192);
                                let view = section.map().unwrap();
                                view.write_at(0, &[number as u8]).unwrap();
                            }
                        }
                    }
                });
            }
        });
        assert!(nshm::list(nshm::Scope::Local).unwrap().is_empty());
    });
}

/// One handle serves all threads of a process.
#[test]
fn threads_share_a_handle() {
    isolated(|main| {
        let name = main.name("shared");
        let section = Section::create(&name, 65536).unwrap();
        thread::scope(|scope| {
            for number in 0..8 {
                let section = section.clone();
                scope.spawn(move || {
                    for _ in 0..200 {
                        let part = section.view_options().offset(number * 8192).len(8192);
                        let view = part.map().unwrap();
                        view.fill(.., number as u8).unwrap();
                        let read_only = part.map_read_only().unwrap();
                        let bytes = read_only.read_vec(0, 8192).unwrap();
                        assert!(bytes.iter().all(|byte| *byte == number as u8));
                    }
                });
            }
        });
        drop(section);
        assert!(Section::open(&name).is_err());
    });
}
