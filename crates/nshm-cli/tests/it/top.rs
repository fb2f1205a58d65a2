use crate::support::Place;
use crate::users::two_users;

#[test]
fn objects_are_sorted_inspected_watched_and_copied_out() {
    let place = Place::new();
    let small = place.hold(["small", "--size", "4K", "--text", "first"]);
    let large = place.hold([r"Global\large", "--size", "8M"]);
    let also = place.hold(["small", "--size", "4K", "--open"]);
    let mut tty = place.tty(["top", "--interval", "100ms"]);
    let line = |text: &str, name: &str| -> Option<usize> {
        text.lines()
            .position(|line| line.trim_start().starts_with(name))
    };
    let text = tty.wait_for("B/s").expect("a rate");
    assert!(text.contains("2 objects   8.0 MiB promised"), "{text}");
    assert!(
        line(&text, r"Global\large") < line(&text, "small "),
        "{text}"
    );
    // By holders.
    tty.type_("h").expect("a key");
    let text = tty.wait_for("sorted by holders").expect("another order");
    assert!(
        line(&text, "small ") < line(&text, r"Global\large"),
        "{text}"
    );
    tty.type_("i").expect("a key");
    let details = format!(" holders {} (", small.pid().min(also.pid()));
    let text = tty.wait_for(&details).expect("the details");
    for pid in [small.pid(), also.pid()] {
        assert!(text.contains(&format!("{pid} (")), "{pid}: {text}");
    }
    // A rate that is not nothing, while somebody writes.
    for letter in ["a", "b", "c", "d"] {
        place.run(["write", "small", "--text", letter]).ok();
    }
    tty.type_("w").expect("a key");
    tty.wait_for("sorted by writes").expect("another order");
    let file = place.path().join("copy");
    let file = file.to_str().expect("UTF-8");
    tty.type_("n\x1b[F").expect("the last by name");
    tty.wait_for("sorted by name").expect("another order");
    tty.type_("c").expect("a key");
    tty.wait_for("copy to: small-").expect("a name");
    tty.type_(&format!("\x15{file}\r")).expect("another name");
    tty.wait_for("saved 4 KiB to").expect("it is said");
    place.run(["diff", "small", file]).ok();
    tty.type_("v").expect("a key");
    tty.wait_for("00000000  64 69 72 73 74").expect("its bytes");
    tty.type_("q").expect("a key");
    tty.wait_for("sorted by name").expect("the list again");
    // What goes is not there any more, and no longer held by the list.
    small.release();
    also.release();
    tty.wait_for("it has gone").expect("it is said");
    tty.wait_for("1 object ").expect("one is left");
    tty.type_("/x").expect("keys");
    tty.wait_for("no name has that in it").expect("it is said");
    tty.type_("\x1b").expect("a key");
    large.release();
    tty.wait_for("nothing is alive").expect("it is said");
    tty.resize(30, 5).expect("another size");
    tty.wait_for("too small").expect("it is said");
    tty.type_("q").expect("a key");
    assert_eq!(tty.end().expect("it ends"), 0);
    assert!(!tty.screen().alternate_screen());
    place.assert_empty();
}

/// How fast a name is written, in bytes a second, as it is on the screen.
fn rate(text: &str, name: &str) -> Option<f64> {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(name))?;
    let words: Vec<_> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.starts_with("B/s"))?;
    words.get(at - 1)?.parse().ok()
}

#[test]
fn the_rate_of_writes_is_seen() {
    let place = Place::new();
    let busy = place.hold(["busy", "--size", "4K"]);
    let idle = place.hold(["idle", "--size", "1M"]);
    let tty = place.tty(["top", "--interval", "300ms", "--sort", "writes"]);
    tty.wait_for("0 B/s+").expect("a sample of the large one");
    let mut number = 0_u8;
    let seen = loop {
        number += 1;
        let letter = char::from(b'a' + number % 26).to_string();
        place
            .run(["write", "busy", "--text", &letter.repeat(100)])
            .ok();
        let text = tty.text();
        if rate(&text, "busy").is_some_and(|rate| rate > 0.0) {
            break text;
        }
        assert!(number < 200, "{text}");
    };
    assert_eq!(rate(&seen, "idle"), Some(0.0), "{seen}");
    drop(tty);
    busy.release();
    idle.release();
}

#[test]
fn what_may_not_be_read_is_listed_all_the_same() {
    let Some((place, program)) = two_users("what_may_not_be_read_is_listed_all_the_same") else {
        return;
    };
    let global = place.hold([r"Global\x", "--size", "4K"]);
    let local = place.hold(["y", "--size", "4K"]);
    // The terminal is root's, so it is setpriv that changes the user behind it.
    let mut command = std::process::Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(&program)
        .args(["top", "--interval", "100ms"]);
    place.here(&mut command);
    let mut tty =
        nshm_tty::Tty::start(&command, 80, 24, crate::support::LIMIT).expect("a terminal");
    let text = tty.wait_for("may not read").expect("it is listed");
    assert!(
        text.contains(r"Global\x") && text.contains("1 object "),
        "{text}"
    );
    assert!(text.contains("not shown: the names of root"), "{text}");
    tty.type_("iv").expect("keys");
    let text = tty.wait_for("cannot be read").expect("it is said");
    assert!(
        text.contains("access denied") || text.contains("failed to open"),
        "{text}"
    );
    tty.type_("q").expect("a key");
    tty.wait_for("nobody this user can see")
        .expect("it is said");
    tty.type_("q").expect("a key");
    assert_eq!(tty.end().expect("it ends"), 0);
    global.release();
    local.release();
}
