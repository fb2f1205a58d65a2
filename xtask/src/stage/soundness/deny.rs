//! What the dependencies are, as `deny.toml` says: their licences, versions and sources.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Account;
use crate::process;
use crate::reliability::Unit;
use crate::stage::{Context, Outcome};

/// The workspaces, each with a lock file of its own.
const WORKSPACES: &[&str] = &[".", "bench", "fuzz"];

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    let root = context.workspace.root();
    let (mut packages, mut failed) = (0, Vec::new());
    for workspace in WORKSPACES {
        let dir = root.join(workspace);
        if !dir.join("Cargo.toml").exists() {
            continue;
        }
        let lock = fs::read_to_string(dir.join("Cargo.lock")).context("a lock file")?;
        packages += lock.lines().filter(|line| *line == "[[package]]").count() as u64;
        // All of them, also those that only other systems use: to read them takes no network then.
        let mut fetch = context.workspace.cargo();
        process::run(
            fetch.args(["fetch", "--locked"]).current_dir(&dir),
            context.until,
        )?;
        let mut deny = Command::new("cargo-deny");
        deny.current_dir(&dir);
        deny.args(["--locked", "--offline", "--config"]);
        deny.arg(root.join("deny.toml"));
        deny.args(["check", "--hide-inclusion-graph"]);
        if *workspace != "." {
            // What others bring with them is theirs, in whatever versions.
            let of_ours = [
                "duplicate",
                "unmatched-skip",
                "license-exception-not-encountered",
            ];
            deny.args(of_ours.iter().flat_map(|lint| ["--allow", lint]));
        }
        deny.args(["bans", "licenses", "sources"]);
        if process::run(&mut deny, context.until).is_err() {
            failed.push(*workspace);
        }
    }
    let account = Account {
        name: "deny",
        what: "licences, duplicate versions and sources of packages",
        count: packages,
        unit: Unit::Packages,
        findings: failed.len() as u64,
    };
    account.keep(context.workspace)?;
    if !failed.is_empty() {
        bail!("deny.toml does not allow what is in {}", failed.join(", "));
    }
    Ok(Outcome::Passed)
}
