//! The compilers of C and C++ that are here, and the programs that they make.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A compiler and how it is called.
pub(crate) struct Compiler {
    pub(crate) program: &'static str,
    pub(crate) flags: &'static [&'static str],
}

/// As C, by the oldest standard that the header promises.
const C99: &[&str] = &["-x", "c", "-std=c99"];
const CPP17: &[&str] = &["-x", "c++", "-std=c++17"];

pub(crate) const GCC: Compiler = Compiler {
    program: "gcc",
    flags: C99,
};
pub(crate) const GXX: Compiler = Compiler {
    program: "g++",
    flags: CPP17,
};
pub(crate) const CLANG: Compiler = Compiler {
    program: "clang",
    flags: C99,
};
pub(crate) const CLANGXX: Compiler = Compiler {
    program: "clang++",
    flags: CPP17,
};
/// With everything that a run can find out.
pub(crate) const SANITIZED: Compiler = Compiler {
    program: "gcc",
    flags: &[
        "-x",
        "c",
        "-std=c99",
        "-g",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ],
};

/// Test programs, built, in a directory of their own that goes with this.
pub(crate) struct Programs {
    dir: TempDir,
}

impl Programs {
    /// Builds every program of `tests/c/nshm`. `None` where the compiler is missing.
    pub(crate) fn build(test: &str, compiler: &Compiler) -> Option<Programs> {
        if Command::new(compiler.program)
            .arg("--version")
            .output()
            .is_err()
        {
            // Past the harness, which keeps what a test that passes has printed.
            let line = format!("skipped: {test}: there is no {}\n", compiler.program);
            let _ = io::stderr().write_all(line.as_bytes());
            return None;
        }
        let dir = TempDir::with_prefix("nshm-capi-").unwrap();
        let library = library();
        // By the name of the file for the linker, by its soname for the program that runs.
        for name in ["libnshm.so", "libnshm.so.0"] {
            symlink(&library, dir.path().join(name)).unwrap();
        }
        for source in sources() {
            let program = dir.path().join(source.file_stem().unwrap());
            compile(compiler, &source, &program, dir.path());
        }
        Some(Programs { dir })
    }

    /// A program, as a command.
    pub(crate) fn command(&self, name: &str) -> Command {
        Command::new(self.dir.path().join(name))
    }
}

/// Compiles a program and links it to the library in `dir`.
fn compile(compiler: &Compiler, source: &Path, program: &Path, dir: &Path) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(compiler.program);
    command
        .args(["-Wall", "-Wextra", "-Werror", "-pedantic"])
        .args(compiler.flags)
        // For `getpid` and its like, which C itself does not have.
        .arg("-D_POSIX_C_SOURCE=200809L")
        .arg("-I")
        .arg(package.join("include"))
        .arg(source)
        .arg("-o")
        .arg(program)
        .arg("-L")
        .arg(dir)
        .arg("-lnshm")
        .arg(format!("-Wl,-rpath,{}", dir.display()));
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{command:?}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn sources() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/nshm");
    let mut sources: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("c")))
        .collect();
    sources.sort();
    assert!(!sources.is_empty());
    sources
}

/// The shared library: cargo puts it beside the test.
fn library() -> PathBuf {
    let library = std::env::current_exe()
        .unwrap()
        .with_file_name("libnshm_capi.so");
    assert!(library.exists(), "{} is missing", library.display());
    library
}
