//! The keys under which new segments spend their first microseconds (docs/format.md), and what a
//! creator that was killed there leaves behind. In an IPC namespace of its own, because every
//! creation of a user meets these keys.

use std::sync::Barrier;

use nshm::Section;

use super::os;
use crate::support::Test;

const SLOTS: u32 = 8;

fn keys_of(uid: u32) -> impl Iterator<Item = i32> {
    (0..SLOTS).map(move |slot| {
        let number = uid.wrapping_mul(SLOTS).wrapping_add(slot) & 0xffff;
        0x4e53_0000 | number.cast_signed()
    })
}

fn keyed_segments() -> usize {
    os::segments().iter().filter(|line| line.key != 0).count()
}

/// Creates and drops sections in many threads at once, which meet all keys.
fn create_in_many_threads() {
    const THREADS: usize = 64;
    let start = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                let section = Section::anonymous(4096).unwrap();
                assert_eq!(section.map().unwrap().read_vec(0, 1).unwrap(), [0]);
            });
        }
    });
}

#[test]
fn a_new_section_has_no_key() {
    Test::new(|_| {
        let _held = Section::create("x", 4096).unwrap();
        let segments = os::segments();
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].key, 0);
        assert_eq!(segments[0].attached, 1);
        assert_eq!(segments[0].creator, std::process::id());
        // SHM_DEST: marked to go.
        assert_eq!(segments[0].mode, 0o1600);
        drop(_held);
        assert!(os::segments().is_empty());
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn what_a_killed_creator_left_is_cleared_by_the_next_ones() {
    Test::new(|main| {
        for fate in ["killed after shmget", "killed after shmat"] {
            let peer = main.peer("creator", &[fate]);
            peer.expect("made");
            peer.kill();
            assert_eq!(keyed_segments(), SLOTS as usize);
            for _ in 0..50 {
                if keyed_segments() == 0 {
                    break;
                }
                create_in_many_threads();
            }
            assert!(os::segments().is_empty(), "{fate}: {:#?}", os::segments());
        }
    })
    .role("creator", |role| {
        for key in keys_of(os::uid()) {
            let id = os::raw_segment(key, 4096, 0o600).unwrap();
            if role.argument(0) == "killed after shmat" {
                os::attach_raw_segment(id).unwrap();
            }
        }
        role.say("made");
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn squatted_keys_hinder_nobody() {
    Test::new(|main| {
        let peer = main.peer("squatter", &[]);
        peer.expect("made");
        create_in_many_threads();
        let _held = Section::create("x", 4096).unwrap();
        // Its maker is alive: a creator that is between two calls looks just like that.
        assert_eq!(keyed_segments(), SLOTS as usize);
        peer.kill();
        create_in_many_threads();
        assert!(keyed_segments() < SLOTS as usize);
    })
    .role("squatter", |role| {
        for key in keys_of(os::uid()) {
            os::raw_segment(key, 4096, 0o600).unwrap();
        }
        role.say("made");
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}

#[test]
fn keys_squatted_by_another_user_hinder_nobody() {
    Test::new(|main| {
        if !os::is_root() {
            return main.skip("needs root, to be two users");
        }
        let squatter = main.peer_with("squatter", &["61002"], os::become_user(61001, 61001));
        let Ok(squatter) = squatter else {
            return main.skip("this root cannot become another user");
        };
        squatter.expect("made");
        let dir = main.dir();
        os::open_to_all(&dir);
        let victim = main
            .peer_with("victim", &[], os::become_user(61002, 61002))
            .unwrap();
        victim.expect("made");
        victim.finish();
        squatter.kill();
        let left = keyed_segments();
        // Root may clear them away; they are not root's keys, so it has not.
        assert_eq!(left, SLOTS as usize);
    })
    .role("squatter", |role| {
        for key in keys_of(role.number(0) as u32) {
            os::raw_segment(key, 4096, 0o600).unwrap();
        }
        role.say("made");
        role.stay();
    })
    .role("victim", |role| {
        for _ in 0..20 {
            Section::create("x", 4096).unwrap();
        }
        create_in_many_threads();
        role.say("made");
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}

/// Of what is under a key and attached, or has the wrong size, nothing is taken for one's own.
#[test]
fn a_segment_under_a_key_is_never_adopted() {
    Test::new(|main| {
        let peer = main.peer("squatter", &[]);
        peer.expect("made");
        for _ in 0..20 {
            let section = Section::create("x", 4096).unwrap();
            assert_eq!(section.len(), 4096);
            let bytes = section.map().unwrap().read_vec(0, 4096).unwrap();
            assert!(bytes.iter().all(|byte| *byte == 0));
        }
        peer.kill();
    })
    .role("squatter", |role| {
        for key in keys_of(os::uid()) {
            let id = os::raw_segment(key, 65536, 0o666).unwrap();
            let address = os::attach_raw_segment(id).unwrap();
            os::poke(address);
        }
        role.say("made");
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}

/// A segment of another program with a key of that range was removed as soon as its maker had ended,
/// with the data that it held for the next one.
#[test]
fn data_of_another_program_under_a_key_stays() {
    Test::new(|main| {
        for (index, leave) in ["data", "for another one"].into_iter().enumerate() {
            let peer = main.peer("keeper", &[leave]);
            peer.expect("made");
            if leave == "for another one" {
                let user = main.peer("user", &[]);
                user.expect("used");
                user.kill();
            }
            peer.kill();
            assert_eq!(keyed_segments(), SLOTS as usize);
            create_in_many_threads();
            assert_eq!(nshm::inspect::leftovers().unwrap().ids.len(), 0);
            assert_eq!(keyed_segments(), SLOTS as usize, "round {index}");
            for line in os::segments() {
                os::remove_raw_segment(line.id).unwrap();
            }
        }
    })
    .role("keeper", |role| {
        for key in keys_of(os::uid()) {
            let id = os::raw_segment(key, 4096, 0o600).unwrap();
            if role.argument(0) == "data" {
                os::poke(os::attach_raw_segment(id).unwrap());
            }
        }
        role.say("made");
        role.stay();
    })
    .role("user", |role| {
        for line in os::segments() {
            os::attach_raw_segment(line.id).unwrap();
        }
        role.say("used");
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}
