//! A compiler that comes with the sources of its standard library, so that this can be built anew:
//! the nightly of rustup, or that of Debian where the sources of a nightly are not to be had.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::cargo::{self, Workspace};
use crate::deps::{self, Missing, debian};
use crate::process::{self, Output};
use crate::stage::{Context, Outcome};

/// Where the compiler comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rebuilt {
    Rustup,
    Debian,
}

/// Below the directory of a toolchain, where its sources are.
const SOURCES: &str = "lib/rustlib/src/rust/library/Cargo.toml";

impl Rebuilt {
    /// The one that is here, or that can be installed; `Err` says why there is none.
    pub(super) fn find(context: &Context<'_>) -> Result<Rebuilt, Outcome> {
        if nightly_has_sources(context.until) {
            return Ok(Rebuilt::Rustup);
        }
        ensure("rust-web-src", context)?;
        Ok(Rebuilt::Debian)
    }

    /// A cargo command that builds the standard library, too.
    pub(super) fn cargo(
        self,
        workspace: &Workspace,
        what: &str,
        until: Instant,
    ) -> Result<Command> {
        let mut command = match self {
            Rebuilt::Rustup => workspace.nightly(),
            Rebuilt::Debian => workspace.debian(),
        };
        command.args([what, "-Zbuild-std", "--target", &cargo::host(until)?]);
        Ok(command)
    }

    /// What the compiler is told for ThreadSanitizer. rustup has its runtime; the one of Debian is
    /// that of clang, whole and before everything else, as rustc links its own.
    pub(super) fn thread_sanitizer(self, context: &Context<'_>) -> Result<String, Outcome> {
        let flag = "-Zsanitizer=thread";
        if self == Rebuilt::Rustup {
            return Ok(flag.to_owned());
        }
        ensure("libclang-rt", context)?;
        let runtime = debian::THREAD_SANITIZER;
        Ok(format!(
            "{flag} -Zexternal-clangrt \
             -Zpre-link-arg=-Wl,--whole-archive,{runtime},--no-whole-archive \
             -Clink-arg=-Wl,--dynamic-list={runtime}.syms -Clink-arg=-lc"
        ))
    }
}

fn nightly_has_sources(until: Instant) -> bool {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "rustc", "--print", "sysroot"]);
    deps::on_path("rustup")
        && process::read(&mut command, Output::Lines, until)
            .is_ok_and(|sysroot| Path::new(sysroot.trim()).join(SOURCES).is_file())
}

fn ensure(tool: &str, context: &Context<'_>) -> Result<(), Outcome> {
    let tool = deps::tool(tool).map_err(|error| Outcome::Lacking(format!("{error:#}")))?;
    deps::ensure(tool, context.effort, context.until).map_err(|missing| match missing {
        Missing::Curable(reason) => Outcome::Lacking(reason),
        Missing::Incurable(reason) => Outcome::Skipped(reason),
    })
}
