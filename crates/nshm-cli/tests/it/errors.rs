use crate::support::{Place, finish};

#[test]
fn each_exit_code() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "1"]);
    for (code, args) in [
        (0, &["list"][..]),
        (0, &["--help"]),
        (0, &["--version"]),
        (0, &["create", "--help"]),
        (1, &["read", "x", "--offset", "1M"]),
        (1, &["create", "y", "--size", "4096T"]),
        (2, &[]),
        (2, &["frobnicate"]),
        (2, &["create", "y"]),
        (2, &["create", "y", "--size", "lots"]),
        (2, &["create", "y", "--size", "0"]),
        (2, &["create", "y", "--size", "1", "--for", "10"]),
        (2, &["create", r"a\b", "--size", "1"]),
        (2, &["read", ""]),
        (3, &["read", "y"]),
        (3, &["write", "y", "--text", "a"]),
        (3, &["info", "y"]),
        (3, &["remove", "y", "--yes"]),
        (4, &["create", "x", "--size", "1"]),
    ] {
        let done = place.run(args);
        assert_eq!(done.code, code, "{args:?}: {done:?}");
        assert_eq!(done.stderr.is_empty(), code == 0, "{args:?}: {done:?}");
    }
    holder.release();
    place.assert_empty();
}

#[test]
fn an_error_is_one_line_and_a_hint() {
    let place = Place::new();
    let done = place.run(["read", "nobody made this"]).code(3);
    assert_eq!(
        done.stderr,
        "nshm: failed to open section `nobody made this`: no live object has this name\n"
    );
    let done = place.run(["create", "x", "--size", "4096T"]).code(1);
    let lines: Vec<_> = done.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{done:?}");
    assert!(lines[0].starts_with("nshm: failed to create section `x`: "));
    // The system's own words come once, at the end.
    assert_eq!(lines[0].matches("os error").count(), 1, "{done:?}");
    assert!(lines[1].starts_with("hint: "));
}

#[test]
fn who_has_not_quoted_a_backslash_is_told() {
    let place = Place::new();
    for words in [
        &["read", "Globalx"][..],
        &["info", "Globalx"],
        &["event", "set", "Globalx"],
        &["remove", "Globalx", "--yes"],
    ] {
        let done = place.run(words).code(3);
        let hint = "\nhint: a shell takes a backslash that is not quoted: 'Global\\x'\n";
        assert!(done.stderr.ends_with(hint), "{words:?}: {done:?}");
    }
    let done = place.run(["read", r"Global\x"]).code(3);
    assert!(!done.stderr.contains("hint"), "{done:?}");
}

#[test]
fn every_help_has_a_paragraph_and_two_examples() {
    let place = Place::new();
    let commands = [
        "create",
        "read",
        "write",
        "list",
        "info",
        "wait",
        "event",
        "lock",
        "semaphore",
        "remove",
        "demo",
    ];
    let overview = place.run(["--help"]).ok();
    for code in 0..=5 {
        assert!(overview.text().contains(&format!("\n  {code}  ")), "{code}");
    }
    assert!(!overview.text().contains("demo-second"));
    for command in commands {
        assert!(
            overview.text().contains(&format!("\n  {command} ")),
            "{command}"
        );
        let help = place.run([command, "--help"]).ok();
        let (_, examples) = help.text().split_once("Examples:\n").expect("examples");
        let count = examples
            .lines()
            .filter(|line| line.contains("nshm"))
            .count();
        assert_eq!(count, 2, "{command}");
        let paragraph = help.text().split("\n\n").nth(1).expect("a paragraph");
        assert!(paragraph.len() > 100, "{command}: {paragraph}");
    }
}

#[test]
fn values_that_begin_with_a_dash_are_told_what_is_expected() {
    let place = Place::new();
    let bytes = "expected bytes as in";
    let number = "expected a plain number";
    let duration = "expected a duration as in 500ms, 10s, 2m";
    for (words, why) in [
        (&["create", "x", "--size", "-1"][..], bytes),
        (&["create", "x", "--size", "-1K"], bytes),
        (&["read", "x", "--offset", "-1"], bytes),
        (&["read", "x", "--length", "-1"], bytes),
        (&["write", "x", "--text", "a", "--offset", "-1"], bytes),
        (&["watch", "x", "--offset", "-1"], bytes),
        (&["diff", "x", "y", "--lines", "-1"], number),
        (&["semaphore", "release", "x", "--count", "-1"], number),
        (
            &["lock", "x", "--timeout-code", "-1", "--", "true"],
            "-1 is not in 0..=255",
        ),
        (&["wait", "x", "--timeout", "-1s"], duration),
    ] {
        let done = place.run(words).code(2);
        assert!(done.stderr.contains(why), "{words:?}: {done:?}");
        assert!(!done.stderr.contains("tip:"), "{words:?}: {done:?}");
    }
}

#[test]
fn a_size_of_nothing_is_told_from_an_object_of_nothing() {
    let place = Place::new();
    for size in ["0", "0K", "0x0"] {
        let done = place.run(["create", "x", "--size", size]).code(2);
        let why = format!("'{size}' for '--size <SIZE>': a section has at least one byte");
        assert!(done.stderr.contains(&why), "{done:?}");
    }
    place.file("empty", b"");
    for words in [
        &["read", "posix:/empty"][..],
        &["write", "posix:/empty", "--text", "a"],
        &["snapshot", "posix:/empty", "saved"],
    ] {
        place.run(words).code(1);
    }
}

#[test]
fn every_duration_is_told_what_is_expected() {
    let place = Place::new();
    for words in [
        &["create", "x", "--size", "1", "--for"][..],
        &["event", "create", "x", "--for"],
        &["event", "wait", "x", "--timeout"],
        &["semaphore", "acquire", "x", "--timeout"],
        &["lock", "x", "--timeout"],
        &["wait", "x", "--timeout"],
        &["watch", "x", "--interval"],
        &["top", "--interval"],
    ] {
        for duration in ["", "10", "soon"] {
            let done = place.run([words, &[duration]].concat()).code(2);
            let why = "expected a duration as in 500ms, 10s, 2m";
            assert!(done.stderr.contains(why), "{words:?}: {done:?}");
            assert!(done.stderr.contains("<DURATION>"), "{words:?}: {done:?}");
        }
    }
}

#[test]
fn a_missing_directory_is_one_error_for_every_new_name() {
    let place = Place::new();
    let missing = place.path().join("missing");
    let cure = format!("mkdir -p -m 1777 '{}'\n", missing.display());
    for name in ["x", r"Global\x"] {
        for words in [
            &["create", name, "--size", "1"][..],
            &["create", name, "--size", "1", "--open"],
            &["event", "create", name],
            &["lock", name, "--", "true"],
        ] {
            let mut command = place.nshm(words);
            command.env("NSHM_DIR", &missing);
            let done = finish(command, b"").code(1);
            assert!(done.stderr.contains("there is no directory"), "{done:?}");
            assert!(done.stderr.ends_with(&cure), "{words:?}: {done:?}");
        }
        let mut command = place.nshm(["read", name]);
        command.env("NSHM_DIR", &missing);
        finish(command, b"").code(3);
    }
    let mut command = place.nshm(["list"]);
    command.env("NSHM_DIR", &missing);
    let done = finish(command, b"").ok();
    assert!(done.stderr.contains("os error 2"), "{done:?}");
}
