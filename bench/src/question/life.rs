//! Question 1, the life of a name: what it costs to create and destroy it, to open and close it,
//! and what is left when its only user is killed.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{GIB, MIB, PAGE, Plan, available, size};
use crate::measure::{Runner, cells, interleave};
use crate::peer::NSHM;
use crate::results::{Cell, Most, Table, Unit};
use crate::stand::Usage;

/// How long a helper of the killed process has for what it does then.
const GRACE: Duration = Duration::from_millis(100);

const SIZES: [usize; 3] = [PAGE, MIB, GIB];

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut tables = vec![create(plan), open(plan)];
    tables.extend(left(plan)?);
    Ok(tables)
}

fn create(plan: &Plan<'_>) -> Table {
    let note = "Time of create, map, touch of the first byte, and destroy, in one process.";
    let table = Table::new(
        "create",
        "Create and destroy",
        "size",
        Unit::Nanoseconds,
        note,
    );
    let mut table = table.with_budget(NSHM, "4 KiB", Most::Ratio(1.4));
    compare(plan, &mut table, &mut |entrant, bytes| {
        let mut peer = plan.start(entrant)?;
        let line = format!("create {} {bytes} {}", entrant.name("life"), plan.millis());
        Ok(Box::new(move || peer.figures(&line)))
    });
    table
}

fn open(plan: &Plan<'_>) -> Table {
    let note = "Time of open, map, touch of the first byte, and close, of what another process \
                holds.";
    let table = Table::new("open", "Open and close", "size", Unit::Nanoseconds, note);
    let mut table = table.with_budget(NSHM, "4 KiB", Most::Ratio(1.1));
    compare(plan, &mut table, &mut |entrant, bytes| {
        let mut holder = plan.start(entrant)?;
        let token = holder.ask(&format!("hold {} {bytes}", entrant.name("held")))?;
        let mut peer = plan.start(entrant)?;
        let line = format!("open {token} {bytes} {}", plan.millis());
        Ok(Box::new(move || {
            let figures = peer.figures(&line);
            // It lives as long as the one that is asked.
            let _ = &holder;
            figures
        }))
    });
    table
}

type Ask = Box<dyn FnMut() -> Result<Vec<f64>>>;
type Prepare<'a> = dyn FnMut(&crate::foreign::Entrant, usize) -> Result<Ask> + 'a;

/// A column for each size, with a row for each peer.
fn compare(plan: &Plan<'_>, table: &mut Table, prepare: &mut Prepare<'_>) {
    for bytes in SIZES {
        plan.say(table, &size(bytes));
        let mut runners: Vec<Runner<'_>> = plan
            .entrants
            .iter()
            .map(|entrant| {
                let mut asked = enough(bytes).and_then(|()| prepare(entrant, bytes));
                Runner::new(entrant.known.name, move || match &mut asked {
                    Ok(ask) => ask(),
                    Err(error) => anyhow::bail!("{error:#}"),
                })
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        let names: Vec<&str> = runners.iter().map(|runner| runner.who).collect();
        table.add(&size(bytes), bytes as f64, &names, cells(&outcomes, 0));
    }
}

/// Some of them allocate every page, some for several users at once.
fn enough(bytes: usize) -> Result<()> {
    let needed = bytes * 4;
    let has = available();
    ensure!(
        has > needed,
        "needs {} of free memory, and {} is there",
        size(needed),
        size(has)
    );
    Ok(())
}

/// What is left of a mebibyte, one page of which was written, when its only user is killed.
fn left(plan: &Plan<'_>) -> Result<[Table; 2]> {
    let mut bytes = Table::new(
        "left-bytes",
        "Memory that stays after kill -9",
        "held",
        Unit::Bytes,
        "What there is more in /dev/shm and in segments than before, when the only process that \
         used a region of 1 MiB, one page of which was written, has been killed and reaped.",
    );
    let mut objects = Table::new(
        "left-objects",
        "Objects that stay after kill -9",
        "held",
        Unit::Count,
        "The same in files, links and segments. What nshm leaves is a link that names nothing \
         any more. It goes when the name is created again, or with `nshm reap`.",
    );
    plan.say(&bytes, "1 MiB");
    let mut names = Vec::new();
    let mut rows = (Vec::new(), Vec::new());
    for entrant in plan.entrants {
        names.push(entrant.known.name);
        let (mut memory, mut things) = (Vec::new(), Vec::new());
        let measured = (0..plan.rounds).try_for_each(|_| {
            let usage = leave(plan, entrant)?;
            memory.push(usage.0);
            things.push(usage.1);
            anyhow::Ok(())
        });
        let cell = |figures: &[f64]| match &measured {
            Ok(()) => Cell::plain(figures),
            Err(error) => Cell::absent(format!("{error:#}")),
        };
        rows.0.push(cell(&memory));
        rows.1.push(cell(&things));
    }
    bytes.add("1 MiB", MIB as f64, &names, rows.0);
    objects.add("1 MiB", MIB as f64, &names, rows.1);
    Ok([bytes, objects])
}

/// Bytes and objects that a killed peer leaves.
fn leave(plan: &Plan<'_>, entrant: &crate::foreign::Entrant) -> Result<(f64, f64)> {
    if let Some(reason) = &plan.stand.shared {
        anyhow::bail!("{reason}");
    }
    // What the first use of a peer leaves on purpose (directories, locks) is no garbage.
    let name = entrant.name("left");
    let mut first = plan.start(entrant)?;
    first.ask(&format!("create {name} {MIB} 0"))?;
    drop(first);
    let mut next = plan.start(entrant)?;
    let before = plan.stand.usage()?;
    let mut killed = plan.start(entrant)?;
    killed.ask(&format!("hold {name} {MIB}"))?;
    killed.kill()?;
    killed.reap()?;
    let mut after = plan.stand.usage()?;
    let begin = Instant::now();
    while after != before && begin.elapsed() < GRACE {
        std::thread::sleep(GRACE / 20);
        after = plan.stand.usage()?;
    }
    next.ask(&format!("recover {name} {MIB}"))?;
    next.ask("release")?;
    let more = |what: fn(&Usage) -> u64| what(&after) as f64 - what(&before) as f64;
    Ok((more(|usage| usage.bytes), more(|usage| usage.objects)))
}
