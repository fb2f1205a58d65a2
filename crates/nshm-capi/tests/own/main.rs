//! The API of our own as C and C++ programs see it: `tests/c/nshm`, built by every compiler that
//! is here, run on their own, against one another, and against Rust.
#![cfg(target_os = "linux")]

mod compiler;
mod process;

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nshm::{Name, Namespace, Section};
use tempfile::TempDir;

use crate::compiler::{CLANG, CLANGXX, Compiler, GCC, GXX, Programs, SANITIZED, VALGRIND};
use crate::process::{Process, run};

const TEXT: &str = "Message from first process.";

#[test]
fn as_c_by_gcc() {
    every_scenario("as_c_by_gcc", &GCC);
}

#[test]
fn as_cpp_by_gcc() {
    every_scenario("as_cpp_by_gcc", &GXX);
}

#[test]
fn as_c_by_clang() {
    every_scenario("as_c_by_clang", &CLANG);
}

#[test]
fn as_cpp_by_clang() {
    every_scenario("as_cpp_by_clang", &CLANGXX);
}

#[test]
fn under_sanitizers() {
    every_scenario("under_sanitizers", &SANITIZED);
}

#[test]
fn under_valgrind() {
    every_scenario("under_valgrind", &VALGRIND);
}

/// Set in the process that a test runs in.
const INSIDE: &str = "NSHM_CAPI_INSIDE";

fn every_scenario(test: &str, compiler: &Compiler) {
    if env::var_os(INSIDE).is_none() {
        return in_a_process(test);
    }
    let Some(programs) = Programs::build(test, compiler) else {
        return;
    };
    let bench = Bench { programs };
    bench.programs_alone();
    bench.errors();
    bench.two_programs();
    bench.c_and_rust();
    bench.tokens();
    assert_eq!(links(), Vec::<PathBuf>::new(), "names are left");
    if !compiler.runner.is_empty() {
        let (count, left) = bench.programs.descriptors_left();
        assert!(count > 0, "valgrind has looked at nothing");
        assert_eq!(left, Vec::<String>::new());
    }
}

/// Runs a test in a process of its own, whose names are in a directory of their own.
fn in_a_process(test: &str) {
    let names = TempDir::with_prefix("nshm-capi-names-").unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "")
        .env("NSHM_DIR", names.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{test}: {status}");
}

/// The programs of a test.
struct Bench {
    programs: Programs,
}

impl Bench {
    /// Runs a program to its end and gives the last line that it says.
    fn run(&self, name: &str, arguments: &[&str]) -> String {
        run(self.programs.command(name).args(arguments))
    }

    /// Starts a program that holds a section, and gives the line that it then says.
    fn start(&self, name: &str, arguments: &[&str]) -> (Process, String) {
        Process::start(self.programs.command(name).args(arguments))
    }

    fn programs_alone(&self) {
        let namespace = namespace();
        self.run("nulls", &[]);
        self.run("views", &[]);
        self.run("options", &[]);
        self.run("names", &[namespace.path().to_str().unwrap()]);
    }

    /// The errors that a program reaches with two links that it could not make itself.
    fn errors(&self) {
        let (writer, _) = self.start("writer", &[TEXT, "model"]);
        let [model] = &links()[..] else {
            panic!("one name, one link: {:?}", links());
        };
        // `nshm1:section:<boot>.<namespace>:<id>.<birth>:-:<name>`
        let link = fs::read_link(model).unwrap();
        let mut fields: Vec<_> = link.to_str().unwrap().split(':').collect();
        let (boot, _) = fields[2].split_once('.').unwrap();
        let elsewhere = format!("{boot}.1");
        fields[2] = &elsewhere;
        *fields.last_mut().unwrap() = "foreign";
        let dir = model.parent().unwrap();
        symlink(fields.join(":"), dir.join("foreign")).unwrap();
        symlink("nonsense", dir.join("corrupt")).unwrap();
        self.run("errors", &["foreign", "corrupt"]);
        for name in ["foreign", "corrupt"] {
            fs::remove_file(dir.join(name)).unwrap();
        }
        writer.finish();
    }

    fn two_programs(&self) {
        let (writer, line) = self.start("writer", &[TEXT, r"Global\имя"]);
        assert_eq!(line, "ready");
        assert_eq!(self.run("reader", &[r"Global\имя"]), TEXT);
        writer.finish();
    }

    /// Each opens what the other has created, by plain names and in a private namespace.
    fn c_and_rust(&self) {
        let dir = namespace();
        let place = dir.path().to_str().unwrap();
        let private = |leaf| Namespace::new(dir.path()).name(leaf).unwrap();
        let plain = |leaf| Name::new(leaf).unwrap();
        let read = |name: Name| {
            let section = Section::open_read_only(name).unwrap();
            section
                .map_read_only()
                .unwrap()
                .read_vec(0, TEXT.len())
                .unwrap()
        };
        let write = |name: Name, text: &[u8]| {
            let section = Section::create(name, 4096).unwrap();
            section.map().unwrap().write_at(0, text).unwrap();
            section
        };

        let (writer, _) = self.start("writer", &[TEXT, "of C"]);
        assert_eq!(read(plain("of C")), TEXT.as_bytes());
        writer.finish();
        let (writer, _) = self.start("writer", &[TEXT, "of C", place]);
        assert_eq!(read(private("of C")), TEXT.as_bytes());
        writer.finish();

        let _plain = write(plain("of Rust"), b"by a plain name");
        assert_eq!(self.run("reader", &["of Rust"]), "by a plain name");
        let _private = write(private("of Rust"), b"by a private one");
        assert_eq!(self.run("reader", &["of Rust", place]), "by a private one");
    }

    /// Sections without a name, between two programs and between a program and Rust.
    fn tokens(&self) {
        let (writer, token) = self.start("writer", &[TEXT]);
        assert_eq!(self.run("reader", &["-t", &token]), TEXT);
        let section = Section::from_token(&token).unwrap();
        section.map().unwrap().write_at(0, b"By Rust").unwrap();
        assert_eq!(
            self.run("reader", &["-t", &token]),
            "By Rust from first process."
        );
        writer.finish();

        let section = Section::anonymous(4096).unwrap();
        section.map().unwrap().write_at(0, b"no name").unwrap();
        let token = section.token().unwrap();
        assert_eq!(self.run("reader", &["-t", &token]), "no name");
    }
}

fn namespace() -> TempDir {
    TempDir::with_prefix("nshm-capi-namespace-").unwrap()
}

/// The links that are in the directory for names.
fn links() -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.is_symlink() {
                found.push(path);
            }
        }
    }
    let names = env::var_os("NSHM_DIR").unwrap();
    let mut found = Vec::new();
    walk(Path::new(&names), &mut found);
    found
}
