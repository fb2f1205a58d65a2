//! Links and directories that somebody else has made: each ends in a clear error, and never in a
//! wrong attach, a lost live name or undefined behaviour. They are Linux's way to have names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nshm::{ErrorKind, Namespace, Scope, Section};

use super::os;
use crate::support::{Main, Role, Test, isolated, kind_of, text_of, word};

/// The text of a link, in its parts: docs/format.md.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) boot: String,
    pub(crate) namespace: String,
    pub(crate) id: i32,
    pub(crate) born: u64,
    pub(crate) flag: String,
    pub(crate) leaf: String,
}

impl Text {
    pub(crate) fn of(text: &str) -> Text {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let [magic, kind, domain, segment, flag, leaf] = fields[..] else {
            panic!("{text}");
        };
        assert_eq!((magic, kind), ("nshm1", "section"), "{text}");
        let (boot, namespace) = domain.split_once('.').unwrap();
        let (id, born) = segment.split_once('.').unwrap();
        Text {
            boot: boot.into(),
            namespace: namespace.into(),
            id: id.parse().unwrap(),
            born: born.parse().unwrap(),
            flag: flag.into(),
            leaf: leaf.into(),
        }
    }

    /// The text for another segment under the same leaf.
    fn to(&self, segment: &os::Line) -> Text {
        Text {
            id: segment.id,
            born: segment.born,
            ..self.clone()
        }
    }

    /// The same for another leaf.
    fn named(&self, leaf: &str) -> Text {
        Text {
            leaf: leaf.into(),
            ..self.clone()
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Text {
            boot,
            namespace,
            id,
            born,
            flag,
            leaf,
        } = self;
        write!(
            f,
            "nshm1:section:{boot}.{namespace}:{id}.{born}:{flag}:{leaf}"
        )
    }
}

/// The directory of this user's names.
fn own_dir(main: &Main) -> PathBuf {
    main.dir().join(format!("nshm-{}", os::uid()))
}

fn own_path(main: &Main, name: &str) -> PathBuf {
    own_dir(main).join(name)
}

fn read(path: &Path) -> String {
    fs::read_link(path)
        .unwrap()
        .into_os_string()
        .into_string()
        .unwrap()
}

/// A live section to copy the link of, and its text.
fn model(main: &Main) -> (Section, Text) {
    let name = main.name("model");
    let section = Section::create(&name, 8192).unwrap();
    let text = Text::of(&read(&own_path(main, &name)));
    (section, text)
}

/// What an entry leads to: the same for every way to look at it, and nothing is changed by it.
fn assert_all(main: &Main, name: &str, kind: ErrorKind, case: &str) {
    let path = own_path(main, name);
    let before = fs::symlink_metadata(&path).unwrap();
    let errors = [
        Section::open(name).unwrap_err(),
        Section::open_read_only(name).unwrap_err(),
        Section::create(name, 4096).unwrap_err(),
        Section::open_or_create(name, 4096).unwrap_err(),
        Section::wait(name, Duration::from_secs(9)).unwrap_err(),
        nshm::holders(name).unwrap_err(),
        nshm::find(name).unwrap_err(),
        nshm::clear_stale(name).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), kind, "{case}: {error:?}");
        assert!(error.hint().is_some(), "{case}: {error:?}");
    }
    let listed = nshm::list(Scope::Local).unwrap();
    assert!(
        listed.iter().all(|object| object.name.leaf() != name),
        "{case}"
    );
    let after = fs::symlink_metadata(&path).unwrap();
    assert_eq!(before.file_type(), after.file_type(), "{case}");
    assert_eq!(
        before.modified().unwrap(),
        after.modified().unwrap(),
        "{case}"
    );
}

