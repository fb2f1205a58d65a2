//! Man pages and shell completions, from the same words as `nshm --help`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use clap_complete::{Generator as _, Shell};
use nshm_cli::{command, completions as completions_of};

use crate::cargo::Workspace;
use crate::deps;
use crate::output;
use crate::process;
use crate::stage::{Context, Outcome};

/// `cargo xtask man`
pub(crate) fn man_command(out: Option<PathBuf>) -> Result<()> {
    let dir = directory(out, "man")?;
    let count = man(&dir)?.len();
    output::say(&format!("{count} man pages in {}", dir.display()));
    Ok(())
}

/// `cargo xtask completions`
pub(crate) fn completions_command(out: Option<PathBuf>) -> Result<()> {
    let dir = directory(out, "completions")?;
    let count = completions(&dir)?.len();
    output::say(&format!(
        "completions for {count} shells in {}",
        dir.display()
    ));
    Ok(())
}

/// The stage: every command has its page, and the shells that are here can read what they get.
pub(crate) fn check(context: &Context<'_>) -> Result<Outcome> {
    let dir = tempfile::tempdir().context("a directory for the pages")?;
    for page in man(dir.path())? {
        let text = read(&page)?;
        ensure!(
            text.contains("\n.TH nshm"),
            "{} has no title",
            page.display()
        );
        for section in ["NAME", "SYNOPSIS"] {
            let heading = format!("\n.SH {section}\n");
            ensure!(
                text.contains(&heading),
                "{} has no {section}",
                page.display()
            );
        }
        output::say(&format!("{}: {} bytes", name(&page), text.len()));
    }
    for (shell, script) in completions(dir.path())? {
        let text = read(&script)?;
        // Some ask the program for its words when they need them.
        let asks = text.contains(" __complete ");
        for command in commands() {
            let word = command.get_name();
            ensure!(
                asks || text.contains(word),
                "{} lacks {word}",
                name(&script)
            );
        }
        let program = shell.to_string();
        // These three can read a script without running it.
        let reads = matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish);
        if reads && deps::on_path(&program) {
            process::run(Command::new(&program).arg("-n").arg(&script), context.until)?;
            output::say(&format!("{}: read by {program}", name(&script)));
        } else {
            output::say(&format!("{}: {} bytes", name(&script), text.len()));
        }
    }
    Ok(Outcome::Passed)
}

/// Writes a page for the program and one for each of its commands.
pub(crate) fn man(dir: &Path) -> Result<Vec<PathBuf>> {
    clap_mangen::generate_to(command(), dir).context("write the man pages")?;
    let mut pages = vec![dir.join("nshm.1")];
    let names = commands().flat_map(|command| page_names("nshm", &command));
    pages.extend(names.map(|name| dir.join(format!("{name}.1"))));
    for page in &pages {
        ensure!(page.is_file(), "{} was not written", page.display());
    }
    Ok(pages)
}

/// Writes a completion script for each shell.
pub(crate) fn completions(dir: &Path) -> Result<Vec<(Shell, PathBuf)>> {
    let write = |shell: &Shell| {
        let path = dir.join(shell.file_name("nshm"));
        std::fs::write(&path, completions_of(*shell)).context("write the completions")?;
        Ok((*shell, path))
    };
    Shell::value_variants().iter().map(write).collect()
}

/// The commands that a user sees.
fn commands() -> impl Iterator<Item = clap::Command> {
    let mut command = command();
    command.build();
    let commands: Vec<_> = below(&command).cloned().collect();
    commands.into_iter()
}

/// The commands of a command.
fn below(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    let seen = |command: &&clap::Command| !command.is_hide_set() && command.get_name() != "help";
    command.get_subcommands().filter(seen)
}

/// The pages of a command and of those below it.
fn page_names(above: &str, command: &clap::Command) -> Vec<String> {
    let name = format!("{above}-{}", command.get_name());
    let others: Vec<_> = below(command)
        .flat_map(|it| page_names(&name, it))
        .collect();
    [name].into_iter().chain(others).collect()
}

fn directory(out: Option<PathBuf>, default: &str) -> Result<PathBuf> {
    let dir = match out {
        Some(dir) => dir,
        None => Workspace::load()?.target().join("dist").join(default),
    };
    std::fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    Ok(dir)
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
