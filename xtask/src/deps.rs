//! What the stages need from the machine beyond a Rust toolchain, and how to get it.
//!
//! A stage says in its `needs` which of [`TOOLS`] it uses. What is missing is installed by root
//! on Debian; everybody else is told the line to run. A new tool is a new row.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Output};
use crate::{os, output};

/// Something that a stage needs.
pub(crate) struct Tool {
    /// The program that must be on the PATH, the toolchain, or the library.
    pub(crate) name: &'static str,
    /// Where it comes from.
    pub(crate) source: Source,
    /// What it is needed for.
    pub(crate) why: &'static str,
}

/// Where a tool comes from.
pub(crate) enum Source {
    /// A Debian package.
    Debian(&'static str),
    /// A file by its path, and the Debian packages that it comes with.
    File(&'static str, &'static [&'static str]),
    /// A component of the toolchain: its name for rustup, and its Debian package.
    Component(&'static str, &'static str),
    /// A toolchain of rustup.
    Toolchain,
    /// A package of crates.io, which is built here.
    Crate,
}

/// All of them.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "cargo-fmt",
        source: Source::Component("rustfmt", "rustfmt"),
        why: "checks the format of the sources",
    },
    Tool {
        name: "cargo-clippy",
        source: Source::Component("clippy", "rust-clippy"),
        why: "checks the sources for mistakes",
    },
    Tool {
        name: "cc",
        source: Source::Debian("gcc"),
        why: "links every Rust program",
    },
    Tool {
        name: "g++",
        source: Source::Debian("g++"),
        why: "builds the test programs of the C libraries as C++, and libFuzzer",
    },
    Tool {
        name: "clang",
        source: Source::Debian("clang"),
        why: "builds the test programs of the C libraries once more, and reads the headers for iceoryx2",
    },
    Tool {
        name: "pkg-config",
        source: Source::Debian("pkg-config"),
        why: "finds the installed libraries",
    },
    Tool {
        name: "cmake",
        source: Source::Debian("cmake"),
        why: "finds the installed libraries too",
    },
    Tool {
        name: "x86_64-w64-mingw32-gcc",
        source: Source::Debian("gcc-mingw-w64-x86-64"),
        why: "builds programs in C for Windows",
    },
    Tool {
        name: "x86_64-w64-mingw32-g++",
        source: Source::Debian("g++-mingw-w64-x86-64"),
        why: "builds programs in C++ for Windows",
    },
    Tool {
        name: "wine",
        source: Source::Debian("wine"),
        why: "runs programs of Windows",
    },
    Tool {
        name: "boost",
        source: Source::File(
            "/usr/include/boost/interprocess/managed_shared_memory.hpp",
            &["libboost-dev"],
        ),
        why: "leaves shared memory for the tests to find, and is a rival",
    },
    Tool {
        name: "python3",
        source: Source::Debian("python3"),
        why: "leaves shared memory for the tests to find, and is a rival",
    },
    Tool {
        name: "ipcmk",
        source: Source::Debian("util-linux"),
        why: "leaves segments for the tests to find",
    },
    Tool {
        name: "valgrind",
        source: Source::Debian("valgrind"),
        why: "counts instructions, and looks at every access of C programs to memory",
    },
    Tool {
        name: "setpriv",
        source: Source::Debian("util-linux"),
        why: "runs tests as an ordinary user",
    },
    Tool {
        name: "unshare",
        source: Source::Debian("util-linux"),
        why: "gives tests mounts and IPC namespaces of their own",
    },
    Tool {
        name: "zsh",
        source: Source::Debian("zsh"),
        why: "has its completion tested",
    },
    Tool {
        name: "fish",
        source: Source::Debian("fish"),
        why: "has its completion tested",
    },
    Tool {
        name: "jq",
        source: Source::Debian("jq"),
        why: "runs in an example of the help",
    },
    Tool {
        name: "nightly",
        source: Source::Toolchain,
        why: "has the AddressSanitizer, and fuzzes",
    },
    Tool {
        name: "rust-web-src",
        source: Source::File(
            "/usr/lib/rustlib/src/rust/library/Cargo.toml",
            &["rustc-web", "cargo-web", "rust-web-src"],
        ),
        why: "builds the standard library with its own checks",
    },
    Tool {
        name: "libclang-rt",
        source: Source::File(debian::THREAD_SANITIZER, &["libclang-rt-22-dev"]),
        why: "has the ThreadSanitizer for that",
    },
    Tool {
        name: "llvm-symbolizer",
        source: Source::Debian("llvm"),
        why: "names the functions that ThreadSanitizer speaks of",
    },
    Tool {
        name: "cargo-deny",
        source: Source::Crate,
        why: "reads the licences of dependencies",
    },
];

/// What is known of the Rust of Debian.
pub(crate) mod debian {
    /// The runtime of ThreadSanitizer, of the LLVM that its compiler has.
    pub(crate) const THREAD_SANITIZER: &str =
        "/usr/lib/llvm-22/lib/clang/22/lib/linux/libclang_rt.tsan-x86_64.a";
}

/// How much may be done to get what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The packages of the system, by root.
    Packages,
    /// Toolchains, their components and programs that are built first as well.
    Everything,
}

/// Why a tool cannot be had: in one line, with what to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Somebody could install it here.
    Curable(String),
    /// This machine cannot have it.
    Incurable(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Missing::Curable(reason) | Missing::Incurable(reason)) = self;
        f.write_str(reason)
    }
}

