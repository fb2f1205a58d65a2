//! The system calls, one thin function each. Only this file reads `errno`. Above each name of a
//! call stands its intent.

use std::ffi::{CStr, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};

/// What the kernel knows of a segment (`struct shmid_ds`), in this crate's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct SegmentStat {
    pub(super) id: i32,
    /// 0 where it has none.
    pub(super) key: i32,
    pub(super) len: usize,
    pub(super) mode: u32,
    pub(super) creator_uid: u32,
    pub(super) creator_pid: u32,
    /// Who attached or detached it last; 0: nobody ever did.
    pub(super) last_pid: u32,
    pub(super) attach_count: u64,
    pub(super) born: u64,
}

// <linux/shm.h>: not in every version of the libc crate.
const SHM_INFO: c_int = 14;
const SHM_STAT_ANY: c_int = 15;
const SHM_DEST: u32 = 0o1000;
/// `log2` of the huge page size goes here in the flags of `shmget`.
pub(super) const SHM_HUGE_SHIFT: u32 = 26;

impl SegmentStat {
    /// Marked to go with its last attach, as every published object is.
    pub(super) fn goes_with_its_last_attach(&self) -> bool {
        self.mode & SHM_DEST != 0
    }

    fn new(id: i32, raw: &libc::shmid_ds) -> Self {
        SegmentStat {
            id,
            key: raw.shm_perm.__key,
            len: raw.shm_segsz,
            #[allow(clippy::unnecessary_cast, reason = "the width differs by architecture")]
            mode: raw.shm_perm.mode as u32,
            creator_uid: raw.shm_perm.cuid,
            creator_pid: raw.shm_cpid.cast_unsigned(),
            last_pid: raw.shm_lpid.cast_unsigned(),
            #[allow(clippy::unnecessary_cast, reason = "the width differs by architecture")]
            attach_count: raw.shm_nattch as u64,
            #[allow(clippy::unnecessary_cast, reason = "the width differs by architecture")]
            born: raw.shm_ctime as u64,
        }
    }
}

fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Creates a segment, or finds one by its key. shmget(2)
pub(super) fn shmget(key: i32, len: usize, flags: c_int) -> io::Result<i32> {
    // SAFETY: takes and returns plain numbers.
    check(unsafe { libc::shmget(key, len, flags) })
}

/// Attaches a segment where the kernel likes. shmat(2)
pub(super) fn shmat(id: i32, read_only: bool) -> io::Result<NonNull<u8>> {
    let flags = if read_only { libc::SHM_RDONLY } else { 0 };
    // SAFETY: with a null address the kernel takes free addresses, so nothing that exists is
    // replaced.
    attached(unsafe { libc::shmat(id, ptr::null(), flags) })
}

/// Attaches a segment in the place of addresses. shmat(2), SHM_REMAP
///
/// # Safety
/// As for [`mmap_anonymous_over`]. The range is one page, at an odd number of pages, where the kernel
/// puts no page of a pool, which is longer.
pub(super) unsafe fn shmat_over(id: i32, target: NonNull<u8>) -> io::Result<()> {
    // SAFETY: the caller's promise: what is replaced is the caller's.
    attached(unsafe { libc::shmat(id, target.as_ptr().cast(), libc::SHM_REMAP) }).map(drop)
}

fn attached(address: *mut c_void) -> io::Result<NonNull<u8>> {
    if address.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(address.cast()).ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))
}

/// Detaches a segment. shmdt(2)
///
/// # Safety
/// `base` came from [`shmat`], and nothing uses the attached memory any more.
pub(super) unsafe fn shmdt(base: NonNull<u8>) -> io::Result<()> {
    // SAFETY: the caller's promise.
    check(unsafe { libc::shmdt(base.as_ptr().cast()) }).map(drop)
}

fn shmctl(id: i32, command: c_int) -> io::Result<(c_int, libc::shmid_ds)> {
    let mut raw = MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: every command given here writes at most a `shmid_ds` into the buffer.
    let value = check(unsafe { libc::shmctl(id, command, raw.as_mut_ptr()) })?;
    // SAFETY: all zero is a valid `shmid_ds`, and the kernel wrote plain numbers over it.
    Ok((value, unsafe { raw.assume_init() }))
}

/// Asks for a segment that this user may read. shmctl(2), IPC_STAT
pub(super) fn shm_stat(id: i32) -> io::Result<SegmentStat> {
    let (_, raw) = shmctl(id, libc::IPC_STAT)?;
    Ok(SegmentStat::new(id, &raw))
}

