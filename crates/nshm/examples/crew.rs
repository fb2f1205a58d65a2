//! A pit crew: waits until it is called, and works on the car while nobody else does.
//!
//! `cargo run -p nshm --example crew`, and `nshm event set pit-call` in another terminal. An argument
//! says after how many calls it ends; without one it goes on until it is interrupted.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use nshm::{Event, Mutex};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let calls = std::env::args().nth(1).map(|word| word.parse());
    let calls: u32 = calls.transpose()?.unwrap_or(u32::MAX);

    let (call, _) = Event::open_or_create("pit-call")?;
    let (jack, _) = Mutex::open_or_create("jack")?;
    println!("The crew waits to be called.");
    for number in 1..=calls {
        work(&call, &jack, number)?;
    }
    Ok(())
}

/// Of several crews, each call sends one.
fn work(call: &Event, jack: &Mutex, number: u32) -> nshm::Result<()> {
    call.wait()?;
    let guard = jack.lock()?;
    if guard.is_abandoned() {
        println!("Who had the jack has ended in the midst of it: the car may be half up.");
    }
    println!("Call {number}: four new wheels.");
    Ok(())
}
