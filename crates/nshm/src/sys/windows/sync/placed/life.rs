//! The lives of threads: by what others see that the owner of a lock has ended.
//!
//! The life of a thread is the system's own thread object. It is found by its id, told from a later
//! thread with that id by the time of its creation, and can be waited for by any number of others: it
//! is signalled once the thread has ended, in any way, and stays so. Nobody can pretend that, and
//! no name is needed that somebody else could take.
//!
//! Who may not open a thread, because it is another user's, finds it in the system's list of all
//! threads. That tells as surely whether it is there, but nothing when it ends: so it looks again.

use std::cell::{Cell, RefCell};
use std::os::windows::io::{AsHandle, BorrowedHandle, OwnedHandle};
use std::rc::Rc;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER};

use super::super::call::{Waited, wait};
use super::call;
use crate::error::{ErrorKind, Result};
use crate::protocol::Trouble;
use crate::protocol::lives::{Life, Owner};
use crate::sys::windows::error::{code, os_error};

thread_local! {
    /// The life of this thread, or nobody.
    static MINE: Cell<Owner> = const { Cell::new(Owner::NOBODY) };
    /// Owners that this thread has waited for, the newest last.
    static KNOWN: RefCell<Vec<(Owner, Rc<OwnedHandle>)>> = const { RefCell::new(Vec::new()) };
}

/// How many of those there are at most.
const KNOWN_MOST: usize = 8;

/// The life of this thread, if it has been asked for.
#[inline]
pub(super) fn mine() -> Owner {
    MINE.get()
}

/// The life of this thread.
pub(super) fn begin() -> Result<Owner> {
    let mine = MINE.get();
    if mine != Owner::NOBODY {
        return Ok(mine);
    }
    let birth = call::thread_birth(call::this_thread())
        .map_err(|error| os_error(ErrorKind::Other, "find out what this thread is", error))?;
    let mine = owner(call::thread_id(), birth);
    MINE.set(mine);
    Ok(mine)
}

const TAG_BITS: u32 = 30;
const HASH_BITS: u32 = 29;

/// Names a thread: all of its id, and what tells it from others that have it at another time.
fn owner(id: u32, birth: u64) -> Owner {
    // Clocks tick coarsely, so all of their bits go into the few that there is room for. The factor
    // is the golden ratio (Knuth, The Art of Computer Programming, 6.4).
    let hash = birth.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - HASH_BITS);
    let memory = (hash as u32) << (u32::BITS - TAG_BITS) | id >> TAG_BITS;
    Owner::new(memory, id & ((1 << TAG_BITS) - 1))
}

/// The id of the thread that an owner is.
fn id_of(owner: Owner) -> u32 {
    owner.memory() << TAG_BITS | owner.tag()
}

/// A life that goes on.
pub(super) enum Watched {
    /// It can be waited for.
    Thread(Rc<OwnedHandle>),
    /// It can only be looked for again.
    Listed,
}

impl Watched {
    /// What is signalled when it ends.
    pub(super) fn handle(&self) -> Option<BorrowedHandle<'_>> {
        match self {
            Watched::Thread(thread) => Some(thread.as_handle()),
            Watched::Listed => None,
        }
    }
}

/// Whether a life goes on. Those who watch it need not be told: the system tells them all.
pub(super) fn look(owner: Owner) -> std::result::Result<Life<Watched>, Trouble> {
    let thread = match known(owner) {
        Some(thread) => thread,
        None => match find(owner)? {
            Life::Alive(Watched::Thread(thread)) => thread,
            found => return Ok(found),
        },
    };
    match wait(&[thread.as_handle()], false, 0) {
        Ok(Waited::TimedOut) => Ok(Life::Alive(Watched::Thread(thread))),
        Ok(Waited::Taken { .. }) => {
            forget(owner);
            Ok(Life::Ended)
        }
        Err(_) => Err(Trouble::Unknown),
    }
}

