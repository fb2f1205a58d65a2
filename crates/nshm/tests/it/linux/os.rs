//! The system calls of these tests that `std` does not have; the only file here with `unsafe`.

use std::ffi::{CString, c_int};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicU64;

use crate::support::World;

fn check(result: c_int) -> io::Result<c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// The user that the kernel judges this process by.
pub(crate) fn uid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

fn gid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getegid() }
}

pub(crate) fn is_root() -> bool {
    uid() == 0
}

/// An IPC namespace of its own: its segments and its `kernel.shm*` are nobody else's.
pub(crate) const OWN_IPC: World = World {
    what: "IPC namespace of one's own",
    enter: |command| enter(command, libc::CLONE_NEWIPC),
};

/// The same with a mount namespace, in which `/dev/shm` may be anything.
pub(crate) const OWN_IPC_AND_MOUNTS: World = World {
    what: "mount namespace of one's own",
    enter: |command| {
        command.env("NSHM_DIR", "/dev/shm");
        enter(command, libc::CLONE_NEWIPC | libc::CLONE_NEWNS);
    },
};

/// Puts a new process into another IPC namespace.
pub(crate) fn enter_another_ipc(command: &mut Command) {
    enter(command, libc::CLONE_NEWIPC);
}

/// Root may have new namespaces; others get them within a user namespace, where the system
/// allows that, as root of it.
fn enter(command: &mut Command, namespaces: c_int) {
    let [uid_map, gid_map] = [uid(), gid()].map(|id| format!("0 {id} 1"));
    let prepare = move || unshare(namespaces, &uid_map, &gid_map);
    // SAFETY: between fork and exec this makes system calls only: the texts are made already, and
    // std puts such short paths on the stack.
    unsafe { command.pre_exec(prepare) };
}

/// Takes this process into new namespaces; in a user namespace with these users and groups, if it
/// needs one for that.
fn unshare(namespaces: c_int, uid_map: &str, gid_map: &str) -> io::Result<()> {
    // SAFETY: takes a plain number, and concerns this process alone.
    if unsafe { libc::unshare(namespaces) } == 0 {
        return Ok(());
    }
    // SAFETY: as above.
    check(unsafe { libc::unshare(namespaces | libc::CLONE_NEWUSER) })?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", uid_map)?;
    std::fs::write("/proc/self/gid_map", gid_map)
}

/// Puts this thread alone into another IPC namespace, for good.
pub(crate) fn leave_ipc_namespace() -> io::Result<()> {
    // SAFETY: takes a plain number, and concerns this thread alone.
    check(unsafe { libc::unshare(libc::CLONE_NEWIPC) }).map(drop)
}

/// Mounts a small memory file system over a directory of this mount namespace.
pub(crate) fn mount_tmpfs(over: &str, options: &str) -> io::Result<()> {
    let over = CString::new(over).unwrap();
    let options = CString::new(options).unwrap();
    let nothing = std::ptr::null();
    // SAFETY: all texts end with NUL; the call concerns mounts only.
    check(unsafe {
        let flags = libc::MS_REC | libc::MS_PRIVATE;
        libc::mount(nothing, c"/".as_ptr(), nothing, flags, std::ptr::null())
    })?;
    // SAFETY: as above.
    check(unsafe {
        let tmpfs = c"tmpfs".as_ptr();
        libc::mount(tmpfs, over.as_ptr(), tmpfs, 0, options.as_ptr().cast())
    })
    .map(drop)
}

/// A child of fork that has not been waited for.
pub(crate) struct Forked(libc::pid_t);

/// How a forked child ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exit(c_int),
    Signal(c_int),
}

/// Forks; the child runs `child` and is gone without any clean-up of this process, like one that
/// calls `_exit`.
pub(crate) fn fork(child: impl FnOnce() -> c_int) -> Forked {
    // SAFETY: the C library keeps its own locks usable in the child; the child does little, takes
    // no lock of ours and never returns from here.
    match check(unsafe { libc::fork() }).unwrap() {
        0 => {
            let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(code.unwrap_or(101)) }
        }
        pid => Forked(pid),
    }
}

impl Forked {
    pub(crate) fn id(&self) -> u32 {
        self.0.cast_unsigned()
    }

