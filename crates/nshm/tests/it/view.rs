//! Reaching the memory: parts, copies, values, atomics. The arithmetic of ranges has its tests in
//! the crate, over plain memory.

use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::atomic::Ordering;

use nshm::{ErrorKind, Section};

use crate::support::{Test, isolated, kind_of};

#[test]
fn a_view_may_begin_and_end_anywhere() {
    isolated(|main| {
        let section = Section::create(main.name("parts"), 5 * 65536).unwrap();
        let whole = section.map().unwrap();
        let pattern: Vec<u8> = (0..section.len()).map(|at| (at % 251) as u8).collect();
        whole.write_at(0, &pattern).unwrap();
        for offset in [
            0,
            1,
            4095,
            4096,
            4097,
            65535,
            65536,
            70000,
            section.len() - 1,
        ] {
            for len in [0, 1, 7, 4096, 65537] {
                if offset + len > section.len() {
                    continue;
                }
                let part = section.view_options().offset(offset).len(len);
                let expected = &pattern[offset..offset + len];
                let read_only = part.map_read_only().unwrap();
                assert_eq!(read_only.len(), len);
                assert_eq!(read_only.is_empty(), len == 0);
                assert_eq!(read_only.read_vec(0, len).unwrap(), expected);
                let private = part.map_private().unwrap();
                assert_eq!(private.read_vec(0, len).unwrap(), expected);
                let writable = part.map().unwrap();
                assert_eq!(writable.read_vec(0, len).unwrap(), expected);
                let past = kind_of(writable.write_at(len, &[1]));
                assert_eq!(past, ErrorKind::OutOfBounds);
            }
            let to_the_end = section.view_options().offset(offset).map().unwrap();
            assert_eq!(to_the_end.len(), section.len() - offset);
        }
        // Without a change to what is around it.
        section
            .view_options()
            .offset(70001)
            .len(3)
            .map()
            .unwrap()
            .fill(.., 0)
            .unwrap();
        let mut expected = pattern;
        expected[70001..70004].fill(0);
        assert_eq!(whole.read_vec(0, section.len()).unwrap(), expected);
    });
}

#[test]
fn a_view_is_inside_its_section() {
    isolated(|main| {
        let section = Section::create(main.name("bounds"), 8192).unwrap();
        for (offset, len) in [
            (0, 8193),
            (1, 8192),
            (8193, 0),
            (8192, 1),
            (usize::MAX, 1),
            (1, usize::MAX),
            (usize::MAX, usize::MAX),
        ] {
            let part = section.view_options().offset(offset).len(len);
            for kind in [
                kind_of(part.map()),
                kind_of(part.map_read_only()),
                kind_of(part.map_private()),
            ] {
                assert_eq!(kind, ErrorKind::OutOfBounds, "{offset} {len}");
            }
        }
        assert_eq!(
            kind_of(section.view_options().offset(8193).map()),
            ErrorKind::OutOfBounds
        );
        let empty = section.view_options().offset(8192).map().unwrap();
        assert!(empty.is_empty());
    });
}

#[test]
fn what_is_written_to_a_private_view_stays_there() {
    isolated(|main| {
        let name = main.name("private");
        let section = Section::create(&name, 8192).unwrap();
        let shared = section.map().unwrap();
        shared.write_at(0, b"shared").unwrap();
        let one = section.map_private().unwrap();
        let two = section.map_private().unwrap();
        one.write_at(0, b"one").unwrap();
        two.write_at(4096, b"two").unwrap();
        assert_eq!(shared.read_vec(0, 6).unwrap(), b"shared");
        assert_eq!(shared.read_vec(4096, 3).unwrap(), [0; 3]);
        assert_eq!(one.read_vec(0, 6).unwrap(), b"onered");
        assert_eq!(one.read_vec(4096, 3).unwrap(), [0; 3]);
        assert_eq!(two.read_vec(0, 6).unwrap(), b"shared");
        // A page that was written to is the view's own.
        shared.write_at(0, b"SHARED").unwrap();
        assert_eq!(one.read_vec(0, 6).unwrap(), b"onered");
    });
}

