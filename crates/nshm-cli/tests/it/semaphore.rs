use rustix::process::Signal;

use crate::support::{Holder, Place, code};

/// Holds a semaphore.
fn semaphore(place: &Place, count: &str, max: &str) -> Holder {
    Place::hold_by(place.nshm(["semaphore", "create", "x", "--count", count, "--max", max]))
}

/// Gives one back to what counts so many.
#[track_caller]
fn gives_one(place: &Place, before: u32) {
    let done = place.run(["semaphore", "release", "x"]).ok();
    let wanted = format!("gave back 1 to x, which counted {before}\n");
    assert_eq!(done.text(), wanted);
}

#[test]
fn what_was_taken_stays_taken_until_it_is_given_back() {
    let place = Place::new();
    let holder = semaphore(&place, "2", "3");
    let take = || place.run(["semaphore", "acquire", "x", "--timeout", "0s"]);
    for _ in 0..2 {
        assert_eq!(take().ok().text(), "took one of x\n");
    }
    assert_eq!(
        take().code(1).stderr,
        "nshm: timed out after 0s: semaphore `x` had none to take\n"
    );
    let give = |count| place.run(["semaphore", "release", "x", "--count", count]);
    assert_eq!(give("2").ok().text(), "gave back 2 to x, which counted 0\n");
    gives_one(&place, 2);
    let refused = give("1").code(1);
    assert!(
        refused.stderr.contains("more than its maximum"),
        "{refused:?}"
    );
    give("0").code(2);
    take().ok();
    holder.release();
    place.assert_empty();
}

#[test]
fn who_waits_gets_what_another_process_gives() {
    let place = Place::new();
    let holder = semaphore(&place, "0", "1");
    let waiter = Holder::start(place.nshm(["semaphore", "acquire", "x"]));
    place.await_holders("x", 2);
    gives_one(&place, 0);
    waiter.expect("took one of x");
    assert_eq!(code(waiter.wait()), 0);
    // A waiter that is told to end has taken none.
    let waiter = Holder::start(place.nshm(["semaphore", "acquire", "x"]));
    place.await_holders("x", 2);
    assert_eq!(code(waiter.end(Signal::TERM)), 143);
    gives_one(&place, 0);
    holder.release();
    place.assert_empty();
}

#[test]
fn counts_that_cannot_be() {
    let place = Place::new();
    let words = ["--for", "0s"];
    for (count, max, why) in [
        (
            "3",
            "2",
            "nshm: failed to create semaphore `x`: the count 3 is greater than the maximum 2",
        ),
        ("0", "0", "the maximum is 0, and must be 1 to 2147483647"),
        (
            "0",
            "2147483648",
            "the maximum is 2147483648, and must be 1 to",
        ),
        ("-1", "2", "'-1' for '--count <N>': expected a plain number"),
        ("1K", "2", "'1K' for '--count <N>': expected a plain number"),
    ] {
        let made = ["semaphore", "create", "x", "--count", count, "--max", max];
        let done = place.run([&made[..], &words].concat()).code(2);
        assert!(done.stderr.contains(why), "{done:?}");
    }
    place.run(["semaphore", "create", "x"]).code(2);
    place.run(["semaphore", "acquire", "x"]).code(3);
    let most = ["--count", "2147483647", "--max", "2147483647"];
    let made = [&["semaphore", "create", "x"], &most[..], &words].concat();
    assert!(place.run(made).ok().text().starts_with(
        "created x: a semaphore, 2147483647 of at most 2147483647, for its owner only\n"
    ));
    place.assert_empty();
}
