//! `nshm snapshot`: what is in a section now, as a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nshm::{Name, Section, View};

use crate::compare::{self, Side};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::output;
use crate::progress::Progress;
use crate::size;
use crate::snapshot::{Header, MAGIC};
use crate::snapshot_file::{self, Reader};
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm snapshot frame frame.nshm
  nshm snapshot 'Global\MyFileMappingObject' - | gzip > object.nshm.gz";

/// Save what is in a section to a file
///
/// Writes the bytes of a section to a new file, with a small header that has its name, its size,
/// the time and checksums. `nshm restore` makes a section of it again, `nshm diff` compares it.
/// docs/snapshot.md describes the file byte by byte.
///
/// Nobody is stopped meanwhile: what others write while it copies may be in it by half.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
    #[arg(add = crate::complete::names())]
    name: String,
    /// The file to make; `-` is the standard output
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

/// What to save, checked.
pub(crate) struct Config {
    name: Name,
    target: Target,
}

enum Target {
    Stdout,
    File(PathBuf, Existing),
}

/// What to do with a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let existing = if args.force {
            Existing::Replace
        } else {
            Existing::Keep
        };
        let target = if args.file.as_os_str() == "-" {
            if output::is_terminal() {
                let text = "a snapshot is not for a terminal: give a file, or a pipe";
                return Err(Failure::new(ExitCode::Usage, text));
            }
            Target::Stdout
        } else {
            Target::File(args.file, existing)
        };
        Ok(Config {
            name: Name::new(&args.name)?,
            target,
        })
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let view = Section::open_read_only(&config.name)?.map_read_only()?;
    let name = config.name.to_string();
    let mut progress = Progress::new(Some(view.len()), false);
    let step = |bytes| {
        progress.advance(bytes);
        Ok(())
    };
    match &config.target {
        Target::Stdout => {
            let mut out = output::data();
            snapshot_file::write(&name, &view, now(), &mut out, step).map_err(pipe_closed)?;
            output::finish(out)?;
            progress.done();
        }
        Target::File(path, existing) => {
            save(&name, &view, path, *existing, step)?;
            progress.done();
            output::line(&format!(
                "saved {} of {} to {}",
                size::count(view.len()),
                escape(&name),
                compare::label(path)
            ))?;
        }
    }
    Ok(crate::DONE)
}

fn pipe_closed(failure: Failure) -> Failure {
    match failure {
        Failure::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => {
            Failure::PipeClosed
        }
        other => other,
    }
}

/// Saves a view. The file has its name only when it is whole; if that fails nothing is left.
pub(crate) fn save(
    name: &str,
    view: &View,
    path: &Path,
    existing: Existing,
    step: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    let fail = |error| Failure::io(format!("make {}", path.display()), error);
    let taken = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => fail(error).with_hint("--force replaces it"),
        _ => fail(error),
    };
    if path.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into())
            .with_hint("give the name of a file, which may be in there"));
    }
    // A pipe or a device is written to, and stays.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        let mut file = OpenOptions::new().write(true).open(path).map_err(fail)?;
        return snapshot_file::write(name, view, now(), &mut file, step);
    }
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        return Err(taken(io::ErrorKind::AlreadyExists.into()));
    }
    let part = Part::new(path).map_err(fail)?;
    snapshot_file::write(name, view, now(), &mut &part.file, step)?;
    part.finish(path, existing).map_err(taken)
}

/// A file that is being made, under a name of its own; dropped before it is whole, it goes.
struct Part {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl Part {
    fn new(whole: &Path) -> io::Result<Self> {
        let mut name = whole.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = whole.with_file_name(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Part {
            path,
            file,
            kept: false,
        })
    }

    fn finish(mut self, whole: &Path, existing: Existing) -> io::Result<()> {
        self.file.sync_all()?;
        match existing {
            Existing::Replace => std::fs::rename(&self.path, whole)?,
            // Unlike renaming, this fails if somebody has made the file meanwhile.
            Existing::Keep => match std::fs::hard_link(&self.path, whole) {
                // Some file systems have no hard links.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    std::fs::rename(&self.path, whole)?;
                }
                result => {
                    result?;
                    std::fs::remove_file(&self.path)?;
                }
            },
        }
        self.kept = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody can be told, and nothing else can be done.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The time of a snapshot.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// What is compared of a file: the contents of a snapshot, all of any other one.
pub(super) fn side(path: &Path) -> Result<Side> {
    if compare::is_stdin(path) {
        return Side::file(path);
    }
    match contents(path)? {
        Some(contents) => Ok(contents),
        None => Side::file(path),
    }
}

/// The contents of a file that is a snapshot, checked; `None` if it is none.
fn contents(path: &Path) -> Result<Option<Side>> {
    let (mut file, Some(_)) = compare::open(path)? else {
        // Not an ordinary file, so it cannot be looked into before it is read.
        return Ok(None);
    };
    let fail = |error| Failure::io(format!("read {}", path.display()), error);
    let mut magic = Vec::new();
    (&mut file)
        .take(MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(fail)?;
    if magic != MAGIC {
        return Ok(None);
    }
    let header = check(path, &mut file)?;
    let label = format!("the snapshot {}", compare::label(path));
    let start = header_bytes(&header);
    file.seek(SeekFrom::Start(start)).map_err(fail)?;
    let contents = file.take(header.size);
    Ok(Some(Side::stream(label, Some(header.size), contents)))
}

/// Reads a whole snapshot and makes sure that it is right.
pub(crate) fn check(path: &Path, file: &mut File) -> Result<Header> {
    file.rewind()
        .map_err(|error| Failure::io(format!("read {}", path.display()), error))?;
    let reader = Reader::new(compare::label(path), BufReader::new(file))?;
    let header = reader.header().clone();
    let total = usize::try_from(header.size).ok();
    let mut progress = Progress::new(total, false);
    reader.read(|_, bytes| {
        progress.advance(bytes.len());
        Ok(())
    })?;
    Ok(header)
}

/// How many bytes of the file are in front of the contents.
fn header_bytes(header: &Header) -> u64 {
    header.to_bytes().map_or(0, |bytes| bytes.len() as u64)
}
