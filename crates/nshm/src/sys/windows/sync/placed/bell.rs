//! Where threads sleep: the rules of `protocol/bell.rs` over the system's semaphores.
//!
//! Their names are drawn at random and are global, because a section can be shared across sessions;
//! the system asks for no privilege to create a semaphore there. They admit who may write the
//! section, and nobody else.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::windows::io::{AsHandle, OwnedHandle};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND};
use windows_sys::Win32::Storage::FileSystem::READ_CONTROL;

use super::super::call::{self, Waited};
use super::super::whole_milliseconds;
use super::clock;
use super::life::Watched;
use crate::format::Kind;
use crate::options::Setup;
use crate::protocol::bell::{self, Heard, Opened};
use crate::protocol::{Sleepers, Slept, Until};
use crate::sys::Handle;
use crate::sys::windows::call::{Descriptor, Identity, sid};
use crate::sys::windows::error::code;
use crate::sys::windows::name::Wide;
use crate::sys::windows::rights::sync_rights;

/// How often sleepers look again; see `protocol/bell.rs`.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// How often those look who cannot sleep at the bell.
const SLICE: Duration = Duration::from_millis(1);

/// A semaphore that this process has open, and its number.
type Known = (u64, Arc<OwnedHandle>);

/// A bell of a section.
pub(super) struct Bell<'v> {
    word: &'v AtomicU64,
    section: Option<&'v Handle>,
    known: Mutex<Option<Known>>,
}

impl<'v> Bell<'v> {
    pub(super) fn new(word: &'v AtomicU64, section: Option<&'v Handle>) -> Self {
        Bell {
            word,
            section,
            known: Mutex::new(None),
        }
    }

    /// The word in which it is kept.
    pub(super) fn word(&self) -> &'v AtomicU64 {
        self.word
    }

    /// Sleeps while all is the same and a life goes on.
    pub(super) fn sleep(
        &self,
        is_same: impl FnOnce() -> bool,
        life: Option<&Watched>,
        until: Until,
    ) -> Slept {
        let mut waited = Slept::Disturbed;
        let slept = bell::sleep(self, is_same, |semaphore| {
            waited = wait(semaphore, life, until);
            match waited {
                Slept::Woken => Heard::Token,
                _ => Heard::Nothing,
            }
        });
        match slept {
            None => nap(until),
            Some(Slept::Disturbed) if !clock::is_past(until) => waited,
            Some(slept) if !clock::is_past(until) => slept,
            // Where somebody rings all the time, the time passes as well. What it has heard is for
            // another one.
            Some(Slept::Woken) => {
                self.ring(Sleepers::Some(1));
                Slept::TimedOut
            }
            Some(_) => Slept::TimedOut,
        }
    }

    /// Wakes some of those who sleep, and says how many.
    pub(super) fn ring(&self, sleepers: Sleepers) -> u32 {
        bell::ring(self, sleepers)
    }

    fn known(&self, number: u64) -> Option<Arc<OwnedHandle>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, semaphore) = known.as_ref().filter(|(known, _)| *known == number)?;
        Some(semaphore.clone())
    }

    fn keep(&self, number: u64, semaphore: OwnedHandle) -> Arc<OwnedHandle> {
        let semaphore = Arc::new(semaphore);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((number, semaphore.clone()));
        semaphore
    }

    /// Opens the semaphore, or makes it.
    fn open_or_make(&self, number: u64) -> io::Result<OwnedHandle> {
        let name = name(number);
        let mut result = open(&name);
        // It may come and go meanwhile.
        for _ in 0..8 {
            match &result {
                Err(error) if code(error) == ERROR_FILE_NOT_FOUND => {}
                _ => break,
            }
            let setup = Setup::Semaphore {
                count: 0,
                max: i32::MAX.cast_unsigned(),
            };
            result = match call::create(setup, &self.descriptor()?, Some(&name)) {
                // It is there, and admits less than its maker may do.
                Err(error) if code(&error) == ERROR_ACCESS_DENIED => open(&name),
                result => result.map(|(semaphore, _)| semaphore),
            };
        }
        result
    }

    /// Whom the semaphore admits.
    fn descriptor(&self) -> io::Result<Descriptor> {
        let rights = sync_rights(Kind::Semaphore) | READ_CONTROL;
        let writers = match self.section {
            Some(section) => section.writers(rights),
            None => None,
        };
        let entries = match writers {
            Some(entries) => entries,
            // The system does not tell; then it is for this user alone.
            None => format!("(A;;{rights:#x};;;{})", sid(Identity::User)?),
        };
        Descriptor::from_sddl(&Wide::new(&format!("D:P{entries}")))
    }
}

