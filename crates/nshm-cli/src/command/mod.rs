//! The commands, one in each file, or in a folder where one file would be too long.
//!
//! Each file has its words (`Args`, as clap reads them), what they come to once checked
//! (`Config`, where there is anything to check), and `run`.

pub(crate) mod create;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod info;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod reap;
pub(crate) mod remove;
pub(crate) mod setup;
pub(crate) mod wait;
pub(crate) mod write;

use std::io::{self, Read};

use crate::cli::Command;
use crate::failure::Result;

/// Runs a command; gives the exit code.
pub(crate) fn run(command: Command) -> Result<i32> {
    match command {
        Command::Create(args) => create::run(args.try_into()?),
        Command::Read(args) => read::run(&args.try_into()?),
        Command::Write(args) => write::run(args.try_into()?),
        Command::List(args) => list::run(&args),
        Command::Info(args) => info::run(&args.try_into()?),
        Command::Wait(args) => wait::run(&args.try_into()?),
        Command::Remove(args) => remove::run(&args.try_into()?),
        Command::Reap(args) => reap::run(&args.try_into()?),
        Command::Doctor(args) => doctor::run(&args),
        Command::Setup(args) => setup::run(&args),
        Command::Demo(_) => demo::run(),
        Command::DemoSecond(args) => demo::run_second(&args),
    }
}

/// A buffer to copy `total` bytes through: a whole number of hexdump lines, and no more than it
/// takes.
fn buffer(total: usize) -> Vec<u8> {
    const MOST: usize = 1 << 20;
    vec![0; total.min(MOST).next_multiple_of(16)]
}

/// Reads what there is; zero at the end.
fn read_some(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