    /// Waits for its end. The time for that is the test's.
    pub(crate) fn wait(self) -> End {
        let mut status = 0;
        loop {
            // SAFETY: `status` is what the call writes to.
            match check(unsafe { libc::waitpid(self.0, &mut status, 0) }) {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
        if libc::WIFSIGNALED(status) {
            End::Signal(libc::WTERMSIG(status))
        } else {
            End::Exit(libc::WEXITSTATUS(status))
        }
    }
}

/// Closes a child's copy of a file that is the parent's affair.
pub(crate) fn close_copy(file: &impl AsRawFd) {
    // SAFETY: the child ends without using or dropping it.
    check(unsafe { libc::close(file.as_raw_fd()) }).unwrap();
}

/// Sends a signal to a process that the test started.
pub(crate) fn signal(pid: u32, signal: c_int) {
    // SAFETY: takes plain numbers.
    check(unsafe { libc::kill(pid.cast_signed(), signal) }).unwrap();
}

/// Writes a byte to an address, past everything that Rust knows. For a child of [`fork`], which
/// may die of it.
pub(crate) fn poke(address: *const u8) {
    // SAFETY: sets this process's reaction back to what the kernel does by itself.
    unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
    // SAFETY: the page is of a section, whose bytes Rust has no reference to, or it is read-only
    // and the process, a forked child, dies.
    unsafe { std::arch::asm!("mov byte ptr [{0}], 1", in(reg) address) };
}

/// Reads a byte at an address, likewise.
pub(crate) fn peek(address: *const u8) -> u8 {
    // SAFETY: the caller's address is that of a view which is alive.
    unsafe { address.read_volatile() }
}

/// Asks the kernel to let this process write to pages.
pub(crate) fn make_writable(address: *const u8, len: usize) -> io::Result<()> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: more permission breaks no promise: nothing is read or written here.
    check(unsafe { libc::mprotect(address.cast_mut().cast(), len, protection) }).map(drop)
}

/// Takes the locks on all names of a user's directory, and holds them while the file is open.
pub(crate) fn lock(dir: &Path) -> File {
    // No length: up to the end.
    lock_part(dir, 0, 0)
}

/// Takes the lock on one byte, likewise.
pub(crate) fn lock_byte(dir: &Path, at: i64) -> File {
    lock_part(dir, at, 1)
}

fn lock_part(dir: &Path, at: i64, len: i64) -> File {
    let path = dir.join(".lock");
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path).unwrap();
    // SAFETY: all zero is a valid `flock`.
    let mut lock = unsafe { std::mem::zeroed::<libc::flock>() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    lock.l_start = at;
    lock.l_len = len;
    // SAFETY: the descriptor is open, and the kernel reads one `flock`.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut lock) }).unwrap();
    file
}

/// Makes a segment by hand: the id.
pub(crate) fn raw_segment(key: i32, len: usize, mode: c_int) -> io::Result<i32> {
    // SAFETY: takes and returns plain numbers.
    check(unsafe { libc::shmget(key, len, mode | libc::IPC_CREAT | libc::IPC_EXCL) })
}

/// Attaches a segment by hand, for the rest of this process: the address.
pub(crate) fn attach_raw_segment(id: i32) -> io::Result<*const u8> {
    // SAFETY: with a null address nothing that exists is replaced.
    let address = unsafe { libc::shmat(id, std::ptr::null(), 0) };
    if address.addr() == usize::MAX {
        return Err(io::Error::last_os_error());
    }
    Ok(address.cast_const().cast())
}

/// Addresses without memory, at a multiple of `alignment`, and the first byte behind them, which
/// belongs to this process and holds 42.
pub(crate) fn hole_before_memory(alignment: usize, hole: usize) -> (usize, *const u8) {
    let both = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let nothing = std::ptr::null_mut();
    // SAFETY: with a null address nothing that exists is replaced.
    let all = unsafe { libc::mmap(nothing, 4 * alignment, both, flags, -1, 0) };
    assert_ne!(all.addr(), usize::MAX, "{}", io::Error::last_os_error());
    let skipped = all.addr().next_multiple_of(alignment) - all.addr();
    // SAFETY: the pages are within what was just mapped, which nobody else knows.
    unsafe {
        let begin = all.byte_add(skipped);
        check(libc::munmap(begin, hole)).unwrap();
        let behind = begin.byte_add(hole).cast::<u8>();
        behind.write_volatile(42);
        (begin.addr(), behind)
    }
}

/// A file without a name in pages of a pool.
pub(crate) fn pool_file() -> io::Result<File> {
    // SAFETY: the name ends with NUL.
    let file = check(unsafe { libc::memfd_create(c"pool".as_ptr(), libc::MFD_HUGETLB) })?;
    // SAFETY: the call just made this descriptor, so nobody else owns it.
    Ok(unsafe { File::from_raw_fd(file) })
}

/// Sends a file to a socket from which nobody has fetched it yet, and closes it here. It is open
/// while that socket is.
pub(crate) fn send_to_nobody(file: File) -> [UnixStream; 2] {
    let (sender, receiver) = UnixStream::pair().unwrap();
    let mut byte = [0u8];
    let mut part = libc::iovec {
        iov_base: byte.as_mut_ptr().cast(),
        iov_len: 1,
    };
    let mut control = [0u64; 8];
    // SAFETY: all zero is a valid `msghdr`.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    let len = size_of::<c_int>() as u32;
    // SAFETY: takes plain numbers; the buffer has room for one descriptor, as it is aligned for
    // the header.
    unsafe {
        message.msg_controllen = libc::CMSG_SPACE(len) as _;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(len) as _;
        libc::CMSG_DATA(header)
            .cast::<c_int>()
            .write_unaligned(file.as_raw_fd());
        assert_eq!(libc::sendmsg(sender.as_raw_fd(), &message, 0), 1);
    }
    [sender, receiver]
}

/// Removes a segment by hand.
pub(crate) fn remove_raw_segment(id: i32) -> io::Result<()> {
    // SAFETY: IPC_RMID does not touch the buffer.
    check(unsafe { libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()) }).map(drop)
}

