//! Reads the headers: what they define and declare.

use std::fs;
use std::path::{Path, PathBuf};

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include/win32")
}

/// One header.
pub(crate) struct Header {
    pub(crate) name: String,
    /// Its text, without comments and with long lines in one.
    text: String,
}

/// A structure or a union, with the names of its fields; those of unnamed ones in it are its own.
pub(crate) struct Structure {
    pub(crate) name: String,
    pub(crate) fields: Vec<String>,
}

/// All headers.
pub(crate) fn all() -> Vec<Header> {
    let mut headers: Vec<Header> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| Header {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            text: without_comments(&fs::read_to_string(&path).unwrap()).replace("\\\n", ""),
        })
        .collect();
    headers.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(headers.len() > 20, "the headers are not where they were");
    headers
}

/// Those that Windows has in its SDK, and not with its C library.
pub(crate) fn of_the_sdk() -> Vec<Header> {
    let mut headers = all();
    headers.retain(|header| {
        let of_the_c_library = ["conio.h", "sal.h", "tchar.h"];
        !header.name.starts_with("nshm_win32_") && !of_the_c_library.contains(&&*header.name)
    });
    headers
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("/*");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |code, piece| {
        code + piece.split_once("*/").expect("comments end").1
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The last word of a text.
fn last_word(text: &str) -> &str {
    text.trim_end().rsplit(|c| !is_word(c)).next().unwrap_or("")
}

impl Header {
    /// Macros without parameters that stand for something: their names, and what that is.
    pub(crate) fn macros(&self) -> Vec<(&str, &str)> {
        self.text
            .lines()
            .filter_map(|line| line.strip_prefix("#define ")?.split_once(' '))
            .map(|(name, value)| (name, value.trim()))
            .filter(|(name, value)| name.chars().all(is_word) && !value.is_empty())
            .collect()
    }

    /// Everything in the header that ends with a semicolon, outside of braces.
    fn declarations(&self) -> Vec<String> {
        let code: Vec<&str> = self
            .text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.starts_with("NSHM_WIN32_"))
            .collect();
        let mut declarations = vec![String::new()];
        let mut depth = 0;
        for character in code.join("\n").chars() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ';' if depth == 0 => {
                    declarations.push(String::new());
                    continue;
                }
                _ => {}
            }
            declarations.last_mut().unwrap().push(character);
        }
        declarations
            .iter()
            .map(|text| text.trim().to_owned())
            .collect()
    }

    /// The functions of the library: their names, and how they are declared.
    pub(crate) fn functions(&self) -> Vec<(String, String)> {
        self.declarations()
            .iter()
            .filter_map(|text| text.split_once("NSHM_WIN32_SYMBOL("))
            .map(|(declaration, _)| {
                let name = last_word(declaration.split('(').next().unwrap());
                (name.to_owned(), declaration.trim().to_owned())
            })
            .collect()
    }

    /// The functions that the library must have: by their symbols, without what is before them all.
    pub(crate) fn symbols(&self) -> Vec<String> {
        let declarations = self.declarations();
        let symbols = declarations
            .iter()
            .filter_map(|text| text.split_once("NSHM_WIN32_SYMBOL("))
            .map(|(_, symbol)| symbol.trim_end_matches(')').to_owned());
        symbols.collect()
    }

    /// Structures and unions.
    pub(crate) fn structures(&self) -> Vec<Structure> {
        let declarations = self.declarations();
        let structures = declarations.iter().filter_map(|text| {
            let is_one = ["typedef struct ", "typedef union "]
                .iter()
                .any(|start| text.starts_with(start));
            let (body, names) = text.split_once('{')?.1.rsplit_once('}')?;
            is_one.then(|| Structure {
                name: names.split(',').next().unwrap().trim().to_owned(),
                fields: body
                    .split(';')
                    .map(last_word)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect(),
            })
        });
        structures.collect()
    }

    /// Types that are another name of a type, and no pointers to one.
    pub(crate) fn scalars(&self) -> Vec<String> {
        let declarations = self.declarations();
        let names = declarations
            .iter()
            .filter(|text| text.starts_with("typedef ") && !text.contains('{'))
            .filter_map(|text| text.split(',').next())
            .filter(|first| !first.contains('*'))
            .map(|first| last_word(first).to_owned());
        names.collect()
    }
}
