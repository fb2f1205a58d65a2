//! One operation, so many times, for a tool that counts instructions: `cargo xtask instructions`.
//!
//! Without arguments it names the operations. What an operation needs is made before, and what it
//! makes it drops, so that a run with more turns differs by the turns alone.

#![allow(clippy::print_stdout, reason = "it names the operations")]

use std::hint::black_box;

use nshm::{Event, Mutex, Result, Section};

/// Makes what an operation needs, and then does it so many times.
type Operation = fn(u32) -> Result<()>;

const NAME: &str = "instructions";
const PAGE: usize = 4096;

const OPERATIONS: &[(&str, Operation)] = &[
    ("create and close", |turns| {
        repeat(turns, || Section::create(NAME, PAGE).map(drop))
    }),
    ("open and close", |turns| {
        let _section = Section::create(NAME, PAGE)?;
        repeat(turns, || Section::open(NAME).map(drop))
    }),
    ("map and unmap", |turns| {
        let section = Section::create(NAME, PAGE)?;
        repeat(turns, || section.map().map(drop))
    }),
    ("read_at 8", |turns| read::<8>(turns)),
    ("read_at 64", |turns| read::<64>(turns)),
    ("read_at 4096", |turns| read::<4096>(turns)),
    ("write_at 64", |turns| {
        let view = Section::create(NAME, PAGE)?.map()?;
        repeat(turns, || view.write_at(0, black_box(&[1; 64])))
    }),
    ("mutex lock and unlock", |turns| {
        let mutex = Mutex::create(NAME)?;
        repeat(turns, || mutex.lock()?.unlock())
    }),
    ("event set and wait", |turns| {
        let event = Event::create(NAME)?;
        repeat(turns, || {
            event.set()?;
            event.wait()
        })
    }),
];

fn read<const LEN: usize>(turns: u32) -> Result<()> {
    let view = Section::create(NAME, PAGE)?.map()?;
    let mut bytes = [0; LEN];
    repeat(turns, || view.read_at(0, black_box(&mut bytes)))
}

fn repeat(turns: u32, mut body: impl FnMut() -> Result<()>) -> Result<()> {
    (0..turns).try_for_each(|_| body())
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let turns = words.get(1).and_then(|turns| turns.parse().ok());
    let found = OPERATIONS
        .iter()
        .find(|(name, _)| Some(*name) == words.first().map(String::as_str));
    match (found, turns) {
        (Some((_, operation)), Some(turns)) => operation(turns)?,
        // `cargo bench` gives words of its own.
        _ => OPERATIONS.iter().for_each(|(name, _)| println!("{name}")),
    }
    Ok(())
}
