//! What is no fault, though it may look like one to whoever does not see into the standard
//! library: memory that goes from thread to thread by everything that orders it there.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;

const THREADS: u32 = 4;
const TURNS: u32 = 200;

/// All of it.
pub(crate) fn everything() {
    locks();
    a_channel();
    the_last_of_many();
    a_flag();
    once();
}

/// Values behind locks, and threads that sleep until there is enough.
fn locks() {
    let (count, enough) = (Mutex::new(0), Condvar::new());
    let sum = RwLock::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..TURNS {
                    *sum.write().unwrap_or_else(|lock| lock.into_inner()) += 1;
                    *count.lock().unwrap_or_else(|lock| lock.into_inner()) += 1;
                }
                enough.notify_all();
            });
        }
        let mut seen = count.lock().unwrap_or_else(|lock| lock.into_inner());
        while *seen < THREADS * TURNS {
            seen = enough.wait(seen).unwrap_or_else(|lock| lock.into_inner());
        }
    });
    let sum = sum.into_inner().unwrap_or_else(|lock| lock.into_inner());
    assert_eq!(sum, THREADS * TURNS);
}

/// Memory that another thread takes over, and frees.
fn a_channel() {
    let (sender, receiver) = mpsc::sync_channel::<Box<u32>>(2);
    thread::scope(|scope| {
        scope.spawn(move || (0..TURNS).try_for_each(|value| sender.send(Box::new(value))));
        assert_eq!(receiver.iter().map(|value| *value).sum::<u32>(), 19_900);
    });
}

/// Whoever drops last frees what the others have written.
fn the_last_of_many() {
    for _ in 0..TURNS {
        let shared = Arc::new((Mutex::new(0), Barrier::new(THREADS as usize)));
        let threads = (0..THREADS).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                shared.1.wait();
                *shared.0.lock().unwrap_or_else(|lock| lock.into_inner()) += 1;
            })
        });
        let threads: Vec<_> = threads.collect();
        drop(shared);
        for thread in threads {
            assert!(thread.join().is_ok());
        }
    }
}

/// Memory that is handed over by a flag.
fn a_flag() {
    let (value, is_there) = (AtomicU32::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            value.store(7, Ordering::Relaxed);
            is_there.store(true, Ordering::Release);
        });
        while !is_there.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        fence(Ordering::Acquire);
        assert_eq!(value.load(Ordering::Relaxed), 7);
    });
}

/// A value that one of many makes.
fn once() {
    let made = OnceLock::new();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| assert_eq!(**made.get_or_init(|| Box::new(7)), 7));
        }
    });
}
