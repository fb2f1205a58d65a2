//! POSIX shared memory objects, which other libraries make: files in `/dev/shm`. This crate looks
//! into them and takes orphans away; it makes none.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::call;
use super::error::os_error;
use super::name::base_directory;
use super::segment::security_of;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Kind;
use crate::info::{Listed, SectionInfo};
use crate::name::{Name, Scope};

/// One of them, without opening it.
#[derive(Debug)]
pub(super) struct PosixObject {
    pub(super) file_name: String,
    /// `None` where the file name is no text.
    pub(super) name: Option<Name>,
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
}

/// Where the file of a name lies.
pub(super) fn path(name: &Name) -> PathBuf {
    base_directory().join(name.leaf())
}

/// All of them, sorted by name.
pub(super) fn all() -> io::Result<Vec<PosixObject>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(base_directory())? {
        // Directories and links are no objects; one that is gone by now is none any more.
        found.extend(at(&entry?.path()));
    }
    found.sort_by(|a, b| a.file_name.cmp(&b.file_name));
    Ok(found)
}

/// The one of a name.
pub(super) fn one(name: &Name, step: &'static str) -> Result<PosixObject> {
    let path = path(name);
    match at(&path) {
        Ok(object) => Ok(object),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(ErrorKind::NotFound, step))
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(Error::new(ErrorKind::Corrupt, step)
                .detail(format!("{} is no shared memory object", path.display())))
        }
        Err(error) => Err(os_error(ErrorKind::Other, step, error)),
    }
}

/// The one under a path; `InvalidData` where something else is there.
pub(super) fn at(path: &Path) -> io::Result<PosixObject> {
    let metadata = path.symlink_metadata()?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let file_name = path.file_name().unwrap_or_default();
    Ok(PosixObject {
        name: file_name
            .to_str()
            .and_then(|leaf| Name::in_scope(&Scope::Posix, leaf).ok()),
        file_name: file_name.to_string_lossy().into_owned(),
        path: path.to_owned(),
        metadata,
    })
}

/// All that have a name, as sections that can be opened.
pub(super) fn list() -> Result<Vec<Listed>> {
    let all = all().map_err(|error| {
        os_error(ErrorKind::Other, "list the directory", error).on(base_directory().display())
    })?;
    Ok(all.into_iter().filter_map(PosixObject::listed).collect())
}

impl PosixObject {
    pub(super) fn info(&self) -> SectionInfo {
        info(&self.metadata, self.path.clone())
    }

    pub(super) fn listed(self) -> Option<Listed> {
        let info = self.info();
        Some(Listed {
            name: self.name?,
            kind: Kind::Section,
            info,
        })
    }

    /// Whether nobody in the whole system has it open or mapped; `None` where only its owner and
    /// root may ask.
    pub(super) fn is_free(&self) -> Option<bool> {
        match self.lease() {
            Ok(lease) => lease.map(|_| true),
            Err(error) => (error.kind() == io::ErrorKind::WouldBlock).then_some(false),
        }
    }

    /// The object for this process alone. `Ok(None)` where the system does not give that.
    fn lease(&self) -> io::Result<Option<Lease>> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
            .open(&self.path)?;
        let now = file.metadata()?;
        if identity(&now) != identity(&self.metadata) {
            return Ok(None);
        }
        match call::take_lease(file.as_fd()) {
            Ok(()) => Ok(Some(Lease(file))),
            // Not every file system has leases.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes it if it is free still.
    pub(super) fn remove(&self, step: &'static str) -> Result<bool> {
        let lease = match self.lease() {
            Ok(Some(lease)) => lease,
            Ok(None) => return Ok(false),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::NotFound
                ) =>
            {
                return Ok(false);
            }
            Err(error) => return Err(os_error(ErrorKind::AccessDenied, step, error)),
        };
        // The lease is on the file and not on its name, which others may have given to a new file since.
        // Between this look and the next call they still can: Linux has no call that compares and
        // unlinks. Only the owner of the file and root can take the name from the old one at all.
        let is_it = self
            .path
            .symlink_metadata()
            .is_ok_and(|now| identity(&now) == identity(&self.metadata));
        if !is_it {
            return Ok(false);
        }
        let result = shm_unlink(&self.path);
        drop(lease);
        result
            .map(|()| true)
            .map_err(|error| os_error(ErrorKind::AccessDenied, step, error))
    }
}

/// Takes the name away. shm_unlink(3)
fn shm_unlink(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

/// While this is there, nobody else has the file open, and who wants to open it waits.
struct Lease(File);

impl Drop for Lease {
    fn drop(&mut self) {
        // Closing the file would do as well, unless a child has a copy of it.
        let _ = call::give_up_lease(self.0.as_fd());
    }
}

/// What makes a file that file: its device and its inode.
pub(super) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// What the file system knows of an object.
pub(super) fn info(metadata: &Metadata, path: PathBuf) -> SectionInfo {
    SectionInfo {
        len: usize::try_from(metadata.len()).unwrap_or(usize::MAX),
        creator_pid: 0,
        creator_uid: metadata.uid(),
        // Not every file system records births.
        created: metadata.created().unwrap_or(SystemTime::UNIX_EPOCH),
        attach_count: 0,
        // In units of 512 bytes on every Linux; see stat(2).
        resident: metadata.blocks() * 512,
        swapped: 0,
        security: security_of(metadata.mode()),
        file: Some(path),
    }
}
