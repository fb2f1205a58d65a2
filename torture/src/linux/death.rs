//! Death at every system call: a worker is killed before and after each one that its operation
//! makes, and others look at what it left.

use anyhow::{Context as _, Result};

use super::operation::{Operation, Scene};
use super::report::Report;
use super::stage::{Stage, left_by};
use super::tracer::{Stop, Traced};

pub(crate) fn run(stage: &Stage, report: &mut Report) -> Result<()> {
    for operation in Operation::ALL {
        let mut boundary = 0;
        while kill_at(operation, boundary, stage, report)
            .with_context(|| format!("{operation:?}, killed at boundary {boundary}"))?
        {
            boundary += 1;
        }
        report.boundaries.push((operation, boundary));
    }
    Ok(())
}

/// Kills a worker at one boundary. `false`: its operation has fewer.
fn kill_at(
    operation: Operation,
    boundary: u64,
    stage: &Stage,
    report: &mut Report,
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
    report.kills += 1;
    report.ids_left += left.ids;
    report.segments_left += left.segments;
    report.bytes_left += left.bytes;
    anyhow::ensure!(left.segments == 0, "{left:?} after {stop:x?}");
    Ok(true)
}
