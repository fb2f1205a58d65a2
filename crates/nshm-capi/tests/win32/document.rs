//! docs/win32.md and winerror.h against the sources: every function is in the table, under its header,
//! with tests that exist; every error number is declared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of this crate.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A row of the table of functions.
struct Row {
    functions: Vec<String>,
    headers: Vec<String>,
    status: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let document = fs::read_to_string(package().join("../../docs/win32.md")).unwrap();
    let table = document.split("\n|---|---|---|---|---|\n").nth(1).unwrap();
    let list = |cell: &str| cell.split(", ").map(|it| it.trim().to_owned()).collect();
    table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            assert_eq!(cells.len(), 5, "{line}");
            Row {
                functions: list(cells[0]),
                headers: list(cells[1]),
                status: cells[2].trim().to_owned(),
                // What is between backticks.
                tests: cells[4]
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .map(str::to_owned)
                    .collect(),
            }
        })
        .collect()
}

#[test]
fn every_function_is_documented() {
    let mut exported = BTreeSet::new();
    for source in files(&package().join("src/win32")) {
        let text = fs::read_to_string(source).unwrap();
        for rest in text.split("export_name = \"nshm_win32_").skip(1) {
            exported.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    let documented: Vec<String> = rows().into_iter().flat_map(|row| row.functions).collect();
    assert!(exported.len() > 60, "the functions are not found");
    assert_eq!(documented.len(), exported.len(), "each once");
    assert_eq!(BTreeSet::from_iter(documented), exported);
}

/// The error numbers that functions give are in winerror.h, or no program could ask for them.
#[test]
fn every_error_number_is_declared() {
    let read = |file| fs::read_to_string(package().join(file)).unwrap();
    let header = read("include/win32/winerror.h");
    let source = read("src/win32/winerror.rs");
    let rows: Vec<(&str, &str)> = source
        .lines()
        .filter_map(|line| line.strip_prefix("    ERROR_"))
        .filter_map(|row| row.split_once(' '))
        .collect();
    assert!(rows.len() > 40, "the numbers are not found");
    for (name, rest) in rows {
        let number = rest.split(' ').next().unwrap();
        let line = format!("#define ERROR_{name} {number}\n");
        assert!(header.contains(&line), "{line}");
    }
}

#[test]
fn the_rows_of_the_document_are_true() {
    let sources = [
        files(&package().join("src/win32")),
        files(&package().join("tests")),
    ]
    .concat();
    let texts: Vec<String> = sources
        .iter()
        .filter_map(|source| fs::read_to_string(source).ok())
        .collect();
    for row in rows() {
        let declares = |function: &String| {
            row.headers.iter().any(|header| {
                let header = package().join("include/win32").join(header);
                let text = fs::read_to_string(header).unwrap();
                text.contains(&format!("NSHM_WIN32_SYMBOL({function})"))
            })
        };
        for function in &row.functions {
            assert!(declares(function), "{function} is in another header");
        }
        let statuses = ["same", "differs", "part"];
        assert!(statuses.contains(&row.status.as_str()), "{}", row.status);
        for test in &row.tests {
            let is_file = sources.iter().any(|source| source.ends_with(test));
            let function = format!("fn {test}(");
            let is_test = texts.iter().any(|text| text.contains(&function));
            assert!(is_file || is_test, "there is no test {test}");
        }
    }
}
