//! The figures of the runs, one file for all: each run replaces its own.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::cargo::Workspace;

/// What a run has come to.
pub(super) struct Run<'a> {
    pub(super) name: &'a str,
    pub(super) what: &'a str,
    /// How much was looked at.
    pub(super) tests: u64,
    /// How much of it was not as it should be.
    pub(super) findings: u64,
}

/// Where it is, in the target directory.
const FILE: &str = "reliability/soundness.json";

/// Keeps a run.
pub(super) fn keep(workspace: &Workspace, run: &Run<'_>) -> Result<()> {
    keep_in(&workspace.target().join(FILE), run).context(FILE)
}

fn keep_in(file: &Path, run: &Run<'_>) -> Result<()> {
    let mut record = match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => json!({ "runs": [] }),
    };
    let runs = record["runs"].as_array_mut().context("no runs in it")?;
    let new: Value = json!({
        "name": run.name,
        "what": run.what,
        "tests": run.tests,
        "findings": run.findings,
    });
    match runs.iter_mut().find(|old| old["name"] == run.name) {
        Some(old) => *old = new,
        None => runs.push(new),
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(file, serde_json::to_string_pretty(&record)? + "\n")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_replaces_its_own_figures_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        for (name, tests) in [("one", 1), ("two", 2), ("one", 3)] {
            let run = Run {
                name,
                what: "a run",
                tests,
                findings: 0,
            };
            keep_in(&file, &run).unwrap();
        }
        let record: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let runs = record["runs"].as_array().unwrap();
        let figures: Vec<_> = runs
            .iter()
            .map(|run| (&run["name"], &run["tests"]))
            .collect();
        assert_eq!(
            figures,
            [(&json!("one"), &json!(3)), (&json!("two"), &json!(2))]
        );
    }
}
