//! The file behind a section that is not backed by the paging file.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::call;
use super::error::os_error;
use crate::access::Access;
use crate::error::{Error, ErrorKind, Result};
use crate::format::FileId;

/// An open file, and how much of it the section has.
#[derive(Debug)]
pub(super) struct SectionFile {
    file: File,
    len: usize,
}

impl SectionFile {
    /// For a new section of `len` bytes of the file, or of all of it where that is zero. A file
    /// that is shorter is made longer.
    pub(super) fn new(file: &File, len: usize, may_grow: bool) -> Result<SectionFile> {
        const STEP: &str = "create section over a file";
        let fail = |error| os_error(ErrorKind::Other, STEP, error);
        let metadata = file.metadata().map_err(fail)?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::Unsupported, STEP).detail("it is no regular file"));
        }
        let wanted = if len == 0 { metadata.len() } else { len as u64 };
        if wanted == 0 {
            return Err(Error::new(ErrorKind::InvalidSize, STEP)
                .detail("the file is empty, and no size was given"));
        }
        if wanted > metadata.len() {
            if !may_grow {
                return Err(Error::new(ErrorKind::OutOfBounds, STEP).detail(format!(
                    "the file has {} bytes and may not be written, so it cannot grow to {wanted}",
                    metadata.len()
                )));
            }
            grow(file, metadata.len(), wanted).map_err(|error| {
                os_error(ErrorKind::CommitLimit, STEP, error)
                    .detail(format!("the file cannot grow to {wanted} bytes"))
            })?;
        }
        let len = usize::try_from(wanted)
            .ok()
            .filter(|len| isize::try_from(*len).is_ok());
        Ok(SectionFile {
            file: file.try_clone().map_err(fail)?,
            len: len.ok_or_else(|| {
                Error::new(ErrorKind::CommitLimit, STEP)
                    .detail(format!("no address space holds {wanted} bytes"))
            })?,
        })
    }

    /// Opens the file that a link names, if it is still that one. `creator` made the section: it
    /// must not lead others to files that are not its own.
    pub(super) fn open(
        id: &FileId,
        creator: u32,
        access: Access,
        step: &'static str,
    ) -> Result<SectionFile> {
        let path = Path::new(OsStr::from_bytes(&id.path));
        let fail = |error| os_error(ErrorKind::Other, step, error);
        let other = |what: &str| {
            Error::new(ErrorKind::Corrupt, step)
                .detail(format!("its file {} is {what}", path.display()))
        };
        // First without any right to it: whatever lies there by now must feel nothing.
        let found = match OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_PATH)
            .open(path)
        {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(other("gone")),
            Err(error) => return Err(fail(error)),
        };
        let metadata = found.metadata().map_err(fail)?;
        if (metadata.dev(), metadata.ino()) != (id.device, id.inode) || !metadata.is_file() {
            return Err(other("another one by now"));
        }
        let me = call::effective_uid();
        if creator != 0 && creator != me && creator != metadata.uid() {
            return Err(Error::new(ErrorKind::AccessDenied, step).detail(format!(
                "its file {} belongs to user {}, but user {creator} made the section",
                path.display(),
                metadata.uid()
            )));
        }
        let file = OpenOptions::new()
            .read(true)
            .write(access == Access::ReadWrite)
            .custom_flags(libc::O_NOCTTY)
            .open(by_descriptor(&found))
            .map_err(fail)?;
        let len = usize::try_from(id.len)
            .ok()
            .filter(|len| isize::try_from(*len).is_ok());
        Ok(SectionFile {
            file,
            len: len
                .filter(|len| *len != 0)
                .ok_or_else(|| other("of no size that is possible"))?,
        })
    }

    /// The same file, open for that access.
    pub(super) fn reopen(&self, access: Access) -> io::Result<SectionFile> {
        let file = OpenOptions::new()
            .read(true)
            .write(access == Access::ReadWrite)
            .open(by_descriptor(&self.file))?;
        Ok(SectionFile {
            file,
            len: self.len,
        })
    }

    /// How others find it.
    pub(super) fn id(&self) -> Result<FileId> {
        const STEP: &str = "name a section over a file";
        let fail = |error| os_error(ErrorKind::Other, STEP, error);
        let metadata = self.file.metadata().map_err(fail)?;
        let path = self.path().map_err(fail)?;
        match std::fs::metadata(&path) {
            Ok(there) if (there.dev(), there.ino()) == (metadata.dev(), metadata.ino()) => {
                Ok(FileId {
                    device: metadata.dev(),
                    inode: metadata.ino(),
                    len: self.len as u64,
                    path: path.into_os_string().into_vec(),
                })
            }
            _ => Err(Error::new(ErrorKind::Unsupported, STEP)
                .detail("the file has no path, so others could not open it")
                .with_hint("make the section without a name, or link the file into a directory")),
        }
    }

    pub(super) fn path(&self) -> io::Result<PathBuf> {
        std::fs::read_link(by_descriptor(&self.file))
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether the file has that many bytes now. A page of a mapping behind its end is a fault.
    pub(super) fn still_has(&self, len: usize) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() >= len as u64)
    }
}

fn by_descriptor(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Makes a file longer. The room is taken now: a hole that cannot be filled when a mapping is
/// written would be a fault then.
fn grow(file: &File, from: u64, to: u64) -> io::Result<()> {
    match call::fallocate(file.as_fd(), from, to - from) {
        // Some file systems cannot promise room.
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => file.set_len(to),
        result => result,
    }
}
