//! Objects to wait for, as the kernel and hostile processes see them: robust lists, forks,
//! and words that somebody has written over.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, SystemTime};

use nshm::{
    Acquired, ErrorKind, Event, EventState, Mutex, Reset, Semaphore, Waitable, wait_all, wait_any,
};

use super::os::{self, End, RobustMutex};
use crate::support::{Role, Test, isolated, kind_of, random};

const LONG: Duration = Duration::from_secs(60);
const NONE: Duration = Duration::ZERO;

fn mutex() -> Mutex {
    Mutex::options().anonymous().unwrap()
}

#[test]
fn the_robust_list_is_shared_with_the_c_library() {
    isolated(|main| {
        let ours = [mutex(), mutex(), mutex()];
        // Locks both kinds in turns, unlocks some in an order of its own, and ends with the rest.
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let theirs = [(); 3].map(|()| RobustMutex::new());
            let [first, second, kept] = order;
            let child = os::fork(|| {
                for (our, their) in ours.iter().zip(&theirs) {
                    our.acquire(None).unwrap();
                    assert_eq!(their.lock(), 0);
                }
                ours[first].release().unwrap();
                theirs[second].unlock();
                theirs[first].unlock();
                ours[second].release().unwrap();
                assert_eq!(theirs[first].lock(), 0);
                theirs[first].unlock();
                0
            });
            main.note_process(child.id());
            assert_eq!(child.wait(), End::Exit(0));
            for (index, our) in ours.iter().enumerate() {
                let guard = our.lock_timeout(LONG).unwrap().unwrap();
                assert_eq!(guard.is_abandoned(), index == kept, "{order:?}");
            }
            assert_eq!(theirs[kept].lock(), libc::EOWNERDEAD);
            theirs[kept].unlock();
        }
    });
}

#[test]
fn a_forked_child_owns_nothing() {
    isolated(|main| {
        let (mutex, other) = (mutex(), mutex());
        let guard = mutex.lock().unwrap();
        let child = os::fork(|| {
            assert_eq!(kind_of(mutex.release()), ErrorKind::NotOwner);
            assert!(mutex.try_lock().unwrap().is_none());
            other.acquire(None).unwrap();
            0
        });
        main.note_process(child.id());
        assert_eq!(child.wait(), End::Exit(0));
        assert!(other.lock().unwrap().is_abandoned());
        // The child has taken nothing of this one's along.
        thread::scope(|scope| {
            scope.spawn(|| assert!(mutex.try_lock().unwrap().is_none()));
        });
        guard.unlock().unwrap();
        assert!(!mutex.lock().unwrap().is_abandoned());
    });
}

/// Owns a mutex and becomes another program, which stays until its input ends.
fn own_and_exec(name: &str) -> ! {
    Mutex::open(name).unwrap().acquire(None).unwrap();
    // The harness has begun a line already.
    let program = "echo; echo '@it runs'; exec cat";
    let error = Command::new("sh").args(["-c", program]).exec();
    panic!("no exec: {error}")
}

/// Does so by the first thread of a process, which is the one of a forked child, or by another one.
fn executor(role: &mut Role) {
    let name = role.argument(0);
    match role.argument(1) {
        "first" => assert_eq!(os::fork(|| own_and_exec(name)).wait(), End::Exit(0)),
        _ => thread::scope(|scope| {
            scope.spawn(|| own_and_exec(name));
        }),
    }
}

