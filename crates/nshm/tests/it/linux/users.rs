//! Several users of one machine: who may open, and who may not. To be several takes root.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use nshm::placed::Mutex;
use nshm::{Audience, ErrorKind, Scope, Section, Security, Semaphore, inspect};

use super::os;
use super::tamper::Text;
use crate::support::{Main, PATIENCE, Peer, Role, Test, kind_of, text_of, word};

const CREATOR: (u32, u32) = (61001, 61001);
const COLLEAGUE: (u32, u32) = (61002, 61001);
const STRANGER: (u32, u32) = (61003, 61003);

/// Whether this test can be several users; otherwise it is skipped. `NSHM_DIR` becomes a place
/// like `/dev/shm`.
fn several_users(main: &Main) -> bool {
    if !os::is_root() {
        main.skip("needs root, to be several users");
        return false;
    }
    // Root of a container may have one user only.
    match main.peer_with("nobody", &[], os::become_user(CREATOR.0, CREATOR.1)) {
        Ok(peer) => peer.finish(),
        Err(error) => {
            main.skip(&format!("this root cannot become another user: {error}"));
            return false;
        }
    }
    os::open_to_all(&main.dir());
    true
}

fn user(main: &Main, who: (u32, u32), role: &str, arguments: &[&str]) -> Peer {
    main.peer_with(role, arguments, os::become_user(who.0, who.1))
        .unwrap()
}

fn nobody(_: &mut Role) {}

fn security_of(text: &str) -> Security {
    let (audience, rest) = text.split_once(' ').unwrap();
    let security = Security::for_audience(match audience {
        "owner" => Audience::Owner,
        "group" => Audience::Group,
        _ => Audience::Everyone,
    });
    match rest {
        "reads" => security.others_read_only(),
        _ => security,
    }
}

/// Creates a section as it is told, says so, and stays.
fn creator(role: &mut Role) {
    let section = Section::options()
        .size(4096)
        .security(security_of(role.argument(1)))
        .create(role.argument(0));
    match &section {
        Ok(section) => {
            section.map().unwrap().write_at(0, b"theirs").unwrap();
            role.say("made");
        }
        Err(error) => role.say(&format!("{:?}: {}", error.kind(), text_of(error))),
    }
    role.stay();
}

/// Opens in both ways, and says what came of it.
fn opener(role: &mut Role) {
    let name = role.argument(0);
    // Whether it is there is no secret.
    assert_eq!(nshm::find(name).unwrap().info.len, 4096);
    let writing = Section::open(name);
    let reading = Section::open_read_only(name);
    for section in writing.iter().chain(&reading) {
        let view = section.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, 6).unwrap(), b"theirs");
    }
    role.say(&format!("{} {}", word(&writing), word(&reading)));
    for error in [writing.err(), reading.err()].into_iter().flatten() {
        assert_ne!(error.hint(), None, "{error:?}");
    }
    role.stay();
}

#[test]
fn the_kernel_keeps_out_whom_the_creator_does_not_admit() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let denied = "AccessDenied AccessDenied";
        let reads = "AccessDenied ok";
        let writes = "ok ok";
        let table = [
            ("owner writes", denied, denied),
            ("owner reads", denied, denied),
            ("group writes", writes, denied),
            ("group reads", reads, denied),
            ("everyone writes", writes, writes),
            ("everyone reads", reads, reads),
        ];
        for (security, colleague, stranger) in table {
            let name = format!(r"Global\{}", main.name(security));
            let held = user(main, CREATOR, "creator", &[&name, security]);
            held.expect("made");
            for (who, expected) in [
                (CREATOR, writes),
                (COLLEAGUE, colleague),
                (STRANGER, stranger),
                ((0, 0), writes),
            ] {
                let opener = user(main, who, "opener", &[&name]);
                let said = opener.hear();
                assert_eq!(said, expected, "{security}, opened by {who:?}");
                opener.finish();
            }
            // Nobody else can take the name meanwhile, whoever is kept out.
            let rival = user(main, STRANGER, "creator", &[&name, security]);
            assert!(rival.hear().starts_with("AlreadyExists"));
            rival.finish();
            // The list shows it to everybody, with its owner.
            let listed = nshm::list(Scope::Global).unwrap();
            assert_eq!(listed.len(), 1);
            assert_eq!(listed[0].info.creator_uid, CREATOR.0);
            held.finish();
            assert!(nshm::list(Scope::Global).unwrap().is_empty());
        }
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("opener", opener)
    .run();
}

