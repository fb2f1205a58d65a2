//! The API of our own as C and C++ programs see it: `tests/c/nshm`, built by every compiler that
//! is here, run on their own, against one another, and against Rust.
#![cfg(target_os = "linux")]

mod compiler;
mod process;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nshm::{Namespace, Section};
use tempfile::TempDir;

use crate::compiler::{CLANG, CLANGXX, Compiler, GCC, GXX, Programs, SANITIZED};
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

fn every_scenario(test: &str, compiler: &Compiler) {
    let Some(programs) = Programs::build(test, compiler) else {
        return;
    };
    let bench = Bench {
        programs,
        names: TempDir::with_prefix("nshm-capi-names-").unwrap(),
    };
    bench.programs_alone();
    bench.errors();
    bench.two_programs();
    bench.c_and_rust();
    bench.tokens();
    assert_eq!(bench.links(), Vec::<PathBuf>::new(), "names are left");
}

/// Programs, and a directory for their names.
struct Bench {
    programs: Programs,
    names: TempDir,
}

impl Bench {
    /// Runs a program to its end and gives the last line that it says.
    fn run(&self, name: &str, arguments: &[&str]) -> String {
        run(self
            .programs
            .command(name)
            .args(arguments)
            .env("NSHM_DIR", self.names.path()))
    }

    /// Starts a program that holds a section, and gives the line that it then says.
    fn start(&self, name: &str, arguments: &[&str]) -> (Process, String) {
        Process::start(
            self.programs
                .command(name)
                .args(arguments)
                .env("NSHM_DIR", self.names.path()),
        )
    }

    fn programs_alone(&self) {
        let namespace = self.namespace();
        self.run("nulls", &[]);
        self.run("views", &[]);
        self.run("options", &[]);
        self.run("names", &[namespace.path().to_str().unwrap()]);
    }

    /// The errors that a program reaches with two links that it could not make itself.
    fn errors(&self) {
        let (writer, _) = self.start("writer", &[TEXT, "model"]);
        let [model] = &self.links()[..] else {
            panic!("one name, one link: {:?}", self.links());
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

    /// Each opens what the other has created. This process has no `NSHM_DIR`, so they meet in a
    /// private namespace.
    fn c_and_rust(&self) {
        let dir = self.namespace();
        let path = dir.path().to_str().unwrap();
        let namespace = Namespace::new(dir.path());

        let (writer, _) = self.start("writer", &[TEXT, "of C", path]);
        let section = Section::open_read_only(namespace.name("of C").unwrap()).unwrap();
        let view = section.map_read_only().unwrap();
        assert_eq!(view.read_vec(0, TEXT.len()).unwrap(), TEXT.as_bytes());
        writer.finish();
        drop((view, section));

        let section = Section::create(namespace.name("of Rust").unwrap(), 4096).unwrap();
        section.map().unwrap().write_at(0, b"from Rust").unwrap();
        assert_eq!(self.run("reader", &["of Rust", path]), "from Rust");
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

    fn namespace(&self) -> TempDir {
        TempDir::with_prefix("nshm-capi-namespace-").unwrap()
    }

    /// The links that are in the directory for names.
    fn links(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.names.path(), &mut found);
        found
    }
}
