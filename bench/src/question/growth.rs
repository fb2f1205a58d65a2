//! Question 2, growth: what a name costs when there are many, and an open when many have it.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::{PAGE, Plan, kib};
use crate::child::Peer;
use crate::foreign::Entrant;
use crate::measure::{Outcome, Runner, cells, interleave};
use crate::peer::{NSHM, RAW};
use crate::results::{Cell, Most, Spread, Table, Unit};

/// The kernel's limit on segments, of this namespace.
const LIMIT: &str = "/proc/sys/kernel/shmmni";

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut tables = names(plan)?;
    tables.push(memory(plan));
    tables.extend(holders(plan)?);
    Ok(tables)
}

/// Time of each step with so many names.
fn names(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let table =
        |id: &str, title: &str, note: &str| Table::new(id, title, "names", Unit::Nanoseconds, note);
    let mut tables = vec![
        table(
            "grow-create",
            "Create, with many names",
            "Time of one create, map and touch of 4 KiB, the mean over all the names.",
        ),
        table(
            "grow-open",
            "Open, with many names",
            "Time of one open, map, touch and close, the mean over all the names.",
        ),
        table(
            "grow-list",
            "List all names",
            "Time of one list of all the names. For raw shm_open and memmap2 it counts the files \
             of /dev/shm, which tells nothing of who uses them.",
        )
        .with_budget(NSHM, "4000", Most::Value(50e6)),
        table(
            "grow-close",
            "Close, with many names",
            "Time of the destruction of one, the mean over all the names.",
        ),
    ];
    let entrants: Vec<&Entrant> = plan
        .entrants
        .iter()
        .filter(|entrant| entrant.known.named)
        .collect();
    let mut counts = vec![1, 10, 100, 1000, 4000];
    if plan.mode.pick(false, true) {
        counts.push(16_000);
    }
    // What all the steps together took for one name, with fewer names.
    let mut each: Vec<Option<f64>> = vec![None; entrants.len()];
    for count in counts {
        plan.say(&tables[0], &count.to_string());
        let room = make_room(count);
        let mut runners: Vec<Runner<'_>> = entrants
            .iter()
            .zip(&each)
            .map(|(entrant, each)| {
                let mut asked = match &room {
                    _ if !entrant.alone => Err(anyhow!("left out: it would measure Wine's server")),
                    Err(error) if entrant.known.name == NSHM => Err(anyhow!("{error:#}")),
                    _ if [RAW, NSHM].contains(&entrant.known.name) => plan.start(entrant),
                    _ => worth(plan, *each, count).and_then(|()| plan.start(entrant)),
                };
                let line = format!("grow {} {count} {PAGE}", entrant.name("name"));
                Runner::new(entrant.known.name, move || match &mut asked {
                    Ok(peer) => peer.figures(&line),
                    Err(error) => bail!("{error:#}"),
                })
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        let names: Vec<&str> = runners.iter().map(|runner| runner.who).collect();
        for (which, table) in tables.iter_mut().enumerate() {
            let cells = cells(&outcomes, which);
            table.add(&count.to_string(), count as f64, &names, cells);
        }
        for (each, outcome) in each.iter_mut().zip(&outcomes) {
            *each = middle(outcome).or(*each);
        }
    }
    Ok(tables)
}

/// Create, open and close of one name together, in nanoseconds.
fn middle(outcome: &Outcome) -> Option<f64> {
    let figures = outcome.as_ref().ok()?;
    let sums: Vec<f64> = figures
        .iter()
        .map(|round| round[0] + round[1] + round[3])
        .collect();
    (!sums.is_empty()).then(|| Spread::of(&sums).median)
}

/// Whether so many names take a bearable time.
fn worth(plan: &Plan<'_>, each: Option<f64>, count: usize) -> Result<()> {
    let most = Duration::from_millis(plan.mode.pick(700, 15_000));
    let Some(each) = each else { return Ok(()) };
    let round = Duration::from_nanos((each * count as f64) as u64);
    if round > most {
        bail!("left out: a round would take {:.0} s", round.as_secs_f64());
    }
    Ok(())
}

/// Sees to it that there may be so many segments: only in an IPC namespace of our own is the
/// limit ours to change.
fn make_room(count: usize) -> Result<()> {
    let limit: usize = fs::read_to_string(LIMIT)?.trim().parse().context(LIMIT)?;
    if count < limit {
        return Ok(());
    }
    let changed = fs::write(LIMIT, (count + 100).to_string());
    changed.with_context(|| format!("kernel.shmmni is {limit} and stays so"))
}

/// Kernel memory for a name, apart from the page that is written.
fn memory(plan: &Plan<'_>) -> Table {
    const NAMES: usize = 3000;
    let mut table = Table::new(
        "grow-memory",
        "Kernel memory of a name",
        "names",
        Unit::Bytes,
        "Growth of slabs and page tables while one process creates 3,000 regions of 4 KiB and \
         writes to each, divided by 3,000; the written pages come on top. Whoever else is at work \
         moves it too, and can make it less than nothing: the parentheses say how far eight of ten rounds are apart.",
    );
    plan.say(&table, "3000");
    let entrants: Vec<&Entrant> = plan
        .entrants
        .iter()
        .filter(|entrant| [RAW, NSHM, "shared_memory"].contains(&entrant.known.name))
        .collect();
    let mut runners: Vec<Runner<'_>> = entrants
        .iter()
        .map(|entrant| {
            Runner::new(entrant.known.name, || {
                let mut peer = plan.start(entrant)?;
                peer.ask(&format!("hold {} {PAGE}", entrant.name("first")))?;
                let before = kernel_memory()?;
                for index in 0..NAMES {
                    peer.ask(&format!("hold {}{index} {PAGE}", entrant.name("memory")))?;
                }
                let after = kernel_memory()?;
                peer.ask("release")?;
                Ok(vec![(after - before) / NAMES as f64])
            })
        })
        .collect();
    let outcomes = interleave(plan.rounds, &mut runners);
    let names: Vec<&str> = runners.iter().map(|runner| runner.who).collect();
    let plain = outcomes.iter().map(|outcome| match outcome {
        // What is left when the noise is more than the memory is no ratio.
        Ok(rounds) => Cell::plain(&rounds.concat()),
        Err(reason) => Cell::absent(reason.clone()),
    });
    table.add("3000", NAMES as f64, &names, plain.collect());
    table
}

fn kernel_memory() -> Result<f64> {
    let text = fs::read_to_string("/proc/meminfo").context("/proc/meminfo")?;
    let keys = ["Slab:", "PageTables:"];
    let kib: usize = keys.iter().filter_map(|key| kib(&text, key)).sum();
    Ok((kib << 10) as f64)
}

/// An open and a close of what many processes have, and who they are.
fn holders(plan: &Plan<'_>) -> Result<[Table; 2]> {
    let mut open = Table::new(
        "holders-open",
        "Open, with many holders",
        "processes that have it",
        Unit::Nanoseconds,
        "Time of open, map, touch and close of 4 KiB that so many processes have open.",
    );
    let mut tell = Table::new(
        "holders-tell",
        "Who has it?",
        "processes that have it",
        Unit::Nanoseconds,
        "Time of one `holders`. No other peer can tell.",
    );
    let entrants: Vec<&Entrant> = plan
        .entrants
        .iter()
        .filter(|entrant| [RAW, NSHM].contains(&entrant.known.name))
        .collect();
    let names: Vec<&str> = entrants.iter().map(|entrant| entrant.known.name).collect();
    let mut crowds: Vec<Vec<Peer>> = Vec::new();
    for entrant in &entrants {
        let mut first = plan.start_anywhere(entrant)?;
        first.ask(&format!("hold {} {PAGE}", entrant.name("held")))?;
        crowds.push(vec![first]);
    }
    for count in [1, 10, 50, 200] {
        plan.say(&open, &count.to_string());
        for (entrant, crowd) in entrants.iter().zip(&mut crowds) {
            while crowd.len() < count {
                let mut next = plan.start_anywhere(entrant)?;
                next.ask(&format!("keep {} {PAGE}", entrant.name("held")))?;
                crowd.push(next);
            }
        }
        let mut asked = Vec::new();
        for entrant in &entrants {
            asked.push(plan.start(entrant)?);
        }
        let mut runners: Vec<Runner<'_>> = asked
            .iter_mut()
            .zip(&entrants)
            .map(|(peer, entrant)| {
                let name = entrant.name("held");
                let line = format!("open {name} {PAGE} {}", plan.millis());
                Runner::new(entrant.known.name, move || peer.figures(&line))
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        drop(runners);
        let label = count.to_string();
        open.add(&label, count as f64, &names, cells(&outcomes, 0));

        let mut asked = asked.iter_mut().zip(&entrants);
        let cell = match asked.find(|(_, entrant)| entrant.known.name == NSHM) {
            Some((peer, entrant)) => told(plan, peer, &entrant.name("held")),
            None => Err(anyhow!("nshm is not here")),
        };
        let cell = cell.unwrap_or_else(|error| Cell::absent(format!("{error:#}")));
        tell.add(&label, count as f64, &[NSHM], vec![cell]);
    }
    Ok([open, tell])
}

fn told(plan: &Plan<'_>, peer: &mut Peer, name: &str) -> Result<Cell> {
    let mut times = Vec::new();
    for _ in 0..plan.rounds {
        times.extend(peer.figures(&format!("holders {name}"))?);
    }
    Ok(Cell::plain(&times))
}
