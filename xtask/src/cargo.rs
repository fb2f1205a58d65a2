//! Calling cargo, and what it tells.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::{self, Output};

/// The workspace that xtask belongs to.
pub(crate) struct Workspace {
    metadata: Value,
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    pub(crate) fn load() -> Result<Workspace> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let until = Instant::now() + Duration::from_secs(120);
        let text = process::read(&mut command, Output::Lines, until)?;
        let metadata: Value = serde_json::from_str(&text).context("cargo metadata")?;
        let path = |key: &str| {
            let path = metadata[key].as_str().map(PathBuf::from);
            path.with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Workspace {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            metadata,
        })
    }

    /// The directory of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The target directory.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Whether a package has a target, as `("nshm", "example", "first_process")`.
    pub(crate) fn has_target(&self, package: &str, kind: &str, name: &str) -> bool {
        list(&self.metadata["packages"])
            .filter(|found| found["name"] == package)
            .flat_map(|found| list(&found["targets"]))
            .any(|target| {
                target["name"] == name && list(&target["kind"]).any(|found| found == kind)
            })
    }

    /// The cargo that runs us, in the workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// The cargo of the nightly toolchain, in the workspace.
    pub(crate) fn nightly(&self) -> Command {
        let mut command = Command::new("rustup");
        command.args(["run", "nightly", "cargo"]);
        command.current_dir(&self.root);
        for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        without_our_package(&mut command);
        command
    }
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    without_our_package(&mut command);
    command
}

/// `cargo run` describes xtask in its environment. A build script that listens to these variables
/// would run again whenever the workspace is built from here and from a shell in turn.
fn without_our_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// The target triple of this machine.
pub(crate) fn host(until: Instant) -> Result<String> {
    let mut command = Command::new("rustc");
    command.arg("-vV");
    let text = process::read(&mut command, Output::Lines, until)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// A program that cargo has built.
#[derive(Debug)]
pub(crate) struct Program {
    /// The directory of its package.
    pub(crate) package: PathBuf,
    /// The name of the target.
    pub(crate) name: String,
    pub(crate) is_test: bool,
    pub(crate) path: PathBuf,
}

/// Runs a cargo command that builds, and gives the programs it has built.
pub(crate) fn build(command: &mut Command, until: Instant) -> Result<Vec<Program>> {
    command.arg("--message-format=json-render-diagnostics");
    let text = process::read(command, Output::Lines, until)?;
    Ok(text.lines().filter_map(program).collect())
}

/// Runs a cargo command that builds a library for C, and gives the shared one.
pub(crate) fn build_shared_library(command: &mut Command, until: Instant) -> Result<PathBuf> {
    command.arg("--message-format=json-render-diagnostics");
    let text = process::read(command, Output::Lines, until)?;
    let library = text.lines().filter_map(shared_library).next_back();
    library.context("cargo has built no shared library")
}

fn shared_library(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_ours = list(&message["target"]["kind"]).any(|kind| kind == "cdylib");
    let mut files = list(&message["filenames"]).filter_map(Value::as_str);
    let suffix = std::env::consts::DLL_SUFFIX;
    let file = files.find(|file| is_ours && file.ends_with(suffix))?;
    Some(file.into())
}

/// The path of one of the programs.
pub(crate) fn path<'a>(programs: &'a [Program], name: &str) -> Result<&'a Path> {
    let found = programs
        .iter()
        .find(|program| program.name == name && !program.is_test);
    match found {
        Some(program) => Ok(&program.path),
        None => bail!("cargo has built no program {name}"),
    }
}

fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    Some(Program {
        package: Path::new(message["manifest_path"].as_str()?)
            .parent()?
            .into(),
        name: message["target"]["name"].as_str()?.into(),
        is_test: message["profile"]["test"].as_bool()?,
        path: message["executable"].as_str()?.into(),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_found() {
        let workspace = Workspace::load().unwrap();
        assert!(workspace.root().join("xtask/Cargo.toml").exists());
        assert!(workspace.has_target("xtask", "bin", "xtask"));
        assert!(!workspace.has_target("xtask", "lib", "xtask"));
        assert!(!workspace.has_target("nshm", "bin", "xtask"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn libraries_for_c_are_read_from_messages() {
        let message = r#"{"reason":"compiler-artifact","target":{"kind":["cdylib","rlib"]},
            "filenames":["/t/liba.rlib","/t/liba.so"]}"#;
        assert_eq!(shared_library(message), Some("/t/liba.so".into()));
        assert_eq!(
            shared_library(&message.replace("cdylib", "proc-macro")),
            None
        );
    }

    #[test]
    fn programs_are_read_from_messages() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml",
            "target":{"kind":["bin"],"name":"a"},"profile":{"test":true},"executable":"/t/a-1"}"#;
        let program = program(message).unwrap();
        assert_eq!(program.package, Path::new("/w/a"));
        assert_eq!(program.path, Path::new("/t/a-1"));
        assert!(program.is_test);
        assert_eq!(shared_library(message), None);
        let library = message.replace("\"/t/a-1\"", "null");
        assert!(super::program(&library).is_none());
        assert!(super::program("warning: not a message").is_none());
    }
}
