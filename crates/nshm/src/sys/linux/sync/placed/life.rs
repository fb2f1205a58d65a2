//! The lives of threads: by what others see that the owner of a lock has ended.
//!
//! A thread that takes its first lock inside a section gets a word in a System V segment of its
//! process, which goes into its robust list and stays there, so that the kernel marks it when the
//! thread ends. The segment is like all of ours: it goes with its last attach. Every process may attach
//! it to read, and so can sleep on the word, but only this user can write it: nobody who cannot write
//! a lock anyway can say that its owner has died.
//!
//! ```text
//! page of the segment, one for each thread        private page
//! | ...                 ... word of 64 bits, pad | entry of a robust list ...
//!                           16 bytes before the end
//! word: tag (32 bits)  WAITERS  OWNER_DIED  thread id (30 bits)
//! ```
//!
//! `WAITERS` is always there, so that the kernel wakes one who watches. The word of a thread that has
//! ended goes to a later one, with another tag.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use super::super::call::{self, FutexAddress};
use super::super::thread::{Entry, Thread};
use crate::access::{Access, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::load::ordered;
use crate::options::Options;
use crate::protocol::lives::{Life, Owner};
use crate::protocol::{Trouble, Word};
use crate::sys::linux::call::{mmap_anonymous_over, mremap_again, mremap_to, munmap, page_size};
use crate::sys::linux::error::os_error;
use crate::sys::linux::reservation::Reservation;
use crate::sys::linux::segment::{Segment, is_gone};

const STEP: &str = "make the life of this thread known";

/// How many threads the first segment of a process has words for; each further one twice as many.
const FIRST: u32 = 4;
/// The most that one has: a tag begins with the number of its page.
const MOST: u32 = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 8;
const TAG_BITS: u32 = 30;

/// Of a word's lower half.
const WAITERS: u64 = 1 << 31;

/// Words for threads of this process. It is never given back.
struct Block {
    segment: u32,
    base: NonNull<u8>,
    count: u32,
    /// Where the tags of the first threads begin.
    seed: u32,
    next: *const Block,
}

/// The newest block of this process.
static BLOCKS: AtomicPtr<Block> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// The life of this thread, or nobody.
    static MINE: Cell<Owner> = const { Cell::new(Owner::NOBODY) };
    /// Segments of owners that this thread has waited for, the newest last.
    static KNOWN: RefCell<Vec<Rc<Segment>>> = const { RefCell::new(Vec::new()) };
}

/// How many of those there are at most. What is kept keeps the memory of a process that may have
/// ended.
const KNOWN_MOST: usize = 8;

/// The life of this thread, if it has one.
#[inline]
pub(super) fn mine() -> Owner {
    MINE.get()
}

/// The life of this thread, which begins with that if it has none.
pub(super) fn begin() -> Result<Owner> {
    let mine = MINE.get();
    if mine != Owner::NOBODY {
        return Ok(mine);
    }
    let thread = Thread::current();
    if thread.distance().is_none() {
        return Err(Error::new(ErrorKind::Unsupported, STEP).detail(
            "the C library has not registered a robust list of the usual form for this thread",
        ));
    }
    loop {
        let newest = BLOCKS.load(Ordering::Acquire);
        let mut next: *const Block = newest;
        // SAFETY: blocks are never freed, and were whole before they came into the list.
        while let Some(block) = unsafe { next.as_ref() } {
            if let Some(life) = (0..block.count).find_map(|page| block.take(page, thread)) {
                MINE.set(life);
                return Ok(life);
            }
            next = block.next;
        }
        add_block(newest)?;
    }
}

/// In a forked child: the lives of the parent are not its own. Called by `fork`.
pub(in super::super) fn forget() {
    MINE.set(Owner::NOBODY);
    BLOCKS.store(ptr::null_mut(), Ordering::Relaxed);
}

