//! What was broken once on Linux, each test named after what broke.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{TryRecvError, channel};

use nshm::{
    Access, ErrorKind, Event, Mutex, Name, Namespace, Protection, Scope, Section, Semaphore,
    ViewMut, Waitable, placed, wait_all, wait_any,
};

use super::os;
use crate::raw::{get, set};
use crate::support::{Main, Role, Test, isolated, kind_of};

fn lock_holder(role: &mut Role) {
    let _lock = os::lock(Path::new(role.argument(0)));
    role.say("locked");
    role.stay();
}

fn holder(role: &mut Role) {
    let _held = Section::create(role.argument(0), 4096).unwrap();
    role.say("made");
    role.stay();
}

/// Root and the user of a directory took different locks for a link that root had made there, so
/// both could find it stale, and the slower one removed the live name that came after it.
#[test]
fn everybody_takes_the_lock_of_the_directory() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to act in the directory of another user");
        }
        os::open_to_all(&main.dir());
        let name = format!(r"Session\61001\{}", main.name("locked"));
        let dead = main.peer("holder of a name", &[&name]);
        dead.expect("made");
        dead.kill();
        let dir = main.dir().join("nshm-61001");
        let holder = main.peer("holder", &[dir.to_str().unwrap()]);
        holder.expect("locked");
        let late = kind_of(Section::create(&name, 4096));
        assert_eq!(late, nshm::ErrorKind::TimedOut);
        holder.finish();
        Section::create(&name, 4096).unwrap();
    })
    .role("holder of a name", holder)
    .role("holder", lock_holder)
    .run();
}

/// A thread that has gone to another IPC namespace sees none of the segments it has attached. It
/// took the names of living sections for stale ones.
#[test]
fn a_thread_in_another_ipc_namespace_takes_no_live_name_away() {
    Test::new(|main| {
        let (name, created) = (main.name("x"), main.name("c"));
        let peer = main.peer("holder of a name", &[&name]);
        peer.expect("made");
        // A handle that is opened here, one that is created here, each with another user here.
        let opened_there = Section::open(&name).unwrap();
        let kept = Section::create(&created, 4096).unwrap();
        let created_there = kept.clone();
        let other = Section::open(&created).unwrap();
        drop(kept);
        let result = std::thread::spawn(move || {
            os::leave_ipc_namespace()?;
            drop(opened_there);
            drop(created_there);
            // Nor does it take one for stale that it looks at.
            let foreign = nshm::ErrorKind::ForeignNamespace;
            assert_eq!(kind_of(Section::open(&name)), foreign);
            // Ids and seconds of two new namespaces may even agree.
            assert_eq!(kind_of(Section::create(&name, 4096)), foreign);
            assert_eq!(kind_of(nshm::clear_stale(&name)), foreign);
            Ok::<_, std::io::Error>(())
        })
        .join()
        .unwrap();
        if let Err(error) = result {
            return main.skip(&format!("no IPC namespace of one's own here: {error}"));
        }
        let mut live: Vec<String> = nshm::list(Scope::Local)
            .unwrap()
            .iter()
            .map(|object| object.name.leaf().to_owned())
            .collect();
        live.sort();
        let mut expected = vec![main.name("c"), main.name("x")];
        expected.sort();
        assert_eq!(live, expected);
        assert_eq!(other.len(), 4096);
        peer.finish();
    })
    .role("holder of a name", holder)
    .world(os::OWN_IPC)
    .run();
}

/// Which byte of the lock file is the lock of a link: docs/format.md.
fn lock_of(file_name: &str) -> i64 {
    let hash = file_name.bytes().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128,
        |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        },
    );
    (hash as u64 >> 2).cast_signed()
}

/// All names of a user had one lock. Whoever was slow with it held up all others, and a close that
/// does not get the lock in time leaves a stale link: under load half of all links were.
#[test]
fn a_name_that_is_locked_holds_up_no_other() {
    isolated(|main| {
        let dir = main.dir().join(format!("nshm-{}", os::uid()));
        let (slow, other) = (main.name("slow"), main.name("other"));
        let slow_one = Section::create(&slow, 4096).unwrap();
        let lock = os::lock_byte(&dir, lock_of(&slow));
        for _ in 0..100 {
            Section::create(&other, 4096).unwrap().close().unwrap();
            assert!(!dir.join(&other).is_symlink(), "a stale link");
        }
        // It was the lock of the first one that was held.
        assert_eq!(kind_of(slow_one.close()), ErrorKind::TimedOut);
        drop(lock);
        Section::create(&slow, 4096).unwrap().close().unwrap();
        assert!(!dir.join(&slow).is_symlink());
    });
}

