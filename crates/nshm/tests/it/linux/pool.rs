//! Pages from a pool of huge pages: the kernel maps them in whole huge pages, whatever length it is
//! told, so nothing of ours may lie behind an address that is given to it.

use std::fs::File;

use nshm::{Event, HugePages, Protection, Section};

use super::os;
use crate::support::{Main, Test, isolated, kind_of};

const HUGE: usize = 2 << 20;

/// A segment of such pages, made by hand and attached, as the token says that names it; `None`
/// where this user may not have any. It needs none to be in the pool, as nobody touches it.
fn pool_segment(main: &Main, len: usize, like: &str, flag: &str) -> Option<String> {
    let mode = 0o600 | libc::SHM_HUGETLB | libc::SHM_NORESERVE;
    let id = match os::raw_segment(libc::IPC_PRIVATE, len, mode) {
        Ok(id) => id,
        Err(error) => {
            main.skip(&format!("no huge pages here: {error}"));
            return None;
        }
    };
    let attached = os::attach_raw_segment(id);
    os::remove_raw_segment(id).unwrap();
    attached.unwrap();
    let born = os::segment(id).unwrap().born;
    let mut fields: Vec<&str> = like.split(':').collect();
    let segment = format!("{id}.{born}");
    (fields[3], fields[4]) = (&segment, flag);
    Some(fields.join(":"))
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
        let section = Section::from_token(&token).unwrap();
        let reader = section.map_read_only().unwrap();
        assert_eq!((section.len(), reader.len()), (HUGE + 4096, HUGE + 4096));
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
            .reserve_only(true)
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
