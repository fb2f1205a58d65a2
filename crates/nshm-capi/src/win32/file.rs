//! An open file: what `CreateFile` makes, shared by all handles that are copied from it.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::deletion::Deletion;
use super::object::Rights;
use super::path;
use super::regions;
use super::security::Protection;
use super::sharing::{Claim, FileId};
use super::types::access::*;
use super::types::{DWORD, file};
use super::winerror::*;

/// An open file or folder.
#[derive(Debug)]
pub(crate) struct File {
    file: Arc<fs::File>,
    id: FileId,
    kind: FileType,
    /// What the descriptor can do, whatever the handles may.
    able: DWORD,
    /// Whether every read and write must say its position.
    overlapped: bool,
    _claim: Claim,
}

/// What `CreateFile` is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: PathBuf,
    pub(crate) access: DWORD,
    pub(crate) share: DWORD,
    pub(crate) disposition: DWORD,
    /// `FILE_FLAG_*` and `FILE_ATTRIBUTE_*`
    pub(crate) flags: DWORD,
    pub(crate) protection: Protection,
}

/// What became of a [`Request`].
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    /// What the handle may do.
    pub(crate) access: DWORD,
    /// Whether the file was there before.
    pub(crate) existed: bool,
}

impl Request {
    /// Opens or creates the file.
    pub(crate) fn open(&self) -> Result<Opened> {
        let known = file::SHARE_READ | file::SHARE_WRITE | file::SHARE_DELETE;
        let dispositions = file::CREATE_NEW..=file::TRUNCATE_EXISTING;
        let truncates_nothing = self.disposition == file::TRUNCATE_EXISTING
            && self.access & (GENERIC_WRITE | GENERIC_ALL) == 0;
        if !dispositions.contains(&self.disposition)
            || self.share & !known != 0
            || truncates_nothing
        {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let access = Rights::file().translate(self.access)?;
        let opened = self.open_with(access);
        if self.access & MAXIMUM_ALLOWED != 0 && opened.as_ref().err() == Some(&ERROR_ACCESS_DENIED)
        {
            let writing = FILE_WRITE_DATA | FILE_APPEND_DATA;
            return self.open_with(access & !writing);
        }
        opened
    }

    fn open_with(&self, access: DWORD) -> Result<Opened> {
        let mut access = access | SYNCHRONIZE | FILE_READ_ATTRIBUTES;
        if self.flags & file::FLAG_DELETE_ON_CLOSE != 0 {
            access |= DELETE;
        }
        let (descriptor, existed) = self.descriptor(access)?;
        let stat = rustix::fs::fstat(&descriptor)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::Directory && self.flags & file::FLAG_BACKUP_SEMANTICS == 0 {
            return Err(ERROR_ACCESS_DENIED);
        }
        let deletes = self.flags & file::FLAG_DELETE_ON_CLOSE != 0;
        if deletes && matches!(kind, FileType::CharacterDevice | FileType::BlockDevice) {
            // What Windows has for devices has no name in a folder.
            return Err(ERROR_ACCESS_DENIED);
        }
        let id = FileId {
            device: stat.st_dev,
            inode: stat.st_ino,
        };
        let mut claim = Claim::take(id, access, self.share)?;
        if deletes {
            claim.delete_on_close(Deletion::new(&self.path, id)?);
        }
        let opened = File {
            able: able(&descriptor),
            file: Arc::new(descriptor.into()),
            id,
            kind,
            overlapped: self.flags & file::FLAG_OVERLAPPED != 0,
            _claim: claim,
        };
        if existed && self.empties() && kind == FileType::RegularFile {
            opened.set_len(0)?;
        }
        if !existed && let Some(mode) = self.protection.file_mode() {
            rustix::fs::fchmod(opened.file.as_fd(), mode)?;
        }
        Ok(Opened {
            file: opened,
            access,
            existed,
        })
    }

    /// Whether a file that is there loses its contents.
    fn empties(&self) -> bool {
        matches!(
            self.disposition,
            file::CREATE_ALWAYS | file::TRUNCATE_EXISTING
        )
    }

    /// Opens the file, and says whether it was there before.
    fn descriptor(&self, access: DWORD) -> Result<(OwnedFd, bool)> {
        let existing = || {
            self.open_existing(access)
                .map(|descriptor| (descriptor, true))
        };
        let new = || self.create(access).map(|descriptor| (descriptor, false));
        let opened = match self.disposition {
            file::CREATE_NEW => new(),
            file::OPEN_EXISTING | file::TRUNCATE_EXISTING => existing(),
            _ => {
                // Others may create and delete it meanwhile, but hardly each time between two calls.
                const TRIES: usize = 16;
                let mut opened = Err(Errno::NOENT);
                for _ in 0..TRIES {
                    opened = match existing() {
                        Err(Errno::NOENT) => new(),
                        decided => decided,
                    };
                    if !matches!(opened, Err(Errno::EXIST)) {
                        break;
                    }
                }
                opened
            }
        };
        opened.map_err(|error| path::error(&self.path, error))
    }

    fn open_existing(&self, access: DWORD) -> rustix::io::Result<OwnedFd> {
        let how = match mode_of(access, self.empties()) {
            // Asking about a file takes no right to it.
            None => OFlags::PATH,
            Some(mode) => mode | self.flags(access),
        };
        let links = if self.flags & file::FLAG_OPEN_REPARSE_POINT != 0 {
            OFlags::NOFOLLOW
        } else {
            OFlags::empty()
        };
        rustix::fs::open(&self.path, how | links | OFlags::CLOEXEC, Mode::empty())
    }

    fn create(&self, access: DWORD) -> rustix::io::Result<OwnedFd> {
        let how = mode_of(access, false).unwrap_or(OFlags::RDONLY) | self.flags(access);
        let mode = if self.flags & file::ATTRIBUTE_READONLY != 0 {
            Mode::from_raw_mode(0o444)
        } else {
            Mode::from_raw_mode(0o666)
        };
        let new = OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        rustix::fs::open(&self.path, how | new, mode).map_err(|error| match error {
            // A path that ends with a slash: there is a folder, whatever Linux minds first.
            Errno::ISDIR => Errno::EXIST,
            error => error,
        })
    }

    /// What Linux can do of what the flags ask. The rest are hints.
    fn flags(&self, access: DWORD) -> OFlags {
        let mut flags = OFlags::NOCTTY;
        if self.flags & file::FLAG_WRITE_THROUGH != 0 {
            flags |= OFlags::DSYNC;
        }
        if access & (FILE_APPEND_DATA | FILE_WRITE_DATA) == FILE_APPEND_DATA {
            flags |= OFlags::APPEND;
        }
        flags
    }
}

/// How Linux is to open a file for this access; `None` where its contents are not concerned.
fn mode_of(access: DWORD, empties: bool) -> Option<OFlags> {
    let reads = access & (FILE_READ_DATA | FILE_EXECUTE) != 0;
    let writes = access & (FILE_WRITE_DATA | FILE_APPEND_DATA) != 0 || empties;
    match (reads, writes) {
        (true, true) => Some(OFlags::RDWR),
        (true, false) => Some(OFlags::RDONLY),
        (false, true) => Some(OFlags::WRONLY),
        (false, false) => None,
    }
}

/// What a descriptor can do.
fn able(descriptor: &OwnedFd) -> DWORD {
    let reading = FILE_READ_DATA | FILE_EXECUTE;
    let writing = FILE_WRITE_DATA | FILE_APPEND_DATA;
    let Ok(flags) = rustix::fs::fcntl_getfl(descriptor) else {
        return 0;
    };
    if flags.contains(OFlags::PATH) {
        return 0;
    }
    match flags & OFlags::RWMODE {
        OFlags::RDWR => reading | writing,
        OFlags::WRONLY => writing,
        _ => reading,
    }
}

impl File {
    /// The descriptor.
    pub(crate) fn file(&self) -> &Arc<fs::File> {
        &self.file
    }