/// The lock of a name was that of its path, and a directory can be spelled in many ways. So two processes
/// could find one link stale, each under a lock of its own, and the slower one removed the live name
/// that came after it.
#[test]
fn one_directory_in_two_spellings_had_two_locks() {
    Test::new(|main| {
        let dir = main.namespace_dir("team");
        let name = |dir: &Path| Namespace::new(dir).name("x").unwrap();
        let dead = main.peer("member", &[dir.to_str().unwrap()]);
        dead.expect("made");
        dead.kill();
        let user = main.dir().join(format!("nshm-{}", os::uid()));
        let lock = os::lock_byte(&user, lock_of("x"));
        let other = main.root().join("other");
        symlink(&dir, &other).unwrap();
        for dir in [&dir, &dir.join(""), &dir.join("../team"), &other] {
            let late = kind_of(Section::create(name(dir), 4096));
            assert_eq!(late, ErrorKind::TimedOut, "{}", dir.display());
        }
        drop(lock);
        Section::create(name(&other), 4096).unwrap();
    })
    .role("member", |role| {
        let name = Namespace::new(role.argument(0)).name("x").unwrap();
        let _held = Section::create(name, 4096).unwrap();
        role.say("made");
        role.stay();
    })
    .run();
}

/// Who could write to a directory exchanged a good link and one of its own while somebody opened it: the
/// text was read of one, and the owner asked of the other.
#[test]
fn the_owner_of_another_link_vouched_for_it() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to make links of another user's");
        }
        let dir = main.namespace_dir("shared");
        let space = Namespace::new(&dir);
        let good = Section::create(space.name("x").unwrap(), 4096).unwrap();
        let secret = Section::create(main.name("secret"), 8192).unwrap();
        let forged = super::tamper::Text {
            leaf: "x".into(),
            ..super::tamper::Text::of(&secret.token().unwrap())
        };
        let (real, other) = (dir.join("x"), dir.join("other"));
        symlink(forged.to_string(), &other).unwrap();
        os::give_to(&other, 61001);
        std::thread::scope(|scope| {
            let (goes_on, is_over) = channel::<()>();
            let (real, other) = (&real, &other);
            scope.spawn(move || {
                while is_over.try_recv() == Err(TryRecvError::Empty) {
                    os::exchange(real, other).unwrap();
                }
            });
            let (mut opened, mut refused) = (0, 0);
            while opened < 300 || refused < 300 {
                match Section::open(space.name("x").unwrap()) {
                    Ok(section) => {
                        assert_eq!(section.len(), 4096, "it is the secret");
                        opened += 1;
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
                        refused += 1;
                    }
                }
            }
            drop(goes_on);
        });
        // So that the close finds its own.
        if std::fs::read_link(&real).unwrap().to_str() == Some(&forged.to_string()) {
            os::exchange(&real, &other).unwrap();
        }
        good.close().unwrap();
        assert!(!real.is_symlink());
    })
    .run();
}

/// A thread in another IPC namespace attached the segment that had the id of its section there: a
/// stranger's, and shorter than the view that it became.
#[test]
fn a_thread_in_another_ipc_namespace_maps_no_segment_of_a_stranger() {
    Test::new(|main| {
        let section = Section::options()
            .size(1 << 20)
            .commit_on_demand(true)
            .anonymous()
            .unwrap();
        let reader = section.reopen(Access::ReadOnly).unwrap();
        let view = reader.raw_view().protection(Protection::ReadOnly);
        let view = view.map().unwrap();
        let id = super::tamper::Text::of(&section.token().unwrap()).id;
        let result = std::thread::spawn(move || {
            os::leave_ipc_namespace()?;
            assert_eq!(
                kind_of(section.map_read_only()),
                ErrorKind::ForeignNamespace
            );
            // The first one here, as ours is there.
            assert_eq!(os::raw_segment(libc::IPC_PRIVATE, 4096, 0o600)?, id);
            assert_eq!(
                kind_of(section.map_read_only()),
                ErrorKind::ForeignNamespace
            );
            assert_eq!(kind_of(view.commit(0, 1)), ErrorKind::ForeignNamespace);
            assert_eq!(os::segment(id).unwrap().attached, 0);
            os::remove_raw_segment(id)?;
            Ok::<_, std::io::Error>(())
        })
        .join()
        .unwrap();
        if let Err(error) = result {
            main.skip(&format!("no IPC namespace of one's own here: {error}"));
        }
    })
    .world(os::OWN_IPC)
    .run();
}

