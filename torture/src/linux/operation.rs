//! What is done to a name: who was there before, what a worker does, and what must hold when the
//! worker is gone, however it went.

use std::any::Any;
use std::fs::File;
use std::os::unix::fs::symlink;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use nshm::{Disposition, ErrorKind, Event, Mutex, Section, Semaphore, wait_any};

use super::deed::{self, Deed, End, Verdict};
use super::stage::Stage;
use super::theirs::Theirs;

/// The size of the sections here, in bytes.
const SIZE: usize = 8192;
/// How long a worker waits for what does not come.
const MOMENT: Duration = Duration::from_millis(1);

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
    CreateEvent,
    CreateOwnedMutex,
    CreateSemaphoreOverStale,
    OpenOrCreateMutexTaken,
    OpenMutex,
    CloseLastMutex,
    LockMutex,
    WaitForEvent,
    WaitForAny,
}

/// What has the name before the worker comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Stale,
    Theirs,
    TheirsApart,
    TheirsOverFile,
    TheirMutex,
    TheirEvent,
    /// A section of somebody who goes once the worker has opened it.
    LeftToTheWorker,
}

impl Operation {
    fn before(self) -> Before {
        match self {
            Operation::Create
            | Operation::CreateApart
            | Operation::CreateOverFile
            | Operation::CreateGlobal
            | Operation::OpenOrCreateNew
            | Operation::OpenAbsent
            | Operation::CloseLast
            | Operation::CloseLastApart
            | Operation::CreateEvent
            | Operation::CreateOwnedMutex
            | Operation::CloseLastMutex => Before::Nothing,
            Operation::CreateOverStale
            | Operation::OpenStale
            | Operation::ClearStale
            | Operation::CreateSemaphoreOverStale => Before::Stale,
            Operation::OpenOrCreateMutexTaken | Operation::OpenMutex | Operation::LockMutex => {
                Before::TheirMutex
            }
            Operation::WaitForEvent | Operation::WaitForAny => Before::TheirEvent,
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

    /// What a worker has in hand before it is watched.
    pub(crate) fn prepare(self, name: &str, stage: &Stage) -> Result<InHand> {
        Ok(match self {
            Operation::CreateOverFile => InHand::File(stage.open_file()?),
            Operation::CloseLast => InHand::Section(Section::create(name, SIZE)?),
            Operation::CloseLastApart => InHand::Section(apart(name)?),
            Operation::CloseLastOfOpener | Operation::CloseNotLast | Operation::Map => {
                InHand::Section(Section::open(name)?)
            }
            Operation::CloseLastMutex => InHand::Mutex(Mutex::create(name)?),
            Operation::LockMutex => InHand::Mutex(Mutex::open(name)?),
            Operation::WaitForEvent | Operation::WaitForAny => InHand::Event(Event::open(name)?),
            _ => InHand::Nothing,
        })
    }

    /// What a worker does while it is watched. What it gets it keeps.
    pub(crate) fn act(self, name: &str, in_hand: InHand) -> nshm::Result<Kept> {
        match (self, in_hand) {
            (
                Operation::Create
                | Operation::CreateOverStale
                | Operation::CreateTaken
                | Operation::CreateGlobal,
                _,
            ) => keep(Section::create(name, SIZE)?),
            (Operation::CreateApart, _) => keep(apart(name)?),
            (Operation::CreateOverFile, InHand::File(file)) => {
                keep(Section::options().file(file).create(name)?)
            }
            (Operation::OpenOrCreateNew | Operation::OpenOrCreateTaken, _) => {
                keep(Section::open_or_create(name, SIZE)?)
            }
            (
                Operation::Open
                | Operation::OpenApart
                | Operation::OpenFile
                | Operation::OpenAbsent
                | Operation::OpenStale,
                _,
            ) => keep(Section::open(name)?),
            (Operation::OpenReadOnly, _) => keep(Section::open_read_only(name)?),
            (Operation::Map, InHand::Section(section)) => {
                section.map_read_only()?.read_vec(0, 8)?;
                section.map_private()?.write_at(0, &[1])?;
                section.raw_view().len(4096).map()?;
                keep(section)
            }
            (
                Operation::CloseLast
                | Operation::CloseLastApart
                | Operation::CloseLastOfOpener
                | Operation::CloseNotLast,
                InHand::Section(section),
            ) => keep(section.close()?),
            (Operation::ClearStale, _) => keep(nshm::clear_stale(name)?),
            (Operation::Remove, _) => keep(nshm::remove(name)?),
            (Operation::List, _) => keep(nshm::list(nshm::Scope::Local)?),
            (Operation::CreateEvent, _) => keep(Event::create(name)?),
            (Operation::CreateOwnedMutex, _) => {
                let mutex = Mutex::options().owned(true).create(name)?;
                // What a thread owns it keeps, and so it would count as leaked.
                mutex.release()?;
                keep(mutex)
            }
            (Operation::CreateSemaphoreOverStale, _) => keep(Semaphore::create(name, 1, 2)?),
            (Operation::OpenOrCreateMutexTaken, _) => keep(Mutex::open_or_create(name)?),
            (Operation::OpenMutex, _) => keep(Mutex::open(name)?),
            (Operation::CloseLastMutex, InHand::Mutex(mutex)) => keep(mutex.close()?),
            (Operation::LockMutex, InHand::Mutex(mutex)) => {
                drop(mutex.lock_timeout(MOMENT)?);
                keep(mutex)
            }
            (Operation::WaitForEvent, InHand::Event(event)) => {
                event.wait_timeout(MOMENT)?;
                keep(event)
            }
            (Operation::WaitForAny, InHand::Event(event)) => {
                let other = Event::options().anonymous()?;
                wait_any(&[&event, &other], Some(MOMENT))?;
                keep((event, other))
            }
            (_, other) => keep(other),
        }
    }
}

impl Deed for Operation {
    const WORKER: &'static str = "worker";

    type Scene<'s> = Scene<'s>;

    fn name(self, leaf: &str) -> String {
        match self {
            Operation::CreateGlobal => format!("Global\\{leaf}"),
            _ => leaf.to_owned(),
        }
    }

    fn set_up<'s>(self, name: &str, stage: &'s Stage) -> Result<Scene<'s>> {
        Scene::new(self, name, stage)
    }
}

