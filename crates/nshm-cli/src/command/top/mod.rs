//! `nshm top`: everything that is shared, live.
//!
//! - [`sample`]: how much is written into it
//! - [`state`]: the rows and their order; [`update`]: what keys do to them
//! - [`draw`]: the screen, a pure function of the state

mod draw;
mod sample;
mod state;
mod update;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use nshm::{ErrorKind, Kind, Listed};

use self::sample::{Identity, Rate, Sampler};
use self::state::{Details, Row, Sort, State};
use self::update::Effect;
use super::info::holders;
use super::watch::{self, INTERRUPTED, Left, interval};
use crate::entry::Entry;
use crate::failure::Result;
use crate::os;
use crate::saving::Saving;
use crate::scopes;
use crate::screen::{Happened, Screen, Theme};
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm top
  nshm top --sort writes --interval 500ms";

/// Watch everything that is shared: size, holders, writes
///
/// Shows every live object whose name this user can see, sorted by size, holders or how much is
/// written. From here an object can be inspected (who holds it), watched, or copied out to a file;
/// nothing is ended or removed. The keys are at the bottom; ? shows all.
///
/// WRITES is how many bytes change in a second, by comparing contents from one look to the next:
/// at most 1 MiB in one look, and 16 pages of a section above 64 KiB (which are resident then). So
/// it is a lower bound. What this user may not read is listed without it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to sort by
    #[arg(long, value_enum, default_value = "size")]
    sort: SortWord,
    /// How often to look: 20ms to 1h
    #[arg(long, value_name = "D", value_parser = interval, default_value = "1s")]
    interval: Duration,
}

/// The words for a [`Sort`].
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SortWord {
    Size,
    Resident,
    Holders,
    Writes,
    Age,
    Name,
}

