//! Paths of files: those of Linux, with `\` read as `/`. Drive letters mean nothing.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::boundary::Text;
use super::text::Unit;
use super::winerror::*;

/// The path that a text says.
///
/// # Errors
/// 3 for NULL and for nothing, 123 for wide text that means no characters.
pub(crate) fn from_text<U: Unit>(text: Text<U>) -> Result<PathBuf> {
    let units = text.units().unwrap_or_default();
    if units.is_empty() {
        return Err(ERROR_PATH_NOT_FOUND);
    }
    Ok(PathBuf::from(U::decode(&units)?.replace('\\', "/")))
}

/// Which error number says that a system call failed on a path: whether the file is missing, or the
/// folder that it should be in.
pub(crate) fn error(path: &Path, error: Errno) -> Win32Error {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match error {
        Errno::NOENT if parent.is_some_and(|parent| !parent.is_dir()) => ERROR_PATH_NOT_FOUND,
        error => error.into(),
    }
}

/// Whether there is a folder of that path.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_separate() {
        let path = from_text(Text::of(b"a\\b/c\0")).unwrap();
        assert_eq!(path, Path::new("a/b/c"));
        let wide: Vec<u16> = u16::encode_with_zero(r"\tmp\имя");
        assert_eq!(from_text(Text::of(&wide)).unwrap(), Path::new("/tmp/имя"));
    }

    #[test]
    fn no_path_is_not_found() {
        assert_eq!(from_text(Text::<u8>::NULL), Err(ERROR_PATH_NOT_FOUND));
        assert_eq!(from_text(Text::of(&[0_u16])), Err(ERROR_PATH_NOT_FOUND));
    }

    #[test]
    fn a_missing_folder_is_told_from_a_missing_file() {
        let dir = tempfile::tempdir().unwrap();
        let missing = |path: &str| error(&dir.path().join(path), Errno::NOENT);
        assert_eq!(missing("file"), ERROR_FILE_NOT_FOUND);
        assert_eq!(missing("folder/file"), ERROR_PATH_NOT_FOUND);
        assert_eq!(error(Path::new("file"), Errno::NOENT), ERROR_FILE_NOT_FOUND);
        assert_eq!(error(Path::new("file"), Errno::EXIST), ERROR_FILE_EXISTS);
    }
}
