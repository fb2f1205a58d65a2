//! What somebody else has under a name while a worker is at it, and whether it is what it was when
//! the worker is gone.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nshm::{ErrorKind, Event, Mutex, Section};

/// What a section of somebody else holds.
const BYTES: [u8; 64] = [0x5a; 64];
/// How long anybody may take to notice what has happened.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) enum Theirs {
    Section(Section),
    Mutex(Mutex),
    Event(Event),
}

impl Theirs {
    /// A section with something in it.
    pub(super) fn section(section: Section) -> Result<Theirs> {
        section.map()?.write_at(0, &BYTES)?;
        Ok(Theirs::Section(section))
    }

    /// What must hold of it: nothing has changed, and its name leads to it, unless that was taken
    /// away. Gives it up.
    pub(super) fn judge(self, name: &str, taken_away: bool) -> Result<()> {
        match self {
            Theirs::Section(section) => {
                is_whole(&section).context("what others had is not what it was")?;
                match Section::open(name) {
                    Ok(same) => is_whole(&same).context("the name leads elsewhere")?,
                    Err(error) if error.kind() == ErrorKind::NotFound && taken_away => {}
                    Err(error) => bail!("the living name is lost: {error}"),
                }
                section.close()?;
            }
            Theirs::Mutex(mutex) => {
                let same = Mutex::open(name).context("the living name is lost")?;
                // A dead owner is told of once at most.
                for turn in 0..2 {
                    let taken = same.acquire(Some(PATIENCE))?;
                    let taken = taken.context("the mutex is held for ever")?;
                    ensure!(turn == 0 || !taken.is_abandoned(), "a death told twice");
                    let other = std::thread::scope(|scope| {
                        scope
                            .spawn(|| mutex.try_lock().map(|it| it.is_some()))
                            .join()
                    });
                    ensure!(matches!(other, Ok(Ok(false))), "the name leads elsewhere");
                    same.release()?;
                }
                mutex.close()?;
            }
            Theirs::Event(event) => {
                let same = Event::open(name).context("the living name is lost")?;
                ensure!(!same.wait_timeout(Duration::ZERO)?, "the event was set");
                event.set()?;
                ensure!(same.wait_timeout(PATIENCE)?, "the name leads elsewhere");
                event.close()?;
            }
        }
        Ok(())
    }
}

fn is_whole(section: &Section) -> Result<()> {
    let bytes = section.map_read_only()?.read_vec(0, BYTES.len())?;
    ensure!(bytes == BYTES, "it holds {:?} …", &bytes[..8]);
    Ok(())
}