/// Finds the thread that an owner is, which may have ended just now.
fn find(wanted: Owner) -> std::result::Result<Life<Watched>, Trouble> {
    let thread = match call::open_thread(id_of(wanted)) {
        Ok(thread) => thread,
        Err(error) if code(&error) == ERROR_INVALID_PARAMETER => return Ok(Life::Ended),
        Err(error) if code(&error) == ERROR_ACCESS_DENIED => return find_in_list(wanted),
        Err(_) => return Err(Trouble::Unknown),
    };
    let birth = call::thread_birth(thread.as_handle()).map_err(|_| Trouble::Unknown)?;
    if owner(id_of(wanted), birth) != wanted {
        return Ok(Life::Ended);
    }
    let thread = Rc::new(thread);
    keep(wanted, thread.clone());
    Ok(Life::Alive(Watched::Thread(thread)))
}

fn find_in_list(wanted: Owner) -> std::result::Result<Life<Watched>, Trouble> {
    let threads = call::threads().map_err(|_| Trouble::Unknown)?;
    let is_there = threads
        .iter()
        .any(|thread| owner(thread.id, thread.birth) == wanted);
    Ok(match is_there {
        true => Life::Alive(Watched::Listed),
        false => Life::Ended,
    })
}

/// Does something with the threads that are known, which nobody has at the end of this thread.
fn with_known<R>(what: impl FnOnce(&mut Vec<(Owner, Rc<OwnedHandle>)>) -> R) -> Option<R> {
    let with = |known: &RefCell<Vec<_>>| Some(what(&mut *known.try_borrow_mut().ok()?));
    KNOWN.try_with(with).ok().flatten()
}

fn known(owner: Owner) -> Option<Rc<OwnedHandle>> {
    with_known(|known| {
        let known = known.iter().find(|(known, _)| *known == owner)?;
        Some(known.1.clone())
    })
    .flatten()
}

fn keep(owner: Owner, thread: Rc<OwnedHandle>) {
    with_known(|known| {
        if known.len() == KNOWN_MOST {
            known.remove(0);
        }
        known.push((owner, thread));
    });
}

fn forget(owner: Owner) {
    with_known(|known| known.retain(|(known, _)| *known != owner));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    fn is_alive(life: std::result::Result<Life<Watched>, Trouble>) -> bool {
        match life.unwrap() {
            Life::Alive(_) => true,
            Life::Ended => false,
        }
    }

    #[test]
    fn a_life_ends_with_its_thread() {
        let (give, get) = channel();
        let (end, ended) = channel::<()>();
        let thread = thread::spawn(move || {
            give.send(begin().unwrap()).unwrap();
            let _ = ended.recv();
        });
        let other = get.recv().unwrap();
        assert_ne!(other, begin().unwrap());
        // Twice: the second time it is known.
        for _ in 0..2 {
            assert!(matches!(look(other), Ok(Life::Alive(Watched::Thread(_)))));
        }
        assert!(is_alive(find_in_list(other)));
        drop(end);
        let Ok(Life::Alive(life)) = look(other) else {
            // It was faster.
            return thread.join().unwrap();
        };
        wait(&[life.handle().unwrap()], false, 60_000).unwrap();
        assert!(!is_alive(look(other)));
        assert!(known(other).is_none());
        thread.join().unwrap();
        drop(life);
        assert!(!is_alive(find_in_list(other)));
        assert!(!is_alive(look(other)));
    }

    #[test]
    fn another_thread_with_the_id_is_another_life() {
        let id = call::thread_id();
        let birth = call::thread_birth(call::this_thread()).unwrap();
        let me = begin().unwrap();
        assert_eq!((owner(id, birth), id_of(me)), (me, id));
        assert!(is_alive(look(me)));
        // The clock of some systems ticks every 15 ms.
        for other in [
            birth - 1,
            birth + 156_250,
            birth + (1 << 29),
            birth + (1 << 40),
        ] {
            assert_ne!(owner(id, other), me);
            assert!(!is_alive(look(owner(id, other))));
            assert!(!is_alive(find_in_list(owner(id, other))));
        }
        for id in [1, u32::MAX, 1 << 30, 0xc000_0004] {
            assert_eq!(id_of(owner(id, birth)), id);
        }
        assert!(!is_alive(look(owner(u32::MAX - 3, birth))));
    }
}
