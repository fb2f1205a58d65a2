//! The command line of nshm, as a library: the program `nshm` is a call of [`run`], and the man
//! pages and shell completions are made from [`command`].

#![forbid(unsafe_code)]

mod cli;
mod command;
mod compare;
mod complete;
mod duration;
mod entry;
mod exit_code;
mod failure;
mod gaps;
mod hexdump;
mod hold;
mod os;
mod output;
mod progress;
mod record;
mod saving;
mod screen;
mod shell_words;
mod size;
mod snapshot;
mod snapshot_file;
mod state;
mod stream;
mod table;
mod text;
mod waiting;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use crate::exit_code::ExitCode;

/// The command line as data: every command, option and help text.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// The script that lets a shell complete the words of the program.
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    command::completions::script(shell)
}

/// Does what the arguments say (the first is the name of the program) and gives the exit code:
/// one of those that `nshm --help` lists, or that of the command that it has run.
pub fn run(args: impl IntoIterator<Item = OsString>) -> i32 {
    let parsed = command()
        .try_get_matches_from(args)
        .and_then(|mut matches| cli::Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        // Help and version come this way, too.
        Err(message) => return output::usage(&message).number(),
    };
    match command::run(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure);
            failure.code().number()
        }
    }
}

/// What a command gives that did all it should.
const DONE: i32 = ExitCode::Success.number();
