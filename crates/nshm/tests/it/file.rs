//! Sections over files: what is in the file is in the section, and the other way round.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nshm::{Access, Disposition, ErrorKind, Protection, Section};

use crate::support::{Main, Role, Test, count_from, isolated, kind_of};

/// A file of the test's own.
fn file(main: &Main, leaf: &str, bytes: &[u8]) -> PathBuf {
    let path = main.root().join(leaf);
    fs::write(&path, bytes).unwrap();
    path
}

fn open(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

#[test]
fn a_file_is_shared_as_memory_is() {
    isolated(|main| {
        let path = file(main, "shared", &[b'a'; 5000]);
        let section = Section::options().file(open(&path)).anonymous().unwrap();
        assert_eq!((section.len(), section.is_file()), (5000, true));
        let view = section.map().unwrap();
        assert_eq!(view.len(), 5000);
        assert_eq!(view.read_vec(0, 5000).unwrap(), [b'a'; 5000]);
        view.write_at(4990, b"0123456789").unwrap();
        view.fill(..10, b'x').unwrap();
        view.store(100, &0x6261_u16).unwrap();
        assert_eq!(view.load::<u16>(100).unwrap(), 0x6261);
        assert_eq!(kind_of(view.write_at(4999, b"no")), ErrorKind::OutOfBounds);
        let part = section.view_options().offset(4990).len(10);
        assert_eq!(
            part.map_read_only().unwrap().read_vec(0, 10).unwrap(),
            b"0123456789"
        );
        drop((view, section));
        let bytes = fs::read(&path).unwrap();
        assert_eq!(
            (&bytes[..10], &bytes[4990..]),
            (&[b'x'; 10][..], &b"0123456789"[..])
        );
        assert_eq!(bytes.len(), 5000);
        assert!(main.segments_left().is_empty());
    });
}

#[test]
fn the_size_is_that_of_the_file_or_the_file_grows() {
    isolated(|main| {
        let path = file(main, "size", b"0123456789");
        let over = |size: usize| Section::options().file(open(&path)).size(size).anonymous();
        assert_eq!(over(0).unwrap().len(), 10);
        assert_eq!(over(4).unwrap().len(), 4);
        assert_eq!(fs::metadata(&path).unwrap().len(), 10);
        let grown = over(70_000).unwrap();
        assert_eq!(grown.len(), 70_000);
        assert_eq!(fs::metadata(&path).unwrap().len(), 70_000);
        grown.map().unwrap().write_at(69_999, b"!").unwrap();
        assert_eq!(grown.map().unwrap().read_vec(10, 3).unwrap(), [0, 0, 0]);
        drop(grown);
        assert_eq!(fs::read(&path).unwrap()[69_999], b'!');
        // Who may not write cannot make it longer.
        let reader = Section::options()
            .file(File::open(&path).unwrap())
            .access(Access::ReadOnly)
            .protection(Protection::ReadOnly);
        assert_eq!(
            kind_of(reader.clone().size(70_001).anonymous()),
            ErrorKind::OutOfBounds
        );
        assert_eq!(reader.anonymous().unwrap().len(), 70_000);
        let empty = file(main, "empty", b"");
        let section = Section::options().file(open(&empty)).anonymous();
        assert_eq!(kind_of(section), ErrorKind::InvalidSize);
        assert_eq!(fs::metadata(&path).unwrap().len(), 70_000);
    });
}

#[test]
fn private_pages_are_private_one_by_one() {
    isolated(|main| {
        let path = file(main, "private", &[1; 3 * 4096]);
        let section = Section::options().file(open(&path)).anonymous().unwrap();
        let shared = section.map().unwrap();
        let private = section.map_private().unwrap();
        shared.write_at(0, &[2]).unwrap();
        private.write_at(4096, &[3]).unwrap();
        shared.write_at(4097, &[4]).unwrap();
        shared.write_at(8192, &[5]).unwrap();
        // A page that was written to is this view's own; the others are still the section's.
        assert_eq!(private.read_vec(0, 1).unwrap(), [2]);
        assert_eq!(private.read_vec(4096, 2).unwrap(), [3, 1]);
        assert_eq!(private.read_vec(8192, 1).unwrap(), [5]);
        assert_eq!(shared.read_vec(4096, 2).unwrap(), [1, 4]);
        drop(private);
        assert_eq!(fs::read(&path).unwrap()[4096..4098], [1, 4]);
    });
}

/// Opens a section over a file and writes to it.
fn writer(role: &mut Role) {
    let section = Section::open(role.argument(0)).unwrap();
    role.say(&format!("{} {}", section.len(), section.is_file()));
    assert_eq!(role.hear().as_deref(), Some("write"));
    section.map().unwrap().write_at(3, b"by the peer").unwrap();
    role.say("written");
    role.stay();
}

#[test]
fn a_file_has_a_name_as_long_as_it_is_used() {
    Test::new(|main| {
        let name = main.name("named");
        let path = file(main, "named", &[b'.'; 36]);
        let options = Section::options().file(open(&path));
        let section = options.create(&name).unwrap();
        assert_eq!(kind_of(options.create(&name)), ErrorKind::AlreadyExists);
        let (same, disposition) = options.open_or_create(&name).unwrap();
        assert_eq!((same.len(), disposition), (36, Disposition::Opened));
        assert_eq!(
            kind_of(Section::create(&name, 4096)),
            ErrorKind::AlreadyExists
        );
        let mut other = main.peer("writer", &[&name]);
        other.expect("36 true");
        other.tell("write");
        other.expect("written");
        let reader = Section::open_read_only(&name).unwrap();
        assert_eq!(kind_of(reader.map()), ErrorKind::AccessDenied);
        let view = reader.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 16).unwrap(), b"...by the peer..");
        let raw = reader
            .raw_view()
            .protection(Protection::ReadOnly)
            .map()
            .unwrap();
        drop((section, same, view, reader));
        other.finish();
        // A view is left, and keeps no name.
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        raw.flush(0, 36).unwrap();
        drop(raw);
        assert_eq!(&fs::read(&path).unwrap()[..16], b"...by the peer..");
        assert!(main.segments_left().is_empty());
        options.create(&name).unwrap();
    })
    .role("writer", writer)
    .run();
}

