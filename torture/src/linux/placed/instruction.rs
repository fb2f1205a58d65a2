//! Death after an instruction at random.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum as _;

use super::Act;
use crate::linux::attack::Campaign;
use crate::linux::deed::{Deed as _, End, Scene as _, Verdict};
use crate::linux::report::Figures;
use crate::linux::stage::{Stage, left_by};
use crate::linux::tracer::Traced;

pub(super) fn run(campaign: &Campaign<'_>, time: Duration, figures: &mut Figures) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(campaign.seed);
    // What each of them takes, as far as is known.
    let mut acts = Vec::from_iter(Act::value_variants().iter().map(|act| (*act, None)));
    let until = Instant::now() + time;
    while Instant::now() < until {
        let (act, length) = &mut acts[random.usize(..Act::value_variants().len())];
        let instruction = length.map_or(u64::MAX, |length| random.u64(..length));
        let context = || format!("{act:?}, killed after instruction {instruction}");
        match kill_after(*act, instruction, campaign.stage).with_context(context)? {
            Reached::Instruction(verdict) => {
                figures.add("kills survived", 1);
                figures.add("operations killed after an instruction at random", 1);
                verdict.count(figures);
            }
            Reached::End { after } => *length = Some(after.max(1)),
        }
    }
    Ok(())
}

enum Reached {
    Instruction(Verdict),
    End {
        /// How many instructions.
        after: u64,
    },
}

fn kill_after(act: Act, instructions: u64, stage: &Stage) -> Result<Reached> {
    let name = act.name(&stage.leaf());
    let mut scene = act.set_up(&name, stage)?;
    let mut worker = Traced::new(act, &name)?;
    scene.worker_is_ready(worker.id())?;
    worker.begin()?;
    for after in 0..instructions {
        if !worker.step_instruction()? {
            worker.finish()?;
            scene.judge(End::Done)?;
            return Ok(Reached::End { after });
        }
    }
    scene.worker_stands(worker.id())?;
    let pid = worker.kill()?;
    let verdict = scene.judge(End::Killed)?;
    let left = left_by(pid)?;
    ensure!(left.segments == 0, "{left:?}");
    Ok(Reached::Instruction(verdict))
}