/// Pages that had been copy-on-write for a while stayed private when they were shared again.
#[test]
fn pages_that_are_shared_again_are_those_of_the_section() {
    isolated(|main| {
        let path = main.root().join("shared");
        std::fs::write(&path, vec![0; 3 * 4096]).unwrap();
        let file = std::fs::File::options().read(true).write(true).open(&path);
        for section in [
            Section::anonymous(3 * 4096).unwrap(),
            Section::options().file(file.unwrap()).anonymous().unwrap(),
        ] {
            let others = section.map().unwrap();
            let view = section.raw_view().map().unwrap();
            let byte = |page: usize| others.read_vec(page * 4096, 1).unwrap()[0];
            set(&view, 0, 1);
            view.protect(0, view.len(), Protection::CopyOnWrite)
                .unwrap();
            set(&view, 4096, 2);
            others.fill(8192..8193, 3).unwrap();
            assert_eq!((get(&view, 8192), byte(1)), (0, 0));
            view.protect(0, 1, Protection::NoAccess).unwrap();
            view.protect(4096, 1, Protection::ReadOnly).unwrap();
            view.protect(0, view.len(), Protection::ReadWrite).unwrap();
            // Shared, as nobody has written to the copies of these.
            assert_eq!((get(&view, 0), get(&view, 8192)), (1, 3));
            set(&view, 0, 4);
            set(&view, 8192, 5);
            assert_eq!((byte(0), byte(2)), (4, 5));
            // What was written to a copy is this view's own for good.
            assert_eq!(get(&view, 4096), 2);
            set(&view, 4096, 6);
            assert_eq!(byte(1), 0);
            // Once more, with what is there now.
            view.protect(0, view.len(), Protection::CopyOnWrite)
                .unwrap();
            assert_eq!((get(&view, 0), get(&view, 4096)), (4, 6));
            set(&view, 0, 7);
            assert_eq!((get(&view, 0), byte(0)), (7, 4));
        }
    });
}

/// A copy-on-write view of a few bytes copied the whole section, and made all of it resident.
#[test]
fn a_view_of_a_part_takes_memory_for_that_part() {
    isolated(|main| {
        let section = Section::create(main.name("parts"), 256 << 20).unwrap();
        let part = section.view_options().offset(100 << 20 | 5).len(4096);
        let views = [
            part.map_private().unwrap(),
            section
                .view_options()
                .offset(9)
                .len(0)
                .map_private()
                .unwrap(),
        ];
        assert_eq!((views[0].len(), views[1].len()), (4096, 0));
        views[0].write_at(4092, b"end.").unwrap();
        assert_eq!(views[0].read_vec(4091, 5).unwrap(), b"\0end.");
        assert!(part.map_read_only().unwrap().read_vec(0, 1).unwrap() == [0]);
        let info = section.info().unwrap();
        assert!(info.resident <= 3 * 4096, "{} bytes", info.resident);
    });
}

/// It was said to be for want of memory.
#[test]
fn a_file_that_is_open_for_reading_cannot_grow() {
    isolated(|main| {
        let path = main.root().join("short");
        std::fs::write(&path, "short").unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let made = Section::options().file(file).size(4096).anonymous();
        assert_eq!(kind_of(made), ErrorKind::AccessDenied);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 5);
    });
}

