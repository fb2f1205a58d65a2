use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use crate::support::{Holder, Place, code};

const MESSAGE: &str = "Message from first process.";

#[test]
fn a_second_process_reads_what_the_first_one_wrote() {
    let place = Place::new();
    let name = r"Global\MyFileMappingObject";
    let mut command = place.nshm(["create", name, "--size", "256", "--text", MESSAGE]);
    let holder = Holder::start({
        command.env("LANG", "C");
        command
    });
    let made = holder.expect("created");
    assert!(made.contains(name) && made.contains("27 bytes"), "{made}");
    holder.expect("SIGTERM");
    let read = place.run(["read", name, "--text"]).ok();
    assert_eq!(read.text(), format!("{MESSAGE}\n"));
    holder.release();
    place.run(["read", name, "--text"]).code(3);
    place.assert_empty();
}

#[test]
fn signals_end_the_hold_and_release_the_name() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let place = Place::new();
        let holder = place.hold(["x", "--size", "1"]);
        assert_eq!(code(holder.end(signal)), 0, "{signal:?}");
        place.assert_empty();
    }
}

#[test]
fn a_kill_releases_the_name_and_the_next_one_reads_zeros() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "1M", "--text", "old"]);
    assert_eq!(holder.end(Signal::KILL).signal(), Some(9));
    place.run(["read", "x"]).code(3);
    let next = place.hold(["x", "--size", "1M"]);
    let bytes = place.run(["read", "x"]).ok().stdout;
    assert!(bytes.len() == 1 << 20 && bytes.iter().all(|byte| *byte == 0));
    next.release();
    place.assert_empty();
}

#[test]
fn holds_for_a_duration() {
    let place = Place::new();
    let begun = std::time::Instant::now();
    let done = place
        .run(["create", "x", "--size", "1", "--for", "150ms"])
        .ok();
    assert!(begun.elapsed().as_millis() >= 150);
    assert!(done.text().contains("for 150ms"), "{done:?}");
    place.assert_empty();
}

#[test]
fn holds_while_a_command_runs_and_gives_its_exit_code() {
    let place = Place::new();
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let script = format!("'{nshm}' read x --text; exit 7");
    let done = place
        .run([
            "create", "x", "--size", "9", "--text", "seen", "--", "sh", "-c", &script,
        ])
        .code(7);
    // Its stdout is the command's alone.
    assert_eq!(done.text(), "seen\n");
    assert!(done.stderr.contains("created x"), "{done:?}");
    place.assert_empty();

    place
        .run(["create", "x", "--size", "9", "--", "sh", "-c", "kill -9 $$"])
        .code(128 + 9);
    place.assert_empty();
}

#[test]
fn nothing_is_said_to_be_held_while_a_command_runs_that_does_not() {
    let place = Place::new();
    for (program, code) in [("./no-such-program", 127), ("/", 126)] {
        for words in [
            &["create", "x", "--size", "9"][..],
            &["event", "create", "x"],
            &["semaphore", "create", "x", "--count", "0", "--max", "1"],
            &["lock", "x"],
        ] {
            let done = place.run([words, &["--", program]].concat()).code(code);
            let why = format!("nshm: failed to run {program}: ");
            assert!(done.stderr.starts_with(&why), "{words:?}: {done:?}");
            assert_eq!(done.stderr.lines().count(), 1, "{words:?}: {done:?}");
        }
    }
    place.assert_empty();
}

#[test]
fn a_command_gets_the_signals_and_the_section_outlasts_them() {
    let place = Place::new();
    // The command shows that it got SIGTERM by its exit code, and that the name was still there.
    let nshm = env!("CARGO_BIN_EXE_nshm");
    // A `wait` that a signal interrupts lets sh run the trap at once.
    let script = format!(
        "trap '\"{nshm}\" read x --text; kill $!; exit 5' TERM; \
         sleep 30 >/dev/null 2>&1 & echo ready; wait"
    );
    let holder = Holder::start(place.nshm([
        "create",
        "x",
        "--size",
        "10",
        "--text",
        "still here",
        "--",
        "sh",
        "-c",
        &script,
    ]));
    holder.expect("ready");
    // SIGINT alone is the terminal's business: it does not end us.
    crate::support::kill(holder.pid(), Signal::INT);
    crate::support::kill(holder.pid(), Signal::TERM);
    holder.expect("still here");
    assert_eq!(code(holder.wait()), 5);
    place.assert_empty();
}

