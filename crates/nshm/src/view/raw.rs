//! A view without the safe ways to reach the memory, for those who build another interface on
//! this crate: it is where they want it, admits what they want, and need not keep its section.

use std::fmt;
use std::sync::Arc;

use crate::access::Protection;
use crate::error::Result;
use crate::sys::{Handle, Mapping};

/// A view of whole pages, as an address. `MapViewOfFileEx`
///
/// It keeps the memory, but not the handle of its section: a section whose pages are
/// [separate](crate::SectionOptions::separate_pages), or that is a file, loses its name with its
/// last handle, whatever views there are. For any other section it keeps the handle too.
///
/// # Platform
/// - Linux: a mapping of its own; `munmap` when it is dropped.
/// - Windows: `MapViewOfFileEx`.
///
/// ```
/// use nshm::{Protection, Section};
///
/// # fn main() -> nshm::Result<()> {
/// let section = Section::anonymous(1 << 20)?;
/// let view = section.raw_view().offset(65536).len(4096).map()?;
/// assert_eq!(view.as_ptr().addr() % 65536, 0);
/// // SAFETY: the page is mapped for writing, and nobody else has the section.
/// unsafe { view.as_ptr().write(7) };
/// view.protect(0, 4096, Protection::ReadOnly)?;
/// assert_eq!(section.map_read_only()?.read_vec(65536, 1)?, [7]);
/// # Ok(())
/// # }
/// ```
pub struct RawView {
    mapping: Mapping,
    /// Behind the mapping, so that it is given up after it.
    _handle: Option<Arc<Handle>>,
}

impl RawView {
    pub(crate) fn new(mapping: Mapping, handle: Option<Arc<Handle>>) -> RawView {
        RawView {
            mapping,
            _handle: handle,
        }
    }

    /// The address of the first byte.
    pub fn as_ptr(&self) -> *mut u8 {
        self.mapping.base().as_ptr()
    }

    /// Its length in bytes: whole pages.
    #[allow(clippy::len_without_is_empty, reason = "a raw view is never empty")]
    pub fn len(&self) -> usize {
        self.mapping.len()
    }

    /// Says what the pages around a range admit from now on. `VirtualProtect`
    ///
    /// Pages of a shared view may become copy-on-write and shared again. Then those that were
    /// written to meanwhile stay this process's own; the others are the section's again.
    ///
    /// # Errors
    /// `OutOfBounds`; `AccessDenied` where the system does not allow it; `CommitLimit` where there is
    /// no memory for copies. Whether the view was mapped for it is the caller's to compare.
    ///
    /// # Platform
    /// - Linux: pages of a shared view that are to be copy-on-write are copied now, and later writes
    ///   of others to them are not seen until they are shared again. A page that holds what it held
    ///   when it was copied counts as not written to.
    /// - Windows: not for pages that are not committed yet.
    pub fn protect(&self, offset: usize, len: usize, protection: Protection) -> Result<()> {
        self.mapping.protect(offset, len, protection)
    }

    /// Writes the pages around a range to the file of the section.
    /// `FlushViewOfFile`
    ///
    /// # Errors
    /// `OutOfBounds`; `Other` where the file cannot be written.
    ///
    /// # Platform
    /// - Linux: `msync`; the pages are on the disk afterwards.
    /// - Windows: the pages are on their way to the disk; [`File::sync_data`] of the file waits
    ///   for them.
    ///
    /// [`File::sync_data`]: std::fs::File::sync_data
    pub fn flush(&self, offset: usize, len: usize) -> Result<()> {
        self.mapping.flush(offset, len)
    }

    /// Commits the pages around a range for every view of the section, where it was made with
    /// [`commit_on_demand`](crate::SectionOptions::commit_on_demand). `VirtualAlloc`
    ///
    /// # Errors
    /// `OutOfBounds`; `AccessDenied` where this user may only read the section; `CommitLimit`;
    /// `ForeignNamespace` where the handle is read-only and this thread has left the IPC namespace of
    /// the section.
    pub fn commit(&self, offset: usize, len: usize) -> Result<()> {
        self.mapping.commit(offset, len)
    }

    /// Whether the page at an offset is committed, and how many bytes from the beginning of that
    /// page on are like it. `VirtualQuery`
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub fn committed(&self, offset: usize) -> Result<(bool, usize)> {
        self.mapping.committed(offset)
    }

    /// Whether the page at an offset of a copy-on-write view has been written to, and so is this
    /// process's own, and how many bytes from the beginning of that page on are like it.
    /// `VirtualQuery`
    ///
    /// # Errors
    /// `OutOfBounds`; `Other` where the system does not tell.
    ///
    /// # Platform
    /// - Linux: always `false` for a copy of memory, which is this process's own from the
    ///   beginning.
    /// - Windows: `VirtualQuery`, and `QueryWorkingSetEx` where the page was protected otherwise
    ///   since.
    pub fn copied(&self, offset: usize) -> Result<(bool, usize)> {
        self.mapping.copied(offset)
    }
}

impl fmt::Debug for RawView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawView")
            .field("address", &self.as_ptr())
            .field("len", &self.len())
            .finish()
    }
}
