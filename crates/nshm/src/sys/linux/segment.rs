//! A System V segment that is attached, and how a new one comes to be without leaving its id
//! behind when its creator dies half-way.

use std::io;
use std::ptr::NonNull;
use std::time::{Duration, SystemTime};

use super::call::{self, SegmentStat};
use super::error::{create_error, os_error, pool_is_empty};
use super::link::foreign;
use super::proc::{self, Residency};
use super::reservation::Reservation;
use crate::access::{Access, Audience, Security};
use crate::error::{ErrorKind, Result};
use crate::format::SegmentId;
use crate::options::{Commit, HugePages, Options};

/// The size of a transparent huge page on the machines that have them.
const HUGE_PAGE: usize = 2 << 20;

/// No page of a pool is smaller, and each lies at a multiple of its size.
const SMALLEST_POOL_PAGE: usize = if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
    2 << 20
} else {
    64 << 10
};

const POPULATE: &str = "populate the section";

/// An attached segment. It is detached when this is dropped, and the kernel frees it with its
/// last attach anywhere.
#[derive(Debug)]
pub(super) struct Segment {
    id: SegmentId,
    base: NonNull<u8>,
    len: usize,
    /// The user that made it, as the kernel recorded it.
    creator_uid: u32,
    /// Whether its pages are those of a pool, which may lack them at a touch.
    of_pool: bool,
    /// Whether others than its creator may write it.
    others_may_write: bool,
}

// SAFETY: an attach belongs to the whole process; any thread may use and detach it.
unsafe impl Send for Segment {}
// SAFETY: nothing here changes through a shared reference.
unsafe impl Sync for Segment {}

impl Segment {
    /// A new segment of `len` zero bytes, attached for reading and writing, and already marked
    /// to go with its last attach.
    pub(super) fn create(len: usize, options: &Options) -> Result<Segment> {
        let (id, base) = nursery(len, creation_flags(options))
            .map_err(|error| create_error(error, len, options))?;
        let mut segment = Segment::new(SegmentId { id, born: 0 }, base);
        segment.of_pool = options.huge_pages.pool_page().is_some();
        let stat = call::shm_stat(id)
            .map_err(|error| os_error(ErrorKind::Other, "ask for the new section", error))?;
        Ok(segment.known_as(&stat).placed_for(options.huge_pages))
    }

    /// Attaches the segment that a link names; `None` where its id is another one's by now. The
    /// length is the kernel's.
    pub(super) fn attach(
        named: SegmentId,
        access: Access,
        huge: HugePages,
    ) -> io::Result<Option<Segment>> {
        let (segment, stat) = Self::attach_by_id(named.id, access)?;
        let is_meant = matches_link(&stat, named);
        Ok(is_meant.then(|| segment.placed_for(huge)))
    }

    /// Attaches whatever segment has this id, and says what the kernel knows of it.
    pub(super) fn attach_by_id(id: i32, access: Access) -> io::Result<(Segment, SegmentStat)> {
        // Where the kernel likes: of a pool it maps more than the length says, so an address of
        // ours could be too narrow for it.
        let base = call::shmat(id, access == Access::ReadOnly)?;
        // Dropping it detaches whatever it is.
        let segment = Segment::new(SegmentId { id, born: 0 }, base);
        // From here on the id cannot come to mean another segment.
        let stat = call::shm_stat(id)?;
        let mut segment = segment.known_as(&stat);
        segment.of_pool = segment.lies_in_a_pool()?;
        Ok((segment, stat))
    }

    /// What was just attached, of which nothing is known yet.
    fn new(id: SegmentId, base: NonNull<u8>) -> Segment {
        Segment {
            id,
            base,
            len: 0,
            creator_uid: 0,
            of_pool: false,
            others_may_write: false,
        }
    }

    fn known_as(mut self, stat: &SegmentStat) -> Self {
        self.id.born = stat.born;
        self.len = stat.len;
        self.creator_uid = stat.creator_uid;
        self.others_may_write = stat.mode & 0o022 != 0;
        self
    }

