//! Views as addresses, for those who build another interface: where they lie, what they admit,
//! and that they keep the memory and not the name.

use nshm::{Access, Caching, Disposition, ErrorKind, Protection, RawView, Section, Security};

use crate::support::{Main, Role, Test, isolated, kind_of};
use crate::wine;

const UNIT: usize = 1 << 16;

pub(crate) fn set(view: &RawView, offset: usize, byte: u8) {
    assert!(offset < view.len());
    // SAFETY: the view is mapped for writing where these tests write, and has that byte.
    unsafe { view.as_ptr().add(offset).write_volatile(byte) }
}

pub(crate) fn get(view: &RawView, offset: usize) -> u8 {
    assert!(offset < view.len());
    // SAFETY: the view is mapped for reading where these tests read, and has that byte.
    unsafe { view.as_ptr().add(offset).read_volatile() }
}

/// A section that loses its name with its last handle.
fn separate(main: &Main, leaf: &str, size: usize) -> Section {
    let options = Section::options().size(size).separate_pages(true);
    options.create(main.name(leaf)).unwrap()
}

#[test]
fn a_raw_view_lies_where_it_is_asked_for() {
    isolated(|main| {
        for section in [
            separate(main, "apart", 5 * UNIT),
            Section::create(main.name("whole"), 5 * UNIT).unwrap(),
        ] {
            let whole = section.raw_view().map().unwrap();
            let again = section.raw_view().map().unwrap();
            assert_ne!(whole.as_ptr(), again.as_ptr());
            let part = section.raw_view().offset(2 * UNIT).len(5000).map().unwrap();
            assert_eq!(part.len(), 8192);
            for view in [&whole, &again, &part] {
                assert_eq!(view.as_ptr().addr() % UNIT, 0);
            }
            set(&whole, 2 * UNIT + 8191, 7);
            assert_eq!((get(&again, 2 * UNIT + 8191), get(&part, 8191)), (7, 7));
            // There, or nowhere.
            let there = part.as_ptr().addr();
            let at = |address| section.raw_view().address(address).len(1).map();
            assert_eq!(kind_of(at(there)), ErrorKind::AddressInUse);
            drop(part);
            let moved = at(there).unwrap();
            assert_eq!(moved.as_ptr().addr(), there);
            assert_eq!(kind_of(at(there + 4096)), ErrorKind::Misaligned);
            let part = |offset, len| kind_of(section.raw_view().offset(offset).len(len).map());
            assert_eq!(part(4096, 1), ErrorKind::Misaligned);
            assert_eq!(part(UNIT, 4 * UNIT + 1), ErrorKind::OutOfBounds);
            assert_eq!(part(0, usize::MAX), ErrorKind::OutOfBounds);
            assert_eq!(part(5 * UNIT, 0), ErrorKind::OutOfBounds);
        }
    });
}

#[test]
fn a_raw_view_keeps_the_memory_and_not_the_name() {
    isolated(|main| {
        let name = main.name("apart");
        let section = separate(main, "apart", 8192);
        let view = section.raw_view().map().unwrap();
        set(&view, 5000, 42);
        assert_eq!(kind_of(Section::create(&name, 1)), ErrorKind::AlreadyExists);
        drop(section);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        assert_eq!(kind_of(nshm::find(&name)), ErrorKind::NotFound);
        let new = Section::create(&name, 8192).unwrap();
        assert_eq!(new.map().unwrap().read_vec(5000, 1).unwrap(), [0]);
        assert_eq!(get(&view, 5000), 42);
    });
}

#[test]
fn a_raw_view_of_whole_sections_keeps_the_handle_too() {
    isolated(|main| {
        let name = main.name("whole");
        // Where pages are always separate, it need not.
        let view = Section::create(&name, 4096)
            .unwrap()
            .raw_view()
            .map()
            .unwrap();
        set(&view, 0, 1);
        if let Ok(section) = Section::open(&name) {
            assert_eq!(section.map().unwrap().read_vec(0, 1).unwrap(), [1]);
        }
        drop(view);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        assert!(main.segments_left().is_empty());
    });
}

/// Opens a section whose pages are separate and says what it sees of a view, turn by turn.
fn peer(role: &mut Role) {
    let mut section = Section::options().open(role.argument(0)).ok();
    let view = section.as_ref().unwrap().raw_view().map().unwrap();
    role.say("open");
    while let Some(word) = role.hear() {
        match word.as_str() {
            "read" => role.say(&get(&view, 4096).to_string()),
            "committed" => role.say(&format!("{:?}", view.committed(UNIT).unwrap())),
            "close" => {
                drop(section.take());
                role.say("closed");
            }
            other => panic!("{other}?"),
        }
    }
}

