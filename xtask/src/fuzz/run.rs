//! Running targets: each a process of its own, several at once.

use std::collections::VecDeque;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::count;
use super::figures::{Figures, Reader};
use crate::cargo::{self, Program};
use crate::output;
use crate::process::{Child, Output};
use crate::stage::Names;

/// How many lines are shown of a target that has found something.
const SHOWN: usize = 60;

/// Time for what does not count: reading the corpus, and ending.
const GRACE: Duration = Duration::from_secs(120);

/// How the targets are run.
pub(super) struct Plan {
    /// How long each one runs.
    pub(super) time: Duration,
    /// How many run at once.
    pub(super) jobs: NonZeroUsize,
    /// Where each keeps the inputs that it finds, in a folder of its name.
    pub(super) found: PathBuf,
    /// Where the saved ones are.
    pub(super) saved: PathBuf,
    /// Where inputs go that break something.
    pub(super) artifacts: PathBuf,
}

impl Plan {
    /// Runs the targets, and says what each has given as it ends.
    pub(super) fn run(&self, targets: &[String], programs: &[Program]) -> Result<Vec<Figures>> {
        let queue = Mutex::new(VecDeque::from_iter(targets));
        let next = || {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.pop_front()
        };
        let work = || -> Result<Vec<Figures>> {
            let mut done = Vec::new();
            while let Some(target) = next() {
                let figures = self.run_one(target, cargo::path(programs, target)?)?;
                output::fuzzed(&figures);
                done.push(figures);
            }
            Ok(done)
        };
        let mut figures = std::thread::scope(|scope| -> Result<Vec<Figures>> {
            let workers: Vec<_> = (0..self.jobs.get()).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(done) => all.extend(done?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })?;
        figures.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(figures)
    }

    fn run_one(&self, target: &str, program: &Path) -> Result<Figures> {
        let found = self.found.join(target);
        let artifacts = self.artifacts.join(target);
        for folder in [&found, &artifacts] {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let names = Names::new()?;
        let place = tempfile::tempdir().context("a directory for temporary files")?;
        let mut command = Command::new(program);
        command.arg(format!("-max_total_time={}", self.time.as_secs()));
        command.args(["-print_final_stats=1", "-timeout=120"]);
        // A slash at the end, as libFuzzer puts the name of the file right behind it.
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.arg(&found).arg(self.saved.join(target));
        command
            .current_dir(place.path())
            .env("TMPDIR", place.path());
        command.env("ASAN_OPTIONS", "detect_odr_violation=0");
        let begin = Instant::now();
        let until = begin + self.time + GRACE;
        let mut child = Child::spawn(names.let_in(&mut command), Output::Errors)?;
        let mut reader = Reader::default();
        let mut last = VecDeque::new();
        while let Some(line) = child.line(until)? {
            reader.read(&line);
            last.push_back(line);
            if last.len() > SHOWN {
                last.pop_front();
            }
        }
        let (status, cpu_time) = child.end_with_cpu_time(until)?;
        if !status.success() {
            last.iter().for_each(|line| output::pass_on_error(line));
        }
        Ok(Figures {
            name: target.to_owned(),
            time: begin.elapsed(),
            cpu_time,
            executions: reader.executions,
            new_inputs: reader.new_inputs,
            crashes: u64::from(!status.success()),
            corpus: reader.corpus.max(count(&self.saved.join(target))),
            coverage: reader.coverage,
        })
    }
}