#[test]
fn the_link_is_as_its_document_says() {
    isolated(|main| {
        let (section, text) = model(main);
        assert_eq!(text.to_string(), read(&own_path(main, &main.name("model"))));
        let line = os::segment(text.id).unwrap();
        assert_eq!((line.born, line.creator), (text.born, std::process::id()));
        assert_eq!((text.flag.as_str(), text.leaf), ("-", main.name("model")));
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        assert_eq!(text.boot, boot.replace('-', "")[..16]);
        let namespace = fs::read_link("/proc/self/ns/ipc").unwrap();
        assert_eq!(namespace, Path::new(&format!("ipc:[{}]", text.namespace)));
        drop(section);
        assert!(!own_path(main, &main.name("model")).exists());
        let _global = Section::create(r"Global\a/b", 4096).unwrap();
        let global = Text::of(&read(&main.dir().join("nshm-global.a%2Fb")));
        assert_eq!(global.leaf, "a%2Fb");
    });
}

/// A token proves nothing, as its documentation says: ids and births are public.
#[test]
fn a_token_made_by_hand_opens_what_its_taker_may_open() {
    isolated(|main| {
        let (model, text) = model(main);
        let unnamed = Section::anonymous(4096).unwrap();
        let id = Text::of(&unnamed.token().unwrap()).id;
        let made = text.to(&os::segment(id).unwrap()).named("");
        let opened = Section::from_token(&made.to_string()).unwrap();
        assert_eq!((opened.len(), model.len()), (4096, 8192));
    });
}

#[test]
fn a_link_with_another_text_is_corrupt() {
    isolated(|main| {
        let (_section, text) = model(main);
        let name = main.name("forged");
        let good = text.named(&name).to_string();
        let with = |from: &str, to: &str| {
            let changed = good.replacen(from, to, 1);
            assert_ne!(changed, good);
            changed
        };
        let id = format!(":{}.", text.id);
        let texts = [
            "x".to_owned(),
            "/etc/passwd".into(),
            "nshm1".into(),
            "nshm1:".into(),
            "nshm1:section".into(),
            with("nshm1", "nshm2"),
            with("section", "teapot"),
            with("section", ""),
            with("section", "Section"),
            with(&text.boot, &text.boot[1..]),
            with(&text.boot, &format!("0{}", text.boot)),
            with(&text.boot, "zzzzzzzzzzzzzzzz"),
            with(&text.namespace, ""),
            with(&text.namespace, &format!("0{}", text.namespace)),
            with(&text.namespace, "99999999999999999999999"),
            with(&id, ":."),
            with(&id, ":-1."),
            with(&id, &format!(":+{}.", text.id)),
            with(&id, &format!(":0{}.", text.id)),
            with(&id, &format!(": {}.", text.id)),
            with(&id, ":2147483648."),
            with(&id, ":99999999999999999999999."),
            with(&text.born.to_string(), ""),
            with(&text.born.to_string(), "-5"),
            with(":-:", ":q:"),
            with(":-:", ":rw:"),
            with(":-:", ":-,:"),
            with(":-:", ":-,1:"),
            with(":-:", ":-,1.2,3:"),
            with(":-:", ":-,1,2,3,relative:"),
            with(":-:", "::"),
            with(":-:", ":--:"),
            // A good link, of another name.
            text.to_string(),
            format!("{good}x"),
            good[..good.len() - 1].to_owned(),
            good.to_uppercase(),
            format!("{good}{}", "x".repeat(3000)),
            "x".repeat(4000),
        ];
        for text in texts {
            let path = own_path(main, &name);
            symlink(&text, &path).unwrap();
            assert_all(main, &name, ErrorKind::Corrupt, &text);
            fs::remove_file(path).unwrap();
        }
        let path = own_path(main, &name);
        symlink(OsStr::from_bytes(b"nshm1:\xff\xfe"), &path).unwrap();
        assert_all(main, &name, ErrorKind::Corrupt, "no UTF-8");
        fs::remove_file(&path).unwrap();
        let mut bytes = good.into_bytes();
        *bytes.last_mut().unwrap() = 0xff;
        symlink(OsStr::from_bytes(&bytes), &path).unwrap();
        assert_all(main, &name, ErrorKind::Corrupt, "no UTF-8 in the leaf");
    });
}

