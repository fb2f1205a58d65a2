//! Pages from a pool of huge pages: the kernel maps them in whole huge pages, whatever length it is
//! told, so nothing of ours may lie behind an address that is given to it.

use std::fs::File;

use nshm::placed::Mutex;
use nshm::{ErrorKind, Event, HugePages, Protection, Section};

use super::os;
use crate::support::{Main, Role, Test, isolated, kind_of, text_of};

const HUGE: usize = 2 << 20;

/// A segment of such pages, made by hand and attached; or why not. It needs none to be in the pool, as
/// nobody touches it.
fn raw_pool_segment(len: usize, mode: i32) -> Result<i32, String> {
    let mode = mode | libc::SHM_HUGETLB | libc::SHM_NORESERVE;
    let id = os::raw_segment(libc::IPC_PRIVATE, len, mode)
        .map_err(|error| format!("no huge pages here: {error}"))?;
    let attached = os::attach_raw_segment(id);
    os::remove_raw_segment(id).unwrap();
    attached.unwrap();
    Ok(id)
}

/// The token of that one, made of the token of another object.
fn token_of(id: i32, like: &str, flag: &str) -> String {
    let born = os::segment(id).unwrap().born;
    let mut fields: Vec<&str> = like.split(':').collect();
    let segment = format!("{id}.{born}");
    (fields[3], fields[4]) = (&segment, flag);
    fields.join(":")
}

/// Both for a segment that is its owner's; `None` where this user may not have any.
fn pool_segment(main: &Main, len: usize, like: &str, flag: &str) -> Option<String> {
    match raw_pool_segment(len, 0o600) {
        Ok(id) => Some(token_of(id, like, flag)),
        Err(reason) => {
            main.skip(&reason);
            None
        }
    }
}

/// Has every page of an open section touched, or sees that the pool had none for it.
fn touch_or_see_why_not(main: &Main, opened: nshm::Result<Section>) {
    match opened {
        Ok(section) => {
            let view = section.map().unwrap();
            view.write_at(view.len() - 1, &[1]).unwrap();
            main.skip("the pool of huge pages is not empty");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::CommitLimit, "{error:?}");
            assert!(text_of(&error).contains("pool of huge pages"), "{error}");
        }
    }
}

/// Whoever opened a section whose pages the pool did not have was ended by its first touch.
#[test]
fn a_touch_found_the_pool_empty() {
    Test::new(|main| {
        let like = Section::anonymous(4096).unwrap().token().unwrap();
        if let Some(token) = pool_segment(main, HUGE, &like, "-") {
            touch_or_see_why_not(main, Section::from_token(&token));
        }
    })
    .world(os::OWN_IPC)
    .run();
}

/// Pages that had been there were taken away by who may write them, and others took them out of the
/// pool. Only who asks for such pages trusts all of them.
#[test]
fn a_stranger_took_pages_of_a_pool_away() {
    Test::new(|main| {
        let like = Section::anonymous(4096).unwrap().token().unwrap();
        let refused = |id: i32| {
            let token = token_of(id, &like, "-");
            let error = Section::from_token(&token).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error:?}");
            assert!(text_of(&error).contains("pool of huge pages"), "{error}");
            token
        };
        // One's own, but others may write it.
        let id = match raw_pool_segment(HUGE, 0o620) {
            Ok(id) => id,
            Err(reason) => return main.skip(&reason),
        };
        let token = refused(id);
        let trusting = Section::options().huge_pages(HugePages::TwoMiB);
        touch_or_see_why_not(main, trusting.from_token(&token));
        if !os::is_root() {
            return main.skip("needs root, to be another user");
        }
        // The kernel gives such pages to the group 0 unless it is told of another one.
        match main.peer_with("maker", &[], os::become_user(61001, 0)) {
            Ok(maker) => {
                match maker.hear().split_once(' ') {
                    Some(("made", id)) => drop(refused(id.parse().unwrap())),
                    other => main.skip(&format!("another user made none: {other:?}")),
                }
                maker.finish();
            }
            Err(error) => main.skip(&format!("this root cannot become another user: {error}")),
        }
    })
    .role("maker", |role: &mut Role| {
        match raw_pool_segment(HUGE, 0o600) {
            Ok(id) => role.say(&format!("made {id}")),
            Err(reason) => role.say(&reason),
        }
        role.stay();
    })
    .world(os::OWN_IPC)
    .run();
}