/// Makes words for more threads.
fn add_block(newest: *mut Block) -> Result<()> {
    // SAFETY: as in `begin`.
    let count = unsafe { newest.as_ref() }.map_or(FIRST, |block| MOST.min(block.count * 2));
    let page = page_size();
    let options = Options {
        security: Security::everyone().others_read_only(),
        ..Options::default()
    };
    let segment = Segment::create(count as usize * page, &options)?;
    let fail = |error| os_error(ErrorKind::CommitLimit, STEP, error);
    let reservation = Reservation::aligned(2 * count as usize * page, page).map_err(fail)?;
    let base = reservation
        .filled(|base| {
            for index in 0..count as usize {
                // SAFETY: the reservation is this function's and has two pages for each of the segment.
                // Those in front are mapped, and nobody knows them yet.
                unsafe {
                    map_word(&segment, index, base.add(2 * index * page))
                        .inspect_err(|_| munmap(base, 2 * index * page))?;
                }
            }
            Ok(())
        })
        .map_err(fail)?;
    let block = Block {
        segment: segment.id().id.cast_unsigned(),
        base,
        count,
        seed: RandomState::new().build_hasher().finish() as u32,
        next: newest,
    };
    let block = Box::into_raw(Box::new(block));
    let added = BLOCKS.compare_exchange(newest, block, Ordering::AcqRel, Ordering::Relaxed);
    if let Err(newer) = added {
        // Another thread was faster; both serve.
        // SAFETY: nobody knows this block yet.
        unsafe { (*block).next = newer };
        let mut before = newer;
        loop {
            match BLOCKS.compare_exchange(before, block, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => break,
                Err(newest) => {
                    // SAFETY: as above.
                    unsafe { (*block).next = newest };
                    before = newest;
                }
            }
        }
    }
    Ok(())
}

/// Maps a page of a segment, and a private one behind it. If that fails, the segment is not mapped once
/// more.
///
/// # Safety
/// Two pages from `target` on are the caller's to replace.
unsafe fn map_word(segment: &Segment, index: usize, target: NonNull<u8>) -> io::Result<()> {
    let page = page_size();
    let both = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: the segment has that page, an ordinary one as it can be mapped again, and nobody knows
    // the new mapping before it is moved. The caller vouches for the target.
    unsafe {
        let source = mremap_again(segment.base().add(index * page), page)?;
        mmap_anonymous_over(target.add(page), page, both)
            .and_then(|()| mremap_to(source, page, target))
            .inspect_err(|_| munmap(source, page))
    }
}

impl Block {
    fn word(&self, page: u32) -> NonNull<AtomicU64> {
        let offset = 2 * page as usize * page_size() + page_size() - 16;
        // SAFETY: the block has two pages for each of its words, and this one is near the end of the
        // first of them.
        unsafe { self.base.add(offset).cast() }
    }

    /// Gives the word of a page to a thread, if it is nobody's.
    fn take(&self, page: u32, thread: Thread) -> Option<Owner> {
        let distance = thread.distance()?;
        let place = self.word(page);
        // SAFETY: it is mapped as long as the process, and aligned.
        let word = unsafe { place.as_ref() };
        let now = word.load(Ordering::Acquire);
        if is_alive(now) {
            return None;
        }
        let former = if now == 0 {
            self.seed
        } else {
            (now >> 32) as u32 >> PAGE_BITS
        };
        // Never zero, so that no tag is.
        let turns = (1 << (TAG_BITS - PAGE_BITS)) - 1;
        let turn = former.wrapping_add(1) % turns + 1;
        let tag = turn << PAGE_BITS | page;
        let alive = u64::from(tag) << 32 | WAITERS | u64::from(thread.id());
        // Killed here it would look alive; but then its process ends, and the segment with it.
        word.compare_exchange(now, alive, Ordering::AcqRel, Ordering::Relaxed)
            .ok()?;
        // SAFETY: a distance is 24 to 64 bytes, so both pointers of the entry lie in the private page.
        let entry = unsafe { futex(place).byte_add(distance).cast() };
        // SAFETY: the entry is in the private page, which stays; as the word was nobody's, no list
        // has it: the kernel has left an entry when it marks its word.
        unsafe { thread.put_in(Entry::new(entry)) };
        Some(Owner::new(self.segment, tag))
    }
}

