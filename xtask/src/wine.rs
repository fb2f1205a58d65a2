//! `cargo xtask wine`: builds for Windows and runs the tests and the demo under Wine.
//!
//! It takes Rust's own build of the standard library for `x86_64-pc-windows-gnu` where there is
//! one, or rustup can get it; otherwise Debian's compiler, which builds the standard library
//! along with the rest.

mod c_api;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::deps::find;
use crate::stage::{Context, MODEL, Tally};

const TARGET: &str = "x86_64-pc-windows-gnu";
const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// What came of it, as one line for a summary.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every test passed.
    Passed(String),
    /// It cannot be run here, for this reason.
    Skipped(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed(what) => write!(f, "windows: passed, {what}"),
            Outcome::Skipped(why) => write!(f, "windows: skipped, because {why}"),
        }
    }
}

/// Builds for Windows and runs everything under Wine. With `CI=true` in the environment it must
/// be possible: what would be skipped is an error then.
pub(crate) fn run(context: &Context<'_>) -> Result<Outcome, String> {
    let toolchain = match prepare() {
        Ok(toolchain) => toolchain,
        Err(Obstacle::Missing(why)) if std::env::var_os("CI").is_some_and(|ci| ci == "true") => {
            return Err(format!("windows: must not be skipped here, but {why}"));
        }
        Err(Obstacle::Missing(why)) => return Ok(Outcome::Skipped(why)),
        Err(Obstacle::Failed(error)) => return Err(error),
    };
    let bench = Bench::new(toolchain, context)?;
    bench.build_support()?;
    bench.boot()?;
    let program = bench.build_program()?;

    let mut tests = vec!["-p", "nshm", "--lib", "--test", "interop"];
    if bench.root.join("crates/nshm/tests/it").exists() {
        tests.extend(["--test", "it"]);
    }
    let mut passed = bench.test(&tests, program.as_deref())?;
    passed += bench.test(&["-p", "nshm", "--doc"], None)?;
    passed += bench.test(&["-p", "nshm-capi", "--lib"], None)?;
    passed += bench.c_programs()?;
    let mut what = "";
    if let Some(program) = program {
        passed += bench.test(&["-p", "nshm-cli", "--all-targets"], Some(&program))?;
        bench.demo(&program)?;
        what = " and the demo";
    }
    let compiler = match bench.toolchain {
        Toolchain::Rustup => "rustc of this project",
        Toolchain::Debian => "rustc of Debian with its own std",
    };
    Ok(Outcome::Passed(format!(
        "{passed} tests{what} under {} ({compiler})",
        wine_version()
    )))
}

/// Which compiler there is for the target.
#[derive(Clone, Copy, Debug)]
enum Toolchain {
    /// The one that built this, with a standard library for the target.
    Rustup,
    /// Debian's, which builds the standard library from `rust-web-src`.
    Debian,
}

enum Obstacle {
    /// Something is not there and cannot be had.
    Missing(String),
    Failed(String),
}

impl From<String> for Obstacle {
    fn from(error: String) -> Self {
        Obstacle::Failed(error)
    }
}

/// Sees to it that all tools are there.
fn prepare() -> Result<Toolchain, Obstacle> {
    let mut packages = Vec::new();
    if wine().is_none() {
        packages.extend(["wine", "wine64"]);
    }
    if find(MINGW).is_none() {
        packages.extend(["gcc-mingw-w64-x86-64", "mingw-w64-x86-64-dev"]);
    }
    let toolchain = if has_target() || add_target() {
        Toolchain::Rustup
    } else {
        if !has_debian_rust() {
            packages.extend([
                "rustc-web",
                "cargo-web",
                "rust-web-src",
                "libstd-rust-web-dev",
            ]);
        }
        Toolchain::Debian
    };
    if packages.is_empty() {
        return Ok(toolchain);
    }
    let line = format!(
        "apt-get install --no-install-recommends {}",
        packages.join(" ")
    );
    if find("apt-get").is_none() {
        return Err(Obstacle::Missing(format!(
            "these Debian packages, or what they hold, are missing: {}",
            packages.join(" ")
        )));
    }
    if !is_root() {
        return Err(Obstacle::Missing(format!(
            "packages are missing: run `{line}` as root"
        )));
    }
    install(&packages)
        .map_err(|error| Obstacle::Missing(format!("`{line}` does not succeed: {error}")))?;
    Ok(toolchain)
}

