//! Forked children: a child's copy is a use of its own. Only Linux has fork.

use std::io::Read;
use std::os::unix::net::UnixStream;

use nshm::{ErrorKind, Section};

use super::os::{self, End};
use crate::support::{Test, isolated, kind_of};

/// Stays until the other end of the pair is closed.
fn stay(mut pipe: &UnixStream) {
    let _ = pipe.read(&mut [0]);
}

#[test]
fn a_childs_copy_is_a_use() {
    isolated(|main| {
        let name = main.name("copy");
        let section = Section::create(&name, 8192).unwrap();
        let view = section.map().unwrap();
        view.write_at(0, b"parent").unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let child = os::fork(|| {
            // The child's copy of our end would keep itself waiting.
            os::close_copy(&ours);
            stay(&theirs);
            view.write_at(4096, b"child").unwrap();
            0
        });
        main.note_process(child.id());
        drop(theirs);
        assert_eq!(section.info().unwrap().attach_count, 2);
        drop(view);
        drop(section);
        // The child alone keeps it now.
        assert_eq!(nshm::holders(&name).unwrap(), [child.id()]);
        assert_eq!(kind_of(Section::create(&name, 1)), ErrorKind::AlreadyExists);
        let again = Section::open(&name).unwrap();
        assert_eq!(again.map().unwrap().read_vec(0, 6).unwrap(), b"parent");
        drop(ours);
        assert_eq!(child.wait(), End::Exit(0));
        assert_eq!(again.map().unwrap().read_vec(4096, 5).unwrap(), b"child");
        drop(again);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    });
}

#[test]
fn a_child_that_ends_takes_nothing_away() {
    isolated(|main| {
        let name = main.name("ends");
        let section = Section::create(&name, 8192).unwrap();
        let view = section.map().unwrap();
        view.write_at(0, b"parent").unwrap();
        let mut ends: Vec<Box<dyn FnMut() -> i32>> = Vec::new();
        ends.push(Box::new(|| 0));
        let (mut a, mut b) = (Some(section.clone()), Some(section));
        let mut c = Some(view);
        // Dropped in the child: the clones, and with the last of them and the view the handle.
        ends.push(Box::new(move || {
            drop(a.take());
            drop(b.take());
            drop(c.take());
            0
        }));
        for end in &mut ends {
            for _ in 0..10 {
                let child = os::fork(&mut *end);
                main.note_process(child.id());
                assert_eq!(child.wait(), End::Exit(0));
                let other = Section::open(&name).unwrap();
                assert_eq!(other.map().unwrap().read_vec(0, 6).unwrap(), b"parent");
            }
        }
        drop(ends);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    });
}

#[test]
fn a_child_that_is_killed_takes_nothing_away() {
    isolated(|main| {
        let name = main.name("killed");
        let section = Section::create(&name, 8192).unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let child = os::fork(|| {
            os::close_copy(&ours);
            stay(&theirs);
            0
        });
        main.note_process(child.id());
        os::signal(child.id(), libc::SIGKILL);
        assert_eq!(child.wait(), End::Signal(libc::SIGKILL));
        assert_eq!(section.info().unwrap().attach_count, 1);
        Section::open(&name).unwrap();
    });
}

#[test]
fn a_childs_section_survives_the_parent() {
    Test::new(|main| {
        let name = main.name("orphan");
        let mut parent = main.peer("parent", &[&name]);
        let child: u32 = parent.hear().parse().unwrap();
        main.note_process(child);
        assert_eq!(nshm::holders(&name).unwrap().len(), 2);
        parent.kill_in_place();
        assert_eq!(nshm::holders(&name).unwrap(), [child]);
        let section = Section::open(&name).unwrap();
        assert_eq!(section.map().unwrap().read_vec(0, 6).unwrap(), b"parent");
        drop(section);
        // The child ends with its input, which it has from its parent.
        parent.finish();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        Section::create(&name, 4096).unwrap();
    })
    .role("parent", |role| {
        let section = Section::create(role.argument(0), 8192).unwrap();
        section.map().unwrap().write_at(0, b"parent").unwrap();
        let child = os::fork(|| {
            let _ = std::io::stdin().read(&mut [0]);
            0
        });
        role.say(&child.id().to_string());
        child.wait();
    })
    .run();
}

/// Parent and child may both create, open and drop afterwards.
#[test]
fn both_go_on_using_the_crate() {
    isolated(|main| {
        let before = main.name("before");
        let section = Section::create(&before, 4096).unwrap();
        for turn in 0..10 {
            let childs = main.name(&format!("child {turn}"));
            let child = os::fork(|| {
                let own = Section::create(&childs, 4096).unwrap();
                own.map().unwrap().write_at(0, b"own").unwrap();
                let parents = Section::open(&before).unwrap();
                parents.map().unwrap().write_at(turn, &[1]).unwrap();
                drop(own);
                i32::from(Section::open(&childs).is_ok())
            });
            main.note_process(child.id());
            let ours = Section::create(main.name("parent"), 4096).unwrap();
            assert_eq!(child.wait(), End::Exit(0));
            drop(ours);
            assert_eq!(kind_of(Section::open(&childs)), ErrorKind::NotFound);
        }
        assert_eq!(section.map().unwrap().read_vec(0, 10).unwrap(), [1; 10]);
    });
}
