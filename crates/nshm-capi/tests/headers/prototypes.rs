//! Functions, against the Windows SDK: every one is declared there with the same types.

use std::fmt::Write as _;
use std::process::Command;

use crate::compiler::{Workshop, on_path, skip, succeed};
use crate::headers::{self, Header};

const COMPILER: &str = "x86_64-w64-mingw32-gcc";

#[test]
fn functions_are_declared_as_in_the_sdk() {
    let mut headers = headers::of_the_sdk();
    headers.retain(|header| !header.functions().is_empty());
    let functions: Vec<(String, String)> = headers.iter().flat_map(Header::functions).collect();
    assert!(functions.len() > 50, "the functions are not found");
    if !on_path(COMPILER) {
        let reason = format!("no {COMPILER} here: apt-get install gcc-mingw-w64-x86-64");
        skip("functions_are_declared_as_in_the_sdk", &reason);
        return;
    }
    let mut source = "#include <windows.h>\n".to_owned();
    for (name, declaration) in &functions {
        // The first line fails where the SDK has no such function, the second where it is another.
        writeln!(source, "typedef __typeof__(&{name}) pointer_to_{name};").unwrap();
        writeln!(source, "__declspec(dllimport) {declaration};").unwrap();
    }
    let shop = Workshop::new();
    let source = shop.source("prototypes.c", &source);
    let mut command = Command::new(COMPILER);
    command.args(["-Wall", "-Wextra", "-Werror"]);
    succeed(command.arg("-fsyntax-only").arg(source));
}
