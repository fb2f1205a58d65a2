//! `cargo xtask install` and `cargo xtask uninstall`: the program, the libraries, the headers and
//! all that goes with them, below a prefix.

mod built;
mod content;
mod texts;
mod tree;

use std::path::{Component, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use self::built::Built;
use crate::cargo::Workspace;
use crate::output;

/// Where to install.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// The directory below which everything goes; programs look for it there.
    #[arg(long, value_name = "DIR", default_value = "/usr/local")]
    pub(crate) prefix: PathBuf,
    /// A directory that stands for the root while a package is made.
    #[arg(long, value_name = "DIR")]
    pub(crate) destdir: Option<PathBuf>,
}

impl Place {
    /// The directory to write below.
    fn root(&self) -> Result<PathBuf> {
        let prefix = std::path::absolute(&self.prefix).context("the prefix")?;
        let goes_up = prefix.components().any(|part| part == Component::ParentDir);
        ensure!(!goes_up, "write the prefix without `..`");
        match &self.destdir {
            None => Ok(prefix),
            Some(destdir) => {
                let below = prefix.strip_prefix("/").unwrap_or(&prefix);
                Ok(std::path::absolute(destdir)
                    .context("the destdir")?
                    .join(below))
            }
        }
    }
}

/// `cargo xtask install`
pub(crate) fn command(place: &Place) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(60 * 60);
    let count = install(&Workspace::load()?, place, until)?;
    let root = place.root()?;
    output::say(&format!("{count} files in {}", root.display()));
    Ok(())
}

/// `cargo xtask uninstall`
pub(crate) fn uninstall_command(place: &Place) -> Result<()> {
    let count = uninstall(place)?;
    let root = place.root()?;
    output::say(&format!("removed {count} files from {}", root.display()));
    Ok(())
}

/// Builds everything and puts it into place. Says how many files that were.
pub(crate) fn install(workspace: &Workspace, place: &Place, until: Instant) -> Result<usize> {
    let root = place.root()?;
    let built = Built::make(workspace, until)?;
    let entries = content::of(workspace, &built)?;
    tree::install(&root, &entries).with_context(|| format!("install into {}", root.display()))?;
    Ok(entries.len())
}

/// Removes what [`install`] has put there, and nothing else. Says how many files that were.
pub(crate) fn uninstall(place: &Place) -> Result<usize> {
    let root = place.root()?;
    tree::uninstall(&root).with_context(|| format!("uninstall from {}", root.display()))
}
