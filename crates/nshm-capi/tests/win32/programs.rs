//! C programs: built by the compilers that are here, and run with names of their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// How programs are built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    compiler: &'static str,
    arguments: &'static [&'static str],
}

pub(crate) const C: Flags = Flags {
    compiler: "gcc",
    arguments: &["-x", "c", "-std=c11"],
};

/// Programs that are valid in both languages.
pub(crate) const CPP: Flags = Flags {
    compiler: "g++",
    arguments: &["-x", "c++", "-std=c++17"],
};

pub(crate) const SANITIZED: Flags = Flags {
    compiler: "gcc",
    arguments: &[
        "-x",
        "c",
        "-std=c11",
        "-g",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
    ],
};

/// Which test runs this one again, with what.
const ARGUMENT: &str = "NSHM_TEST_ARGUMENT";

/// A program, and a folder for it and for its names that goes with this.
pub(crate) struct Programs {
    folder: TempDir,
}

impl Programs {
    /// Builds a program. `None` where the compiler is missing, which it says.
    pub(crate) fn build(test: &str, flags: Flags, program: &str) -> Option<Programs> {
        let there = Command::new(flags.compiler).arg("--version").output();
        if there.is_err() {
            skipped(test, &format!("there is no {}", flags.compiler));
            return None;
        }
        let programs = Programs {
            folder: TempDir::with_prefix("nshm-win32-").unwrap(),
        };
        fs::create_dir(programs.names()).unwrap();
        for name in ["libnshm.so", "libnshm.so.0"] {
            symlink(library(), programs.folder.path().join(name)).unwrap();
        }
        programs.compile(program, flags);
        Some(programs)
    }

    fn compile(&self, program: &str, flags: Flags) {
        let folder = self.folder.path();
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(flags.compiler);
        command
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread"])
            .args(flags.arguments)
            .arg("-I")
            .arg(package.join("include/win32"))
            .arg(package.join(format!("tests/c/win32/{program}.c")))
            .arg("-o")
            .arg(folder.join(program))
            .arg("-L")
            .arg(folder)
            .args(["-x", "none", "-lnshm"])
            .arg(format!("-Wl,-rpath,{}", folder.display()));
        let done = command.output().unwrap();
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}\n{complaint}");
    }

    /// Where the names of this program are, and nothing else.
    pub(crate) fn names(&self) -> PathBuf {
        self.folder.path().join("names")
    }

    /// A program that is to be run, with names of its own and without a display.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.command_here(program, arguments);
        command.env("NSHM_DIR", self.names());
        command
    }

    fn command_here(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.folder.path().join(program));
        command.args(arguments);
        self.surround(&mut command);
        command
    }

    /// What a program finds around it.
    fn surround(&self, command: &mut Command) {
        command
            .env("TMP", self.names())
            // An allocation that is refused is an answer, and no mistake.
            .env("ASAN_OPTIONS", "allocator_may_return_null=1")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("NSHM_DEBUG");
    }

    /// Runs a program to its end, which must be a good one: what it said.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        ended_well(&mut self.command(program, arguments))
    }

    /// The same by another program, which looks at it. `None` where that is missing.
    pub(crate) fn run_by(
        &self,
        runner: &[&str],
        program: &str,
        arguments: &[&str],
    ) -> Option<String> {
        Command::new(runner[0]).arg("--version").output().ok()?;
        let mut command = Command::new(runner[0]);
        command
            .args(&runner[1..])
            .arg(self.folder.path().join(program))
            .args(arguments)
            .env("NSHM_DIR", self.names());
        self.surround(&mut command);
        Some(ended_well(&mut command))
    }

    /// The same with the names of this process.
    pub(crate) fn run_here(&self, program: &str, arguments: &[&str]) -> String {
        ended_well(&mut self.command_here(program, arguments))
    }

    /// Starts a program that waits for the end of its input.
    pub(crate) fn start(&self, program: &str, arguments: &[&str]) -> Running {
        let mut command = self.command(program, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Running { child, said }
    }

    /// Runs another test of this binary in a process of its own, with the names of this program
    /// and an argument: what it said.
    pub(crate) fn again_here(&self, test: &str, argument: &str) -> String {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "--nocapture", test])
            .env("NSHM_DIR", self.names())
            .env(ARGUMENT, argument);
        ended_well(&mut command)
    }

    /// The argument, in a process that [`again_here`](Programs::again_here) has started.
    pub(crate) fn argument() -> Option<String> {
        std::env::var(ARGUMENT).ok()
    }
}

/// Says why a test has not run, past the harness, which keeps what a test that passes has printed.
pub(crate) fn skipped(test: &str, reason: &str) {
    let line = format!("skipped: {test}: {reason}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Says something to the process that has started this one, past the harness.
pub(crate) fn say(text: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{text}").unwrap();
}

fn ended_well(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    assert!(status.success(), "{command:?} {status}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// A program that runs; killed if it still does when this is dropped.
pub(crate) struct Running {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Running {
    /// The next line that it says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Ends its input and waits for its end, which must be a good one: the rest of what it said.
    pub(crate) fn finish(mut self) -> String {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails where it has ended, and that is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shared library, which cargo puts beside the test.
fn library() -> PathBuf {
    let library = std::env::current_exe()
        .unwrap()
        .with_file_name("libnshm_capi.so");
    assert!(library.exists(), "{} is missing", library.display());
    library
}
