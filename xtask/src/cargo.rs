//! Calling cargo, and what it tells.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::output;
use crate::process::{self, Child, Output};

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
        let mut command = self.other("rustup");
        command.args(["run", "nightly", "cargo"]);
        command
    }

    /// The cargo of Debian, in the workspace. Its compiler is a release; the sources of its standard
    /// library are to be had where those of a nightly are not.
    pub(crate) fn debian(&self) -> Command {
        let mut command = self.other("/usr/bin/cargo");
        command.env("RUSTC", "/usr/bin/rustc");
        command.env("RUSTDOC", "/usr/bin/rustdoc");
        command.env("RUSTC_BOOTSTRAP", "1");
        command
    }

    /// A program that finds another compiler than ours, in the workspace.
    fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
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

/// A library that cargo has built.
#[derive(Debug, Default)]
pub(crate) struct Library {
    /// Its files: one for each form.
    pub(crate) files: Vec<PathBuf>,
    /// What a program that is linked to the static library needs besides, as `-lpthread`.
    pub(crate) needs: Vec<String>,
}

/// Runs a `cargo rustc` command that builds a library, and gives that.
pub(crate) fn build_library(command: &mut Command, name: &str, until: Instant) -> Result<Library> {
    command.arg("--message-format=json");
    command.args(["--", "--print", "native-static-libs"]);
    let mut library = Library::default();
    let mut child = Child::spawn(command, Output::Lines)?;
    while let Some(line) = child.line(until)? {
        // What is no message is for nobody here.
        let Ok(message) = serde_json::from_str(&line) else {
            continue;
        };
        if let Some(rendered) = library.learn(&message, name) {
            output::pass_on_error(rendered);
        }
    }
    child.succeed(until)?;
    Ok(library)
}

impl Library {
    /// Takes what a message tells of the library; gives what the compiler has to say to people.
    fn learn<'m>(&mut self, message: &'m Value, name: &str) -> Option<&'m str> {
        if message["reason"] == "compiler-artifact" && message["target"]["name"] == name {
            let files = list(&message["filenames"]).filter_map(Value::as_str);
            self.files.extend(files.map(PathBuf::from));
        }
        let said = &message["message"];
        let needs = said["message"].as_str()?.strip_prefix(NEEDS);
        match needs {
            Some(needs) => {
                self.needs = needs.split_whitespace().map(str::to_owned).collect();
                None
            }
            None if said["level"] == "note" => None,
            None => said["rendered"].as_str(),
        }
    }
}

/// How rustc begins to answer `--print native-static-libs`.
const NEEDS: &str = "native-static-libs:";

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
    fn a_library_is_learnt_from_messages() {
        let mut library = Library::default();
        let mut learn = |message: &str| {
            let message: Value = serde_json::from_str(message).unwrap();
            library.learn(&message, "a").map(str::to_owned)
        };
        learn(
            r#"{"reason":"compiler-artifact","target":{"name":"a"},
            "filenames":["/t/liba.so","/t/liba.a"]}"#,
        );
        learn(r#"{"reason":"compiler-artifact","target":{"name":"b"},"filenames":["/t/b"]}"#);
        learn(
            r#"{"reason":"compiler-message","message":{"level":"note",
            "message":"native-static-libs: -lpthread -lc"}}"#,
        );
        let warning = r#"{"reason":"compiler-message",
            "message":{"level":"warning","message":"x","rendered":"warning: x"}}"#;
        assert_eq!(learn(warning).as_deref(), Some("warning: x"));
        assert_eq!(
            library.files,
            [Path::new("/t/liba.so"), Path::new("/t/liba.a")]
        );
        assert_eq!(library.needs, ["-lpthread", "-lc"]);
    }

    #[test]
    fn programs_are_read_from_messages() {
        let message = r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml",
            "target":{"kind":["bin"],"name":"a"},"profile":{"test":true},"executable":"/t/a-1"}"#;
        let program = program(message).unwrap();
        assert_eq!(program.package, Path::new("/w/a"));
        assert_eq!(program.path, Path::new("/t/a-1"));
        assert!(program.is_test);
        let library = message.replace("\"/t/a-1\"", "null");
        assert!(super::program(&library).is_none());
        assert!(super::program("warning: not a message").is_none());
    }
}
