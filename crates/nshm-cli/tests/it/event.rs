use std::time::Instant;

use rustix::process::Signal;

use crate::support::{Holder, Place, code};

/// Holds an event.
fn event(place: &Place, words: &[&str]) -> Holder {
    Place::hold_by(place.nshm([&["event", "create"], words].concat()))
}

#[test]
fn who_waits_goes_on_when_another_process_sets_it() {
    let place = Place::new();
    let holder = event(&place, &["x"]);
    let waiters = [(); 2].map(|()| Holder::start(place.nshm(["event", "wait", "x"])));
    place.await_holders("x", 3);
    assert_eq!(place.run(["event", "set", "x"]).ok().text(), "set x\n");
    place.await_holders("x", 2);
    place.run(["event", "set", "x"]).ok();
    for waiter in waiters {
        waiter.expect("x was set");
        assert_eq!(code(waiter.wait()), 0);
    }
    // Each has taken one of both.
    place.run(["event", "wait", "x", "--timeout", "0s"]).code(1);
    holder.release();
    place.assert_empty();
}

#[test]
fn one_that_resets_itself_lets_one_go_and_the_other_kind_everybody() {
    let place = Place::new();
    let now = ["--timeout", "0s"];
    for (kind, expected) in [(&["x"][..], [0, 1, 1]), (&["x", "--manual"], [0, 0, 1])] {
        let holder = event(&place, &[kind, &["--set"]].concat());
        let wait = |code| {
            place
                .run([&["event", "wait", "x"], &now[..]].concat())
                .code(code)
        };
        assert_eq!(wait(expected[0]).text(), "x was set\n");
        wait(expected[1]);
        assert_eq!(place.run(["event", "reset", "x"]).ok().text(), "reset x\n");
        let done = wait(expected[2]);
        assert_eq!(
            done.stderr,
            "nshm: timed out after 0s: event `x` was not set\n"
        );
        // Nobody waits, so nobody has seen it.
        place.run(["event", "set", "x"]).ok();
        assert_eq!(place.run(["event", "pulse", "x"]).ok().text(), "pulsed x\n");
        wait(1);
        holder.release();
    }
    place.assert_empty();
}

#[test]
fn a_timeout_is_waited_for() {
    let place = Place::new();
    let holder = event(&place, &["x"]);
    let begun = Instant::now();
    place
        .run(["event", "wait", "x", "--timeout", "100ms"])
        .code(1);
    assert!(begun.elapsed().as_millis() >= 100);
    place
        .run(["event", "wait", "x", "--timeout", "soon"])
        .code(2);
    holder.release();
    place.run(["event", "wait", "x"]).code(3);
    place.run(["event", "set", "x"]).code(3);
    place.assert_empty();
}

#[test]
fn a_signal_ends_a_wait_and_leaves_no_name() {
    for (signal, expected) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let place = Place::new();
        let holder = event(&place, &["x"]);
        let waiter = Holder::start(place.nshm(["event", "wait", "x"]));
        place.await_holders("x", 2);
        // Now the waiter is its last user.
        holder.release();
        assert_eq!(code(waiter.end(signal)), expected, "{signal:?}");
        place.assert_empty();
    }
}

#[test]
fn is_held_as_a_section_is() {
    let place = Place::new();
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let script = format!("'{nshm}' event wait x --timeout 0s; exit 7");
    let done = place
        .run(["event", "create", "x", "--set", "--", "sh", "-c", &script])
        .code(7);
    assert_eq!(done.text(), "x was set\n");
    let made = "created x: an event, set, automatic reset, for its owner only\n";
    assert!(done.stderr.starts_with(made), "{done:?}");
    place.assert_empty();

    let first = event(&place, &["x", "--manual"]);
    let refused = place.run(["event", "create", "x"]).code(4);
    assert!(
        refused.stderr.contains("hint: --open joins it"),
        "{refused:?}"
    );
    let second = Holder::start(place.nshm(["event", "create", "x", "--open", "--set"]));
    // What exists stays as it is.
    second.expect("joined x: an event, not set, manual reset");
    second.expect("holding it");
    first.release();
    place.run(["event", "set", "x"]).ok();
    second.release();
    place.run(["event", "create", "x", "--for", "10ms"]).ok();
    place.assert_empty();
}
