//! Seeing what is shared, and clearing what the dead have left.

use std::fs::File;
use std::path::Path;

use nshm::inspect::{self, Object, Origin, Reach};
use nshm::{ErrorKind, Section};

use super::os;
use crate::support::{Main, Role, Test, kind_of};

fn make(path: &Path) -> File {
    let file = File::create_new(path).unwrap();
    file.set_len(4096).unwrap();
    file
}

fn everything() -> Vec<Object> {
    inspect::survey(Reach::Everything).unwrap().objects
}

fn named<'o>(objects: &'o [Object], name: &str) -> &'o Object {
    let found = objects.iter().find(|object| object.name() == name);
    found.unwrap_or_else(|| panic!("no {name} in {objects:#?}"))
}

/// Holds a section by its name and a file by a descriptor.
fn holder(role: &mut Role) {
    let section = Section::open("ours").unwrap();
    let path = std::env::var_os("NSHM_DIR").unwrap();
    let file = File::open(Path::new(&path).join("held")).unwrap();
    role.say("held");
    role.stay();
    drop((section, file));
}

#[test]
fn every_origin_is_seen_with_its_holders() {
    Test::new(|main| {
        let me = std::process::id();
        let _ours = Section::create("ours", 4096).unwrap();
        let _apart = Section::options()
            .size(8192)
            .separate_pages(true)
            .create("apart")
            .unwrap();
        let _nameless = Section::anonymous(12288).unwrap();
        drop(make(&main.dir().join("held")));
        drop(make(&main.dir().join("psm_1234abcd")));
        let raw = os::raw_segment(0x1234, 4096, 0o600).unwrap();
        let peer = main.peer("holder", &[]);
        peer.expect("held");

        let objects = everything();
        let names: Vec<String> = objects.iter().map(Object::name).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        let ours = named(&objects, "ours");
        let mut both = [me, peer.id()];
        both.sort_unstable();
        assert_eq!(ours.holders, both);
        assert_eq!((ours.kind(), ours.family()), ("section", Some("nshm")));
        assert_eq!(named(&objects, "apart").holders, [me]);
        assert_eq!(named(&objects, "apart").info.len, 8192);
        let held = named(&objects, "posix:/held");
        assert_eq!(held.holders, [peer.id()]);
        assert_eq!((held.orphaned, held.family()), (Some(false), None));
        let orphan = named(&objects, "posix:/psm_1234abcd");
        assert_eq!(orphan.orphaned, Some(true));
        assert_eq!((orphan.kind(), orphan.family()), ("posix", Some("Python")));
        let bare = named(&objects, &format!("sysv:{raw}"));
        assert_eq!((bare.orphaned, bare.kind()), (Some(true), "sysv"));
        assert!(matches!(bare.origin, Origin::SystemV { key: 0x1234, .. }));
        assert_eq!(inspect::segment(raw).unwrap().info.len, 4096);
        // A section without a name is a bare segment, which this process has.
        let nameless = objects.iter().find(|object| object.info.len == 12288);
        assert_eq!(nameless.unwrap().holders, [me]);
        assert_eq!(nameless.unwrap().orphaned, Some(false));
        // Those of others are asked for only.
        let ours = inspect::survey(Reach::Ours).unwrap().objects;
        assert_eq!(ours.len(), 2);
        peer.finish();
        let Origin::SystemV { id, key } = nameless.unwrap().origin else {
            panic!("{nameless:?}");
        };
        let segment = inspect::segment(id).unwrap();
        assert_eq!(segment.origin, Origin::SystemV { id, key });
        assert_eq!((segment.holders, segment.orphaned), (vec![me], Some(false)));
        os::remove_raw_segment(raw).unwrap();
        assert_eq!(kind_of(inspect::segment(raw)), ErrorKind::NotFound);
    })
    .role("holder", holder)
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn an_orphan_goes_and_what_is_held_stays() {
    Test::new(|main| {
        let _ours = Section::create("ours", 4096).unwrap();
        let held = make(&main.dir().join("held"));
        drop(make(&main.dir().join("orphan")));
        drop(make(&main.dir().join("replaced")));
        let raw = os::raw_segment(0, 4096, 0o600).unwrap();
        let attached = os::raw_segment(0, 4096, 0o600).unwrap();
        os::attach_raw_segment(attached).unwrap();
        let objects = everything();
        // Another object by now, though under the same name.
        std::fs::rename(main.dir().join("replaced"), main.root().join("old")).unwrap();
        drop(make(&main.dir().join("replaced")));
        let remove = |name: &str| inspect::remove_orphan(named(&objects, name));
        for (name, goes) in [
            ("posix:/held", false),
            ("posix:/orphan", true),
            ("posix:/replaced", false),
            (&format!("sysv:{raw}"), true),
            (&format!("sysv:{attached}"), false),
        ] {
            assert_eq!(remove(name).unwrap(), goes, "{name}");
        }
        assert_eq!(kind_of(remove("ours")), ErrorKind::Unsupported);
        assert!(!main.dir().join("orphan").exists());
        assert!(main.dir().join("replaced").exists());
        assert!(os::segment(raw).is_none());
        assert!(os::segment(attached).is_some());
        drop(held);
        assert!(remove("posix:/held").unwrap());
        os::remove_raw_segment(attached).unwrap();
    })
    .world(os::OWN_IPC)
    .run();
}

/// Even one that no list of processes shows: an open file in a message that nobody has fetched.
#[test]
fn the_kernel_knows_holders_that_nobody_sees() {
    Test::new(|main| {
        let file = make(&main.dir().join("in-flight"));
        let kept = os::send_to_nobody(file);
        let objects = everything();
        let object = named(&objects, "posix:/in-flight");
        assert!(object.holders.is_empty());
        assert_eq!(object.orphaned, Some(false));
        assert!(!inspect::remove_orphan(object).unwrap());
        drop(kept);
        assert_eq!(
            named(&everything(), "posix:/in-flight").orphaned,
            Some(true)
        );
    })
    .world(os::OWN_IPC)
    .run();
}

fn creator(role: &mut Role) {
    let _section = Section::create("stale", 4096).unwrap();
    os::raw_segment(
        0x4e53_0000 | (os::uid().wrapping_mul(8) & 0xffff) as i32,
        4096,
        0o600,
    )
    .unwrap();
    role.say("made");
    role.stay();
}

#[test]
fn what_the_dead_left_is_found_and_cleared() {
    Test::new(|main| {
        let alive = Section::create("alive", 4096).unwrap();
        let peer = main.peer("creator", &[]);
        peer.expect("made");
        let before = inspect::leftovers().unwrap();
        assert!(
            before.names.is_empty() && before.ids.is_empty(),
            "{before:?}"
        );
        let pid = peer.id();
        peer.kill();
        let left = inspect::leftovers().unwrap();
        let names: Vec<_> = left.names.iter().map(|it| it.name.to_string()).collect();
        assert_eq!(names, ["stale"]);
        assert_eq!(left.names[0].owner_uid, os::uid());
        assert_eq!(left.ids.len(), 1);
        assert_eq!((left.ids[0].creator_pid, left.ids[0].len), (pid, 4096));
        assert!(nshm::clear_stale(&left.names[0].name).unwrap());
        assert!(inspect::clear_leaked(&left.ids[0]).unwrap());
        assert!(!inspect::clear_leaked(&left.ids[0]).unwrap());
        let after = inspect::leftovers().unwrap();
        assert!(after.names.is_empty() && after.ids.is_empty());
        drop(alive);
    })
    .role("creator", creator)
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn places_are_told() {
    Test::new(|main: &Main| {
        let places = inspect::places().unwrap();
        assert_eq!(places.base, main.dir());
        assert_eq!(places.own, main.dir().join(format!("nshm-{}", os::uid())));
        assert!(places.own_problem.is_none());
        assert_eq!(places.global, main.dir().join("run/nshm/global"));
        let _section = Section::create("x", 1).unwrap();
        os::set_mode(&places.own, 0o777);
        let problem = inspect::places().unwrap().own_problem.unwrap();
        assert!(problem.to_string().contains("others may write to it"));
        os::set_mode(&places.own, 0o700);
    })
    .run();
}
