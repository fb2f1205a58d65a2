//! Tests with AddressSanitizer: those of the core, and the C programs with the library that they
//! are linked to.

use std::process::Command;

use anyhow::Result;

use super::{Context, Outcome};
use crate::cargo;

/// The test of nshm-capi whose programs have the sanitizers of their own compiler.
const C_TEST: &str = "under_sanitizers";

/// The models of waiting run their threads on stacks of their own, and give up a run by unwinding them.
/// The sanitizer takes that for a use after the scope; Wine cannot unwind there.
pub(crate) const MODEL: &str = "::model::";

/// The tests of the core.
pub(super) fn core(context: &Context<'_>) -> Result<Outcome> {
    let mut tests = vec!["-p", "nshm", "--lib"];
    if context.workspace.has_target("nshm", "test", "it") {
        tests.extend(["--test", "it"]);
    }
    let skipped =
        format!("protocol{MODEL}*: their threads have stacks that the sanitizer does not know");
    context.skipped.borrow_mut().push(skipped);
    run(context, |command| command.args(tests))
}

/// The C programs: what either side does wrong with memory of the other one is seen.
pub(super) fn c(context: &Context<'_>) -> Result<Outcome> {
    run(context, |command| {
        command.args(["-p", "nshm-capi", "--test", "own", C_TEST])
    })
}

fn run(context: &Context<'_>, tests: impl FnOnce(&mut Command) -> &mut Command) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let mut command = context.workspace.nightly();
    tests(command.args(["test", "--no-fail-fast"]));
    // With a target of its own, so that build scripts and macros stay without it.
    command.args(["--target", &cargo::host(context.until)?]);
    command.args(["--", "--skip", MODEL]);
    command.env("RUSTFLAGS", "-Zsanitizer=address");
    command.env("CARGO_TARGET_DIR", context.workspace.target().join("asan"));
    context.run_tests(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo is content where no test has the name.
    #[test]
    fn the_test_of_c_programs_is_there() {
        let tests = include_str!("../../../crates/nshm-capi/tests/own/main.rs");
        assert!(tests.contains(&format!("fn {C_TEST}()")));
    }
}
