//! What `cargo xtask install` puts in place, used as docs/c.md says: the programs and the commands
//! that are run here are those of that page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::examples::{self, FIRST, SECOND};
use super::{Context, Outcome};
use crate::install::{self, Place};
use crate::output;
use crate::process::{self, Output};

const PAGE: &str = "docs/c.md";

/// What others rely on below a prefix.
const PROMISED: &[&str] = &[
    "bin/nshm",
    "include/nshm.h",
    "lib/libnshm.so",
    "lib/libnshm.so.0",
    "lib/libnshm.a",
    "lib/pkgconfig/nshm.pc",
    "lib/cmake/nshm/nshm-config.cmake",
    "lib/cmake/nshm/nshm-config-version.cmake",
    "share/man/man1/nshm.1",
    "share/bash-completion/completions/nshm",
    "share/zsh/site-functions/_nshm",
    "share/fish/vendor_completions.d/nshm.fish",
];

/// Where CMake builds, by the commands of the page.
const CMAKE_DIR: &str = "build";

/// A program of the Windows API, and how it is built.
const WINDOWS_PROGRAM: &str = "\
#include <windows.h>

int main(void)
{
    return GetCurrentProcessId() == 0;
}
";

const WINDOWS_COMMANDS: &str = "\
cc -o windows windows.c $(pkg-config --cflags --libs nshm-win32)
cmake -S . -B build
cmake --build build
";

const WINDOWS_CMAKE: &str = "\
cmake_minimum_required(VERSION 3.16)
project(windows C)
find_package(nshm REQUIRED)
add_executable(windows windows.c)
target_link_libraries(windows PRIVATE nshm::win32)
";

pub(super) fn run(context: &Context<'_>) -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped("for Linux only".into()));
    }
    let page = Page::read(context.workspace.root())?;
    let dir = tempfile::Builder::new().prefix("nshm-xtask-").tempdir()?;
    let place = Place {
        prefix: dir.path().join("prefix"),
        destdir: None,
    };
    install::install(context.workspace, &place, context.until)?;
    for file in PROMISED {
        ensure!(place.prefix.join(file).is_file(), "{file} is missing");
    }
    let version = process::read(
        Command::new(place.prefix.join("bin/nshm")).arg("--version"),
        Output::Lines,
        context.until,
    )?;
    output::say(version.trim());

    let site = Site {
        context,
        prefix: &place.prefix,
        page: &page,
        scratch: dir.path().join("programs"),
    };
    let [by_pkg_config, by_archive, by_cmake] = &page.commands[..] else {
        bail!("{PAGE} has {} blocks of commands", page.commands.len());
    };
    site.lay_out(&page.cmake)?;
    site.try_out("pkg-config", by_pkg_config, "", Library::Shared)?;
    site.try_out("pkg-config, static", by_archive, "", Library::Static)?;
    site.try_out("CMake", by_cmake, CMAKE_DIR, Library::Shared)?;
    site.lay_out(&page.cmake.replace("nshm::nshm", "nshm::nshm-static"))?;
    site.try_out("CMake, static", by_cmake, CMAKE_DIR, Library::Static)?;
    site.windows_api()?;
    // Moved as a whole, the tree is found where it is now.
    let moved = dir.path().join("moved");
    fs::rename(&place.prefix, &moved).context("move the prefix")?;
    let site = Site {
        prefix: &moved,
        ..site
    };
    site.lay_out(&page.cmake)?;
    site.try_out("pkg-config, moved", by_pkg_config, "", Library::Shared)?;
    site.try_out("CMake, moved", by_cmake, CMAKE_DIR, Library::Shared)?;

    let place = Place {
        prefix: moved,
        destdir: None,
    };
    fs::write(place.prefix.join("lib/of-others"), "").context("a file of others")?;
    install::uninstall(&place)?;
    fs::remove_file(place.prefix.join("lib/of-others")).context("a file of others went too")?;
    let left = fs::read_dir(&place.prefix).context("read the prefix")?;
    ensure!(left.count() == 1, "more than lib is left");
    staged(context, dir.path())
}

/// With a directory that stands for the root: nothing is written elsewhere.
fn staged(context: &Context<'_>, dir: &Path) -> Result<Outcome> {
    let place = Place {
        prefix: "/opt/nshm".into(),
        destdir: Some(dir.join("stage")),
    };
    install::install(context.workspace, &place, context.until)?;
    for file in PROMISED {
        let path = dir.join("stage/opt/nshm").join(file);
        ensure!(path.exists(), "{} is missing", path.display());
    }
    install::uninstall(&place)?;
    ensure!(!dir.join("stage/opt/nshm").exists(), "the prefix is left");
    Ok(Outcome::Passed)
}

