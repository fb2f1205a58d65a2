//! Figures as data, below `target/reliability`: each entry of a list has a name, replaces the former
//! one of that name, and says of which commit and day it is.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Input, commit, today};
use crate::cargo::Workspace;

/// Keeps entries that have just been made.
pub(crate) fn keep(workspace: &Workspace, input: Input, mut entries: Vec<Value>) -> Result<()> {
    let commit = commit(workspace, Instant::now() + Duration::from_secs(60));
    for entry in &mut entries {
        entry["commit"] = commit.clone().into();
        entry["date"] = today().into();
    }
    let path = input.path(workspace);
    keep_in(&path, input.list(), entries).with_context(|| path.display().to_string())
}

fn keep_in(file: &Path, list: &str, entries: Vec<Value>) -> Result<()> {
    let mut record = match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => json!({ list: [] }),
    };
    let kept = record[list].as_array_mut().context("no list in it")?;
    for entry in entries {
        match kept.iter_mut().find(|old| old["name"] == entry["name"]) {
            Some(old) => *old = entry,
            None => kept.push(entry),
        }
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    Ok(fs::write(
        file,
        serde_json::to_string_pretty(&record)? + "\n",
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_replaces_the_former_one_of_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("below/figures.json");
        for (name, tests) in [("one", 1), ("two", 2), ("one", 3)] {
            keep_in(&file, "runs", vec![json!({ "name": name, "tests": tests })]).unwrap();
        }
        let record: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let expected = json!({ "runs": [
            { "name": "one", "tests": 3 },
            { "name": "two", "tests": 2 },
        ]});
        assert_eq!(record, expected);
    }
}