/// Asks for a segment of anybody; the answer may be for another id in the same slot. Linux 4.17.
/// shmctl(2), SHM_STAT_ANY
pub(super) fn shm_stat_any(id: i32) -> io::Result<SegmentStat> {
    let (found, raw) = shmctl(id, SHM_STAT_ANY)?;
    Ok(SegmentStat::new(found, &raw))
}

/// Marks a segment to go with its last attach and frees its key. shmctl(2), IPC_RMID
pub(super) fn shm_remove(id: i32) -> io::Result<()> {
    shmctl(id, libc::IPC_RMID).map(drop)
}

/// Keeps a segment's pages in memory. shmctl(2), SHM_LOCK
pub(super) fn shm_lock(id: i32) -> io::Result<()> {
    shmctl(id, libc::SHM_LOCK).map(drop)
}

/// How many segments exist in this IPC namespace. shmctl(2), SHM_INFO
pub(super) fn shm_used_ids() -> io::Result<u64> {
    /// `struct shm_info` of <linux/shm.h>.
    #[repr(C)]
    #[derive(Default)]
    struct ShmInfo {
        used_ids: c_int,
        rest: [usize; 6],
    }
    let mut info = ShmInfo::default();
    // SAFETY: SHM_INFO writes one `struct shm_info`, for which the buffer has room: an int and
    // five longs.
    check(unsafe { libc::shmctl(0, SHM_INFO, ptr::from_mut(&mut info).cast()) })?;
    Ok(u64::try_from(info.used_ids).unwrap_or(0))
}

/// Advises about a whole mapping. madvise(2)
///
/// # Safety
/// `base` and `len` are a mapping that the caller owns, and `advice` does not change what its
/// memory holds.
pub(super) unsafe fn madvise(base: NonNull<u8>, len: usize, advice: c_int) -> io::Result<()> {
    // SAFETY: the caller's promise.
    check(unsafe { libc::madvise(base.as_ptr().cast(), len, advice) }).map(drop)
}

/// Takes addresses without memory, anywhere or exactly there; `EEXIST` where something is there.
/// mmap(2)
pub(super) fn reserve(address: Option<usize>, len: usize) -> io::Result<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let Some(wanted) = address else {
        // SAFETY: with a null address nothing that exists is replaced.
        return attached(unsafe {
            libc::mmap(ptr::null_mut(), len, libc::PROT_NONE, flags, -1, 0)
        });
    };
    let flags = flags | libc::MAP_FIXED_NOREPLACE;
    let there = ptr::without_provenance_mut(wanted);
    // SAFETY: MAP_FIXED_NOREPLACE replaces nothing; a kernel that does not know it takes the
    // address for a wish.
    let base = attached(unsafe { libc::mmap(there, len, libc::PROT_NONE, flags, -1, 0) })?;
    if base.addr().get() == wanted {
        return Ok(base);
    }
    // SAFETY: the call just gave these addresses, and they are not the ones.
    unsafe { munmap(base, len) };
    Err(io::Error::from_raw_os_error(libc::EEXIST))
}

/// Puts new private zero memory in the place of addresses. mmap(2), MAP_FIXED
///
/// # Safety
/// The range is whole pages that the caller owns, and nobody has a reference there.
pub(super) unsafe fn mmap_anonymous_over(
    target: NonNull<u8>,
    len: usize,
    protection: c_int,
) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    // SAFETY: the caller's promise: what is replaced is the caller's.
    attached(unsafe { libc::mmap(target.as_ptr().cast(), len, protection, flags, -1, 0) }).map(drop)
}

/// Puts a part of a file in the place of addresses. mmap(2), MAP_FIXED
///
/// # Safety
/// As for [`mmap_anonymous_over`]. `offset` is whole pages. The file is not on hugetlbfs, of which
/// the kernel would map more than `len` bytes.
pub(super) unsafe fn mmap_file_over(
    target: NonNull<u8>,
    len: usize,
    protection: c_int,
    private: bool,
    file: BorrowedFd<'_>,
    offset: u64,
) -> io::Result<()> {
    let sharing = if private {
        libc::MAP_PRIVATE
    } else {
        libc::MAP_SHARED
    };
    let flags = sharing | libc::MAP_FIXED;
    let offset = offset
        .try_into()
        .map_err(|_| io::Error::from_raw_os_error(libc::EOVERFLOW))?;
    let target = target.as_ptr().cast();
    // SAFETY: the caller's promise: what is replaced is the caller's. The file is open.
    attached(unsafe { libc::mmap(target, len, protection, flags, file.as_raw_fd(), offset) })
        .map(drop)
}