#[test]
fn something_else_in_the_place_of_a_link_is_corrupt() {
    isolated(|main| {
        let (_section, text) = model(main);
        let name = main.name("other");
        let path = own_path(main, &name);
        fs::write(&path, text.named(&name).to_string()).unwrap();
        assert_all(main, &name, ErrorKind::Corrupt, "a file");
        assert_eq!(kind_of(nshm::remove(&name)), ErrorKind::Corrupt);
        assert!(path.is_file());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_all(main, &name, ErrorKind::Corrupt, "a directory");
        assert!(path.is_dir());
        fs::remove_dir(&path).unwrap();
        let error = {
            fs::write(&path, "").unwrap();
            Section::open(&name).unwrap_err()
        };
        // It says where to look.
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    });
}

/// A link that leads to nothing of ours: its name is free.
fn assert_stale(main: &Main, text: &Text, case: &str) {
    let name = main.name("stale");
    let path = own_path(main, &name);
    let text = text.named(&name).to_string();
    symlink(&text, &path).unwrap();
    assert!(nshm::clear_stale(&name).unwrap(), "{case}");
    assert!(fs::symlink_metadata(&path).is_err(), "{case}");
    for turn in 0..2 {
        symlink(&text, &path).unwrap();
        assert_eq!(kind_of(nshm::find(&name)), ErrorKind::NotFound, "{case}");
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound, "{case}");
        assert_eq!(kind_of(nshm::holders(&name)), ErrorKind::NotFound, "{case}");
        let late = kind_of(Section::wait(&name, Duration::ZERO));
        assert_eq!(late, ErrorKind::TimedOut, "{case}");
        let listed = nshm::list(Scope::Local).unwrap();
        assert!(
            listed.iter().all(|object| object.name.leaf() != name),
            "{case}"
        );
        let section = match turn {
            0 => Section::create(&name, 4096).unwrap(),
            _ => Section::open_or_create(&name, 4096).unwrap().0,
        };
        assert_eq!(section.len(), 4096, "{case}");
        assert_ne!(read(&path), text, "{case}");
        drop(section);
        assert!(fs::symlink_metadata(&path).is_err(), "{case}");
    }
}

#[test]
fn a_link_to_nothing_is_stale() {
    isolated(|main| {
        let (section, text) = model(main);
        section.map().unwrap().write_at(0, b"model").unwrap();
        let gone = Section::create(main.name("gone"), 4096).unwrap();
        let gone_text = Text::of(&read(&own_path(main, &main.name("gone"))));
        drop(gone);
        assert_stale(main, &gone_text, "a segment that has gone");
        let never = Text {
            id: i32::MAX,
            ..text.clone()
        };
        assert_stale(main, &never, "an id that never was");
        // An id that came round again: the segment is alive, but another one.
        for born in [0, text.born - 1, text.born + 1, u64::MAX] {
            let recycled = Text {
                born,
                ..text.clone()
            };
            assert_stale(main, &recycled, "an id that came round again");
        }
        let earlier = Text {
            boot: "00000000000000aa".into(),
            ..text
        };
        assert_stale(main, &earlier, "an earlier run of the system");
        // The live one has lost nothing.
        assert_eq!(section.info().unwrap().attach_count, 1);
        let other = Section::open(main.name("model")).unwrap();
        assert_eq!(other.map().unwrap().read_vec(0, 5).unwrap(), b"model");
    });
}

#[test]
fn a_segment_that_does_not_go_with_its_last_attach_is_none_of_ours() {
    isolated(|main| {
        let (_section, text) = model(main);
        let id = os::raw_segment(libc::IPC_PRIVATE, 4096, 0o600).unwrap();
        let line = os::segment(id).unwrap();
        assert_stale(main, &text.to(&line), "a segment without the mark");
        let line = os::segment(id).unwrap();
        assert_eq!((line.attached, line.mode), (0, 0o600));
        os::remove_raw_segment(id).unwrap();
    });
}

#[test]
fn a_link_of_another_ipc_namespace_is_foreign_and_stays() {
    isolated(|main| {
        let (_section, text) = model(main);
        let name = main.name("foreign");
        let path = own_path(main, &name);
        let text = Text {
            namespace: "1".into(),
            ..text.named(&name)
        };
        symlink(text.to_string(), &path).unwrap();
        assert_all(main, &name, ErrorKind::ForeignNamespace, "foreign");
        assert_eq!(read(&path), text.to_string());
        // Who knows better may take it away.
        nshm::remove(&name).unwrap();
        Section::create(&name, 4096).unwrap();
    });
}

