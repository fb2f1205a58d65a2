//! Tests with a standard library that is built for them: with its own checks of what it is called
//! with, or so that ThreadSanitizer sees which of its functions put threads into an order. (With the
//! library as it is shipped, every lock that has to wait would be a false alarm.)
//!
//! ThreadSanitizer sees one process at a time and no assembly: copies from 16 bytes on, and what
//! other processes do to a section, are not its business.

use anyhow::Result;

use super::canary::{self, Fault};
use super::rebuilt::Rebuilt;
use super::{MODEL, conclude};
use crate::stage::{Context, Outcome};

/// ThreadSanitizer has a shadow for every address, and there is none for so many.
const TOO_LARGE: &str = "a_reserve_only_section_may_be_larger_than_the_memory";

/// What is built, and which tests of it run.
const TESTS: &[&str] = &["-p", "nshm", "-p", "nshm-capi", "--lib", "--test", "it"];

pub(super) fn preconditions(context: &Context<'_>) -> Result<Outcome> {
    let compiler = match Rebuilt::find(context) {
        Ok(compiler) => compiler,
        Err(outcome) => return Ok(outcome),
    };
    let faults = [Fault {
        name: "precondition",
        found: "unsafe precondition(s) violated",
    }];
    let run = Run {
        name: "std-checks",
        what: "the core and the C API with a debug build of the standard library",
        flags: String::new(),
        faults: &faults,
        skip: &[MODEL],
    };
    run.on(compiler, context)
}

pub(super) fn threads(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let compiler = match Rebuilt::find(context) {
        Ok(compiler) => compiler,
        Err(outcome) => return Ok(outcome),
    };
    let flags = match compiler.thread_sanitizer(context) {
        Ok(flags) => flags,
        Err(outcome) => return Ok(outcome),
    };
    let faults = [Fault {
        name: "race",
        found: "ThreadSanitizer: data race",
    }];
    let run = Run {
        name: "tsan",
        what: "threads of the core and the C API under ThreadSanitizer",
        flags,
        faults: &faults,
        skip: &[MODEL, TOO_LARGE],
    };
    run.on(compiler, context)
}

struct Run<'a> {
    name: &'a str,
    what: &'a str,
    /// For the compiler.
    flags: String,
    faults: &'a [Fault],
    /// Tests that cannot run so.
    skip: &'a [&'a str],
}

impl Run<'_> {
    fn on(&self, compiler: Rebuilt, context: &Context<'_>) -> Result<Outcome> {
        let target = context.workspace.target().join(self.name);
        let cargo = |what| -> Result<_> {
            let mut command = compiler.cargo(context.workspace, what, context.until)?;
            command.env("RUSTFLAGS", &self.flags);
            command.env("CARGO_TARGET_DIR", &target);
            Ok(command)
        };
        canary::sing(&mut cargo("build")?, &[], self.faults, context)?;
        let mut tests = cargo("test")?;
        tests.arg("--no-fail-fast").args(TESTS);
        tests.arg("--");
        for test in self.skip {
            let skipped = format!("{test}: it cannot run under {}", self.name);
            context.skipped.borrow_mut().push(skipped);
            tests.args(["--skip", test]);
        }
        let tally = context.count_tests(&mut tests)?;
        conclude(context, self.name, self.what, tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo is content where no test has the name.
    #[test]
    fn what_is_skipped_is_there() {
        let tests = include_str!("../../../../crates/nshm/tests/it/linux/memory.rs");
        assert!(tests.contains(&format!("fn {TOO_LARGE}()")));
    }
}