#[test]
fn local_names_are_out_of_the_reach_of_others() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let name = main.name("local");
        let held = user(main, CREATOR, "creator", &[&name, "everyone writes"]);
        held.expect("made");
        let by_number = format!(r"Session\{}\{name}", CREATOR.0);
        let denied = "AccessDenied AccessDenied";
        for who in [COLLEAGUE, STRANGER] {
            // Each user has names of its own.
            let opener = user(main, who, "looker", &[&name]);
            opener.expect("NotFound");
            opener.finish();
            let opener = user(main, who, "refused", &[&by_number]);
            opener.expect(denied);
            opener.finish();
        }
        for who in [CREATOR, (0, 0)] {
            let opener = user(main, who, "opener", &[&by_number]);
            opener.expect("ok ok");
            opener.finish();
        }
        assert_eq!(nshm::list(Scope::Session(CREATOR.0)).unwrap().len(), 1);
        let sessions = nshm::sessions().unwrap();
        assert!(sessions.contains(&CREATOR.0), "{sessions:?}");
        held.finish();
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("opener", opener)
    .role("looker", |role| {
        role.say(&word(&Section::open(role.argument(0))));
        role.stay();
    })
    .role("refused", |role| {
        let name = role.argument(0);
        let writing = word(&Section::open(name));
        role.say(&format!("{writing} {}", word(&Section::create(name, 1))));
        role.stay();
    })
    .run();
}

/// Root may act in the directory of a user, and that user is not troubled by what is left.
#[test]
fn root_and_a_user_share_a_session() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let leaf = main.name("joint");
        let name = format!(r"Session\{}\{leaf}", CREATOR.0);
        // The directory is made for the user, who owns it.
        let section = Section::options()
            .size(4096)
            .security(Security::everyone())
            .create(&name)
            .unwrap();
        section.map().unwrap().write_at(0, b"theirs").unwrap();
        let opener = user(main, CREATOR, "opener", &[&leaf]);
        opener.expect("ok ok");
        opener.finish();
        drop(section);
        // And again, as a stale name.
        let dead = main.peer("creator", &[&name, "everyone writes"]);
        dead.expect("made");
        dead.kill();
        let held = user(main, CREATOR, "creator", &[&leaf, "owner writes"]);
        held.expect("made");
        assert_eq!(
            Section::open(&name).unwrap().info().unwrap().creator_uid,
            CREATOR.0
        );
        held.kill();
        let section = Section::create(&name, 8192).unwrap();
        assert_eq!(section.len(), 8192);
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("opener", opener)
    .run();
}

#[test]
fn a_directory_made_by_an_administrator_is_the_privilege_to_create() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let global = main.dir().join("run/nshm/global");
        fs::create_dir_all(&global).unwrap();
        let name = format!(r"Global\{}", main.name("privileged"));
        let refused = user(main, STRANGER, "creator", &[&name, "everyone writes"]);
        let said = refused.hear();
        assert!(said.starts_with("PrivilegeNotHeld"), "{said}");
        assert!(said.contains(global.to_str().unwrap()), "{said}");
        refused.finish();
        assert!(!nshm::list(Scope::Global).unwrap().iter().any(|_| true));
        // Opening is no privilege.
        let section = Section::options()
            .size(4096)
            .security(Security::everyone().others_read_only())
            .create(&name)
            .unwrap();
        section.map().unwrap().write_at(0, b"theirs").unwrap();
        let opener = user(main, STRANGER, "opener", &[&name]);
        opener.expect("AccessDenied ok");
        opener.finish();
        drop(section);
        // Whom the administrator admits may create.
        os::give_to(&global, CREATOR.0);
        let held = user(main, CREATOR, "creator", &[&name, "owner writes"]);
        held.expect("made");
        held.finish();
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("opener", opener)
    .run();
}

