//! How a name is spelled for the system, and where the system keeps it.

use std::os::windows::ffi::OsStrExt;

use crate::error::{Error, ErrorKind, Result};
use crate::name::{Name, Namespace, Scope, fnv1a_128};

/// Begins the leaf of a private name; 32 hexadecimal digits and a hyphen follow.
const PRIVATE: &str = "nshm-";

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
pub(super) fn wide(name: &Name) -> Result<Wide> {
    let leaf = name.leaf();
    Ok(Wide::new(&match name.scope() {
        Scope::Local => format!(r"Local\{leaf}"),
        Scope::Global => format!(r"Global\{leaf}"),
        Scope::Session(number) => format!(r"Session\{number}\{leaf}"),
        Scope::Private(namespace) => format!(r"Local\{}{leaf}", mark(namespace)?),
    }))
}

/// What marks the leaves of a private namespace.
pub(super) fn mark(namespace: &Namespace) -> Result<String> {
    // The full path: without links, and in the case in which the directory was made.
    let path = namespace.dir().canonicalize().map_err(|error| {
        Error::new(ErrorKind::NotFound, "find the directory")
            .on(namespace.dir().display())
            .detail("the namespace has no directory")
            .caused_by(error)
    })?;
    let bytes: Vec<u8> = path
        .as_os_str()
        .encode_wide()
        .flat_map(u16::to_le_bytes)
        .collect();
    Ok(format!("{PRIVATE}{:032x}-", fnv1a_128(&bytes)))
}

/// Whether a session-local leaf is that of a private name.
pub(super) fn is_marked(leaf: &str) -> bool {
    let is_hash = |hash: &[u8]| {
        hash.iter()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    };
    leaf.strip_prefix(PRIVATE)
        .map(str::as_bytes)
        .and_then(|rest| rest.split_at_checked(32))
        .is_some_and(|(hash, rest)| is_hash(hash) && rest.first() == Some(&b'-'))
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
            .map(|dir| mark(&Namespace::new(dir)).unwrap())
            .collect();
        assert_ne!(marks[0], marks[1]);
        assert!(marks.iter().all(|mark| is_marked(mark)));
        // Another way to the same directory.
        let round = dirs[0].join("..").join(dirs[0].file_name().unwrap());
        assert_eq!(mark(&Namespace::new(round)).unwrap(), marks[0]);
        let upper = dirs[0].to_string_lossy().to_uppercase();
        assert_eq!(mark(&Namespace::new(upper)).unwrap(), marks[0]);
        for dir in &dirs {
            std::fs::remove_dir(dir).unwrap();
        }
        let error = mark(&Namespace::new(&dirs[0])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn marks_are_told_from_other_leaves() {
        let hash = "0123456789abcdef".repeat(2);
        assert!(is_marked(&format!("nshm-{hash}-x")));
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
