//! What the calls of a section cost, side by side with what one would write by hand.
//!
//! `cargo bench -p nshm --bench section` runs it, with `-- --quick` in a few seconds, with some of
//! the words `life`, `open`, `copy` and `touch` only those groups. The cases
//! of a group take turns, in an order that changes with every round, so that a slow moment hits
//! all of them; each figure is the median over the rounds, and the ratio is to the first case.

#![allow(unsafe_code, reason = "the raw system calls to compare with")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[cfg(target_os = "linux")]
mod side_by_side;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::hint::black_box;

    use nshm::{HugePages, Section};

    use crate::side_by_side::{case, compare, each};

    /// `shm_open`, `ftruncate`, `mmap`: what every other library does.
    struct RawShm {
        name: CString,
        base: *mut u8,
        len: usize,
    }

    impl RawShm {
        fn new(create: bool, len: usize) -> RawShm {
            let name = CString::new(format!("/nshm-bench-{}", std::process::id())).unwrap();
            let flags = libc::O_RDWR
                | if create {
                    libc::O_CREAT | libc::O_EXCL
                } else {
                    0
                };
            // SAFETY: plain system calls on a name and a mapping of this benchmark's own.
            unsafe {
                let file = libc::shm_open(name.as_ptr(), flags, 0o600);
                assert!(file >= 0);
                if create {
                    assert_eq!(libc::ftruncate(file, len.try_into().unwrap()), 0);
                } else {
                    let mut stat = std::mem::zeroed();
                    assert_eq!(libc::fstat(file, &raw mut stat), 0);
                }
                let protection = libc::PROT_READ | libc::PROT_WRITE;
                let base = libc::mmap(
                    std::ptr::null_mut(),
                    len,
                    protection,
                    libc::MAP_SHARED,
                    file,
                    0,
                );
                assert_ne!(base, libc::MAP_FAILED);
                libc::close(file);
                RawShm {
                    name,
                    base: base.cast(),
                    len,
                }
            }
        }

        fn touch(&self) {
            // SAFETY: the first byte of a mapping that is not empty.
            unsafe { self.base.write_volatile(1) };
        }

        fn unlink(&self) {
            // SAFETY: a plain system call on a name of this benchmark's own.
            unsafe { libc::shm_unlink(self.name.as_ptr()) };
        }
    }

    impl Drop for RawShm {
        fn drop(&mut self) {
            // SAFETY: the mapping is this value's own.
            unsafe { libc::munmap(self.base.cast(), self.len) };
        }
    }

    const NAME: &str = "bench";
    const PAGE: usize = 4096;
    const GIB: usize = 1 << 30;

    fn life_of_a_name(rounds: usize, count: u32) {
        let raw = move |len| {
            move || {
                each(count, || {
                    let shm = RawShm::new(true, len);
                    shm.touch();
                    shm.unlink();
                })
            }
        };
        let ours = move |len| {
            move || {
                each(count, || {
                    let section = Section::create(NAME, len).unwrap();
                    section.map().unwrap().write_at(0, &[1]).unwrap();
                })
            }
        };
        compare(
            "create, map, touch, destroy",
            rounds,
            vec![
                case("raw shm_open, 4 KiB", raw(PAGE)),
                case("nshm, 4 KiB", ours(PAGE)),
                case("raw shm_open, 1 GiB", raw(GIB)),
                case("nshm, 1 GiB", ours(GIB)),
            ],
            &[(1, 1.4)],
        );
        compare(
            "create, map, touch, destroy: does the size matter?",
            rounds,
            vec![
                case("nshm, 4 KiB", ours(PAGE)),
                case("nshm, 1 GiB", ours(GIB)),
            ],
            &[(1, 1.5)],
        );
    }

    fn opening(rounds: usize, count: u32) {
        let shm = RawShm::new(true, PAGE);
        shm.touch();
        let section = Section::create(NAME, PAGE).unwrap();
        section.map().unwrap().write_at(0, &[1]).unwrap();
        compare(
            "open, map, touch, close (4 KiB)",
            rounds,
            vec![
                case("raw shm_open + fstat + mmap", || {
                    each(count, || RawShm::new(false, PAGE).touch())
                }),
                case("nshm open", || {
                    each(count, || {
                        let section = Section::open(NAME).unwrap();
                        section.map().unwrap().write_at(0, &[1]).unwrap();
                    })
                }),
                case("nshm open_or_create", || {
                    each(count, || {
                        let (section, _) = Section::open_or_create(NAME, PAGE).unwrap();
                        section.map().unwrap().write_at(0, &[1]).unwrap();
                    })
                }),
                case("nshm open of a name that is not there", || {
                    each(count, || drop(black_box(Section::open("absent"))))
                }),
            ],
            &[(1, 1.1)],
        );
        shm.unlink();
    }

    fn copies(rounds: usize) {
        for (len, count, budget) in [
            (8, 2_000_000, None),
            (64, 1_000_000, None),
            (1024, 500_000, None),
            (4096, 200_000, None),
            (64 << 10, 10_000, Some(1.0 / 0.9)),
            (256 << 20, 1, Some(1.0 / 0.9)),
        ] {
            let section = Section::anonymous(len).unwrap();
            let view = section.map().unwrap();
            let private = vec![1u8; len];
            view.write_at(0, &private).unwrap();
            let target = std::cell::RefCell::new(vec![2u8; len]);
            let base = view.as_mut_ptr();
            let budgets: Vec<(usize, f64)> = budget.map(|most| vec![(1, most)]).unwrap_or_default();
            compare(
                &format!("copy out of a section, {len} bytes"),
                rounds,
                vec![
                    case("memcpy from the same pages", || {
                        each(count, || {
                            // SAFETY: both ranges are `len` long, and nobody writes meanwhile.
                            unsafe {
                                std::ptr::copy_nonoverlapping(
                                    black_box(base),
                                    target.borrow_mut().as_mut_ptr(),
                                    black_box(len),
                                );
                            }
                            black_box(&target);
                        })
                    }),
                    case("read_at", || {
                        each(count, || {
                            view.read_at(0, black_box(&mut target.borrow_mut()))
                                .unwrap();
                        })
                    }),
                ],
                &budgets,
            );
            compare(
                &format!("copy into a section, {len} bytes"),
                rounds,
                vec![
                    case("memcpy to the same pages", || {
                        each(count, || {
                            // SAFETY: both ranges are `len` long, and nobody reads meanwhile.
                            unsafe {
                                std::ptr::copy_nonoverlapping(
                                    private.as_ptr(),
                                    black_box(base),
                                    black_box(len),
                                );
                            }
                        })
                    }),
                    case("write_at", || {
                        each(count, || view.write_at(0, black_box(&private)).unwrap())
                    }),
                ],
                &budgets,
            );
        }
    }

    fn first_touch(rounds: usize) {
        let fill = |huge_pages| {
            move || {
                let section = Section::options()
                    .size(GIB)
                    .huge_pages(huge_pages)
                    .anonymous()
                    .unwrap();
                let view = section.map().unwrap();
                each(1, || {
                    for offset in (0..GIB).step_by(PAGE) {
                        view.write_at(offset, &[1]).unwrap();
                    }
                })
            }
        };
        let setting = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
        let setting = std::fs::read_to_string(setting).unwrap_or_default();
        compare(
            &format!(
                "first touch of every page of 1 GiB (shmem_enabled: {})",
                setting.trim()
            ),
            rounds,
            vec![
                case("transparent huge pages", fill(HugePages::Transparent)),
                case("small pages", fill(HugePages::No)),
            ],
            &[],
        );
    }

    pub(crate) fn main() {
        let quick = std::env::args().any(|argument| argument == "--quick");
        let dir = format!("/dev/shm/nshm-bench-{}.dir", std::process::id());
        std::fs::create_dir(&dir).unwrap();
        // SAFETY: no other thread runs yet.
        unsafe { std::env::set_var("NSHM_DIR", &dir) };
        let (rounds, count) = if quick { (11, 300) } else { (41, 2000) };
        let groups: [(&str, &dyn Fn()); 4] = [
            ("life", &|| life_of_a_name(rounds, count)),
            ("open", &|| opening(rounds, count)),
            ("copy", &|| copies(if quick { 5 } else { 21 })),
            ("touch", &|| first_touch(if quick { 5 } else { 21 })),
        ];
        let wanted: Vec<String> = std::env::args().skip(1).collect();
        let all = !groups
            .iter()
            .any(|(name, _)| wanted.iter().any(|word| word == name));
        for (name, run) in groups {
            if all || wanted.iter().any(|word| word == name) {
                run();
            }
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
    #[cfg(not(target_os = "linux"))]
    println!("the comparison is with Linux system calls");
}
