//! What is built to be installed.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, Library, Workspace};

/// The program and the libraries, in release.
pub(super) struct Built {
    /// The command line program.
    pub(super) program: PathBuf,
    /// The shared library.
    pub(super) shared: PathBuf,
    /// The static library.
    pub(super) archive: PathBuf,
    /// What a program that is linked to the static library needs besides, as `-lpthread`.
    pub(super) needs: Vec<String>,
}

impl Built {
    pub(super) fn make(workspace: &Workspace, until: Instant) -> Result<Built> {
        if !cfg!(target_os = "linux") {
            bail!("what is installed is laid out for Linux");
        }
        let mut command = workspace.cargo();
        command.args(["build", "--release", "-p", "nshm-cli", "--bin", "nshm"]);
        let programs = cargo::build(&mut command, until)?;
        let mut command = workspace.cargo();
        command.args(["rustc", "--release", "-p", "nshm-capi", "--lib"]);
        let library = cargo::build_library(&mut command, "nshm_capi", until)?;
        Ok(Built {
            program: cargo::path(&programs, "nshm")?.to_owned(),
            shared: file(&library, "so")?,
            archive: file(&library, "a")?,
            needs: beyond_the_compiler(&library.needs),
        })
    }
}

fn file(library: &Library, extension: &str) -> Result<PathBuf> {
    let has = |path: &&PathBuf| path.extension().is_some_and(|found| found == extension);
    let found = library.files.iter().find(has);
    Ok(found
        .with_context(|| format!("cargo has built no library .{extension}"))?
        .clone())
}

/// Without what every C compiler links on its own. It also knows which of its libraries fit:
/// `gcc_s` exists as a shared library only, and `-static` takes `gcc_eh` in its place.
fn beyond_the_compiler(needs: &[String]) -> Vec<String> {
    let own = ["-lgcc_s", "-lc"];
    let mut needs = needs.to_vec();
    needs.retain(|library| !own.contains(&&**library));
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_brings_its_own_libraries() {
        let all = ["-lgcc_s", "-lpthread", "-lc"].map(String::from);
        assert_eq!(beyond_the_compiler(&all), ["-lpthread"]);
    }
}