/// Maps the memory behind `source` once more, where the kernel likes. Pages of a pool refuse that:
/// `EINVAL`. mremap(2) with an old length of zero
///
/// # Safety
/// A shared mapping that the caller owns begins at `source` or goes on there, and its memory has
/// `len` more bytes, in whole pages; what lies behind its end is a fault when it is touched.
pub(super) unsafe fn mremap_again(source: NonNull<u8>, len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: the caller's promise; without MREMAP_FIXED nothing that exists is replaced.
    attached(unsafe { libc::mremap(source.as_ptr().cast(), 0, len, libc::MREMAP_MAYMOVE) })
}

/// Moves a mapping to other addresses. mremap(2)
///
/// # Safety
/// `len` bytes from `source` on are a mapping of ordinary pages that the caller owns and nobody
/// uses any more there: of pages of a pool the kernel would take more than `len` bytes at either
/// end. `target` as for [`mmap_anonymous_over`].
pub(super) unsafe fn mremap_to(
    source: NonNull<u8>,
    len: usize,
    target: NonNull<u8>,
) -> io::Result<()> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let target = target.as_ptr().cast::<c_void>();
    // SAFETY: the caller's promise: what is replaced or moved is the caller's.
    attached(unsafe { libc::mremap(source.as_ptr().cast(), len, len, flags, target) }).map(drop)
}

/// Says what pages admit. mprotect(2)
///
/// # Safety
/// The range is whole pages that the caller owns, and nobody has a reference there that the new
/// protection breaks.
pub(super) unsafe fn mprotect(base: NonNull<u8>, len: usize, protection: c_int) -> io::Result<()> {
    // SAFETY: the caller's promise.
    check(unsafe { libc::mprotect(base.as_ptr().cast(), len, protection) }).map(drop)
}

/// Writes pages of a file mapping to the file. msync(2), MS_SYNC
pub(super) fn msync(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: it changes no memory; where nothing is mapped it fails.
    check(unsafe { libc::msync(base.as_ptr().cast(), len, libc::MS_SYNC) }).map(drop)
}

/// Keeps pages in memory. mlock(2)
pub(super) fn mlock(base: NonNull<u8>, len: usize) -> io::Result<()> {
    // SAFETY: it changes no memory; where nothing is mapped it fails.
    check(unsafe { libc::mlock(base.as_ptr().cast(), len) }).map(drop)
}

/// Copies within this process as the kernel does: a page that is not there is an error (`EFAULT`)
/// and no signal. process_vm_readv(2)
///
/// # Safety
/// `target` is memory of the caller's of `len` bytes.
pub(super) unsafe fn read_own_memory(
    source: *const u8,
    target: *mut u8,
    len: usize,
) -> io::Result<usize> {
    let local = libc::iovec {
        iov_base: target.cast(),
        iov_len: len,
    };
    let remote = libc::iovec {
        iov_base: source.cast_mut().cast(),
        iov_len: len,
    };
    // SAFETY: the kernel checks the source; the target is the caller's promise.
    let copied = unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) };
    usize::try_from(copied).map_err(|_| io::Error::last_os_error())
}

/// The same in the other direction. process_vm_writev(2)
///
/// # Safety
/// `source` is memory of the caller's of `len` bytes, and what lies at `target` may be written.
pub(super) unsafe fn write_own_memory(
    source: *const u8,
    target: *mut u8,
    len: usize,
) -> io::Result<usize> {
    let local = libc::iovec {
        iov_base: source.cast_mut().cast(),
        iov_len: len,
    };
    let remote = libc::iovec {
        iov_base: target.cast(),
        iov_len: len,
    };
    // SAFETY: the kernel checks the target; that it may be written is the caller's promise.
    let copied = unsafe { libc::process_vm_writev(libc::getpid(), &local, 1, &remote, 1, 0) };
    usize::try_from(copied).map_err(|_| io::Error::last_os_error())
}

