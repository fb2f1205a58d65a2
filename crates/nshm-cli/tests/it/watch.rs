use nshm_tty::Tty;
use rustix::process::Signal;

use crate::support::{Place, kill};

const MESSAGE: &str = "Message from first process.";
const RECORD: &str = "u32le tick, f32le rpm, char[32] track";

/// Whether a byte on the screen is marked as changed: it has a colour behind it.
fn is_marked(screen: &nshm_tty::vt100::Screen, row: u16, column: u16) -> bool {
    let cell = screen.cell(row, column);
    cell.is_some_and(|cell| cell.bgcolor() != nshm_tty::vt100::Color::Default)
}

fn quit(mut tty: Tty) {
    tty.type_("q").expect("a key");
    assert_eq!(tty.end().expect("it ends"), 0);
    assert!(!tty.screen().alternate_screen() && !tty.screen().hide_cursor());
}

#[test]
fn a_section_and_what_changes_in_it() {
    let place = Place::new();
    let holder = place.hold([r"Global\x", "--size", "8K", "--text", MESSAGE]);
    let tty = place.tty(["watch", r"Global\x"]);
    let text = tty.wait_for("|Message from fir|").expect("the text");
    assert!(text.starts_with(r" Global\x  8 KiB  owner  by "), "{text}");
    assert!(text.contains(&format!("({})", holder.pid())), "{text}");
    assert!(text.contains("open 1 time ") && text.contains("at 0x0 of 0x2000"));
    assert!(tty.screen().alternate_screen());
    // It holds nothing while it watches.
    let info = place.run(["info", r"Global\x", "--json"]).ok().json();
    assert_eq!(info["holders"].as_array().map(Vec::len), Some(1));
    place.run(["write", r"Global\x", "--text", "P"]).ok();
    tty.wait_until("a mark at the change", |screen| {
        screen.contents().contains("00000000  50 65") && is_marked(screen, 2, 10)
    })
    .expect("a mark");
    assert!(!is_marked(&tty.screen(), 2, 13));
    tty.wait_until("the mark to go", |screen| !is_marked(screen, 2, 10))
        .expect("no mark");
    quit(tty);
    holder.release();
    place.assert_empty();
}

#[test]
fn keys_scroll_search_and_pause() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "64K"]);
    place
        .run(["write", "x", "--text", "needle", "--offset", "40000"])
        .ok();
    let mut tty = place.tty(["watch", "x"]);
    tty.wait_for("00000140").expect("the first page");
    // Page down, the end, an offset.
    tty.type_("\x1b[6~").expect("a key");
    tty.wait_for("at 0x140 of").expect("a page further");
    tty.type_("G").expect("a key");
    tty.wait_for("0000fff0").expect("the end");
    tty.type_("o0x1234\r").expect("keys");
    tty.wait_for("at 0x1230 of").expect("the offset");
    tty.type_("/needle\r").expect("keys");
    tty.wait_for("found at 40000 (0x9c40)")
        .expect("it is found");
    tty.wait_for("|needle").expect("it is shown");
    tty.type_("/0x6e65656478\r").expect("keys");
    tty.wait_for("nowhere in the section").expect("it is said");
    tty.type_("p").expect("a key");
    tty.wait_for("PAUSED").expect("it is said");
    place
        .run(["write", "x", "--text", "haystack", "--offset", "40000"])
        .ok();
    tty.type_("p").expect("a key");
    tty.wait_for("|haystack").expect("it goes on");
    tty.type_("?").expect("a key");
    tty.wait_for("save a snapshot").expect("help");
    tty.type_("x").expect("a key");
    tty.wait_for("|haystack").expect("the bytes again");
    quit(tty);
    holder.release();
}

#[test]
fn fields_and_tables_of_records() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    let mut record = 7_u32.to_le_bytes().to_vec();
    record.extend(5000.5_f32.to_le_bytes());
    record.extend(b"Nordschleife");
    record.resize(40, 0);
    place.feed(["write", "x", "-"], &record.repeat(2)).ok();
    let mut tty = place.tty(["watch", "x", "--as", RECORD, "--offset", "40"]);
    let text = tty.wait_for("RATE").expect("the fields");
    assert!(text.contains("rpm    f32le         0x2c  5000.5"), "{text}");
    tty.type_("\t").expect("a key");
    let text = tty.wait_for("record 0 of 102").expect("the table");
    assert!(text.contains("7        5000.5  Nordschleife"), "{text}");
    quit(tty);
    let wrong = place.run(["watch", "x", "--as", "u33 tick"]).code(2);
    assert!(wrong.stderr.contains("no type `u33`"), "{wrong:?}");
    let pipe = place.run(["watch", "x"]).code(2);
    assert!(pipe.stderr.contains("takes a terminal"), "{pipe:?}");
    holder.release();
}

