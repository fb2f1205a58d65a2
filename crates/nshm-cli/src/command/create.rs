//! `nshm create`: makes a section, fills it, holds it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nshm::{Disposition, ErrorKind, Name, Section, Security};

use crate::compare;
use crate::entry::security_words;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::hold::{AdmitArgs, Hold, HoldArgs, explain, hold, new_name};
use crate::os::Events;
use crate::progress::Progress;
use crate::size;
use crate::stream;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm create 'Global\MyFileMappingObject' --size 256 --text 'Message from first process.'
  nshm create frame --size 8M --from frame.raw -- ./viewer frame";

/// Create a section, fill it and hold it
///
/// Creates a section of SIZE bytes of zeros under a name that is free, fills it from a text or a
/// file, says what it made and holds it: until Enter on a terminal, until SIGINT or SIGTERM
/// otherwise, for a DURATION, or while a COMMAND runs. Then it lets go; the section lives on only
/// if another process has it open.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name: x, Local\x or Global\x
    name: String,
    /// Its size: 256, 64K, 1M, 2GiB; rounded up to whole pages
    #[arg(long, allow_hyphen_values = true, value_parser = size::parse_section)]
    size: usize,
    /// Begin it with this text
    #[arg(
        long,
        value_name = "T",
        allow_hyphen_values = true,
        conflicts_with = "from"
    )]
    text: Option<String>,
    /// Begin it with the contents of this file, or of the standard input for `-`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    from: Option<PathBuf>,
    #[command(flatten)]
    admit: AdmitArgs,
    /// Join an existing section instead of failing
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    hold: HoldArgs,
}

/// What to create, checked.
#[derive(Debug)]
pub(crate) struct Config {
    name: Name,
    size: usize,
    content: Option<Content>,
    security: Security,
    open: bool,
    hold: Hold,
}

#[derive(Debug)]
enum Content {
    Text(String),
    File(PathBuf),
    Stdin,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let content = match (args.text, args.from) {
            (Some(text), _) => Some(Content::Text(text)),
            (None, Some(path)) if path.as_os_str() == "-" => Some(Content::Stdin),
            (None, Some(path)) => Some(Content::File(path)),
            (None, None) => None,
        };
        Ok(Config {
            name: new_name(&args.name)?,
            size: args.size,
            content,
            security: args.admit.try_into()?,
            open: args.open,
            hold: args.hold.into(),
        })
    }
}

pub(crate) fn run(config: Config) -> Result<i32> {
    let source = match config.content {
        Some(content) => Some(Source::open(content, config.size)?),
        None => None,
    };
    // From here on a signal asks us to tidy up instead of ending us.
    let mut events =
        Events::catch().map_err(|error| Failure::io("catch the signals that end it", error))?;
    let (section, disposition) = make(
        &config.name,
        config.size,
        config.security,
        config.open,
        source.is_some(),
    )
    .map_err(|error| explain(error, config.open))?;
    let mut filled = 0;
    if let Some(source) = source {
        filled = source.fill(&section, config.size, &mut events)?;
    }
    let made = Made {
        name: &config.name,
        asked: config.size,
        filled,
        security: config.security,
        disposition,
    };
    let code = hold(&made.words(&section), config.hold, &mut events)?;
    section.close()?;
    Ok(code)
}

fn make(
    name: &Name,
    size: usize,
    security: Security,
    open: bool,
    fill: bool,
) -> nshm::Result<(Section, Disposition)> {
    let options = Section::options().size(size).security(security);
    if !open {
        return Ok((options.create(name)?, Disposition::Created));
    }
    match options.open_or_create(name) {
        // Holding takes no more than reading.
        Err(error) if error.kind() == ErrorKind::AccessDenied && !fill => {
            let section = Section::open_read_only(name).map_err(|_| error)?;
            Ok((section, Disposition::Opened))
        }
        result => result,
    }
}

/// Where the first bytes come from, opened and as far as possible compared with the size before
/// anything is created.
enum Source {
    Bytes(Vec<u8>),
    File(PathBuf, File, Option<usize>),
}

impl Source {
    fn open(content: Content, size: usize) -> Result<Self> {
        match content {
            Content::Text(text) => {
                fits("the text", text.len() as u64, size)?;
                Ok(Source::Bytes(text.into_bytes()))
            }
            Content::File(path) => {
                let (file, len) = compare::open(&path)?;
                if let Some(len) = len {
                    fits(&path.display().to_string(), len, size)?;
                }
                let len = len.and_then(|len| usize::try_from(len).ok());
                Ok(Source::File(path, file, len))
            }
            Content::Stdin => {
                let mut bytes = Vec::new();
                io::stdin()
                    .lock()
                    .take((size as u64).saturating_add(1))
                    .read_to_end(&mut bytes)
                    .map_err(|error| Failure::io("read the standard input", error))?;
                if bytes.len() > size {
                    return Err(too_long("the standard input is longer", size));
                }
                Ok(Source::Bytes(bytes))
            }
        }
    }