/// The lower half of a word.
pub(super) fn futex(word: NonNull<AtomicU64>) -> FutexAddress {
    let half = if cfg!(target_endian = "big") { 4 } else { 0 };
    // SAFETY: within the word.
    unsafe { word.byte_add(half).cast() }
}

fn is_alive(word: u64) -> bool {
    let word = Word(word & u64::from(u32::MAX));
    word.owner() != 0 && !word.owner_died()
}

/// A life that goes on, to be watched.
pub(super) struct Watched {
    pub(super) futex: FutexAddress,
    pub(super) value: u32,
    /// Keeps it mapped.
    _segment: Rc<Segment>,
}

impl Watched {
    /// Wakes all others who watch it if it has ended. For who was woken: the system may have woken nobody
    /// else for its end.
    pub(super) fn tell_of_an_end(&self) {
        // SAFETY: `_segment` keeps it mapped; it is aligned, and others write to it by atomics only.
        let word = unsafe { self.futex.cast::<AtomicU32>().as_ref() };
        if ordered(Ordering::Acquire, |ordering| word.load(ordering)) != self.value {
            call::futex_wake(self.futex, u32::MAX);
        }
    }
}

/// Whether a life goes on. If not, all who watch it are woken.
pub(super) fn look(owner: Owner) -> Result<Life<Watched>, Trouble> {
    let page = (owner.tag() & (MOST - 1)) as usize;
    if owner.tag() == 0 {
        return Ok(Life::Ended);
    }
    let Some(segment) = segment_of(owner)? else {
        return Ok(Life::Ended);
    };
    let end = (page + 1) * page_size();
    if end > segment.len() {
        return Ok(Life::Ended);
    }
    // SAFETY: the segment is that long, and aligned to its pages.
    let place = unsafe { segment.base().add(end - 16).cast::<AtomicU64>() };
    // SAFETY: it is mapped as long as `segment`.
    let life = unsafe { place.as_ref() };
    let word = ordered(Ordering::Acquire, |ordering| life.load(ordering));
    if (word >> 32) as u32 == owner.tag() && is_alive(word) {
        return Ok(Life::Alive(Watched {
            futex: futex(place),
            value: word as u32,
            _segment: segment,
        }));
    }
    call::futex_wake(futex(place), u32::MAX);
    let _ = KNOWN.try_with(|known| {
        if let Ok(mut known) = known.try_borrow_mut() {
            known.retain(|known| known.id().id != segment.id().id);
        }
    });
    Ok(Life::Ended)
}

/// The segment of an owner, attached; `None`: there is none any more.
fn segment_of(owner: Owner) -> Result<Option<Rc<Segment>>, Trouble> {
    let id = owner.memory().cast_signed();
    let known = KNOWN.try_with(|known| {
        let known = known.try_borrow().ok()?;
        known.iter().find(|segment| segment.id().id == id).cloned()
    });
    if let Ok(Some(segment)) = known {
        return Ok(Some(segment));
    }
    let segment = match Segment::attach_by_id(id, Access::ReadOnly) {
        // Pages of a pool are no life's, and a look at them could be a signal.
        Ok((segment, stat)) if stat.goes_with_its_last_attach() && !segment.is_of_pool() => {
            Rc::new(segment)
        }
        Ok(_) => return Ok(None),
        Err(error) if is_gone(&error) => return Ok(None),
        Err(_) => return Err(Trouble::Unknown),
    };
    let _ = KNOWN.try_with(|known| {
        if let Ok(mut known) = known.try_borrow_mut() {
            if known.len() == KNOWN_MOST {
                known.remove(0);
            }
            known.push(segment.clone());
        }
    });
    Ok(Some(segment))
}