/// Copies of a section were in core files although the section was to be left out.
#[test]
fn core_files_hold_no_copies_of_a_section() {
    isolated(|_| {
        for dumpable in [false, true] {
            let options = Section::options().size(3 * 4096).dumpable(dumpable);
            let section = options.anonymous().unwrap();
            let copy = section.map_private().unwrap();
            assert_eq!(os::has_flag(copy.as_ptr(), "dd"), !dumpable);
            let raw = section.raw_view().map().unwrap();
            raw.protect(4096, 1, Protection::CopyOnWrite).unwrap();
            raw.protect(0, 1, Protection::CopyOnWrite).unwrap();
            raw.protect(0, 1, Protection::ReadWrite).unwrap();
            for offset in [0, 4096, 8192] {
                let page = raw.as_ptr().wrapping_add(offset).cast_const();
                assert_eq!(os::has_flag(page, "dd"), !dumpable, "{offset}");
            }
        }
    });
}

/// Says how many pages of sections this process may write to.
fn reader_that_commits(role: &mut Role) {
    let say_writable = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let sections = maps.lines().filter(|line| line.contains("/SYSV"));
        let writable = sections.filter(|line| line.contains(" rw")).count();
        role.say(&writable.to_string());
    };
    let section = Section::open_read_only(role.argument(0)).unwrap();
    let view = section.raw_view().protection(Protection::ReadOnly);
    let view = view.map().unwrap();
    say_writable();
    view.commit(4096, 1).unwrap();
    assert_eq!(view.committed(4096).unwrap(), (true, 4096));
    say_writable();
    role.stay();
}

/// A read-only handle of a section that is committed page by page had pages that could be written.
#[test]
fn a_read_only_handle_has_no_writable_page_even_where_it_commits() {
    Test::new(|main| {
        let name = main.name("demand");
        let section = Section::options()
            .size(3 * 4096)
            .commit_on_demand(true)
            .create(&name)
            .unwrap();
        let reader = main.peer("reader that commits", &[&name]);
        reader.expect("0");
        reader.expect("0");
        let view = section.raw_view().map().unwrap();
        assert_eq!(view.committed(0).unwrap(), (false, 4096));
        assert_eq!(view.committed(4096).unwrap(), (true, 4096));
        reader.finish();
    })
    .role("reader that commits", reader_that_commits)
    .run();
}

/// Swaps its directory for a link to another one, again and again, without a lock in it.
fn swapper(role: &mut Role) {
    let own = Path::new(role.argument(0));
    let spare = own.with_file_name("spare");
    std::fs::create_dir(own).unwrap();
    os::set_mode(own, 0o700);
    symlink(role.argument(1), &spare).unwrap();
    let ends = role.told_to_end();
    role.say("ready");
    while !ends.load(std::sync::atomic::Ordering::Relaxed) {
        let _ = std::fs::remove_file(own.join(".lock"));
        os::exchange(own, &spare).unwrap();
    }
}

/// Root made the lock file of a user by its path and gave it away by its path: a user that swapped its
/// directory in between got a file of its own in a directory of root's, and lost root a file there.
#[test]
fn a_swapped_directory_leads_root_nowhere() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to act in the directory of another user");
        }
        os::open_to_all(&main.dir());
        let secret = main.dir().join("of-root");
        std::fs::create_dir(&secret).unwrap();
        os::set_mode(&secret, 0o755);
        let own = main.dir().join("nshm-61001");
        let arguments = [own.to_str().unwrap(), secret.to_str().unwrap()];
        let swapper = main.peer_with("swapper", &arguments, os::become_user(61001, 61001));
        let Ok(swapper) = swapper else {
            return main.skip("this root cannot become another user");
        };
        swapper.expect("ready");
        let name = format!(r"Session\61001\{}", main.name("x"));
        let mut made = 0;
        for _ in 0..2_000 {
            // The directory may just be a link, which is an error.
            if let Ok(section) = Section::create(&name, 4096) {
                made += 1;
                drop(section);
            }
            let found = std::fs::read_dir(&secret).unwrap().count();
            assert_eq!(found, 0, "in the directory of root's");
        }
        assert!(made > 0, "the user never had a directory");
        swapper.finish();
    })
    .role("swapper", swapper)
    .run();
}

