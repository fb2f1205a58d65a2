//! Names and memory when processes are killed, at any moment.

use std::time::Duration;

use nshm::{Disposition, ErrorKind, Section};

use crate::support::{Main, Peer, Role, Test, count_from, kind_of, random};

const LEN: usize = 12288;
const NAMES: usize = 4;
const MARK: u64 = 0x6d61_726b_6d61_726b;

/// What was created must be zeros; then it is filled, which may not come to its end.
fn fill_a_new_one(section: &Section) {
    assert_eq!(section.len(), LEN);
    let view = section.map().unwrap();
    let bytes = view.read_vec(0, LEN).unwrap();
    assert!(
        bytes.iter().all(|byte| *byte == 0),
        "a creation gave old bytes"
    );
    for at in (0..LEN).step_by(8) {
        view.store(at, &MARK).unwrap();
    }
}

/// What was opened is whole, and holds nothing that nobody wrote.
fn look_at(section: &Section) {
    assert_eq!(section.len(), LEN);
    let view = section.map_read_only().unwrap();
    for at in (0..LEN).step_by(8) {
        let word: u64 = view.load(at).unwrap();
        assert!(word == 0 || word == MARK, "{word:x} at {at}");
    }
}

fn create(name: &str) {
    match Section::create(name, LEN) {
        Ok(section) => fill_a_new_one(&section),
        Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}"),
    }
}

fn open(name: &str) {
    match Section::open(name) {
        Ok(section) => look_at(&section),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}"),
    }
}

fn open_or_create(name: &str) {
    match Section::open_or_create(name, LEN).unwrap() {
        (section, Disposition::Created) => fill_a_new_one(&section),
        (section, Disposition::Opened) => look_at(&section),
    }
}

fn victim(role: &mut Role) {
    role.end_with_parent();
    role.say("begun");
    loop {
        let number = random();
        let name = role.argument(number as usize % NAMES);
        match number >> 32 & 3 {
            0 => create(name),
            1 => open(name),
            _ => open_or_create(name),
        }
    }
}

fn new_victim(main: &Main, names: &[String]) -> Peer {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    main.peer("victim", &names)
}

#[test]
fn a_thousand_kills_at_random_moments() {
    Test::new(|main| {
        let kills = count_from("NSHM_TEST_KILLS", 1000);
        let names: Vec<String> = (0..NAMES)
            .map(|number| main.name(&number.to_string()))
            .collect();
        let mut victims: Vec<Peer> = (0..4).map(|_| new_victim(main, &names)).collect();
        for kill in 0..kills {
            let mut victim = victims.swap_remove(random() as usize % victims.len());
            victim.expect("begun");
            // Not to wait for anything: the moment of death shall be any.
            std::thread::sleep(Duration::from_micros(random() % 2000));
            let ended = victim.has_ended();
            assert_eq!(ended, None, "a victim failed before kill {kill}");
            victim.kill();
            victims.push(new_victim(main, &names));
            for name in &names {
                open(name);
            }
            if kill % 3 == 0 {
                create(&names[kill % NAMES]);
            }
        }
        drop(victims);

        // Everybody is dead, so every name is free, and what the dead left under them is no
        // hindrance.
        assert!(nshm::list(nshm::Scope::Local).unwrap().is_empty());
        for name in &names {
            assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound);
        }
        let fresh: Vec<Section> = names
            .iter()
            .map(|name| Section::create(name, LEN).unwrap())
            .collect();
        fresh.iter().for_each(fill_a_new_one);
        drop(fresh);

        // One that was killed within a creation may have left its id, never a page. Such ids wait
        // under a few keys for the next creations to clear them.
        let left = main.segments_left();
        assert!(left.len() <= 8, "{left:#?}");
        for line in &left {
            let fields: Vec<&str> = line.split_whitespace().collect();
            assert_ne!(fields[0], "0", "not under a key: {line}");
            assert_eq!(fields[6], "0", "attached: {line}");
            assert_eq!(&fields[14..16], ["0", "0"], "has pages: {line}");
        }
        clear_by_creating(main);
        assert!(
            main.segments_left().is_empty(),
            "{:#?}",
            main.segments_left()
        );
    })
    .role("victim", victim)
    .run();
}

/// Creates sections in many threads at once, which thereby meet every key.
fn clear_by_creating(main: &Main) {
    for _ in 0..50 {
        if main.segments_left().is_empty() {
            return;
        }
        let everybody_is_here = std::sync::Barrier::new(64);
        std::thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    everybody_is_here.wait();
                    Section::anonymous(4096).unwrap();
                });
            }
        });
    }
}

#[test]
fn a_killed_creator_leaves_a_name_that_can_be_had_again() {
    Test::new(|main| {
        let names = [
            main.name("local"),
            format!(r"Global\{}", main.name("global")),
        ];
        for name in &names {
            for _ in 0..5 {
                let peer = main.peer("creator", &[name]);
                peer.expect("made");
                peer.kill();
                assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound);
                let (section, made) = Section::open_or_create(name, 4096).unwrap();
                assert_eq!(made, Disposition::Created);
                let bytes = section.map().unwrap().read_vec(0, 4096).unwrap();
                assert!(bytes.iter().all(|byte| *byte == 0));
            }
        }
    })
    .role("creator", |role| {
        let section = Section::create(role.argument(0), 1 << 20).unwrap();
        section.map().unwrap().fill(.., 0xff).unwrap();
        role.say("made");
        role.stay();
    })
    .run();
}