/// Makes a file longer, with room for the new bytes. fallocate(2)
pub(super) fn fallocate(file: BorrowedFd<'_>, offset: u64, len: u64) -> io::Result<()> {
    let number = |value: u64| {
        value
            .try_into()
            .map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))
    };
    let (offset, len) = (number(offset)?, number(len)?);
    // SAFETY: takes plain numbers; the descriptor is open.
    check(unsafe { libc::fallocate(file.as_raw_fd(), 0, offset, len) }).map(drop)
}

/// Gives memory back. munmap(2)
///
/// # Safety
/// The range is whole pages that the caller owns, and nothing uses it any more. An empty range
/// is left alone.
pub(super) unsafe fn munmap(base: NonNull<u8>, len: usize) {
    if len != 0 {
        // SAFETY: the caller's promise. It fails only for a range that is not pages, which the
        // promise excludes.
        unsafe { libc::munmap(base.as_ptr().cast(), len) };
    }
}

/// Where an entry of a directory is: by its whole path, or within a directory that is open, whatever
/// comes to lie under the path of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'p> {
    directory: Option<BorrowedFd<'p>>,
    path: &'p CStr,
}

impl<'p> Spot<'p> {
    pub(super) fn within(directory: BorrowedFd<'p>, file_name: &'p CStr) -> Spot<'p> {
        Spot {
            directory: Some(directory),
            path: file_name,
        }
    }

    fn directory(&self) -> c_int {
        self.directory
            .map_or(libc::AT_FDCWD, |directory| directory.as_raw_fd())
    }
}

impl<'p> From<&'p CStr> for Spot<'p> {
    fn from(path: &'p CStr) -> Spot<'p> {
        Spot {
            directory: None,
            path,
        }
    }
}

/// Publishes a text in a place that is free. symlinkat(2)
pub(super) fn symlink(text: &CStr, spot: Spot<'_>) -> io::Result<()> {
    // SAFETY: both are NUL-terminated for the length of the call, as long as the directory is open.
    check(unsafe { libc::symlinkat(text.as_ptr(), spot.directory(), spot.path.as_ptr()) }).map(drop)
}

/// Reads the text in a place into `buffer`. readlinkat(2)
pub(super) fn readlink<'b>(spot: Spot<'_>, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let room = buffer.len();
    let bytes = buffer.as_mut_ptr().cast();
    // SAFETY: the path is NUL-terminated and the kernel writes at most the length given.
    let len = unsafe { libc::readlinkat(spot.directory(), spot.path.as_ptr(), bytes, room) };
    match usize::try_from(len) {
        Ok(len) => Ok(&buffer[..len]),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Removes an entry that is no directory. unlinkat(2)
pub(super) fn unlink(spot: Spot<'_>) -> io::Result<()> {
    // SAFETY: the path is NUL-terminated for the length of the call.
    check(unsafe { libc::unlinkat(spot.directory(), spot.path.as_ptr(), 0) }).map(drop)
}

/// What a path is, without following a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileStat {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) inode: u64,
    pub(super) links: u64,
}

impl FileStat {
    pub(super) fn is_dir(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFDIR
    }

    pub(super) fn is_file(&self) -> bool {
        self.mode & libc::S_IFMT == libc::S_IFREG
    }
}

fn file_stat(fill: impl FnOnce(*mut libc::stat) -> c_int) -> io::Result<FileStat> {
    let mut raw = MaybeUninit::<libc::stat>::zeroed();
    check(fill(raw.as_mut_ptr()))?;
    // SAFETY: all zero is a valid `stat`, and the kernel wrote plain numbers over it.
    let raw = unsafe { raw.assume_init() };
    #[allow(
        clippy::useless_conversion,
        reason = "the width differs by architecture"
    )]
    let links = raw.st_nlink.into();
    Ok(FileStat {
        mode: raw.st_mode,
        uid: raw.st_uid,
        inode: raw.st_ino,
        links,
    })
}

/// What lies under a path, a link itself included. lstat(2)
pub(super) fn lstat(path: &CStr) -> io::Result<FileStat> {
    // SAFETY: the path is NUL-terminated and the buffer is a `stat`.
    file_stat(|raw| unsafe { libc::lstat(path.as_ptr(), raw) })
}

/// What a path leads to. stat(2)
pub(super) fn stat(path: &CStr) -> io::Result<FileStat> {
    // SAFETY: the path is NUL-terminated and the buffer is a `stat`.
    file_stat(|raw| unsafe { libc::stat(path.as_ptr(), raw) })
}

