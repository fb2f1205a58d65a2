//! `docs/reliability.md`: the promises, how each was attacked, and what that gave. It is made of
//! the record of what runs left as data (`docs/reliability/`), never of figures that somebody typed.

mod defects;
mod input;
mod page;
mod record;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use self::input::{Fuzz, Soundness, Torture};
pub(crate) use self::input::{Input, Unit};
pub(crate) use self::record::keep;
use self::record::{read, take};
use crate::cargo::Workspace;
use crate::output;
use crate::process::{self, Output};

/// What there is to tell; what has not run is missing.
#[derive(Debug, Default)]
struct Evidence {
    torture: Option<Torture>,
    fuzz: Option<Fuzz>,
    soundness: Option<Soundness>,
}

/// `cargo xtask reliability`
pub(crate) fn command() -> Result<()> {
    let workspace = Workspace::load()?;
    for input in [Input::Torture, Input::Fuzz, Input::Soundness] {
        take(&workspace, input)?;
    }
    let evidence = Evidence {
        torture: read(&workspace, Input::Torture)?,
        fuzz: read(&workspace, Input::Fuzz)?,
        soundness: read(&workspace, Input::Soundness)?,
    };
    let path = workspace.root().join("docs/reliability.md");
    fs::write(&path, page::document(&evidence))
        .with_context(|| format!("cannot write {}", path.display()))?;
    output::say("docs/reliability.md is written");
    Ok(())
}

/// The state of the sources, in short.
fn commit(workspace: &Workspace, until: Instant) -> String {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(workspace.root());
        process::read(&mut command, Output::Lines, until)
    };
    let until_now = git(&["rev-parse", "--short=12", "HEAD"]);
    let changes = git(&["status", "--porcelain", "--untracked-files=no"]);
    match (until_now, changes) {
        (Ok(commit), Ok(changes)) if changes.is_empty() => commit.trim().to_owned(),
        (Ok(commit), _) => format!("{}, with changes", commit.trim()),
        _ => "unknown".to_owned(),
    }
}

/// The day, in UTC.
fn today() -> String {
    let now = jiff::Timestamp::now().to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

/// `h`, `min` or `s`, as it fits.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}