#[test]
fn a_stale_name_of_another_user_in_a_sticky_directory() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let name = format!(r"Global\{}", main.name("stale"));
        for clearer in [(0, 0), CREATOR] {
            let dead = user(main, CREATOR, "creator", &[&name, "everyone writes"]);
            dead.expect("made");
            dead.kill();
            assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
            assert!(nshm::list(Scope::Global).unwrap().is_empty());
            let rival = user(main, STRANGER, "creator", &[&name, "everyone writes"]);
            let said = rival.hear();
            assert!(said.starts_with("AccessDenied"), "{said}");
            assert!(said.contains(&format!("user {}", CREATOR.0)), "{said}");
            assert!(
                said.contains("stale") && said.contains("nshm remove"),
                "{said}"
            );
            rival.finish();
            let clearing = user(main, STRANGER, "clearer", &[&name]);
            clearing.expect("AccessDenied");
            clearing.finish();
            let next = user(main, clearer, "creator", &[&name, "everyone writes"]);
            next.expect("made");
            next.finish();
            // It has gone with its last user, so that the stranger may have it.
            let rival = user(main, STRANGER, "creator", &[&name, "everyone writes"]);
            rival.expect("made");
            rival.finish();
        }
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("clearer", |role| {
        role.say(&word(&nshm::clear_stale(role.argument(0))));
        role.stay();
    })
    .run();
}

/// A link leads to sections of its own maker only.
#[test]
fn a_link_to_somebody_elses_section_is_a_forgery() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let real = format!(r"Global\{}", main.name("real"));
        let held = user(main, CREATOR, "creator", &[&real, "everyone writes"]);
        held.expect("made");
        let path = main
            .dir()
            .join(format!("nshm-global.{}", main.name("real")));
        let text = Text::of(fs::read_link(&path).unwrap().to_str().unwrap());
        assert_eq!(fs::symlink_metadata(&path).unwrap().uid(), CREATOR.0);

        // In a place for all, made by a stranger.
        let leaf = main.name("forged");
        let forged = Text {
            leaf: leaf.clone(),
            ..text.clone()
        };
        let path = main.dir().join(format!("nshm-global.{leaf}"));
        symlink(forged.to_string(), &path).unwrap();
        os::give_to(&path, STRANGER.0);
        let name = format!(r"Global\{leaf}");
        for error in [
            Section::open(&name).unwrap_err(),
            Section::open_or_create(&name, 4096).unwrap_err(),
            nshm::find(&name).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
            let text = text_of(&error);
            assert!(text.contains(&STRANGER.0.to_string()), "{text}");
            assert!(text.contains(&CREATOR.0.to_string()), "{text}");
            assert!(text.contains("forged"), "{text}");
        }
        let listed = nshm::list(Scope::Global).unwrap();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert!(Section::create(&name, 4096).is_err());

        // In the victim's own directory, where only the victim and root can write.
        let leaf = main.name("planted");
        let _mine = Section::create(main.name("mine"), 4096).unwrap();
        let planted = Text {
            leaf: leaf.clone(),
            ..text
        };
        let path = main.dir().join(format!("nshm-{}", os::uid())).join(&leaf);
        symlink(planted.to_string(), &path).unwrap();
        let error = Section::open(&leaf).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
        assert_eq!(nshm::list(Scope::Local).unwrap().len(), 1);

        // The real one has lost nothing.
        let opener = user(main, STRANGER, "opener", &[&real]);
        opener.expect("ok ok");
        opener.finish();
        held.finish();
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("opener", opener)
    .run();
}

