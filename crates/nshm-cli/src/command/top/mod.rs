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

use std::time::{Duration, Instant};

use clap::ValueEnum;
use nshm::inspect::{self, Object, Origin, Reach};
use nshm::{Kind, Name};

use self::sample::{Identity, Rate, Sampler};
use self::state::{Row, Sort, State};
use self::update::Effect;
use super::watch::{self, Left, interval};
use crate::entry::{Entry, Programs, Users};
use crate::failure::Result;
use crate::gaps;
use crate::os;
use crate::saving::Saving;
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
    #[arg(long, value_name = "KEY", value_enum, default_value = "size")]
    sort: SortWord,
    /// How often to look: 20ms to 1h
    #[arg(
        long,
        value_name = "DURATION",
        allow_hyphen_values = true,
        value_parser = interval,
        default_value = "1s"
    )]
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
        users: Users::default(),
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
    users: Users,
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
            // Where a look takes long, half of the time goes into looking at most.
            self.due = Instant::now() + self.state.interval.max(now.elapsed());
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
            Effect::Look => self.look(),
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

    /// Asks for everything with its holders, in one pass over the processes, and compares what may
    /// be read with what it was.
    fn look(&mut self) {
        let survey = match inspect::survey(Reach::Ours) {
            Ok(survey) => survey,
            Err(error) => {
                self.state.take(Vec::new(), vec![error.to_string()]);
                return;
            }
        };
        let named: Vec<_> = survey.objects.iter().filter_map(Named::of).collect();
        let sections: Vec<_> = named
            .iter()
            .filter(|named| named.kind == Kind::Section)
            .map(Named::identity)
            .collect();
        self.sampler.look(&sections, Instant::now());
        let mut programs = Programs::default();
        let rows = named.iter().map(|named| self.row(named, &mut programs));
        let rows = rows.collect();
        let unread = gaps::unread(&survey.gaps);
        let mut hidden = unread.failed;
        hidden.extend(unread.denied.map(|names| format!("not shown: {names}")));
        self.state.take(rows, hidden);
        // Root sees whatever can be seen.
        if !os::raised() {
            self.state.unseen = gaps::unseen_holders(&survey.gaps).collect();
        }
    }

    fn row(&mut self, named: &Named<'_>, programs: &mut Programs) -> Row {
        let entry = Entry::new(named.object, programs);
        let identity = named.identity();
        Row {
            shown: escape(&entry.name).into_owned(),
            rate: match named.kind {
                Kind::Section => self.sampler.rate(&identity),
                _ => Rate::None,
            },
            creator: entry.creator_uid.map(|uid| self.users.name(uid).to_owned()),
            age: entry.born.map(|born| born.elapsed().unwrap_or_default()),
            entry,
            identity,
        }
    }

    /// What has become of a snapshot that is being saved.
    fn save_on(&mut self) {
        match Saving::look(&mut self.saving) {
            None => {}
            Some(Ok(text)) => self.state.say(text),
            Some(Err(text)) => self.state.complain(text),
        }
    }
}

/// An object that has a name to open it by.
struct Named<'s> {
    object: &'s Object,
    name: &'s Name,
    kind: Kind,
}

impl<'s> Named<'s> {
    fn of(object: &'s Object) -> Option<Self> {
        match &object.origin {
            Origin::Named { name, kind } => Some(Named {
                object,
                name,
                kind: *kind,
            }),
            _ => None,
        }
    }

    fn identity(&self) -> Identity {
        let info = &self.object.info;
        (self.name.clone(), info.created, info.len as u64)
    }
}
