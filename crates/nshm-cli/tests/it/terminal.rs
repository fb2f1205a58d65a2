//! Through a pseudo-terminal.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::support::{LIMIT, Place, apart};

fn on_terminal(command: Command) -> PtySession {
    let limit = u64::try_from(LIMIT.as_millis()).expect("a short time");
    spawn_command(command, Some(limit)).expect("a terminal")
}

/// All that it prints, and its exit code.
fn all(mut session: PtySession) -> (String, i32) {
    let text = session.exp_eof().expect("it ends");
    (text, exit_code(&session))
}

fn exit_code(session: &PtySession) -> i32 {
    // The type of it is not to be had by name: `Exited(Pid(4711), 0)`.
    let status = format!("{:?}", session.process().wait().expect("it ends"));
    status
        .strip_prefix("Exited(")
        .and_then(|rest| rest.strip_suffix(')')?.rsplit_once(", "))
        .and_then(|(_, code)| code.parse().ok())
        .unwrap_or_else(|| panic!("{status}"))
}

#[test]
fn enter_ends_the_hold() {
    let place = Place::new();
    let mut session = on_terminal(place.nshm(["create", "x", "--size", "1"]));
    session
        .exp_string("press Enter")
        .expect("it says how to end it");
    place.run(["wait", "x", "--timeout", "0s"]).ok();
    session.send_line("").expect("Enter");
    session.exp_eof().expect("it ends");
    assert_eq!(exit_code(&session), 0);
    place.assert_empty();
}

#[test]
fn control_c_and_control_d_end_the_hold() {
    for key in ['c', 'd'] {
        let place = Place::new();
        let mut session = on_terminal(place.nshm(["create", "x", "--size", "1"]));
        session.exp_string("press Enter").expect("it holds");
        session.send_control(key).expect("a key");
        session.exp_eof().expect("it ends");
        assert_eq!(exit_code(&session), 0, "{key}");
        place.assert_empty();
    }
}

#[test]
fn reading_shows_a_hexdump_and_safe_text() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "64"]);
    place
        .feed(["write", "x", "-"], b"one\ttwo\x1b[2J\xff\n")
        .ok();
    let (dump, code) = all(on_terminal(place.nshm(["read", "x"])));
    assert_eq!(code, 0);
    assert!(
        dump.starts_with("00000000  6f 6e 65 09 74 77 6f 1b"),
        "{dump}"
    );
    assert!(dump.ends_with("*\r\n00001000\r\n"), "{dump}");
    let (text, _) = all(on_terminal(place.nshm(["read", "x", "--text"])));
    assert_eq!(text, "one\ttwo\\u{1b}[2J\\xff\r\n");
    let (raw, _) = all(on_terminal(
        place.nshm(["read", "x", "--raw", "--length", "3"]),
    ));
    assert_eq!(raw, "one");
    holder.release();
}

#[test]
fn removing_asks_first() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "1"]);
    let mut session = on_terminal(place.nshm(["remove", "x"]));
    session
        .exp_string(&format!("held by {}", holder.pid()))
        .expect("it says who holds it");
    session.exp_string("[y/N]").expect("it asks");
    session.send_line("n").expect("an answer");
    session
        .exp_string("nothing was removed")
        .expect("it says so");
    session.exp_eof().expect("it ends");
    assert_eq!(exit_code(&session), 1);
    place.run(["wait", "x", "--timeout", "0s"]).ok();

    let mut session = on_terminal(place.nshm(["remove", "x"]));
    session.exp_string("[y/N]").expect("it asks");
    session.send_line("y").expect("an answer");
    session.exp_string("removed the name").expect("it does it");
    session.exp_eof().expect("it ends");
    assert_eq!(exit_code(&session), 0);
    place.run(["wait", "x", "--timeout", "0s"]).code(1);
    holder.release();
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let place = Place::new();
    let (coloured, code) = all(on_terminal(place.nshm(["read", "x"])));
    assert_eq!(code, 3);
    assert!(coloured.contains("\x1b["), "{coloured:?}");
    let mut plain = place.nshm(["read", "x"]);
    plain.env("NO_COLOR", "1");
    let (plain, _) = all(on_terminal(plain));
    assert!(!plain.contains('\x1b'), "{plain:?}");
    assert!(plain.starts_with("nshm: failed to open section `x`"));
    assert!(!place.run(["read", "x"]).stderr.contains('\x1b'));
}

#[test]
fn a_slow_copy_shows_a_bar() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8M"]);
    // The writer is slow because its input is.
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!(
        "(head -c 1M /dev/zero; sleep 1.2; head -c 1M /dev/zero; head -c 1M /dev/zero) | '{nshm}' write x -"
    ));
    place.here(&mut command);
    let (text, code) = all(on_terminal(command));
    assert_eq!(code, 0);
    assert!(text.contains("MiB"), "{text:?}");
    assert!(text.contains("wrote 3145728 bytes"), "{text:?}");
    // And how fast it was.
    assert!(text.contains("3 MiB in 1."), "{text:?}");
    // A quick one shows none.
    let (text, _) = all(on_terminal(place.nshm(["write", "x", "--text", "a"])));
    assert_eq!(text, "wrote 1 byte at offset 0 of x\r\n");
    holder.release();
}

#[test]
fn a_table_is_no_wider_than_the_terminal() {
    let place = Place::new();
    let name = "a name that goes on and on, and does not end where others end";
    let holder = place.hold([name, "--size", "1"]);
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let on_width = |width: usize| -> String {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("stty rows 24 cols {width} && '{nshm}' list"));
        place.here(&mut command);
        command.env("NO_COLOR", "1");
        let (text, code) = all(on_terminal(command));
        assert_eq!(code, 0, "{text}");
        // What was read has a character for each byte.
        let bytes = text.chars().map(|it| u8::try_from(it).expect("a byte"));
        String::from_utf8(bytes.collect()).expect("the output is UTF-8")
    };
    let wide = on_width(200);
    assert!(wide.contains(name) && wide.contains("ACCESS"), "{wide}");
    assert!(!wide.contains("want of room"));
    let narrow = on_width(60);
    let table: Vec<&str> = narrow.lines().take(2).collect();
    for line in &table {
        assert!(line.chars().count() <= 60, "{line:?}");
    }
    assert!(table[1].starts_with("a name that goes on") && table[1].contains('…'));
    assert!(table[1].contains("nshm ("), "{narrow}");
    assert!(narrow.contains("not shown for want of room: "), "{narrow}");
    holder.release();
}

#[test]
fn reaping_others_asks_first() {
    apart("terminal::reaping_others_asks_first", |place| {
        let orphan = place.file("orphan", b"abc");
        for (answer, code) in [("n", 1), ("y", 0)] {
            let mut session = on_terminal(place.nshm(["reap", "--all"]));
            session
                .exp_string("the orphan posix:/orphan (3 B)")
                .expect("it says what would go");
            session.exp_string("[y/N]").expect("it asks");
            assert!(orphan.exists());
            session.send_line(answer).expect("an answer");
            session.exp_eof().expect("it ends");
            assert_eq!(exit_code(&session), code);
            assert_eq!(orphan.exists(), answer == "n");
        }
    });
}
