use crate::support::Place;

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
