//! The programs of `tests/c/win32`: which there are, how they are built and run on each system.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::system::{Language, System};
use crate::cargo::Library;
use crate::process::{self, Child, Output};
use crate::stage::{Context, Names};
use crate::{cargo, wine};

/// All of them, in the order of what they are about.
pub(super) const NAMES: &[&str] = &[
    "create",
    "create_file",
    "image",
    "existing",
    "names",
    "open",
    "access",
    "place",
    "copy",
    "memory",
    "unmap",
    "lifetime",
    "duplicate",
    "security",
    "clash",
    "events",
    "mutexes",
    "semaphores",
    "waits",
];

/// Those that wait.
const WAITING: &[&str] = &["clash", "events", "mutexes", "semaphores", "waits"];

/// What every program is linked with.
const PARTS: &[&str] = &["row", "call", "file", "process"];

/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(120);

/// What a program has said, and how it has ended if not well.
pub(super) struct Run {
    pub(super) lines: Vec<String>,
    pub(super) end: Option<String>,
}

/// The programs of one system.
pub(super) struct Programs {
    system: System,
    sources: PathBuf,
    /// Where they are built.
    dir: PathBuf,
    /// The target directory of what is built for Windows.
    windows: PathBuf,
    /// Where the headers of the Windows API on Linux are.
    headers: PathBuf,
    /// What they are linked with: the parts, and on Linux the library.
    objects: Vec<PathBuf>,
    library: Option<Library>,
}

impl Programs {
    /// Builds what all of them need.
    pub(super) fn new(system: System, context: &Context<'_>) -> Result<Programs> {
        let root = context.workspace.root();
        let target = context.workspace.target();
        let mut programs = Programs {
            system,
            sources: root.join("tests/c/win32"),
            dir: target.join("win32").join(system.to_string()),
            windows: target.join("windows"),
            headers: root.join("crates/nshm-capi/include/win32"),
            objects: Vec::new(),
            library: None,
        };
        std::fs::create_dir_all(&programs.dir).context("a directory for the programs")?;
        let own = match system {
            System::Wine => {
                // Wine makes its prefix, but nothing above it.
                std::fs::create_dir_all(&programs.windows).context("a directory for Wine")?;
                let mut boot = wine::command(&programs.windows);
                process::run(boot.args(["wineboot", "--init"]), context.until)?;
                "process_windows"
            }
            System::Linux => {
                let mut build = context.workspace.cargo();
                build.args(["rustc", "-p", "nshm-capi", "--lib"]);
                programs.library = Some(cargo::build_library(
                    &mut build,
                    "nshm_capi",
                    context.until,
                )?);
                "process_linux"
            }
        };
        for part in PARTS.iter().chain([&own]) {
            let object = programs.object(part, context)?;
            programs.objects.push(object);
        }
        Ok(programs)
    }

    pub(super) fn system(&self) -> System {
        self.system
    }

    /// Builds a program, runs it, and gives what it says.
    pub(super) fn run(&self, name: &str, context: &Context<'_>) -> Result<Run> {
        let program = self.path(name);
        let mut objects = self.objects.clone();
        objects.push(self.object(name, context)?);
        if WAITING.contains(&name) {
            objects.push(self.object("wait", context)?);
        }
        let mut link = self.compiler(Language::C);
        link.arg("-o").arg(&program).args(objects);
        self.link_library(&mut link);
        process::run(&mut link, context.until)?;

        let names = Names::new()?;
        let mut command = self.command(&program, &names);
        let mut child = Child::spawn(&mut command, Output::Lines)?;
        let until = context.until.min(Instant::now() + LIMIT);
        let mut lines = Vec::new();
        let end = loop {
            match child.line(until) {
                Ok(Some(line)) => lines.push(line.trim_end().to_owned()),
                Ok(None) => break child.succeed(until),
                Err(error) => break Err(error),
            }
        };
        Ok(Run {
            lines,
            end: end.err().map(|error| format!("{error:#}")),
        })
    }

    /// A program in C is a program in C++ as well.
    pub(super) fn check_as_cpp(&self, name: &str, context: &Context<'_>) -> Result<()> {
        let mut command = self.compiler(Language::Cpp);
        command.args(["-fsyntax-only", "-x", Language::Cpp.name()]);
        command.arg(self.source(name));
        process::run(&mut command, context.until)
    }

    /// Builds a program that consists of one file; `name` is what it is called then.
    pub(super) fn build_single(
        &self,
        source: &str,
        name: &str,
        language: Language,
        options: &[&str],
        context: &Context<'_>,
    ) -> Result<PathBuf> {
        let program = self.path(name);
        let mut command = self.compiler(language);
        command.args(options).arg("-o").arg(&program);
        command
            .args(["-x", language.name()])
            .arg(self.source(source));
        command.args(["-x", "none"]);
        self.link_library(&mut command);
        process::run(&mut command, context.until)?;
        Ok(program)
    }

    /// A command that runs a program with these names.
    pub(super) fn command(&self, program: &Path, names: &Names) -> Command {
        let mut command = match self.system {
            System::Wine => {
                let mut wine = wine::command(&self.windows);
                wine.arg(program);
                wine
            }
            System::Linux => Command::new(program),
        };
        names.let_in(&mut command);
        // Nobody is here to answer a message box.
        for display in ["DISPLAY", "WAYLAND_DISPLAY"] {
            command.env_remove(display);
        }
        command
    }

    fn source(&self, name: &str) -> PathBuf {
        self.sources.join(name).with_extension("c")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name).with_extension(self.system.suffix())
    }

    /// Compiles a source.
    fn object(&self, name: &str, context: &Context<'_>) -> Result<PathBuf> {
        let object = self.dir.join(name).with_extension("o");
        let mut command = self.compiler(Language::C);
        command.arg("-c").arg(self.source(name));
        command.arg("-o").arg(&object);
        process::run(&mut command, context.until)?;
        Ok(object)
    }

    fn compiler(&self, language: Language) -> Command {
        let mut command = self.system.compiler(language);
        if self.system == System::Linux {
            command.arg("-I").arg(&self.headers);
        }
        command
    }

    /// Links with the static library, and with what that needs.
    fn link_library(&self, command: &mut Command) {
        if let Some(library) = &self.library {
            let is_static = |file: &&PathBuf| file.extension().is_some_and(|found| found == "a");
            command.args(library.files.iter().filter(is_static));
            command.args(&library.needs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_a_program_or_a_part() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let own = ["process_linux", "process_windows", "wait"];
        let examples = ["first", "second"];
        for entry in std::fs::read_dir(root.join("tests/c/win32")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let known = [NAMES, PARTS, &own, &examples].concat();
            let is_source = path.extension().is_some_and(|suffix| suffix == "c");
            assert!(!is_source || known.contains(&name), "{name}");
        }
        assert!(WAITING.iter().all(|name| NAMES.contains(name)));
    }
}