/// Finds a row of [`TOOLS`].
pub(crate) fn tool(name: &str) -> Result<&'static Tool> {
    let found = TOOLS.iter().find(|tool| tool.name == name);
    found.with_context(|| format!("deps.rs has no row for {name}"))
}

/// Sees to it that a tool is there, or says why it is not.
pub(crate) fn ensure(tool: &Tool, effort: Effort, until: Instant) -> Result<(), Missing> {
    if is_there(tool, until) {
        return Ok(());
    }
    let reason = |cure: &str| format!("no {} here, which {}: {cure}", tool.name, tool.why);
    let missing = |cure: &str| Missing::Curable(reason(cure));
    let has_rustup = on_path("rustup");
    let (mut command, may_run) = match tool.source {
        Source::Component(component, _) if has_rustup => (
            words(&["rustup", "component", "add", component]),
            effort == Effort::Everything,
        ),
        Source::Toolchain if has_rustup => (
            words(&[
                "rustup",
                "toolchain",
                "install",
                "--profile",
                "minimal",
                tool.name,
            ]),
            effort == Effort::Everything,
        ),
        Source::Toolchain => return Err(Missing::Incurable(reason("it comes with rustup"))),
        Source::Crate => (
            // It runs for a second: optimising it would take a minute more.
            words(&["cargo", "install", "--locked", "--debug", tool.name]),
            effort == Effort::Everything,
        ),
        Source::File(_, packages) => by_apt(packages),
        Source::Debian(package) | Source::Component(_, package) => by_apt(&[package]),
    };
    let line = words_of(&command);
    if !may_run {
        return Err(missing(&line));
    }
    output::say(&format!("{} is missing: {line}", tool.name));
    let mut install = || process::run(command.env("DEBIAN_FRONTEND", "noninteractive"), until);
    let mut done = install();
    if done.is_err() && line.starts_with("apt-get") {
        // Perhaps only the list of packages is out of date, or absent.
        done = process::run(&mut words(&["apt-get", "update"]), until).and_then(|()| install());
    }
    match done {
        Ok(()) if is_there(tool, until) => Ok(()),
        Ok(()) => Err(missing(&format!("`{line}` did not bring it"))),
        Err(error) => Err(missing(&format!("{error:#}"))),
    }
}

/// The command that installs packages of Debian, and whether it may run here.
fn by_apt(packages: &[&str]) -> (Command, bool) {
    let mut command = words(&["apt-get", "install", "-y", "--no-install-recommends"]);
    command.args(packages);
    (command, os::is_root() && is_debian())
}

/// `cargo xtask install-deps`: says whether everything is there now.
pub(crate) fn install_all() -> Result<bool> {
    let until = Instant::now() + Duration::from_secs(30 * 60);
    let rows: Vec<_> = TOOLS
        .iter()
        .map(|tool| (tool, ensure(tool, Effort::Everything, until)))
        .collect();
    output::tools(&rows);
    let missing = rows.iter().filter(|(_, state)| state.is_err()).count();
    if missing > 0 {
        bail!("{missing} of {} are missing", rows.len());
    }
    Ok(true)
}

/// Whether a program is on the PATH.
pub(crate) fn on_path(program: &str) -> bool {
    find(program).is_some()
}

/// The file of a program, as the shell finds it.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(&file))
        .find(|path| path.is_file())
}

fn is_there(tool: &Tool, until: Instant) -> bool {
    match tool.source {
        Source::Debian(_) | Source::Crate => on_path(tool.name),
        Source::File(path, _) => Path::new(path).is_file(),
        // rustup puts a program of this name on the PATH before the component is there.
        Source::Component(..) => says(&[tool.name, "--version"], until).is_some(),
        Source::Toolchain => says(&["rustup", "toolchain", "list"], until)
            .is_some_and(|text| text.lines().any(|line| line.starts_with(tool.name))),
    }
}

/// What a command says; nothing if it fails or is not there.
fn says(line: &[&str], until: Instant) -> Option<String> {
    if !on_path(line[0]) {
        return None;
    }
    process::read(&mut words(line), Output::Lines, until).ok()
}

fn words(line: &[&str]) -> Command {
    let mut command = Command::new(line[0]);
    command.args(&line[1..]);
    command
}

fn words_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for word in command.get_args() {
        line.push(' ');
        line += &word.to_string_lossy();
    }
    line
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && on_path("apt-get")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn what_is_there_needs_nothing() {
        let tool = Tool {
            name: "cargo",
            source: Source::Debian("cargo"),
            why: "builds",
        };
        assert_eq!(ensure(&tool, Effort::Packages, soon()), Ok(()));
    }

    #[test]
    fn what_is_missing_is_told_with_the_line_to_run() {
        let tool = Tool {
            name: "no-such-toolchain",
            source: Source::Toolchain,
            why: "is a test",
        };
        let reason = ensure(&tool, Effort::Packages, soon())
            .unwrap_err()
            .to_string();
        assert!(
            reason.starts_with("no no-such-toolchain here, which is a test: "),
            "{reason}"
        );
    }

    #[test]
    fn rows_are_found_by_name() {
        assert_eq!(tool("setpriv").unwrap().name, "setpriv");
        assert!(tool("no-such-tool").is_err());
    }
}