    /// Whether the kernel has put pages of a pool here: it says so nowhere. The base is where it
    /// liked, and nothing has been touched.
    fn lies_in_a_pool(&self) -> io::Result<bool> {
        if !self.base.addr().get().is_multiple_of(SMALLEST_POOL_PAGE) {
            return Ok(false);
        }
        // Ordinary pages take this advice, and where none is mapped yet it does nothing.
        if self.advise(libc::MADV_COLD).is_ok() {
            return Ok(false);
        }
        // Refused by pages of a pool, but by pages that are locked too, and before Linux 5.4. To be
        // mapped once more is refused by a pool alone.
        let page = call::page_size();
        match self.map_again(0, page) {
            Ok(again) => {
                // SAFETY: it was just mapped, and nobody knows the address.
                unsafe { call::munmap(again, page) };
                Ok(false)
            }
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The same attach where transparent huge pages can lie, if they are wished for and it can
    /// be moved. Pages of a pool cannot, and are huge already.
    fn placed_for(self, huge: HugePages) -> Segment {
        let is_well_placed = self.base.addr().get().is_multiple_of(HUGE_PAGE);
        if huge != HugePages::Transparent || self.len < HUGE_PAGE || is_well_placed {
            return self;
        }
        let len = self.len.next_multiple_of(call::page_size());
        let again = Reservation::aligned(len, HUGE_PAGE)
            .and_then(|target| self.map_again_over(0, len, target));
        match again {
            Ok(base) => Segment { base, ..self },
            Err(_) => self,
        }
    }

    /// Attaches once more, with that access, the segment that somebody in this process has attached.
    pub(super) fn attach_known(id: SegmentId, len: usize, access: Access) -> Result<Segment> {
        const STEP: &str = "attach section";
        let attach = || {
            let base = call::shmat(id.id, access == Access::ReadOnly)?;
            // Dropping it detaches whatever it is.
            let again = Segment::new(id, base);
            let stat = call::shm_stat(id.id)?;
            Ok((stat, again.known_as(&stat)))
        };
        match attach() {
            Ok((stat, again)) if matches_link(&stat, id) && stat.len == len => Ok(again),
            // The segment is alive and keeps its length. So this thread has moved to another IPC
            // namespace, where the id is nobody's, or a stranger's.
            Ok(_) => Err(foreign(STEP)),
            Err(error) if is_gone(&error) => Err(foreign(STEP)),
            Err(error) => Err(os_error(ErrorKind::Other, STEP, error)),
        }
    }

    /// Attaches this segment once more, for reading.
    pub(super) fn attach_read_only(&self, options: &Options) -> Result<Segment> {
        let mut again =
            Self::attach_known(self.id, self.len, Access::ReadOnly)?.placed_for(options.huge_pages);
        again.of_pool = self.of_pool;
        again.advise_as(options, HugePages::No);
        Ok(again)
    }

    /// Maps whole pages of this attach once more, where the kernel likes. They count as an attach
    /// until they are unmapped. Of a segment from a pool there are no parts: `EINVAL`.
    pub(super) fn map_again(&self, offset: usize, len: usize) -> io::Result<NonNull<u8>> {
        let all = self.len.next_multiple_of(call::page_size());
        assert!(
            offset <= all && len <= all - offset,
            "a part is within its segment"
        );
        // SAFETY: the part is within this attach, as was just asserted.
        unsafe { call::mremap_again(self.base.add(offset), len) }
    }

    /// The same in the place of a reservation of that length.
    pub(super) fn map_again_over(
        &self,
        offset: usize,
        len: usize,
        target: Reservation,
    ) -> io::Result<NonNull<u8>> {
        // Not there at once: of a pool the kernel takes more addresses than it is told, whoever
        // they belong to. What it has mapped elsewhere is ordinary pages.
        let pages = self.map_again(offset, len)?;
        // SAFETY: these are ordinary pages that nobody knows yet; the reservation is as long.
        let moved = target.filled(|base| unsafe { call::mremap_to(pages, len, base) });
        if moved.is_err() {
            // SAFETY: what could not be moved is still there, and nobody knows it.
            unsafe { call::munmap(pages, len) };
        }
        moved
    }

    /// Applies what the options say of this attach, and what the section wishes of each.
    fn advise_as(&self, options: &Options, wish: HugePages) {
        if !options.dumpable {
            // Best effort: it only keeps core files small.
            let _ = self.advise(libc::MADV_DONTDUMP);
        }
        if [options.huge_pages, wish].contains(&HugePages::Transparent) {
            // A wish: kernels without transparent huge pages refuse it.
            let _ = self.advise(libc::MADV_HUGEPAGE);
        }
    }

    /// Applies what the options say of this attach and of the memory behind it.
    pub(super) fn prepare(&self, options: &Options, wish: HugePages, access: Access) -> Result<()> {
        self.advise_as(options, wish);
        if options.lock {
            call::shm_lock(self.id.id).map_err(|error| {
                os_error(
                    ErrorKind::AccessDenied,
                    "lock the section into memory",
                    error,
                )
                .with_hint("raise the locked memory limit: `ulimit -l`, LimitMEMLOCK=")
            })?;
        }
        if self.of_pool {
            return self.take_from_pool(access);
        }
        if options.populate {
            match self.populate(access) {
                // Pages then come on first touch.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
                result => {
                    result.map_err(|error| os_error(ErrorKind::CommitLimit, POPULATE, error))?;
                }
            }
        }
        Ok(())
    }

    /// Has every page taken out of its pool now: a touch that finds the pool empty is a signal.
    fn take_from_pool(&self, access: Access) -> Result<()> {
        let populated = match self.populate(access) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => self.populate_by_reads(),
            result => result,
        };
        populated.map_err(|error| match error.raw_os_error() {
            Some(libc::EFAULT | libc::ENOMEM) => pool_is_empty(POPULATE, self.len).caused_by(error),
            _ => os_error(ErrorKind::CommitLimit, POPULATE, error),
        })
    }

    fn advise(&self, advice: libc::c_int) -> io::Result<()> {
        // SAFETY: the range is this attach, and none of the advice given here changes contents.
        unsafe { call::madvise(self.base, self.len, advice) }
    }

    /// Brings every page into memory. Before Linux 5.14 there is no such advice: `EINVAL`.
    fn populate(&self, access: Access) -> io::Result<()> {
        let advice = match access {
            Access::ReadWrite => libc::MADV_POPULATE_WRITE,
            Access::ReadOnly => libc::MADV_POPULATE_READ,
        };
        loop {
            match self.advise(advice) {
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                result => return result,
            }
        }
    }

    /// The same for pages of a pool on any kernel: it reads each itself, so that one that is not to be
    /// had is an error (`EFAULT`) and no signal.
    fn populate_by_reads(&self) -> io::Result<()> {
        for offset in (0..self.len).step_by(SMALLEST_POOL_PAGE) {
            let mut byte = 0;
            // SAFETY: the offset is within this attach.
            let source = unsafe { self.base.add(offset) };
            // SAFETY: the byte is this function's.
            unsafe { call::read_own_memory(source.as_ptr(), &mut byte, 1) }?;
        }
        Ok(())
    }

    /// Moves this attach of one page to where a private page, which is the caller's, lies behind it.
    /// A page of a pool cannot be moved so: `EINVAL`.
    pub(super) fn move_before_private_page(&mut self) -> io::Result<()> {
        match self.map_again_before_private_page() {
            // Nobody has pointers into the former attach, as it is mutable here.
            Ok(base) => *self = Segment { base, ..*self },
            Err(_) => {
                // SAFETY: the attach is this one's own, and nobody has pointers into it, as above.
                let to = |target| unsafe { call::mremap_to(self.base, call::page_size(), target) };
                self.base = odd_page_before_private_page(to)?;
            }
        }
        Ok(())
    }

    /// Attaches this segment of one page once more, to where a private page lies behind it. Both pages
    /// are the caller's; to unmap the first one is to detach it.
    pub(super) fn attach_before_private_page(&self) -> io::Result<NonNull<u8>> {
        self.map_again_before_private_page().or_else(|error| {
            // Not where there is no room: to ask by the id is not to ask for this very memory.
            if error.raw_os_error() != Some(libc::EINVAL) {
                return Err(error);
            }
            // SAFETY: where it is asked for, a page of the caller's is replaced, and nothing else.
            odd_page_before_private_page(|target| unsafe { call::shmat_over(self.id.id, target) })
        })
    }

    fn map_again_before_private_page(&self) -> io::Result<NonNull<u8>> {
        let page = call::page_size();
        assert!(self.len <= page, "the private page lies behind one page");
        let both = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the attach is this one's own. The second page is behind its end, and is replaced
        // before anybody knows it; it is an ordinary one, as it could be mapped again.
        unsafe {
            let base = call::mremap_again(self.base, 2 * page)?;
            call::mmap_anonymous_over(base.add(page), page, both)
                .inspect_err(|_| call::munmap(base, 2 * page))?;
            Ok(base)
        }
    }

    /// Detaches; the same as dropping, for who cares about the result.
    pub(super) fn detach(self) -> io::Result<()> {
        let base = self.base;
        std::mem::forget(self);
        // SAFETY: `base` came from shmat; whoever hands out pointers into it keeps this alive.
        unsafe { call::shmdt(base) }
    }

    pub(super) fn id(&self) -> SegmentId {
        self.id
    }

    pub(super) fn creator_uid(&self) -> u32 {
        self.creator_uid
    }

    pub(super) fn is_of_pool(&self) -> bool {
        self.of_pool
    }

    /// Whether somebody who need not be trusted can take pages of it away (`MADV_REMOVE`). Ordinary
    /// pages come back at a touch, but those of a pool may be another's by then.
    pub(super) fn can_lose_pages(&self) -> bool {
        let is_trusted = || [call::effective_uid(), 0].contains(&self.creator_uid);
        self.of_pool && (self.others_may_write || !is_trusted())
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: `base` came from shmat; whoever hands out pointers into it keeps this alive.
        let _ = unsafe { call::shmdt(self.base) };
    }
}

/// For an emulated kernel that maps nothing once more, as that of Valgrind: has a page put at an odd
/// number of pages, and before a private one. The kernel puts no page of a pool there, and says so
/// before it does anything.
fn odd_page_before_private_page(
    put: impl FnOnce(NonNull<u8>) -> io::Result<()>,
) -> io::Result<NonNull<u8>> {
    let page = call::page_size();
    let base = call::reserve(None, 3 * page)?;
    let is_odd = (base.addr().get() / page) % 2 == 1;
    let both = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: three pages were just reserved, of which two from an odd one on are taken.
    unsafe {
        let (target, spare) = match is_odd {
            true => (base, base.add(2 * page)),
            false => (base.add(page), base),
        };
        call::mmap_anonymous_over(target.add(page), page, both)
            .and_then(|()| put(target))
            .inspect_err(|_| call::munmap(base, 3 * page))?;
        call::munmap(spare, page);
        Ok(target)
    }
}

/// Whether a segment that a link names is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    Alive { creator_uid: u32 },
    Gone,
}

