//! Tests with a standard library that is built for them: with its own checks of what it is called
//! with, or so that ThreadSanitizer sees which of its functions put threads into an order. (With the
//! library as it is shipped, every lock that has to wait would be a false alarm.)
//!
//! ThreadSanitizer sees one process at a time and no assembly: copies from 16 bytes on, and what
//! other processes do to a section, are not its business.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::canary::{self, Fault};
use super::rebuilt::Rebuilt;
use super::{MODEL, conclude};
use crate::deps;
use crate::stage::{Context, Outcome};

/// ThreadSanitizer has a shadow for every address, and there is none for so many.
const TOO_LARGE: &str = "a_reserve_only_section_may_be_larger_than_the_memory";

/// What it must not take for a race.
const NO_RACES: &str = "xtask/src/stage/soundness/threads.supp";

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
        environment: None,
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
    let symbolizer = deps::find("llvm-symbolizer").context("llvm-symbolizer is not there")?;
    let options = options(&context.workspace.root().join(NO_RACES), &symbolizer);
    let faults = [Fault {
        name: "race",
        found: "ThreadSanitizer: data race",
    }];
    let run = Run {
        name: "tsan",
        what: "threads of the core and the C API under ThreadSanitizer",
        flags,
        environment: Some(("TSAN_OPTIONS", options)),
        faults: &faults,
        skip: &[MODEL, TOO_LARGE],
    };
    run.on(compiler, context)
}

/// The suppressions name functions, and without the program that knows their names none would match.
fn options(suppressions: &Path, symbolizer: &Path) -> OsString {
    let mut options = OsString::from("suppressions=");
    options.push(suppressions);
    options.push(":external_symbolizer_path=");
    options.push(symbolizer);
    options
}

struct Run<'a> {
    name: &'a str,
    what: &'a str,
    /// For the compiler.
    flags: String,
    /// For what is run.
    environment: Option<(&'a str, OsString)>,
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
        tests.envs(self.environment.clone());
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

    /// ThreadSanitizer is content where no function has the name.
    #[test]
    fn what_is_no_race_is_there() {
        let suppressions = include_str!("threads.supp");
        let source = include_str!("../../../../crates/nshm/src/sys/linux/sync/thread.rs");
        let patterns: Vec<_> = suppressions
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert_eq!(patterns, ["race:sync::thread::Entry"]);
        assert!(source.contains("impl Entry {"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert!(root.join(NO_RACES).is_file());
    }
}
