//! Question 4, wake-up: how long a signal to another process and its answer take together.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Plan;
use crate::bell::{KNOWN, Known};
use crate::child::Peer;
use crate::measure::{Runner, cells, interleave};
use crate::peer::NSHM;
use crate::results::{Most, Table, Unit};

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut two = Table::new(
        "wake",
        "Round trip between two processes",
        "processors",
        Unit::Nanoseconds,
        "Time from waking the other process to being woken by it, with each process on a processor \
         of its own.",
    )
    .with_budget(NSHM, "2", Most::Ratio(1.2));
    plan.say(&two, "2");
    round_trips(plan, &mut two, "2", 1, KNOWN)?;
    let mut one = Table::new(
        "wake-one",
        "Round trip on one processor",
        "processors",
        Unit::Nanoseconds,
        "The same with both processes on one processor: each must sleep for the other to run, and \
         what remains is what the mechanism costs.",
    )
    .with_budget(NSHM, "1", Most::Ratio(1.1));
    plan.say(&one, "1");
    let that_sleep = &KNOWN[1..];
    round_trips(plan, &mut one, "1", 0, that_sleep)?;
    Ok(vec![two, one])
}

/// Measures with the other process on that processor, and this one on the first.
fn round_trips(
    plan: &Plan<'_>,
    table: &mut Table,
    processors: &str,
    other: usize,
    bells: &[Known],
) -> Result<()> {
    let bell = |name: &str| -> Result<Peer> {
        let echo = plan
            .stand
            .processor(other)
            .filter(|_| plan.stand.processors() > other);
        let echo = echo.context("this machine has one processor")?;
        let mut command = Command::new(std::env::current_exe().context("our own program")?);
        command.args(["bell", name, &echo.to_string()]);
        command.env("NSHM_DIR", plan.stand.names());
        command.env("TMPDIR", plan.stand.temporary());
        plan.stand.on(0, || Peer::start(command))?
    };
    let line = format!("trips {}", plan.millis());
    let mut runners: Vec<Runner<'_>> = bells
        .iter()
        .map(|known| {
            let line = &line;
            // A process for each turn: one that waits for its next turn must not spin meanwhile.
            Runner::new(known.name, move || {
                let figures = bell(known.name)?.figures(line)?;
                ensure!(figures.len() == 1, "it said {figures:?}");
                Ok(figures)
            })
        })
        .collect();
    let outcomes = interleave(plan.rounds, &mut runners);
    let names: Vec<&str> = runners.iter().map(|runner| runner.who).collect();
    let x = processors.parse().context("a number of processors")?;
    table.add(processors, x, &names, cells(&outcomes, 0));
    Ok(())
}
