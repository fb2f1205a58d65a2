//! The system's limits: `kernel.shmmni`, `kernel.shmall`, `kernel.shmmax` and a small `/dev/shm`.
//! They are sysctls and mounts of Linux, set here in namespaces of the test's own.

use std::fs;

use nshm::{ErrorKind, Scope, Section};

use super::os;
use crate::support::{Main, Test, text_of};

/// Sets a sysctl of this IPC namespace; where that is not allowed, the test is skipped.
fn set(main: &Main, sysctl: &str, value: u64) -> bool {
    let path = format!("/proc/sys/kernel/{sysctl}");
    if let Err(error) = fs::write(&path, value.to_string()) {
        main.skip(&format!(
            "kernel.{sysctl} cannot be set in a namespace here: {error}"
        ));
        return false;
    }
    assert_eq!(fs::read_to_string(&path).unwrap().trim(), value.to_string());
    true
}

#[test]
fn ten_thousand_names_at_once() {
    const COUNT: usize = 10_000;
    Test::new(|main| {
        if !set(main, "shmmni", 16_384) {
            return;
        }
        let held: Vec<Section> = (0..COUNT)
            .map(|number| {
                let section = Section::create(format!("number {number:05}"), 4096).unwrap();
                section.map().unwrap().store(0, &number).unwrap();
                section
            })
            .collect();
        let listed = nshm::list(Scope::Local).unwrap();
        assert_eq!(listed.len(), COUNT);
        for (number, object) in listed.iter().enumerate() {
            assert_eq!(object.name.leaf(), format!("number {number:05}"));
        }
        for number in (0..COUNT).step_by(97) {
            let section = Section::open(format!("number {number:05}")).unwrap();
            let view = section.map_read_only().unwrap();
            assert_eq!(view.load::<usize>(0).unwrap(), number);
        }
        drop(held);
        assert!(nshm::list(Scope::Local).unwrap().is_empty());
        assert!(os::segments().is_empty());
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn no_more_sections_than_the_system_allows() {
    Test::new(|main| {
        if !set(main, "shmmni", 20) {
            return;
        }
        let mut held: Vec<Section> = (0..20)
            .map(|number| Section::create(number.to_string(), 4096).unwrap())
            .collect();
        for error in [
            Section::create("one more", 4096).unwrap_err(),
            Section::open_or_create("one more", 4096).unwrap_err(),
            Section::anonymous(4096).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::TooManySections);
            assert!(text_of(&error).contains("20 segments"), "{error}");
            assert!(error.hint().unwrap().contains("kernel.shmmni"));
        }
        // What exists is not disturbed, and does not count twice.
        let (_, made) = Section::open_or_create("7", 4096).unwrap();
        assert_eq!(made, nshm::Disposition::Opened);
        held.pop();
        held.push(Section::create("one more", 4096).unwrap());
        drop(held);
        assert!(os::segments().is_empty());
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn no_more_memory_than_the_system_allows() {
    Test::new(|main| {
        // In pages.
        if !set(main, "shmall", 1024) {
            return;
        }
        let held = Section::create("half", 2 << 20).unwrap();
        let error = Section::create("too much", 3 << 20).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommitLimit);
        assert!(error.hint().unwrap().contains("kernel.shmall"), "{error:?}");
        drop(held);
        drop(Section::create("now it fits", 3 << 20).unwrap());

        set(main, "shmmax", 1 << 20);
        let error = Section::create("too long", 2 << 20).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CommitLimit);
        assert!(error.hint().unwrap().contains("kernel.shmmax"), "{error:?}");
        Section::create("short enough", 1 << 20).unwrap();
        assert!(os::segments().is_empty());
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn the_size_of_dev_shm_does_not_matter() {
    const LEN: usize = 64 << 20;
    Test::new(|main| {
        if let Err(error) = os::mount_tmpfs("/dev/shm", "size=1m,mode=1777") {
            return main.skip(&format!("cannot mount over /dev/shm: {error}"));
        }
        let section = Section::create("large", LEN).unwrap();
        let view = section.map().unwrap();
        // Full, too.
        let filled = fs::write("/dev/shm/filling", vec![1; 2 << 20]).unwrap_err();
        assert_eq!(filled.kind(), std::io::ErrorKind::StorageFull);
        let pattern: Vec<u8> = (0..LEN).map(|at| (at >> 12) as u8 ^ at as u8).collect();
        view.write_at(0, &pattern).unwrap();
        assert!(section.info().unwrap().resident >= LEN as u64);
        let other = Section::open("large").unwrap();
        let read = other.map_read_only().unwrap().read_vec(0, LEN).unwrap();
        assert!(read == pattern);
        // A short name needs no page of the file system.
        let another = Section::create("another", LEN).unwrap();
        another.map().unwrap().fill(.., 1).unwrap();
        drop((section, view, other, another));
        assert!(nshm::list(Scope::Local).unwrap().is_empty());
        assert!(os::segments().is_empty());
    })
    .world(os::OWN_IPC_AND_MOUNTS)
    .run();
}

/// A name is an inode; a file system that has no more of them says so in words.
#[test]
fn no_more_names_than_dev_shm_has_inodes() {
    Test::new(|main| {
        if let Err(error) = os::mount_tmpfs("/dev/shm", "nr_inodes=12,mode=1777") {
            return main.skip(&format!("cannot mount over /dev/shm: {error}"));
        }
        let mut held = Vec::new();
        let error = loop {
            match Section::create(format!("number {}", held.len()), 4096) {
                Ok(section) => held.push(section),
                Err(error) => break error,
            }
            assert!(held.len() < 12);
        };
        assert!(held.len() > 3);
        assert_eq!(error.kind(), ErrorKind::TooManySections, "{error:?}");
        assert!(error.hint().unwrap().contains("nr_inodes"), "{error:?}");
        // The section that got no name has gone.
        assert_eq!(os::segments().len(), held.len());
    })
    .world(os::OWN_IPC_AND_MOUNTS)
    .run();
}