/// What a worker has got.
pub(crate) type Kept = Box<dyn Any>;

fn keep(what: impl Any) -> nshm::Result<Kept> {
    Ok(Box::new(what))
}

/// What a worker has in hand before it is watched.
pub(crate) enum InHand {
    Nothing,
    Section(Section),
    File(File),
    Mutex(Mutex),
    Event(Event),
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
    theirs: Option<Theirs>,
}

impl<'s> Scene<'s> {
    fn new(operation: Operation, name: &str, stage: &'s Stage) -> Result<Scene<'s>> {
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
            Before::Theirs | Before::LeftToTheWorker => {
                Some(Theirs::section(Section::create(name, SIZE)?)?)
            }
            Before::TheirsApart => Some(Theirs::section(apart(name)?)?),
            Before::TheirsOverFile => {
                let options = Section::options().file(stage.open_file()?);
                Some(Theirs::section(options.create(name)?)?)
            }
            Before::TheirMutex => Some(Theirs::Mutex(Mutex::create(name)?)),
            Before::TheirEvent => Some(Theirs::Event(Event::create(name)?)),
        };
        Ok(Scene {
            operation,
            name: name.to_owned(),
            stage,
            theirs,
        })
    }
}

impl deed::Scene for Scene<'_> {
    fn worker_is_ready(&mut self, _: u32) -> Result<()> {
        if self.operation.before() == Before::LeftToTheWorker {
            self.theirs = None;
        }
        Ok(())
    }

    fn worker_stands(&mut self, _: u32) -> Result<()> {
        Ok(())
    }

    /// Nothing of others has changed, the name is absent or whole, and nothing is left behind.
    fn judge(mut self, _: End) -> Result<Verdict> {
        let taken_away = self.operation == Operation::Remove;
        if let Some(theirs) = self.theirs.take() {
            theirs.judge(&self.name, taken_away)?;
        }
        is_free(&self.name, self.stage)?;
        Ok(Verdict::default())
    }
}

/// Nobody has the name, and it can be had.
pub(crate) fn is_free(name: &str, stage: &Stage) -> Result<()> {
    match Section::open(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => bail!("a name that nobody uses: {error}"),
        Ok(_) => bail!("a name that nobody uses is there"),
    }
    let (new, disposition) = Section::open_or_create(name, SIZE)?;
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
    ensure!(!stage.link(name).is_symlink(), "a link was left behind");
    Ok(())
}
