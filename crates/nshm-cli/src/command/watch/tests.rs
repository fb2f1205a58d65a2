//! The live view without a terminal: keys in, lines of text out.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use super::draw::draw;
use super::look::{About, Look};
use super::state::{Mode, State};
use super::update::{Effect, key};
use crate::record::Record;
use crate::screen::{Canvas, Theme};

const MESSAGE: &[u8] = b"Message from first process.";
const RECORD: &str = "u32 tick, f32 rpm, char[32] track";

/// A live view of bytes that are ours.
struct Bench {
    state: State,
    bytes: Vec<u8>,
    begin: Instant,
    born: SystemTime,
    size: (u16, u16),
}

impl Bench {
    fn new(record: Option<&str>, bytes: Vec<u8>) -> Self {
        let record = record.map(|text| Record::parse(text).unwrap());
        let begin = Instant::now();
        let interval = Duration::from_millis(100);
        let mut state = State::new(r"Global\x".into(), record, 0, interval, begin);
        state.resize(80, 24);
        Bench {
            state,
            bytes,
            begin,
            born: SystemTime::now(),
            size: (80, 24),
        }
    }

    /// A look, some time after the beginning.
    fn look(&mut self, milliseconds: u64) {
        let parts = self.state.parts().map(|part| {
            let len = self.bytes.len();
            self.bytes[part.start.min(len)..part.end.min(len)].to_vec()
        });
        let about = About {
            len: self.bytes.len(),
            attached: Some(2),
            creator: Some("somebody".into()),
            creator_pid: Some(4711),
            access: "owner".into(),
            born: Some(self.born),
        };
        let look = Look::There {
            about: Box::new(about),
            parts: parts.into(),
        };
        self.take(look, milliseconds);
    }

    fn take(&mut self, look: Look, milliseconds: u64) {
        let now = self.begin + Duration::from_millis(milliseconds);
        self.state.take(look, now);
    }

    fn press(&mut self, code: KeyCode) -> Effect {
        let event = KeyEvent::new(code, KeyModifiers::NONE);
        let effect = key(&mut self.state, event, || "proposed.nshm".into());
        if effect == Effect::Look {
            self.state.resize(self.size.0, self.size.1);
            self.look(0);
        }
        effect
    }

    fn type_(&mut self, text: &str) -> Effect {
        for character in text.chars() {
            self.press(KeyCode::Char(character));
        }
        self.press(KeyCode::Enter)
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.size = (columns, rows);
        self.state.resize(columns, rows);
        self.look(0);
    }

    fn buffer(&self) -> Buffer {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::coloured();
        draw(&self.state, &theme, &mut Canvas::new(&mut buffer, area));
        buffer
    }

    fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let row = |y| {
            (0..self.size.0)
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        };
        (0..self.size.1)
            .map(|y| row(y).trim_end().to_owned())
            .collect()
    }
}

fn message(len: usize) -> Vec<u8> {
    let mut bytes = MESSAGE.to_vec();
    bytes.resize(len, 0);
    bytes
}

#[test]
fn a_hexdump_with_what_changes() {
    let mut bench = Bench::new(None, message(4096));
    bench.look(0);
    bench.bytes[3] = b'S';
    bench.look(1000);
    let lines = bench.lines();
    let title = r" Global\x  4 KiB  owner  by somebody (4711), 0s ago";
    assert!(
        lines[0].starts_with(title) && lines[0].ends_with("live"),
        "{lines:?}"
    );
    assert_eq!(
        lines[1],
        " 1 B/s change in view   open 2 times   at 0x0 of 0x1000   every 100ms"
    );
    let first = "00000000  4d 65 73 53 61 67 65 20  66 72 6f 6d 20 66 69 72  |MesSage from fir|";
    assert_eq!(lines[2], first);
    assert_eq!(first.len(), 78);
    assert!(lines[22].starts_with("00000140 "), "{lines:?}");
    assert!(lines[23].starts_with("q quit  space pause"), "{lines:?}");
    let buffer = bench.buffer();
    let fresh = Theme::coloured().fresh.bg;
    for (x, is_fresh) in [(18, false), (19, true), (20, true), (22, false), (64, true)] {
        assert_eq!(buffer[(x, 2)].style().bg == fresh, is_fresh, "column {x}");
    }
}

