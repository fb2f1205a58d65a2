//! The tests of the core, built with AddressSanitizer.

use anyhow::Result;

use super::{Context, Outcome};
use crate::cargo;

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let mut command = context.workspace.nightly();
    command.args(["test", "-p", "nshm", "--lib", "--no-fail-fast"]);
    if context.workspace.has_target("nshm", "test", "it") {
        command.args(["--test", "it"]);
    }
    // With a target of its own, so that build scripts and macros stay without it.
    command.args(["--target", &cargo::host(context.until)?]);
    command.env("RUSTFLAGS", "-Zsanitizer=address");
    command.env("CARGO_TARGET_DIR", context.workspace.target().join("asan"));
    context.run_tests(&mut command)
}
