//! Death at every system call: a worker is killed before and after each one that its operation
//! makes, and others look at what it left.

use anyhow::{Context as _, Result};

use super::attack::Campaign;
use super::deed::{Deed, End, Scene as _};
use super::operation::Operation;
use super::placed::Act;
use super::report::Figures;
use super::stage::{Stage, left_by};
use super::tracer::{Stop, Traced};

const OPERATIONS: &str = "operations";
const BOUNDARIES: &str = "boundaries of system calls";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    figures.add(OPERATIONS, 0);
    figures.add(BOUNDARIES, 0);
    at_every_boundary::<Operation>(campaign.stage, figures)?;
    at_every_boundary::<Act>(campaign.stage, figures)
}

fn at_every_boundary<D: Deed>(stage: &Stage, figures: &mut Figures) -> Result<()> {
    for deed in D::value_variants() {
        let mut boundary = 0;
        while kill_at(*deed, boundary, stage, figures)
            .with_context(|| format!("{deed:?}, killed at boundary {boundary}"))?
        {
            boundary += 1;
        }
        figures.add(OPERATIONS, 1);
        figures.add(BOUNDARIES, boundary);
    }
    Ok(())
}

/// Kills a worker at one boundary. `false`: its operation has fewer.
fn kill_at(deed: impl Deed, boundary: u64, stage: &Stage, figures: &mut Figures) -> Result<bool> {
    let name = deed.name(&stage.leaf());
    let mut scene = deed.set_up(&name, stage)?;
    let mut worker = Traced::new(deed, &name)?;
    scene.worker_is_ready(worker.id())?;
    worker.begin()?;
    let mut stop = None;
    for _ in 0..=boundary {
        let next = worker.next(stop)?;
        if next == Stop::Done {
            worker.finish()?;
            scene.judge(End::Done)?.count(figures);
            return Ok(false);
        }
        stop = Some(next);
    }
    scene.worker_stands(worker.id())?;
    let pid = worker.kill()?;
    let verdict = scene
        .judge(End::Killed)
        .with_context(|| format!("killed at {stop:x?}"))?;
    let left = left_by(pid)?;
    figures.add("kills survived", 1);
    verdict.count(figures);
    figures.add(
        "ids without pages, each found by a later creation",
        left.ids,
    );
    figures.add("segments left", left.segments);
    figures.add("bytes leaked", left.bytes);
    anyhow::ensure!(left.segments == 0, "{left:?} after {stop:x?}");
    Ok(true)
}
