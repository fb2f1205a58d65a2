//! The compilers of C and C++ that are here, and the programs that they make.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

/// A compiler and how it is called.
pub(crate) struct Compiler {
    pub(crate) program: &'static str,
    pub(crate) flags: &'static [&'static str],
    /// What the programs are run by, where they do not run on their own.
    pub(crate) runner: &'static [&'static str],
}

/// As C, by the oldest standard that the header promises.
const C99: &[&str] = &["-x", "c", "-std=c99"];
const CPP17: &[&str] = &["-x", "c++", "-std=c++17"];

pub(crate) const GCC: Compiler = Compiler {
    program: "gcc",
    flags: C99,
    runner: &[],
};
pub(crate) const GXX: Compiler = Compiler {
    program: "g++",
    flags: CPP17,
    runner: &[],
};
pub(crate) const CLANG: Compiler = Compiler {
    program: "clang",
    flags: C99,
    runner: &[],
};
pub(crate) const CLANGXX: Compiler = Compiler {
    program: "clang++",
    flags: CPP17,
    runner: &[],
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
    runner: &[],
};
/// Looked at from outside, with a library that is as it is shipped: every access to memory, what is
/// not given back, and which descriptors are left.
pub(crate) const VALGRIND: Compiler = Compiler {
    program: "gcc",
    flags: &["-x", "c", "-std=c99", "-g"],
    runner: &[
        "valgrind",
        "--quiet",
        "--leak-check=full",
        "--show-leak-kinds=definite,possible",
        "--errors-for-leak-kinds=definite,possible",
        "--track-fds=yes",
        "--error-exitcode=99",
    ],
};

/// Test programs, built, in a directory of their own that goes with this.
pub(crate) struct Programs {
    dir: TempDir,
    runner: &'static [&'static str],
}

impl Programs {
    /// Builds every program of `tests/c/nshm`. `None` where the compiler is missing.
    pub(crate) fn build(test: &str, compiler: &Compiler) -> Option<Programs> {
        for tool in [compiler.program].iter().chain(compiler.runner.first()) {
            if Command::new(tool).arg("--version").output().is_err() {
                // Past the harness, which keeps what a test that passes has printed.
                let line = format!("skipped: {test}: there is no {tool}\n");
                let _ = io::stderr().write_all(line.as_bytes());
                return None;
            }
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
        let runner = compiler.runner;
        Some(Programs { dir, runner })
    }

    /// A program, as a command.
    pub(crate) fn command(&self, name: &str) -> Command {
        let program = self.dir.path().join(name);
        let mut words = self.runner.iter();
        let Some(first) = words.next() else {
            return Command::new(program);
        };
        let mut command = Command::new(first);
        command.args(words);
        // A file for each process, which `descriptors_left` reads.
        let log = self.dir.path().join("valgrind.%p");
        command.arg(format!("--log-file={}", log.display()));
        command.arg(program);
        command
    }

    /// How many programs valgrind has seen to their end, and the descriptors that they have opened
    /// and not closed.
    pub(crate) fn descriptors_left(&self) -> (usize, Vec<String>) {
        let (mut count, mut left) = (0, Vec::new());
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if !name.starts_with("valgrind.") {
                continue;
            }
            let log = fs::read_to_string(&path).unwrap();
            count += usize::from(log.contains("FILE DESCRIPTORS: "));
            let mut lines = log.lines().peekable();
            while let Some(line) = lines.next() {
                let inherited = |next: &&str| next.ends_with("<inherited from parent>");
                if line.contains(" Open ") && lines.next_if(inherited).is_none() {
                    left.push(format!("{name}: {line}"));
                }
            }
        }
        (count, left)
    }
}

impl Drop for Programs {
    /// What valgrind has said goes with the directory: before that, whoever reads of a failed test
    /// is told.
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        for entry in fs::read_dir(self.dir.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            if entry.file_name().to_string_lossy().starts_with("valgrind.") {
                let log = fs::read(entry.path()).unwrap_or_default();
                let _ = io::stderr().write_all(&log);
            }
        }
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