#[test]
fn begins_with_a_file_or_the_standard_input() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    let file = place.file("content", &bytes);
    let file = file.to_str().expect("UTF-8");
    let holder = place.hold(["x", "--size", "3M", "--from", file]);
    let read = place.run(["read", "x", "--length", "3000001"]).ok();
    assert!(read.stdout == bytes);
    holder.release();

    let piped = place.feed(
        [
            "create", "x", "--size", "2999999", "--from", "-", "--for", "0s",
        ],
        &bytes,
    );
    assert!(
        piped
            .code(1)
            .stderr
            .contains("longer than the 2999999 bytes")
    );
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let piped = place.feed(
        [
            "create", "x", "--size", "3000001", "--from", "-", "--", nshm, "read", "x", "--raw",
            "--length", "3000001",
        ],
        &bytes,
    );
    assert!(piped.ok().stdout == bytes);
    place.assert_empty();
}

#[test]
fn content_that_does_not_fit_is_refused_before_anything_is_created() {
    let place = Place::new();
    // The name is taken: an attempt to create would say so instead.
    let holder = place.hold(["x", "--size", "4"]);
    let file = place.file("content", b"12345");
    let file = file.to_str().expect("UTF-8");
    for words in [["--text", "12345"], ["--from", file]] {
        let mut args = vec!["create", "x", "--size", "4"];
        args.extend(words);
        let done = place.run(args).code(1);
        assert!(
            done.stderr.contains("has 5 bytes: more than the 4 bytes"),
            "{done:?}"
        );
        assert!(done.stderr.contains("hint: "), "{done:?}");
    }
    for from in ["/no/such/file", "/"] {
        let done = place
            .run(["create", "x", "--size", "4", "--from", from])
            .code(1);
        assert!(
            done.stderr.contains(&format!("failed to open {from}")),
            "{done:?}"
        );
    }
    // A file of unknown length is refused at its first byte too many.
    let endless = place.run(["create", "y", "--size", "4", "--from", "/dev/zero"]);
    assert!(endless.code(1).stderr.contains("longer than the 4 bytes"));
    place
        .run(["create", "x", "--size", "4", "--text", "1234"])
        .code(4);
    holder.release();
    place.assert_empty();
}

#[test]
fn nothing_new_is_called_as_what_others_make() {
    let place = Place::new();
    let saved = place.hold(["saved", "--size", "1"]);
    let file = place.path().join("file");
    let file = file.to_str().expect("UTF-8");
    place.run(["snapshot", "saved", file]).ok();
    saved.release();
    for name in ["sysv:7", "sysv:x", "posix:x"] {
        for words in [
            &["create", name, "--size", "1"][..],
            &["create", name, "--size", "1", "--open"],
            &["event", "create", name],
            &["semaphore", "create", name, "--count", "0", "--max", "1"],
            &["lock", name, "--", "true"],
            &["restore", file, name],
        ] {
            let done = place.run(words).code(2);
            let why = format!("nothing can be made under the name `{name}`: ");
            assert!(done.stderr.contains(&why), "{words:?}: {done:?}");
            let hint = format!(r"'Local\{name}'");
            assert!(done.stderr.contains(&hint), "{words:?}: {done:?}");
        }
    }
    // Written in full it is a name as any other, and is shown so.
    let holder = place.hold([r"Local\sysv:7", "--size", "4K", "--text", "own"]);
    let listed = place.run(["list", "--json"]).ok().json();
    assert_eq!(listed[0]["name"], r"Local\sysv:7");
    assert_eq!(
        place.run(["read", r"Local\sysv:7", "--text"]).ok().text(),
        "own\n"
    );
    holder.release();
    place.assert_empty();
}

#[test]
fn open_joins_an_existing_section() {
    let place = Place::new();
    let first = place.hold(["x", "--size", "8K", "--text", "old text"]);
    let refused = place.run(["create", "x", "--size", "8K"]).code(4);
    assert!(
        refused.stderr.contains("hint: --open joins it"),
        "{refused:?}"
    );
    let second = place.hold(["x", "--size", "1M", "--open", "--text", "new"]);
    first.release();
    // The second one keeps it.
    assert_eq!(place.run(["read", "x", "--text"]).ok().text(), "new text\n");
    let listed = place.run(["list", "--json"]).ok().json();
    assert_eq!(listed[0]["size"], 8192);
    second.release();
    place.assert_empty();

    let made = Holder::start(place.nshm(["create", "x", "--size", "1", "--open"]));
    made.expect("created x");
    made.expect("holding it");
    made.release();
    place.assert_empty();
}

#[test]
fn holding_goes_on_when_nobody_reads_the_announcement() {
    let place = Place::new();
    let mut command = place.nshm(["create", "x", "--size", "1", "--for", "1m"]);
    let mut child = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    place.run(["wait", "x", "--timeout", "20s"]).ok();
    crate::support::kill(child.id(), Signal::TERM);
    assert_eq!(code(child.wait().expect("it ends")), 0);
    place.assert_empty();
}
