use std::io::Read;
use std::process::Stdio;

use crate::support::Place;

#[test]
fn the_forms_of_reading() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8K", "--text", "Message from first process."]);
    // A pipe gets the bytes.
    let raw = place.run(["read", "x"]).ok().stdout;
    assert_eq!(raw.len(), 8192);
    assert!(raw.starts_with(b"Message from first process.\0"));
    assert_eq!(place.run(["read", "x", "--raw"]).ok().stdout, raw);
    let hex = place.run(["read", "x", "--hex", "--length", "0x12"]).ok();
    assert_eq!(
        hex.text(),
        "00000000  4d 65 73 73 61 67 65 20  66 72 6f 6d 20 66 69 72  |Message from fir|\n\
         00000010  73 74                                             |st|\n\
         00000012\n"
    );
    let part = ["read", "x", "--text", "--offset", "8", "--length", "4"];
    assert_eq!(place.run(part).ok().text(), "from\n");
    assert_eq!(
        place
            .run(["read", "x", "--text", "--offset", "4K"])
            .ok()
            .text(),
        "\n"
    );
    assert_eq!(place.run(["read", "x", "--offset", "8K"]).ok().stdout, b"");
    for out in [
        ["read", "x", "--offset", "8193"],
        ["read", "x", "--length", "8193"],
        ["read", "x", "--offset", "18446744073709551615"],
    ] {
        place.run(out).code(1);
    }
    place.run(["read", "x", "--text", "--hex"]).code(2);
    holder.release();
    place.assert_empty();
}

#[test]
fn text_ends_its_line_once_and_keeps_its_bytes_in_a_pipe() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "1K"]);
    place.feed(["write", "x", "-"], b"line\n").ok();
    assert_eq!(place.run(["read", "x", "--text"]).ok().text(), "line\n");
    place.feed(["write", "x", "-"], b"\x1b[31m\xff\0").ok();
    assert_eq!(
        place.run(["read", "x", "--text"]).ok().stdout,
        b"\x1b[31m\xff\n"
    );
    holder.release();
}

#[test]
fn writes_texts_files_and_streams_at_an_offset() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4M"]);
    let bytes: Vec<u8> = (0..(3 << 20) + 5_u32).map(|n| (n % 253) as u8).collect();
    let file = place.file("content", &bytes);
    let file = file.to_str().expect("UTF-8");
    let done = place.run(["write", "x", "--offset", "64K", file]).ok();
    assert_eq!(
        done.text(),
        format!("wrote {} bytes at offset 65536 of x\n", bytes.len())
    );
    let length = bytes.len().to_string();
    let back = place
        .run(["read", "x", "--offset", "0x10000", "--length", &length])
        .ok();
    assert!(back.stdout == bytes);
    place
        .feed(["write", "x", "-", "--offset", "64K"], &bytes[1..])
        .ok();
    let back = place
        .run(["read", "x", "--offset", "64KiB", "--length", &length])
        .ok();
    assert!(back.stdout[..bytes.len() - 1] == bytes[1..]);
    place.run(["write", "x", "--text", "-dash"]).ok();
    assert_eq!(place.run(["read", "x", "--text"]).ok().text(), "-dash\n");
    place.run(["write", "x", "--text", "a", "file"]).code(2);
    place.run(["write", "x"]).code(2);
    holder.release();
    place.assert_empty();
}

#[test]
fn what_runs_past_the_end_is_refused_and_told_how_much_fits() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "4K"]);
    let file = place.file("content", b"1234567");
    let file = file.to_str().expect("UTF-8");
    let fits = "only 6 bytes fit from offset 4090";
    for from in [&["--text", "1234567"][..], &[file]] {
        let mut args = vec!["write", "x", "--offset", "4090"];
        args.extend(from);
        let done = place.run(args).code(1);
        assert!(done.stderr.contains(fits), "{done:?}");
        // Its length was known, so nothing was written.
        let rest = place.run(["read", "x", "--offset", "4090"]).ok().stdout;
        assert_eq!(rest, [0; 6]);
    }
    let done = place
        .feed(["write", "x", "--offset", "4090", "-"], b"1234567")
        .code(1);
    assert!(done.stderr.contains(fits) && done.stderr.contains("hint: what fits was written"));
    let rest = place.run(["read", "x", "--offset", "4090"]).ok().stdout;
    assert_eq!(rest, b"123456");
    place
        .run(["write", "x", "--offset", "4090", "--text", "abcdef"])
        .ok();
    let one = ["write", "x", "--offset", "4095", "--text", "ab"];
    let one = place.run(one).code(1);
    assert!(
        one.stderr.contains("only 1 byte fits from offset 4095"),
        "{one:?}"
    );
    for behind in [
        &["write", "x", "--offset", "5000", "--text", ""][..],
        &["read", "x", "--offset", "5000"],
    ] {
        let done = place.run(behind).code(1);
        let words = "offset 5000 is behind the end at 4096";
        assert!(done.stderr.contains(words), "{done:?}");
    }
    place.run(["write", "x", "/no/such/file"]).code(1);
    place.run(["write", "x", "/"]).code(1);
    place.run(["write", "y", file]).code(3);
    holder.release();
}

#[test]
fn a_broken_pipe_is_no_error() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8M"]);
    for form in ["--raw", "--hex", "--text"] {
        place.run(["write", "x", "--text", "text"]).ok();
        let mut child = place
            .nshm(["read", "x", form])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let mut words = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut words).expect("readable");
        assert_eq!(
            child.wait().expect("it ends").code(),
            Some(0),
            "{form}: {words}"
        );
        assert_eq!(words, "");
    }
    for args in [&["list"][..], &["list", "--json"], &["--help"]] {
        let mut child = place
            .nshm(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{args:?}");
    }
    holder.release();
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "8K"]);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    for args in [&["read", "x"][..], &["list"], &["list", "--json"]] {
        let status = place
            .nshm(args)
            .stdout(full().expect("/dev/full"))
            .stderr(Stdio::null())
            .status()
            .expect("it runs");
        assert_eq!(status.code(), Some(1), "{args:?}");
    }
    holder.release();
}
