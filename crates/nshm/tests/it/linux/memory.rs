//! What the processor and `/proc` say of a section's pages: asked by Linux's means.

use nshm::{Access, ErrorKind, HugePages, Section};

use super::os::{self, End};
use crate::support::{isolated, text_of};

/// Writes in a child, which dies of it where the page is read-only.
fn poke(main: &crate::support::Main, address: *const u8) -> End {
    let child = os::fork(|| {
        os::poke(address);
        0
    });
    main.note_process(child.id());
    child.wait()
}

#[test]
fn read_only_is_what_the_processor_says() {
    isolated(|main| {
        let name = main.name("pages");
        let section = Section::create(&name, 8192).unwrap();
        let reader = Section::open_read_only(&name).unwrap();
        let read_only_creator = Section::options()
            .size(8192)
            .access(Access::ReadOnly)
            .create(main.name("creator"))
            .unwrap();
        let huge = Section::options()
            .size(4 << 20)
            .huge_pages(HugePages::Transparent)
            .create(main.name("huge"))
            .unwrap();
        let views = [
            reader.map_read_only().unwrap(),
            section.map_read_only().unwrap(),
            read_only_creator.map_read_only().unwrap(),
            huge.map_read_only().unwrap(),
        ];
        for (number, view) in views.iter().enumerate() {
            let segfault = End::Signal(libc::SIGSEGV);
            assert_eq!(poke(main, view.as_ptr()), segfault, "view {number}");
            // Nor can the process talk the kernel into it.
            let refused = os::make_writable(view.as_ptr(), view.len()).unwrap_err();
            assert_eq!(refused.raw_os_error(), Some(libc::EACCES), "view {number}");
            assert_eq!(poke(main, view.as_ptr()), segfault, "view {number}");
        }
        // And the means of this test do write where writing is allowed.
        let view = section.map().unwrap();
        assert_eq!(poke(main, view.as_ptr()), End::Exit(0));
        assert_eq!(os::peek(view.as_ptr()), 1);
    });
}

#[test]
fn populated_pages_are_in_memory() {
    isolated(|main| {
        let name = main.name("populated");
        let section = Section::options()
            .size(8 << 20)
            .populate(true)
            .create(&name)
            .unwrap();
        let info = section.info().unwrap();
        assert_eq!(info.resident + info.swapped, 8 << 20);

        let lazy = Section::create(main.name("lazy"), 8 << 20).unwrap();
        assert_eq!(lazy.info().unwrap().resident, 0);
        let opened = Section::options()
            .populate(true)
            .open(main.name("lazy"))
            .unwrap();
        let info = opened.info().unwrap();
        assert_eq!(info.resident + info.swapped, 8 << 20);
    });
}

#[test]
fn a_reserve_only_section_may_be_larger_than_the_memory() {
    isolated(|main| {
        let len = 8 << 40;
        let section = Section::options()
            .size(len)
            .reserve_only(true)
            .create(main.name("vast"))
            .unwrap();
        assert_eq!(section.len(), len);
        let view = section.map().unwrap();
        for offset in [0, len / 2, len - 8] {
            view.store(offset, &(offset as u64 + 1)).unwrap();
        }
        let other = Section::open(main.name("vast")).unwrap().map().unwrap();
        for offset in [0, len / 2, len - 8] {
            assert_eq!(other.load::<u64>(offset).unwrap(), offset as u64 + 1);
        }
        assert!(section.info().unwrap().resident < 1 << 20);
    });
}

#[test]
fn locked_pages_are_marked() {
    isolated(|main| {
        let made = Section::options()
            .size(4096)
            .lock(true)
            .create(main.name("locked"));
        let section = match made {
            Ok(section) => section,
            Err(error) if error.kind() == ErrorKind::AccessDenied => {
                assert!(error.hint().unwrap().contains("ulimit -l"), "{error:?}");
                return main.skip("this user may not lock memory");
            }
            Err(error) => panic!("{error:?}"),
        };
        let locked = |section: &Section| {
            let token = section.token().unwrap();
            let id = super::tamper::Text::of(&token).id;
            // SHM_LOCKED of <linux/shm.h>.
            os::segment(id).unwrap().mode & 0o2000 != 0
        };
        assert!(locked(&section));
        assert!(!locked(&Section::anonymous(4096).unwrap()));
    });
}