/// A user's own directory admits links to root's sections, for root may make names there. A user wrote
/// such a link by hand, and who opened it was led to any section of root's, and to any file.
#[test]
fn a_user_leads_nobody_to_what_is_roots() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let own = user(
            main,
            CREATOR,
            "creator",
            &[&main.name("own"), "owner writes"],
        );
        own.expect("made");
        let theirs = main.dir().join(format!("nshm-{}", CREATOR.0));
        let secret = Section::create(main.name("secret"), 4096).unwrap();
        let text = Text::of(&secret.token().unwrap());
        let file = main.root().join("file");
        fs::write(&file, [7; 4096]).unwrap();
        let found = fs::metadata(&file).unwrap();
        let pages = format!("-,{},{},4096,{}", found.dev(), found.ino(), file.display());
        for (leaf, flag) in [("memory", "-"), ("file", &pages)] {
            let led = Text {
                leaf: leaf.into(),
                flag: flag.into(),
                ..text.clone()
            };
            let path = theirs.join(leaf);
            symlink(led.to_string(), &path).unwrap();
            let name = format!(r"Session\{}\{leaf}", CREATOR.0);
            // Written by root itself it is good.
            assert_eq!(Section::open(&name).unwrap().len(), 4096);
            assert_eq!(nshm::list(Scope::Session(CREATOR.0)).unwrap().len(), 2);
            os::give_to(&path, CREATOR.0);
            for error in [
                Section::open(&name).unwrap_err(),
                Section::open_read_only(&name).unwrap_err(),
                Section::open_or_create(&name, 4096).unwrap_err(),
                nshm::find(&name).unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{leaf}: {error:?}");
                assert!(text_of(&error).contains("forged"), "{leaf}: {error:?}");
            }
            assert_eq!(nshm::list(Scope::Session(CREATOR.0)).unwrap().len(), 1);
            fs::remove_file(&path).unwrap();
        }
        own.finish();

        // Nor by another directory in the place of its own.
        let name = format!(r"Session\{}\{}", CREATOR.0, main.name("secret"));
        fs::rename(&theirs, main.dir().join("moved")).unwrap();
        symlink(main.dir().join(format!("nshm-{}", os::uid())), &theirs).unwrap();
        assert_eq!(kind_of(Section::open(&name)), ErrorKind::AccessDenied);
        assert_eq!(kind_of(nshm::find(&name)), ErrorKind::AccessDenied);
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .run();
}

/// Links elsewhere are removed under a lock in the user's own directory. Where somebody else had made
/// that, a name was created all the same, could not be removed by the close, which said nothing, and
/// not be created again.
#[test]
fn who_cannot_lock_a_name_does_not_create_it() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let dir = main.dir().join(format!("nshm-{}", CREATOR.0));
        fs::create_dir(&dir).unwrap();
        os::give_to(&dir, STRANGER.0);
        let leaf = main.name("squatted");
        let name = format!(r"Global\{leaf}");
        let path = main.dir().join(format!("nshm-global.{leaf}"));
        let refused = user(main, CREATOR, "creator", &[&name, "everyone writes"]);
        let said = refused.hear();
        assert!(said.starts_with("AccessDenied"), "{said}");
        assert!(
            said.contains(&format!("belongs to user {}", STRANGER.0)),
            "{said}"
        );
        assert!(!path.is_symlink());
        refused.finish();

        // And one that was created before.
        fs::remove_dir(&dir).unwrap();
        let mut held = user(main, CREATOR, "closer", &[&name]);
        held.expect("made");
        os::give_to(&dir, STRANGER.0);
        held.tell("close");
        let said = held.hear();
        assert!(said.starts_with("AccessDenied"), "{said}");
        assert!(said.contains("remove it or mend it"), "{said}");
        held.finish();
        assert!(path.is_symlink());
        os::give_to(&dir, CREATOR.0);
        let mut held = user(main, CREATOR, "closer", &[&name]);
        held.expect("made");
        held.tell("close");
        held.expect("ok");
        held.finish();
        assert!(!path.is_symlink());
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("closer", |role| {
        let section = Section::create(role.argument(0), 4096).unwrap();
        role.say("made");
        role.hear();
        match section.close() {
            Ok(()) => role.say("ok"),
            Err(error) => role.say(&format!("{:?}: {}", error.kind(), text_of(&error))),
        }
        role.stay();
    })
    .run();
}

