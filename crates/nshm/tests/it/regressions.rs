//! What was broken once, each test named after what broke. Those of Linux are in `linux`.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use nshm::{ErrorKind, Mutex, Section};

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

/// One thread ends as the owner of a mutex, another one sleeps, and this one tries again and again, all
/// by one handle. Gives how many were told.
fn told_of_an_end(mutex: &Mutex) -> usize {
    let (end, ends) = channel::<()>();
    let (tell, told) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            mutex.acquire(None).unwrap();
            tell.send(()).unwrap();
            let _ = ends.recv();
        });
        told.recv().unwrap();
        let sleeper = scope.spawn(|| mutex.lock().unwrap().is_abandoned());
        // It sleeps soon if it does not yet; both must do.
        thread::yield_now();
        drop(end);
        let is_told = loop {
            if let Some(guard) = mutex.try_lock().unwrap() {
                break guard.is_abandoned();
            }
        };
        usize::from(is_told) + usize::from(sleeper.join().unwrap())
    })
}

/// A thread that ended as the owner of a mutex had not let go of the handle yet when the next one of its
/// process owned the mutex by it, who was told that somebody had written into it.
#[test]
fn the_next_owner_was_faster_than_the_end_of_the_last_one() {
    isolated(|_| {
        let mutex = Mutex::options().anonymous().unwrap();
        for _ in 0..200 {
            assert_eq!(told_of_an_end(&mutex), 1);
        }
    });
}
