//! What was broken once, each test named after what broke. Those of Linux are in `linux`.

use std::time::Duration;

use nshm::{ErrorKind, Section};

use crate::support::{isolated, kind_of};

/// A failed creation must not leave a lock, a name or a section that a later one meets.
#[test]
fn failures_in_between_leave_nothing() {
    isolated(|main| {
        let name = main.name("between");
        for _ in 0..100 {
            assert_eq!(kind_of(Section::create(&name, 0)), ErrorKind::InvalidSize);
            assert_eq!(kind_of(Section::open(&name)), ErrorKind::NotFound);
            let late = kind_of(Section::wait(&name, Duration::ZERO));
            assert_eq!(late, ErrorKind::TimedOut);
            let held = Section::create(&name, 4096).unwrap();
            assert_eq!(
                kind_of(Section::create(&name, 4096)),
                ErrorKind::AlreadyExists
            );
            held.close().unwrap();
        }
    });
}