/// Threads of root that used the directory of a user for the first time, all at once, took one
/// another's draft of it away.
#[test]
fn threads_of_root_make_a_directory_of_a_user_at_once() {
    const THREADS: usize = 4;
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to act in the directory of another user");
        }
        os::open_to_all(&main.dir());
        for uid in 62000..62050 {
            let start = std::sync::Barrier::new(THREADS);
            std::thread::scope(|scope| {
                for number in 0..THREADS {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        Section::create(&*format!(r"Session\{uid}\x{number}"), 4096).unwrap();
                    });
                }
            });
        }
        let left: Vec<_> = std::fs::read_dir(main.dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains('.'))
            .collect();
        assert_eq!(left, [""; 0], "drafts");
    })
    .run();
}

/// A thread that could not own a mutex which had been abandoned took that knowledge away with it.
#[test]
fn who_cannot_own_a_mutex_leaves_word_that_it_was_abandoned() {
    isolated(|_| {
        let mutex = Mutex::options().anonymous().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| std::mem::forget(mutex.lock().unwrap()));
        });
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let owned = || Mutex::options().owned(true).anonymous().unwrap();
                let others: Vec<Mutex> = (0..1024).map(|_| owned()).collect();
                let refused = mutex.lock().map(drop).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Unsupported);
                for other in &others {
                    other.release().unwrap();
                }
            });
        });
        assert!(mutex.lock().unwrap().is_abandoned());
        assert!(!mutex.lock().unwrap().is_abandoned());
    });
}

/// The last user of a named object left the name behind if it had come by a token.
#[test]
fn the_last_user_takes_the_name_away_however_it_came() {
    isolated(|main| {
        let dir = main.namespace_dir("a team: %");
        let team = Namespace::new(&dir);
        let leaf = main.name("by/token");
        let names = [
            Name::new(&leaf).unwrap(),
            Name::new(&format!(r"Global\{leaf}")).unwrap(),
            team.name(&leaf).unwrap(),
        ];
        for name in names {
            let section = Section::create(&name, 4096).unwrap();
            let scope = name.scope();
            let token = section.token().unwrap();
            let taken = Section::from_token(&token).unwrap();
            assert_eq!(taken.name(), None);
            assert_eq!(taken.token().unwrap(), token);
            let again = taken.reopen(Access::ReadOnly).unwrap();
            drop(section);
            drop(taken);
            assert_eq!(nshm::find(&name).unwrap().name, name);
            drop(again);
            let left: Vec<_> = std::fs::read_dir(place_of(main, scope, &dir))
                .unwrap()
                .map(|entry| entry.unwrap())
                .filter(|entry| entry.path().is_symlink())
                .collect();
            assert_eq!(left.len(), 0, "{name}");
            // A name that is another object's by now stays.
            let old = Section::create(&name, 4096).unwrap();
            let taken = Section::from_token(&old.token().unwrap()).unwrap();
            nshm::remove(&name).unwrap();
            let new = Section::create(&name, 8192).unwrap();
            drop(old);
            drop(taken);
            assert_eq!(nshm::find(&name).unwrap().info.len, 8192);
            drop(new);
        }
        let event = Event::options().create(&leaf).unwrap();
        let taken = Event::from_token(&event.token().unwrap()).unwrap();
        drop(event);
        taken.close().unwrap();
        assert!(!nshm::clear_stale(&leaf).unwrap());
    });
}

/// Where the links of a scope are.
fn place_of(main: &Main, scope: &Scope, team: &Path) -> std::path::PathBuf {
    match scope {
        Scope::Local => main.dir().join(format!("nshm-{}", os::uid())),
        Scope::Private(_) => team.to_owned(),
        _ => main.dir(),
    }
}

/// What is in the field of a name of a token came from a stranger.
#[test]
fn a_token_with_another_last_field_is_corrupt() {
    isolated(|main| {
        let section = Section::create(main.name("x"), 4096).unwrap();
        let token = section.token().unwrap();
        let (link, _) = token.rsplit_once(':').unwrap();
        for field in [
            "x",
            "/x/",
            "global/",
            "01/x",
            "4294967296/x",
            "Global/x",
            "tmp/x",
            "/tmp%2f/x",
            "1/%2f",
            "1/Local",
            "1/a\\b",
            "global/..",
        ] {
            let kind = kind_of(Section::from_token(&format!("{link}:{field}")));
            assert_eq!(kind, ErrorKind::Corrupt, "{field}");
        }
        assert_eq!(
            Section::from_token(&format!("{link}:")).unwrap().len(),
            4096
        );
    });
}

