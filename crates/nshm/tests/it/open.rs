//! A handle to what exists, and what the system says of it.

use std::time::{Duration, SystemTime};

use nshm::{Access, ErrorKind, Section, Security};

use crate::support::{Test, isolated, kind_of};

#[test]
fn what_nobody_made_is_not_found() {
    isolated(|main| {
        let name = main.name("nobody");
        for error in [
            Section::open(&name).unwrap_err(),
            Section::open_read_only(&name).unwrap_err(),
            Section::open(format!(r"Global\{name}")).unwrap_err(),
            nshm::holders(&name).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(error.to_string().contains(&name), "{error}");
            let error: std::io::Error = error.into();
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
        // Looking makes nothing.
        assert!(nshm::list(nshm::Scope::Global).unwrap().is_empty());
    });
}

#[test]
fn every_handle_reaches_the_same_memory() {
    isolated(|main| {
        let name = main.name("same");
        let first = Section::create(&name, 8192).unwrap();
        let second = Section::open(&name).unwrap();
        let clone = second.clone();
        first.map().unwrap().store(100, &42u64).unwrap();
        for section in [&first, &second, &clone] {
            let view = section.map_read_only().unwrap();
            assert_eq!(view.load::<u64>(100).unwrap(), 42);
            assert_eq!(section.name().unwrap().to_string(), name);
        }
        // A clone is the same handle: closing one of the two closes nothing.
        second.close().unwrap();
        drop(first);
        assert_eq!(Section::open(&name).unwrap().len(), 8192);
        clone.close().unwrap();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    });
}

#[test]
fn options_of_creation_do_not_matter_to_what_exists() {
    isolated(|main| {
        let name = main.name("options");
        let section = Section::options()
            .size(4096)
            .security(Security::group())
            .create(&name)
            .unwrap();
        let opened = Section::options()
            .size(1 << 20)
            .security(Security::everyone())
            .reserve_only(true)
            .populate(true)
            .access(Access::ReadOnly)
            .open(&name)
            .unwrap();
        assert_eq!(opened.len(), 4096);
        assert_eq!(opened.access(), Access::ReadOnly);
        assert_eq!(section.access(), Access::ReadWrite);
        assert_eq!(opened.info().unwrap().security, Security::group());
    });
}

#[test]
fn the_system_knows_who_made_it_when_and_how_much_is_in_memory() {
    Test::new(|main| {
        let name = main.name("info");
        // Times are in whole seconds, and the kernel's may be behind by a tick.
        let slack = Duration::from_secs(2);
        let before = SystemTime::now() - slack;
        let mut peer = main.peer("maker", &[&name]);
        peer.expect("made");
        let section = Section::open(&name).unwrap();
        let info = section.info().unwrap();
        assert_eq!(info.len, 1 << 20);
        assert_eq!(info.creator_pid, peer.id());
        assert!(info.created >= before && info.created <= SystemTime::now() + slack);
        assert!(info.attach_count >= 2, "{info:?}");
        assert_eq!(info.security, Security::owner());
        peer.tell("touch");
        peer.expect("touched");
        let touched = section.info().unwrap();
        assert!(touched.resident + touched.swapped >= info.resident + info.swapped);
        assert!(touched.resident + touched.swapped >= 1 << 20, "{touched:?}");
        peer.finish();
        let alone = section.info().unwrap();
        assert!(alone.attach_count < info.attach_count, "{alone:?}");
    })
    .role("maker", |role| {
        let section = Section::create(role.argument(0), 1 << 20).unwrap();
        role.say("made");
        role.stay();
        section.map().unwrap().fill(.., 1).unwrap();
        role.say("touched");
        role.stay();
    })
    .run();
}
