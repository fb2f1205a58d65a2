//! What is done to a name: who was there before, what a worker does, and what must hold when the
//! worker is gone, however it went.

use std::fs::File;
use std::os::unix::fs::symlink;

use anyhow::{Result, bail, ensure};
use nshm::{Disposition, ErrorKind, Section};

use super::stage::Stage;

/// The size of the sections here, in bytes.
const SIZE: usize = 8192;
/// What a section of somebody else holds.
const THEIRS: [u8; 64] = [0x5a; 64];

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Operation {
    Create,
    CreateOverStale,
    CreateTaken,
    CreateApart,
    CreateOverFile,
    CreateGlobal,
    OpenOrCreateNew,
    OpenOrCreateTaken,
    Open,
    OpenReadOnly,
    OpenApart,
    OpenFile,
    OpenAbsent,
    OpenStale,
    Map,
    CloseLast,
    CloseLastApart,
    CloseLastOfOpener,
    CloseNotLast,
    ClearStale,
    Remove,
    List,
}

/// What has the name before the worker comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Stale,
    Theirs,
    TheirsApart,
    TheirsOverFile,
    /// A section of somebody who goes once the worker has opened it.
    LeftToTheWorker,
}

impl Operation {
    pub(crate) const ALL: [Operation; 22] = [
        Operation::Create,
        Operation::CreateOverStale,
        Operation::CreateTaken,
        Operation::CreateApart,
        Operation::CreateOverFile,
        Operation::CreateGlobal,
        Operation::OpenOrCreateNew,
        Operation::OpenOrCreateTaken,
        Operation::Open,
        Operation::OpenReadOnly,
        Operation::OpenApart,
        Operation::OpenFile,
        Operation::OpenAbsent,
        Operation::OpenStale,
        Operation::Map,
        Operation::CloseLast,
        Operation::CloseLastApart,
        Operation::CloseLastOfOpener,
        Operation::CloseNotLast,
        Operation::ClearStale,
        Operation::Remove,
        Operation::List,
    ];

    fn before(self) -> Before {
        match self {
            Operation::Create
            | Operation::CreateApart
            | Operation::CreateOverFile
            | Operation::CreateGlobal
            | Operation::OpenOrCreateNew
            | Operation::OpenAbsent
            | Operation::CloseLast
            | Operation::CloseLastApart => Before::Nothing,
            Operation::CreateOverStale | Operation::OpenStale | Operation::ClearStale => {
                Before::Stale
            }
            Operation::OpenApart => Before::TheirsApart,
            Operation::OpenFile => Before::TheirsOverFile,
            Operation::CloseLastOfOpener => Before::LeftToTheWorker,
            Operation::CreateTaken
            | Operation::OpenOrCreateTaken
            | Operation::Open
            | Operation::OpenReadOnly
            | Operation::Map
            | Operation::CloseNotLast
            | Operation::Remove
            | Operation::List => Before::Theirs,
        }
    }

    /// The name that it is about.
    pub(crate) fn name(self, leaf: &str) -> String {
        match self {
            Operation::CreateGlobal => format!("Global\\{leaf}"),
            _ => leaf.to_owned(),
        }
    }

    /// What a worker has in hand before it is watched.
    pub(crate) fn prepare(self, name: &str, stage: &Stage) -> Result<InHand> {
        Ok(match self {
            Operation::CreateOverFile => InHand::File(stage.open_file()?),
            Operation::CloseLast => InHand::Section(Section::create(name, SIZE)?),
            Operation::CloseLastApart => InHand::Section(apart(name)?),
            Operation::CloseLastOfOpener | Operation::CloseNotLast | Operation::Map => {
                InHand::Section(Section::open(name)?)
            }
            _ => InHand::Nothing,
        })
    }