fn first_user(role: &mut Role) {
    let everyone = nshm::Security::everyone();
    let options = Section::options().size(4096).security(everyone);
    let section = options.create(role.argument(0)).unwrap();
    role.say("made");
    role.hear();
    section.close().unwrap();
    role.say("closed");
    role.stay();
}

fn last_user(role: &mut Role) {
    let section = Section::open(role.argument(0)).unwrap();
    role.say("opened");
    role.hear();
    role.say(&format!(
        "{:?}",
        section.close().map_err(|error| error.kind())
    ));
    role.stay();
}

/// Who closed a `Global\` name of another user as its last one got an error, and could do nothing about it.
#[test]
fn to_close_a_name_of_another_user_last_is_no_error() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to be two users");
        }
        os::open_to_all(&main.dir());
        let name = format!(r"Global\{}", main.name("x"));
        let first = main.peer_with("first", &[&name], os::become_user(61001, 61001));
        let Ok(mut first) = first else {
            return main.skip("this root cannot become another user");
        };
        first.expect("made");
        let mut last = main
            .peer_with("last", &[&name], os::become_user(61002, 61002))
            .unwrap();
        last.expect("opened");
        first.tell("close");
        first.expect("closed");
        last.tell("close");
        last.expect("Ok(())");
        first.finish();
        last.finish();
        assert!(nshm::clear_stale(&name).unwrap());
    })
    .role("first", first_user)
    .role("last", last_user)
    .run();
}

/// It was said that this is never `NotFound`.
#[test]
fn a_missing_directory_is_not_found_also_for_a_new_name() {
    isolated(|main| {
        let team = Namespace::new(main.dir().join("missing"));
        let name = || team.name("x").unwrap();
        let created = Section::create(name(), 4096);
        assert_eq!(kind_of(created), ErrorKind::NotFound);
        let either = Section::open_or_create(name(), 4096);
        assert_eq!(kind_of(either), ErrorKind::NotFound);
    });
}

/// A new name for all users was said to be not found, and nothing told how to mend it.
#[test]
fn where_all_names_lie_is_missing_and_the_cure_is_said_of_every_new_name() {
    isolated(|main| {
        fs::remove_dir_all(main.dir()).unwrap();
        for name in [r"Global\x", "x"] {
            let error = Section::create(name, 4096).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Other);
            let cure = format!("mkdir -p -m 1777 '{}'", main.dir().display());
            assert!(error.hint().unwrap().ends_with(&cure), "{error:?}");
            let either = Section::open_or_create(name, 4096);
            assert_eq!(kind_of(either), ErrorKind::Other);
            assert_eq!(kind_of(Section::open(name)), ErrorKind::NotFound);
        }
        fs::create_dir(main.dir()).unwrap();
    });
}

/// It was said that a token admits nobody whom the section does not.
#[test]
fn the_token_of_a_section_for_nobody_opens_it() {
    isolated(|main| {
        let options = Section::options()
            .size(4096)
            .security(nshm::Security::nobody());
        let section = options.create(main.name("x")).unwrap();
        assert_eq!(
            kind_of(Section::open(main.name("x"))),
            ErrorKind::AccessDenied
        );
        assert_eq!(
            Section::from_token(&section.token().unwrap())
                .unwrap()
                .len(),
            4096
        );
    });
}

/// A mutex that was closed while its thread owned it was kept alive by every child that had been forked
/// meanwhile, as long as the child lived.
#[test]
fn a_child_keeps_no_mutex_that_its_parent_had_closed() {
    isolated(|main| {
        let name = main.name("closed");
        let mutex = Mutex::create(&name).unwrap();
        std::mem::forget(mutex.lock().unwrap());
        let mut other = Some(Mutex::open(&name).unwrap());
        drop(mutex);
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let child = os::fork(|| {
            os::close_copy(&ours);
            drop(other.take());
            // Its first use of any such object.
            let own = Mutex::options().anonymous().unwrap();
            drop(own.lock().unwrap());
            theirs.write_all(&[1]).unwrap();
            let _ = theirs.read(&mut [0]);
            drop(own.lock().unwrap());
            0
        });
        main.note_process(child.id());
        ours.read_exact(&mut [0]).unwrap();
        let other = other.take().unwrap();
        other.release().unwrap();
        drop(other);
        assert_eq!(kind_of(Mutex::open(&name)), ErrorKind::NotFound);
        ours.write_all(&[1]).unwrap();
        assert_eq!(child.wait(), os::End::Exit(0));
    });
}

