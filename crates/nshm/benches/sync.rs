//! What locks and events cost, side by side with the C library and bare futexes.
//!
//! `cargo bench -p nshm --bench sync` runs it, with some of the words `lock` and `turns` only those
//! groups. `turns` are round trips between two processes: on one CPU, where both sleep, and on two.

#![allow(unsafe_code, reason = "the raw system calls to compare with")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[cfg(target_os = "linux")]
mod side_by_side;

#[cfg(target_os = "linux")]
mod linux {
    use std::ptr;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    use nshm::{Event, EventState, Mutex, Reset, Section, Semaphore, ViewMut, placed};

    use crate::side_by_side::{case, compare, each};

    /// A robust mutex of the C library, in memory that processes share.
    struct RobustMutex(*mut libc::pthread_mutex_t);

    /// A page of zeros that forked children share.
    fn shared_page() -> *mut libc::c_void {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: new memory, for the rest of the process.
        let page = unsafe { libc::mmap(ptr::null_mut(), 4096, protection, flags, -1, 0) };
        assert_ne!(page, libc::MAP_FAILED);
        page
    }

    impl RobustMutex {
        fn new() -> Self {
            let mutex = shared_page().cast();
            // SAFETY: the page is larger than a mutex, and both are initialised before they are used.
            unsafe {
                let mut attributes = std::mem::zeroed();
                libc::pthread_mutexattr_init(&mut attributes);
                libc::pthread_mutexattr_setrobust(&mut attributes, libc::PTHREAD_MUTEX_ROBUST);
                libc::pthread_mutexattr_setpshared(&mut attributes, libc::PTHREAD_PROCESS_SHARED);
                assert_eq!(libc::pthread_mutex_init(mutex, &attributes), 0);
            }
            RobustMutex(mutex)
        }

        fn lock_and_unlock(&self) {
            // SAFETY: the mutex was initialised.
            unsafe {
                libc::pthread_mutex_lock(self.0);
                libc::pthread_mutex_unlock(self.0);
            }
        }
    }

    fn lock() {
        let theirs = RobustMutex::new();
        let mutex = Mutex::options().anonymous().unwrap();
        let semaphore = Semaphore::options(1, 1).anonymous().unwrap();
        let event = Event::options().anonymous().unwrap();
        let view = section();
        let inside = placed::Mutex::at(&view, 0).unwrap();
        let shared = placed::RwLock::at(&view, 64, 8).unwrap();
        let cases = vec![
            case("pthread robust mutex, lock and unlock", || {
                each(2_000, || theirs.lock_and_unlock())
            }),
            case("Mutex, lock and unlock", || {
                each(2_000, || drop(mutex.lock().unwrap()))
            }),
            case("placed::Mutex, lock and unlock", || {
                each(2_000, || drop(inside.lock().unwrap()))
            }),
            case("placed::RwLock, read and unlock", || {
                each(2_000, || drop(shared.read().unwrap()))
            }),
            case("placed::RwLock, write and unlock", || {
                each(2_000, || drop(shared.write().unwrap()))
            }),
            case("Semaphore, acquire and release", || {
                each(2_000, || {
                    semaphore.acquire().unwrap();
                    semaphore.release(1).unwrap();
                })
            }),
            case("Event, set and wait", || {
                each(2_000, || {
                    event.set().unwrap();
                    event.wait().unwrap();
                })
            }),
        ];
        compare("without contention", 201, cases, &[(1, 1.0), (2, 1.0)]);
    }

    /// Memory for primitives, in a section.
    fn section() -> ViewMut {
        Section::anonymous(4096).unwrap().map().unwrap()
    }

    /// Two places to sleep on, and how to go on from one to the other.
    trait Turns {
        fn set(&self, side: usize);
        fn wait(&self, side: usize);
    }

    /// The least that there is: a word each, no spinning.
    struct Futexes(&'static [AtomicU32; 2]);

    impl Turns for Futexes {
        fn set(&self, side: usize) {
            let word = &self.0[side];
            word.store(1, Ordering::Release);
            // SAFETY: the word is in memory that stays.
            unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, 1) };
        }