/// The blocks of the page.
struct Page {
    /// The two programs, as the examples of the package are.
    programs: Vec<String>,
    /// The commands that build them.
    commands: Vec<String>,
    cmake: String,
}

impl Page {
    fn read(root: &Path) -> Result<Page> {
        let text = fs::read_to_string(root.join(PAGE)).context(PAGE)?;
        let page = Page {
            programs: blocks(&text, "c"),
            commands: blocks(&text, "sh"),
            cmake: blocks(&text, "cmake").concat(),
        };
        ensure!(page.programs.len() == 2, "{PAGE} has two programs");
        for (name, program) in [FIRST, SECOND].iter().zip(&page.programs) {
            let path = root.join(format!("crates/nshm-capi/examples/{name}.c"));
            let example = fs::read_to_string(&path).context("an example")?;
            ensure!(example == *program, "{PAGE} and {} differ", path.display());
        }
        Ok(page)
    }
}

/// The fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    text.split(&fence)
        .skip(1)
        .filter_map(|block| Some(block.split_once("\n```")?.0.to_owned() + "\n"))
        .collect()
}

/// Which library programs are linked to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Shared,
    /// They run without any.
    Static,
}

/// An installed tree and a directory for programs.
struct Site<'a> {
    context: &'a Context<'a>,
    prefix: &'a Path,
    page: &'a Page,
    scratch: PathBuf,
}

impl Site<'_> {
    /// Builds the programs of the page by some commands, and runs them together.
    fn try_out(&self, how: &str, commands: &str, dir: &str, library: Library) -> Result<()> {
        output::say(&format!("by {how}"));
        self.build(commands)
            .with_context(|| format!("build by {how}"))?;
        examples::meet(self.context.until, |name| {
            let mut command = Command::new(self.scratch.join(dir).join(name));
            if library == Library::Shared {
                command.env("LD_LIBRARY_PATH", self.prefix.join("lib"));
            }
            Ok(command)
        })
        .with_context(|| format!("built by {how}"))
    }

    /// Finds the Windows API by pkg-config and by CMake, where it is installed.
    fn windows_api(&self) -> Result<()> {
        if !self.prefix.join("include/nshm/win32/windows.h").exists() {
            return Ok(());
        }
        output::say("the Windows API");
        self.lay_out(WINDOWS_CMAKE)?;
        let path = self.scratch.join("windows.c");
        fs::write(&path, WINDOWS_PROGRAM).context("windows.c")?;
        self.build(WINDOWS_COMMANDS)?;
        for program in ["windows", "build/windows"] {
            let mut command = Command::new(self.scratch.join(program));
            command.env("LD_LIBRARY_PATH", self.prefix.join("lib"));
            process::run(&mut command, self.context.until)?;
        }
        Ok(())
    }

    /// Writes the sources into an empty directory.
    fn lay_out(&self, cmake: &str) -> Result<()> {
        if self.scratch.exists() {
            fs::remove_dir_all(&self.scratch).context("the last programs")?;
        }
        fs::create_dir(&self.scratch).context("a directory for programs")?;
        let write = |name: &str, text: &str| {
            fs::write(self.scratch.join(name), text).with_context(|| name.to_owned())
        };
        for (name, program) in [FIRST, SECOND].iter().zip(&self.page.programs) {
            write(&format!("{name}.c"), program)?;
        }
        write("CMakeLists.txt", cmake)
    }

    fn build(&self, commands: &str) -> Result<()> {
        let mut command = Command::new("sh");
        command
            .args(["-e", "-c", commands])
            .current_dir(&self.scratch)
            .env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig"))
            .env("CMAKE_PREFIX_PATH", self.prefix);
        process::read(&mut command, Output::Lines, self.context.until).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_their_language() {
        let text = "a\n\n```c\nint x;\n\nint y;\n```\n\n```\nno\n```\n\n```cmake\nz\n```\n";
        assert_eq!(blocks(text, "c"), ["int x;\n\nint y;\n"]);
        assert_eq!(blocks(text, "cmake"), ["z\n"]);
        assert_eq!(blocks(text, "sh"), Vec::<String>::new());
    }
}
