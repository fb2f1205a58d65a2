//! The objects that are written over, and how who may open one gets at every byte of it.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use nshm::{Event, Mutex, Reset, Section, Semaphore, ViewMut};

use crate::linux::placed::court;
use crate::linux::stage::Stage;

/// The size of the sections, in bytes.
pub(super) const SIZE: usize = 16384;

const MANUAL: &str = "hostile.manual";
const AUTO: &str = "hostile.auto";
const MUTEX: &str = "hostile.mutex";
const SEMAPHORE: &str = "hostile.semaphore";
const PLAIN: &str = "hostile.plain";
const APART: &str = "hostile.apart";
const ON_DEMAND: &str = "hostile.on_demand";
const OVER_FILE: &str = "hostile.over_file";
const PLACED: &str = "hostile.placed";

/// One object of each kind, and a section in each way to make one.
pub(super) struct Targets {
    pub(super) manual: Event,
    pub(super) auto: Event,
    pub(super) mutex: Mutex,
    pub(super) semaphore: Semaphore,
    pub(super) plain: Section,
    pub(super) apart: Section,
    /// Its pages are committed one by one, and bits behind them say which.
    pub(super) on_demand: Section,
    pub(super) over_file: Section,
    /// A section with one of each kind that can be placed there.
    pub(super) placed: ViewMut,
}

impl Targets {
    pub(super) fn create(stage: &Stage) -> Result<Targets> {
        let section = Section::options().size(SIZE);
        let file = open_file(stage)?;
        file.set_len(SIZE as u64)?;
        Ok(Targets {
            manual: Event::options().reset(Reset::Manual).create(MANUAL)?,
            auto: Event::create(AUTO)?,
            mutex: Mutex::create(MUTEX)?,
            semaphore: Semaphore::create(SEMAPHORE, 1, 3)?,
            plain: section.clone().create(PLAIN)?,
            apart: section.clone().separate_pages(true).create(APART)?,
            on_demand: section
                .commit_on_demand(true)
                .separate_pages(true)
                .create(ON_DEMAND)?,
            over_file: Section::options().file(file).create(OVER_FILE)?,
            placed: Section::create(PLACED, court::END)?.map()?,
        })
    }

    pub(super) fn open() -> nshm::Result<Targets> {
        Ok(Targets {
            manual: Event::open(MANUAL)?,
            auto: Event::open(AUTO)?,
            mutex: Mutex::open(MUTEX)?,
            semaphore: Semaphore::open(SEMAPHORE)?,
            plain: Section::open(PLAIN)?,
            apart: Section::open(APART)?,
            on_demand: Section::open(ON_DEMAND)?,
            over_file: Section::open(OVER_FILE)?,
            placed: placed()?,
        })
    }
}

/// Every byte of what is placed in a section.
pub(super) fn placed() -> nshm::Result<ViewMut> {
    Section::open(PLACED)?.map()
}

/// Every byte of the objects to wait for: their segments, opened as sections. Whoever may open an
/// object may attach its segment, so this is what any peer can do.
pub(super) fn words(stage: &Stage) -> Result<Vec<ViewMut>> {
    let mut views = Vec::new();
    for name in [MANUAL, AUTO, MUTEX, SEMAPHORE] {
        for token in segments_of(name, stage)? {
            views.push(Section::from_token(&token)?.map()?);
        }
    }
    Ok(views)
}

/// Every byte of the sections that are memory, with what nshm keeps there.
pub(super) fn memory(stage: &Stage) -> Result<Vec<ViewMut>> {
    let mut views = Vec::new();
    for name in [PLAIN, APART, ON_DEMAND] {
        for token in segments_of(name, stage)? {
            views.push(Section::from_token(&token)?.map()?);
        }
    }
    Ok(views)
}

/// The file that a section is over.
fn file(stage: &Stage) -> PathBuf {
    stage.dir().join("hostile.file")
}

pub(super) fn remove_file(stage: &Stage) -> Result<()> {
    Ok(std::fs::remove_file(file(stage))?)
}

/// Opens it for reading and writing.
pub(super) fn open_file(stage: &Stage) -> Result<File> {
    let path = file(stage);
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options
        .open(&path)
        .with_context(|| path.display().to_string())
}

/// Tokens by which each segment of an object opens as a plain section, made of its link:
/// docs/format.md.
fn segments_of(name: &str, stage: &Stage) -> Result<Vec<String>> {
    let link = std::fs::read_link(stage.link(name))?;
    let fields: Vec<&str> = link.to_str().unwrap_or_default().split(':').collect();
    let [magic, _, domain, segment, traits, _] = fields[..] else {
        bail!("{link:?} is no link of a local name");
    };
    let plain = |segment: &str| format!("{magic}:section:{domain}:{segment}:-:");
    let mut tokens = vec![plain(segment)];
    // One more, where the pages are apart.
    tokens.extend(traits.split_once(',').map(|(_, pages)| plain(pages)));
    Ok(tokens)
}
