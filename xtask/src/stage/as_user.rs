//! The test programs again, run by a user without privileges. For root only: everybody else has
//! run them so already.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use super::{Context, Outcome, show_demo};
use crate::cargo::{self, Program};
use crate::process;
use crate::{os, output};

/// `nobody`, on every Linux.
const USER: u32 = 65534;

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !os::is_root() {
        return Ok(Outcome::Skipped(
            "not root: stage tests ran as an ordinary user already".into(),
        ));
    }
    let place = public_directory(context)?;
    let home = place.path().join("home");
    std::fs::create_dir(&home).context("a home for the user")?;
    os::give_to(&home, USER).context("a home for the user")?;

    let programs = match build_in_place(context)? {
        Some(programs) => programs,
        None => {
            output::say("the user cannot read this directory: building in a copy");
            build_in_copy(context, place.path())?
        }
    };

    let mut failed = Vec::new();
    let (tests, others): (Vec<_>, Vec<_>) = programs
        .iter()
        // The tasks themselves need cargo, which may be in root's home.
        .filter(|program| !program.package.ends_with("xtask"))
        .partition(|program| program.is_test);
    for test in &tests {
        let mut command = as_user(&test.path, &home);
        command.current_dir(&test.package);
        command.env("CARGO_MANIFEST_DIR", &test.package);
        for program in others
            .iter()
            .filter(|program| program.package == test.package)
        {
            command.env(format!("CARGO_BIN_EXE_{}", program.name), &program.path);
        }
        output::say(&format!("{} as user {USER}", test.path.display()));
        if let Err(error) = context.run_tests(&mut command) {
            output::say(&format!("{error:#}"));
            let package = test.package.file_name().unwrap_or_default();
            failed.push(format!("{}/{}", package.to_string_lossy(), test.name));
        }
    }
    if !failed.is_empty() {
        bail!("as an ordinary user: {}", failed.join(", "));
    }
    if tests.is_empty() {
        bail!("there are no test programs");
    }
    let mut nshm = as_user(cargo::path(&programs, "nshm")?, &home);
    show_demo(nshm.env("NSHM_DIR", &home), context)
}

/// Builds the programs where stage tests has built them; `None` where the user cannot read them.
fn build_in_place(context: &Context<'_>) -> Result<Option<Vec<Program>>> {
    let workspace = context.workspace;
    let manifest = workspace.root().join("Cargo.toml");
    // Asked first: what the user cannot read need not be built.
    std::fs::create_dir_all(workspace.target()).context("the target directory")?;
    if !can_read(&[&manifest, workspace.target()], context) {
        return Ok(None);
    }
    let programs = cargo::build(&mut build(context), context.until)?;
    let paths: Vec<&Path> = programs.iter().map(|program| &*program.path).collect();
    let readable = can_read(&paths, context);
    Ok(readable.then_some(programs))
}

/// Builds the programs in a copy of the sources. Tests know the paths of their sources and of the
/// programs that they run, so it would not do to copy the programs alone.
fn build_in_copy(context: &Context<'_>, place: &Path) -> Result<Vec<Program>> {
    let root = place.join("source");
    copy_sources(context.workspace.root(), context.workspace.target(), &root)?;
    let mut command = build(context);
    command.current_dir(&root);
    command.env("CARGO_TARGET_DIR", place.join("target"));
    cargo::build(&mut command, context.until)
}

/// The command that builds all test programs, and the programs that they run.
fn build(context: &Context<'_>) -> Command {
    let mut command = context.workspace.cargo();
    command.args(["test", "--workspace", "--tests", "--no-run"]);
    command
}

/// A new directory that the user can look into.
fn public_directory(context: &Context<'_>) -> Result<TempDir> {
    for parent in [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()] {
        let made = tempfile::Builder::new()
            .prefix("nshm-xtask-")
            .tempdir_in(parent);
        let Ok(dir) = made else { continue };
        os::open_to_all(dir.path()).context("a directory for the user")?;
        if can_read(&[dir.path()], context) {
            return Ok(dir);
        }
    }
    bail!("no temporary directory that others can look into: set TMPDIR to one")
}

fn can_read(paths: &[&Path], context: &Context<'_>) -> bool {
    const SCRIPT: &str = r#"for path; do test -r "$path" || exit 1; done"#;
    let mut command = as_user(Path::new("sh"), Path::new("/"));
    command.args(["-c", SCRIPT, "sh"]).args(paths);
    process::run(&mut command, context.until).is_ok()
}

/// A command that the user runs, without privileges and with an own home.
fn as_user(program: &Path, home: &Path) -> Command {
    let mut command = Command::new("setpriv");
    for (option, id) in [("--reuid", USER), ("--regid", USER)] {
        command.arg(format!("{option}={id}"));
    }
    command
        .args(["--clear-groups", "--inh-caps=-all", "--"])
        .arg(program);
    command
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("USER", "nobody");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "CARGO" || text.starts_with("RUSTUP_") || text.starts_with("XDG_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Copies a source tree without what was built in it and without its history.
fn copy_sources(from: &Path, target: &Path, to: &Path) -> Result<()> {
    let copy = || format!("copy {} to {}", from.display(), to.display());
    std::fs::create_dir(to).with_context(copy)?;
    for entry in std::fs::read_dir(from).with_context(copy)? {
        let entry = entry.with_context(copy)?;
        let (path, name) = (entry.path(), entry.file_name());
        if path == target || name == OsStr::new(".git") || name == OsStr::new("target") {
            continue;
        }
        let new: PathBuf = to.join(&name);
        if entry.file_type().with_context(copy)?.is_dir() {
            copy_sources(&path, target, &new)?;
        } else {
            std::fs::copy(&path, &new).with_context(copy)?;
        }
    }
    Ok(())
}