#[test]
fn handles_of_all_processes_keep_the_name_and_views_do_not() {
    Test::new(|main| {
        let name = main.name("apart");
        let section = separate(main, "apart", 2 * UNIT);
        let mut other = main.peer("peer", &[&name]);
        other.expect("open");
        let view = section.raw_view().map().unwrap();
        set(&view, 4096, 9);
        drop((section, view));
        // The peer has a handle: name and data are there.
        assert_eq!(Section::open(&name).unwrap().len(), 2 * UNIT);
        other.tell("read");
        other.expect("9");
        other.tell("close");
        other.expect("closed");
        // It has a view only.
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        let (new, disposition) = Section::open_or_create(&name, 4096).unwrap();
        assert_eq!(disposition, Disposition::Created);
        other.tell("read");
        other.expect("9");
        other.kill();
        drop(new);
        assert!(main.segments_left().is_empty());
    })
    .role("peer", peer)
    .run();
}

#[test]
fn a_killed_user_leaves_no_name_and_no_pages() {
    Test::new(|main| {
        let name = main.name("apart");
        let section = separate(main, "apart", UNIT);
        let other = main.peer("peer", &[&name]);
        other.expect("open");
        drop(section);
        other.kill();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        assert!(main.segments_left().is_empty());
        let new = separate(main, "apart", UNIT);
        assert_eq!(get(&new.raw_view().map().unwrap(), 4096), 0);
    })
    .role("peer", peer)
    .run();
}

const EVERY: [Protection; 7] = [
    Protection::NoAccess,
    Protection::ReadOnly,
    Protection::ReadWrite,
    Protection::CopyOnWrite,
    Protection::ExecuteRead,
    Protection::ExecuteReadWrite,
    Protection::ExecuteCopyOnWrite,
];

#[test]
fn a_section_admits_what_it_was_made_for() {
    isolated(|main| {
        for (number, limit) in EVERY.into_iter().enumerate().skip(1) {
            let name = main.name(&format!("limit {number}"));
            let made = Section::options()
                .size(4096)
                .protection(limit)
                .separate_pages(number % 2 == 0)
                .create(&name)
                .unwrap();
            let opened = Section::open_read_only(&name).unwrap();
            let writer = Section::open(&name).unwrap();
            for protection in EVERY {
                let map = |section: &Section| {
                    let view = section.raw_view().protection(protection).map();
                    view.map(drop).map_err(|error| error.kind())
                };
                let admits = limit.allows(protection);
                assert_eq!(map(&made).is_ok(), admits, "{limit:?} {protection:?}");
                if !admits {
                    assert_eq!(map(&made), Err(ErrorKind::AccessDenied));
                }
                if admits || wine::sections_keep_their_protection() {
                    assert_eq!(map(&writer), map(&made), "{limit:?} {protection:?}");
                }
                // Not every system lets code run in what was opened for reading.
                if !protection.executes() {
                    let reads = admits && !protection.writes();
                    assert_eq!(map(&opened).is_ok(), reads, "{limit:?} {protection:?}");
                }
            }
        }
    });
}

#[test]
fn pages_of_a_view_are_protected_one_by_one() {
    isolated(|main| {
        let section = separate(main, "pages", 3 * 4096);
        let view = section.raw_view().map().unwrap();
        set(&view, 4096, 5);
        view.protect(4096, 1, Protection::ReadOnly).unwrap();
        view.protect(8192, 4096, Protection::NoAccess).unwrap();
        set(&view, 0, 1);
        assert_eq!(get(&view, 4096), 5);
        view.protect(0, view.len(), Protection::ReadWrite).unwrap();
        set(&view, 8192, 2);
        assert_eq!(
            kind_of(view.protect(8192, 4097, Protection::ReadOnly)),
            ErrorKind::OutOfBounds
        );
        // Memory has nothing to write to a file.
        view.flush(0, view.len()).unwrap();
        assert_eq!(
            kind_of(view.flush(4096, usize::MAX)),
            ErrorKind::OutOfBounds
        );
    });
}

