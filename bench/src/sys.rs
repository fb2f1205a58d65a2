//! The system calls that everything is compared with, as thin as they can be.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::ptr;
use std::sync::atomic::AtomicU32;

use anyhow::{Context as _, Result};
use rustix::fs::{self, MemfdFlags, Mode};
use rustix::mm::{self, MapFlags, ProtFlags};
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::shm;

/// Memory that is mapped, readable and writable.
pub(crate) struct Mapping {
    base: *mut u8,
    len: usize,
}

impl Mapping {
    /// Maps a file, shared.
    pub(crate) fn shared(file: impl AsFd, len: usize) -> io::Result<Mapping> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the system chooses an address at which nothing is.
        let base =
            unsafe { mm::mmap(ptr::null_mut(), len, protection, MapFlags::SHARED, file, 0) }?;
        let base = base.cast();
        Ok(Mapping { base, len })
    }

    /// Maps memory that nobody else sees.
    pub(crate) fn private(len: usize) -> io::Result<Mapping> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the system chooses an address at which nothing is.
        let base =
            unsafe { mm::mmap_anonymous(ptr::null_mut(), len, protection, MapFlags::PRIVATE) }?;
        let base = base.cast();
        Ok(Mapping { base, len })
    }

    /// Writes its first byte.
    pub(crate) fn touch(&self) {
        self.put(0);
    }

    /// Writes one byte.
    pub(crate) fn put(&self, offset: usize) {
        assert!(offset < self.len);
        // SAFETY: it is within the mapping.
        unsafe { self.base.add(offset).write_volatile(1) };
    }

    /// A word, for those that share it too.
    pub(crate) fn atomic(&self, offset: usize) -> &AtomicU32 {
        assert!(offset.is_multiple_of(4) && offset + 4 <= self.len);
        // SAFETY: it is within the mapping, which lives longer, and aligned.
        unsafe { AtomicU32::from_ptr(self.base.add(offset).cast()) }
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and no reference to it is ever given.
        let done = unsafe { mm::munmap(self.base.cast(), self.len) };
        debug_assert!(done.is_ok());
    }
}

/// `memcpy` out of memory that others may see.
///
/// # Safety
/// `from` has as many bytes as `to`, and nobody writes to them meanwhile.
pub(crate) unsafe fn copy_out(from: *const u8, to: &mut [u8]) {
    // SAFETY: the caller says so; `to` is private.
    unsafe { ptr::copy_nonoverlapping(from, to.as_mut_ptr(), to.len()) };
}

/// `memcpy` into memory that others may see.
///
/// # Safety
/// `to` has as many bytes as `from`, and nobody reads or writes them meanwhile.
pub(crate) unsafe fn copy_in(from: &[u8], to: *mut u8) {
    // SAFETY: the caller says so; `from` is private.
    unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
}

/// `memset` of memory that others may see.
///
/// # Safety
/// `to` has `len` bytes, and nobody reads or writes them meanwhile.
pub(crate) unsafe fn set(to: *mut u8, len: usize, byte: u8) {
    // SAFETY: the caller says so.
    unsafe { ptr::write_bytes(to, byte, len) };
}

/// `shm_open` of a new object, and its size.
pub(crate) fn shm_create(name: &str, len: usize) -> io::Result<OwnedFd> {
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    let file = shm::open(name, flags, Mode::RUSR | Mode::WUSR)?;
    fs::ftruncate(&file, len as u64)?;
    Ok(file)
}

/// `shm_open` of an object that is there, and how long it is.
pub(crate) fn shm_open(name: &str) -> io::Result<(OwnedFd, usize)> {
    let file = shm::open(name, shm::OFlags::RDWR, Mode::empty())?;
    let len = fs::fstat(&file)?.st_size;
    Ok((file, len.try_into().unwrap_or(0)))
}

/// `memfd_create`, and its size.
pub(crate) fn memfd(name: &str, len: usize) -> io::Result<OwnedFd> {
    let file = fs::memfd_create(name, MemfdFlags::CLOEXEC)?;
    fs::ftruncate(&file, len as u64)?;
    Ok(file)
}

/// The bytes that a file system has given out.
pub(crate) fn used(place: &Path) -> Result<u64> {
    let stat = fs::statfs(place).context("statfs")?;
    Ok((stat.f_blocks - stat.f_bfree) * stat.f_bsize.unsigned_abs())
}

/// Lets this process and its children have as many open files as the system allows: some peers
/// need one for each name.
pub(crate) fn lift_limits() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it fails, the peers that need more say so.
    let _ = setrlimit(Resource::Nofile, limit);
}