#[test]
fn a_directory_that_belongs_to_somebody_else_is_refused() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        // A stranger was first to make it, and has laid out a link to the victim's own section.
        let real = format!(r"Global\{}", main.name("real"));
        let held = user(main, CREATOR, "creator", &[&real, "everyone writes"]);
        held.expect("made");
        let path = main
            .dir()
            .join(format!("nshm-global.{}", main.name("real")));
        let text = Text::of(fs::read_link(&path).unwrap().to_str().unwrap());
        let leaf = main.name("trap");
        let dir = main.dir().join(format!("nshm-{}", CREATOR.0));
        fs::remove_dir_all(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        let trap = Text {
            leaf: leaf.clone(),
            ..text
        };
        symlink(trap.to_string(), dir.join(&leaf)).unwrap();
        os::give_to(&dir.join(&leaf), STRANGER.0);
        os::give_to(&dir, STRANGER.0);
        let belongs = format!("belongs to user {}", STRANGER.0);
        for leaf in [leaf, main.name("absent")] {
            let victim = user(main, CREATOR, "victim", &[&leaf]);
            for call in ["open", "create", "open or create", "list"] {
                let said = victim.hear();
                assert!(said.starts_with("AccessDenied"), "{call} {leaf}: {said}");
                assert!(said.contains(&belongs), "{call} {leaf}: {said}");
            }
            victim.finish();
        }
        held.finish();
    })
    .role("nobody", nobody)
    .role("creator", creator)
    .role("victim", |role| {
        let name = role.argument(0);
        let errors = [
            Section::open(name).err(),
            Section::create(name, 4096).err(),
            Section::open_or_create(name, 4096).err(),
            nshm::list(Scope::Local).err(),
        ];
        for error in errors {
            match error {
                Some(error) => role.say(&format!("{:?}: {}", error.kind(), text_of(&error))),
                None => role.say("ok"),
            }
        }
        role.stay();
    })
    .run();
}

/// Creates a semaphore that others may read only, says so, and stays.
fn semaphore_creator(role: &mut Role) {
    let security = security_of(role.argument(1));
    let options = Semaphore::options(2, 3).security(security);
    let _semaphore = options.create(role.argument(0)).unwrap();
    role.say("made");
    role.stay();
}

/// Uses a semaphore, and asks for its state.
fn semaphore_asker(role: &mut Role) {
    let name = role.argument(0);
    let used = Semaphore::open(name);
    let state = inspect::state(&inspect::object(name).unwrap());
    role.say(&match state {
        Ok(state) => format!("{} {state:?}", word(&used)),
        Err(error) => format!("{} {:?}", word(&used), error.kind()),
    });
    role.stay();
}

#[test]
fn who_may_only_read_may_ask_for_a_state() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        for (security, expected) in [
            ("owner writes", "AccessDenied AccessDenied"),
            (
                "everyone reads",
                "AccessDenied Some(Semaphore { count: 2, max: 3 })",
            ),
            ("everyone writes", "ok Some(Semaphore { count: 2, max: 3 })"),
        ] {
            let name = format!(r"Global\{}", main.name(security));
            let held = user(main, CREATOR, "semaphore_creator", &[&name, security]);
            held.expect("made");
            let asker = user(main, STRANGER, "semaphore_asker", &[&name]);
            asker.expect(expected);
            asker.finish();
            held.finish();
        }
    })
    .role("nobody", nobody)
    .role("semaphore_creator", semaphore_creator)
    .role("semaphore_asker", semaphore_asker)
    .run();
}

/// Users share a lock, and one of them dies with it. What the kernel says of its end the others can
/// read and nobody can forge.
#[test]
fn users_share_a_lock_inside_a_section() {
    Test::new(|main| {
        if !several_users(main) {
            return;
        }
        let name = format!("Global\\{}", main.name("locks"));
        let section = Section::options()
            .size(4096)
            .security(Security::everyone())
            .create(&*name)
            .unwrap();
        let view = section.map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        for who in [COLLEAGUE, STRANGER] {
            let owner = user(main, who, "locker", &[&name]);
            owner.expect("locked");
            assert!(mutex.try_lock().unwrap().is_none());
            let waiter = user(main, CREATOR, "locker", &[&name]);
            owner.kill();
            waiter.expect("abandoned");
            waiter.finish();
            assert!(
                !mutex
                    .lock_timeout(PATIENCE)
                    .unwrap()
                    .unwrap()
                    .is_abandoned()
            );
        }
    })
    .role("nobody", nobody)
    .role("locker", |role: &mut Role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        let guard = mutex.lock_timeout(PATIENCE).unwrap().expect("it hangs");
        role.say(if guard.is_abandoned() {
            "abandoned"
        } else {
            "locked"
        });
        role.stay();
    })
    .run();
}