    /// Copies it into the section; gives the number of bytes.
    fn fill(self, section: &Section, size: usize, events: &mut Events) -> Result<usize> {
        let view = section.map()?;
        // An existing section that was joined may be shorter than what was asked for.
        let room = size.min(view.len());
        match self {
            Source::Bytes(bytes) => {
                fits("what shall be written", bytes.len() as u64, room)?;
                view.write_at(0, &bytes)?;
                Ok(bytes.len())
            }
            Source::File(path, file, len) => {
                if let Some(len) = len {
                    fits(&path.display().to_string(), len as u64, room)?;
                }
                copy(&path, file, len, &view, room, events)
            }
        }
    }
}

fn copy(
    path: &Path,
    mut file: File,
    len: Option<usize>,
    view: &nshm::ViewMut,
    room: usize,
    events: &mut Events,
) -> Result<usize> {
    let mut buffer = stream::buffer(room.saturating_add(1));
    let mut progress = Progress::new(len, false);
    let mut done = 0;
    loop {
        if events.any() {
            let text = "a signal ended it before the section was filled";
            return Err(Failure::new(ExitCode::Failure, text));
        }
        let read = stream::read_some(&mut file, &mut buffer)
            .map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
        if read == 0 {
            progress.done();
            return Ok(done);
        }
        if read > room - done {
            let what = format!("{} is longer", path.display());
            return Err(too_long(&what, room));
        }
        view.write_at(done, &buffer[..read])?;
        done += read;
        progress.advance(read);
    }
}

fn fits(what: &str, len: u64, size: usize) -> Result<()> {
    if len > size as u64 {
        return Err(too_long(
            &format!("{what} has {}: more", size::plural(len, "byte")),
            size,
        ));
    }
    Ok(())
}

fn too_long(what: &str, size: usize) -> Failure {
    Failure::new(
        ExitCode::Failure,
        format!("{what} than the {} of the section", size::count(size)),
    )
    .with_hint("give a larger --size")
}

/// What was made, for the announcement.
struct Made<'a> {
    name: &'a Name,
    asked: usize,
    filled: usize,
    security: Security,
    disposition: Disposition,
}

impl Made<'_> {
    fn words(&self, section: &Section) -> String {
        let name = self.name.to_string();
        let name = escape(&name);
        let len = section.len();
        let size = size::human(len as u64);
        let asked = size::count(self.asked);
        let mut words = match self.disposition {
            Disposition::Created => {
                let security = security_words(self.security);
                if len == self.asked {
                    format!("created {name}: {size}, {security}")
                } else {
                    format!("created {name}: {size} ({asked} in whole pages), {security}")
                }
            }
            Disposition::Opened if len < self.asked => {
                format!("joined {name}: {size}, less than the {asked} asked for")
            }
            Disposition::Opened => format!("joined {name}: {size}"),
        };
        if self.filled > 0 {
            words.push_str(&format!("; wrote {}", size::count(self.filled)));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use nshm::Access;

    use super::*;

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        args: Args,
    }

    fn config(words: &[&str]) -> Result<Config> {
        let words = ["create", "x", "--size", "1K"].iter().chain(words);
        match Words::try_parse_from(words) {
            Ok(words) => words.args.try_into(),
            Err(error) => Err(Failure::new(ExitCode::Usage, error.to_string())),
        }
    }

    #[test]
    fn words_become_a_config() {
        let plain = config(&[]).unwrap();
        assert_eq!((plain.size, plain.open), (1024, false));
        assert_eq!(plain.security, Security::owner());
        assert!(matches!(plain.hold, Hold::UntilTold));

        let full = config(&["--text", "-v", "--open", "--for", "1s 500ms"]).unwrap();
        assert!(matches!(full.content, Some(Content::Text(text)) if text == "-v"));
        assert!(matches!(full.hold, Hold::For(for_) if for_ == Duration::from_millis(1500)));

        let shared = config(&["--access", "group", "--others-read-only"]).unwrap();
        assert_eq!(shared.security, Security::group().others_read_only());
        assert_eq!(
            config(&["--access", "everyone"]).unwrap().security.others(),
            Access::ReadWrite
        );

        let piped = config(&["--from", "-", "--", "ls", "--all"]).unwrap();
        assert!(matches!(piped.content, Some(Content::Stdin)));
        assert!(
            matches!(piped.hold, Hold::While(program, rest) if program == "ls" && rest == ["--all"])
        );
    }

    #[test]
    fn durations() {
        for (text, milliseconds) in [("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("0s", 0)] {
            let config = config(&["--for", text]).unwrap();
            assert!(
                matches!(config.hold, Hold::For(for_) if for_ == Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["10", "", "s", "-1s", "1 fortnight"] {
            assert_eq!(
                config(&["--for", text]).unwrap_err().code(),
                ExitCode::Usage
            );
        }
    }

    #[test]
    fn words_that_contradict_each_other() {
        for words in [
            &["--others-read-only"][..],
            &["--text", "a", "--from", "b"],
            &["--for", "1s", "--", "ls"],
            &["--access", "world"],
        ] {
            assert_eq!(
                config(words).unwrap_err().code(),
                ExitCode::Usage,
                "{words:?}"
            );
        }
    }
}
