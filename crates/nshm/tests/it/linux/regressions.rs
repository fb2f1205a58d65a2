//! What was broken once on Linux, each test named after what broke.

use nshm::{ErrorKind, Scope, Section};

use super::os;
use crate::support::{Role, Test, isolated, kind_of};

fn lock_holder(role: &mut Role) {
    let _lock = os::lock(std::path::Path::new(role.argument(0)));
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
fn lock_of(link: &std::path::Path) -> i64 {
    use std::os::unix::ffi::OsStrExt;
    let hash = link.as_os_str().as_bytes().iter().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128,
        |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
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
        let lock = os::lock_byte(&dir, lock_of(&dir.join(&slow)));
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
