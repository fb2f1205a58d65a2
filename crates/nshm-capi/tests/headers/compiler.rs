//! Runs the compilers that are there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use tempfile::TempDir;

use crate::headers;

/// A language as a standard has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C(&'static str),
    Cxx(&'static str),
}

impl Language {
    /// What the name of a source of it ends with.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Language::C(_) => "c",
            Language::Cxx(_) => "cpp",
        }
    }
}

/// Whether text has 8 or 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Ansi,
    Unicode,
}

/// A C compiler with its C++ compiler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compiler {
    c: &'static str,
    cxx: &'static str,
    package: &'static str,
}

/// Those that the headers are made for.
pub(crate) const GCC: Compiler = Compiler {
    c: "gcc",
    cxx: "g++",
    package: "g++",
};
pub(crate) const CLANG: Compiler = Compiler {
    c: "clang",
    cxx: "clang++",
    package: "clang",
};

impl Compiler {
    /// Whether it is here; what could not be tried is told in the summary of all tests.
    pub(crate) fn is_here(self, test: &str) -> bool {
        let is_here = on_path(self.c) && on_path(self.cxx);
        if !is_here {
            let (cxx, package) = (self.cxx, self.package);
            skip(test, &format!("no {cxx} here: apt-get install {package}"));
        }
        is_here
    }

    /// A command that compiles sources of this language, with every warning an error.
    pub(crate) fn command(self, language: Language, text: Text) -> Command {
        let (program, standard) = match language {
            Language::C(standard) => (self.c, standard),
            Language::Cxx(standard) => (self.cxx, standard),
        };
        let package = self.package;
        assert!(
            on_path(program),
            "no {program} here: apt-get install {package}"
        );
        let mut command = Command::new(program);
        command
            .arg(format!("-std={standard}"))
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic"])
            .arg("-I")
            .arg(headers::folder());
        if text == Text::Unicode {
            command.arg("-DUNICODE");
        }
        command
    }
}

/// Says that a test, or part of one, cannot be done here.
pub(crate) fn skip(test: &str, reason: &str) {
    use std::io::Write as _;
    let line = format!("skipped: {test}: {reason}\n");
    // Not by `eprintln!`, which the test harness keeps to itself.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Whether a program is on the PATH.
pub(crate) fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a command, which must succeed and say nothing wrong.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A folder for what a test makes.
pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn new() -> Workshop {
        Workshop(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a source.
    pub(crate) fn source(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}