fn visitor(role: &mut Role) {
    let name = || Namespace::new(role.argument(0)).name("x").unwrap();
    role.say(&word(&Section::open(name())));
    role.say(&word(&Section::create(name(), 4096)));
    role.say(&word(&Section::open_or_create(name(), 4096)));
    role.say(&word(&Section::wait(name(), Duration::from_secs(9))));
    role.say(&word(&nshm::holders(name())));
    let theirs = Section::create(Namespace::new(role.argument(0)).name("y").unwrap(), 4096);
    role.say(&word(&theirs));
    role.stay();
}

/// As of a container with its own segments that shares a directory.
#[test]
fn a_name_is_not_lost_to_another_ipc_namespace() {
    Test::new(|main| {
        let dir = main.namespace_dir("shared");
        os::open_to_all(&dir);
        let namespace = Namespace::new(&dir);
        let name = || namespace.name("x").unwrap();
        let section = Section::create(name(), 8192).unwrap();
        section.map().unwrap().write_at(0, b"mine").unwrap();
        let arguments = [dir.to_str().unwrap()];
        let visitor = main.peer_with("visitor", &arguments, os::enter_another_ipc);
        let visitor = match visitor {
            Ok(visitor) => visitor,
            Err(error) => {
                return main.skip(&format!("no IPC namespace of one's own here: {error}"));
            }
        };
        for _ in 0..5 {
            visitor.expect("ForeignNamespace");
        }
        visitor.expect("ok");
        let theirs = || namespace.name("y").unwrap();
        let foreign = ErrorKind::ForeignNamespace;
        assert_eq!(kind_of(Section::open(theirs())), foreign);
        assert_eq!(kind_of(Section::create(theirs(), 4096)), foreign);
        let other = Section::open(name()).unwrap();
        assert_eq!(other.map().unwrap().read_vec(0, 4).unwrap(), b"mine");
        visitor.finish();
        assert_eq!(Section::open(name()).unwrap().len(), 8192);
    })
    .role("visitor", visitor)
    .run();
}

