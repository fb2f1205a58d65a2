//! `nshm completions`: scripts that let a shell complete its words, and what they ask.
//!
//! The engine of clap_complete says what can follow; it asks [`complete`](crate::complete) for
//! names. Its own scripts for bash take a backslash for quoting and give none back, so that
//! `Global\x` would lose its own: the scripts in `src/completions` are ours.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::Write as _;

use clap::ValueEnum;
use clap_complete::engine::{CompletionCandidate, complete};
use clap_complete::{Shell, generate};

use crate::failure::{Failure, Result};
use crate::output;
use crate::shell_words::Line;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  source <(nshm completions bash)
  nshm completions fish > nshm.fish";

/// Print a script that completes commands, options and live names
///
/// The script is for bash, zsh or fish; there it asks nshm what can follow, so that the names of
/// sections that are alive now are completed, too. For elvish and powershell it completes
/// commands and options. Put what it prints into the file that your shell reads at its start, or
/// `source` it there.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The command that the scripts run.
pub(crate) const ASK: &str = "__complete";

/// What the scripts say.
#[derive(Debug, clap::Args)]
pub(crate) struct AskArgs {
    #[arg(value_enum)]
    shell: Asker,
    /// bash: the line up to the cursor, and what breaks words. Others: the words behind the
    /// program, up to the cursor; the last may be empty.
    #[arg(last = true)]
    words: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Asker {
    Bash,
    Zsh,
    Fish,
}

pub(crate) fn run(args: &Args) -> Result<i32> {
    let mut out = output::data();
    output::check(out.write_all(&script(args.shell)))?;
    output::finish(out)?;
    Ok(crate::DONE)
}

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let ours = match shell {
        Shell::Bash => include_str!("../completions/nshm.bash"),
        Shell::Zsh => include_str!("../completions/nshm.zsh"),
        Shell::Fish => include_str!("../completions/nshm.fish"),
        other => {
            let mut bytes = Vec::new();
            generate(other, &mut crate::command(), "nshm", &mut bytes);
            return bytes;
        }
    };
    ours.as_bytes().to_vec()
}

/// Answers a script: one possibility a line, with a tab and a help for those that show it.
pub(crate) fn ask(args: AskArgs) -> Result<i32> {
    let lines = match args.shell {
        Asker::Bash => bash(&args.words)?,
        Asker::Zsh | Asker::Fish => {
            let mut words: Vec<OsString> = vec!["nshm".into()];
            words.extend(args.words);
            if args.shell == Asker::Fish {
                dequote_last(&mut words);
            }
            let shown = |candidate: &CompletionCandidate| {
                let value = candidate.get_value().to_str()?;
                let help = candidate.get_help().map(ToString::to_string);
                let help = help.unwrap_or_default();
                let help = escape(help.lines().next().unwrap_or_default()).into_owned();
                Some(format!("{value}\t{help}"))
            };
            candidates(words)?.iter().filter_map(shown).collect()
        }
    };
    lines.iter().try_for_each(|line| output::line(line))?;
    Ok(crate::DONE)
}

fn bash(arguments: &[OsString]) -> Result<Vec<String>> {
    let text = |index: usize| {
        let word = arguments.get(index);
        word.map(|word| word.to_string_lossy()).unwrap_or_default()
    };
    let line = Line::parse(&text(0), &text(1));
    let words = line.words.iter().chain([&line.last]).map(OsString::from);
    let found = candidates(words.collect())?;
    let values = found.iter().filter_map(|it| it.get_value().to_str());
    Ok(values.filter_map(|value| line.completion(value)).collect())
}

/// fish gives the word under the cursor as it is written.
fn dequote_last(words: &mut [OsString]) {
    if let Some(last) = words.last_mut() {
        *last = Line::parse(&last.to_string_lossy(), "").last.into();
    }
}

/// What can be in place of the last word. Options are offered to who has typed a dash, or where
/// there is nothing else.
fn candidates(words: Vec<OsString>) -> Result<Vec<CompletionCandidate>> {
    let index = words.len().saturating_sub(1);
    let is_empty = words.last().is_none_or(|word| word.is_empty());
    let dir = std::env::current_dir().ok();
    let mut found = complete(&mut crate::command(), words, index, dir.as_deref())
        .map_err(|error| Failure::io("complete the line", error))?;
    found.retain(|candidate| !candidate.is_hide_set() && is_one_line(candidate));
    let is_option = |it: &CompletionCandidate| it.get_value().as_encoded_bytes().starts_with(b"-");
    if is_empty && !found.iter().all(is_option) {
        found.retain(|candidate| !is_option(candidate));
    }
    Ok(found)
}

/// Whether a shell can be told of it: it is text, and has nothing that ends a line or acts on a
/// terminal. Files may be called anything.
fn is_one_line(candidate: &CompletionCandidate) -> bool {
    let value = candidate.get_value().to_str();
    value.is_some_and(|value| matches!(escape(value), Cow::Borrowed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str]) -> Vec<String> {
        let words = words.iter().map(OsString::from).collect();
        let found = candidates(words).unwrap();
        let value = |it: &CompletionCandidate| it.get_value().to_string_lossy().into_owned();
        found.iter().map(value).collect()
    }

    #[test]
    fn commands_options_and_values() {
        let commands = found(&["nshm", ""]);
        assert!(commands.contains(&"watch".into()) && commands.contains(&"read".into()));
        assert!(
            !commands.iter().any(|it| it.starts_with(['-', '_'])),
            "{commands:?}"
        );
        assert!(!commands.contains(&"demo-second-process".into()));
        assert_eq!(found(&["nshm", "sn"]), ["snapshot"]);
        assert_eq!(found(&["nshm", "read", "x", "--compa"]), ["--compare"]);
        let who = found(&["nshm", "create", "x", "--access", ""]);
        assert_eq!(who, ["owner", "group", "everyone"]);
        assert_eq!(
            found(&["nshm", "create", "x", "--access=e"]),
            ["--access=everyone"]
        );
    }

    #[test]
    fn every_shell_has_a_script() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            assert!(script.contains("nshm"), "{shell}");
        }
    }
}
