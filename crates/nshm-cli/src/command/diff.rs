//! `nshm diff`: where two sections, or a section and a file, differ.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::styling::{AnsiColor, Style};
use nshm::Name;
use serde::Serialize;

use super::snapshot;
use crate::compare::{Outcome, Side, compare, is_stdin, runs};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::hexdump;
use crate::output;
use crate::size;

const EXAMPLES: &str = r"Examples:
  nshm diff frame ./frame.raw
  nshm diff 'Global\MyFileMappingObject' frame --lines 4";

/// Compare two sections, or a section and a file
///
/// Shows the lines of a hexdump that differ, and sums the difference up. A FILE is what begins
/// with `/`, `./` or `../`, or `-` for the standard input; anything else is the name of a section.
/// Of a file that `nshm snapshot` has made its contents are compared. The exit code is 0 if both
/// have the same bytes, and 1 if not.
///
/// What others write meanwhile is compared as it is found.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A section or a file
    #[arg(value_name = "A", add = crate::complete::names_and_files())]
    first: OsString,
    /// Another one
    #[arg(value_name = "B", add = crate::complete::names_and_files())]
    second: OsString,
    /// Show at most this many lines of the dump; 0 shows only the sum
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        value_parser = size::parse_count::<usize>,
        default_value = "16"
    )]
    lines: usize,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// What to compare, checked.
pub(crate) struct Config {
    first: Operand,
    second: Operand,
    lines: usize,
    json: bool,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let config = Config {
            first: Operand::try_from(args.first)?,
            second: Operand::try_from(args.second)?,
            lines: args.lines,
            json: args.json,
        };
        if config.first.is_stdin() && config.second.is_stdin() {
            let text = "the standard input is there only once";
            return Err(Failure::new(ExitCode::Usage, text));
        }
        Ok(config)
    }
}

/// A section or a file.
#[derive(Debug, PartialEq)]
enum Operand {
    Section(Name),
    File(PathBuf),
}

impl TryFrom<OsString> for Operand {
    type Error = Failure;

    fn try_from(word: OsString) -> Result<Self> {
        let path = Path::new(&word);
        let is_path = path.has_root() || path.starts_with(".") || path.starts_with("..");
        if is_path || word == "-" {
            return Ok(Operand::File(word.into()));
        }
        match word.to_str() {
            Some(name) => Ok(Operand::Section(Name::new(name)?)),
            None => Err(Failure::new(ExitCode::Usage, "a name must be UTF-8")),
        }
    }
}

impl Operand {
    fn is_stdin(&self) -> bool {
        matches!(self, Operand::File(path) if is_stdin(path))
    }

    fn side(&self) -> Result<Side> {
        match self {
            Operand::Section(name) => Side::section(name).map_err(|why| or_a_file(why, name)),
            Operand::File(path) => snapshot::side(path),
        }
    }
}

/// Tells who meant the file of that name how files are written.
fn or_a_file(why: Failure, name: &Name) -> Failure {
    let name = name.to_string();
    if why.code() == ExitCode::NotFound && Path::new(&name).is_file() {
        return why.with_hint(format!("a file of that name is here: write ./{name}"));
    }
    why
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    same: bool,
    first: &'a str,
    second: &'a str,
    common: u64,
    differing: u64,
    places: u64,
    first_offset: Option<u64>,
    only_first: u64,
    only_second: u64,
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let first = config.first.side()?;
    let second = config.second.side()?;
    let labels = [first.label.clone(), second.label.clone()];
    let lines = if config.json { 0 } else { config.lines };
    let mut shown = 0;
    let mut left_out = 0_u64;
    let outcome = compare(first, second, |offset, a, b| {
        if shown == lines {
            left_out += 1;
            return Ok(());
        }
        if shown == 0 {
            output::line(&format!("{RED}- {}{RED:#}", labels[0]))?;
            output::line(&format!("{GREEN}+ {}{GREEN:#}", labels[1]))?;
        }
        shown += 1;
        output::line(&pair(offset, a, b))
    })?;
    if config.json {
        report(&outcome, &labels)?;
    } else {
        if left_out > 0 && lines > 0 {
            output::line(&format!("and {} more", size::plural(left_out, "line")))?;
        }
        output::line(&outcome.words(&labels[0], &labels[1]))?;
    }
    Ok(match outcome.is_same() {
        true => crate::DONE,
        false => ExitCode::Failure.number(),
    })
}

fn report(outcome: &Outcome, [first, second]: &[String; 2]) -> Result<()> {
    output::json(&Report {
        same: outcome.is_same(),
        first,
        second,
        common: outcome.common,
        differing: outcome.differing,
        places: outcome.places,
        first_offset: outcome.first,
        only_first: outcome.only_first,
        only_second: outcome.only_second,
    })
}

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Both versions of a line, what differs in colour.
fn pair(offset: u64, a: &[u8], b: &[u8]) -> String {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let differs: Vec<_> = runs(a, b).collect();
    let line = |bytes, style: Style| {
        hexdump::marked_line(offset, bytes, |place, text, line| {
            if differs.iter().any(|run| run.contains(&place)) {
                line.push_str(&format!("{}{text}{:#}", style.bold(), style.bold()));
            } else {
                line.push_str(text);
            }
        })
    };
    format!(
        "{RED}-{RED:#} {}{GREEN}+{GREEN:#} {}",
        line(a, RED),
        line(b, GREEN).trim_end()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_files_and_the_rest_are_names() {
        let operand = |word: &str| Operand::try_from(OsString::from(word));
        for path in ["./x", "../x", "/tmp/x", "-", ".", "./"] {
            assert_eq!(operand(path).unwrap(), Operand::File(path.into()), "{path}");
        }
        for name in ["x", r"Global\x", ".x", "x/y", "-x"] {
            let name = operand(name).unwrap();
            assert!(matches!(name, Operand::Section(_)), "{name:?}");
        }
        assert!(operand("").is_err());
    }
}
