//! `FILE_FLAG_DELETE_ON_CLOSE`: the deletion of a file that is still open.

use std::fs;
use std::path::{Path, PathBuf};

use super::path;
use super::sharing::FileId;
use super::winerror::*;

/// A file that is to be deleted later.
#[derive(Debug)]
pub(crate) struct Deletion {
    path: PathBuf,
    id: FileId,
    /// A child of `fork` has handles of its own, but the file is its parent's.
    process: u32,
}

impl Deletion {
    pub(crate) fn new(path: &Path, id: FileId) -> Result<Deletion> {
        Ok(Deletion {
            path: std::path::absolute(path)?,
            id,
            process: std::process::id(),
        })
    }

    /// Deletes the file, if its path still leads to it. Nobody is there to tell that it cannot be,
    /// as on Windows.
    pub(crate) fn perform(self) {
        if self.process != std::process::id() || FileId::of(&self.path) != Some(self.id) {
            return;
        }
        let _ = if path::is_folder(&self.path) {
            fs::remove_dir(&self.path)
        } else {
            fs::remove_file(&self.path)
        };
    }
}
