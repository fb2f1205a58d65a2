//! How a name is spelled for the system, and where the system keeps it.

use std::borrow::Cow;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Scope, fnv1a_128};

/// Begins the leaf of a private name; a hash and a hyphen follow.
const PRIVATE: &str = "nshm-";
/// The same for any other name of a process with `NSHM_DIR`.
const APART: &str = "nshm-dir-";
/// The hexadecimal digits of a hash.
const HASH: usize = 32;

/// UTF-16 text that ends with a zero, as the system takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wide(Vec<u16>);

impl Wide {
    /// A text without a NUL in it; what follows one would not be seen.
    pub(super) fn new(text: &str) -> Wide {
        Wide(text.encode_utf16().chain([0]).collect())
    }

    pub(super) fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr()
    }
}

/// The name as the Win32 functions take it.
///
/// A name of a private namespace is a session-local one, `nshm-<hash>-<leaf>`, where the hash is
/// that of the directory's full path: 128 bits of FNV-1a over its UTF-16 units, low bytes first,
/// in 32 hexadecimal digits.
///
/// Where the environment has `NSHM_DIR`, all other names have `nshm-dir-<hash>-` before the leaf,
/// so that the tests of a program never meet a real name.
pub(super) fn wide(name: &Name) -> Result<Wide> {
    let leaf = name.leaf();
    let mark = mark(name.scope())?;
    let mark = mark.as_deref().unwrap_or("");
    Ok(Wide::new(&match name.scope() {
        Scope::Local | Scope::Private(_) => format!(r"Local\{mark}{leaf}"),
        Scope::Global => format!(r"Global\{mark}{leaf}"),
        Scope::Session(number) => format!(r"Session\{number}\{mark}{leaf}"),
        Scope::Posix => return Err(no_posix()),
    }))
}

/// What the leaves of a scope begin with, if with anything.
pub(super) fn mark(scope: &Scope) -> Result<Option<Cow<'static, str>>> {
    match scope {
        Scope::Private(namespace) => {
            let path = full_path(namespace.dir()).map_err(|error| {
                Error::new(ErrorKind::NotFound, "find the directory")
                    .on(namespace.dir().display())
                    .detail("the namespace has no directory")
                    .caused_by(error)
            })?;
            Ok(Some(format!("{PRIVATE}{}-", hash(&path)).into()))
        }
        Scope::Local | Scope::Global | Scope::Session(_) => Ok(apart().map(Cow::Borrowed)),
        Scope::Posix => Err(no_posix()),
    }
}

fn no_posix() -> Error {
    Error::new(ErrorKind::Unsupported, "find the object").detail("Windows has no POSIX objects")
}

/// What keeps the names of this process apart, if it shall: `NSHM_DIR`, asked once.
fn apart() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let dir = std::env::var_os("NSHM_DIR").filter(|dir| !dir.is_empty())?;
            let dir = PathBuf::from(dir);
            let path = full_path(&dir).unwrap_or(dir);
            Some(format!("{APART}{}-", hash(&path)))
        })
        .as_deref()
}

/// The path without links, and in the case in which the directory was made.
fn full_path(dir: &Path) -> io::Result<PathBuf> {
    dir.canonicalize()
}

fn hash(path: &Path) -> String {
    let bytes: Vec<u8> = path
        .as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect();
    format!("{:0HASH$x}", fnv1a_128(&bytes))
}

/// Whether a leaf begins with the mark of some scope.
pub(super) fn is_marked(leaf: &str) -> bool {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    [APART, PRIVATE].iter().any(|begin| {
        leaf.strip_prefix(begin)
            .map(str::as_bytes)
            .and_then(|rest| rest.split_at_checked(HASH))
            .is_some_and(|(hash, rest)| hash.iter().all(is_digit) && rest.first() == Some(&b'-'))
    })
}

/// The object directory of a session's own names.
pub(super) fn session_directory(session: u32) -> String {
    match session {
        0 => r"\BaseNamedObjects".into(),
        _ => format!(r"\Sessions\{session}\BaseNamedObjects"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Namespace;

    fn private(dir: impl Into<PathBuf>) -> Result<Option<Cow<'static, str>>> {
        mark(&Scope::Private(Namespace::new(dir)))
    }

    #[test]
    fn spelled_for_the_system() {
        for (text, spelled) in [
            ("x", r"Local\x"),
            (r"Local\x", r"Local\x"),
            (r"Global\имя", r"Global\имя"),
            (r"Session\7\a/b", r"Session\7\a/b"),
        ] {
            let name = Name::new(text).unwrap();
            assert_eq!(wide(&name).unwrap(), Wide::new(spelled));
        }
        assert_eq!(Wide::new("a").0, [97, 0]);
    }

    #[test]
    fn a_private_name_is_marked_with_its_directory() {
        let temp = std::env::temp_dir();
        let dirs: Vec<_> = ["a", "b"]
            .iter()
            .map(|leaf| temp.join(format!("nshm-mark-{}-{leaf}", std::process::id())))
            .collect();
        for dir in &dirs {
            std::fs::create_dir_all(dir).unwrap();
        }
        let marks: Vec<_> = dirs
            .iter()
            .map(|dir| private(dir).unwrap().unwrap())
            .collect();
        assert_ne!(marks[0], marks[1]);
        assert!(marks.iter().all(|mark| is_marked(mark)));
        // Another way to the same directory.
        let round = dirs[0].join("..").join(dirs[0].file_name().unwrap());
        assert_eq!(private(round).unwrap().unwrap(), marks[0]);
        let upper = dirs[0].to_string_lossy().to_uppercase();
        assert_eq!(private(upper).unwrap().unwrap(), marks[0]);
        for dir in &dirs {
            std::fs::remove_dir(dir).unwrap();
        }
        let error = private(&dirs[0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn marks_are_told_from_other_leaves() {
        let hash = "0123456789abcdef".repeat(2);
        assert!(is_marked(&format!("nshm-{hash}-x")));
        assert!(is_marked(&format!("nshm-dir-{hash}-x")));
        for leaf in [
            "x".to_owned(),
            "nshm-".to_owned(),
            format!("nshm-{hash}"),
            format!("nshm-{hash}x"),
            format!("nshm-{}-x", hash.to_uppercase()),
            format!("nshm-{}-x", "й".repeat(16)),
        ] {
            assert!(!is_marked(&leaf), "{leaf}");
        }
    }
}
