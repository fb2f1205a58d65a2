//! The guide (docs/guide.md): a test that what it says is so.
//!
//! - [`document`]: what there is to do in it
//! - [`place`]: where its commands run
//! - [`mask`]: what may differ from one run to the next
//!
//! Its commands are run in order and must print what it says, its code must be that of the example
//! programs, and its pictures must be there.

mod document;
pub(crate) mod mask;
pub(crate) mod place;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nshm_tty::Tty;

use self::document::{Command, Step, parse};
use self::mask::mask;
use self::place::Place;
use crate::output;
use crate::picture::{self, scene::SCENES};
use crate::stage::{Context, Outcome};

const GUIDE: &str = "docs/guide.md";

/// The columns and rows of the terminal that the commands run on.
const WINDOW: (u16, u16) = (120, 50);
/// How long a command is run again that must print something soon.
const SOON: Duration = Duration::from_secs(20);

/// `cargo xtask pictures`
pub(crate) fn pictures_command(context: &Context<'_>) -> Result<()> {
    let place = Place::new(context)?;
    picture::take_all(&place, &context.workspace.root().join(picture::DIR))
}

/// The stage.
pub(crate) fn check(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let root = context.workspace.root();
    let text = std::fs::read_to_string(root.join(GUIDE)).context(GUIDE)?;
    let steps = parse(&text)?;
    let place = Place::new(context)?;
    check_pictures_are_shown(&steps)?;
    play(&place, &steps, root)?;
    picture::check_all(&place, &root.join(picture::DIR))?;
    Ok(Outcome::Passed)
}

/// Does what the guide says, step by step.
fn play(place: &Place, steps: &[Step], root: &Path) -> Result<()> {
    let mut held: Vec<Tty> = Vec::new();
    for step in steps {
        match step {
            Step::Run(command) => {
                output::say(&format!("$ {}", command.line));
                held.extend(run(place, command)?);
            }
            Step::Type(keys) => {
                let mut tty = held
                    .pop()
                    .context("nothing runs that this could be typed to")?;
                tty.type_(keys)?;
                tty.end()?;
            }
            Step::Code(code) => check_code(code, root)?,
            Step::Picture(_) => {}
        }
    }
    ensure!(held.is_empty(), "the guide leaves something running");
    Ok(())
}

/// Runs a command; gives it back if it goes on running.
fn run(place: &Place, command: &Command) -> Result<Option<Tty>> {
    let mut tty = place.run(&command.line, WINDOW)?;
    let of = |text: &str| lines(place, text, command.is_volatile);
    let wanted = of(&command.output.join("\n"));
    if command.holds {
        tty.wait_until(&command.output.join("\n"), |screen| {
            of(&screen.contents()) == wanted
        })
        .with_context(|| format!("line {} of the guide", command.number))?;
        return Ok(Some(tty));
    }
    let until = Instant::now() + SOON;
    loop {
        tty.end()?;
        let text = tty.text();
        if of(&text) == wanted {
            return Ok(None);
        }
        if command.is_soon && Instant::now() < until {
            tty = place.run(&command.line, WINDOW)?;
            continue;
        }
        bail!(
            "line {} of the guide: `{}` prints\n{text}\nand not\n{}",
            command.number,
            command.line,
            command.output.join("\n")
        );
    }
}

/// Lines to compare.
fn lines(place: &Place, text: &str, is_volatile: bool) -> Vec<String> {
    let line = |line: &str| {
        let line = place.anonymous(line.trim_end());
        if is_volatile { mask(&line) } else { line }
    };
    text.trim_end().lines().map(line).collect()
}

/// Code in the guide is a piece of one of the programs that it walks through.
fn check_code(code: &str, root: &Path) -> Result<()> {
    for program in ["car", "dashboard", "crew"] {
        let path = root.join(format!("crates/nshm/examples/{program}.rs"));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        if text.contains(code) {
            return Ok(());
        }
    }
    bail!("this is in none of the programs that the guide shows:\n{code}")
}

fn check_pictures_are_shown(steps: &[Step]) -> Result<()> {
    for scene in SCENES {
        let path = format!("pictures/{}.svg", scene.name);
        let is_shown = steps
            .iter()
            .any(|step| matches!(step, Step::Picture(it) if *it == path));
        ensure!(is_shown, "the guide does not show {path}");
    }
    for step in steps {
        if let Step::Picture(path) = step {
            let is_taken = SCENES
                .iter()
                .any(|it| *path == format!("pictures/{}.svg", it.name));
            ensure!(is_taken, "no scene makes {path}");
        }
    }
    Ok(())
}