#[test]
fn views_go_in_any_order() {
    isolated(|main| {
        let name = main.name("order");
        let section = Section::create(&name, 8192).unwrap();
        let view = section.map().unwrap();
        let read_only = section.map_read_only().unwrap();
        drop(section);
        view.write_at(5000, b"still").unwrap();
        assert_eq!(read_only.read_vec(5000, 5).unwrap(), b"still");
        drop(view);
        assert_eq!(read_only.read_vec(5000, 5).unwrap(), b"still");
        let again = Section::open(&name).unwrap();
        drop(read_only);
        let view = again.map_read_only().unwrap();
        drop(again);
        assert_eq!(view.read_vec(5000, 5).unwrap(), b"still");
    });
}

#[test]
fn a_view_is_a_file_too() {
    isolated(|main| {
        let section = Section::create(main.name("cursor"), 4096).unwrap();
        let view = section.map().unwrap();
        let mut cursor = view.cursor();
        cursor.write_all(b"line one\nline two\n").unwrap();
        cursor.seek(SeekFrom::Start(5)).unwrap();
        let mut word = [0; 3];
        cursor.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"one");
        let mut all = Vec::new();
        let read_only = section.map_read_only().unwrap();
        read_only.cursor().read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), 4096);
        assert!(all.starts_with(b"line one\nline two\n\0"));
    });
}

#[test]
fn atomics_work_between_processes() {
    const PEERS: u64 = 3;
    const TURNS: u64 = 20_000;
    Test::new(|main| {
        let name = main.name("atomics");
        let section = Section::create(&name, 4096).unwrap();
        let view = section.map().unwrap();
        let peers: Vec<_> = (0..PEERS).map(|_| main.peer("adder", &[&name])).collect();
        for peer in &peers {
            peer.expect("ready");
        }
        let read_only = section.map_read_only().unwrap();
        view.atomic_u32(0).unwrap().store(1, Ordering::Release);
        peers.into_iter().for_each(|peer| {
            peer.expect("added");
            peer.finish();
        });
        assert_eq!(
            read_only.load_u64(8, Ordering::Acquire).unwrap(),
            PEERS * TURNS
        );
        let low = u32::try_from(PEERS * TURNS).unwrap();
        assert_eq!(read_only.load_u32(16, Ordering::Acquire).unwrap(), low);
    })
    .role("adder", |role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        role.say("ready");
        // The parent gives the start through the section, and ends this process if it fails.
        while view.load_u32(0, Ordering::Acquire).unwrap() == 0 {
            std::thread::yield_now();
        }
        for _ in 0..TURNS {
            view.atomic_u64(8).unwrap().fetch_add(1, Ordering::AcqRel);
            view.atomic_u32(16).unwrap().fetch_add(1, Ordering::AcqRel);
        }
        role.say("added");
        role.stay();
    })
    .run();
}

#[test]
fn large_copies_arrive_whole() {
    Test::new(|main| {
        let name = main.name("large");
        let section = Section::create(&name, 24 << 20).unwrap();
        let mut peer = main.peer("writer", &[&name]);
        peer.expect("ready");
        for turn in 1..4u8 {
            peer.tell(&turn.to_string());
            peer.expect("written");
            let view = section.map_read_only().unwrap();
            let bytes = view.read_vec(3, section.len() - 3).unwrap();
            let wrong = (3..)
                .zip(&bytes)
                .find(|(at, byte)| **byte != sample(turn, *at));
            assert_eq!(wrong, None);
        }
        peer.finish();
    })
    .role("writer", |role| {
        let view = Section::open(role.argument(0)).unwrap().map().unwrap();
        role.say("ready");
        while let Some(turn) = role.hear() {
            let turn = turn.parse().unwrap();
            let bytes: Vec<u8> = (0..view.len()).map(|at| sample(turn, at)).collect();
            view.write_at(0, &bytes).unwrap();
            role.say("written");
        }
    })
    .run();
}

fn sample(turn: u8, at: usize) -> u8 {
    turn.wrapping_mul(31).wrapping_add((at ^ at >> 9) as u8)
}