fn install(packages: &[&str]) -> Result<(), String> {
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .arg("--quiet")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        succeed(&mut command)
    };
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt_get(&["update"])?;
    apt_get(&arguments)
}

fn has_target() -> bool {
    output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))
        .is_ok_and(|dir| Path::new(dir.trim()).is_dir())
}

fn add_target() -> bool {
    find("rustup").is_some()
        && output(Command::new("rustup").args(["target", "add", TARGET])).is_ok()
        && has_target()
}

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_RUSTDOC: &str = "/usr/bin/rustdoc";

fn has_debian_rust() -> bool {
    let sysroot = output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]));
    Path::new(DEBIAN_CARGO).exists()
        && sysroot.is_ok_and(|sysroot| {
            Path::new(sysroot.trim())
                .join("lib/rustlib/src/rust/library/std")
                .exists()
        })
}

/// Where everything of this lies and how it is run.
struct Bench<'a> {
    context: &'a Context<'a>,
    toolchain: Toolchain,
    root: PathBuf,
    /// Where cargo builds: a folder of its own, so that two compilers do not throw each other's
    /// work away.
    target: PathBuf,
    /// What programs need to run under Wine.
    support: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(toolchain: Toolchain, context: &'a Context<'a>) -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .ok_or("the workspace has no folder")?
            .to_owned();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        }
        .join("windows");
        let support = target.join("support");
        fs::create_dir_all(&support).map_err(|error| format!("{}: {error}", support.display()))?;
        Ok(Bench {
            context,
            toolchain,
            root,
            target,
            support,
        })
    }

    /// Builds the C programs: the library that Wine lacks, and the peer of the tests.
    fn build_support(&self) -> Result<(), String> {
        let sources = self.root.join("tests/c");
        let mingw = |arguments: &[&str], source: &str, made: &str, libraries: &[&str]| {
            let mut command = Command::new(MINGW);
            command
                .args(["-O2", "-Wall", "-Wextra", "-Werror"])
                .args(arguments)
                .arg("-o")
                .arg(self.support.join(made))
                .arg(sources.join(source))
                .args(libraries);
            succeed(&mut command)
        };
        mingw(
            &["-shared"],
            "bcryptprimitives.c",
            "bcryptprimitives.dll",
            &["-ladvapi32"],
        )?;
        mingw(&[], "peer.c", "peer.exe", &[])
    }

    /// Makes the prefix, which takes a few seconds once, and waits until it is made.
    fn boot(&self) -> Result<(), String> {
        output(self.wine().args(["wineboot", "--init"])).map(drop)
    }

    /// Wine, with all that it needs in its environment.
    fn wine(&self) -> Command {
        let mut command = command(&self.target);
        self.set_up(&mut command);
        command
    }

    fn set_up(&self, command: &mut Command) {
        set_prefix(command, &self.target);
        command
            // Where programs find libraries, wherever they lie themselves.
            .env("WINEPATH", windows_path(&self.support))
            .env("NSHM_PEER", windows_path(&self.support.join("peer.exe")));
        // Every call to the system asks a server here, and every process takes a tenth of a
        // second to start.
        for (count, enough) in [
            ("NSHM_TEST_OPENS", "20000"),
            ("NSHM_TEST_KILLS", "100"),
            ("NSHM_TEST_OWNER_KILLS", "15"),
            ("NSHM_TEST_WAITER_KILLS", "10"),
            ("NSHM_TEST_SYNC_OPERATIONS", "1600"),
            ("NSHM_TEST_LARGE_VIEW", "33554432"),
        ] {
            if std::env::var_os(count).is_none() {
                command.env(count, enough);
            }
        }
    }

    /// Cargo, building for Windows and running under Wine.
    fn cargo(&self, command: &str) -> Command {
        let mut cargo = match self.toolchain {
            Toolchain::Rustup => {
                let mut cargo = Command::new("cargo");
                cargo.arg(command);
                cargo
            }
            Toolchain::Debian => {
                let mut cargo = Command::new(DEBIAN_CARGO);
                cargo
                    .args([command, "-Zbuild-std"])
                    .env("RUSTC", DEBIAN_RUSTC)
                    .env("RUSTDOC", DEBIAN_RUSTDOC)
                    .env("RUSTC_BOOTSTRAP", "1");
                cargo
            }
        };
        cargo
            .args(["--quiet", "--target", TARGET, "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.root)
            .env(
                "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER",
                wine().unwrap_or("wine"),
            )
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", MINGW);
        self.set_up(&mut cargo);
        cargo
    }

    /// Runs tests, and says how many have passed.
    fn test(&self, arguments: &[&str], program: Option<&Path>) -> Result<u64, String> {
        let mut command = self.cargo("test");
        command.arg("--no-fail-fast").args(arguments);
        command.args(["--", "--skip", MODEL]);
        if let Some(program) = program {
            command.env("NSHM_EXE", windows_path(program));
        }
        let shown = show(&command);
        let tally = self
            .context
            .count_tests(&mut command)
            .map_err(|error| format!("windows: {error:#}"))?;
        match tally {
            Tally { failed: 0, passed } if passed > 0 => Ok(passed),
            Tally { failed: 0, .. } => Err(format!("windows: `{shown}` has run no test")),
            Tally { failed, .. } => {
                Err(format!("windows: {failed} tests of `{shown}` have failed"))
            }
        }
    }

    /// Builds the command line program, if it is there yet.
    fn build_program(&self) -> Result<Option<PathBuf>, String> {
        if !self
            .root
            .join("crates/nshm-cli/src/command/demo.rs")
            .exists()
        {
            return Ok(None);
        }
        succeed(self.cargo("build").args(["-p", "nshm-cli"]))?;
        Ok(Some(self.target.join(TARGET).join("debug/nshm.exe")))
    }

    fn demo(&self, program: &Path) -> Result<(), String> {
        let shown = output(self.wine().arg(program).arg("demo"))?;
        say(&shown);
        if shown.contains("Message from first process.") {
            Ok(())
        } else {
            Err("windows: `nshm.exe demo` has not shown the message".into())
        }
    }
}

/// Wine, in the prefix of what is built for Windows in `target`.
pub(crate) fn command(target: &Path) -> Command {
    let mut command = Command::new(wine().unwrap_or("wine"));
    set_prefix(&mut command, target);
    command
}

fn set_prefix(command: &mut Command, target: &Path) {
    command
        .env("WINEPREFIX", target.join("prefix"))
        .env("WINEDEBUG", "-all")
        // Nothing here needs them, and Wine would offer to download them.
        .env("WINEDLLOVERRIDES", "mscoree=;mshtml=");
}

/// A path as programs under Wine see it: the drive Z: is the root.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn wine() -> Option<&'static str> {
    ["wine", "wine64"]
        .into_iter()
        .find(|wine| find(wine).is_some())
}

fn wine_version() -> String {
    output(Command::new(wine().unwrap_or("wine")).arg("--version"))
        .map_or_else(|_| "Wine".into(), |version| version.trim().to_owned())
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Runs a command for its result, and shows what it says only if it fails.
fn output(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{shown}`: {error}"))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(text);
    }
    let error = String::from_utf8_lossy(&done.stderr);
    Err(format!("`{shown}` has failed\n{text}{error}"))
}

/// Runs a command for what it does.
fn succeed(command: &mut Command) -> Result<(), String> {
    let shown = show(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("`{shown}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` has failed"))
    }
}

/// A command for people.
fn show(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    words.join(" ")
}

#[allow(
    clippy::print_stdout,
    reason = "what the tests say is for who runs this"
)]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wine_sees_the_root_as_a_drive() {
        assert_eq!(windows_path(Path::new("/work/a b")), r"Z:\work\a b");
    }
}
