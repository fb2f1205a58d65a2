//! What is alive, who holds it, and taking a name away.

use nshm::{ErrorKind, Kind, Name, Namespace, Scope, Section};

use crate::support::{ORIGIN_IS_KNOWN, Test, isolated, kind_of};

fn leaves(scope: Scope) -> Vec<String> {
    let found = nshm::list(scope).unwrap();
    found
        .iter()
        .map(|object| object.name.leaf().to_owned())
        .collect()
}

#[test]
fn the_list_has_what_is_alive_and_nothing_else() {
    Test::new(|main| {
        assert_eq!(leaves(Scope::Local), [""; 0]);
        let (a, b, c) = (main.name("a"), main.name("b"), main.name("c"));
        let peer = main.peer("holder", &[&b]);
        peer.expect("made");
        let _a = Section::create(&a, 4096).unwrap();
        let _c = Section::create(format!(r"Global\{c}"), 4096).unwrap();
        let found = nshm::list(Scope::Local).unwrap();
        assert_eq!(leaves(Scope::Local), [a.as_str(), b.as_str()]);
        assert_eq!(leaves(Scope::Global), [c.as_str()]);
        assert_eq!(found[1].name, Name::new(&b).unwrap());
        assert_eq!(found[1].kind, Kind::Section);
        assert_eq!(found[1].info.len, 12288);
        let creators = [std::process::id(), peer.id()].map(|pid| ORIGIN_IS_KNOWN.then_some(pid));
        for (object, creator) in found.iter().zip(creators) {
            assert_eq!(object.info.creator_pid, creator.unwrap_or(0));
        }
        // Killed, it leaves no entry, whatever it leaves in the file system.
        peer.kill();
        assert_eq!(leaves(Scope::Local), [a.as_str()]);
        drop(_a);
        assert_eq!(leaves(Scope::Local), [""; 0]);
    })
    .role("holder", |role| {
        let _held = Section::create(role.argument(0), 12288).unwrap();
        role.say("made");
        role.stay();
    })
    .run();
}

#[test]
fn each_user_has_a_list() {
    isolated(|main| {
        let held = Section::create(main.name("mine"), 4096).unwrap();
        let me = nshm::session().unwrap();
        let creator = ORIGIN_IS_KNOWN.then_some(me);
        assert_eq!(
            held.info().unwrap().creator_uid,
            creator.unwrap_or(u32::MAX)
        );
        assert!(nshm::sessions().unwrap().contains(&me));
        assert_eq!(leaves(Scope::Session(me)), [main.name("mine")]);
        let by_number = format!(r"Session\{me}\{}", main.name("mine"));
        assert_eq!(Section::open(&by_number).unwrap().len(), 4096);
    });
}

#[test]
fn a_namespace_has_a_list() {
    isolated(|main| {
        let team = Namespace::new(main.namespace_dir("team"));
        let _b = Section::create(team.name("b").unwrap(), 4096).unwrap();
        let _a = Section::create(team.name("a").unwrap(), 4096).unwrap();
        assert_eq!(leaves(Scope::Private(team)), ["a", "b"]);
        assert_eq!(leaves(Scope::Local), [""; 0]);
    });
}

#[test]
fn the_holders_are_the_processes_that_have_it() {
    Test::new(|main| {
        let name = main.name("held");
        let section = Section::create(&name, 4096).unwrap();
        let me = std::process::id();
        assert_eq!(nshm::holders(&name).unwrap(), [me]);
        let one = main.peer("holder", &["write", &name]);
        let two = main.peer("holder", &["read", &name]);
        one.expect("open");
        two.expect("open");
        let mut all = [me, one.id(), two.id()];
        all.sort_unstable();
        assert_eq!(nshm::holders(&name).unwrap(), all);
        let view = section.map_read_only().unwrap();
        drop(section);
        one.kill();
        let mut rest = [me, two.id()];
        rest.sort_unstable();
        assert_eq!(nshm::holders(&name).unwrap(), rest);
        drop(view);
        assert_eq!(nshm::holders(&name).unwrap(), [two.id()]);
        two.finish();
        assert_eq!(kind_of(nshm::holders(&name)), ErrorKind::NotFound);
    })
    .role("holder", |role| {
        let _held = match role.argument(0) {
            "read" => Section::open_read_only(role.argument(1)),
            _ => Section::open(role.argument(1)),
        }
        .unwrap();
        role.say("open");
        role.stay();
    })
    .asks_for_holders()
    .run();
}

