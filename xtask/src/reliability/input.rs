//! What runs leave behind as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Torture,
    Fuzz,
    Soundness,
}

impl Input {
    /// What its files are called.
    pub(super) fn file(self) -> &'static str {
        match self {
            Input::Torture => "torture.json",
            Input::Fuzz => "fuzz.json",
            Input::Soundness => "soundness.json",
        }
    }

    /// What the list in it is called.
    pub(super) fn list(self) -> &'static str {
        match self {
            Input::Torture => "attacks",
            Input::Fuzz => "targets",
            Input::Soundness => "runs",
        }
    }

    /// Which figures of an entry count all its runs, not only the last one.
    pub(super) fn sums(self) -> &'static [&'static str] {
        match self {
            Input::Fuzz => &["seconds", "cpu_seconds", "executions", "crashes"],
            Input::Torture | Input::Soundness => &[],
        }
    }
}

/// The last run of each attack.
#[derive(Debug, Deserialize)]
pub(super) struct Torture {
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
    pub(super) command: String,
    pub(super) machine: String,
    pub(super) commit: String,
    pub(super) date: String,
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

/// All runs of each fuzzer.
#[derive(Debug, Deserialize)]
pub(super) struct Fuzz {
    pub(super) targets: Vec<Target>,
}

/// What was fuzzed.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) executions: u64,
    pub(super) crashes: u64,
    pub(super) corpus: u64,
    pub(super) commit: String,
    pub(super) date: String,
}

/// The last run under each checker of memory and of undefined behaviour.
#[derive(Debug, Deserialize)]
pub(super) struct Soundness {
    pub(super) runs: Vec<Checked>,
}

/// A run under such a checker.
#[derive(Debug, Deserialize)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) count: u64,
    pub(super) unit: Unit,
    pub(super) findings: u64,
    pub(super) commit: String,
    pub(super) date: String,
}

/// What a checker has looked at, and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    Tests,
    /// Calls of processes under attack.
    Calls,
    Packages,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Tests => "tests",
            Unit::Calls => "calls",
            Unit::Packages => "packages",
        })
    }
}

impl Soundness {
    /// How much was looked at, of one unit; `None`: nothing.
    pub(super) fn sum(&self, unit: Unit) -> Option<u64> {
        let runs = self.runs.iter().filter(|run| run.unit == unit);
        let counts: Vec<u64> = runs.map(|run| run.count).collect();
        (!counts.is_empty()).then(|| counts.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_and_summed() {
        let run: Torture = serde_json::from_str(
            r#"{"attacks": [
                {"name": "death", "promise": "p", "how": "h", "seconds": 3, "skipped": [],
                 "command": "x", "machine": "m", "commit": "c", "date": "d",
                 "broken": null, "figures": [{"what": "kills survived", "value": 5}]},
                {"name": "chaos", "promise": "p", "how": "h", "seconds": 3, "skipped": [],
                 "command": "x", "machine": "m", "commit": "c", "date": "d",
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
            r#"{"targets":[{"name":"n","seconds":3600,"cpu_seconds":1800,"executions":9,
                "crashes":0,"corpus":4,"commit":"c","date":"d"}]}"#,
        )
        .unwrap();
        assert_eq!(fuzz.targets[0].executions, 9);
        let soundness: Soundness = serde_json::from_str(
            r#"{"runs":[{"name":"asan","what":"w","count":3,"unit":"tests","findings":0,
                "commit":"c","date":"d"}],"more":1}"#,
        )
        .unwrap();
        assert_eq!(soundness.sum(Unit::Tests), Some(3));
        assert_eq!(soundness.sum(Unit::Calls), None);
    }
}
