use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use crate::support::{Holder, LIMIT, Place, code, finish, finish_within, kill};

/// What a next owner is told.
const ABANDONED: &str = "note: the last owner of x ended without unlocking it";

/// An event that commands wait for, so that the test lets them go on.
struct Gate<'p> {
    place: &'p Place,
    holder: Holder,
}

impl<'p> Gate<'p> {
    fn new(place: &'p Place) -> Self {
        let event = place.nshm(["event", "create", "gate", "--manual"]);
        let holder = Place::hold_by(event);
        Gate { place, holder }
    }

    /// Says when it runs, and stays.
    fn script(&self) -> String {
        let nshm = env!("CARGO_BIN_EXE_nshm");
        format!("echo runs; '{nshm}' event wait gate --timeout 60s; exit 7")
    }

    /// Lets a command go on that has run under the mutex, and waits for its end.
    fn let_go(self, holder: Holder) -> ExitStatus {
        self.place.run(["event", "set", "gate"]).ok();
        let status = holder.wait();
        self.holder.release();
        status
    }
}

/// Runs something under the mutex, and waits until it runs.
fn locked(place: &Place, script: &str) -> Holder {
    let holder = Holder::start(place.nshm(["lock", "x", "--", "sh", "-c", script]));
    holder.expect("runs");
    holder
}

#[test]
fn one_runs_at_a_time_and_ends_with_its_exit_code() {
    let place = Place::new();
    let gate = Gate::new(&place);
    let first = locked(&place, &gate.script());
    let busy = place
        .run(["lock", "x", "--timeout", "0s", "--", "true"])
        .code(1);
    let words = format!(
        "nshm: timed out after 0s: mutex `x` is owned by thread {} (",
        first.pid()
    );
    assert!(busy.stderr.starts_with(&words), "{busy:?}");
    let told = ["--timeout-code", "75", "--", "true"];
    place
        .run([&["lock", "x", "--timeout", "10ms"], &told[..]].concat())
        .code(75);

    let second = Holder::start(place.nshm(["lock", "x", "--", "echo", "second"]));
    place.await_holders("x", 2);
    assert_eq!(code(gate.let_go(first)), 7);
    second.expect("second");
    assert_eq!(code(second.wait()), 0);
    // Nobody has told of an abandoned mutex, and the mutex has gone.
    let alone = place.run(["lock", "x", "--", "echo", "alone"]).ok();
    assert_eq!((alone.text(), alone.stderr.as_str()), ("alone\n", ""));
    place.assert_empty();
}

#[test]
fn what_is_done_under_it_is_done_by_one_at_a_time() {
    let place = Place::new();
    let counter = place.file("counter", b"0\n");
    let add = format!("read n <'{0}'; echo $((n + 1)) >'{0}'", counter.display());
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let script = format!(
        "for i in 1 2 3 4; do (for j in $(seq 25); do '{nshm}' lock x -- sh -c \"$0\" || exit 1; \
         done) & done; wait"
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, &add]);
    place.here(&mut command);
    let done = finish_within(command, b"", 4 * LIMIT).ok();
    assert_eq!(
        done.stderr, "",
        "nobody was killed, so nothing was abandoned"
    );
    assert_eq!(std::fs::read(&counter).expect("the counter"), b"100\n");
    place.assert_empty();
}

#[test]
fn a_killed_owner_gives_it_to_the_next_one_who_is_told_once() {
    let place = Place::new();
    let gate = Gate::new(&place);
    let mut first = locked(&place, &gate.script());
    let next = place.nshm(["lock", "x", "--", "sh", "-c", "echo next >&2; exit 8"]);
    let next = std::thread::spawn(move || finish(next, b""));
    place.await_holders("x", 2);
    let third = stopped(&place);
    assert_eq!(first.kill().signal(), Some(9));
    let next = next.join().expect("it ends").code(8);
    assert!(next.stderr.starts_with(ABANDONED), "{next:?}");
    assert!(next.stderr.ends_with("half-done\nnext\n"), "{next:?}");
    let after = place.run(["lock", "x", "--", "true"]).ok();
    assert_eq!(after.stderr, "", "it is told once");
    go_on(third);
    // The command of the first one goes on without its lock.
    gate.let_go(first);
    place.assert_empty();
}

/// One that waits for the mutex and is stopped: it keeps the mutex alive, and does not take it.
fn stopped(place: &Place) -> Holder {
    let before = place.holders("x");
    let holder = Holder::start(place.nshm(["lock", "x", "--", "echo", "goes on"]));
    place.await_holders("x", before + 1);
    kill(holder.pid(), Signal::STOP);
    let pid = Pid::from_raw(holder.pid().cast_signed()).expect("a pid");
    waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED).expect("it stops");
    holder
}

fn go_on(stopped: Holder) {
    kill(stopped.pid(), Signal::CONT);
    stopped.expect("goes on");
    assert_eq!(code(stopped.wait()), 0);
}

#[test]
fn signals_go_to_the_command_and_the_lock_outlasts_them() {
    let place = Place::new();
    let nshm = env!("CARGO_BIN_EXE_nshm");
    let script = format!(
        "trap '\"{nshm}\" lock x --timeout 0s --timeout-code 9 -- true; echo $?; kill $!; exit 5' \
         TERM; sleep 30 >/dev/null 2>&1 & echo runs; wait"
    );
    let holder = locked(&place, &script);
    kill(holder.pid(), Signal::INT);
    kill(holder.pid(), Signal::TERM);
    holder.expect("9");
    assert_eq!(code(holder.wait()), 5);
    place.assert_empty();
}

#[test]
fn a_signal_ends_the_wait_for_it() {
    let place = Place::new();
    let gate = Gate::new(&place);
    let first = locked(&place, &gate.script());
    let waiter = Holder::start(place.nshm(["lock", "x", "--", "echo", "never"]));
    place.await_holders("x", 2);
    assert_eq!(code(waiter.end(Signal::INT)), 130);
    assert_eq!(code(gate.let_go(first)), 7);
    place.assert_empty();
}

#[test]
fn a_command_that_cannot_be_run_does_not_abandon_it() {
    let place = Place::new();
    let gate = Gate::new(&place);
    let first = locked(&place, &gate.script());
    let keeper = stopped(&place);
    assert_eq!(code(gate.let_go(first)), 7);
    let missing = place
        .run(["lock", "x", "--", "./no-such-program"])
        .code(127);
    let words = "nshm: failed to run ./no-such-program: ";
    assert!(missing.stderr.starts_with(words), "{missing:?}");
    place.run(["lock", "x", "--", "/"]).code(126);
    assert_eq!(place.run(["lock", "x", "--", "true"]).ok().stderr, "");
    go_on(keeper);
    place.run(["lock", "x"]).code(2);
    place.run(["lock", "x", "true"]).code(2);
    place.assert_empty();
}
