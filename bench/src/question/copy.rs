//! Question 3, first touch and copy: the first write to every page, and the safe copies against
//! `memcpy` and `memset` of the same pages.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nshm::{HugePages, Section, SectionOptions};

use super::{GIB, MIB, PAGE, Plan, available, size};
use crate::measure::{Outcome, Runner, cells, interleave};
use crate::peer::NSHM;
use crate::results::{Cell, Most, Table, Unit};
use crate::sys::{self, Mapping};

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut tables = copies(plan)?;
    tables.push(plan.stand.on(1, || first_touch(plan))??);
    Ok(tables)
}

/// Nanoseconds for one turn, repeated for about as long as `time`.
fn repeat(time: Duration, mut body: impl FnMut()) -> f64 {
    let begin = Instant::now();
    body();
    let one = begin.elapsed().max(Duration::from_nanos(20));
    let count = (time.as_secs_f64() / one.as_secs_f64()).clamp(1.0, 1e6) as u32;
    let begin = Instant::now();
    for _ in 0..count {
        body();
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

fn copies(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let table = |id: &str, title: &str, note: &str| {
        let table = Table::new(id, title, "size", Unit::Transfer, note);
        ["64 KiB", "256 MiB"].iter().fold(table, |table, column| {
            table.with_budget(NSHM, column, Most::Ratio(1.0 / 0.9))
        })
    };
    let mut out = table(
        "copy-out",
        "Copy out",
        "Bandwidth of copies from shared memory to private memory. With every other peer the user \
         has a pointer and calls memcpy, which does not say what happens when a peer writes.",
    );
    let mut into = table(
        "copy-in",
        "Copy in",
        "Bandwidth of copies from private memory to shared memory.",
    );
    let mut fill = Table::new(
        "copy-fill",
        "Fill",
        "size",
        Unit::Transfer,
        "Bandwidth of filling shared memory with a byte.",
    );
    let mut sizes = vec![64, 1 << 10, PAGE, 64 << 10, MIB, 256 * MIB];
    if plan.mode.pick(false, true) {
        sizes.push(GIB);
    }
    for bytes in sizes {
        plan.say(&out, &size(bytes));
        let outcomes = match enough(bytes) {
            Ok(()) => plan.stand.on(1, || copy(plan, bytes))??,
            Err(error) => [const { Vec::new() }; 3].map(|_: Vec<Outcome>| {
                let reason = format!("{error:#}");
                NAMES.iter().map(|_| Err(reason.clone())).collect()
            }),
        };
        for (table, outcomes) in [&mut out, &mut into, &mut fill].into_iter().zip(outcomes) {
            table.add(&size(bytes), bytes as f64, &NAMES, cells(&outcomes, 0));
        }
    }
    Ok(vec![out, into, fill])
}

/// The rows of copies.
const NAMES: [&str; 3] = ["memcpy, same pages", NSHM, "memcpy, shm_open"];

fn enough(bytes: usize) -> Result<()> {
    // Both kinds of shared memory, two private blocks, and some room.
    let (needed, has) = (bytes * 5, available());
    ensure!(
        has > needed,
        "needs {} of free memory, and {} is there",
        size(needed),
        size(has)
    );
    Ok(())
}

/// Copies out, copies in, fills.
fn copy(plan: &Plan<'_>, bytes: usize) -> Result<[Vec<Outcome>; 3]> {
    let section = Section::anonymous(bytes)?;
    let view = section.map()?;
    let name = format!("/nshm-bench-copy-{}", std::process::id());
    let file = sys::shm_create(&name, bytes);
    rustix::shm::unlink(&name)?;
    let tmpfs = Mapping::shared(file?, bytes)?;
    let source = vec![1u8; bytes];
    let target = RefCell::new(vec![2u8; bytes]);
    view.write_at(0, &source)?;
    let (ours, theirs) = (view.as_mut_ptr(), tmpfs.as_ptr());
    // SAFETY: it is as long, and no other process knows it.
    unsafe { sys::copy_in(&source, theirs) };

    let time = plan.turn;
    let memcpy_out = |from: *mut u8| {
        repeat(time, || {
            // SAFETY: both are as long, and no other process knows the shared memory.
            unsafe { sys::copy_out(black_box(from), black_box(&mut target.borrow_mut())) };
        })
    };
    let memcpy_in = |to: *mut u8| {
        // SAFETY: both are as long, and no other process knows the shared memory.
        repeat(time, || unsafe { sys::copy_in(black_box(&source), to) })
    };
    let memset = |to: *mut u8| {
        // SAFETY: it is as long, and no other process knows it.
        repeat(time, || unsafe { sys::set(to, black_box(bytes), 3) })
    };
    let round = |runners: [Runner<'_>; 3]| interleave(plan.rounds, &mut { runners });
    let (view, source, target) = (&view, &source, &target);
    Ok([
        round([
            Runner::new(NAMES[0], || Ok(vec![memcpy_out(ours)])),
            Runner::new(NAMES[1], || {
                timed(time, || {
                    view.read_at(0, black_box(&mut target.borrow_mut()))
                })
            }),
            Runner::new(NAMES[2], || Ok(vec![memcpy_out(theirs)])),
        ]),
        round([
            Runner::new(NAMES[0], || Ok(vec![memcpy_in(ours)])),
            Runner::new(NAMES[1], || {
                timed(time, || view.write_at(0, black_box(source)))
            }),
            Runner::new(NAMES[2], || Ok(vec![memcpy_in(theirs)])),
        ]),
        round([
            Runner::new(NAMES[0], || Ok(vec![memset(ours)])),
            Runner::new(NAMES[1], || {
                timed(time, || view.fill(0..black_box(bytes), 3))
            }),
            Runner::new(NAMES[2], || Ok(vec![memset(theirs)])),
        ]),
    ])
}

/// The time of a safe call, which must succeed.
fn timed(time: Duration, mut body: impl FnMut() -> nshm::Result<()>) -> Result<Vec<f64>> {
    let mut done = Ok(());
    let each = repeat(time, || done = body());
    done?;
    Ok(vec![each])
}

/// A fresh region, all pages of which are written for the first time.
fn first_touch(plan: &Plan<'_>) -> Result<Table> {
    let mut table = Table::new(
        "first-touch",
        "First touch",
        "size",
        Unit::Transfer,
        "Create, map and write one byte of every page, without the destruction. Whether huge \
         pages are to be had is the setting shmem_enabled of the machine.",
    );
    let mut sizes = vec![64 * MIB];
    if plan.mode.pick(false, true) {
        sizes.push(GIB);
    }
    for bytes in sizes {
        plan.say(&table, &size(bytes));
        let mapped = |make: &dyn Fn() -> Result<Mapping>| {
            enough(bytes)?;
            let begin = Instant::now();
            let mapping = make()?;
            for offset in (0..bytes).step_by(PAGE) {
                mapping.put(offset);
            }
            Ok(vec![begin.elapsed().as_secs_f64() * 1e9])
        };
        let ours = |options: &SectionOptions| {
            enough(bytes)?;
            let begin = Instant::now();
            let view = options.anonymous()?.map()?;
            let mut done = Ok(());
            for offset in (0..bytes).step_by(PAGE) {
                done = done.and(view.write_at(offset, &[1]));
            }
            done?;
            Ok(vec![begin.elapsed().as_secs_f64() * 1e9])
        };
        let options = || Section::options().size(bytes).huge_pages(HugePages::No);
        let name = format!("/nshm-bench-touch-{}", std::process::id());
        let mut runners = [
            Runner::new("raw shm_open", || {
                mapped(&|| {
                    let file = sys::shm_create(&name, bytes);
                    rustix::shm::unlink(&name)?;
                    Ok(Mapping::shared(file?, bytes)?)
                })
            }),
            Runner::new("raw memfd", || {
                mapped(&|| Ok(Mapping::shared(sys::memfd("touch", bytes)?, bytes)?))
            }),
            Runner::new("private memory", || {
                mapped(&|| Ok(Mapping::private(bytes)?))
            }),
            Runner::new(NSHM, || ours(&options())),
            Runner::new("nshm, populate", || ours(&options().populate(true))),
            Runner::new("nshm, huge pages", || {
                ours(&options().huge_pages(HugePages::Transparent))
            }),
        ];
        let outcomes = interleave(plan.rounds, &mut runners);
        let names: Vec<&str> = runners.iter().map(|runner| runner.who).collect();
        let cells: Vec<Cell> = cells(&outcomes, 0);
        table.add(&size(bytes), bytes as f64, &names, cells);
    }
    Ok(table)
}
