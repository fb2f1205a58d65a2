//! The other program: shows what `car` shares, four times a second.
//!
//! It may be started first: it waits for the section. An argument says after how many lines it
//! ends; without one it ends when the car has.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::atomic::{Ordering, fence};
use std::time::{Duration, Instant};

use nshm::zerocopy::FromBytes;
use nshm::{Access, Section, View};

/// What is shared, behind the `u32` that counts the ticks.
#[derive(FromBytes)]
#[repr(C)]
struct Telemetry {
    rpm: f32,
    speed: f32,
    track: [u8; 32],
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lines = std::env::args().nth(1).map(|word| word.parse());
    let lines: usize = lines.transpose()?.unwrap_or(usize::MAX);

    let view = Section::options()
        .access(Access::ReadOnly)
        .wait("telemetry", Duration::from_secs(30))?
        .map_read_only()?;
    let mut last = 0;
    for _ in 0..lines {
        let moment = read(&view)?.filter(|(tick, _)| *tick != last);
        let Some((tick, telemetry)) = moment else {
            println!("the car has stopped");
            break;
        };
        last = tick;
        let track = telemetry.track.split(|byte| *byte == 0).next();
        let track = String::from_utf8_lossy(track.unwrap_or_default());
        println!(
            "{track}: tick {tick:>5}, {:>4.0} rpm, {:>5.1} km/h",
            telemetry.rpm, telemetry.speed
        );
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}

/// All of one moment: if the car was writing meanwhile, it looks again. A car that was killed
/// while it wrote never ends, so this gives up after a second.
fn read(view: &View) -> nshm::Result<Option<(u32, Telemetry)>> {
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        let before = view.load_u32(0, Ordering::Acquire)?;
        let telemetry = view.load(4)?;
        fence(Ordering::Acquire);
        if before % 2 == 0 && view.load_u32(0, Ordering::Relaxed)? == before {
            return Ok(Some((before, telemetry)));
        }
        std::thread::yield_now();
    }
    Ok(None)
}
