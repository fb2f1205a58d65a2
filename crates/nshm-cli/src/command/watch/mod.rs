//! `nshm watch`: a section, live.
//!
//! - [`look`]: reading it; [`pane`]: what changed; [`search`]: finding something in it
//! - [`state`]: all that is known; [`update`]: what keys do to it
//! - [`draw`]: the screen, a pure function of the state

mod draw;
mod look;
mod pane;
mod search;
mod state;
mod update;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use nshm::Name;

use self::look::look;
use self::search::{Direction, Search, Step};
use self::state::State;
use self::update::Effect;
use crate::duration;
use crate::entry::Users;
use crate::failure::{Failure, Result};
use crate::record::Record;
use crate::saving::{self, Saving};
use crate::screen::{Happened, Screen, Theme};
use crate::size;
use crate::text::escape;

pub(super) use self::draw::keys as draw_keys;

const EXAMPLES: &str = r"Examples:
  nshm watch 'Global\MyFileMappingObject'
  nshm watch telemetry --as 'u32 tick, f32 rpm, f32 speed, char[32] track'";

/// Watch a section live: what is in it, and what changes
///
/// Shows a hexdump in which the bytes that change stand out, how fast they change and, with --as,
/// what they mean: the fields of a record, or one record after the other as a table (Tab). The
/// keys are at the bottom; ? shows all.
///
/// It opens the section for each look and lets it go again, so watching keeps nothing alive. A
/// section that goes is said to be gone, and seen again when it comes back; one that is not there
/// yet is waited for. Only what is shown is read, and a search reads all.
///
/// A RECORD is a list of fields, each a type and a name: u8 u16 u32 u64 i8 i16 i32 i64 f32 f64
/// bool char hex pad, with [N] behind for arrays (char[N] is text up to NUL), le or be behind for
/// the order of bytes. Fields lie as in C: each at a multiple of its size. @N in front puts one at
/// an offset; `packed`, `le` or `be` as the first word is for all. docs/watch.md has the rules.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The name of the section
    #[arg(add = crate::complete::names())]
    name: String,
    /// What the bytes mean
    #[arg(long = "as", value_name = "RECORD", value_parser = Record::parse)]
    record: Option<Record>,
    /// Where to begin, and where the first record is
    #[arg(
        long,
        value_name = "N",
        allow_hyphen_values = true,
        value_parser = size::parse,
        default_value = "0"
    )]
    offset: usize,
    /// How often to look: 20ms to 1h
    #[arg(
        long,
        value_name = "DURATION",
        allow_hyphen_values = true,
        value_parser = interval,
        default_value = "100ms"
    )]
    interval: Duration,
}

/// What to watch, checked.
pub(crate) struct Config {
    name: Name,
    record: Option<Record>,
    offset: usize,
    interval: Duration,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        Ok(Config {
            name: Name::new(&args.name)?,
            record: args.record,
            offset: args.offset,
            interval: args.interval,
        })
    }
}

impl Config {
    /// The plain hexdump of a section.
    pub(super) fn plain(name: Name) -> Self {
        Config {
            name,
            record: None,
            offset: 0,
            interval: Duration::from_millis(100),
        }
    }
}

/// Reads a time between two looks.
pub(crate) fn interval(text: &str) -> std::result::Result<Duration, String> {
    const LEAST: Duration = Duration::from_millis(20);
    const MOST: Duration = Duration::from_secs(3600);
    let interval = duration::parse(text)?;
    match (LEAST..=MOST).contains(&interval) {
        true => Ok(interval),
        false => Err("an interval is 20ms to 1h".into()),
    }
}

/// How a live view was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// By its own key.
    Quit,
    /// By what asks the whole program to end; the exit code.
    Ended(i32),
}

pub(crate) fn run(config: Config) -> Result<i32> {
    let mut screen = Screen::take("watch")?;
    match show(&mut screen, config)? {
        Left::Quit => Ok(crate::DONE),
        Left::Ended(code) => Ok(code),
    }
}

