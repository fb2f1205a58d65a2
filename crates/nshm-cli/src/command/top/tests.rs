//! `nshm top` without a terminal: keys in, lines of text out.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use nshm::Name;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use super::draw::{draw, lines};
use super::sample::Rate;
use super::state::{Row, Sort, State};
use super::update::{Effect, key};
use crate::entry::{Entry, Holder};
use crate::screen::{Canvas, Theme};

/// An object that so many processes hold, since so many minutes.
fn row(name: &str, size: u64, holders: u32, rate: Rate) -> Row {
    let holder = |pid| Holder {
        pid,
        command: Some("program".into()),
    };
    let entry = Entry {
        name: name.into(),
        kind: "section",
        family: Some("nshm"),
        size,
        resident: size / 2,
        swapped: 0,
        attach_count: Some(u64::from(holders)),
        holders: (1..=holders).map(holder).collect(),
        orphaned: Some(false),
        creator_pid: Some(4711),
        creator_uid: Some(1000),
        created: None,
        access: "owner",
        others_read_only: false,
        key: None,
        file: None,
        state: None,
        born: None,
    };
    Row {
        identity: (Name::new(name).unwrap(), SystemTime::UNIX_EPOCH, size),
        shown: name.into(),
        entry,
        rate,
        creator: Some("somebody".into()),
        age: Some(Duration::from_secs(u64::from(holders) * 60)),
    }
}

fn changing(bytes: f64, is_sample: bool) -> Rate {
    Rate::Changing { bytes, is_sample }
}

fn some() -> Vec<Row> {
    vec![
        row("telemetry", 4096, 2, changing(180.2, false)),
        row(r"Global\frames", 2 << 30, 7, changing(300_000.0, true)),
        row("cache", 64 << 20, 1, Rate::Denied),
        row("new", 8192, 3, Rate::Unknown),
    ]
}

fn state() -> State {
    let mut state = State::new(Sort::Size, Duration::from_secs(1));
    state.take(some(), Vec::new());
    state.lines = lines(&state, 80, 24);
    state
}

