//! Question 5, crash recovery: how long after the kill of its owner a name can be created anew by
//! another process, and the memory is back.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{MIB, Plan, size};
use crate::foreign::Entrant;
use crate::measure::{Runner, cells, interleave};
use crate::results::{Table, Unit};

const SIZES: [usize; 2] = [MIB, 16 * MIB];

/// How long memory may take to come back.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut again = Table::new(
        "crash-create",
        "From SIGKILL to a new create",
        "size",
        Unit::Nanoseconds,
        "Time from the kill of the only process that has a region, through its end, to a create \
         of the same name, mapped and touched, by another process that runs already. That process \
         first does what its library needs for it: unlinks the name (raw shm_open, memmap2, \
         Boost.Interprocess, Python), opens it as the owner and drops it (shared_memory), or makes \
         a new node (iceoryx2). nshm, cloudtoid and Windows need nothing.",
    );
    let mut memory = Table::new(
        "crash-memory",
        "From SIGKILL to memory being back",
        "size",
        Unit::Nanoseconds,
        "Time from the kill to the moment when shared memory is as much as before. Who waits for \
         a clean-up gets it from the create of the table above.",
    );
    let named = |entrant: &&Entrant| entrant.known.named;
    let entrants: Vec<&Entrant> = plan.entrants.iter().filter(named).collect();
    let names: Vec<&str> = entrants.iter().map(|entrant| entrant.known.name).collect();
    for bytes in SIZES {
        plan.say(&again, &size(bytes));
        let mut runners: Vec<Runner<'_>> = entrants
            .iter()
            .map(|entrant| {
                Runner::new(entrant.known.name, move || {
                    create_again(plan, entrant, bytes)
                })
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        again.add(&size(bytes), bytes as f64, &names, cells(&outcomes, 0));

        plan.say(&memory, &size(bytes));
        let mut runners: Vec<Runner<'_>> = entrants
            .iter()
            .map(|entrant| {
                Runner::new(entrant.known.name, move || {
                    memory_back(plan, entrant, bytes)
                })
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        memory.add(&size(bytes), bytes as f64, &names, cells(&outcomes, 0));
    }
    Ok(vec![again, memory])
}

fn nanoseconds(since: Instant) -> Vec<f64> {
    vec![since.elapsed().as_secs_f64() * 1e9]
}

fn create_again(plan: &Plan<'_>, entrant: &Entrant, bytes: usize) -> Result<Vec<f64>> {
    let name = entrant.name("crash");
    let mut owner = plan.start(entrant)?;
    let mut next = plan.start(entrant)?;
    // Whatever a process does at its first use is done.
    next.ask(&format!("create {name} {bytes} 0"))?;
    owner.ask(&format!("hold {name} {bytes}"))?;
    let killed = owner.kill()?;
    owner.reap()?;
    next.ask(&format!("recover {name} {bytes}"))?;
    let time = nanoseconds(killed);
    next.ask("release")?;
    Ok(time)
}

fn memory_back(plan: &Plan<'_>, entrant: &Entrant, bytes: usize) -> Result<Vec<f64>> {
    if let Some(reason) = &plan.stand.shared {
        bail!("{reason}");
    }
    let name = entrant.name("crash");
    let mut next = plan.start(entrant)?;
    next.ask(&format!("create {name} {bytes} 0"))?;
    let before = plan.stand.bytes()?;
    let mut owner = plan.start(entrant)?;
    owner.ask(&format!("hold {name} {bytes}"))?;
    let killed = owner.kill()?;
    owner.reap()?;
    if plan.stand.bytes()? <= before {
        return Ok(nanoseconds(killed));
    }
    next.ask(&format!("recover {name} {bytes}"))?;
    next.ask("release")?;
    while plan.stand.bytes()? > before {
        if killed.elapsed() > PATIENCE {
            bail!("it was not back after {} s", PATIENCE.as_secs());
        }
    }
    Ok(nanoseconds(killed))
}
