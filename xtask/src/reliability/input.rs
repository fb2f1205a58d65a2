//! What runs leave behind as data, below `target/reliability`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{day, place};
use crate::cargo::Workspace;

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Torture,
    Fuzz,
    Soundness,
}

impl Input {
    pub(crate) fn path(self, workspace: &Workspace) -> PathBuf {
        place(workspace).join(match self {
            Input::Torture => "torture.json",
            Input::Fuzz => "fuzz.json",
            Input::Soundness => "soundness.json",
        })
    }
}

/// What a run leaves that has a day. Where it does not say which, it is that of its file.
pub(super) trait Dated {
    fn date(&mut self) -> &mut String;
}

/// Reads one, if it has run.
pub(super) fn read<T: DeserializeOwned + Dated>(
    workspace: &Workspace,
    input: Input,
) -> Result<Option<T>> {
    let path = input.path(workspace);
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(None);
    };
    let mut run: T = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if run.date().is_empty() {
        let written = fs::metadata(&path)?.modified()?;
        *run.date() = day(jiff::Timestamp::try_from(written)?);
    }
    Ok(Some(run))
}

/// A run of the attacks.
#[derive(Debug, Deserialize)]
pub(super) struct Torture {
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) command: String,
    #[serde(default)]
    pub(super) commit: String,
    #[serde(default)]
    pub(super) date: String,
    #[serde(default)]
    pub(super) machine: String,
    pub(super) attacks: Vec<Attack>,
}

/// An attack on a promise.
#[derive(Debug, Deserialize)]
pub(super) struct Attack {
    pub(super) name: String,
    pub(super) promise: String,
    pub(super) how: String,
    pub(super) seconds: u64,
    pub(super) figures: Vec<Figure>,
    #[serde(default)]
    pub(super) skipped: Vec<String>,
    pub(super) broken: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Figure {
    pub(super) what: String,
    pub(super) value: u64,
}

impl Torture {
    /// A figure of an attack that has run.
    pub(super) fn figure(&self, attack: &str, what: &str) -> Option<u64> {
        let attack = self.attacks.iter().find(|it| it.name == attack)?;
        let figure = attack.figures.iter().find(|it| it.what == what)?;
        Some(figure.value)
    }

    /// The sum over all attacks that count it.
    pub(super) fn sum(&self, what: &str) -> Option<u64> {
        let figures = self.attacks.iter().flat_map(|attack| &attack.figures);
        let counts: Vec<u64> = figures
            .filter(|figure| figure.what == what)
            .map(|figure| figure.value)
            .collect();
        (!counts.is_empty()).then(|| counts.iter().sum())
    }
}

/// A run of the fuzzers.
#[derive(Debug, Deserialize)]
pub(super) struct Fuzz {
    #[serde(default)]
    pub(super) date: String,
    pub(super) targets: Vec<Target>,
}

/// What was fuzzed.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) seconds: f64,
    pub(super) executions: u64,
    pub(super) crashes: u64,
    pub(super) corpus: u64,
}

/// Runs under checkers of memory and of undefined behaviour.
#[derive(Debug, Deserialize)]
pub(super) struct Soundness {
    #[serde(default)]
    pub(super) date: String,
    pub(super) runs: Vec<Checked>,
}

/// A run under such a checker.
#[derive(Debug, Deserialize)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) tests: u64,
    pub(super) findings: u64,
}

macro_rules! dated {
    ($($run:ty),*) => {$(
        impl Dated for $run {
            fn date(&mut self) -> &mut String {
                &mut self.date
            }
        }
    )*};
}

dated!(Torture, Fuzz, Soundness);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_and_summed() {
        let run: Torture = serde_json::from_str(
            r#"{"seed": 1, "minutes": 2, "attacks": [
                {"name": "death", "promise": "p", "how": "h", "seconds": 3, "skipped": [],
                 "broken": null, "figures": [{"what": "kills survived", "value": 5}]},
                {"name": "chaos", "promise": "p", "how": "h", "seconds": 3, "skipped": [],
                 "broken": null, "figures": [{"what": "kills survived", "value": 7}]}]}"#,
        )
        .unwrap();
        assert_eq!(run.figure("death", "kills survived"), Some(5));
        assert_eq!(run.figure("soak", "kills survived"), None);
        assert_eq!(run.sum("kills survived"), Some(12));
        assert_eq!(run.sum("nothing"), None);
    }

    #[test]
    fn what_others_leave_is_read() {
        let fuzz: Fuzz = serde_json::from_str(
            r#"{"targets":[{"name":"n","seconds":3600,"executions":9,"crashes":0,"corpus":4}]}"#,
        )
        .unwrap();
        assert_eq!(fuzz.targets[0].executions, 9);
        let soundness: Soundness = serde_json::from_str(
            r#"{"runs":[{"name":"asan","what":"w","tests":3,"findings":0}],"more":1}"#,
        )
        .unwrap();
        assert_eq!(soundness.runs[0].tests, 3);
    }
}
