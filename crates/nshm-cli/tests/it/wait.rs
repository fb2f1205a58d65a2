use std::time::Instant;

use crate::support::{Holder, Place, code};

#[test]
fn returns_when_the_section_is_there() {
    let place = Place::new();
    let name = r"Global\late";
    let waiter = Holder::start(place.nshm(["wait", name, "--timeout", "25s"]));
    let holder = place.hold([name, "--size", "4K"]);
    waiter.expect(r"Global\late is there: 4 KiB");
    assert_eq!(code(waiter.wait()), 0);
    // At once when it is there already.
    place.run(["wait", name]).ok();
    holder.release();
    place.assert_empty();
}

#[test]
fn a_timeout_is_a_failure() {
    let place = Place::new();
    let begun = Instant::now();
    let done = place.run(["wait", "x", "--timeout", "100ms"]).code(1);
    assert!(begun.elapsed().as_millis() >= 100);
    let words = "nshm: timed out after 100ms: nothing has the name `x`\n";
    assert_eq!(done.stderr, words);
    place.run(["wait", "x", "--timeout", "0s"]).code(1);
    place.run(["wait", "x", "--timeout", "soon"]).code(2);
}

#[test]
fn a_name_of_any_kind_ends_the_wait() {
    let place = Place::new();
    let waiter = Holder::start(place.nshm(["wait", "x", "--timeout", "25s"]));
    let event = Place::hold_by(place.nshm(["event", "create", "x"]));
    waiter.expect("x is there: an event");
    assert_eq!(code(waiter.wait()), 0);
    let count = ["--count", "0", "--max", "1"];
    let semaphore = place.nshm([&["semaphore", "create", "s"], &count[..]].concat());
    let semaphore = Place::hold_by(semaphore);
    let there = place.run(["wait", "s", "--timeout", "0s"]).ok();
    assert_eq!(there.text(), "s is there: a semaphore\n");
    event.release();
    semaphore.release();
    place.assert_empty();
}

#[test]
fn the_help_tells_a_wait_for_a_name_from_the_other_waits() {
    let place = Place::new();
    let help = place.run(["wait", "--help"]).ok();
    for words in ["nshm event wait", "nshm semaphore acquire", "nshm lock"] {
        assert!(help.text().contains(words), "{words}");
    }
    assert!(help.text().contains("0s asks without waiting"));
}

#[test]
fn an_object_of_another_library_is_not_waited_for_and_the_reason_is_said() {
    let place = Place::new();
    let done = place.run(["wait", "posix:/x", "--timeout", "0s"]).code(1);
    assert_eq!(
        done.stderr.lines().next(),
        Some(
            "nshm: failed to make, remove or wait for `posix:/x`: a POSIX object belongs to the \
             program that made it"
        )
    );
}