#[test]
fn a_section_that_goes_and_comes_back() {
    let place = Place::new();
    let tty = place.tty(["watch", "x"]);
    tty.wait_for("waiting for somebody to create it")
        .expect("it waits");
    let holder = place.hold(["x", "--size", "4K", "--text", MESSAGE]);
    tty.wait_for("|Message from fir|").expect("it is there");
    holder.release();
    let text = tty.wait_for("GONE").expect("it is gone");
    assert!(text.contains("gone for "), "{text}");
    assert!(text.contains("|Message from fir|"), "{text}");
    place.assert_empty();
    let holder = place.hold(["x", "--size", "4K", "--text", "another"]);
    tty.wait_for("|another.").expect("it came back");
    quit(tty);
    holder.release();
    place.assert_empty();
}

#[test]
fn windows_of_any_size() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K", "--text", MESSAGE]);
    let mut tty = place.tty(["watch", "x", "--as", RECORD]);
    tty.wait_for("RATE").expect("80 columns");
    tty.resize(50, 12).expect("another size");
    tty.wait_for("|Message |").expect("8 bytes in a line");
    tty.resize(10, 3).expect("another size");
    tty.wait_for("too small").expect("it is said");
    tty.resize(1, 1).expect("another size");
    tty.resize(120, 40).expect("another size");
    tty.wait_for("|Message from fir|").expect("16 bytes again");
    quit(tty);
    holder.release();
}

#[test]
fn snapshots_are_saved_from_the_view() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K", "--text", MESSAGE]);
    let mut tty = place.tty(["watch", "x"]);
    tty.wait_for("|Message from fir|").expect("the text");
    let file = place.path().join("saved");
    let file = file.to_str().expect("UTF-8");
    tty.type_("s").expect("a key");
    tty.wait_for("save to: x-").expect("a name");
    tty.type_(&format!("\x15{file}\r")).expect("another name");
    tty.wait_for("saved 4 KiB to").expect("it is said");
    place.run(["diff", "x", file]).ok();
    tty.type_(&format!("s\x15{file}\r")).expect("the same name");
    tty.wait_for("not saved").expect("it is said");
    quit(tty);
    holder.release();
}

#[test]
fn whatever_ends_it_the_terminal_is_given_back() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let mut tty = place.tty(["watch", "x"]);
        tty.wait_for("00000000").expect("it shows");
        assert!(tty.screen().alternate_screen() && tty.screen().hide_cursor());
        kill(tty.pid().expect("a process"), signal);
        assert_eq!(tty.end().expect("it ends"), code);
        assert!(!tty.screen().alternate_screen() && !tty.screen().hide_cursor());
    }
    let mut tty = place.tty(["watch", "x"]);
    tty.wait_for("00000000").expect("it shows");
    tty.type_("\x03").expect("Ctrl-C");
    assert_eq!(tty.end().expect("it ends"), 130);
    assert!(!tty.screen().alternate_screen());
    holder.release();
}

/// Without a shell that could let it go on nobody stops it, so it takes the terminal again at once.
#[test]
fn ctrl_z_gives_the_terminal_back_until_it_goes_on() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    for command in [&["watch", "x"][..], &["top"]] {
        let mut tty = place.tty(command);
        tty.wait_for("4 KiB").expect("it shows");
        // Then what was typed to it.
        tty.type_("\x1aq").expect("Ctrl-Z, and the key that leaves");
        assert_eq!(tty.end().expect("it ends"), 0, "{}", tty.text());
        let raw = String::from_utf8_lossy(&tty.raw()).into_owned();
        for change in ["\x1b[?1049h", "\x1b[?1049l"] {
            assert_eq!(raw.matches(change).count(), 2, "{raw:?}");
        }
    }
    holder.release();
}

#[test]
fn without_colours_changes_are_reversed() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K", "--text", MESSAGE]);
    let mut command = place.nshm(["watch", "x"]);
    command.env("NO_COLOR", "1");
    let tty = Tty::start(&command, 80, 24, crate::support::LIMIT).expect("a terminal");
    tty.wait_for("|Message from fir|").expect("the text");
    place.run(["write", "x", "--text", "P"]).ok();
    tty.wait_until("a mark", |screen| {
        screen
            .cell(2, 10)
            .is_some_and(nshm_tty::vt100::Cell::inverse)
    })
    .expect("a mark");
    let raw = String::from_utf8_lossy(&tty.raw()).into_owned();
    assert!(!raw.contains("[38;5") && !raw.contains("[48;5"), "{raw:?}");
    quit(tty);
    holder.release();
}