/// A peer wrote the owner of a lock that was to be alive in such a segment, and who asked for the lock
/// looked there.
#[test]
fn the_life_of_an_owner_lay_in_an_empty_pool() {
    Test::new(|main| {
        let id = match raw_pool_segment(HUGE, 0o644) {
            Ok(id) => id,
            Err(reason) => return main.skip(&reason),
        };
        let view = Section::anonymous(4096).unwrap().map().unwrap();
        let mutex = Mutex::at(&view, 0).unwrap();
        const WORD: usize = 16;
        let owner = u64::from(id.cast_unsigned()) << 32 | 0x101;
        view.store(WORD, &owner).unwrap();
        assert!(mutex.try_lock().unwrap().unwrap().is_abandoned());
    })
    .world(os::OWN_IPC)
    .run();
}

/// A segment whose length is no multiple of its pages, behind a link that asks for transparent huge
/// pages: it was mapped over whatever lay behind the addresses that had been reserved for it.
#[test]
fn a_pool_segment_takes_no_memory_that_is_not_its_own() {
    Test::new(|main| {
        let like = Section::anonymous(4096).unwrap().token().unwrap();
        let Some(token) = pool_segment(main, HUGE + 4096, &like, "h") else {
            return;
        };
        let mut mine: Vec<Vec<u8>> = (0..32).map(|byte| vec![byte + 1; 2 * HUGE]).collect();
        mine[9] = Vec::new();
        // It is there only where the pool has pages for it.
        if let Ok(section) = Section::from_token(&token) {
            let reader = section.map_read_only().unwrap();
            assert_eq!((section.len(), reader.len()), (HUGE + 4096, HUGE + 4096));
        }
        for (byte, bytes) in (1u8..).zip(&mine) {
            assert!(bytes.iter().all(|it| *it == byte), "vector {byte}");
        }
    })
    .world(os::OWN_IPC)
    .run();
}

/// The page behind that of an event belongs to this process, and a page of a pool would be over it.
#[test]
fn an_event_is_no_page_of_a_pool() {
    Test::new(|main| {
        let like = Event::options().anonymous().unwrap();
        let Some(token) = pool_segment(main, 4096, &like.token().unwrap(), "-") else {
            return;
        };
        let mine: Vec<u8> = vec![7; 2 * HUGE];
        assert_eq!(kind_of(Event::from_token(&token)), nshm::ErrorKind::Corrupt);
        assert!(mine.iter().all(|byte| *byte == 7));
    })
    .world(os::OWN_IPC)
    .run();
}

/// A raw view of one page of a pool took the addresses of a whole huge page, and stayed when it was
/// dropped.
#[test]
fn a_raw_view_of_a_pool_is_unsupported_and_leaves_nothing() {
    Test::new(|main| {
        let made = Section::options()
            .size(HUGE)
            .huge_pages(HugePages::TwoMiB)
            .anonymous();
        let section = match made {
            Ok(section) => section,
            Err(error) => return main.skip(&format!("no huge pages here: {error}")),
        };
        let (hole, behind) = os::hole_before_memory(HUGE, 1 << 16);
        for protection in [Protection::ReadOnly, Protection::ReadWrite] {
            let view = section.raw_view().protection(protection);
            for view in [view.clone().address(hole), view] {
                assert_eq!(
                    kind_of(view.len(4096).map()),
                    nshm::ErrorKind::Unsupported,
                    "{protection:?}"
                );
            }
        }
        assert_eq!(os::peek(behind), 42);
        // The whole and its parts are to be had as safe views.
        let part = section.view_options().offset(5).len(4).map_read_only();
        assert_eq!(part.unwrap().len(), 4);
        section.map().unwrap();
        section.map_read_only().unwrap();
        let id = super::tamper::Text::of(&section.token().unwrap()).id;
        drop(section);
        assert!(os::segment(id).is_none());
    })
    .world(os::OWN_IPC)
    .run();
}

/// The same with a file of such pages.
#[test]
fn a_file_of_a_pool_is_no_section() {
    isolated(|main| {
        let file: File = match os::pool_file() {
            Ok(file) => file,
            Err(error) => return main.skip(&format!("no huge pages here: {error}")),
        };
        file.set_len(HUGE as u64).unwrap();
        let made = Section::options().file(file).anonymous();
        assert_eq!(kind_of(made), nshm::ErrorKind::Unsupported);
    });
}
