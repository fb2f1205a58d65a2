//! Where the commands of the guide run: a directory of their own, with the programs on the PATH.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nshm_tty::Tty;
use tempfile::TempDir;

use crate::cargo;
use crate::stage::Context;

/// No step takes that long.
const LIMIT: Duration = Duration::from_secs(60);

/// Who runs the commands, in the guide and its pictures.
const ANYBODY: &str = "anna";

pub(crate) struct Place {
    names: TempDir,
    files: TempDir,
    path: OsString,
    user: String,
}

impl Place {
    /// Builds the programs and makes the directories.
    pub(crate) fn new(context: &Context<'_>) -> Result<Place> {
        let mut build = context.workspace.cargo();
        // All of the workspace: the features, and so what is built, are those of the tests.
        build.args(["build", "--workspace", "--bin", "nshm"]);
        build.args([
            "--example",
            "car",
            "--example",
            "dashboard",
            "--example",
            "crew",
        ]);
        let programs = cargo::build(&mut build, context.until)?;
        let dir = |name| -> Result<PathBuf> {
            let parent = cargo::path(&programs, name)?.parent();
            Ok(parent.context("a program has a directory")?.to_owned())
        };
        let mut dirs = vec![dir("nshm")?, dir("car")?];
        let path = std::env::var_os("PATH").unwrap_or_default();
        dirs.extend(std::env::split_paths(&path));
        let temporary = |what| {
            let made = tempfile::Builder::new().prefix("nshm-guide-").tempdir();
            made.context(what)
        };
        Ok(Place {
            names: temporary("a directory for names")?,
            files: temporary("a directory for files")?,
            path: std::env::join_paths(dirs).context("the PATH")?,
            user: user()?,
        })
    }

    /// Runs a line as a shell does, on a terminal of a size.
    pub(crate) fn run(&self, line: &str, (columns, rows): (u16, u16)) -> Result<Tty> {
        let mut command = Command::new("sh");
        // A shell that waits would keep the keys for itself.
        let is_simple = !line.contains(['|', ';', '&', '>', '<']);
        let line = if is_simple {
            format!("exec {line}")
        } else {
            line.to_owned()
        };
        command
            .args(["-c", &line])
            .current_dir(self.files.path())
            .env("NSHM_DIR", self.names.path())
            .env("PATH", &self.path)
            .env("TERM", "xterm-256color")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("NO_COLOR");
        Tty::start(&command, columns, rows, LIMIT)
    }

    /// A line without what tells who ran the command, and from where.
    pub(crate) fn anonymous(&self, line: &str) -> String {
        let mut line = replace_word(line, &self.user, ANYBODY);
        for dir in std::env::split_paths(&self.path).take(2) {
            line = line.replace(&format!("{}/", dir.display()), "");
        }
        line
    }
}

/// Replaces whole words, by others that take the same room if they can.
fn replace_word(line: &str, word: &str, other: &str) -> String {
    let width = word.chars().count();
    let padded = format!("{other:<width$}");
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        out.push_str(before);
        let is_whole = !out.ends_with(is_part) && !after.starts_with(is_part);
        out.push_str(if is_whole { &padded } else { word });
        rest = after;
    }
    out + rest
}

/// The name of this user.
fn user() -> Result<String> {
    let done = Command::new("id")
        .arg("-un")
        .output()
        .context("run id(1)")?;
    let name = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    Ok(if name.is_empty() {
        ANYBODY.into()
    } else {
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_replaced() {
        for (line, other) in [
            ("by root (1)", "by you  (1)"),
            ("rooted uproot root", "rooted uproot you "),
            ("root", "you "),
            ("", ""),
        ] {
            assert_eq!(replace_word(line, "root", "you"), other);
        }
        assert_eq!(replace_word("a cat", "a", "you"), "you cat");
    }
}