/// Asks the kernel, without attaching. Where it does not tell, the segment counts as alive: to take
/// it for a dead one could lose a live name.
pub(super) fn liveness(segment: SegmentId) -> Liveness {
    let unknown = Liveness::Alive {
        creator_uid: u32::MAX,
    };
    let stat = match call::shm_stat(segment.id) {
        Ok(stat) => stat,
        Err(error) if is_gone(&error) => return Liveness::Gone,
        // Somebody's. Before Linux 4.17 nobody may ask for more.
        Err(_) => match call::shm_stat_any(segment.id) {
            Ok(stat) => stat,
            Err(_) => return unknown,
        },
    };
    if matches_link(&stat, segment) {
        Liveness::Alive {
            creator_uid: stat.creator_uid,
        }
    } else {
        Liveness::Gone
    }
}

/// Whether the kernel's record is that of the segment which a link names, and not of another one
/// that came to have its id.
pub(super) fn matches_link(stat: &SegmentStat, segment: SegmentId) -> bool {
    stat.id == segment.id && stat.born == segment.born && stat.goes_with_its_last_attach()
}

fn creation_flags(options: &Options) -> libc::c_int {
    let page_bits = match options.huge_pages.pool_page() {
        Some(page) => {
            let size_bits = page.trailing_zeros().cast_signed() << call::SHM_HUGE_SHIFT;
            libc::SHM_HUGETLB | size_bits
        }
        None => 0,
    };
    let reserve = match options.commit {
        // Pages of a pool are always committed.
        Commit::Never | Commit::OnDemand if page_bits == 0 => libc::SHM_NORESERVE,
        _ => 0,
    };
    mode_of(options.security).cast_signed() | page_bits | reserve
}