    /// What a worker does while it is watched. What it gets it keeps.
    pub(crate) fn act(self, name: &str, in_hand: InHand) -> nshm::Result<Option<Section>> {
        match self {
            Operation::Create
            | Operation::CreateOverStale
            | Operation::CreateTaken
            | Operation::CreateGlobal => Section::create(name, SIZE).map(Some),
            Operation::CreateApart => apart(name).map(Some),
            Operation::CreateOverFile => match in_hand {
                InHand::File(file) => Section::options().file(file).create(name).map(Some),
                _ => Ok(None),
            },
            Operation::OpenOrCreateNew | Operation::OpenOrCreateTaken => {
                Section::open_or_create(name, SIZE).map(|(section, _)| Some(section))
            }
            Operation::Open
            | Operation::OpenApart
            | Operation::OpenFile
            | Operation::OpenAbsent
            | Operation::OpenStale => Section::open(name).map(Some),
            Operation::OpenReadOnly => Section::open_read_only(name).map(Some),
            Operation::Map => match in_hand {
                InHand::Section(section) => {
                    section.map_read_only()?.read_vec(0, 8)?;
                    section.map_private()?.write_at(0, &[1])?;
                    section.raw_view().len(4096).map()?;
                    Ok(Some(section))
                }
                _ => Ok(None),
            },
            Operation::CloseLast
            | Operation::CloseLastApart
            | Operation::CloseLastOfOpener
            | Operation::CloseNotLast => match in_hand {
                InHand::Section(section) => section.close().map(|()| None),
                _ => Ok(None),
            },
            Operation::ClearStale => nshm::clear_stale(name).map(|_| None),
            Operation::Remove => nshm::remove(name).map(|()| None),
            Operation::List => nshm::list(nshm::Scope::Local).map(|_| None),
        }
    }
}

/// What a worker has in hand before it is watched.
pub(crate) enum InHand {
    Nothing,
    Section(Section),
    File(File),
}

fn apart(name: &str) -> nshm::Result<Section> {
    let options = Section::options().size(SIZE).separate_pages(true);
    options.create(name)
}

/// What others have under a name while a worker is at it.
pub(crate) struct Scene<'s> {
    operation: Operation,
    name: String,
    stage: &'s Stage,
    theirs: Option<Section>,
}

impl<'s> Scene<'s> {
    /// Sets it up.
    pub(crate) fn new(operation: Operation, name: &str, stage: &'s Stage) -> Result<Scene<'s>> {
        let theirs = match operation.before() {
            Before::Nothing => None,
            Before::Stale => {
                let section = Section::create(name, SIZE)?;
                let path = stage.link(name);
                let text = std::fs::read_link(&path)?;
                drop(section);
                symlink(text, path)?;
                None
            }
            Before::Theirs | Before::LeftToTheWorker => Some(Section::create(name, SIZE)?),
            Before::TheirsApart => Some(apart(name)?),
            Before::TheirsOverFile => {
                Some(Section::options().file(stage.open_file()?).create(name)?)
            }
        };
        if let Some(theirs) = &theirs {
            theirs.map()?.write_at(0, &THEIRS)?;
        }
        Ok(Scene {
            operation,
            name: name.to_owned(),
            stage,
            theirs,
        })
    }

    /// The worker has in hand what it needs.
    pub(crate) fn worker_is_ready(&mut self) {
        if self.operation.before() == Before::LeftToTheWorker {
            self.theirs = None;
        }
    }

    /// What must hold when the worker is gone: nothing of others has changed, the name is absent
    /// or whole, and nothing is left behind.
    pub(crate) fn judge(mut self) -> Result<()> {
        let taken_away = self.operation == Operation::Remove;
        if let Some(theirs) = self.theirs.take() {
            ensure!(
                theirs.map()?.read_vec(0, THEIRS.len())? == THEIRS,
                "what others had is not what it was"
            );
            match Section::open(&self.name) {
                Ok(same) => {
                    let bytes = same.map_read_only()?.read_vec(0, THEIRS.len())?;
                    ensure!(bytes == THEIRS, "the name leads elsewhere");
                }
                Err(error) if error.kind() == ErrorKind::NotFound && taken_away => {}
                Err(error) => bail!("the living name is lost: {error}"),
            }
            theirs.close()?;
        }
        match Section::open(&self.name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => bail!("a name that nobody uses: {error}"),
            Ok(_) => bail!("a name that nobody uses is there"),
        }
        let (new, disposition) = Section::open_or_create(&self.name, SIZE)?;
        ensure!(
            disposition == Disposition::Created,
            "nobody used it, and yet it was there"
        );
        let bytes = new.map()?.read_vec(0, SIZE)?;
        ensure!(
            bytes.iter().all(|byte| *byte == 0),
            "a new section is not zero"
        );
        new.close()?;
        ensure!(
            !self.stage.link(&self.name).is_symlink(),
            "a link was left behind"
        );
        Ok(())
    }
}
