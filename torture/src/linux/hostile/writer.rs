//! A process that writes over what others use: noise, and values that mean something.

use std::os::unix::fs::MetadataExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use nshm::ViewMut;

use super::tally::{Tally, VICTIMS};
use super::targets::{self, SIZE};
use crate::linux::party::go_with_parent;
use crate::linux::placed::court;
use crate::linux::stage::Stage;

pub(crate) fn write(seed: u64) -> Result<()> {
    go_with_parent()?;
    let tally = Tally::join()?;
    let stage = Stage::joined();
    let words = targets::words(&stage)?;
    let memory = targets::memory(&stage)?;
    let placed = targets::placed()?;
    let file = targets::open_file(&stage)?;
    let namespace = std::fs::metadata("/proc/thread-self/ns/pid")?.ino();
    let mut random = fastrand::Rng::with_seed(seed);
    loop {
        // Bursts, with time between them in which victims get on.
        let burst = random.u64(1..200);
        for _ in 0..burst {
            match random.u8(..12) {
                0..4 => over_placed(&placed, &mut random)?,
                4..10 => over_word(&words, &tally, &mut random)?,
                _ => over_memory(&memory, &mut random)?,
            }
        }
        // With the namespace that they were made in gone, objects would not open at all.
        if random.u8(..4) != 0 {
            for view in &words {
                view.store(8, &namespace)?;
            }
        }
        // What is placed can be used again once it is nothing.
        if random.u8(..4) != 0 {
            placed.fill(0..court::END, 0)?;
        }
        // Cuts the file off under who reads it, and gives it back.
        if random.u8(..20) == 0 {
            file.set_len(random.u64(..=SIZE as u64))?;
            file.set_len(SIZE as u64)?;
        }
        tally.count_writes(burst)?;
        std::thread::sleep(Duration::from_micros(random.u64(..300)));
    }
}

/// Over the word of an object to wait for, or the numbers that say how it was made.
fn over_word(words: &[ViewMut], tally: &Tally, random: &mut fastrand::Rng) -> Result<()> {
    let view = &words[random.usize(..words.len())];
    let at_word = view.len() - 16;
    let offset = match random.u8(..16) {
        0 => 0,
        1 => 8,
        2 | 3 => 8 * random.usize(..view.len() / 8),
        _ => at_word,
    };
    let cell = view.atomic_u64(offset)?;
    let old = cell.load(Ordering::Relaxed);
    let thread = match random.u8(..3) {
        // One of those who use it, nobody, and somebody.
        0 => tally.thread(random.usize(..VICTIMS))?,
        1 => 0,
        _ => random.u64(..1 << 30),
    };
    let value = match random.u8(..10) {
        0 => random.u64(..),
        1 => u64::MAX,
        // As if it were new, or a thread owned it.
        2 | 3 => 0,
        4 => thread,
        5 => thread | random.u64(..4) << 30,
        // One flag more or less, and a count that cannot be.
        6 => old ^ 1 << random.u8(..64),
        7 => old & !((1 << 30) - 1) | thread,
        8 => old | ((1 << 31) - 1) << 32,
        _ => old & 0xffff_ffff,
    };
    cell.store(value, Ordering::Relaxed);
    Ok(())
}

/// Over a word of what is placed in a section.
fn over_placed(view: &ViewMut, random: &mut fastrand::Rng) -> Result<()> {
    let mut cell = || view.atomic_u64(8 * random.usize(..court::END / 8));
    let (cell, other) = (cell()?, cell()?);
    let old = cell.load(Ordering::Relaxed);
    let value = match random.u8(..6) {
        0 => random.u64(..),
        1 => 0,
        // Marks: of a sleeper, of a death, of one who has changed nothing.
        2 => old ^ 1 << [30, 31, 63][random.usize(..3)],
        3 => old ^ 1 << random.u8(..64),
        // As if whoever has another lock had this one.
        _ => other.load(Ordering::Relaxed),
    };
    cell.store(value, Ordering::Relaxed);
    Ok(())
}

/// Over bytes of a section.
fn over_memory(memory: &[ViewMut], random: &mut fastrand::Rng) -> Result<()> {
    let view = &memory[random.usize(..memory.len())];
    let len = random.usize(..256);
    let offset = random.usize(..view.len() - len);
    let bytes: Vec<u8> = (0..len).map(|_| random.u8(..)).collect();
    Ok(view.write_at(offset, &bytes)?)
}
