//! Semaphores: what was released can be taken, and no more.

use std::time::Duration;

use nshm::{Disposition, ErrorKind, Semaphore};

use crate::support::{Role, Test, isolated, kind_of};

fn taker(role: &mut Role) {
    let semaphore = Semaphore::open(role.argument(0)).unwrap();
    role.say("open");
    while role.hear().is_some() {
        semaphore.acquire().unwrap();
        role.say("taken");
    }
}

#[test]
fn it_counts_what_is_left() {
    isolated(|main| {
        let name = main.name("x");
        let semaphore = Semaphore::create(name.as_str(), 2, 3).unwrap();
        let same = Semaphore::open(name.as_str()).unwrap();
        assert_eq!((same.count().unwrap(), same.max().unwrap()), (2, 3));
        assert!(same.try_acquire().unwrap());
        semaphore.acquire().unwrap();
        assert!(!same.try_acquire().unwrap());
        assert!(!same.acquire_timeout(Duration::from_millis(1)).unwrap());
        assert_eq!(same.release(2).unwrap(), 0);
        assert_eq!(kind_of(semaphore.release(2)), ErrorKind::TooManyPosts);
        assert_eq!(
            kind_of(semaphore.release(u32::MAX)),
            ErrorKind::TooManyPosts
        );
        assert_eq!(kind_of(semaphore.release(0)), ErrorKind::InvalidArgument);
        assert_eq!(semaphore.count().unwrap(), 2);
        assert_eq!(semaphore.release(1).unwrap(), 2);
        let (again, disposition) = Semaphore::open_or_create(name.as_str(), 0, 9).unwrap();
        assert_eq!(disposition, Disposition::Opened);
        assert_eq!((again.count().unwrap(), again.max().unwrap()), (3, 3));
    });
}

#[test]
fn impossible_counts_are_refused() {
    isolated(|main| {
        let name = main.name("x");
        let most = i32::MAX.cast_unsigned();
        for (count, max) in [(0, 0), (2, 1), (0, most + 1), (u32::MAX, u32::MAX)] {
            let made = Semaphore::create(name.as_str(), count, max).map(drop);
            let joined = Semaphore::open_or_create(name.as_str(), count, max).map(drop);
            for refused in [made, joined] {
                let error = refused.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidArgument);
                assert_eq!(error.name(), Some(name.as_str()));
            }
        }
        let semaphore = Semaphore::create(name.as_str(), most, most).unwrap();
        assert_eq!(kind_of(semaphore.release(1)), ErrorKind::TooManyPosts);
        assert!(semaphore.try_acquire().unwrap());
        assert_eq!(semaphore.release(1).unwrap(), most - 1);
    });
}

#[test]
fn a_release_of_several_lets_several_go() {
    Test::new(|main| {
        let name = main.name("x");
        let semaphore = Semaphore::create(name.as_str(), 0, 10).unwrap();
        let mut peers: Vec<_> = (0..4).map(|_| main.peer("taker", &[&name])).collect();
        for peer in &mut peers {
            peer.expect("open");
            peer.tell("take");
        }
        semaphore.release(3).unwrap();
        semaphore.release(2).unwrap();
        for peer in peers {
            peer.expect("taken");
            peer.finish();
        }
        assert_eq!(semaphore.count().unwrap(), 1);
    })
    .role("taker", taker)
    .run();
}
