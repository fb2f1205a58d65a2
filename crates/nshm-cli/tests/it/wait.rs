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
    assert!(done.stderr.contains("timed out"), "{done:?}");
    place.run(["wait", "x", "--timeout", "0s"]).code(1);
    place.run(["wait", "x", "--timeout", "soon"]).code(2);
}
