//! The C programs of `nshm-capi`, built by mingw and run under Wine: the API of our own is the same
//! on Windows.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Bench, MINGW, TARGET, output, succeed, windows_path};
use crate::stage::examples::{self, FIRST, SECOND};

/// Programs that need no other beside them.
const ALONE: &[&str] = &["nulls", "views", "options", "errors", "names"];

impl Bench<'_> {
    /// Builds and runs them, and says how many have passed.
    pub(super) fn c_programs(&self) -> Result<u64, String> {
        succeed(self.cargo("build").args(["-p", "nshm-capi"]))?;
        let package = self.root.join("crates/nshm-capi");
        let built = self.target.join(TARGET).join("debug");
        let library = built.join("libnshm_capi.dll.a");
        let place = self.target.join("c");
        let failed = |error: std::io::Error| format!("{}: {error}", place.display());
        fs::create_dir_all(&place).map_err(failed)?;
        // Windows looks for a library beside the program.
        fs::copy(built.join("nshm_capi.dll"), place.join("nshm_capi.dll")).map_err(failed)?;
        let build = |source: &Path, name: &str| {
            let mut command = Command::new(MINGW);
            command
                .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"])
                // For `%zu` and its like, which the C library of Windows does not know.
                .arg("-D__USE_MINGW_ANSI_STDIO=1")
                .arg("-I")
                .arg(package.join("include"))
                .arg(source.join(name).with_extension("c"))
                .arg("-o")
                .arg(place.join(name).with_extension("exe"))
                .arg(&library);
            succeed(&mut command)
        };
        let program = |name: &str| {
            let mut command = self.wine();
            command.arg(place.join(name).with_extension("exe"));
            command
        };

        for name in ALONE {
            build(&package.join("tests/c/nshm"), name)?;
            let names = tempfile::tempdir_in(&place).map_err(failed)?;
            let mut command = program(name);
            command.env("NSHM_DIR", windows_path(names.path()));
            if *name == "names" {
                command.arg(windows_path(names.path()));
            }
            output(&mut command)?;
        }
        for name in [FIRST, SECOND] {
            build(&package.join("examples"), name)?;
        }
        let until = Instant::now() + Duration::from_secs(5 * 60);
        examples::meet(until, |name| Ok(program(name))).map_err(|error| format!("{error:#}"))?;
        Ok(ALONE.len() as u64 + 2)
    }
}
