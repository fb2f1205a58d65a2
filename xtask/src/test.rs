//! `cargo xtask test` and its like: runs stages one after the other and sums them up.

use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::cargo::Workspace;
use crate::deps::{Effort, Missing};
use crate::stage::{Context, Failure, Outcome, Stage};
use crate::{deps, output};

/// How a stage went, for the reader.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Passed => f.write_str("passed"),
            Verdict::Failed(reason) => write!(f, "FAILED: {reason}"),
            Verdict::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// A stage that has run.
pub(crate) struct Report<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) verdict: Verdict,
    pub(crate) time: Duration,
    /// What it has left out, each with the reason.
    pub(crate) skipped: Vec<String>,
    /// Its tests that have failed.
    pub(crate) failures: Vec<Failure>,
}

/// Runs those of the stages that are named, or all, and says whether none failed.
pub(crate) fn run(stages: &[Stage], only: &[String]) -> Result<bool> {
    let stages = select(stages, only)?;
    let workspace = Workspace::load()?;
    let ci = std::env::var("CI").is_ok_and(|value| !matches!(&*value, "" | "0" | "false"));
    let effort = if ci {
        Effort::Everything
    } else {
        Effort::Packages
    };
    let mut reports = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        output::header(index + 1, stages.len(), stage);
        let begin = Instant::now();
        let context = Context {
            workspace: &workspace,
            effort,
            until: begin + Duration::from_secs(60 * stage.minutes),
            skipped: RefCell::default(),
            failures: RefCell::default(),
        };
        let report = Report {
            stage,
            verdict: judge(run_stage(stage, &context), ci),
            time: begin.elapsed(),
            skipped: context.skipped.into_inner(),
            failures: context.failures.into_inner(),
        };
        output::verdict(&report);
        reports.push(report);
    }
    output::summary(&reports);
    let failed = |report: &Report<'_>| matches!(report.verdict, Verdict::Failed(_));
    Ok(!reports.iter().any(failed))
}

/// Does something that is no stage but needs what a stage has.
pub(crate) fn alone(task: fn(&Context<'_>) -> Result<()>) -> Result<()> {
    let workspace = Workspace::load()?;
    task(&Context {
        workspace: &workspace,
        effort: Effort::Packages,
        until: Instant::now() + Duration::from_secs(60 * 30),
        skipped: RefCell::default(),
        failures: RefCell::default(),
    })
}

fn select<'a>(stages: &'a [Stage], only: &[String]) -> Result<Vec<&'a Stage>> {
    for name in only {
        if !stages.iter().any(|stage| stage.name == name) {
            let names: Vec<_> = stages.iter().map(|stage| stage.name).collect();
            bail!("there is no stage {name:?}, only {}", names.join(", "));
        }
    }
    Ok(stages
        .iter()
        .filter(|stage| only.is_empty() || only.iter().any(|name| name == stage.name))
        .collect())
}

fn run_stage(stage: &Stage, context: &Context<'_>) -> Result<Outcome> {
    for name in stage.needs {
        match deps::ensure(deps::tool(name)?, context.effort, context.until) {
            Ok(()) => {}
            Err(Missing::Curable(reason)) => return Ok(Outcome::Lacking(reason)),
            Err(Missing::Incurable(reason)) => return Ok(Outcome::Skipped(reason)),
        }
    }
    (stage.run)(context)
}

fn judge(result: Result<Outcome>, ci: bool) -> Verdict {
    match result {
        Ok(Outcome::Passed) => Verdict::Passed,
        Ok(Outcome::Skipped(reason)) => Verdict::Skipped(reason),
        Ok(Outcome::Lacking(reason)) if ci => Verdict::Failed(reason),
        Ok(Outcome::Lacking(reason)) => Verdict::Skipped(reason),
        // One line, also for what a tool said in many.
        Err(error) => Verdict::Failed(format!("{error:#}").replace('\n', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::{SOUNDNESS, STAGES};

    #[test]
    fn what_could_be_installed_is_a_failure_in_ci_only() {
        let lacking = || Ok(Outcome::Lacking("no wine".into()));
        assert_eq!(judge(lacking(), false), Verdict::Skipped("no wine".into()));
        assert_eq!(judge(lacking(), true), Verdict::Failed("no wine".into()));
        let cannot = Ok(Outcome::Skipped("not root".into()));
        assert_eq!(judge(cannot, true), Verdict::Skipped("not root".into()));
    }

    #[test]
    fn a_failure_is_one_line_with_its_cause() {
        let error = anyhow::anyhow!("it says\nno").context("cargo fmt");
        let verdict = judge(Err(error), false);
        assert_eq!(verdict.to_string(), "FAILED: cargo fmt: it says no");
    }

    #[test]
    fn stages_have_names_of_their_own_and_tools_that_are_known() {
        for stages in [STAGES, SOUNDNESS] {
            for (index, stage) in stages.iter().enumerate() {
                assert!(stages[..index].iter().all(|other| other.name != stage.name));
                assert!(stage.needs.iter().all(|name| deps::tool(name).is_ok()));
            }
        }
    }

    #[test]
    fn only_selects_by_name_and_refuses_what_is_not_there() {
        let pick = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            select(STAGES, &names).map(|stages| stages.len())
        };
        assert_eq!(pick(&[]).unwrap(), STAGES.len());
        assert_eq!(pick(&["tests", "fmt"]).unwrap(), 2);
        assert!(pick(&["fmt", "nothing"]).is_err());
    }
}