#[test]
fn a_page_of_a_private_raw_view_tells_that_it_was_written_to() {
    isolated(|main| {
        let path = file(main, "raw", &[1; 2 * 4096]);
        let section = Section::options().file(open(&path)).anonymous().unwrap();
        let private = section.raw_view().protection(Protection::CopyOnWrite);
        let view = private.map().unwrap();
        let first = section.map_private().unwrap();
        assert_eq!(view.copied(0).unwrap(), (false, 8192));
        first.write_at(0, b"x").unwrap();
        assert_eq!(view.copied(0).unwrap(), (false, 8192));
        crate::raw::set(&view, 4096, 7);
        assert_eq!(view.copied(0).unwrap(), (false, 4096));
        assert_eq!(view.copied(4096).unwrap(), (true, 4096));
        assert_eq!(kind_of(view.copied(8192)), ErrorKind::OutOfBounds);
    });
}

/// However large it is, a look at a view takes a few questions and not one for each page.
#[test]
fn the_pages_of_a_large_private_view_are_told_in_runs() {
    isolated(|main| {
        let len = count_from("NSHM_TEST_LARGE_VIEW", 1 << 30);
        let middle = len / 2;
        let path = file(main, "large", b"");
        open(&path).set_len(len as u64).unwrap();
        let section = Section::options().file(open(&path)).anonymous().unwrap();
        let private = section.raw_view().protection(Protection::CopyOnWrite);
        let view = private.map().unwrap();
        assert_eq!(view.copied(0).unwrap(), (false, len));
        crate::raw::set(&view, middle, 7);
        crate::raw::set(&view, middle + 4096, 7);
        crate::raw::set(&view, len - 1, 7);
        for (offset, run) in [
            (0, (false, middle)),
            (middle - 1, (false, 4096)),
            (middle, (true, 8192)),
            (middle + 4097, (true, 4096)),
            (middle + 8192, (false, middle - 3 * 4096)),
            (len - 4096, (true, 4096)),
        ] {
            assert_eq!(view.copied(offset).unwrap(), run, "{offset:#x}");
        }
    });
}