/// The mode bits that say what `security` says.
fn mode_of(security: Security) -> u32 {
    let others = match security.others() {
        Access::ReadWrite => 0o6,
        Access::ReadOnly => 0o4,
    };
    match security.audience() {
        // Whoever may attach is the creating user at most: the link tells it that it may not.
        Audience::Nobody | Audience::Owner => 0o600,
        Audience::Group => 0o600 | others << 3,
        Audience::Everyone => 0o600 | others << 3 | others,
    }
}

/// The inverse of [`mode_of`], for a segment that somebody made in any way.
pub(super) fn security_of(mode: u32) -> Security {
    let (audience, others) = match (mode >> 3 & 0o6, mode & 0o6) {
        (0, 0) => (Audience::Owner, 0o6),
        (group, 0) => (Audience::Group, group),
        (_, everyone) => (Audience::Everyone, everyone),
    };
    let security = Security::for_audience(audience);
    if others & 0o2 == 0 {
        security.others_read_only()
    } else {
        security
    }
}

/// The first of the keys under which new segments spend their first microseconds: "NS" and 16
/// bits that the user id and a slot number fill.
const NURSERY: i32 = 0x4e53_0000;
const SLOTS: u32 = 8;

/// Creates and attaches a segment and marks it to go with its last attach.
///
/// Between the first and the last of these three calls a killed creator would leave an id behind
/// that nobody can find. So it is created under one of eight keys of its user, where the next
/// creator finds and removes it. Removing one of ours is always safe: a living creator that loses its
/// segment before its attach starts again, and one that has attached does not need the key. Another
/// program may have the same key, so only what has nothing in it and never had is removed.
fn nursery(len: usize, flags: libc::c_int) -> io::Result<(i32, NonNull<u8>)> {
    let uid = call::effective_uid();
    let first = some_slot();
    for turn in 0..SLOTS {
        let slot = first.wrapping_add(turn) % SLOTS;
        let key = NURSERY | (uid.wrapping_mul(SLOTS).wrapping_add(slot) & 0xffff).cast_signed();
        // Twice, for a slot that is freed in between or lost after.
        for _ in 0..2 {
            match call::shmget(key, len, flags | libc::IPC_CREAT | libc::IPC_EXCL) {
                Ok(id) => match attach_and_mark(id) {
                    Err(error) if is_gone(&error) => {}
                    result => return result,
                },
                Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {
                    if !clear_slot(key) {
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    // Every slot is busy or squatted by somebody else: do without.
    let id = call::shmget(libc::IPC_PRIVATE, len, flags | libc::IPC_CREAT)?;
    attach_and_mark(id)
}

fn attach_and_mark(id: i32) -> io::Result<(i32, NonNull<u8>)> {
    let attached = call::shmat(id, false);
    // Also when the attach failed: then this frees it. An unmarked segment would stay for ever, so
    // the mark is worth a second try.
    let marked = call::shm_remove(id).or_else(|_| call::shm_remove(id));
    let base = attached?;
    match marked {
        // When somebody else has marked it, that serves as well.
        Err(error) if !is_gone(&error) => {
            // SAFETY: it was just attached, and nobody knows the address.
            let _ = unsafe { call::shmdt(base) };
            Err(error)
        }
        _ => Ok((id, base)),
    }
}

/// Removes what a dead creator left under a key. Says whether it is worth another try.
fn clear_slot(key: i32) -> bool {
    let stat = match call::shmget(key, 0, 0).and_then(call::shm_stat) {
        Ok(stat) => stat,
        Err(error) => return is_gone(&error) || error.raw_os_error() == Some(libc::ENOENT),
    };
    // The table of all segments is long, so it is asked for what may go only.
    is_left_behind(&stat)
        && matches!(
            proc::segment(stat.id),
            Ok(Some((now, residency)))
                if now.born == stat.born && is_left_behind(&now) && residency.is_none()
        )
        && call::shm_remove(stat.id).is_ok()
}

/// Whether a segment is one of those that [`nursery`] makes, and has lost its creator before it
/// was marked.
pub(super) fn is_leaked(stat: &SegmentStat, residency: &Residency) -> bool {
    let of_user = stat.creator_uid.wrapping_mul(SLOTS) & 0xffff;
    let slot = (stat.key ^ NURSERY).cast_unsigned().wrapping_sub(of_user);
    slot < SLOTS && !stat.goes_with_its_last_attach() && is_left_behind(stat) && residency.is_none()
}

/// Whether a segment under a nursery key has lost its creator, and nobody else has ever had it
/// attached. A creator in another PID namespace cannot be asked for; it has had its time after two
/// seconds.
fn is_left_behind(stat: &SegmentStat) -> bool {
    let had_others = stat.last_pid != 0 && stat.last_pid != stat.creator_pid;
    if stat.attach_count != 0 || had_others {
        return false;
    }
    if stat.creator_pid != 0 {
        return call::process_is_gone(stat.creator_pid);
    }
    let born = Duration::from_secs(stat.born);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    now.saturating_sub(born) > Duration::from_secs(2)
}

/// Says that the segment does not exist any more.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EIDRM))
}

/// A slot number that differs from thread to thread and from process to process, for nothing: the
/// address of a thread's own variable.
fn some_slot() -> u32 {
    thread_local!(static MARK: u8 = const { 0 });
    let address = MARK.with(|mark| std::ptr::from_ref(mark).addr());
    // Such addresses are aligned; the low bits that differ are above that.
    let mixed = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(mixed >> 61).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_is_mode_bits_and_back() {
        let table = [
            (Security::owner(), 0o600),
            (Security::group(), 0o660),
            (Security::group().others_read_only(), 0o640),
            (Security::everyone(), 0o666),
            (Security::everyone().others_read_only(), 0o644),
        ];
        for (security, mode) in table {
            assert_eq!(mode_of(security), mode);
            assert_eq!(security_of(mode), security);
            assert_eq!(security_of(mode | 0o1000), security);
        }
    }

    /// Where it looks like one by its address: such a segment is asked.
    #[test]
    fn ordinary_pages_are_of_no_pool_wherever_they_lie() {
        let segment = Segment::create(2 * SMALLEST_POOL_PAGE, &Options::default()).unwrap();
        let aligned = segment.placed_for(HugePages::Transparent);
        assert_eq!(aligned.base().addr().get() % SMALLEST_POOL_PAGE, 0);
        assert!(!aligned.lies_in_a_pool().unwrap());
        let (again, _) = Segment::attach_by_id(aligned.id().id, Access::ReadOnly).unwrap();
        assert!(!again.is_of_pool() && !again.can_lose_pages());
        aligned.populate_by_reads().unwrap();
    }

    #[test]
    fn a_new_segment_has_no_key_and_goes_with_its_attach() {
        let segment = Segment::create(8192, &Options::default()).unwrap();
        let stat = call::shm_stat(segment.id().id).unwrap();
        assert!(stat.goes_with_its_last_attach());
        assert_eq!(stat.attach_count, 1);
        assert_eq!(stat.len, 8192);
        let id = segment.id();
        assert!(matches!(liveness(id), Liveness::Alive { .. }));
        let other = SegmentId {
            born: id.born - 1,
            ..id
        };
        assert_eq!(liveness(other), Liveness::Gone);
        segment.detach().unwrap();
        assert_eq!(liveness(id), Liveness::Gone);
    }
}
