//! A new section: its size, its zeros, and the name that is taken.

use nshm::{Disposition, ErrorKind, Section};

use crate::support::{Test, isolated, kind_of, text_of};

#[test]
fn what_one_process_writes_another_reads() {
    Test::new(|main| {
        let name = main.name("frame");
        let section = Section::create(&name, 256).unwrap();
        let view = section.map().unwrap();
        view.write_at(0, b"Message from first process.").unwrap();
        let mut peer = main.peer("reader", &[&name]);
        peer.expect("Message from first process.");
        peer.tell("answer");
        peer.expect("answered");
        assert_eq!(view.read_vec(4000, 6).unwrap(), b"answer");
        peer.finish();
    })
    .role("reader", |role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        role.say(&String::from_utf8(view.read_vec(0, 27).unwrap()).unwrap());
        let answer = role.hear().unwrap();
        view.write_at(4000, answer.as_bytes()).unwrap();
        role.say("answered");
    })
    .run();
}

#[test]
fn sizes_are_whole_pages_and_every_byte_of_them_is_shared() {
    isolated(|main| {
        let page = Section::anonymous(1).unwrap().len();
        assert!(page.is_power_of_two() && page >= 4096, "{page}");
        let sizes = [
            (1, page),
            (page - 1, page),
            (page, page),
            (page + 1, 2 * page),
            (0x3452, 0x3452usize.next_multiple_of(page)),
            (5 << 20, 5 << 20),
        ];
        for (size, len) in sizes {
            let name = main.name(&size.to_string());
            let section = Section::create(&name, size).unwrap();
            assert_eq!(section.len(), len);
            let view = section.map().unwrap();
            assert_eq!(view.len(), len);
            view.write_at(len - 1, &[7]).unwrap();
            let other = Section::open(&name).unwrap();
            assert_eq!(other.len(), len);
            let other = other.map_read_only().unwrap();
            assert_eq!(other.read_vec(len - 1, 1).unwrap(), [7]);
        }
    });
}

#[test]
fn a_new_section_reads_as_zeros() {
    isolated(|main| {
        let name = main.name("zeros");
        for size in [4096, 3 << 20] {
            for _ in 0..3 {
                let section = Section::create(&name, size).unwrap();
                let view = section.map().unwrap();
                let bytes = view.read_vec(0, view.len()).unwrap();
                assert!(bytes.iter().all(|byte| *byte == 0));
                view.fill(.., 0xa5).unwrap();
            }
        }
    });
}

#[test]
fn a_name_that_is_taken() {
    Test::new(|main| {
        let name = main.name("taken");
        let peer = main.peer("holder", &[&name]);
        peer.expect("made");
        let error = Section::create(&name, 4096).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(&name), "{error}");
        // The failure has changed nothing.
        let section = Section::open(&name).unwrap();
        assert_eq!(section.len(), 8192);
        assert_eq!(section.map().unwrap().read_vec(0, 4).unwrap(), b"held");
        drop(section);
        peer.finish();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    })
    .role("holder", |role| {
        let section = Section::create(role.argument(0), 8192).unwrap();
        section.map().unwrap().write_at(0, b"held").unwrap();
        // Nor can the process itself create it twice.
        let again = kind_of(Section::create(role.argument(0), 8192));
        assert_eq!(again, ErrorKind::AlreadyExists);
        role.say("made");
        role.stay();
    })
    .run();
}

#[test]
fn create_or_open_says_which_and_the_existing_size_wins() {
    isolated(|main| {
        let name = main.name("either");
        let (first, made) = Section::open_or_create(&name, 8192).unwrap();
        assert_eq!(made, Disposition::Created);
        first.map().unwrap().write_at(0, b"first").unwrap();
        for size in [1, 8192, 1 << 20] {
            let (again, made) = Section::open_or_create(&name, size).unwrap();
            assert_eq!(made, Disposition::Opened);
            assert_eq!(again.len(), 8192);
            assert_eq!(again.map().unwrap().read_vec(0, 5).unwrap(), b"first");
        }
        drop(first);
        let (next, made) = Section::open_or_create(&name, 4096).unwrap();
        assert_eq!(made, Disposition::Created);
        assert_eq!(next.len(), 4096);
        assert_eq!(next.map().unwrap().read_vec(0, 5).unwrap(), [0; 5]);
    });
}

/// As on Windows a size that is wrong is wrong even where it would not be used.
#[test]
fn a_section_has_a_size() {
    isolated(|main| {
        let name = main.name("nothing");
        let invalid = ErrorKind::InvalidSize;
        for _ in 0..2 {
            assert_eq!(kind_of(Section::create(&name, 0)), invalid);
            assert_eq!(kind_of(Section::open_or_create(&name, 0)), invalid);
            assert_eq!(kind_of(Section::options().create(&name)), invalid);
            assert_eq!(kind_of(Section::options().open_or_create(&name)), invalid);
            assert_eq!(kind_of(Section::anonymous(0)), invalid);
            assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
            // The second turn is while it exists under another handle.
            let other = Section::create(&name, 1).unwrap();
            assert_eq!(kind_of(Section::open_or_create(&name, 0)), invalid);
            drop(other);
        }
    });
}

#[test]
fn more_than_the_system_has_is_refused_at_creation() {
    isolated(|main| {
        if std::fs::read_to_string("/proc/sys/vm/overcommit_memory").is_ok_and(|it| it == "1\n") {
            return main.skip("vm.overcommit_memory is 1: this system promises anything");
        }
        let name = main.name("huge");
        for size in [64 << 40, usize::MAX - 4096, usize::MAX] {
            let error = Section::create(&name, size).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CommitLimit, "{size}: {error:?}");
            let error = Section::open_or_create(&name, size).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::CommitLimit, "{size}: {error:?}");
        }
        let error = Section::create(&name, 64 << 40).unwrap_err();
        assert!(error.hint().is_some(), "{}", text_of(&error));
        // Nothing is left of the attempts.
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        Section::create(&name, 4096).unwrap();
    });
}
