use crate::support::Place;

#[test]
fn takes_the_name_and_leaves_the_memory() {
    let place = Place::new();
    let old = place.hold(["x", "--size", "1", "--text", "o"]);
    let done = place.run(["remove", "x", "--yes"]).ok();
    assert!(
        done.stderr.contains(&format!("held by {}", old.pid())),
        "{done:?}"
    );
    assert!(done.text().contains("removed the name x"));
    place.run(["read", "x"]).code(3);
    // The name is free, and the old holder's end does not take it from the new one.
    let new = place.hold(["x", "--size", "1", "--text", "n"]);
    old.release();
    assert_eq!(place.run(["read", "x", "--text"]).ok().text(), "n\n");
    new.release();
    place.run(["remove", "x", "--yes"]).code(3);
    place.assert_empty();
}

#[test]
fn without_a_terminal_it_does_not_ask() {
    let place = Place::new();
    let holder = place.hold(["x", "--size", "1"]);
    let done = place.feed(["remove", "x"], b"y\n").code(2);
    assert!(done.stderr.contains("hint: --yes"), "{done:?}");
    place.run(["wait", "x", "--timeout", "0s"]).ok();
    // What there is to ask about is looked at first.
    let absent = place.run(["remove", "nope"]).code(3);
    assert!(!absent.stderr.contains("terminal"), "{absent:?}");
    for name in ["posix:/nope", "sysv:2147483647"] {
        let absent = place.run(["remove", name]).code(3);
        let why = "no live object has this name\n";
        assert!(absent.stderr.ends_with(why), "{absent:?}");
    }
    let bad = place.run(["remove", r"a\b"]).code(2);
    assert!(bad.stderr.contains("parse the name"), "{bad:?}");
    holder.release();
    place.assert_empty();
}