/// What an open file is. fstat(2)
pub(super) fn fstat(file: BorrowedFd<'_>) -> io::Result<FileStat> {
    // SAFETY: the descriptor is open and the buffer is a `stat`.
    file_stat(|raw| unsafe { libc::fstat(file.as_raw_fd(), raw) })
}

/// Whether an open file consists of pages of a pool, as those of hugetlbfs do. fstatfs(2)
pub(super) fn is_of_pool(file: BorrowedFd<'_>) -> io::Result<bool> {
    let mut raw = MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: the descriptor is open and the buffer is a `statfs`.
    check(unsafe { libc::fstatfs(file.as_raw_fd(), raw.as_mut_ptr()) })?;
    // SAFETY: all zero is a valid `statfs`, and the kernel wrote plain numbers over it.
    let kind = unsafe { raw.assume_init() }.f_type;
    #[allow(clippy::unnecessary_cast, reason = "the width differs by architecture")]
    Ok(kind as u32 == libc::HUGETLBFS_MAGIC as u32)
}

/// Makes a directory that only its owner may use. mkdir(2)
pub(super) fn mkdir_private(path: &CStr) -> io::Result<()> {
    // SAFETY: the path is NUL-terminated for the length of the call.
    check(unsafe { libc::mkdir(path.as_ptr(), 0o700) }).map(drop)
}

/// Removes an empty directory. rmdir(2)
pub(super) fn rmdir(path: &CStr) -> io::Result<()> {
    // SAFETY: the path is NUL-terminated for the length of the call.
    check(unsafe { libc::rmdir(path.as_ptr()) }).map(drop)
}

/// Gives what is open to a user. fchown(2)
pub(super) fn fchown(file: BorrowedFd<'_>, uid: u32) -> io::Result<()> {
    // SAFETY: takes plain numbers; the descriptor is open.
    check(unsafe { libc::fchown(file.as_raw_fd(), uid, libc::gid_t::MAX) }).map(drop)
}

/// Renames, unless the new name is taken. renameat2(2)
pub(super) fn rename_no_replace(from: Spot<'_>, to: Spot<'_>) -> io::Result<()> {
    // SAFETY: both paths are NUL-terminated for the length of the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            from.directory(),
            from.path.as_ptr(),
            to.directory(),
            to.path.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    check(if result == -1 { -1 } else { 0 }).map(drop)
}

/// Opens a file that is no link for reading and writing. openat(2)
pub(super) fn open_file(path: &CStr) -> io::Result<OwnedFd> {
    open(
        path.into(),
        libc::O_RDWR | libc::O_NOFOLLOW | libc::O_NONBLOCK,
    )
}

/// Makes an empty file that only its owner may use; `EEXIST` where something is there. openat(2)
pub(super) fn create_file(spot: Spot<'_>) -> io::Result<OwnedFd> {
    open(
        spot,
        libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW,
    )
}

/// Opens a directory that is no link itself, so that it can be given away. openat(2)
pub(super) fn open_directory(path: &CStr) -> io::Result<OwnedFd> {
    open(path.into(), libc::O_DIRECTORY | libc::O_NOFOLLOW)
}

/// Holds on to a directory that is no link itself, as a [`Spot`] wants it. openat(2), O_PATH
pub(super) fn hold_directory(path: &CStr) -> io::Result<OwnedFd> {
    open(
        path.into(),
        libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW,
    )
}

/// The same of a directory that a link may lead to. openat(2), O_PATH
pub(super) fn hold_directory_behind(path: &CStr) -> io::Result<OwnedFd> {
    open(path.into(), libc::O_PATH | libc::O_DIRECTORY)
}

/// Holds on to a link itself. Its text lies at the empty path within it. openat(2), O_PATH
pub(super) fn hold_link(spot: Spot<'_>) -> io::Result<OwnedFd> {
    open(spot, libc::O_PATH | libc::O_NOFOLLOW)
}

fn open(spot: Spot<'_>, flags: c_int) -> io::Result<OwnedFd> {
    let flags = flags | libc::O_CLOEXEC;
    // SAFETY: the path is NUL-terminated for the length of the call.
    let file = check(unsafe { libc::openat(spot.directory(), spot.path.as_ptr(), flags, 0o600) })?;
    // SAFETY: the call just made this descriptor, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(file) })
}

