//! What a worker can be told to do while it is watched, and the scene in which it does it.

use std::fmt::Debug;

use anyhow::Result;
use clap::ValueEnum;
use nix::errno::Errno;

use super::report::Figures;
use super::stage::Stage;
use super::tracer::Call;

/// What a worker does. There is one for each value.
pub(crate) trait Deed: ValueEnum + Copy + Debug {
    /// The command that starts its worker.
    const WORKER: &'static str;

    type Scene<'s>: Scene;

    /// The name that it is about.
    fn name(self, leaf: &str) -> String;

    /// What is there before the worker comes.
    fn set_up<'s>(self, name: &str, stage: &'s Stage) -> Result<Self::Scene<'s>>;

    /// Whether an error is an answer that must be true, and no failure.
    fn is_answer(self, call: &Call, errno: Errno) -> bool {
        let _ = (call, errno);
        false
    }
}

/// How a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    /// By itself, after it has done what it should.
    Done,
    /// By itself, after it was told of an error.
    Refused,
}

/// What others have while a worker is at it.
pub(crate) trait Scene {
    /// The worker has in hand what it needs.
    fn worker_is_ready(&mut self, worker: u32) -> Result<()>;

    /// The worker stands still and will be killed there.
    fn worker_stands(&mut self, worker: u32) -> Result<()>;

    /// What must hold when the worker is gone.
    fn judge(self, end: End) -> Result<Verdict>;
}

/// What was seen when a worker was gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdict {
    /// Deaths that were told.
    pub(crate) told: u64,
    /// Sleepers who woke so late that they must have looked for themselves.
    pub(crate) late: u64,
}

impl Verdict {
    pub(crate) fn count(self, figures: &mut Figures) {
        figures.add("owners who died, each told once", self.told);
        figures.add("sleepers who had to look for themselves", self.late);
    }
}
