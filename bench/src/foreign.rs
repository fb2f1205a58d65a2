//! The peers that are not Rust: what builds and starts them, or why they are not here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::peer::{KNOWN, Known};
use crate::results::Absent;
use crate::stand::{Stand, succeed};

const BOOST: Known = Known {
    name: "Boost.Interprocess",
    what: "shared_memory_object and mapped_region, C++; removed by its creator",
    remark: "",
    named: true,
    after_kill: "stays until it is removed by hand",
};

const PYTHON: Known = Known {
    name: "Python SharedMemory",
    what: "multiprocessing.shared_memory of the system's Python; unlinked by its creator",
    remark: "its resource tracker hears of every create and open",
    named: true,
    after_kill: "its tracker process unlinks it, if that was not killed too",
};

const WINDOWS: Known = Known {
    name: "Windows API under Wine",
    what: "CreateFileMapping and MapViewOfFile of Wine",
    remark: "every call asks Wine's server, so this is no figure for Windows",
    named: true,
    after_kill: "nothing: Wine's server frees it",
};

/// All that are not Rust.
pub(crate) const FOREIGN: [&Known; 3] = [&BOOST, &PYTHON, &WINDOWS];

/// A peer that can be started.
pub(crate) struct Entrant {
    pub(crate) known: &'static Known,
    line: Vec<OsString>,
    environment: Vec<(&'static str, PathBuf)>,
    /// Whether it is a process alone: Wine's server must not share its processor.
    pub(crate) alone: bool,
}

impl Entrant {
    /// A name that no other peer uses: many of them have theirs in the same directory.
    pub(crate) fn name(&self, word: &str) -> String {
        let own: String = self
            .known
            .name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        format!("{own}-{word}")
    }

    /// The command that starts it.
    pub(crate) fn command(&self, stand: &Stand) -> Command {
        let mut command = Command::new(&self.line[0]);
        command.args(&self.line[1..]);
        command.env("NSHM_DIR", stand.names());
        command.env("TMPDIR", stand.temporary());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Everybody who can be asked here, and who cannot.
pub(crate) fn entrants() -> Result<(Vec<Entrant>, Vec<Absent>)> {
    let own = std::env::current_exe().context("our own program")?;
    let mut here: Vec<Entrant> = KNOWN
        .iter()
        .map(|known| Entrant {
            known,
            line: vec![own.clone().into(), "peer".into(), known.name.into()],
            environment: Vec::new(),
            alone: true,
        })
        .collect();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let built = own.parent().context("our own directory")?.join("peers");
    std::fs::create_dir_all(&built).context("a directory for the peers")?;
    let mut absent = Vec::new();
    for (known, entrant) in [
        (&BOOST, boost(&sources, &built)),
        (&PYTHON, python(&sources)),
        (&WINDOWS, windows(&sources, &built)),
    ] {
        match entrant {
            Ok(entrant) => here.push(entrant),
            Err(error) => absent.push(Absent {
                who: known.name.into(),
                reason: format!("{error:#}").replace('\n', " "),
            }),
        }
    }
    Ok((here, absent))
}

fn boost(sources: &Path, built: &Path) -> Result<Entrant> {
    let program = built.join("boost");
    let mut build = Command::new("g++");
    build.args(["-std=c++17", "-O2", "-Wall", "-Wextra", "-o"]);
    succeed(build.arg(&program).arg(sources.join("boost.cpp")))?;
    Ok(Entrant {
        known: &BOOST,
        line: vec![program.into()],
        environment: Vec::new(),
        alone: true,
    })
}

fn python(sources: &Path) -> Result<Entrant> {
    let probe = "import multiprocessing.shared_memory";
    succeed(Command::new("python3").args(["-c", probe]))?;
    let program = sources.join("shared_memory.py");
    Ok(Entrant {
        known: &PYTHON,
        line: vec!["python3".into(), program.into()],
        environment: Vec::new(),
        alone: true,
    })
}

fn windows(sources: &Path, built: &Path) -> Result<Entrant> {
    let program = built.join("windows.exe");
    let mut build = Command::new("x86_64-w64-mingw32-gcc");
    build.args(["-O2", "-Wall", "-Wextra", "-o"]);
    succeed(build.arg(&program).arg(sources.join("windows.c")))?;
    let entrant = Entrant {
        known: &WINDOWS,
        line: vec!["wine".into(), program.into()],
        environment: vec![
            ("WINEPREFIX", built.join("prefix")),
            ("WINEDEBUG", "-all".into()),
        ],
        alone: false,
    };
    // Takes a few seconds once.
    let mut begin = Command::new("wineboot");
    begin.arg("--init").envs(entrant.environment.clone());
    succeed(&mut begin)?;
    Ok(entrant)
}