/// Everything that takes a local name refuses a directory that cannot be trusted, and says why.
fn assert_directory_refused(main: &Main, name: &str, why: &str) {
    let dir = own_dir(main);
    let mut errors = vec![
        Section::create(name, 4096).unwrap_err(),
        Section::open(name).unwrap_err(),
        Section::open_or_create(name, 4096).unwrap_err(),
        Section::wait(name, Duration::from_secs(9)).unwrap_err(),
        nshm::holders(name).unwrap_err(),
        nshm::find(name).unwrap_err(),
    ];
    errors.push(nshm::list(Scope::Local).unwrap_err());
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::AccessDenied, "{why}: {error:?}");
        let text = text_of(&error);
        assert!(text.contains(why), "{text}");
        assert!(text.contains(dir.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_directory_that_others_may_write_to_is_refused() {
    isolated(|main| {
        let name = main.name("x");
        fs::create_dir(own_dir(main)).unwrap();
        for mode in [0o770, 0o702, 0o777, 0o1777] {
            os::set_mode(&own_dir(main), mode);
            assert_directory_refused(main, &name, "others may write to it");
        }
        os::set_mode(&own_dir(main), 0o700);
        Section::create(&name, 4096).unwrap();
    });
}

#[test]
fn something_else_in_the_place_of_the_directory_is_refused() {
    isolated(|main| {
        let name = main.name("x");
        let elsewhere = main.root().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        os::set_mode(&elsewhere, 0o700);
        symlink(&elsewhere, own_dir(main)).unwrap();
        assert_directory_refused(main, &name, "not a directory");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(own_dir(main)).unwrap();

        fs::write(own_dir(main), "").unwrap();
        assert_directory_refused(main, &name, "not a directory");
        fs::remove_file(own_dir(main)).unwrap();
        Section::create(&name, 4096).unwrap();
    });
}

#[test]
fn a_dangling_link_in_the_place_of_the_directory_is_refused() {
    isolated(|main| {
        let name = main.name("x");
        symlink(main.root().join("nowhere"), own_dir(main)).unwrap();
        assert_directory_refused(main, &name, "not a directory");
        assert!(!main.root().join("nowhere").exists());
    });
}

/// Whoever can put a directory there could otherwise lead this user to any section of its own.
#[test]
fn a_good_link_in_a_bad_directory_is_refused() {
    isolated(|main| {
        let (section, text) = model(main);
        let trap = main.name("trap");
        let elsewhere = main.root().join("elsewhere");
        fs::rename(own_dir(main), &elsewhere).unwrap();
        symlink(text.named(&trap).to_string(), elsewhere.join(&trap)).unwrap();

        symlink(&elsewhere, own_dir(main)).unwrap();
        assert_directory_refused(main, &trap, "not a directory");
        fs::remove_file(own_dir(main)).unwrap();

        fs::rename(&elsewhere, own_dir(main)).unwrap();
        os::set_mode(&own_dir(main), 0o770);
        assert_directory_refused(main, &trap, "others may write to it");
        os::set_mode(&own_dir(main), 0o700);
        assert_eq!(section.info().unwrap().attach_count, 1);
    });
}

/// Holds the locks of a directory; then it is stopped, as in a debugger.
fn lock_holder(role: &mut Role) {
    let _lock = os::lock(Path::new(role.argument(0)));
    role.say("locked");
    role.stay();
}

#[test]
fn a_stopped_process_with_the_lock_delays_and_is_named() {
    Test::new(|main| {
        let name = main.name("locked");
        let section = Section::create(&name, 4096).unwrap();
        let dir = own_dir(main);
        let holder = main.peer("holder", &[dir.to_str().unwrap()]);
        holder.expect("locked");
        os::signal(holder.id(), libc::SIGSTOP);
        // What needs no lock is not disturbed.
        let other = Section::create(main.name("other"), 4096).unwrap();
        Section::open(main.name("other")).unwrap();

        let error = section.close().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        // It has a stale name left, which is no live one.
        assert!(fs::symlink_metadata(own_path(main, &name)).is_ok());
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
        let pid = format!("process {} ", holder.id());
        let error = Section::create(&name, 4096).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains(&pid), "{error}");

        // A stopped process can be killed, and the kernel gives its lock up.
        holder.kill();
        let section = Section::create(&name, 8192).unwrap();
        assert_eq!(section.len(), 8192);
        drop((section, other));
        assert!(nshm::list(Scope::Local).unwrap().is_empty());
    })
    .role("holder", lock_holder)
    .run();
}

/// Who waits for the lock in order to remove a stale link has nothing to wait for when another one
/// has removed it.
#[test]
fn nobody_waits_for_the_lock_of_a_link_that_has_gone() {
    isolated(|main| {
        let (_section, text) = model(main);
        let name = main.name("stale");
        let path = own_path(main, &name);
        let never = Text {
            id: i32::MAX,
            ..text.named(&name)
        };
        symlink(never.to_string(), &path).unwrap();
        let lock_file = own_dir(main).join(".lock");
        let held = os::lock(&own_dir(main));
        let has_it_open = || {
            let open = fs::read_dir("/proc/self/fd").unwrap();
            open.filter(|file| {
                let file = file.as_ref().unwrap().path();
                fs::read_link(file).is_ok_and(|path| path == lock_file)
            })
            .count()
        };
        let section = std::thread::scope(|scope| {
            let creation = scope.spawn(|| Section::create(&name, 4096));
            while has_it_open() < 2 {
                assert!(!creation.is_finished(), "it did not wait");
                std::thread::yield_now();
            }
            fs::remove_file(&path).unwrap();
            // The lock is still held, so waiting for it would end in `TimedOut`.
            creation.join().unwrap().unwrap()
        });
        assert_ne!(read(&path), never.to_string());
        drop(held);
        section.close().unwrap();
        assert!(fs::symlink_metadata(&path).is_err());
    });
}