impl From<SortWord> for Sort {
    fn from(word: SortWord) -> Self {
        match word {
            SortWord::Size => Sort::Size,
            SortWord::Resident => Sort::Resident,
            SortWord::Holders => Sort::Holders,
            SortWord::Writes => Sort::Writes,
            SortWord::Age => Sort::Age,
            SortWord::Name => Sort::Name,
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<i32> {
    let mut screen = Screen::take("top")?;
    let mut top = Top {
        state: State::new(args.sort.into(), args.interval),
        theme: Theme::of_environment(),
        sampler: Sampler::default(),
        users: HashMap::new(),
        due: Instant::now(),
        saving: None,
    };
    loop {
        match top.turn(&mut screen)? {
            None => {}
            Some(Left::Quit) => return Ok(crate::DONE),
            Some(Left::Ended(code)) => return Ok(code),
        }
    }
}

struct Top {
    state: State,
    theme: Theme,
    sampler: Sampler,
    /// The names of users: asking for one may take a network.
    users: HashMap<u32, String>,
    /// When the next look is due.
    due: Instant,
    saving: Option<Saving>,
}

impl Top {
    /// One turn: look, draw, wait, do what was asked for.
    fn turn(&mut self, screen: &mut Screen) -> Result<Option<Left>> {
        let now = Instant::now();
        if now >= self.due {
            if !self.state.paused {
                self.look();
            }
            self.due = now + self.state.interval;
        }
        self.save_on();
        screen.draw(|canvas| {
            self.state.lines = draw::lines(&self.state, canvas.width(), canvas.height());
            self.state.follow();
            draw::draw(&self.state, &self.theme, canvas);
        })?;
        let due = self.due.saturating_duration_since(Instant::now());
        let wait = match self.saving {
            Some(_) => due.min(Saving::PACE),
            None => due,
        };
        match screen.wait(wait)? {
            Happened::Nothing | Happened::Redraw => Ok(None),
            Happened::Signal(signal) => Ok(Some(Left::Ended(128 + signal))),
            Happened::Key(key) => {
                let effect = update::key(&mut self.state, key);
                self.effect(effect, screen)
            }
        }
    }

    fn effect(&mut self, effect: Effect, screen: &mut Screen) -> Result<Option<Left>> {
        match effect {
            Effect::Nothing => {}
            Effect::Quit => return Ok(Some(Left::Quit)),
            Effect::Interrupt => return Ok(Some(Left::Ended(INTERRUPTED))),
            Effect::Suspend => screen.suspend()?,
            Effect::Look => self.look(),
            Effect::Inspect => self.inspect(),
            Effect::Watch(name) => {
                let left = watch::show(screen, watch::Config::plain(name))?;
                if left != Left::Quit {
                    return Ok(Some(left));
                }
                self.due = Instant::now();
            }
            Effect::Save(name, path) => match Saving::begin(&name, path) {
                Ok(saving) => self.saving = Some(saving),
                Err(why) => self.state.complain(why),
            },
        }
        Ok(None)
    }

    /// Lists everything and compares what may be read with what it was.
    fn look(&mut self) {
        let (listed, hidden) = list();
        let sections: Vec<_> = listed
            .iter()
            .filter(|object| object.kind == Kind::Section)
            .map(identity)
            .collect();
        self.sampler.look(&sections, Instant::now());
        let rows = listed.iter().map(|object| self.row(object)).collect();
        self.state.take(rows, hidden);
        let open = self.state.details.as_ref();
        if let Some(identity) = open.map(|details| details.identity.clone()) {
            self.details_of(identity);
        }
    }

    fn row(&mut self, object: &Listed) -> Row {
        let entry = Entry::listed(object);
        let identity = identity(object);
        let user = self.users.entry(entry.creator_uid);
        let creator = user.or_insert_with(|| escape(&entry.creator()).into_owned());
        Row {
            shown: escape(&entry.name).into_owned(),
            kind: entry.kind.to_owned(),
            size: entry.size,
            resident: entry.resident,
            attached: entry.attach_count,
            rate: match object.kind {
                Kind::Section => self.sampler.rate(&identity),
                _ => Rate::None,
            },
            creator: creator.clone(),
            creator_pid: entry.creator_pid,
            age: entry.born.elapsed().unwrap_or_default(),
            access: entry.access_words(),
            identity,
        }
    }

    /// Opens the details of the row with the cursor.
    fn inspect(&mut self) {
        if let Some((_, row)) = self.state.selected() {
            self.details_of(row.identity);
        }
    }

    /// Asks who holds an object: one pass over all processes, for this one only.
    fn details_of(&mut self, identity: Identity) {
        let holders = match holders(&identity.0) {
            Ok(holders) if !holders.is_empty() => {
                let mut words: Vec<_> = holders.iter().map(|holder| holder.words()).collect();
                if !os::raised() {
                    words.push("(processes of other users are shown to root only)".into());
                }
                words
            }
            Ok(_) if os::raised() => vec!["nobody".into()],
            Ok(_) => vec!["nobody this user can see".into()],
            Err(failure) => vec![failure.to_string()],
        };
        self.state.details = Some(Details { identity, holders });
    }

    /// What has become of a snapshot that is being saved.
    fn save_on(&mut self) {
        let Some(saving) = &mut self.saving else {
            return;
        };
        match saving.outcome() {
            None => self.state.say(saving.progress()),
            Some(Ok(text)) => {
                self.state.say(text);
                self.saving = None;
            }
            Some(Err(text)) => {
                self.state.complain(text);
                self.saving = None;
            }
        }
    }
}

fn identity(object: &Listed) -> Identity {
    let info = &object.info;
    (object.name.clone(), info.created, info.len as u64)
}

/// The live objects of all scopes, and what could not be listed.
fn list() -> (Vec<Listed>, Option<String>) {
    let mut all = Vec::new();
    let mut hidden = Vec::new();
    for scope in scopes::all() {
        match nshm::list(scope.clone()) {
            Ok(found) => all.extend(found),
            Err(error) if error.kind() == ErrorKind::AccessDenied => {
                hidden.push(scopes::words(&scope));
            }
            Err(error) => hidden.push(error.to_string()),
        }
    }
    let words = format!("not shown: the names of {}", hidden.join(", "));
    (all, (!hidden.is_empty()).then_some(words))
}
