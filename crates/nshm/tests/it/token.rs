//! Sections without a name, and handing them over.

use nshm::{Access, ErrorKind, Scope, Section};

use crate::support::{Test, isolated, kind_of, word};

#[test]
fn a_section_without_a_name_is_handed_over_by_its_token() {
    Test::new(|main| {
        let section = Section::anonymous(5000).unwrap();
        assert_eq!(section.name(), None);
        assert_eq!(section.len(), 8192);
        assert!(nshm::list(Scope::Local).unwrap().is_empty());
        section.map().unwrap().write_at(0, b"ask").unwrap();
        let token = section.token().unwrap();
        let mut peer = main.peer("taker", &[&token]);
        peer.expect("ask");
        assert_eq!(section.map().unwrap().read_vec(4096, 6).unwrap(), b"answer");
        // The taker is a user like any other, and can hand it on.
        drop(section);
        let again = Section::from_token(&token).unwrap();
        assert_eq!(again.map().unwrap().read_vec(4096, 6).unwrap(), b"answer");
        drop(again);
        peer.tell("go");
        peer.expect("gone");
        assert_eq!(kind_of(Section::from_token(&token)), ErrorKind::NotFound);
        peer.finish();
    })
    .role("taker", |role| {
        let section = Section::from_token(role.argument(0)).unwrap();
        assert_eq!(section.name(), None);
        let view = section.map().unwrap();
        view.write_at(4096, b"answer").unwrap();
        role.say(&String::from_utf8(view.read_vec(0, 3).unwrap()).unwrap());
        role.stay();
        drop(section);
        drop(view);
        role.say("gone");
        role.stay();
    })
    .run();
}

#[test]
fn a_token_can_be_used_for_reading_only() {
    isolated(|_| {
        let section = Section::anonymous(4096).unwrap();
        let token = section.token().unwrap();
        let reader = Section::options()
            .access(Access::ReadOnly)
            .from_token(&token)
            .unwrap();
        assert_eq!(reader.access(), Access::ReadOnly);
        assert_eq!(kind_of(reader.map()), ErrorKind::AccessDenied);
        section.map().unwrap().write_at(0, &[5]).unwrap();
        let view = reader.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 1).unwrap(), [5]);
    });
}

#[test]
fn a_section_with_a_name_has_a_token_too() {
    isolated(|main| {
        let name = main.name("named");
        let section = Section::create(&name, 4096).unwrap();
        let token = section.token().unwrap();
        let same = Section::from_token(&token).unwrap();
        same.map().unwrap().write_at(0, &[3]).unwrap();
        assert_eq!(section.map().unwrap().read_vec(0, 1).unwrap(), [3]);
        // It keeps the section, and with it the name.
        drop(section);
        assert_eq!(Section::open(&name).unwrap().len(), 4096);
        drop(same);
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        assert_eq!(kind_of(Section::from_token(&token)), ErrorKind::NotFound);
        Section::create(&name, 4096).unwrap();
    });
}

#[test]
fn what_is_no_token_is_refused() {
    isolated(|_| {
        let section = Section::anonymous(4096).unwrap();
        let token = section.token().unwrap();
        let cut = &token[..token.len() - 1];
        let longer = format!("{token}x");
        let doubled = format!("{token}{token}");
        for bad in ["", " ", "x", r"Global\x", "\0", cut, &longer, &doubled] {
            let error = Section::from_token(bad).unwrap_err();
            // A shortened text may be the token of something else that does not exist.
            assert!(
                matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NotFound),
                "{bad:?}: {error:?}"
            );
        }
        assert_eq!(word(&Section::from_token("x")), "Corrupt");
    });
}
