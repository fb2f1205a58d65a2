//! `nshm read`: copies bytes out of a section.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use nshm::{Name, Section, View};

use super::snapshot;
use crate::compare::{Side, compare};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::hexdump::{self, WIDTH};
use crate::output;
use crate::progress::Progress;
use crate::size;
use crate::stream;
use crate::text::{escape, push_bytes, push_for_terminal};

const EXAMPLES: &str = r"Examples:
  nshm read 'Global\MyFileMappingObject' --text
  nshm read frame --offset 1M --length 64K --raw > part.raw";

/// Read a section: as text, as a hexdump or raw
///
/// Copies the bytes of a section, or a part of it, to the standard output. When no form is asked
/// for, a terminal gets a hexdump and a pipe or a file the raw bytes. With --compare nothing is
/// copied: it is said whether the bytes are those of a file, and the exit code is 1 if not. The
/// section is opened for reading only.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
    #[arg(add = crate::complete::names())]
    name: String,
    /// Where to begin [default: the beginning]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = size::parse)]
    offset: Option<usize>,
    /// How many bytes [default: up to the end]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = size::parse)]
    length: Option<usize>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Form {
    /// As text up to the first NUL byte, on a line of its own
    #[arg(long)]
    text: bool,
    /// As a hexdump
    #[arg(long)]
    hex: bool,
    /// As they are
    #[arg(long)]
    raw: bool,
    /// Compare them with this file (of a snapshot with its contents), or with the standard input
    /// for `-`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    compare: Option<PathBuf>,
}

/// What to read, checked.
pub(crate) struct Config {
    name: Name,
    offset: usize,
    length: Option<usize>,
    form: Shape,
}

enum Shape {
    Text,
    Hex,
    Raw,
    Compare(PathBuf),
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let form = match args.form {
            Form { text: true, .. } => Shape::Text,
            Form { hex: true, .. } => Shape::Hex,
            Form { raw: true, .. } => Shape::Raw,
            Form {
                compare: Some(path),
                ..
            } => Shape::Compare(path),
            _ if output::is_terminal() => Shape::Hex,
            _ => Shape::Raw,
        };
        Ok(Config {
            name: Name::new(&args.name)?,
            offset: args.offset.unwrap_or(0),
            length: args.length,
            form,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let section = Section::open_read_only(&config.name)?;
    let mut part = section.view_options().offset(config.offset);
    if let Some(length) = config.length {
        part = part.len(length);
    }
    let view = part.map_read_only()?;
    if let Shape::Compare(path) = &config.form {
        return compare_with(config, view, path);
    }
    let mut out = output::data();
    match config.form {
        Shape::Compare(_) => {}
        Shape::Raw => each(&view, |bytes| {
            output::check(out.write_all(bytes))?;
            Ok(ControlFlow::Continue(()))
        })?,
        Shape::Hex => {
            let mut dump = Hexdump::at(config.offset);
            each(&view, |bytes| {
                output::check(dump.write(&mut out, bytes))?;
                Ok(ControlFlow::Continue(()))
            })?;
            output::check(dump.end(&mut out))?;
        }
        Shape::Text if output::is_terminal() => safe_text(&view, &mut out)?,
        Shape::Text => plain_text(&view, &mut out)?,
    }
    output::finish(out)?;
    Ok(crate::DONE)
}

/// Says whether the view has the bytes of a file.
fn compare_with(config: &Config, view: View, path: &Path) -> Result<i32> {
    let name = config.name.to_string();
    let section = Side::view(escape(&name).into_owned(), view);
    let file = snapshot::side(path)?;
    let labels = [section.label.clone(), file.label.clone()];
    let outcome = compare(section, file, |_, _, _| Ok(()))?;
    output::line(&outcome.words(&labels[0], &labels[1]))?;
    Ok(match outcome.is_same() {
        true => crate::DONE,
        false => ExitCode::Failure.number(),
    })
}

/// Copies the view through one buffer.
fn each(view: &View, mut use_it: impl FnMut(&[u8]) -> Result<ControlFlow<()>>) -> Result<()> {
    let mut buffer = stream::buffer(view.len());
    let mut progress = Progress::new(Some(view.len()), output::is_terminal());
    let mut done = 0;
    while done < view.len() {
        let now = buffer.len().min(view.len() - done);
        let bytes = &mut buffer[..now];
        view.read_at(done, bytes)?;
        if use_it(bytes)?.is_break() {
            break;
        }
        done += now;
        progress.advance(now);
    }
    progress.done();
    Ok(())
}

/// The part before the first NUL, and whether there is one.
fn before_nul(bytes: &[u8]) -> (&[u8], ControlFlow<()>) {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], ControlFlow::Break(())),
        None => (bytes, ControlFlow::Continue(())),
    }
}

/// The text as it is; a new line ends it if it does not itself.
fn plain_text(view: &View, out: &mut impl Write) -> Result<()> {
    let mut last = 0;
    each(view, |bytes| {
        let (text, flow) = before_nul(bytes);
        last = text.last().copied().unwrap_or(last);
        output::check(out.write_all(text))?;
        Ok(flow)
    })?;
    if last != b'\n' {
        output::check(out.write_all(b"\n"))?;
    }
    Ok(())
}

/// The text for a terminal, which it must not act upon.
fn safe_text(view: &View, out: &mut impl Write) -> Result<()> {
    let mut cut = Vec::new();
    let mut last = 0;
    each(view, |bytes| {
        let (text, flow) = before_nul(bytes);
        last = text.last().copied().unwrap_or(last);
        cut.extend_from_slice(text);
        let mut shown = String::with_capacity(cut.len());
        let left = push_for_terminal(&mut shown, &cut);
        cut.drain(..cut.len() - left);
        output::check(out.write_all(shown.as_bytes()))?;
        Ok(flow)
    })?;
    let mut end = String::new();
    push_bytes(&mut end, &cut);
    if last != b'\n' {
        end.push('\n');
    }
    output::check(out.write_all(end.as_bytes()))
}

/// A hexdump as `hexdump -C` gives it: a `*` stands for lines like the one before.
struct Hexdump {
    offset: usize,
    last: Option<[u8; WIDTH]>,
    starred: bool,
}

impl Hexdump {
    fn at(offset: usize) -> Self {
        Hexdump {
            offset,
            last: None,
            starred: false,
        }
    }

    /// Adds bytes; all but the last call must bring whole lines of 16.
    fn write(&mut self, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
        for line in bytes.chunks(WIDTH) {
            let whole = <[u8; WIDTH]>::try_from(line).ok();
            if whole.is_some() && whole == self.last {
                if !self.starred {
                    out.write_all(b"*\n")?;
                }
                self.starred = true;
            } else {
                self.starred = false;
                out.write_all(hexdump::line(self.offset, line).as_bytes())?;
            }
            self.last = whole;
            self.offset += line.len();
        }
        Ok(())
    }

    /// The offset of the end.
    fn end(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:08x}", self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hexdump_leaves_repeated_lines_out() {
        let mut bytes = b"Message from first process.".to_vec();
        bytes.resize(100, 0);
        let mut out = Vec::new();
        let mut dump = Hexdump::at(0x10);
        dump.write(&mut out, &bytes[..64]).unwrap();
        dump.write(&mut out, &bytes[64..]).unwrap();
        dump.end(&mut out).unwrap();
        let expected = "\
00000010  4d 65 73 73 61 67 65 20  66 72 6f 6d 20 66 69 72  |Message from fir|
00000020  73 74 20 70 72 6f 63 65  73 73 2e 00 00 00 00 00  |st process......|
00000030  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000070  00 00 00 00                                       |....|
00000074
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
