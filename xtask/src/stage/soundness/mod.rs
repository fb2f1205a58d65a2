//! `cargo xtask soundness`: runs that look for what tests alone do not see.
//!
//! A run that finds nothing says something only if it would have found something. So what it looks
//! with must first find a fault that was made on purpose, and nothing in what is sound (`canary/`).
//!
//! - [`asan`]: AddressSanitizer and LeakSanitizer
//! - [`attacks`]: the same, while somebody attacks
//! - [`std_checks`]: the standard library with its own checks, and ThreadSanitizer, which needs to
//!   see into it
//! - [`valgrind`]: C programs and the library as it is shipped
//! - [`deny`]: licences, duplicates and sources of dependencies
//! - [`canary`]: the faults on purpose
//! - [`record`]: the figures

mod asan;
mod attacks;
mod canary;
mod deny;
mod rebuilt;
mod std_checks;
mod valgrind;

use anyhow::{Result, bail};
use serde_json::json;

use super::{Context, Outcome, Stage, Tally};
use crate::cargo::Workspace;
use crate::reliability::{self, Input, Unit};

/// The model of waiting runs its threads on stacks of its own, and gives up a run by unwinding them.
/// The sanitizers take that for a use after the scope, an unoptimised standard library needs more
/// than they have, and Wine cannot unwind there.
pub(crate) const MODEL: &str = "::model::";

pub(super) const ASAN: Stage = Stage {
    name: "asan",
    what: "the tests of the core under AddressSanitizer and LeakSanitizer",
    needs: &["nightly"],
    minutes: 40,
    run: asan::core,
};

pub(super) const C_ASAN: Stage = Stage {
    name: "c-asan",
    what: "the C programs and their library under the sanitizers",
    needs: &["nightly", "cc"],
    minutes: 20,
    run: asan::c,
};

pub(super) const DENY: Stage = Stage {
    name: "deny",
    what: "licences, duplicate versions and sources of dependencies",
    needs: &["cargo-deny"],
    minutes: 20,
    run: deny::run,
};

/// All of them. Those that build a standard library take minutes, so they are here alone.
pub(crate) const STAGES: &[Stage] = &[
    ASAN,
    C_ASAN,
    Stage {
        name: "attacks",
        what: "hostile peers, forgers and kills at random, all of them under AddressSanitizer",
        needs: &["nightly"],
        minutes: 40,
        run: attacks::run,
    },
    Stage {
        name: "tsan",
        what: "the tests of the core and of the C API under ThreadSanitizer",
        needs: &["llvm-symbolizer"],
        minutes: 60,
        run: std_checks::threads,
    },
    Stage {
        name: "valgrind",
        what: "the C programs under valgrind",
        needs: &["cc", "valgrind"],
        minutes: 30,
        run: valgrind::run,
    },
    Stage {
        name: "std-checks",
        what: "the same tests with a standard library that checks its callers and itself",
        needs: &[],
        minutes: 60,
        run: std_checks::preconditions,
    },
    DENY,
];

/// What a run has looked at.
struct Account<'a> {
    name: &'a str,
    what: &'a str,
    count: u64,
    unit: Unit,
    /// How much of it was not as it should be.
    findings: u64,
}

impl Account<'_> {
    fn keep(&self, workspace: &Workspace) -> Result<()> {
        let run = json!({
            "name": self.name,
            "what": self.what,
            "count": self.count,
            "unit": self.unit,
            "findings": self.findings,
        });
        reliability::keep(workspace, Input::Soundness, vec![run])
    }
}

/// Keeps the figures of tests, each of which would have failed at a finding.
fn conclude(context: &Context<'_>, name: &str, what: &str, tally: Tally) -> Result<Outcome> {
    let account = Account {
        name,
        what,
        count: tally.passed + tally.failed,
        unit: Unit::Tests,
        findings: tally.failed,
    };
    account.keep(context.workspace)?;
    match tally {
        Tally { failed: 0, passed } if passed > 0 => Ok(Outcome::Passed),
        Tally { failed: 0, .. } => bail!("no test has run"),
        Tally { failed, .. } => bail!("{failed} tests have failed"),
    }
}
