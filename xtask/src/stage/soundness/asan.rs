//! Tests with AddressSanitizer, and with LeakSanitizer, which is a part of it: those of the core, and
//! the C programs with the library that they are linked to.

use std::process::Command;

use anyhow::Result;

use super::canary::{self, Fault};
use super::{MODEL, conclude};
use crate::cargo;
use crate::stage::{Context, Outcome};

/// The test of nshm-capi whose programs have the sanitizers of their own compiler.
const C_TEST: &str = "under_sanitizers";

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "leak",
        found: "LeakSanitizer: detected memory leaks",
    },
    Fault {
        name: "use-after-free",
        found: "AddressSanitizer: heap-use-after-free",
    },
];

/// The tests of the core.
pub(super) fn core(context: &Context<'_>) -> Result<Outcome> {
    let skipped =
        format!("protocol{MODEL}*: their threads have stacks that the sanitizer does not know");
    context.skipped.borrow_mut().push(skipped);
    run(
        context,
        "asan",
        "the core under AddressSanitizer and LeakSanitizer",
        &["-p", "nshm", "--lib", "--test", "it"],
    )
}

/// The C programs: what either side does wrong with memory of the other one is seen.
pub(super) fn c(context: &Context<'_>) -> Result<Outcome> {
    run(
        context,
        "c-asan",
        "C programs and their library under the sanitizers",
        &[
            "-p",
            "nshm-capi",
            "--test",
            "own",
            "--test",
            "win32",
            C_TEST,
        ],
    )
}

/// A cargo command that builds with the sanitizers.
pub(super) fn cargo(what: &str, context: &Context<'_>) -> Result<Command> {
    let mut command = context.workspace.nightly();
    // With a target of its own, so that build scripts and macros stay without it.
    command.args([what, "--target", &cargo::host(context.until)?]);
    command.env("RUSTFLAGS", "-Zsanitizer=address");
    command.env("CARGO_TARGET_DIR", context.workspace.target().join("asan"));
    Ok(command)
}

fn run(context: &Context<'_>, name: &str, what: &str, tests: &[&str]) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    canary::sing(&mut cargo("build", context)?, &[], FAULTS, context)?;
    let mut command = cargo("test", context)?;
    command.arg("--no-fail-fast").args(tests);
    command.args(["--", "--skip", MODEL]);
    conclude(context, name, what, context.count_tests(&mut command)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo is content where no test has the name.
    #[test]
    fn the_test_of_c_programs_is_there() {
        let tests = include_str!("../../../../crates/nshm-capi/tests/own/main.rs");
        assert!(tests.contains(&format!("fn {C_TEST}()")));
    }
}