#[test]
fn scrolling_stays_inside() {
    let mut bench = Bench::new(None, message(4100));
    bench.look(0);
    let tops = |bench: &mut Bench, codes: &[KeyCode]| {
        let press = |code: &KeyCode| {
            bench.press(*code);
            bench.state.top
        };
        codes.iter().map(press).collect::<Vec<_>>()
    };
    use KeyCode::{Char, Down, End, Home, PageDown, PageUp, Up};
    // 21 lines of 16 bytes are shown; the last line has four bytes.
    let last = (257 - 21) * 16;
    assert_eq!(
        tops(
            &mut bench,
            &[Up, Down, Down, Up, PageDown, Char('b'), End, Down, PageUp]
        ),
        [0, 16, 32, 16, 336, 16, last, last, last - 320]
    );
    assert_eq!(
        tops(&mut bench, &[Char('G'), Home, Char('k')]),
        [last, 0, 0]
    );
    bench.press(End);
    assert!(
        bench.lines()[22].starts_with("00001000  00 00 00 00"),
        "{:?}",
        bench.lines()
    );
    // A section that is shorter now is shown from where it is.
    bench.bytes.truncate(64);
    bench.look(10);
    assert_eq!(bench.state.top, 0);
}

#[test]
fn going_to_an_offset() {
    let mut bench = Bench::new(None, message(8192));
    bench.look(0);
    bench.press(KeyCode::Char('o'));
    assert_eq!(bench.lines()[23], "offset: _");
    assert_eq!(bench.type_("0x123"), Effect::Look);
    assert_eq!(bench.state.top, 0x120);
    for (typed, words) in [("8192", "ends at 8192 (0x2000)"), ("x", "expected bytes")] {
        bench.press(KeyCode::Char('o'));
        assert_eq!(bench.type_(typed), Effect::Nothing);
        assert!(bench.lines()[23].contains(words), "{:?}", bench.lines()[23]);
        assert_eq!(bench.state.top, 0x120);
    }
    bench.press(KeyCode::Char('o'));
    bench.press(KeyCode::Esc);
    assert!(bench.state.asking.is_none());
}

#[test]
fn searching_and_saving_are_asked_for() {
    let mut bench = Bench::new(None, message(4096));
    bench.look(0);
    assert_eq!(bench.press(KeyCode::Char('n')), Effect::Nothing);
    assert!(bench.lines()[23].contains("nothing was searched for yet"));
    bench.press(KeyCode::Char('/'));
    assert_eq!(bench.type_("0x66 69"), Effect::Search);
    assert_eq!(bench.state.pattern, b"fi");
    assert_eq!(bench.press(KeyCode::Char('N')), Effect::Search);
    bench.press(KeyCode::Char('/'));
    assert_eq!(bench.type_("0x6"), Effect::Nothing);
    assert!(bench.lines()[23].contains("pairs of hexadecimal digits"));
    bench.press(KeyCode::Char('s'));
    assert_eq!(bench.lines()[23], "save to: proposed.nshm_");
    let long = "directory/".repeat(9);
    assert_eq!(
        bench.type_(&format!("/{long}")),
        Effect::Save(PathBuf::from(format!("proposed.nshm/{long}")))
    );
}

#[test]
fn the_fields_of_a_record() {
    let mut bytes = [7_u32.to_ne_bytes(), 5000.5_f32.to_ne_bytes()].concat();
    bytes.extend(b"Nordschleife\x1b[2J");
    bytes.resize(100, 0);
    let mut bench = Bench::new(Some(RECORD), bytes);
    for tick in 0..=10_u64 {
        bench.bytes[0] = u8::try_from(7 + tick).unwrap();
        bench.look(tick * 100);
    }
    let lines = bench.lines();
    let list = &lines[19..23];
    assert_eq!(
        list,
        [
            "FIELD  TYPE        OFFSET  VALUE                                            RATE",
            "tick   u32            0x0  17                                            +10.0/s",
            "rpm    f32            0x4  5000.5                                            0/s",
            r"track  char[32]       0x8  Nordschleife\u{1b}[2J",
        ]
    );
    // As a table: the last record is cut off.
    bench.press(KeyCode::Tab);
    assert_eq!(bench.state.mode, Mode::Table);
    let lines = bench.lines();
    assert_eq!(lines[2], "#        tick           rpm  track");
    assert_eq!(
        lines[3],
        r"0          17        5000.5  Nordschleife\u{1b}[2J"
    );
    assert_eq!(lines[4], "1           0             0");
    assert_eq!(lines[5], "2           0             0  behind the end");
    bench.press(KeyCode::Right);
    assert_eq!(bench.lines()[2], "#           rpm  track");
    bench.press(KeyCode::Tab);
    assert_eq!(bench.state.mode, Mode::Hex);
    // Without a record the key says what is missing.
    let mut plain = Bench::new(None, message(64));
    plain.look(0);
    plain.press(KeyCode::Tab);
    assert!(plain.lines()[23].contains("--as"), "{:?}", plain.lines());
}