/// Takes the lock on one byte of a file, without waiting, or gives it up. It belongs to the open
/// file, and may lie where the file has no byte. fcntl(2), F_OFD_SETLK
pub(super) fn lock_byte(file: BorrowedFd<'_>, at: i64, kind: c_int) -> io::Result<()> {
    let mut lock = MaybeUninit::<libc::flock>::zeroed();
    // SAFETY: all zero is a valid `flock`, and means the whole file by nobody.
    let lock = unsafe {
        let lock = lock.assume_init_mut();
        #[allow(clippy::unnecessary_cast, reason = "the width differs by system")]
        {
            lock.l_type = kind as libc::c_short;
            lock.l_whence = libc::SEEK_SET as libc::c_short;
        }
        lock.l_start = at;
        lock.l_len = 1;
        lock
    };
    // SAFETY: the descriptor is open, and the kernel reads one `flock`.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, ptr::from_mut(lock)) })
        .map(drop)
}

/// Asks for a lease that the kernel grants only while nobody else anywhere has the file open or
/// mapped; `EAGAIN` otherwise. It takes the owner of the file or root. fcntl(2), F_SETLEASE
///
/// Whoever opens the file meanwhile waits for [`give_up_lease`], and this process gets a signal
/// that it ignores unless it has asked for it.
pub(super) fn take_lease(file: BorrowedFd<'_>) -> io::Result<()> {
    // <fcntl.h>: not in every version of the libc crate.
    const F_SETSIG: c_int = 10;
    // SAFETY: takes plain numbers; the descriptor is open.
    check(unsafe { libc::fcntl(file.as_raw_fd(), F_SETSIG, libc::SIGURG) })?;
    // SAFETY: as above.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) }).map(drop)
}

/// Gives the lease back. fcntl(2), F_SETLEASE
pub(super) fn give_up_lease(file: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes plain numbers; the descriptor is open.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) }).map(drop)
}

/// The user that the kernel judges this process by. geteuid(2)
pub(super) fn effective_uid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether no process has this id. kill(2)
pub(super) fn process_is_gone(pid: u32) -> bool {
    let Ok(pid) = libc::pid_t::try_from(pid) else {
        return false;
    };
    // SAFETY: signal 0 only asks.
    let result = check(unsafe { libc::kill(pid, 0) });
    matches!(result, Err(error) if error.raw_os_error() == Some(libc::ESRCH))
}

/// Whether this program runs with more rights than its caller (set-uid). getauxval(3)
pub(super) fn has_raised_privilege() -> bool {
    // SAFETY: takes and returns plain numbers.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// The size of a page in bytes. sysconf(3)
pub(crate) fn page_size() -> usize {
    // SAFETY: takes and returns plain numbers.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

/// A queue of file events. inotify_init1(2)
pub(super) fn inotify() -> io::Result<OwnedFd> {
    // SAFETY: takes a plain number.
    let file = check(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
    // SAFETY: the call just made this descriptor, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(file) })
}

/// Asks for an event when an entry appears in a directory or the directory goes.
/// inotify_add_watch(2)
pub(super) fn watch_directory(queue: BorrowedFd<'_>, path: &CStr) -> io::Result<()> {
    let events = libc::IN_CREATE
        | libc::IN_MOVED_TO
        | libc::IN_DELETE_SELF
        | libc::IN_MOVE_SELF
        | libc::IN_ONLYDIR;
    // SAFETY: the queue is open and the path is NUL-terminated for the length of the call.
    check(unsafe { libc::inotify_add_watch(queue.as_raw_fd(), path.as_ptr(), events) }).map(drop)
}

/// Throws away the events that have come. read(2)
pub(super) fn drain(queue: BorrowedFd<'_>) {
    let mut buffer = [0u8; 4096];
    loop {
        // SAFETY: the kernel writes at most the length of the buffer.
        let len =
            unsafe { libc::read(queue.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        if len <= 0 {
            return;
        }
    }
}

/// Waits until the file can be read, for at most `milliseconds` (negative: for ever). poll(2)
pub(super) fn poll_readable(file: BorrowedFd<'_>, milliseconds: c_int) -> io::Result<()> {
    let mut poll = libc::pollfd {
        fd: file.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one `pollfd` is given, and its length says so.
    match check(unsafe { libc::poll(&mut poll, 1, milliseconds) }) {
        Err(error) if error.raw_os_error() != Some(libc::EINTR) => Err(error),
        _ => Ok(()),
    }
}