/// Gives a directory entry to another user, a link itself included.
pub(crate) fn give_to(path: &Path, uid: u32) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the path ends with NUL.
    check(unsafe { libc::lchown(path.as_ptr(), uid, uid) }).unwrap();
}

/// Makes a directory like `/dev/shm`: everybody may make entries, and nobody remove another's.
pub(crate) fn open_to_all(dir: &Path) {
    set_mode(dir, 0o1777);
}

/// Swaps what lies under two paths, at once.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    let path = |path: &Path| CString::new(path.as_os_str().as_bytes());
    let (one, other) = (path(one)?, path(other)?);
    let here = libc::AT_FDCWD;
    // SAFETY: both paths are NUL-terminated for the length of the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            here,
            one.as_ptr(),
            here,
            other.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    check(if result == -1 { -1 } else { 0 }).map(drop)
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs a new process as another user and group, for good.
pub(crate) fn become_user(uid: u32, gid: u32) -> impl Fn(&mut Command) {
    move |command| {
        let prepare = move || {
            // SAFETY: the list is empty and its length says so.
            check(unsafe { libc::setgroups(0, std::ptr::null()) })?;
            // SAFETY: takes plain numbers.
            check(unsafe { libc::setgid(gid) })?;
            // SAFETY: takes plain numbers.
            check(unsafe { libc::setuid(uid) }).map(drop)
        };
        // SAFETY: between fork and exec this makes system calls only.
        unsafe { command.pre_exec(prepare) };
    }
}

/// One line of `/proc/sysvipc/shm`.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) key: i32,
    pub(crate) id: i32,
    pub(crate) mode: u32,
    pub(crate) creator: u32,
    pub(crate) attached: u64,
    pub(crate) born: u64,
}

/// Every segment of this IPC namespace.
pub(crate) fn segments() -> Vec<Line> {
    let table = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let lines = table.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Line {
            key: fields[0].parse().unwrap(),
            id: fields[1].parse().unwrap(),
            mode: u32::from_str_radix(fields[2], 8).unwrap(),
            creator: fields[4].parse().unwrap(),
            attached: fields[6].parse().unwrap(),
            born: fields[13].parse().unwrap(),
        }
    });
    lines.collect()
}

/// What is known of one segment.
pub(crate) fn segment(id: i32) -> Option<Line> {
    segments().into_iter().find(|line| line.id == id)
}

/// Whether the mapping at an address has a flag in `/proc/self/smaps`, `dd` for example.
pub(crate) fn has_flag(address: *const u8, flag: &str) -> bool {
    let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut inside = false;
    for line in text.lines() {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if inside {
                return flags.split_whitespace().any(|it| it == flag);
            }
        } else if let Some((from, rest)) = line.split_once('-')
            && let Some((to, _)) = rest.split_once(' ')
            && let (Ok(from), Ok(to)) = (
                usize::from_str_radix(from, 16),
                usize::from_str_radix(to, 16),
            )
        {
            inside = (from..to).contains(&address.addr());
        }
    }
    panic!("{address:p} is not mapped")
}

