//! How many instructions a call takes in user space. Unlike time they do not depend on who else is
//! at work, so that noise cannot hide a slow-down.
//!
//! The program is run under callgrind twice, once with more turns: the difference is that of the
//! turns alone. Each compiler makes other instructions of the same source, so the baselines are by
//! compiler, and one that has none is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::{Context, Names, Outcome};
use crate::cargo::{self, Workspace};
use crate::deps::{self, Effort};
use crate::output;
use crate::process::{self, Output};

/// Instructions of one turn by operation, by compiler.
type Baselines = BTreeMap<String, Counts>;
type Counts = BTreeMap<String, u64>;

const FILE: &str = "crates/nshm/benches/instructions.json";

/// A count may be above its baseline by so many hundredths: the C library of another machine is not
/// the same.
const TOLERANCE: u64 = 5;

/// Turns of the two runs.
const TURNS: [u64; 2] = [100, 300];

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !is_here() {
        return Ok(Outcome::Skipped("for Linux on x86-64 only".into()));
    }
    let counts = count(context.workspace, context.until)?;
    let compiler = compiler(context.until)?;
    let mut baselines = load(&path(context.workspace))?;
    let Some(baseline) = baselines.remove(&compiler) else {
        for (name, count) in &counts {
            output::say(&format!("{name}: {count} instructions"));
        }
        return Ok(Outcome::Skipped(format!(
            "{FILE} has no baseline for {compiler}: `cargo xtask instructions --bless` makes one"
        )));
    };
    let breaches = compare(&baseline, &counts);
    if !breaches.is_empty() {
        bail!("{}", breaches.join("; "));
    }
    Ok(Outcome::Passed)
}

/// `cargo xtask instructions --bless`
pub(crate) fn bless() -> Result<bool> {
    if !is_here() {
        bail!("for Linux on x86-64 only");
    }
    let until = Instant::now() + Duration::from_secs(30 * 60);
    if let Err(missing) = deps::ensure(deps::tool("valgrind")?, Effort::Packages, until) {
        bail!("{missing}");
    }
    let workspace = Workspace::load()?;
    let counts = count(&workspace, until)?;
    for (name, count) in &counts {
        output::say(&format!("{name}: {count} instructions"));
    }
    let path = path(&workspace);
    let mut baselines = load(&path)?;
    baselines.insert(compiler(until)?, counts);
    let text = serde_json::to_string_pretty(&baselines).context(FILE)? + "\n";
    fs::write(&path, text).context(FILE)?;
    Ok(true)
}

fn is_here() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

fn path(workspace: &Workspace) -> PathBuf {
    workspace.root().join(FILE)
}

fn load(path: &Path) -> Result<Baselines> {
    let text = fs::read_to_string(path).context(FILE)?;
    serde_json::from_str(&text).context(FILE)
}

fn compiler(until: Instant) -> Result<String> {
    let text = process::read(Command::new("rustc").arg("-V"), Output::Lines, until)?;
    Ok(text.trim().to_owned())
}

/// What is above its baseline, or has none. Says every figure.
fn compare(baseline: &Counts, counts: &Counts) -> Vec<String> {
    let mut breaches = Vec::new();
    for (name, count) in counts {
        let Some(before) = baseline.get(name) else {
            breaches.push(format!("{name} has no baseline"));
            continue;
        };
        output::say(&format!("{name}: {count} instructions, baseline {before}"));
        if count * 100 > before * (100 + TOLERANCE) {
            breaches.push(format!(
                "{name} takes {count} instructions, {before} before"
            ));
        } else if count * (100 + TOLERANCE) < before * 100 {
            output::say("  better than that: `cargo xtask instructions --bless` keeps it so");
        }
    }
    for name in baseline.keys().filter(|name| !counts.contains_key(*name)) {
        breaches.push(format!("{name} is not counted any more"));
    }
    breaches
}

fn count(workspace: &Workspace, until: Instant) -> Result<Counts> {
    let mut build = workspace.cargo();
    build.args([
        "bench",
        "--package",
        "nshm",
        "--bench",
        "instructions",
        "--no-run",
    ]);
    let programs = cargo::build(&mut build, until)?;
    let program = programs
        .iter()
        .find(|program| program.name == "instructions");
    let program = program.context("cargo has built no bench instructions")?;
    let list = process::read(&mut Command::new(&program.path), Output::Lines, until)?;
    let names = Names::new()?;
    let mut counts = Counts::new();
    for operation in list.lines() {
        let mut measured = [0; 2];
        for (measured, turns) in measured.iter_mut().zip(TURNS) {
            *measured = instructions(&program.path, operation, turns, &names, until)?;
        }
        let [few, many] = measured;
        let more = many.checked_sub(few).context("fewer for more turns")?;
        counts.insert(operation.to_owned(), more / (TURNS[1] - TURNS[0]));
    }
    Ok(counts)
}

/// All instructions of the program for so many turns of an operation.
fn instructions(
    program: &Path,
    operation: &str,
    turns: u64,
    names: &Names,
    until: Instant,
) -> Result<u64> {
    let place = tempfile::tempdir().context("a directory for callgrind")?;
    let file = place.path().join("callgrind.out");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(program).args([operation, &turns.to_string()]);
    process::run(names.let_in(&mut command), until)?;
    let text = fs::read_to_string(&file).context("what callgrind has counted")?;
    total(&text).context("callgrind has counted nothing")
}

/// The number in callgrind's line `totals: 12345`.
fn total(text: &str) -> Option<u64> {
    let lines = text.lines().rev();
    let mut totals = lines.filter_map(|line| line.strip_prefix("totals: "));
    totals.next()?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(figures: &[(&str, u64)]) -> Counts {
        let counts = figures
            .iter()
            .map(|(name, count)| (name.to_string(), *count));
        counts.collect()
    }

    #[test]
    fn more_than_a_little_more_is_a_breach() {
        let before = counts(&[("create", 1000), ("open", 1000)]);
        let after = |create| compare(&before, &counts(&[("create", create), ("open", 900)]));
        assert!(after(1050).is_empty());
        assert_eq!(after(1051), ["create takes 1051 instructions, 1000 before"]);
    }

    #[test]
    fn what_is_not_in_both_is_a_breach() {
        let before = counts(&[("create", 1000)]);
        let breaches = compare(&before, &counts(&[("open", 1)]));
        assert_eq!(
            breaches,
            ["open has no baseline", "create is not counted any more"]
        );
    }

    #[test]
    fn the_total_is_read() {
        let text = "events: Ir\nsummary: 7\nfn=(1) main\n1 7\ntotals: 12345\n";
        assert_eq!(total(text), Some(12345));
        assert_eq!(total("version: 1"), None);
    }
}
