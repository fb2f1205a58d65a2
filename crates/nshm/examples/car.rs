//! A program that shares what it knows sixty times a second, as a simulator or a machine does.
//!
//! `cargo run -p nshm --example car`, and `dashboard` in another terminal. An argument says after
//! how many ticks it ends; without one it goes on until it is interrupted.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

use nshm::zerocopy::{Immutable, IntoBytes};
use nshm::{Section, ViewMut};

/// What is shared, behind the `u32` that counts the ticks.
#[derive(IntoBytes, Immutable)]
#[repr(C)]
struct Telemetry {
    rpm: f32,
    speed: f32,
    track: [u8; 32],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ticks = std::env::args().nth(1).map(|word| word.parse());
    let ticks: u32 = ticks.transpose()?.unwrap_or(u32::MAX / 2);

    let section = Section::create("telemetry", 4096)?;
    let view = section.map()?;
    println!("The car drives: {section:?}");
    for tick in 1..=ticks {
        publish(&view, tick, &drive(tick))?;
        std::thread::sleep(Duration::from_millis(16));
    }
    Ok(())
}

/// The counter is odd while the rest is written, so that a reader knows when to look again.
fn publish(view: &ViewMut, tick: u32, telemetry: &Telemetry) -> nshm::Result<()> {
    let counter = view.atomic_u32(0)?;
    counter.store(tick * 2 - 1, Ordering::Relaxed);
    fence(Ordering::Release);
    view.store(4, telemetry)?;
    counter.store(tick * 2, Ordering::Release);
    Ok(())
}

/// A lap with a long bend.
fn drive(tick: u32) -> Telemetry {
    let angle = tick as f32 / 60.0;
    let mut track = [0; 32];
    track[..17].copy_from_slice(b"Nordschleife, dry");
    Telemetry {
        rpm: 6200.0 + 1800.0 * (angle * 1.7).sin(),
        speed: 190.0 + 45.0 * angle.sin(),
        track,
    }
}
