//! Which names there are, and where they live. The pure rules have their table in `name.rs` of
//! the crate; here each name carries a section.

use nshm::{ErrorKind, MAX_LEAF_UTF16, Name, Namespace, Scope, Section};

use crate::support::{isolated, kind_of};

/// Leaves that are hard on a file system, each different from all others.
fn hard_leaves() -> Vec<String> {
    let mut leaves: Vec<String> = [
        "x",
        "X",
        "x ",
        " x",
        " ",
        ".",
        "..",
        ".x",
        "x.",
        "a/b",
        "a%2Fb",
        "/",
        "//",
        "/etc/passwd",
        "../../../escape",
        "100%",
        "%",
        "%~",
        "~",
        "-rf",
        "x:y*?<>|",
        "a:b:c",
        "\"quoted\" 'twice' `thrice` $HOME",
        "tab\there",
        "new\nline",
        "\u{1}\u{7f}",
        "имя",
        "名前",
        "\u{1f980}",
        "e\u{301}",
        "\u{e9}",
        "\u{202e}right to left",
        "local",
        "GLOBAL",
        "nshm-0",
        "nshm-global.x",
    ]
    .map(String::from)
    .into();
    for unit in ["n", "/", "ж", "\u{ffff}"] {
        leaves.push(unit.repeat(MAX_LEAF_UTF16));
        leaves.push(unit.repeat(MAX_LEAF_UTF16 - 1));
    }
    leaves.push("\u{1f980}".repeat(MAX_LEAF_UTF16 / 2));
    // Long ones that differ at the very end only, or in the middle.
    leaves.push(format!("{}1", "long/".repeat(51)));
    leaves.push(format!("{}2", "long/".repeat(51)));
    leaves.push(format!("{}1{}", "a".repeat(129), "a".repeat(130)));
    leaves.push(format!("{}2{}", "a".repeat(129), "a".repeat(130)));
    leaves
}

/// Holds a section under every hard leaf at once: each is its own, and the list has them all.
fn hold_all(scope: &Scope) {
    let leaves = hard_leaves();
    let name = |leaf: &str| Name::in_scope(scope, leaf).unwrap();
    let held: Vec<Section> = leaves
        .iter()
        .enumerate()
        .map(|(index, leaf)| {
            let section = Section::create(name(leaf), 4096)
                .unwrap_or_else(|error| panic!("{leaf:?} in {scope:?}: {error:?}"));
            section.map().unwrap().store(0, &index).unwrap();
            section
        })
        .collect();
    for (index, leaf) in leaves.iter().enumerate() {
        let found: usize = Section::open(name(leaf))
            .unwrap_or_else(|error| panic!("{leaf:?}: {error:?}"))
            .map_read_only()
            .unwrap()
            .load(0)
            .unwrap();
        assert_eq!(found, index, "{leaf:?} leads to {:?}", leaves[found]);
    }
    let mut expected = leaves.clone();
    expected.sort();
    let listed: Vec<String> = nshm::list(scope.clone())
        .unwrap()
        .iter()
        .map(|object| object.name.leaf().to_owned())
        .collect();
    assert_eq!(listed, expected);
    drop(held);
    for leaf in &leaves {
        assert_eq!(kind_of(Section::open(name(leaf))), ErrorKind::NotFound);
    }
    assert!(nshm::list(scope.clone()).unwrap().is_empty());
}

#[test]
fn any_characters_make_a_local_name() {
    isolated(|_| hold_all(&Scope::Local));
}

#[test]
fn any_characters_make_a_global_name() {
    isolated(|_| hold_all(&Scope::Global));
}

#[test]
fn any_characters_make_a_private_name() {
    isolated(|main| {
        let namespace = Namespace::new(main.namespace_dir("team"));
        hold_all(&Scope::Private(namespace));
    });
}

#[test]
fn local_global_and_private_names_do_not_meet() {
    isolated(|main| {
        let leaf = main.name("x");
        let one = Namespace::new(main.namespace_dir("one"));
        let two = Namespace::new(main.namespace_dir("two"));
        let names = [
            Name::new(&leaf).unwrap(),
            Name::new(&leaf.to_uppercase()).unwrap(),
            Name::new(&format!(r"Global\{leaf}")).unwrap(),
            one.name(&leaf).unwrap(),
            two.name(&leaf).unwrap(),
        ];
        let mut held = Vec::new();
        for (index, name) in names.iter().enumerate() {
            assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound, "{name}");
            let section = Section::create(name, 4096).unwrap();
            section.map().unwrap().store(0, &index).unwrap();
            held.push(section);
        }
        for (index, name) in names.iter().enumerate() {
            let view = Section::open(name).unwrap().map_read_only().unwrap();
            assert_eq!(view.load::<usize>(0).unwrap(), index, "{name}");
        }
    });
}

#[test]
fn prefixes_chain_as_on_windows() {
    isolated(|main| {
        let leaf = main.name("x");
        for same in [
            ["%", r"Local\%", r"Local\Local\%"],
            [r"Global\%", r"Local\Global\%", r"Global\Local\%"],
        ] {
            let same = same.map(|name| name.replace('%', &leaf));
            for maker in &same {
                let _held = Section::create(maker, 4096).unwrap();
                for opener in &same {
                    Section::open(opener).unwrap_or_else(|error| panic!("{opener}: {error}"));
                    let taken = kind_of(Section::create(opener, 4096));
                    assert_eq!(taken, ErrorKind::AlreadyExists, "{maker} {opener}");
                }
            }
        }
    });
}

#[test]
fn a_bad_name_is_refused_by_every_call() {
    isolated(|_| {
        let too_long = "n".repeat(MAX_LEAF_UTF16 + 1);
        for bad in [
            "",
            "a\0b",
            r"\x",
            r"a\b",
            r"global\x",
            r"Global\",
            r"Session\x\y",
            "Local",
            &too_long,
        ] {
            let errors = [
                Section::create(bad, 4096).unwrap_err(),
                Section::open(bad).unwrap_err(),
                Section::open_read_only(bad).unwrap_err(),
                Section::open_or_create(bad, 4096).unwrap_err(),
                Section::wait(bad, None).unwrap_err(),
                nshm::holders(bad).unwrap_err(),
                nshm::remove(bad).unwrap_err(),
            ];
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::InvalidName, "{bad:?}");
                assert!(error.invalid_name().is_some(), "{bad:?}");
            }
        }
    });
}

#[test]
fn a_namespace_stays_where_it_was_when_the_program_moves() {
    isolated(|main| {
        let dir = main.namespace_dir("team");
        std::env::set_current_dir(main.root()).unwrap();
        let relative = Namespace::new("team");
        let section = Section::create(relative.name("x").unwrap(), 4096).unwrap();
        std::env::set_current_dir(main.dir()).unwrap();
        assert_eq!(relative.dir(), dir);
        Section::open(relative.name("x").unwrap()).unwrap();
        Section::open(Namespace::new(&dir).name("x").unwrap()).unwrap();
        let elsewhere = Namespace::new("team");
        assert_eq!(
            kind_of(Section::open(elsewhere.name("x").unwrap())),
            ErrorKind::NotFound
        );
        // Dropped after the move, it still finds its name.
        drop(section);
        let gone = kind_of(Section::open(relative.name("x").unwrap()));
        assert_eq!(gone, ErrorKind::NotFound);
        assert!(nshm::list(Scope::Private(relative)).unwrap().is_empty());
    });
}
