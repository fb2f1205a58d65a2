//! The tests of nshm-capi whose C programs run under valgrind.

use anyhow::Result;

use super::canary::{self, Fault};
use super::conclude;
use crate::stage::{Context, Outcome};

/// The name of the tests.
const TEST: &str = "under_valgrind";

/// What the tests call valgrind with, as far as it decides what is found.
const RUNNER: &[&str] = &[
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--error-exitcode=99",
];

const FAULTS: &[Fault] = &[
    Fault {
        name: "leak",
        found: "are definitely lost",
    },
    Fault {
        name: "use-after-free",
        found: "Invalid read of size 4",
    },
];

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let mut build = context.workspace.cargo();
    canary::sing(build.arg("build"), RUNNER, FAULTS, context)?;
    let mut tests = context.workspace.cargo();
    tests.args(["test", "--no-fail-fast", "-p", "nshm-capi"]);
    tests.args(["--test", "own", "--test", "win32", TEST]);
    let tally = context.count_tests(&mut tests)?;
    conclude(context, "valgrind", "C programs under valgrind", tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo is content where no test has the name.
    #[test]
    fn the_tests_are_there() {
        let own = include_str!("../../../../crates/nshm-capi/tests/own/main.rs");
        let win32 = include_str!("../../../../crates/nshm-capi/tests/win32/main.rs");
        for tests in [own, win32] {
            assert!(tests.contains(&format!("fn {TEST}()")));
        }
    }
}
