//! Who may do what with a handle. What the processor and the kernel say is in `linux`.

use nshm::{Access, Audience, ErrorKind, Section, Security};

use crate::support::{isolated, kind_of, text_of};

#[test]
fn a_read_only_handle_reads_and_does_not_write() {
    isolated(|main| {
        let name = main.name("reader");
        let writer = Section::create(&name, 8192).unwrap();
        writer.map().unwrap().write_at(0, b"readable").unwrap();
        let reader = Section::open_read_only(&name).unwrap();
        assert_eq!(reader.access(), Access::ReadOnly);
        let error = reader.map().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied);
        assert!(text_of(&error).contains("map_read_only"), "{error}");
        let view = reader.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 8).unwrap(), b"readable");
        // It sees what is written later.
        writer.map().unwrap().write_at(0, b"R").unwrap();
        assert_eq!(view.read_vec(0, 8).unwrap(), b"Readable");
        // A private copy is one's own, and may be written to.
        let copy = reader.map_private().unwrap();
        copy.write_at(0, b"P").unwrap();
        assert_eq!(view.read_vec(0, 1).unwrap(), b"R");
    });
}

/// The creator's access is that of its first handle; others are not bound by it.
#[test]
fn a_creator_may_ask_for_a_read_only_handle() {
    isolated(|main| {
        let name = main.name("creator");
        let reader = Section::options()
            .size(4096)
            .access(Access::ReadOnly)
            .create(&name)
            .unwrap();
        assert_eq!(kind_of(reader.map()), ErrorKind::AccessDenied);
        let view = reader.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 1).unwrap(), [0]);
        Section::open(&name)
            .unwrap()
            .map()
            .unwrap()
            .write_at(0, &[9])
            .unwrap();
        assert_eq!(view.read_vec(0, 1).unwrap(), [9]);
    });
}

#[test]
fn the_security_of_a_section_can_be_asked_for() {
    isolated(|main| {
        for audience in [Audience::Owner, Audience::Group, Audience::Everyone] {
            for security in [
                Security::for_audience(audience),
                Security::for_audience(audience).others_read_only(),
            ] {
                let section = Section::options()
                    .size(4096)
                    .security(security)
                    .create(main.name("security"))
                    .unwrap();
                let said = section.info().unwrap().security;
                assert_eq!(said.audience(), audience);
                if audience != Audience::Owner {
                    assert_eq!(said, security);
                }
                // It never binds the creating user.
                section.map().unwrap().write_at(0, &[1]).unwrap();
                Section::open(main.name("security"))
                    .unwrap()
                    .map()
                    .unwrap()
                    .write_at(0, &[2])
                    .unwrap();
            }
        }
    });
}
