//! `nshm restore`: a section out of a snapshot.

use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use nshm::{Name, Scope, Section, Security};

use super::snapshot::check;
use crate::compare;
use crate::entry::security_words;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::hold::{AdmitArgs, Hold, HoldArgs, hold, new_name, taken};
use crate::os::Events;
use crate::progress::Progress;
use crate::size;
use crate::snapshot::Header;
use crate::snapshot_file::Reader;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm restore frame.nshm frame2
  nshm restore frame.nshm frame2 -- ./viewer frame2";

const NAME_IT: &str = "give a NAME for the section, behind the file";

/// Make a section out of a snapshot and hold it
///
/// Creates a section with the contents of a file that `nshm snapshot` has made, says what it made
/// and holds it as `nshm create` does. The whole file is checked before anything is created; what
/// comes through a pipe (`-`) can only be checked while it is copied, and if it is damaged the
/// section goes at once.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The snapshot; `-` is the standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// The name of the new section [default: the one in the snapshot]
    name: Option<String>,
    #[command(flatten)]
    admit: AdmitArgs,
    #[command(flatten)]
    hold: HoldArgs,
}

/// What to restore, checked.
pub(crate) struct Config {
    file: PathBuf,
    name: Option<Name>,
    security: Security,
    hold: Hold,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            file: args.file,
            name: args.name.as_deref().map(new_name).transpose()?,
            security: args.admit.try_into()?,
            hold: args.hold.into(),
        })
    }
}

pub(crate) fn run(config: Config) -> Result<i32> {
    let label = compare::label_of_source(&config.file);
    let reader = Reader::new(label, open(&config.file)?)?;
    let header = reader.header().clone();
    let name = match config.name {
        Some(name) => name,
        None => saved_name(&header)?,
    };
    let size = usize::try_from(header.size).map_err(|_| {
        let text = "the snapshot is larger than an address space";
        Failure::new(ExitCode::Failure, text)
    })?;
    // From here on a signal asks us to tidy up instead of ending us.
    let mut events =
        Events::catch().map_err(|error| Failure::io("catch the signals that end it", error))?;
    let section = Section::options()
        .size(size)
        .security(config.security)
        .create(&name)
        .map_err(refused)?;
    fill(&section, reader, size, &mut events)?;
    let words = format!(
        "restored {}: {}, {}; {}",
        escape(&name.to_string()),
        size::human(section.len() as u64),
        security_words(config.security),
        origin(&header),
    );
    let code = hold(&words, config.hold, &mut events)?;
    section.close()?;
    Ok(code)
}

/// The name in a snapshot, which may be one that no section can be made under.
fn saved_name(header: &Header) -> Result<Name> {
    let name = Name::new(&header.name)?;
    if *name.scope() == Scope::Posix {
        let name = escape(&header.name);
        let text = format!("the snapshot is of {name}, and a section needs a name of its own");
        return Err(Failure::new(ExitCode::Failure, text).with_hint(NAME_IT));
    }
    Ok(name)
}

fn refused(error: nshm::Error) -> Failure {
    const TAKEN: &str = "give another NAME behind the file; `nshm info` tells who has this one";
    taken(error, TAKEN, TAKEN)
}

/// Opens the snapshot; one that can be read twice is read once to see whether it is right.
fn open(path: &Path) -> Result<Box<dyn Read>> {
    if compare::is_stdin(path) {
        return Ok(Box::new(io::stdin()));
    }
    let (mut file, len) = compare::open(path)?;
    if len.is_some() {
        check(path, &mut file)?;
        file.rewind()
            .map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    }
    Ok(Box::new(file))
}

fn fill(
    section: &Section,
    reader: Reader<Box<dyn Read>>,
    size: usize,
    events: &mut Events,
) -> Result<()> {
    let view = section.map()?;
    let mut progress = Progress::new(Some(size), false);
    reader.read(|offset, bytes| {
        if events.any() {
            let text = "a signal ended it before the section was filled";
            return Err(Failure::new(ExitCode::Failure, text));
        }
        // A new section is zeros: what need not be written takes no memory.
        if bytes.iter().any(|byte| *byte != 0) {
            // The size was an usize, so the offset is one.
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            view.write_at(offset, bytes)?;
        }
        progress.advance(bytes.len());
        Ok(())
    })?;
    progress.done();
    Ok(())
}

/// Of what it is a snapshot, and when it was made.
fn origin(header: &Header) -> String {
    let time = i64::try_from(header.time)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("saved from {} at {time}", escape(&header.name))
}
