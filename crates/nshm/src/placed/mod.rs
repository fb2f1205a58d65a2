//! Primitives that live inside a section, next to the data that they are for.
//!
//! An [`Event`], a [`Mutex`], a [`Semaphore`], an [`RwLock`] or a [`Condvar`] takes some bytes at an
//! offset that the program chooses (its `SIZE`, at a multiple of [`ALIGN`]), and is there for whoever
//! maps the section for writing. It has no name and needs no call to be opened, and it lives as long
//! as the memory does: a semaphore keeps its count while nobody uses it.
//!
//! Bytes that are zero are a primitive that nobody has made yet. `at` makes it, or finds the one that
//! is there: the first one decides what it is like. Whoever is killed half-way leaves either nothing
//! or a whole one.
//!
//! They are robust against the death of whoever holds them or waits for them, by any way to end a
//! thread or a process (but one, see below), at any instruction. Who locks a [`Mutex`] whose owner has
//! died is [told](MutexGuard::is_abandoned), once; nobody waits for somebody who is gone.
//!
//! Another process may write into a primitive as into any byte of the section. Then it may say what
//! is not so, or `Corrupt`; it is never undefined behaviour, and no wait takes longer than it may.
//!
//! They cannot be waited for together with other objects ([`wait_any`](crate::wait_any)): for that
//! there are those with a name.
//!
//! ```
//! use nshm::placed::Mutex;
//!
//! # fn main() -> nshm::Result<()> {
//! let section = nshm::Section::anonymous(4096)?;
//! let view = section.map()?;
//! // Every process that shares the section does the same.
//! let mutex = Mutex::at(&view, 0)?;
//! let guard = mutex.lock()?;
//! let count: u64 = view.load(Mutex::SIZE)?;
//! view.store(Mutex::SIZE, &(count + 1))?;
//! drop(guard);
//! # Ok(())
//! # }
//! ```
//!
//! # Platform
//! - Linux: words of the section, slept on by futexes. A thread that locks has a word of its own in a
//!   System V segment of its process, which the kernel marks when the thread ends. It does not do so when
//!   a thread calls `exec` that is not the first one of its process: such a thread unlocks before.
//! - Windows: the same words; sleepers sleep at semaphores of the system, and the thread object of an
//!   owner tells that it has ended. A wake-up is lost with a thread that is killed at the moment in which it
//!   gives or gets one; the others see that within a second. The same goes for the end of an owner that
//!   is another user's and that this one may not open. A lock must not be shared with a process in a
//!   Windows container, which does not see the threads outside.
//!
//! Programs for Linux and programs for Windows cannot share one.

mod cell;
mod condvar;
mod event;
mod mutex;
mod rwlock;
mod semaphore;

pub use self::condvar::{Condvar, Waited};
pub use self::event::Event;
pub use self::mutex::{Mutex, MutexGuard};
pub use self::rwlock::{ReadGuard, RwLock, WriteGuard};
pub use self::semaphore::Semaphore;

/// Offsets of primitives are multiples of this.
pub const ALIGN: usize = 8;