/// The kernel looks for the owner by its id, which exec(2) has changed by then if the thread is not the
/// first one of its process.
#[test]
fn what_a_thread_owned_that_ran_another_program_stayed_locked() {
    type Take = fn(&Mutex) -> Acquired;
    let ways: [(&str, Take); 3] = [
        ("alone", |mutex| mutex.acquire(Some(LONG)).unwrap().unwrap()),
        ("with others", |mutex| {
            let event = Event::options().anonymous().unwrap();
            wait_any(&[&event, mutex], Some(LONG)).unwrap().unwrap().1
        }),
        ("with all", |mutex| {
            let semaphore = Semaphore::options(1, 1).anonymous().unwrap();
            wait_all(&[&semaphore, mutex], Some(LONG)).unwrap().unwrap()
        }),
    ];
    Test::new(|main| {
        for thread in ["first", "another"] {
            for (way, take) in ways {
                let name = main.name(&format!("{thread} {way}"));
                let mutex = Mutex::create(name.as_str()).unwrap();
                let peer = main.peer("executor", &[&name, thread]);
                peer.expect("runs");
                assert!(take(&mutex).is_abandoned(), "{thread} {way}");
                mutex.release().unwrap();
                assert!(!take(&mutex).is_abandoned(), "{thread} {way}");
                mutex.release().unwrap();
                peer.finish();
            }
        }
    })
    .role("executor", executor)
    .run();
}

/// Runs threads that wait for events, and something else once all of them are asleep. What that is given:
/// whether they sleep on several words.
pub(super) fn while_asleep(count: usize, wait: impl Fn() + Sync, then: impl FnOnce(bool)) {
    thread::scope(|scope| {
        let (tell, hear) = channel();
        for _ in 0..count {
            let (tell, wait) = (tell.clone(), &wait);
            scope.spawn(move || {
                tell.send(os::thread_id()).unwrap();
                wait();
            });
        }
        let asleep: Vec<_> = hear.iter().take(count).map(os::await_sleep).collect();
        then(asleep.contains(&true));
    });
}

/// An event stayed set until the one that was woken had run, so what was done in a row was done to that.
#[test]
fn two_sets_in_a_row_let_one_of_two_sleepers_go() {
    isolated(|_| {
        let event = Event::options().anonymous().unwrap();
        let wait = || assert!(event.wait_timeout(LONG).unwrap());
        for _ in 0..50 {
            while_asleep(2, wait, |_| {
                event.set().unwrap();
                event.set().unwrap();
            });
            assert!(!event.wait_timeout(NONE).unwrap());
        }
    });
}

#[test]
fn what_a_sleeper_was_let_go_by_could_be_taken_back_or_taken_away() {
    isolated(|_| {
        let event = Event::options().anonymous().unwrap();
        let wait = || assert!(event.wait_timeout(LONG).unwrap());
        for _ in 0..50 {
            while_asleep(1, wait, |_| {
                event.set().unwrap();
                assert!(!event.wait_timeout(NONE).unwrap());
                event.reset().unwrap();
            });
            // There is nobody to let go.
            event.set().unwrap();
            assert!(event.wait_timeout(NONE).unwrap());
        }
    });
}

/// Those wait for another event as well.
#[test]
fn two_sets_in_a_row_let_one_of_a_crowd_go() {
    isolated(|main| {
        let [event, other] = [(); 2].map(|()| Event::options().anonymous().unwrap());
        let wait = || {
            let taken = wait_any(&[&other, &event], Some(LONG)).unwrap();
            assert!(taken.is_some_and(|(index, _)| index == 1));
        };
        for _ in 0..20 {
            while_asleep(2, wait, |sleep_on_several| {
                if !sleep_on_several {
                    main.skip("they look at several words in turns here");
                }
                event.set().unwrap();
                // Who looks in turns may come too late for both.
                while !sleep_on_several && event.state().unwrap() == EventState::Set {
                    thread::yield_now();
                }
                event.set().unwrap();
                if sleep_on_several {
                    event.reset().unwrap();
                }
            });
            assert!(!event.wait_timeout(NONE).unwrap());
        }
    });
}

/// The id of the segment of an object, from its token.
fn segment_of(token: &str) -> i32 {
    let segment = token.split(':').nth(3).unwrap();
    segment.split_once('.').unwrap().0.parse().unwrap()
}

