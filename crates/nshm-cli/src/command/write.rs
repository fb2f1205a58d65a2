//! `nshm write`: copies bytes into a section.

use std::io::{self, Read};
use std::path::PathBuf;

use nshm::{Name, Section, ViewMut};

use crate::compare;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::output;
use crate::progress::Progress;
use crate::size;
use crate::stream;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm write 'Global\MyFileMappingObject' --text 'Answer from second process.'
  head -c 64K /dev/urandom | nshm write frame --offset 1M -";

/// Write into a section that exists
///
/// Copies a text, a file or the standard input into a section, at the beginning or at an offset.
/// The rest of the section stays as it is. What would run past the end is refused: before
/// anything is written where the length is known, otherwise when the end is reached.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
    #[arg(add = crate::complete::names())]
    name: String,
    /// Where to begin [default: the beginning]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = size::parse)]
    offset: Option<usize>,
    #[command(flatten)]
    from: From,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct From {
    /// Write this text
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    text: Option<String>,
    /// Write the contents of this file, or of the standard input for `-`
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
}

/// What to write, checked.
pub(crate) struct Config {
    name: Name,
    offset: usize,
    from: Source,
}

enum Source {
    Text(String),
    File(PathBuf),
    Stdin,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let from = match (args.from.text, args.from.file) {
            (Some(text), _) => Source::Text(text),
            (None, Some(path)) if path.as_os_str() != "-" => Source::File(path),
            (None, _) => Source::Stdin,
        };
        Ok(Config {
            name: Name::new(&args.name)?,
            offset: args.offset.unwrap_or(0),
            from,
        })
    }
}

pub(crate) fn run(config: Config) -> Result<i32> {
    let section = Section::open(&config.name)?;
    let view = section.view_options().offset(config.offset).map()?;
    let target = Target {
        view,
        offset: config.offset,
    };
    let written = match config.from {
        Source::Text(text) => {
            target.check("the text", text.len() as u64)?;
            target.view.write_at(0, text.as_bytes())?;
            text.len()
        }
        Source::File(path) => {
            let shown = path.display().to_string();
            let (file, len) = compare::open(&path)?;
            if let Some(len) = len {
                target.check(&shown, len)?;
            }
            target.copy(&shown, file, len)?
        }
        Source::Stdin => target.copy("the standard input", io::stdin().lock(), None)?,
    };
    let name = config.name.to_string();
    output::line(&format!(
        "wrote {} at offset {} of {}",
        size::count(written),
        config.offset,
        escape(&name)
    ))?;
    Ok(crate::DONE)
}

/// The section from the offset on.
struct Target {
    view: ViewMut,
    offset: usize,
}

impl Target {
    /// Refuses what is known to be too long.
    fn check(&self, what: &str, len: u64) -> Result<()> {
        if len > self.view.len() as u64 {
            return Err(self.too_long(format!("{what} has {}", size::plural(len, "byte"))));
        }
        Ok(())
    }

    fn too_long(&self, what: String) -> Failure {
        let fit = match self.view.len() {
            1 => "1 byte fits".into(),
            room => format!("{} fit", size::count(room)),
        };
        Failure::new(
            ExitCode::Failure,
            format!(
                "{what}, but only {fit} from offset {} to the end of the section",
                self.offset
            ),
        )
    }

    /// Copies all of a file through one buffer; gives the number of bytes.
    fn copy(&self, what: &str, mut from: impl Read, len: Option<u64>) -> Result<usize> {
        let room = self.view.len();
        let mut buffer = stream::buffer(room.saturating_add(1));
        let total = len.and_then(|len| usize::try_from(len).ok());
        let mut progress = Progress::new(total, false);
        let mut done = 0;
        loop {
            let read = stream::read_some(&mut from, &mut buffer)
                .map_err(|error| Failure::io(format!("read {what}"), error))?;
            if read == 0 {
                progress.done();
                return Ok(done);
            }
            let now = read.min(room - done);
            self.view.write_at(done, &buffer[..now])?;
            if now < read {
                return Err(self
                    .too_long(format!("{what} is longer"))
                    .with_hint("what fits was written"));
            }
            done += now;
            progress.advance(now);
        }
    }
}