fn drawn(state: &State, columns: u16, rows: u16) -> Vec<String> {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    draw(
        state,
        &Theme::coloured(),
        &mut Canvas::new(&mut buffer, area),
    );
    let row = |y| {
        (0..columns)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    (0..rows).map(|y| row(y).trim_end().to_owned()).collect()
}

fn press(state: &mut State, code: KeyCode) -> Effect {
    key(state, KeyEvent::new(code, KeyModifiers::NONE))
}

fn names(state: &State) -> Vec<String> {
    state.rows().iter().map(|row| row.shown.clone()).collect()
}

#[test]
fn the_table_in_80_columns() {
    let lines = drawn(&state(), 80, 24);
    let expected = [
        " nshm top   4 objects   2.0 GiB promised   1.0 GiB resident                live",
        " sorted by size   every 1s",
        " NAME                    SIZE   RESIDENT HOLDERS       WRITES CREATOR        AGE",
        r" Global\frames          2 GiB      1 GiB       7 292.9 KiB/s+ somebody        7m",
        " cache                 64 MiB     32 MiB       1 may not read somebody        1m",
        " new                    8 KiB      4 KiB       3          ... somebody        3m",
        " telemetry              4 KiB      2 KiB       2      181 B/s somebody        2m",
    ];
    assert_eq!(lines[..7], expected);
    assert!(
        lines[23].starts_with("q quit  tab sort  i inspect"),
        "{lines:?}"
    );
}

#[test]
fn orders() {
    let mut state = state();
    let frames = r"Global\frames";
    for (letter, order) in [
        ('s', [frames, "cache", "new", "telemetry"]),
        ('h', [frames, "new", "telemetry", "cache"]),
        ('w', [frames, "telemetry", "new", "cache"]),
        ('n', [frames, "cache", "new", "telemetry"]),
        ('r', ["telemetry", "new", "cache", frames]),
        ('a', [frames, "new", "telemetry", "cache"]),
    ] {
        press(&mut state, KeyCode::Char(letter));
        assert_eq!(names(&state), order, "{letter}");
    }
    state.sort = Sort::Size;
    for sort in [
        Sort::Resident,
        Sort::Holders,
        Sort::Writes,
        Sort::Age,
        Sort::Name,
        Sort::Size,
    ] {
        press(&mut state, KeyCode::Tab);
        assert_eq!(state.sort, sort);
    }
}

#[test]
fn the_cursor_stays_on_its_object() {
    let mut state = state();
    let selected = |state: &State| state.selected().map(|(at, row)| (at, row.shown));
    press(&mut state, KeyCode::Down);
    assert_eq!(selected(&state), Some((1, "cache".into())));
    press(&mut state, KeyCode::Char('r'));
    assert_eq!(selected(&state), Some((2, "cache".into())));
    let mut others = some();
    others.remove(2);
    state.take(others, Vec::new());
    // It has gone: the one at its place.
    assert_eq!(selected(&state), Some((2, r"Global\frames".into())));
    state.take(Vec::new(), Vec::new());
    assert_eq!(selected(&state), None);
    assert!(drawn(&state, 80, 24)[4].contains("nothing is alive"));
    for code in [
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::End,
        KeyCode::Char('v'),
        KeyCode::Char('c'),
    ] {
        assert_eq!(press(&mut state, code), Effect::Nothing);
    }
    // In a small window the cursor is always in view.
    state.take(
        (0..50)
            .map(|n| row(&format!("{n:02}"), 4096, 1, Rate::None))
            .collect(),
        Vec::new(),
    );
    state.lines = 5;
    for code in [
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::PageDown,
        KeyCode::Down,
    ] {
        press(&mut state, code);
        let (at, _) = state.selected().unwrap();
        assert!((state.first..state.first + 5).contains(&at), "{code:?}");
    }
}

#[test]
fn filtering() {
    let mut state = state();
    press(&mut state, KeyCode::Char('/'));
    for letter in ['E', 'm'] {
        press(&mut state, KeyCode::Char(letter));
    }
    let lines = drawn(&state, 80, 24);
    assert_eq!(lines[23], "filter: Em_");
    assert!(lines[1].starts_with(" with `Em` in the name"), "{lines:?}");
    // While it is typed it works already.
    assert_eq!(names(&state), ["telemetry"]);
    press(&mut state, KeyCode::Char('x'));
    press(&mut state, KeyCode::Enter);
    assert!(drawn(&state, 80, 24)[4].contains("no name has that in it"));
    press(&mut state, KeyCode::Esc);
    assert_eq!(names(&state).len(), 4);
    assert_eq!(press(&mut state, KeyCode::Esc), Effect::Quit);
}

#[test]
fn actions_on_the_row_with_the_cursor() {
    let mut state = state();
    press(&mut state, KeyCode::End);
    let telemetry = Name::new("telemetry").unwrap();
    let watch = press(&mut state, KeyCode::Char('v'));
    assert_eq!(watch, Effect::Watch(telemetry.clone()));
    assert_eq!(press(&mut state, KeyCode::Char('c')), Effect::Nothing);
    assert!(drawn(&state, 80, 24)[23].starts_with("copy to: telemetry-"));
    for _ in 0..60 {
        press(&mut state, KeyCode::Backspace);
    }
    for letter in "/tmp/x".chars() {
        press(&mut state, KeyCode::Char(letter));
    }
    let save = press(&mut state, KeyCode::Enter);
    assert_eq!(save, Effect::Save(telemetry, PathBuf::from("/tmp/x")));
    state.take(vec![row("telemetry", 4096, 20, Rate::None)], Vec::new());
    assert_eq!(press(&mut state, KeyCode::Enter), Effect::Nothing);
    let lines = drawn(&state, 80, 24);
    assert_eq!(lines[12], " name    telemetry");
    assert_eq!(lines[13], " size    4 KiB (4096 bytes), 2 KiB resident");
    assert_eq!(lines[14], " made    by somebody, process 4711, 20m ago");
    assert_eq!(lines[16], " holders 1 (program)");
    assert_eq!(lines[22], "         and 14 more");
    press(&mut state, KeyCode::Esc);
    assert!(state.details.is_none());
}

#[test]
fn every_size_of_window() {
    let mut state = state();
    state.hidden = vec!["not shown: the names of root".into()];
    for code in [KeyCode::Null, KeyCode::Char('?'), KeyCode::Char('/')] {
        press(&mut state, code);
        for columns in (0..120).step_by(5) {
            for rows in (0..40).step_by(3) {
                state.lines = lines(&state, columns, rows);
                state.follow();
                drawn(&state, columns, rows);
            }
        }
    }
    assert_eq!(drawn(&state, 39, 9)[..2], ["too small", "for 40x6"]);
    assert!(drawn(&state, 120, 9)[1].ends_with("the names of root"));
}
