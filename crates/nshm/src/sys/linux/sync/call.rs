//! The system calls for waiting, one thin function each, and the clock that they go by.

use std::ffi::{c_int, c_long};
use std::io;
use std::ptr::{self, NonNull};
use std::time::Duration;

/// The half of a word that threads sleep on.
pub(super) type FutexAddress = NonNull<u32>;

/// `struct robust_list_head` of <linux/futex.h>: what the kernel looks at when a thread ends.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RobustList {
    /// The first entry, or this head itself. The lowest bit of a pointer says that the entry is
    /// of another kind of lock.
    pub(super) first: usize,
    /// From an entry to its futex.
    pub(super) futex_offset: c_long,
    /// An entry that is being put in or taken out, or zero.
    pub(super) pending: usize,
}

fn check(result: c_long) -> io::Result<c_long> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        #[allow(clippy::unnecessary_cast, reason = "the width differs by architecture")]
        tv_nsec: time.subsec_nanos() as _,
    }
}

/// The time since some beginning, without the time in which the system slept. clock_gettime(2)
pub(super) fn now() -> Duration {
    let mut time = timespec(Duration::ZERO);
    // SAFETY: the clock exists on every Linux, and the buffer is a `timespec`.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sleeps while a futex has that value, until a moment of [`now`]'s clock. futex(2),
/// FUTEX_WAIT_BITSET
pub(super) fn futex_wait(
    futex: FutexAddress,
    value: u32,
    until: Option<Duration>,
) -> io::Result<()> {
    let until = until.map(timespec);
    let until = until.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the kernel reads the futex, and fails where there is no memory; the time is null or
    // a `timespec` that lives through the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_futex,
            futex.as_ptr(),
            libc::FUTEX_WAIT_BITSET,
            value,
            until,
            ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        )
    })
    .map(drop)
}

/// One of several futexes to sleep on: `struct futex_waitv` of <linux/futex.h>.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct FutexWait {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

impl FutexWait {
    pub(super) fn new(futex: FutexAddress, value: u32) -> Self {
        /// A futex of 32 bits that processes share.
        const FUTEX2_SIZE_U32: u32 = 2;
        FutexWait {
            value: value.into(),
            address: futex.addr().get() as u64,
            flags: FUTEX2_SIZE_U32,
            reserved: 0,
        }
    }
}

/// Sleeps while each futex has its value, until a moment of [`now`]'s clock; gives the index of one at which
/// it was woken. Linux 5.16. futex_waitv(2)
pub(super) fn futex_waitv(waits: &[FutexWait], until: Option<Duration>) -> io::Result<usize> {
    let until = until.map(timespec);
    let until = until.as_ref().map_or(ptr::null(), ptr::from_ref);
    let count = u32::try_from(waits.len()).unwrap_or(u32::MAX);
    // SAFETY: the kernel reads that many entries, and the futexes that they name, and fails where
    // there is no memory; the time is null or a `timespec` that lives through the call.
    check(unsafe {
        libc::syscall(
            libc::SYS_futex_waitv,
            waits.as_ptr(),
            count,
            0,
            until,
            libc::CLOCK_MONOTONIC,
        )
    })
    .map(|index| usize::try_from(index).unwrap_or(0))
}

/// Wakes that many of those who sleep on a futex, and says how many that were. futex(2), FUTEX_WAKE
pub(super) fn futex_wake(futex: FutexAddress, count: u32) -> u32 {
    let count = c_int::try_from(count).unwrap_or(c_int::MAX);
    // SAFETY: the address only names a queue. It fails only where there is no memory, and then
    // nobody sleeps there.
    let woken = unsafe { libc::syscall(libc::SYS_futex, futex.as_ptr(), libc::FUTEX_WAKE, count) };
    u32::try_from(woken).unwrap_or(0)
}

/// Whether this thread may run on one CPU only. sched_getaffinity(2)
pub(super) fn is_bound_to_one_cpu() -> bool {
    // SAFETY: all zero is an empty set.
    let mut set = unsafe { std::mem::zeroed::<libc::cpu_set_t>() };
    // SAFETY: the kernel writes at most that many bytes into the set, and fails for more CPUs than
    // it has room for, which then are more than one.
    check(unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) }.into()).is_ok_and(
        |_| {
            // SAFETY: counts the bits of the set.
            unsafe { libc::CPU_COUNT(&set) == 1 }
        },
    )
}

/// How many CPUs run; 0 where the system does not tell. sysconf(3)
pub(super) fn online_cpus() -> c_long {
    // SAFETY: only asks.
    unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }.max(0)
}

/// The id of this thread, in its PID namespace. gettid(2)
pub(super) fn gettid() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::gettid() }.cast_unsigned()
}

/// Whether this process has no thread of that id. tgkill(2)
pub(super) fn thread_is_gone(id: u32) -> bool {
    let id = c_long::from(id);
    // SAFETY: signal 0 only asks.
    let result = check(unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), id, 0) });
    matches!(result, Err(error) if error.raw_os_error() == Some(libc::ESRCH))
}

/// Whether no process that this one can see has a thread of that id. tkill(2)
pub(super) fn nobody_has_id(id: u32) -> bool {
    // SAFETY: signal 0 only asks.
    let result = check(unsafe { libc::syscall(libc::SYS_tkill, c_long::from(id), 0) });
    matches!(result, Err(error) if error.raw_os_error() == Some(libc::ESRCH))
}

/// The robust list of this thread; `None` where it has registered none. get_robust_list(2)
pub(super) fn get_robust_list() -> Option<NonNull<RobustList>> {
    let mut head: *mut RobustList = ptr::null_mut();
    let mut len: usize = 0;
    // SAFETY: the kernel writes a pointer and a length into the two.
    let result = check(unsafe {
        libc::syscall(
            libc::SYS_get_robust_list,
            0,
            ptr::from_mut(&mut head),
            ptr::from_mut(&mut len),
        )
    });
    result.ok()?;
    NonNull::new(head).filter(|_| len == size_of::<RobustList>())
}

/// Makes the C library register the robust list of this thread, if it does so with the first
/// robust mutex only. pthread_mutex_lock(3)
pub(super) fn use_robust_mutex() {
    // SAFETY: the mutex and its attributes are this function's own, made before they are used and
    // unmade afterwards; where one step fails the following ones fail as well and change nothing.
    unsafe {
        let mut attributes = std::mem::zeroed::<libc::pthread_mutexattr_t>();
        let mut mutex = std::mem::zeroed::<libc::pthread_mutex_t>();
        libc::pthread_mutexattr_init(&mut attributes);
        libc::pthread_mutexattr_setrobust(&mut attributes, libc::PTHREAD_MUTEX_ROBUST);
        libc::pthread_mutex_init(&mut mutex, &attributes);
        if libc::pthread_mutex_lock(&mut mutex) == 0 {
            libc::pthread_mutex_unlock(&mut mutex);
        }
        libc::pthread_mutex_destroy(&mut mutex);
        libc::pthread_mutexattr_destroy(&mut attributes);
    }
}

/// Has a function called in every child that this process forks. pthread_atfork(3)
pub(super) fn at_fork(in_child: unsafe extern "C" fn()) {
    // SAFETY: the function lives as long as the program and, as its caller sees to, may run in a
    // child of a process with several threads.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}
