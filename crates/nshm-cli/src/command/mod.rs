//! The commands, one in each file, or in a folder where one file would be too long.
//!
//! Each file has its words (`Args`, as clap reads them), what they come to once checked
//! (`Config`, where there is anything to check), and `run`.

pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod event;
pub(crate) mod info;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod read;
pub(crate) mod reap;
pub(crate) mod remove;
pub(crate) mod restore;
pub(crate) mod semaphore;
pub(crate) mod setup;
pub(crate) mod snapshot;
pub(crate) mod top;
pub(crate) mod wait;
pub(crate) mod watch;
pub(crate) mod write;

use nshm::ErrorKind;

use crate::cli::Command;
use crate::failure::{Failure, Result};

/// Runs a command; gives the exit code.
pub(crate) fn run(command: Command) -> Result<i32> {
    let takes_segments = matches!(command, Command::Info(_));
    dispatch(command).map_err(|why| match takes_segments {
        true => or_unquoted(why),
        false => or_unquoted(info::or_a_segment(why)),
    })
}

/// Tells who asked for a name that is not there how to write it, if a shell may have taken its
/// backslash.
fn or_unquoted(why: Failure) -> Failure {
    let name = match &why {
        Failure::Core(error) if error.kind() == ErrorKind::NotFound => error.name(),
        _ => None,
    };
    match name.and_then(quoted) {
        Some(name) => why.with_hint(format!(
            r"a shell takes a backslash that is not quoted: '{name}'"
        )),
        None => why,
    }
}

/// A name as it was meant if its text has lost a backslash.
fn quoted(text: &str) -> Option<String> {
    ["Global", "Local"].into_iter().find_map(|prefix| {
        let leaf = text.strip_prefix(prefix)?;
        let is_lost = !leaf.is_empty() && !leaf.contains('\\');
        is_lost.then(|| format!(r"{prefix}\{leaf}"))
    })
}

fn dispatch(command: Command) -> Result<i32> {
    match command {
        Command::Create(args) => create::run(args.try_into()?),
        Command::Read(args) => read::run(&args.try_into()?),
        Command::Write(args) => write::run(args.try_into()?),
        Command::Diff(args) => diff::run(&args.try_into()?),
        Command::Snapshot(args) => snapshot::run(&args.try_into()?),
        Command::Restore(args) => restore::run(args.try_into()?),
        Command::List(args) => list::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Watch(args) => watch::run(args.try_into()?),
        Command::Info(args) => info::run(&args.try_into()?),
        Command::Wait(args) => wait::run(&args.try_into()?),
        Command::Event(args) => event::run(args.try_into()?),
        Command::Lock(args) => lock::run(&args.try_into()?),
        Command::Semaphore(args) => semaphore::run(args.try_into()?),
        Command::Remove(args) => remove::run(&args.try_into()?),
        Command::Reap(args) => reap::run(&args.try_into()?),
        Command::Doctor(args) => doctor::run(&args),
        Command::Setup(args) => setup::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Ask(args) => completions::ask(args),
        Command::Demo(_) => demo::run(),
        Command::DemoSecond(args) => demo::run_second(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_backslash_is_found_again() {
        for (text, meant) in [
            ("Globalx", Some(r"Global\x")),
            ("Localx y", Some(r"Local\x y")),
            (r"Global\x", None),
            ("Global", None),
            ("x", None),
            ("globalx", None),
            ("posix:/Globalx", None),
        ] {
            assert_eq!(quoted(text).as_deref(), meant, "{text}");
        }
    }
}
