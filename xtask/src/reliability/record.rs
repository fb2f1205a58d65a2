//! Figures as data. What runs have left lies below `target/reliability` until it is taken into the
//! record, which is a part of the repository: `docs/reliability/`. There is an entry of each name,
//! which says of which commit and day it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
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
    merge(&new(workspace, input), input, entries)
}

/// Takes what runs have left into the record.
pub(super) fn take(workspace: &Workspace, input: Input) -> Result<()> {
    take_from(&new(workspace, input), &record(workspace, input), input)
}

/// What the record has; `None`: nothing was ever run.
pub(super) fn read<T: DeserializeOwned>(workspace: &Workspace, input: Input) -> Result<Option<T>> {
    let path = record(workspace, input);
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(None);
    };
    let figures = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(Some(figures))
}

fn new(workspace: &Workspace, input: Input) -> PathBuf {
    let place = workspace.target().join("reliability");
    place.join(input.file())
}

fn record(workspace: &Workspace, input: Input) -> PathBuf {
    let place = workspace.root().join("docs/reliability");
    place.join(input.file())
}

fn take_from(new: &Path, record: &Path, input: Input) -> Result<()> {
    let Ok(text) = fs::read_to_string(new) else {
        return Ok(());
    };
    let mut left: Value = serde_json::from_str(&text).with_context(|| new.display().to_string())?;
    let entries = left[input.list()].as_array_mut();
    let entries = std::mem::take(entries.context("no list in it")?);
    merge(record, input, entries)?;
    // What is taken once must not be counted twice.
    fs::remove_file(new).with_context(|| new.display().to_string())
}

/// Puts entries into a file. Each takes the place of the former one of its name; but what a fuzzer has
/// done before counts as well.
fn merge(file: &Path, input: Input, entries: Vec<Value>) -> Result<()> {
    let list = input.list();
    let mut record = match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| file.display().to_string())?,
        Err(_) => json!({ list: [] }),
    };
    let kept = record[list].as_array_mut().context("no list in it")?;
    for mut entry in entries {
        match kept.iter_mut().find(|old| old["name"] == entry["name"]) {
            Some(old) => {
                for sum in input.sums() {
                    entry[sum] = added(&old[sum], &entry[sum]);
                }
                *old = entry;
            }
            None => kept.push(entry),
        }
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(file, serde_json::to_string_pretty(&record)? + "\n")
        .with_context(|| file.display().to_string())
}

fn added(one: &Value, other: &Value) -> Value {
    match (one.as_u64(), other.as_u64()) {
        (Some(one), Some(other)) => (one + other).into(),
        _ => (one.as_f64().unwrap_or(0.0) + other.as_f64().unwrap_or(0.0)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &Path) -> Value {
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    #[test]
    fn an_entry_replaces_the_former_one_of_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("below/figures.json");
        for (name, tests) in [("one", 1), ("two", 2), ("one", 3)] {
            let entry = json!({ "name": name, "tests": tests });
            merge(&file, Input::Soundness, vec![entry]).unwrap();
        }
        let expected = json!({ "runs": [
            { "name": "one", "tests": 3 },
            { "name": "two", "tests": 2 },
        ]});
        assert_eq!(of(&file), expected);
    }

    #[test]
    fn what_fuzzers_have_done_adds_up_and_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let [new, record] = ["new.json", "record.json"].map(|name| dir.path().join(name));
        let run = |executions: u64, seconds: f64, corpus: u64, commit: &str| {
            json!({
                "name": "links", "executions": executions, "crashes": 0, "seconds": seconds,
                "cpu_seconds": 0.5, "corpus": corpus, "commit": commit,
            })
        };
        for (executions, corpus, commit) in [(10, 3, "a"), (20, 4, "b")] {
            merge(
                &new,
                Input::Fuzz,
                vec![run(executions, 1.5, corpus, commit)],
            )
            .unwrap();
            take_from(&new, &record, Input::Fuzz).unwrap();
            take_from(&new, &record, Input::Fuzz).unwrap();
        }
        let expected = json!({ "targets": [{
            "name": "links", "executions": 30, "crashes": 0, "seconds": 3.0,
            "cpu_seconds": 1.0, "corpus": 4, "commit": "b",
        }]});
        assert_eq!(of(&record), expected);
        assert!(!new.exists());
    }
}