    /// Which file it is.
    pub(crate) fn id(&self) -> FileId {
        self.id
    }

    pub(crate) fn is_overlapped(&self) -> bool {
        self.overlapped
    }

    pub(crate) fn kind(&self) -> FileType {
        self.kind
    }

    /// Whether a handle with this access could do what it says.
    ///
    /// # Errors
    /// 5 where Linux was not asked for as much when the file was opened.
    pub(crate) fn admits(&self, access: DWORD) -> Result<()> {
        let data = FILE_READ_DATA | FILE_EXECUTE | FILE_WRITE_DATA | FILE_APPEND_DATA;
        if access & data & !self.able == 0 {
            Ok(())
        } else {
            Err(ERROR_ACCESS_DENIED)
        }
    }

    /// Its size in bytes.
    pub(crate) fn len(&self) -> Result<u64> {
        match self.kind {
            FileType::RegularFile | FileType::Directory => Ok(self.file.metadata()?.len()),
            _ => Err(ERROR_INVALID_FUNCTION),
        }
    }

    /// Gives it another size.
    ///
    /// # Errors
    /// 1224 where it would become shorter under a view of this process. Linux keeps nobody else
    /// from that.
    pub(crate) fn set_len(&self, len: u64) -> Result<()> {
        if len < self.len()? && regions::is_mapped(self.id) {
            return Err(ERROR_USER_MAPPED_FILE);
        }
        Ok(self.file.set_len(len)?)
    }
}
