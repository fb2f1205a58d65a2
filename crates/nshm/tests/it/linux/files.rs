//! Files that somebody shortens, replaces, or that are of somebody else: nothing of it is a fault,
//! and nobody is led to what is not meant.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use nshm::{ErrorKind, Section};

use super::os;
use crate::support::{Main, Role, Test, isolated, kind_of, word};

fn file(main: &Main, leaf: &str) -> PathBuf {
    let path = main.root().join(leaf);
    fs::write(&path, [7; 3 * 4096]).unwrap();
    path
}

fn open(path: &PathBuf) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

#[test]
fn a_file_that_is_shortened_is_an_error_and_no_fault() {
    isolated(|main| {
        let path = file(main, "short");
        let section = Section::options().file(open(&path)).anonymous().unwrap();
        let view = section.map().unwrap();
        let private = section.map_private().unwrap();
        open(&path).set_len(4096).unwrap();
        for view in [&view, &private] {
            assert_eq!(view.read_vec(0, 4096).unwrap(), [7; 4096]);
            assert_eq!(kind_of(view.read_vec(4096, 1)), ErrorKind::OutOfBounds);
            assert_eq!(kind_of(view.read_vec(0, 3 * 4096)), ErrorKind::OutOfBounds);
            assert_eq!(kind_of(view.load::<u64>(8192)), ErrorKind::OutOfBounds);
            assert_eq!(kind_of(view.write_at(8192, b"x")), ErrorKind::OutOfBounds);
            assert_eq!(kind_of(view.fill(4096.., 1)), ErrorKind::OutOfBounds);
        }
        let error = view.read_vec(4096, 1).unwrap_err();
        assert!(error.hint().is_some());
        // Nor is it mapped anew.
        assert_eq!(kind_of(section.map()), ErrorKind::Corrupt);
        // When it is long again, it is zeros.
        open(&path).set_len(3 * 4096).unwrap();
        assert_eq!(view.read_vec(4096, 2).unwrap(), [0, 0]);
        assert_eq!(view.atomic_u32(4096).unwrap().load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_name_leads_to_the_file_that_was_meant() {
    isolated(|main| {
        let name = main.name("meant");
        let path = file(main, "meant");
        let section = Section::options().file(open(&path)).create(&name).unwrap();
        assert_eq!(nshm::find(&name).unwrap().info.file, Some(path.clone()));
        let listed = nshm::list(nshm::Scope::Local).unwrap();
        assert_eq!(listed[0].info.len, 3 * 4096);
        let moved = main.root().join("moved");
        fs::rename(&path, &moved).unwrap();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::Corrupt);
        fs::write(&path, [8; 3 * 4096]).unwrap();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::Corrupt);
        assert_eq!(kind_of(Section::create(&name, 1)), ErrorKind::AlreadyExists);
        fs::rename(&moved, &path).unwrap();
        assert_eq!(Section::open(&name).unwrap().len(), 3 * 4096);
        drop(section);
        // What has no path can have no name.
        let file = open(&path);
        fs::remove_file(&path).unwrap();
        let options = Section::options().file(file);
        assert_eq!(kind_of(options.create(&name)), ErrorKind::Unsupported);
        assert_eq!(options.anonymous().unwrap().len(), 3 * 4096);
        let pipe = File::open("/dev/null").unwrap();
        let section = Section::options().file(pipe).size(4096).anonymous();
        assert_eq!(kind_of(section), ErrorKind::Unsupported);
    });
}

const CREATOR: (u32, u32) = (61001, 61001);

/// Makes a `Global\` section over a file, as far as it can.
fn maker(role: &mut Role) {
    let file = File::options()
        .read(true)
        .write(true)
        .open(role.argument(1))
        .unwrap();
    let section = Section::options()
        .file(file)
        .security(nshm::Security::everyone())
        .create(role.argument(0));
    role.say(&word(&section));
    role.stay();
}

/// It was opened by its path, which may lead elsewhere by then.
#[test]
fn a_section_is_opened_once_more_though_its_file_has_moved() {
    isolated(|main| {
        let path = file(main, "moves");
        let section = Section::options()
            .file(open(&path))
            .create(main.name("moves"))
            .unwrap();
        fs::rename(&path, main.root().join("moved")).unwrap();
        fs::write(&path, [8; 3 * 4096]).unwrap();
        let again = section.reopen(nshm::Access::ReadOnly).unwrap();
        let view = again.map_read_only().unwrap();
        section.map().unwrap().write_at(0, b"same").unwrap();
        assert_eq!(view.read_vec(0, 5).unwrap(), b"same\x07");
        assert_eq!(
            kind_of(Section::open(main.name("moves"))),
            ErrorKind::Corrupt
        );
    });
}

#[test]
fn nobody_is_led_to_the_file_of_a_third() {
    Test::new(|main| {
        if !os::is_root() {
            main.skip("needs root, to be several users");
            return;
        }
        os::open_to_all(&main.dir());
        os::open_to_all(main.root());
        for (leaf, owner, opens) in [("own", CREATOR.0, true), ("third", 61002, false)] {
            let path = file(main, leaf);
            os::give_to(&path, owner);
            os::set_mode(&path, 0o666);
            let name = format!("Global\\{leaf}");
            let arguments = [name.as_str(), path.to_str().unwrap()];
            let user = os::become_user(CREATOR.0, CREATOR.1);
            let Ok(maker) = main.peer_with("maker", &arguments, user) else {
                main.skip("this root cannot become another user");
                return;
            };
            maker.expect("ok");
            if opens {
                assert_eq!(Section::open(&name).unwrap().len(), 3 * 4096);
            } else {
                let error = Section::open(&name).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::AccessDenied);
                assert!(error.to_string().contains("61002"), "{error}");
            }
            maker.finish();
        }
    })
    .role("maker", maker)
    .run();
}
