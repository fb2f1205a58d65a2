//! POSIX objects of other programs, as names of this crate: looked into, and never a fault.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::Duration;

use nshm::{Access, Audience, ErrorKind, Scope, Section};

use super::os;
use crate::support::{Main, isolated, kind_of};

/// Makes an object as shm_open(3) and ftruncate(2) do.
fn object(main: &Main, leaf: &str, len: u64) -> File {
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(main.dir().join(leaf))
        .unwrap();
    file.set_len(len).unwrap();
    file
}

#[test]
fn an_object_is_read_and_written_under_its_name() {
    isolated(|main| {
        let _file = object(main, "psm_1", 5000);
        let section = Section::open("posix:/psm_1").unwrap();
        assert_eq!(section.len(), 5000);
        assert_eq!(section.name().unwrap().to_string(), "posix:/psm_1");
        assert!(section.is_file());
        section.map().unwrap().write_at(4998, b"ab").unwrap();
        let bytes = fs::read(main.dir().join("psm_1")).unwrap();
        assert_eq!(bytes[4998..], *b"ab");

        let reader = Section::open_read_only("posix:/psm_1").unwrap();
        assert_eq!(kind_of(reader.map()), ErrorKind::AccessDenied);
        let view = reader.map_read_only().unwrap();
        assert_eq!(view.read_vec(4997, 3).unwrap(), b"\0ab");
        assert_eq!(
            reader.reopen(Access::ReadOnly).unwrap().name(),
            reader.name()
        );
        assert_eq!(kind_of(reader.token()), ErrorKind::Unsupported);
    });
}

#[test]
fn an_object_is_found_without_being_opened() {
    isolated(|main| {
        object(main, "b", 4096);
        object(main, "a", 0);
        fs::create_dir(main.dir().join("directory")).unwrap();
        symlink("a", main.dir().join("link")).unwrap();
        os::set_mode(&main.dir().join("b"), 0o644);
        let found = nshm::find("posix:/b").unwrap();
        assert_eq!(found.info.len, 4096);
        assert_eq!(found.info.creator_uid, os::uid());
        assert_eq!(found.info.file, Some(main.dir().join("b")));
        assert_eq!(found.info.security.audience(), Audience::Everyone);
        assert_eq!(found.info.security.others(), Access::ReadOnly);
        assert_eq!(Section::open("posix:/b").unwrap().info().unwrap().len, 4096);
        let listed = nshm::list(Scope::Posix).unwrap();
        let names: Vec<_> = listed.iter().map(|it| it.name.to_string()).collect();
        assert_eq!(names, ["posix:/a", "posix:/b"]);
        for other in ["posix:/directory", "posix:/link"] {
            assert_eq!(kind_of(nshm::find(other)), ErrorKind::Corrupt, "{other}");
            assert_eq!(kind_of(Section::open(other)), ErrorKind::Corrupt, "{other}");
        }
        assert_eq!(kind_of(nshm::find("posix:/c")), ErrorKind::NotFound);
        assert_eq!(kind_of(Section::open("posix:/c")), ErrorKind::NotFound);
    });
}

#[test]
fn no_size_and_less_than_there_was_are_errors() {
    isolated(|main| {
        object(main, "empty", 0);
        let error = Section::open("posix:/empty").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSize);
        assert!(error.to_string().contains("its size is 0"), "{error}");

        let file = object(main, "short", 3 * 4096);
        let section = Section::open("posix:/short").unwrap();
        let view = section.map().unwrap();
        file.set_len(4096).unwrap();
        assert_eq!(view.read_vec(0, 4096).unwrap(), [0; 4096]);
        assert_eq!(kind_of(view.read_vec(4096, 1)), ErrorKind::OutOfBounds);
        assert_eq!(kind_of(view.write_at(8192, b"x")), ErrorKind::OutOfBounds);
        assert_eq!(kind_of(section.map()), ErrorKind::Corrupt);
    });
}

#[test]
fn an_object_is_neither_made_nor_named_here() {
    isolated(|main| {
        let unsupported = [
            kind_of(Section::create("posix:/x", 4096)),
            kind_of(Section::open_or_create("posix:/x", 4096)),
            kind_of(Section::wait("posix:/x", Duration::ZERO)),
            kind_of(nshm::remove("posix:/x")),
            kind_of(nshm::clear_stale("posix:/x")),
        ];
        assert_eq!(unsupported, [ErrorKind::Unsupported; 5]);
        assert!(fs::read_dir(main.dir()).unwrap().next().is_none());
    });
}
