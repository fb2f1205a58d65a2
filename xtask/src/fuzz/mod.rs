//! Fuzzing: the targets of `fuzz/`, which is a workspace of its own, for an hour each by hand and for
//! some seconds each as a stage.
//!
//! - [`build`]: the programs, with the flags of cargo-fuzz but without it
//! - [`run`]: one target, and several at once
//! - [`figures`]: what libFuzzer tells

mod build;
mod figures;
mod run;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

pub(crate) use self::figures::Figures;
use self::run::Plan;
use crate::cargo::Workspace;
use crate::deps::{self, Effort};
use crate::process;
use crate::reliability::{self, Input};
use crate::stage::{Context, Outcome};

/// How long the stage runs each target.
const SHORT: Duration = Duration::from_secs(6);

/// `cargo xtask fuzz`
pub(crate) fn command(minutes: u64, only: &[String], jobs: Option<NonZeroUsize>) -> Result<bool> {
    if !cfg!(target_os = "linux") {
        bail!("the targets are for Linux");
    }
    let workspace = Workspace::load()?;
    let targets = select(&workspace, only)?;
    let build_until = Instant::now() + Duration::from_secs(60 * 30);
    for name in ["nightly", "g++"] {
        if let Err(missing) = deps::ensure(deps::tool(name)?, Effort::Everything, build_until) {
            bail!("{missing}");
        }
    }
    let programs = build::programs(&workspace, build_until)?;
    let plan = Plan {
        time: Duration::from_secs(60 * minutes),
        jobs: jobs.unwrap_or_else(processors),
        found: workspace.target().join("fuzz/found"),
        saved: corpora(&workspace),
        artifacts: workspace.root().join("fuzz/artifacts"),
    };
    let figures = plan.run(&targets, &programs)?;
    let entries = figures.iter().map(figures::to_json).collect();
    reliability::keep(&workspace, Input::Fuzz, entries)?;
    Ok(figures.iter().all(|figures| figures.crashes == 0))
}

/// The stage: the targets are in order, and nothing breaks near the saved inputs.
pub(crate) fn check(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let workspace = context.workspace;
    // Checked without libFuzzer, which takes longer to compile than all the rest.
    let clippy = ["clippy", "--no-default-features", "--lib", "--bins", "--"];
    for words in [
        &["fmt", "--check"][..],
        &[&clippy[..], &["-D", "warnings"]].concat(),
    ] {
        let mut command = workspace.cargo();
        in_folder(command.args(words), workspace);
        process::run(&mut command, context.until)?;
    }
    let programs = build::programs(workspace, context.until)?;
    let place = tempfile::tempdir().context("a directory for what is found")?;
    let plan = Plan {
        time: SHORT,
        jobs: processors(),
        found: place.path().join("found"),
        saved: corpora(workspace),
        artifacts: workspace.root().join("fuzz/artifacts"),
    };
    let figures = plan.run(&targets(workspace)?, &programs)?;
    match figures.iter().find(|figures| figures.crashes > 0) {
        Some(figures) => bail!("fuzzing {} has broken something", figures.name),
        None => Ok(Outcome::Passed),
    }
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Where the saved inputs are, in a folder for each target.
fn corpora(workspace: &Workspace) -> PathBuf {
    workspace.root().join("fuzz/corpus")
}

/// Lets a command of cargo work in the workspace of the targets.
fn in_folder<'c>(command: &'c mut Command, workspace: &Workspace) -> &'c mut Command {
    command.current_dir(workspace.root().join("fuzz"))
}

/// The targets named, or all.
fn select(workspace: &Workspace, only: &[String]) -> Result<Vec<String>> {
    let all = targets(workspace)?;
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown:?}, only {}", all.join(", "));
    }
    Ok(match only {
        [] => all,
        only => only.to_vec(),
    })
}

/// The names of all targets, in order.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    for file in files {
        let path = file?.path();
        names.extend(path.file_stem().and_then(stem));
    }
    names.sort();
    Ok(names)
}

fn stem(name: &std::ffi::OsStr) -> Option<String> {
    Some(name.to_str()?.to_owned())
}

/// How many files a folder has; none where there is no folder.
fn count(folder: &Path) -> u64 {
    fs::read_dir(folder).map_or(0, |files| files.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_built_and_has_saved_inputs() {
        let workspace = Workspace::load().unwrap();
        let manifest = workspace.root().join("fuzz/Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let names = targets(&workspace).unwrap();
        assert_eq!(names.len(), manifest.matches("[[bin]]").count());
        for name in names {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
            assert!(count(&corpora(&workspace).join(&name)) > 0, "{name}");
        }
    }

    #[test]
    fn only_selects_by_name() {
        let workspace = Workspace::load().unwrap();
        let only = |name: &str| select(&workspace, &[name.to_owned()]);
        assert_eq!(only("names").unwrap(), ["names"]);
        assert!(only("nothing").is_err());
        let all = select(&workspace, &[]).unwrap();
        assert_eq!(all, targets(&workspace).unwrap());
    }
}