#[test]
fn core_files_hold_a_section_only_where_that_is_asked_for() {
    isolated(|main| {
        for huge_pages in [HugePages::No, HugePages::Transparent] {
            for access in [Access::ReadWrite, Access::ReadOnly] {
                for dumpable in [false, true] {
                    let case = format!("{huge_pages:?} {access:?} {dumpable}");
                    let options = Section::options()
                        .size(4 << 20)
                        .huge_pages(huge_pages)
                        .access(access)
                        .dumpable(dumpable);
                    let name = main.name("dump");
                    let made = options.create(&name).unwrap();
                    let opened = options.open(&name).unwrap();
                    let by_token = options.from_token(&made.token().unwrap()).unwrap();
                    let handles = [("made", made), ("opened", opened), ("token", by_token)];
                    for (how, section) in handles {
                        let kept_out = |address| os::has_flag(address, "dd");
                        let view = section.map_read_only().unwrap();
                        assert_eq!(kept_out(view.as_ptr()), !dumpable, "{case} {how}, reading");
                        if access == Access::ReadWrite {
                            let view = section.map().unwrap();
                            assert_eq!(kept_out(view.as_ptr()), !dumpable, "{case} {how}");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn transparent_huge_pages_are_a_wish() {
    isolated(|main| {
        for len in [4096, 2 << 20, (2 << 20) + 4096, 9 << 20] {
            let name = main.name("huge");
            let section = Section::options()
                .size(len)
                .huge_pages(HugePages::Transparent)
                .create(&name)
                .unwrap();
            assert_eq!(section.len(), len);
            let view = section.map().unwrap();
            view.fill(.., 0x77).unwrap();
            let is_wished = os::has_flag(view.as_ptr(), "hg");
            // Others open it as they open any section, and ask for the same.
            let other = Section::open(&name).unwrap();
            let views = [
                other.map_read_only().unwrap(),
                section.map_read_only().unwrap(),
                Section::open_read_only(&name)
                    .unwrap()
                    .map_read_only()
                    .unwrap(),
            ];
            for other in &views {
                let bytes = other.read_vec(0, len).unwrap();
                assert!(bytes.iter().all(|byte| *byte == 0x77));
                if len >= 2 << 20 {
                    assert_eq!(other.as_ptr().addr() % (2 << 20), 0);
                }
                assert_eq!(os::has_flag(other.as_ptr(), "hg"), is_wished);
            }
            // What lies behind it in the address space has not been touched.
            drop((section, view, other, views));
            assert!(Section::open(&name).is_err());
        }
    });
}

#[test]
fn pages_from_a_pool_come_from_it_or_not_at_all() {
    isolated(|main| {
        let sizes = [(HugePages::TwoMiB, 2 << 20), (HugePages::OneGiB, 1 << 30)];
        // A page that is only reserved would be missed at a touch.
        for ((huge_pages, page), reserve_only) in sizes
            .into_iter()
            .flat_map(|size| [(size, false), (size, true)])
        {
            let made = Section::options()
                .size(4096)
                .huge_pages(huge_pages)
                .reserve_only(reserve_only)
                .create(main.name("pool"));
            match made {
                Ok(section) => {
                    assert_eq!(section.len(), page);
                    section.map().unwrap().write_at(page - 1, &[1]).unwrap();
                }
                Err(error) => {
                    let kinds = [
                        ErrorKind::CommitLimit,
                        ErrorKind::AccessDenied,
                        ErrorKind::Unsupported,
                    ];
                    assert!(kinds.contains(&error.kind()), "{error:?}");
                    let text = text_of(&error);
                    assert!(text.contains("huge page"), "{text}");
                }
            }
            assert!(Section::open(main.name("pool")).is_err());
        }
    });
}

/// The end of the last page is the end of the attach: one byte further is not the section's.
#[test]
fn a_view_has_no_byte_more_than_the_kernel_gave() {
    isolated(|main| {
        let section = Section::create(main.name("end"), 5000).unwrap();
        let view = section.map().unwrap();
        assert_eq!(view.len(), section.info().unwrap().len);
        let last = view.as_ptr().wrapping_add(view.len() - 1);
        assert_eq!(os::peek(last), 0);
    });
}
