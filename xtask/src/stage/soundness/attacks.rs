//! Processes under attack with AddressSanitizer: what hostile peers, forgers and kills at random could
//! lead somebody to do with memory of its own.
//!
//! Without the attacks that stop a process at each call or instruction: they would stop its sanitizer
//! there, too.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{Account, asan, canary};
use crate::process::Output;
use crate::reliability::Unit;
use crate::stage::{Context, Outcome, torture};

/// The attacks, each with the figure of it that counts calls.
const ATTACKS: &[(&str, &str)] = &[
    ("chaos", "calls, none of which contradicts another"),
    ("hostile", "calls of victims"),
    ("forgery", "forgeries tried"),
    ("stress", "turns"),
];

const MINUTES: u64 = 5;

/// What every finding of the sanitizers begins with.
const FINDING: &str = "==ERROR: ";

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if let Some(outcome) = torture::lacking_here() {
        return Ok(outcome);
    }
    let mut canaries = asan::cargo("build", context)?;
    canary::sing(canaries.arg("--release"), &[], asan::FAULTS, context)?;
    let mut build = asan::cargo("build", context)?;
    let (names, mut program) = torture::program(&mut build, context.until)?;
    let place = tempfile::tempdir().context("a directory for the figures")?;
    let figures = place.path().join("figures.json");
    let attacks: Vec<_> = ATTACKS.iter().map(|(attack, _)| *attack).collect();
    program.args(["--minutes", &MINUTES.to_string()]);
    program.args(["--only", &attacks.join(",")]);
    program.arg("--into").arg(&figures);
    let mut findings = 0;
    let program = names.let_in(&mut program);
    let done = torture::watch(program, Output::AllShown, context, |line| {
        findings += u64::from(line.contains(FINDING));
    });
    let account = Account {
        name: "attacks",
        what: "those under attack, as they are shipped, under AddressSanitizer",
        count: calls(&figures).context("the figures")?,
        unit: Unit::Calls,
        findings,
    };
    account.keep(context.workspace)?;
    done?;
    match findings {
        0 => Ok(Outcome::Passed),
        _ => bail!("{findings} findings"),
    }
}

/// How many calls there were in all.
fn calls(figures: &Path) -> Result<u64> {
    let run: Value = serde_json::from_str(&fs::read_to_string(figures)?)?;
    let mut calls = 0;
    for (attack, what) in ATTACKS {
        let attacks = run["attacks"].as_array().context("no attacks")?;
        let found = attacks.iter().find(|found| found["name"] == *attack);
        let figures = found.and_then(|found| found["figures"].as_array());
        let figure = figures
            .into_iter()
            .flatten()
            .find(|figure| figure["what"] == *what);
        let count = figure.and_then(|figure| figure["value"].as_u64());
        calls += count.with_context(|| format!("{attack} does not say {what:?}"))?;
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_over_all_attacks() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("figures.json");
        let attack = |(name, what): &(&str, &str)| {
            serde_json::json!({ "name": name, "figures": [
                { "what": "other", "value": 100 },
                { "what": what, "value": 2 },
            ]})
        };
        let mut run = serde_json::json!({
            "attacks": ATTACKS.iter().map(attack).collect::<Vec<_>>(),
        });
        fs::write(&file, run.to_string()).unwrap();
        assert_eq!(calls(&file).unwrap(), 2 * ATTACKS.len() as u64);
        run["attacks"].as_array_mut().unwrap().pop();
        fs::write(&file, run.to_string()).unwrap();
        let error = calls(&file).unwrap_err().to_string();
        assert!(error.contains("stress does not say \"turns\""), "{error}");
    }
}
