//! tchar.h by C programs: the same source for both sizes of text, as C and as C++. They check
//! themselves; what they print is looked at here.

use std::path::Path;
use std::process::Command;
use std::{fs, str};

use crate::compiler::{CLANG, Compiler, GCC, Language, Text, Workshop, succeed};

const LANGUAGES: [Language; 2] = [Language::C("c11"), Language::Cxx("c++17")];
const SIZES: [Text; 2] = [Text::Ansi, Text::Unicode];

/// What must be in the environment of a program that reads it.
const VARIABLE: (&str, &str) = ("NSHM_TEXT", "é😀");

/// Builds a program of the folder `c` and gives what it prints.
fn printed_by(
    program: &str,
    compiler: Compiler,
    language: Language,
    text: Text,
    options: &[&str],
) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers/c");
    let shop = Workshop::new();
    let source = shop.path().join(format!("{program}.{}", language.ending()));
    fs::copy(folder.join(format!("{program}.c")), &source).unwrap();
    let binary = shop.path().join(program);
    let mut command = compiler.command(language, text);
    command.args(options).arg("-I").arg(&folder);
    succeed(command.arg(&source).arg("-o").arg(&binary));
    let mut program = Command::new(&binary);
    succeed(program.env(VARIABLE.0, VARIABLE.1)).stdout
}

/// Builds and runs a program in every way, and compares what it prints.
fn check(program: &str, test: &str, expected: &str) {
    for compiler in [GCC, CLANG] {
        if !compiler.is_here(test) {
            continue;
        }
        for language in LANGUAGES {
            for text in SIZES {
                let printed = printed_by(program, compiler, language, text, &["-O2"]);
                let printed = str::from_utf8(&printed).unwrap();
                assert_eq!(printed, expected, "{compiler:?} {language:?} {text:?}");
            }
        }
    }
    for text in SIZES {
        let options = [
            "-g",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover",
        ];
        printed_by(program, GCC, Language::C("c11"), text, &options);
    }
}

#[test]
fn formats_are_those_of_windows() {
    check(
        "print",
        "formats_are_those_of_windows",
        "1 é😀 ü\n€|5\n7-x\n7-x\n(2)\n<\u{fffd}>\n😀\n",
    );
}

#[test]
fn strings_of_both_sizes_have_the_same_functions() {
    check(
        "strings",
        "strings_of_both_sizes_have_the_same_functions",
        "",
    );
}

#[test]
fn files_hold_utf8() {
    check("lines", "files_hold_utf8", "é😀\nno end, xy\nz");
}
