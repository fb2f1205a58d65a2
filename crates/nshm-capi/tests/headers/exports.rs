//! The headers and the library: what the one declares the other exports, and nothing else. So a
//! function that is not done is not declared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::headers::{self, Header};

/// Every Rust source below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

/// The functions of Windows that the library exports.
fn exported() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/win32");
    let attribute = "#[unsafe(export_name = \"nshm_win32_";
    let mut names = BTreeSet::new();
    for source in sources(&folder) {
        let text = fs::read_to_string(source).unwrap();
        for rest in text.split(attribute).skip(1) {
            names.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn what_is_declared_is_exported_and_the_other_way_round() {
    let declared: BTreeSet<String> = headers::all().iter().flat_map(Header::symbols).collect();
    assert!(declared.len() > 60, "the functions are not found");
    assert_eq!(declared, exported());
}
