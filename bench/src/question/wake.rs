//! Question 4, wake-up: how long a signal to another process and its answer take together.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Plan;
use crate::bell::KNOWN;
use crate::child::Peer;
use crate::measure::{Runner, cells, interleave};
use crate::results::{Table, Unit};

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut table = Table::new(
        "wake",
        "Round trip between two processes",
        "processors",
        Unit::Nanoseconds,
        "Time from waking the other process to being woken by it, with each process on a processor \
         of its own.",
    );
    plan.say(&table, "2");
    let bell = |name: &str| -> Result<Peer> {
        let echo = plan
            .stand
            .processor(1)
            .filter(|_| plan.stand.processors() > 1);
        let echo = echo.context("this machine has one processor")?;
        let mut command = Command::new(std::env::current_exe().context("our own program")?);
        command.args(["bell", name, &echo.to_string()]);
        command.env("NSHM_DIR", plan.stand.names());
        command.env("TMPDIR", plan.stand.temporary());
        plan.stand.on(0, || Peer::start(command))?
    };
    let line = format!("trips {}", plan.millis());
    let mut runners: Vec<Runner<'_>> = KNOWN
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
    table.add("2", 2.0, &names, cells(&outcomes, 0));
    Ok(vec![table])
}