#[test]
fn shared_pages_can_become_copies() {
    isolated(|main| {
        let section = separate(main, "copies", 2 * 4096);
        let shared = section.raw_view().map().unwrap();
        let options = section.raw_view().protection(Protection::ReadOnly);
        let view = options.map().unwrap();
        set(&shared, 0, 1);
        view.protect(0, 1, Protection::CopyOnWrite).unwrap();
        assert_eq!(get(&view, 0), 1);
        set(&view, 0, 2);
        set(&shared, 4096, 3);
        assert_eq!(get(&view, 4096), 3);
        if wine::shared_pages_become_copies() {
            assert_eq!(get(&shared, 0), 1);
        }
        view.protect(0, 1, Protection::NoAccess).unwrap();
        view.protect(0, 1, Protection::CopyOnWrite).unwrap();
        assert_eq!(get(&view, 0), 2);
    });
}

#[test]
fn pages_are_committed_for_everybody() {
    Test::new(|main| {
        let name = main.name("demand");
        // More than there is memory, in parts that nobody asks for.
        let size = 1 << 40;
        let section = Section::options()
            .size(size)
            .commit_on_demand(true)
            .separate_pages(true)
            .create(&name)
            .unwrap();
        assert_eq!((section.len(), section.commits_on_demand()), (size, true));
        let view = section.raw_view().len(4 * UNIT).map().unwrap();
        assert_eq!(view.committed(0).unwrap(), (false, 4 * UNIT));
        let opened = Section::open(&name).unwrap();
        assert_eq!((opened.len(), opened.commits_on_demand()), (size, true));
        let part = opened.raw_view().offset(UNIT).len(UNIT).map().unwrap();
        let mut other = main.peer("peer", &[&name]);
        other.expect("open");
        view.commit(UNIT + 5, 4096).unwrap();
        assert_eq!(view.committed(0).unwrap(), (false, UNIT));
        assert_eq!(view.committed(UNIT).unwrap(), (true, 8192));
        assert_eq!(part.committed(0).unwrap(), (true, 8192));
        assert_eq!(part.committed(8192).unwrap(), (false, UNIT - 8192));
        other.tell("committed");
        other.expect("(true, 8192)");
        set(&view, UNIT, 3);
        assert_eq!(get(&part, 0), 3);
        // Once more changes nothing.
        part.commit(0, 8192).unwrap();
        assert_eq!(get(&view, UNIT), 3);
        assert_eq!(kind_of(part.commit(UNIT, 1)), ErrorKind::OutOfBounds);
        other.kill();
    })
    .role("peer", peer)
    .run();
}

#[test]
fn another_handle_has_other_access() {
    isolated(|main| {
        let name = main.name("reopened");
        let section = Section::create(&name, 4096).unwrap();
        let reader = section.reopen(Access::ReadOnly).unwrap();
        assert_eq!(reader.name(), section.name());
        assert_eq!(kind_of(reader.map()), ErrorKind::AccessDenied);
        let writer = reader.reopen(Access::ReadWrite).unwrap();
        writer.map().unwrap().write_at(0, b"x").unwrap();
        drop((section, reader));
        assert_eq!(Section::open(&name).unwrap().len(), 4096);
        drop(writer);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        let nameless = Section::anonymous(4096).unwrap();
        let again = nameless.reopen(Access::ReadOnly).unwrap();
        nameless.map().unwrap().write_at(0, b"y").unwrap();
        let view = again.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 1).unwrap(), b"y");
    });
}

#[test]
fn what_admits_nobody_is_there_and_cannot_be_opened() {
    isolated(|main| {
        let name = main.name("closed");
        let section = Section::options()
            .size(4096)
            .security(Security::nobody())
            .create(&name)
            .unwrap();
        section.map().unwrap().write_at(0, b"x").unwrap();
        assert_eq!(
            kind_of(Section::open_read_only(&name)),
            ErrorKind::AccessDenied
        );
        assert_eq!(kind_of(Section::create(&name, 1)), ErrorKind::AlreadyExists);
        assert_eq!(
            kind_of(Section::open_or_create(&name, 1)),
            ErrorKind::AccessDenied
        );
        assert_eq!(section.info().unwrap().security, Security::nobody());
        drop(section);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
    });
}

#[test]
fn how_a_section_was_made_is_known_to_its_maker() {
    isolated(|main| {
        let section = Section::options()
            .size(4096)
            .protection(Protection::CopyOnWrite)
            .caching(Caching::NoCache)
            .create(main.name("made"))
            .unwrap();
        assert_eq!(section.protection(), Protection::ReadOnly);
        assert_eq!(section.caching(), Caching::NoCache);
        assert!(!section.commits_on_demand() && !section.is_file());
    });
}
