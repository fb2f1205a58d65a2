//! Death at every system call: a worker is killed before and after each one that its operation
//! makes, and others look at what it left.

use anyhow::{Context as _, Result};

use super::attack::Campaign;
use super::operation::{Operation, Scene};
use super::report::Figures;
use super::stage::{Stage, left_by};
use super::tracer::{Stop, Traced};

const OPERATIONS: &str = "operations";
const BOUNDARIES: &str = "boundaries of system calls";

pub(crate) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    figures.add(OPERATIONS, 0);
    figures.add(BOUNDARIES, 0);
    for operation in Operation::ALL {
        let mut boundary = 0;
        while kill_at(operation, boundary, campaign.stage, figures)
            .with_context(|| format!("{operation:?}, killed at boundary {boundary}"))?
        {
            boundary += 1;
        }
        figures.add(OPERATIONS, 1);
        figures.add(BOUNDARIES, boundary);
    }
    Ok(())
}

/// Kills a worker at one boundary. `false`: its operation has fewer.
fn kill_at(
    operation: Operation,
    boundary: u64,
    stage: &Stage,
    figures: &mut Figures,
) -> Result<bool> {
    let name = operation.name(&stage.leaf());
    let mut scene = Scene::new(operation, &name, stage)?;
    let mut worker = Traced::new(operation, &name)?;
    scene.worker_is_ready();
    worker.begin()?;
    let mut stop = None;
    for _ in 0..=boundary {
        let next = worker.next(stop)?;
        if next == Stop::Done {
            worker.finish()?;
            scene.judge()?;
            return Ok(false);
        }
        stop = Some(next);
    }
    let pid = worker.kill()?;
    scene
        .judge()
        .with_context(|| format!("killed at {stop:x?}"))?;
    let left = left_by(pid)?;
    figures.add("kills survived", 1);
    figures.add(
        "ids without pages, each found by a later creation",
        left.ids,
    );
    figures.add("segments left", left.segments);
    figures.add("bytes leaked", left.bytes);
    anyhow::ensure!(left.segments == 0, "{left:?} after {stop:x?}");
    Ok(true)
}
