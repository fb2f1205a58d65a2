//! A name lives exactly as long as a `Section` or a view of it does, anywhere.

use nshm::{ErrorKind, Section};

use crate::support::{Peer, Role, Test, isolated, kind_of};

/// Creates or opens what it is told, and lets it go as it is told.
fn user(role: &mut Role) {
    let name = role.argument(1);
    let mut section = Some(match role.argument(0) {
        "create" => Section::create(name, 8192).unwrap(),
        _ => Section::open(name).unwrap(),
    });
    let mut view = None;
    role.say("ready");
    while let Some(word) = role.hear() {
        match word.as_str() {
            "map" => view = Some(section.as_ref().unwrap().map().unwrap()),
            "write" => view.as_ref().unwrap().fill(.., 0x5a).unwrap(),
            "drop section" => drop(section.take()),
            "drop view" => drop(view.take()),
            "exit" => std::process::exit(0),
            other => panic!("{other}?"),
        }
        role.say(&word);
    }
}

fn tell(peer: &mut Peer, word: &str) {
    peer.tell(word);
    peer.expect(word);
}

/// Creates a section, writes to it, and lets another process open it.
fn two_users(main: &crate::support::Main, name: &str) -> (Peer, Peer) {
    let mut creator = main.peer("user", &["create", name]);
    creator.expect("ready");
    tell(&mut creator, "map");
    tell(&mut creator, "write");
    let opener = main.peer("user", &["open", name]);
    opener.expect("ready");
    (creator, opener)
}

fn assert_alive(name: &str) {
    // Through a handle that goes at once: this process must not be what keeps it alive.
    let bytes = Section::open(name)
        .unwrap()
        .map_read_only()
        .unwrap()
        .read_vec(0, 8192)
        .unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0x5a));
    assert_eq!(kind_of(Section::create(name, 1)), ErrorKind::AlreadyExists);
}

fn assert_gone_and_new_again(name: &str) {
    assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound);
    let section = Section::create(name, 8192).unwrap();
    let bytes = section.map().unwrap().read_vec(0, 8192).unwrap();
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn it_survives_its_creator_while_another_process_has_it() {
    Test::new(|main| {
        for end in ["drop", "exit", "kill"] {
            let name = main.name(end);
            let (mut creator, opener) = two_users(main, &name);
            assert_alive(&name);
            match end {
                "drop" => {
                    tell(&mut creator, "drop section");
                    assert_alive(&name);
                    tell(&mut creator, "drop view");
                    assert_alive(&name);
                    creator.finish();
                }
                "exit" => {
                    creator.tell("exit");
                    creator.finish();
                }
                _ => creator.kill(),
            }
            assert_alive(&name);
            opener.finish();
            assert_gone_and_new_again(&name);
        }
    })
    .role("user", user)
    .run();
}

#[test]
fn it_goes_with_its_last_user_however_that_ends() {
    Test::new(|main| {
        for end in ["drop", "exit", "kill"] {
            let name = main.name(end);
            let (creator, mut opener) = two_users(main, &name);
            creator.finish();
            assert_alive(&name);
            match end {
                "drop" => {
                    tell(&mut opener, "drop section");
                    // The process is alive; its use of the section is not.
                    assert_gone_and_new_again(&name);
                    opener.finish();
                }
                "exit" => {
                    opener.tell("exit");
                    opener.finish();
                }
                _ => opener.kill(),
            }
            assert_gone_and_new_again(&name);
            assert!(main.segments_left().is_empty());
        }
    })
    .role("user", user)
    .run();
}

#[test]
fn a_view_alone_keeps_the_name() {
    Test::new(|main| {
        let name = main.name("view");
        let mut peer = main.peer("user", &["create", &name]);
        peer.expect("ready");
        tell(&mut peer, "map");
        tell(&mut peer, "write");
        tell(&mut peer, "drop section");
        assert_alive(&name);
        tell(&mut peer, "drop view");
        assert_gone_and_new_again(&name);
        peer.finish();
    })
    .role("user", user)
    .run();
}

#[test]
fn each_sort_of_view_keeps_the_name() {
    isolated(|main| {
        let name = main.name("sorts");
        let create = || Section::create(&name, 8192).unwrap();
        let assert_held = || drop(Section::open(&name).unwrap());
        let assert_free = || assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);

        let view = create().map().unwrap();
        assert_held();
        drop(view);
        assert_free();

        let view = create().map_read_only().unwrap();
        assert_held();
        drop(view);
        assert_free();

        let view = create().map_private().unwrap();
        assert_held();
        drop(view);
        assert_free();

        let part = create().view_options().offset(5000).len(0).map().unwrap();
        assert_held();
        drop(part);
        assert_free();
    });
}

#[test]
fn a_name_can_be_used_a_thousand_times_over() {
    isolated(|main| {
        let name = main.name("again");
        for turn in 0..1000u32 {
            let section = Section::create(&name, 4096).unwrap();
            let view = section.map().unwrap();
            assert_eq!(view.load::<u32>(0).unwrap(), 0);
            view.store(0, &(turn + 1)).unwrap();
            let other = Section::open(&name).unwrap();
            drop(section);
            drop(view);
            let seen: u32 = other.map_read_only().unwrap().load(0).unwrap();
            assert_eq!(seen, turn + 1);
        }
        assert!(nshm::list(nshm::Scope::Local).unwrap().is_empty());
    });
}