#[test]
fn a_section_that_goes_comes_or_may_not_be_read() {
    let mut bench = Bench::new(None, message(4096));
    bench.take(Look::Absent, 0);
    let lines = bench.lines();
    assert!(lines[0].ends_with("not there") && lines[1].contains("waiting for somebody"));
    bench.look(100);
    bench.take(Look::Absent, 5100);
    bench.take(Look::Absent, 9100);
    let lines = bench.lines();
    assert!(lines[0].ends_with("GONE"), "{lines:?}");
    assert!(
        lines[1].contains("gone for 4s; this is how it was"),
        "{lines:?}"
    );
    assert!(lines[2].contains("|Message from fir|"));
    // Another one of the same name: nothing is marked as changed.
    bench.bytes.fill(b'x');
    bench.look(9200);
    let lines = bench.lines();
    assert!(
        lines[0].ends_with("live") && lines[23].contains("another section"),
        "{lines:?}"
    );
    assert!(!lines[1].contains("change in view"), "{lines:?}");
    bench.take(
        Look::Refused("failed to open section `x`: access denied".into()),
        9300,
    );
    let lines = bench.lines();
    assert!(lines[0].ends_with("cannot be read"), "{lines:?}");
    assert!(lines[1].contains("access denied"), "{lines:?}");
}

/// An offset that no section has is no reason to fail.
#[test]
fn beginning_behind_every_end() {
    for base in [usize::MAX, usize::MAX - 17, 4096, 5000] {
        for keys in ["", "\t", "\t\t", "jG", "bb"] {
            let record = Record::parse(RECORD).unwrap();
            let mut bench = Bench::new(Some(RECORD), message(4096));
            let now = bench.begin;
            bench.state = State::new("x".into(), Some(record), base, Duration::from_secs(1), now);
            bench.resize(80, 24);
            bench.lines();
            bench.take(Look::Absent, 0);
            for character in keys.chars() {
                bench.press(match character {
                    '\t' => KeyCode::Tab,
                    other => KeyCode::Char(other),
                });
                bench.look(10);
                bench.lines();
            }
        }
    }
}

#[test]
fn pausing_and_the_pace() {
    let mut bench = Bench::new(None, message(64));
    bench.look(0);
    assert_eq!(bench.press(KeyCode::Char(' ')), Effect::Nothing);
    assert!(bench.lines()[0].ends_with("PAUSED"));
    assert_eq!(bench.press(KeyCode::Char('p')), Effect::Look);
    for _ in 0..20 {
        bench.press(KeyCode::Char('+'));
    }
    assert!(bench.lines()[1].ends_with("every 20ms"));
    for _ in 0..20 {
        bench.press(KeyCode::Char('-'));
    }
    assert!(bench.lines()[1].ends_with("every 10s"));
}

#[test]
fn help_and_leaving() {
    let mut bench = Bench::new(None, message(64));
    bench.look(0);
    bench.press(KeyCode::Char('?'));
    assert!(bench.lines()[2].contains("a line"));
    assert_eq!(bench.press(KeyCode::Char('q')), Effect::Nothing);
    assert!(bench.lines()[2].starts_with("00000000"));
    assert_eq!(bench.press(KeyCode::Char('q')), Effect::Quit);
}

/// Whatever the size of the window, everything is drawn inside it.
#[test]
fn every_size_of_window() {
    let modes = [
        KeyCode::Tab,
        KeyCode::Tab,
        KeyCode::Char('?'),
        KeyCode::Char('/'),
    ];
    for record in [None, Some(RECORD)] {
        let mut bench = Bench::new(record, message(300));
        bench.look(0);
        for mode in modes {
            bench.press(mode);
            for columns in (0..100).step_by(6) {
                for rows in (0..40).step_by(4) {
                    bench.resize(columns, rows);
                    bench.buffer();
                }
            }
            bench.resize(20, 6);
            assert_eq!(bench.lines()[..2], ["too small", "for 32x6"]);
            bench.resize(32, 6);
            assert!(bench.lines()[0].contains("Global"), "{:?}", bench.lines());
        }
    }
    let mut narrow = Bench::new(None, message(64));
    narrow.resize(45, 10);
    assert_eq!(
        narrow.lines()[2],
        "00000000  4d 65 73 73 61 67 65 20  |Message |"
    );
    narrow.resize(32, 10);
    assert_eq!(narrow.lines()[2], "00000000  4d 65 73 73  |Mess|");
}