/// Shows a section until it is left.
pub(super) fn show(screen: &mut Screen, config: Config) -> Result<Left> {
    let shown = escape(&config.name.to_string()).into_owned();
    let (columns, rows) = screen.size();
    let mut state = State::new(
        shown,
        config.record,
        config.offset,
        config.interval,
        Instant::now(),
    );
    state.resize(columns, rows);
    let mut view = Live {
        name: config.name,
        state,
        theme: Theme::of_environment(),
        users: Users::default(),
        due: Instant::now(),
        search: None,
        saving: None,
    };
    loop {
        if let Some(left) = view.turn(screen)? {
            return Ok(left);
        }
    }
}

/// The live view with what goes on beside it.
struct Live {
    name: Name,
    state: State,
    theme: Theme,
    users: Users,
    /// When the next look is due.
    due: Instant,
    search: Option<Search>,
    saving: Option<Saving>,
}

impl Live {
    /// One turn: look, draw, wait, do what was asked for.
    fn turn(&mut self, screen: &mut Screen) -> Result<Option<Left>> {
        let now = Instant::now();
        if now >= self.due {
            if !self.state.paused {
                self.look();
            }
            self.due = now + self.state.interval;
        }
        self.search_on();
        self.save_on();
        screen.draw(|canvas| {
            self.state.resize(canvas.width(), canvas.height());
            draw::draw(&self.state, &self.theme, canvas);
        })?;
        let due = self.due.saturating_duration_since(Instant::now());
        let wait = match (&self.search, &self.saving) {
            (Some(_), _) => Duration::ZERO,
            (None, Some(_)) => due.min(Saving::PACE),
            (None, None) => due,
        };
        match screen.wait(wait)? {
            Happened::Nothing => {}
            Happened::Redraw => self.look(),
            Happened::Signal(signal) => return Ok(Some(Left::Ended(128 + signal))),
            Happened::Key(key) => {
                // Whoever types has read enough of it.
                self.search = None;
                let effect = update::key(&mut self.state, key, || saving::file_name(&self.name));
                return self.effect(effect, screen);
            }
        }
        Ok(None)
    }

    fn effect(&mut self, effect: Effect, screen: &mut Screen) -> Result<Option<Left>> {
        match effect {
            Effect::Nothing => {}
            Effect::Quit => return Ok(Some(Left::Quit)),
            Effect::Look => {
                let (columns, rows) = screen.size();
                self.state.resize(columns, rows);
                self.look();
            }
            Effect::Search => self.begin_search(),
            Effect::Save(path) => match Saving::begin(&self.name, path) {
                Ok(saving) => self.saving = Some(saving),
                Err(why) => self.state.complain(why),
            },
        }
        Ok(None)
    }

    fn look(&mut self) {
        let found = look(&self.name, &self.state.parts(), &mut self.users);
        self.state.take(found, Instant::now());
    }

    fn begin_search(&mut self) {
        let from = match &self.state.found {
            Some(found) => found.start,
            // Also what is in the first byte that is shown.
            None if self.state.direction == Direction::Forward => self.state.top.wrapping_sub(1),
            None => self.state.top,
        };
        let len = self.state.len();
        let pattern = self.state.pattern.clone();
        self.search = Some(Search::new(pattern, self.state.direction, from, len));
    }

    /// A step of a search that is under way.
    fn search_on(&mut self) {
        let Some(search) = &mut self.search else {
            return;
        };
        let step = look::open(&self.name).and_then(|view| search.step(&view));
        match step {
            Ok(Step::Left(percent)) => {
                self.state
                    .say(format!("searching, {percent} % are left; any key ends it"));
                return;
            }
            Ok(Step::Found(at)) => {
                self.state.found = Some(at..at + self.state.pattern.len());
                self.state.say(format!("found at {at} (0x{at:x})"));
                self.state.go_to(at);
                self.look();
            }
            Ok(Step::Nowhere) => self.state.complain("it is nowhere in the section"),
            Err(error) => self.state.complain(error.to_string()),
        }
        self.search = None;
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