#[test]
fn a_name_that_was_taken_away_is_free_and_its_holders_keep_the_memory() {
    isolated(|main| {
        let name = main.name("removed");
        assert_eq!(kind_of(nshm::remove(&name)), ErrorKind::NotFound);
        let old = Section::create(&name, 4096).unwrap();
        old.map().unwrap().write_at(0, b"old").unwrap();
        match nshm::remove(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                return main.skip("this system cannot take a name away");
            }
            Err(error) => panic!("{error:?}"),
        }
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        assert_eq!(kind_of(nshm::remove(&name)), ErrorKind::NotFound);
        assert_eq!(leaves(Scope::Local), [""; 0]);
        let new = Section::create(&name, 8192).unwrap();
        assert_eq!(new.map().unwrap().read_vec(0, 3).unwrap(), [0; 3]);
        assert_eq!(old.map().unwrap().read_vec(0, 3).unwrap(), b"old");
        // The old one's end does not take the new one's name.
        old.close().unwrap();
        assert_eq!(Section::open(&name).unwrap().len(), 8192);
    });
}

#[test]
fn an_object_is_found_without_being_opened() {
    Test::new(|main| {
        let name = main.name("found");
        assert_eq!(kind_of(nshm::find(&name)), ErrorKind::NotFound);
        let peer = main.peer("holder", &[&name]);
        peer.expect("made");
        let found = nshm::find(&name).unwrap();
        assert_eq!(found.name, Name::new(&name).unwrap());
        assert_eq!(found.kind, Kind::Section);
        assert_eq!(found.info.len, 12288);
        let creator = if ORIGIN_IS_KNOWN { peer.id() } else { 0 };
        assert_eq!(found.info.creator_pid, creator);
        assert_eq!(nshm::holders(&name).unwrap(), [peer.id()]);
        peer.kill();
        assert_eq!(kind_of(nshm::find(&name)), ErrorKind::NotFound);
    })
    .role("holder", |role| {
        let _held = Section::create(role.argument(0), 12288).unwrap();
        role.say("made");
        role.stay();
    })
    .asks_for_holders()
    .run();
}

#[test]
fn ones_own_session_is_where_ones_names_are() {
    isolated(|main| {
        let session = nshm::session().unwrap();
        let _held = Section::create(main.name("mine"), 4096).unwrap();
        let by_number = format!(r"Session\{session}\{}", main.name("mine"));
        assert_eq!(Section::open(&by_number).unwrap().len(), 4096);
    });
}

/// What a killed process leaves of a name can be cleared; what is alive is never touched.
#[test]
fn clearing_takes_nothing_that_is_alive() {
    Test::new(|main| {
        let name = main.name("cleared");
        assert!(!nshm::clear_stale(&name).unwrap());
        let peer = main.peer("holder", &[&name]);
        peer.expect("made");
        assert!(!nshm::clear_stale(&name).unwrap());
        assert_eq!(Section::open(&name).unwrap().len(), 12288);
        peer.kill();
        // Whether something is left depends on the system.
        nshm::clear_stale(&name).unwrap();
        assert!(!nshm::clear_stale(&name).unwrap());
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    })
    .role("holder", |role| {
        let _held = Section::create(role.argument(0), 12288).unwrap();
        role.say("made");
        role.stay();
    })
    .run();
}
