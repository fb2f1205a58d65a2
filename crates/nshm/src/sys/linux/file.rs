//! The file behind a section that is not backed by the paging file.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
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
use crate::name::Name;

/// An open file, and how much of it the section has.
#[derive(Debug)]
pub(super) struct SectionFile {
    file: File,
    len: usize,
    /// Of a POSIX object; other files have the name of the section at most.
    name: Option<Name>,
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
        has_ordinary_pages(file, STEP)?;
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
                let (kind, why) = match error.raw_os_error() {
                    Some(libc::EBADF) => (ErrorKind::AccessDenied, ": it is open for reading only"),
                    _ => (ErrorKind::CommitLimit, ""),
                };
                os_error(kind, STEP, error)
                    .detail(format!("the file cannot grow to {wanted} bytes{why}"))
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
            name: None,
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
        let file = open_again(&found, access).map_err(fail)?;
        has_ordinary_pages(&file, step)?;
        let len = usize::try_from(id.len)
            .ok()
            .filter(|len| isize::try_from(*len).is_ok());
        Ok(SectionFile {
            file,
            len: len
                .filter(|len| *len != 0)
                .ok_or_else(|| other("of no size that is possible"))?,
            name: None,
        })
    }

    /// Opens the file of a POSIX object, whole.
    pub(super) fn open_posix(name: &Name, path: &Path, access: Access) -> Result<SectionFile> {
        const STEP: &str = "open section";
        let fail = |error| os_error(ErrorKind::Other, STEP, error);
        // First without any right to it: a pipe or a device must feel nothing.
        let found = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_PATH | libc::O_NOFOLLOW)
            .open(path)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => Error::new(ErrorKind::NotFound, STEP),
                _ => fail(error),
            })?;
        if !found.metadata().map_err(fail)?.is_file() {
            return Err(Error::new(ErrorKind::Corrupt, STEP)
                .detail(format!("{} is no shared memory object", path.display())));
        }
        let file = open_again(&found, access).map_err(fail)?;
        has_ordinary_pages(&file, STEP)?;
        let bytes = file.metadata().map_err(fail)?.len();
        if bytes == 0 {
            return Err(Error::new(ErrorKind::InvalidSize, STEP)
                .detail("its size is 0: its creator has not given it one, or has taken it away"));
        }
        let len = usize::try_from(bytes)
            .ok()
            .filter(|len| isize::try_from(*len).is_ok());
        Ok(SectionFile {
            file,
            len: len.ok_or_else(|| {
                Error::new(ErrorKind::CommitLimit, STEP)
                    .detail(format!("no address space holds {bytes} bytes"))
            })?,
            name: Some(name.clone()),
        })
    }

    /// The same file, open for that access.
    pub(super) fn reopen(&self, access: Access) -> io::Result<SectionFile> {
        Ok(SectionFile {
            file: open_again(&self.file, access)?,
            len: self.len,
            name: self.name.clone(),
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

    /// Of a POSIX object.
    pub(super) fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether the file has that many bytes now. A page of a mapping behind its end is a fault.
    pub(super) fn still_has(&self, len: usize) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() >= len as u64)
    }
}

/// Opens the same file once more, whatever lies under its path by now.
fn open_again(file: &File, access: Access) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(access == Access::ReadWrite)
        .custom_flags(libc::O_NOCTTY)
        .open(by_descriptor(file))
}

/// Refuses a file of hugetlbfs. Of its pages the kernel maps more than it is told, over whatever
/// lies behind the addresses that were meant for it.
fn has_ordinary_pages(file: &File, step: &'static str) -> Result<()> {
    let fail = |error| os_error(ErrorKind::Other, step, error);
    if call::is_of_pool(file.as_fd()).map_err(fail)? {
        return Err(Error::new(ErrorKind::Unsupported, step)
            .detail("its file is on hugetlbfs, in pages of a pool")
            .with_hint("make a section of such pages: SectionOptions::huge_pages"));
    }
    Ok(())
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
