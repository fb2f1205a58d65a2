//! The words of the command line.

use clap::{Parser, Subcommand};

use crate::command::{
    completions, create, demo, diff, doctor, event, info, list, lock, read, reap, remove, restore,
    semaphore, setup, snapshot, top, wait, watch, write,
};
use crate::exit_code;

/// Named shared memory: create it, read it, write it, see who has it.
///
/// A section is memory under a name. One process creates it, others open it by the name, and
/// both name and memory are gone when the last process that has it open ends, even by `kill -9`.
/// Events, mutexes and semaphores, for processes that wait for each other, live as long.
///
/// A NAME is `x` or `Local\x` (the names of this user), `Global\x` (one for all users) or
/// `Session\1000\x` (the names of user 1000). Quote the backslash: 'Global\x'. `posix:/x` is an
/// object of another library in /dev/shm, for looking into it; `info` also takes `sysv:7`, a System
/// V segment.
///
/// Sizes, offsets and lengths are bytes: 256, 64K, 1M, 2GiB (K and KiB are both 1024), or
/// hexadecimal as 0x1000. Durations are 500ms, 10s, 2m.
///
/// To begin: `nshm demo`. The --help of each COMMAND says more, with examples.
#[derive(Debug, Parser)]
#[command(
    name = "nshm",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = exit_code::HELP
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command, one file.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(create::Args),
    Read(read::Args),
    Write(write::Args),
    Diff(diff::Args),
    Snapshot(snapshot::Args),
    Restore(restore::Args),
    List(list::Args),
    Info(info::Args),
    Watch(watch::Args),
    Top(top::Args),
    Wait(wait::Args),
    Event(event::Args),
    Lock(lock::Args),
    Semaphore(semaphore::Args),
    Remove(remove::Args),
    Reap(reap::Args),
    Doctor(doctor::Args),
    Setup(setup::Args),
    Completions(completions::Args),
    Demo(demo::Args),
    #[command(hide = true, name = completions::ASK)]
    Ask(completions::AskArgs),
    #[command(hide = true, name = demo::SECOND)]
    DemoSecond(demo::SecondArgs),
}
