//! Building the targets. cargo-fuzz need not be there: the flags are those that it gives, so that it
//! finds everything built.

use std::time::Instant;

use anyhow::Result;

use super::in_folder;
use crate::cargo::{self, Program, Workspace};

/// Counters of what is reached, what it is compared with, and the AddressSanitizer.
const FLAGS: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing \
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Zsanitizer=address \
    -Cllvm-args=-sanitizer-coverage-stack-depth \
    -Cdebug-assertions \
    -Ccodegen-units=1";

/// The programs of all targets.
pub(super) fn programs(workspace: &Workspace, until: Instant) -> Result<Vec<Program>> {
    let mut command = workspace.nightly();
    in_folder(&mut command, workspace);
    command.args(["build", "--release", "--bins"]);
    // With a target of its own, so that build scripts and macros stay without the flags.
    command.args(["--target", &cargo::host(until)?]);
    command.env("RUSTFLAGS", FLAGS);
    command.env_remove("CARGO_TARGET_DIR");
    cargo::build(&mut command, until)
}