/// The PID namespace was asked for once, and believed in children that were in another one: they took
/// thread ids of one for those of the other.
#[test]
fn a_child_in_another_pid_namespace_is_told_apart() {
    Test::new(|main| {
        ask_a_moved_child(main, "opened");
    })
    .role("parent", |role| {
        with_a_moved_child(role, |role, _| kind_of(Mutex::open(role.argument(0))));
    })
    .run();
}

/// What a process said that has moved its children, of the one that it has made.
fn ask_a_moved_child(main: &Main, mutex: &str) {
    let mut peer = main.peer("parent", &[&main.name(mutex)]);
    let said = peer.hear();
    if said != "ForeignNamespace" {
        assert!(said.starts_with("no namespace"), "{said}");
        main.skip(&said);
    }
    peer.tell("end");
    peer.finish();
}

/// Makes a mutex, and has a child in another PID namespace do something with it and say what came of it.
fn with_a_moved_child(role: &Role, child: impl FnOnce(&Role, &Mutex) -> ErrorKind) {
    let mutex = Mutex::create(role.argument(0)).unwrap();
    drop(mutex.lock().unwrap());
    if let Err(error) = os::put_children_in_a_pid_namespace() {
        role.say(&format!("no namespace of PIDs here: {error}"));
        return role.stay();
    }
    let child = os::fork(|| {
        role.say(&format!("{:?}", child(role, &mutex)));
        0
    });
    assert_eq!(child.wait(), os::End::Exit(0));
    role.stay();
}

/// By a handle from its parent it locked by an id that is nobody's outside, so that others could have
/// taken its lock for one that a dead owner left.
#[test]
fn a_moved_child_locked_a_mutex_of_its_parent() {
    Test::new(|main| ask_a_moved_child(main, "inherited"))
        .role("parent", |role| {
            with_a_moved_child(role, |_, mutex| {
                let semaphore = Semaphore::options(1, 1).anonymous().unwrap();
                let several: [&dyn Waitable; 2] = [mutex, &semaphore];
                let kinds = [
                    kind_of(mutex.lock()),
                    kind_of(mutex.try_lock()),
                    kind_of(wait_any(&several, None)),
                    kind_of(wait_all(&several, None)),
                ];
                assert!(kinds.iter().all(|kind| *kind == kinds[0]), "{kinds:?}");
                assert_eq!(semaphore.count().unwrap(), 1);
                kinds[0]
            });
        })
        .run();
}

/// A thread that owned a contended lock inside a section had named memory there for the kernel to look
/// at when the thread ends. A guard that was forgotten, or a peer that had taken the mark of the sleepers
/// away, left the name behind when the memory was unmapped, and the kernel wrote into what came to lie
/// there.
#[test]
fn a_will_outlived_the_memory_that_it_named() {
    const WORD: usize = 16;
    const WAITERS: u64 = 1 << 31;
    let forget = |guard: placed::MutexGuard<'_, '_>, _: &ViewMut| std::mem::forget(guard);
    let tamper = |guard: placed::MutexGuard<'_, '_>, view: &ViewMut| {
        let word: u64 = view.load(WORD).unwrap();
        view.store(WORD, &(word & !WAITERS)).unwrap();
        drop(guard);
    };
    isolated(|_| {
        let ways: [fn(placed::MutexGuard<'_, '_>, &ViewMut); 2] = [forget, tamper];
        for leave in ways {
            for _ in 0..50 {
                let section = Section::anonymous(4096).unwrap();
                let view = section.map().unwrap();
                let mutex = placed::Mutex::at(&view, 0).unwrap();
                let guard = mutex.lock().unwrap();
                std::thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            let view = section.map().unwrap();
                            let mutex = placed::Mutex::at(&view, 0).unwrap();
                            leave(mutex.lock().unwrap(), &view);
                            assert_eq!(os::will(), 0);
                        });
                    }
                    while view.load::<u64>(WORD).unwrap() & WAITERS == 0 {
                        std::thread::yield_now();
                    }
                    drop(guard);
                });
            }
        }
    });
}