impl bell::Bell for Bell<'_> {
    type Semaphore = Arc<OwnedHandle>;

    fn load(&self) -> u64 {
        self.word.load(Ordering::SeqCst)
    }

    fn replace(&self, from: u64, to: u64) -> bool {
        self.word
            .compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// All of the above are in one order for everybody, as are the words that are slept for, so there
    /// is nothing to do.
    fn order(&self) {}

    fn draw(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }

    fn open_or_make(&self, number: u64) -> Option<Arc<OwnedHandle>> {
        self.known(number).or_else(|| {
            let semaphore = self.open_or_make(number).ok()?;
            Some(self.keep(number, semaphore))
        })
    }

    fn open(&self, number: u64) -> Opened<Arc<OwnedHandle>> {
        if let Some(semaphore) = self.known(number) {
            return Opened::Here(semaphore);
        }
        match open(&name(number)) {
            Ok(semaphore) => Opened::Here(self.keep(number, semaphore)),
            Err(error) if code(&error) == ERROR_FILE_NOT_FOUND => Opened::Gone,
            Err(_) => Opened::Refused,
        }
    }

    fn post(&self, semaphore: &Arc<OwnedHandle>, count: u32) {
        // It fails only where there are two thousand million tokens already.
        let _ = call::release_semaphore(semaphore.as_handle(), count.cast_signed());
    }

    fn try_take(&self, semaphore: &Arc<OwnedHandle>) -> bool {
        let waited = call::wait(&[semaphore.as_handle()], false, 0);
        matches!(waited, Ok(Waited::Taken { .. }))
    }
}

fn name(number: u64) -> Wide {
    Wide::new(&format!(r"Global\nshm-bell-{number:011x}"))
}

fn open(name: &Wide) -> io::Result<OwnedHandle> {
    call::open(Kind::Semaphore, sync_rights(Kind::Semaphore), name)
}

/// Waits for a token, or for the end of a life, but no longer than until the second look.
fn wait(semaphore: &OwnedHandle, life: Option<&Watched>, until: Until) -> Slept {
    let mut handles = [semaphore.as_handle(); 2];
    let handles = match life.and_then(Watched::handle) {
        Some(thread) => {
            handles[1] = thread;
            &handles[..]
        }
        None => &handles[..1],
    };
    let time = clock::left(until).map_or(SECOND_LOOK, |left| left.min(SECOND_LOOK));
    match call::wait(handles, false, whole_milliseconds(time)) {
        Ok(Waited::Taken { index: 0, .. }) => Slept::Woken,
        Ok(Waited::TimedOut) => Slept::Late,
        _ => Slept::Disturbed,
    }
}

/// Passes a moment, for a thread that is not let to the bell.
fn nap(until: Until) -> Slept {
    thread::sleep(clock::left(until).map_or(SLICE, |left| left.min(SLICE)));
    match clock::is_past(until) {
        true => Slept::TimedOut,
        false => Slept::Disturbed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn long() -> Until {
        clock::until(Some(LONG))
    }

    fn sleepers(word: &AtomicU64) -> u64 {
        word.load(Ordering::SeqCst) & 0xf_ffff
    }

    #[test]
    fn who_sleeps_is_called_and_no_other() {
        let word = AtomicU64::new(0);
        let bell = Bell::new(&word, None);
        assert_eq!(bell.ring(Sleepers::All), 0);
        assert_eq!(word.load(Ordering::SeqCst), 0, "nobody has needed it");
        thread::scope(|scope| {
            let (give, get) = channel();
            for _ in 0..3 {
                let (give, word) = (give.clone(), &word);
                // As another process has it.
                scope.spawn(move || {
                    let bell = Bell::new(word, None);
                    loop {
                        if bell.sleep(|| true, None, long()) == Slept::Woken {
                            break;
                        }
                    }
                    give.send(()).unwrap();
                });
            }
            while sleepers(&word) != 3 {
                thread::yield_now();
            }
            assert_eq!(bell.ring(Sleepers::Some(1)), 1);
            get.recv_timeout(LONG).unwrap();
            assert!(get.try_recv().is_err());
            // They are not counted while they look once a second.
            let mut called = 0;
            while called < 2 {
                called += bell.ring(Sleepers::All);
                thread::yield_now();
            }
            assert_eq!(called, 2);
            for _ in 0..2 {
                get.recv_timeout(LONG).unwrap();
            }
        });
        assert_eq!(sleepers(&word), 0);
    }

    #[test]
    fn what_is_not_the_same_any_more_is_not_slept_for() {
        let word = AtomicU64::new(0);
        let bell = Bell::new(&word, None);
        assert_eq!(bell.sleep(|| false, None, long()), Slept::Disturbed);
        let short = clock::until(Some(Duration::from_millis(1)));
        assert_eq!(bell.sleep(|| true, None, short), Slept::TimedOut);
        assert_eq!(sleepers(&word), 0);
    }

    #[test]
    fn those_who_are_gone_are_not_called() {
        // Three have slept there, and were killed.
        let word = AtomicU64::new(0x123_4567_89ab << 20 | 3);
        let bell = Bell::new(&word, None);
        assert_eq!(bell.ring(Sleepers::Some(1)), 0);
        assert_eq!(word.load(Ordering::SeqCst), 0x123_4567_89ab << 20);
        // As many as can be.
        word.store(word.load(Ordering::SeqCst) | 0xf_ffff, Ordering::SeqCst);
        let short = clock::until(Some(Duration::from_millis(1)));
        assert_ne!(bell.sleep(|| true, None, short), Slept::Woken);
        assert_eq!(sleepers(&word), 0xf_ffff);
    }
}