/// Uses every object in every way, however it goes.
fn use_everything(event: &Event, mutex: &Mutex, semaphore: &Semaphore) {
    let short = Duration::from_micros(random() % 300);
    let all: [&dyn Waitable; 3] = [event, mutex, semaphore];
    let _ = event.set();
    let _ = event.wait_timeout(short);
    let _ = event.pulse();
    let _ = event.reset();
    let _ = semaphore.release(1);
    let _ = semaphore.acquire_timeout(short);
    if let Ok(Some(guard)) = mutex.lock_timeout(short) {
        let _ = mutex.try_lock();
        let _ = guard.unlock();
    }
    let _ = wait_any(&all, Some(short));
    let _ = wait_all(&all, Some(short));
    // Until this thread owns it no longer.
    while mutex.release().is_ok() {}
    let _ = (event.state(), mutex.owner(), semaphore.count());
}

#[test]
fn a_hostile_writer_can_only_disturb() {
    isolated(|_| {
        let event = Event::options().reset(Reset::Manual).anonymous().unwrap();
        let semaphore = Semaphore::options(1, 5).anonymous().unwrap();
        let mutex = mutex();
        let tokens = [event.token(), semaphore.token(), mutex.token()].map(Result::unwrap);
        let words = tokens.map(|token| {
            let address = os::attach_raw_segment(segment_of(&token)).unwrap();
            os::words_of(address, 4096)
        });
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for words in words {
                        let number = match random() % 4 {
                            // The shapes that the words have, and any others.
                            0 => random(),
                            1 => random() >> 33,
                            2 => random() & 3 << 30,
                            _ => 0,
                        };
                        words[random() as usize % words.len()].store(random(), Ordering::Relaxed);
                        words[words.len() - 2].store(number, Ordering::Relaxed);
                    }
                }
            });
            let users = [(); 3].map(|()| {
                scope.spawn(|| {
                    let begin = SystemTime::now();
                    while begin.elapsed().unwrap_or_default() < Duration::from_millis(700) {
                        use_everything(&event, &mutex, &semaphore);
                    }
                })
            });
            for user in users {
                user.join().unwrap();
            }
            over.store(true, Ordering::Relaxed);
        });
        // Put in order, they are as good as new.
        for words in words {
            words[words.len() - 2].store(0, Ordering::Relaxed);
        }
        event.set().unwrap();
        assert!(event.wait_timeout(NONE).unwrap());
        for _ in 0..2 {
            thread::scope(|scope| {
                scope.spawn(|| mutex.lock().unwrap().unlock().unwrap());
            });
        }
    });
}

#[test]
fn a_claim_for_ever_ends_in_an_error() {
    isolated(|_| {
        let event = Event::options().anonymous().unwrap();
        let address = os::attach_raw_segment(segment_of(&event.token().unwrap())).unwrap();
        let words = os::words_of(address, 4096);
        // As if a stopped thread were taking it with others: that of number 1, which lives.
        words[words.len() - 2].store(1, Ordering::Relaxed);
        assert!(!event.wait_timeout(NONE).unwrap());
        assert!(!event.wait_timeout(Duration::from_millis(5)).unwrap());
        let error = event.set().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        words[words.len() - 2].store(0, Ordering::Relaxed);
        event.set().unwrap();
        event.wait().unwrap();
    });
}

/// A peer writes an owner whom nobody has ever seen.
#[test]
fn a_mutex_of_nobody_was_locked_for_ever() {
    isolated(|_| {
        let mutex = mutex();
        let address = os::attach_raw_segment(segment_of(&mutex.token().unwrap())).unwrap();
        let words = os::words_of(address, 4096);
        // No thread has an id as high as that.
        words[words.len() - 2].store((1 << 30) - 1, Ordering::Relaxed);
        let guard = mutex.lock_timeout(LONG).unwrap().unwrap();
        assert!(guard.is_abandoned());
        guard.unlock().unwrap();
        assert!(!mutex.lock().unwrap().is_abandoned());
    });
}