/// The words of a segment that is attached by hand, for who tampers with them.
pub(crate) fn words_of(address: *const u8, len: usize) -> &'static [AtomicU64] {
    // SAFETY: the segment is attached for the rest of this process and has that length, at a page;
    // whatever else writes there, these are atomics.
    unsafe { std::slice::from_raw_parts(address.cast(), len / 8) }
}

/// A robust mutex of the C library, in memory that forked children share.
pub(crate) struct RobustMutex(*mut libc::pthread_mutex_t);

impl RobustMutex {
    pub(crate) fn new() -> Self {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: new memory, for the rest of the process, that is larger than a mutex; it and its
        // attributes are initialised before they are used.
        unsafe {
            let mutex = libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0).cast();
            let mut attributes = std::mem::zeroed();
            libc::pthread_mutexattr_init(&mut attributes);
            libc::pthread_mutexattr_setrobust(&mut attributes, libc::PTHREAD_MUTEX_ROBUST);
            libc::pthread_mutexattr_setpshared(&mut attributes, libc::PTHREAD_PROCESS_SHARED);
            assert_eq!(libc::pthread_mutex_init(mutex, &attributes), 0);
            RobustMutex(mutex)
        }
    }

    /// What `pthread_mutex_lock` gives.
    pub(crate) fn lock(&self) -> c_int {
        // SAFETY: the mutex was initialised.
        unsafe { libc::pthread_mutex_lock(self.0) }
    }

    pub(crate) fn unlock(&self) {
        // SAFETY: the mutex was initialised and is locked by this thread.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.0) }, 0);
    }
}

/// From now on children of this process are in a PID namespace of their own.
pub(crate) fn put_children_in_a_pid_namespace() -> io::Result<()> {
    // SAFETY: takes a plain number and concerns the children of this process.
    check(unsafe { libc::unshare(libc::CLONE_NEWPID) }).map(drop)
}

/// Starts a command as the first process of a PID namespace of its own, as the user that it is.
pub(crate) fn in_another_pid_namespace(command: &mut Command) {
    let [uid_map, gid_map] = [uid(), gid()].map(|id| format!("{id} {id} 1"));
    let begin = move || {
        unshare(libc::CLONE_NEWPID, &uid_map, &gid_map)?;
        // SAFETY: between fork and exec this process has one thread.
        match check(unsafe { libc::fork() })? {
            0 => {
                // SAFETY: takes plain numbers; the child goes with its parent.
                check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) }).map(drop)
            }
            child => {
                let mut status = 0;
                // SAFETY: waits for that child, then ends at once, as it did. Of all files it keeps
                // none by which others wait for the exec or the end of that child.
                unsafe {
                    libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
                    libc::waitpid(child, &mut status, 0);
                    libc::_exit(libc::WEXITSTATUS(status))
                }
            }
        }
    };
    // SAFETY: as in `enter`.
    unsafe { command.pre_exec(begin) };
}

/// What the kernel is to look at when this thread ends, beside its list of locks: `list_op_pending` of
/// get_robust_list(2), which is zero where nothing is under way.
pub(crate) fn will() -> usize {
    let mut head = std::ptr::null::<[usize; 3]>();
    let mut len = 0_usize;
    // SAFETY: the kernel writes a pointer and a length into the two.
    let asked = unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &mut head, &mut len) };
    assert_eq!(asked, 0);
    // SAFETY: the C library keeps the head as long as the thread, and changes it by this thread only.
    let [_, _, pending] = unsafe { head.read_volatile() };
    pending
}

/// The id of the calling thread.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: nothing is handed over.
    unsafe { libc::gettid() }.cast_unsigned()
}

/// Waits until a thread of this process sleeps on a word, or several. Whether they are several.
pub(crate) fn await_sleep(thread: u32) -> bool {
    let path = format!("/proc/self/task/{thread}/syscall");
    let calls = [libc::SYS_futex, libc::SYS_futex_waitv].map(|number| format!("{number} "));
    loop {
        let call = fs::read_to_string(&path).unwrap_or_default();
        if let Some(index) = calls.iter().position(|number| call.starts_with(number)) {
            return index == 1;
        }
        std::thread::yield_now();
    }
}
