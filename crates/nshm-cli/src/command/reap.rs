//! `nshm reap`: removes what the dead have left.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use nshm::inspect::{self, LeakedId, Object, Origin, Reach, StaleName};

use crate::exit_code::ExitCode;
use crate::failure::{Failure, Result};
use crate::gaps;
use crate::os;
use crate::output;
use crate::size;
use crate::text::escape;

const EXAMPLES: &str = r"Examples:
  nshm reap
  nshm reap --all --dry-run";

/// Remove what dead processes have left
///
/// Removes stale names and leaked ids of nshm: harmless, and otherwise left for the next creator
/// that meets them.
///
/// With --all it also removes the orphans of other libraries: POSIX objects in /dev/shm and System
/// V segments that nobody has mapped or open. It shows them and asks first, because an orphan may
/// be meant to wait for its next user. A segment whose creator still runs is left alone. What
/// somebody opens meanwhile stays, too.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Also the orphans of other libraries
    #[arg(long, short)]
    all: bool,
    /// Only say what would be removed
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What to do, checked.
pub(crate) struct Config {
    all: bool,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Show,
    Ask,
    Remove,
}

impl TryFrom<Args> for Config {
    type Error = Failure;

    fn try_from(args: Args) -> Result<Self> {
        let mode = match (args.dry_run, args.yes || !args.all) {
            (true, _) => Mode::Show,
            (false, true) => Mode::Remove,
            (false, false) if io::stdin().is_terminal() => Mode::Ask,
            (false, false) => {
                let text = "there is no terminal to ask on";
                return Err(Failure::new(ExitCode::Usage, text)
                    .with_hint("--dry-run shows the orphans, --yes removes them without asking"));
            }
        };
        Ok(Config {
            all: args.all,
            mode,
        })
    }
}

/// Something that may go.
enum Remains {
    Name(StaleName),
    Id(LeakedId),
    Orphan(Box<Object>),
}

impl Remains {
    fn words(&self) -> String {
        match self {
            Remains::Name(stale) => format!("the stale name {}", escape(&stale.name.to_string())),
            Remains::Id(leaked) => format!("the leaked id {}", leaked.id),
            Remains::Orphan(object) => {
                let family = object
                    .family()
                    .map_or_else(String::new, |family| format!("{family}, "));
                format!(
                    "the orphan {} ({family}{})",
                    escape(&object.name()),
                    size::human(object.info.len as u64)
                )
            }
        }
    }

    /// Whose it is.
    fn owner(&self) -> u32 {
        match self {
            Remains::Name(stale) => stale.owner_uid,
            Remains::Id(leaked) => leaked.creator_uid,
            Remains::Orphan(object) => object.info.creator_uid,
        }
    }

    /// Removes it, and says whether it was there and dead still.
    fn remove(&self) -> nshm::Result<bool> {
        match self {
            Remains::Name(stale) => nshm::clear_stale(&stale.name),
            Remains::Id(leaked) => inspect::clear_leaked(leaked),
            Remains::Orphan(object) => inspect::remove_orphan(object),
        }
    }
}

pub(crate) fn run(config: &Config) -> Result<i32> {
    let (own, others) = find(config.all)?;
    if others > 0 {
        output::note(&format!(
            "left alone: {} of other users, who or root can remove them",
            size::plural(others, "thing")
        ));
    }
    if own.is_empty() {
        output::say("there is nothing to remove");
        return Ok(crate::DONE);
    }
    match config.mode {
        Mode::Show => {
            for remains in &own {
                output::line(&format!("would remove {}", remains.words()))?;
            }
            Ok(crate::DONE)
        }
        Mode::Remove => remove(&own, false),
        Mode::Ask => {
            let is_orphan = |remains: &&Remains| matches!(remains, Remains::Orphan(_));
            let orphans = own.iter().filter(is_orphan).count();
            for remains in own.iter().filter(is_orphan) {
                output::say(&remains.words());
            }
            let may = orphans == 0 || confirmed(orphans)?;
            let code = remove(&own, !may)?;
            if may {
                return Ok(code);
            }
            Err(Failure::new(
                ExitCode::Failure,
                "no orphan of another library was removed",
            ))
        }
    }
}

/// What this user may remove, and how much there is of others.
fn find(all: bool) -> Result<(Vec<Remains>, u64)> {
    let leftovers = inspect::leftovers()?;
    let mut found: Vec<Remains> = leftovers.names.into_iter().map(Remains::Name).collect();
    found.extend(leftovers.ids.into_iter().map(Remains::Id));
    if all {
        let survey = inspect::survey(Reach::Everything)?;
        gaps::note_unread(&survey.gaps);
        let leaked: Vec<String> = found
            .iter()
            .filter_map(|remains| match remains {
                Remains::Id(leaked) => Some(format!("sysv:{}", leaked.id)),
                _ => None,
            })
            .collect();
        let (expected, orphans): (Vec<_>, Vec<_>) = survey
            .objects
            .into_iter()
            .filter(|object| object.orphaned == Some(true) && !leaked.contains(&object.name()))
            .partition(is_expected);
        if !expected.is_empty() {
            let names: Vec<_> = expected.iter().map(Object::name).collect();
            output::note(&format!(
                "left alone, because their creators still run: {}",
                names.join(", ")
            ));
        }
        let orphans = orphans.into_iter();
        found.extend(orphans.map(|object| Remains::Orphan(Box::new(object))));
    }
    let me = nshm::session()?;
    let (own, others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|remains| os::raised() || remains.owner() == me);
    Ok((own, others.len() as u64))
}

/// Whether somebody may be about to attach a segment: its creator, or whom that tells its id.
fn is_expected(object: &Object) -> bool {
    // A creator outside of this container cannot be asked for. It has had its time then.
    const ITS_TIME: Duration = Duration::from_secs(60);
    if !matches!(object.origin, Origin::SystemV { .. }) {
        return false;
    }
    match object.info.creator_pid {
        0 => object.info.created.elapsed().unwrap_or_default() < ITS_TIME,
        pid => Path::new("/proc").join(pid.to_string()).exists(),
    }
}

fn remove(all: &[Remains], keep_orphans: bool) -> Result<i32> {
    let mut failed = false;
    for remains in all {
        if keep_orphans && matches!(remains, Remains::Orphan(_)) {
            continue;
        }
        match remains.remove() {
            Ok(true) => output::line(&format!("removed {}", remains.words()))?,
            Ok(false) => output::note(&format!("{} is gone, or in use again", remains.words())),
            Err(error) => {
                failed = true;
                output::note(&format!("left {}: {error}", remains.words()));
            }
        }
    }
    Ok(if failed {
        ExitCode::Failure.number()
    } else {
        crate::DONE
    })
}

fn confirmed(orphans: usize) -> Result<bool> {
    output::ask(&format!(
        "Remove {}? [y/N] ",
        match orphans {
            1 => "this orphan".to_owned(),
            many => format!("these {many} orphans"),
        }
    ));
    output::answered_yes()
}