        fn wait(&self, side: usize) {
            let word = &self.0[side];
            while word.swap(0, Ordering::Acquire) == 0 {
                let null = ptr::null::<libc::timespec>();
                // SAFETY: as above; without a time there is nothing else to read.
                unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, 0, null) };
            }
        }
    }

    /// As above, but awake.
    struct Spun(&'static [AtomicU32; 2]);

    impl Turns for Spun {
        fn set(&self, side: usize) {
            self.0[side].store(1, Ordering::Release);
        }

        fn wait(&self, side: usize) {
            while self.0[side].swap(0, Ordering::Acquire) == 0 {
                while self.0[side].load(Ordering::Relaxed) == 0 {
                    std::hint::spin_loop();
                }
            }
        }
    }

    impl Turns for [Event; 2] {
        fn set(&self, side: usize) {
            self[side].set().unwrap();
        }

        fn wait(&self, side: usize) {
            self[side].wait().unwrap();
        }
    }

    impl Turns for [placed::Event<'_>; 2] {
        fn set(&self, side: usize) {
            self[side].set().unwrap();
        }

        fn wait(&self, side: usize) {
            self[side].wait().unwrap();
        }
    }

    /// A mutex and a condition, and whose turn it is.
    struct Condition<'v> {
        view: &'v ViewMut,
        mutex: placed::Mutex<'v>,
        condition: placed::Condvar<'v>,
    }

    impl<'v> Condition<'v> {
        fn new(view: &'v ViewMut) -> Self {
            Condition {
                view,
                mutex: placed::Mutex::at(view, 0).unwrap(),
                condition: placed::Condvar::at(view, 64).unwrap(),
            }
        }

        fn flag(&self, side: usize) -> &AtomicU32 {
            self.view.atomic_u32(128 + 4 * side).unwrap()
        }
    }

    impl Turns for Condition<'_> {
        fn set(&self, side: usize) {
            let guard = self.mutex.lock().unwrap();
            self.flag(side).store(1, Ordering::Relaxed);
            drop(guard);
            self.condition.notify_one().unwrap();
        }

        fn wait(&self, side: usize) {
            let mut guard = self.mutex.lock().unwrap();
            while self.flag(side).swap(0, Ordering::Relaxed) == 0 {
                guard = self.condition.wait(guard).unwrap();
            }
        }
    }

    /// Lets this process run on that CPU only, of those that there are.
    fn pin(cpu: usize) {
        // SAFETY: the set is this function's own, zeroed before it is used.
        unsafe {
            let mut set = std::mem::zeroed();
            libc::CPU_SET(cpu, &mut set);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
        }
    }

    /// The time of a round trip between this process and a forked one.
    fn round_trip(turns: &impl Turns, count: u32, cpus: [usize; 2]) -> f64 {
        // SAFETY: the child does nothing but take turns, and ends without any clean-up.
        let child = unsafe { libc::fork() };
        if child == 0 {
            pin(cpus[1]);
            for _ in 0..count {
                turns.wait(0);
                turns.set(1);
            }
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(0) };
        }
        pin(cpus[0]);
        let trip = || {
            turns.set(0);
            turns.wait(1);
        };
        // The first trip waits for the child to be there.
        trip();
        let begin = Instant::now();
        for _ in 1..count {
            trip();
        }
        let time = begin.elapsed().as_secs_f64() * 1e9 / f64::from(count - 1);
        let mut status = 0;
        // SAFETY: waits for that child.
        unsafe { libc::waitpid(child, &mut status, 0) };
        assert_eq!(status, 0);
        time
    }

    fn events() -> [Event; 2] {
        [(); 2].map(|()| Event::options().anonymous().unwrap())
    }

    fn words() -> &'static [AtomicU32; 2] {
        // SAFETY: the page stays, is zero, and is larger than two words.
        unsafe { &*shared_page().cast() }
    }

    fn turns_on_one_cpu() {
        pin(0);
        let futexes = Futexes(words());
        let events = events();
        let view = section();
        let placed = [1024, 2048].map(|offset| {
            placed::Event::at(&view, offset, Reset::Automatic, EventState::Unset).unwrap()
        });
        let condition = Condition::new(&view);
        let cases = vec![
            case("bare futex", || round_trip(&futexes, 2_000, [0, 0])),
            case("Event", || round_trip(&events, 2_000, [0, 0])),
            case("placed::Event", || round_trip(&placed, 2_000, [0, 0])),
            case("placed::Mutex and Condvar", || {
                round_trip(&condition, 2_000, [0, 0])
            }),
        ];
        compare("round trip, one CPU", 21, cases, &[(1, 1.1), (2, 1.1)]);
    }

    /// `bound`: each process knows of one CPU only, as it is pinned before it first waits.
    fn turns_on_two_cpus(bound: bool) {
        let futexes = Futexes(words());
        let spun = Spun(words());
        let events = events();
        if bound {
            pin(0);
        }
        // The first wait of a process asks how many CPUs it has.
        assert!(!events[0].wait_timeout(Duration::from_millis(1)).unwrap());
        let title = match bound {
            true => "round trip, two CPUs, bound from the beginning",
            false => "round trip, two CPUs",
        };
        let cases = vec![
            case("cache line, spun", || round_trip(&spun, 5_000, [0, 1])),
            case("bare futex", || round_trip(&futexes, 1_000, [0, 1])),
            case("Event", || round_trip(&events, 5_000, [0, 1])),
        ];
        compare(title, 21, cases, &[(2, 1.2)]);
    }

    pub(crate) fn main() {
        let words: Vec<String> = std::env::args()
            .skip(1)
            .filter(|word| !word.starts_with('-'))
            .collect();
        let wanted = |word: &str| words.is_empty() || words.iter().any(|it| it == word);
        if wanted("lock") {
            lock();
        }
        if wanted("turns") {
            match std::env::var(CPUS).as_deref() {
                Ok("one") => turns_on_one_cpu(),
                Ok(_) => turns_on_two_cpus(true),
                Err(_) => {
                    turns_on_two_cpus(false);
                    again("bound");
                    again("one");
                }
            }
        }
    }

    /// Measures in a process of its own: where one may run is asked once.
    fn again(cpus: &str) {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let status = command.arg("turns").env(CPUS, cpus).status().unwrap();
        assert!(status.success());
    }

    /// Says on which CPUs to measure.
    const CPUS: &str = "NSHM_BENCH_CPUS";
}

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}
