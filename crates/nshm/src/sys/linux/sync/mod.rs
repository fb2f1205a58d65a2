//! Objects to wait for: events, mutexes and semaphores over one word each (`protocol`), slept on
//! by futexes, with the kernel as witness of deaths. DESIGN.md, "How waiting works".

mod bias;
mod call;
mod held;
pub(crate) mod placed;
mod seat;
mod spin;
mod thread;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::seat::{At, OpenSeat, Seat};
use self::thread::Thread;
use super::call::{page_size, stat};
use super::domain;
use super::name::Place as NamePlace;
use super::object::{self, Object, look_up, taken};
use super::segment::Segment;
use crate::access::{Access, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Kind, Link, Pages, Traits};
use crate::load::ordered;
use crate::name::Name;
use crate::options::{Disposition, HugePages, Options, Setup};
use crate::protocol::{self, Place, Rule, Taken, Trouble, Until, Word};
use crate::sys::{Acquired, SyncState, create_step, open_step};

/// An open event, mutex or semaphore; dropping it closes it.
#[derive(Debug)]
pub(crate) struct SyncObject {
    seat: OpenSeat,
    rule: Rule,
    /// Of a semaphore.
    max: u32,
    /// The PID namespace in which it was made, whose thread ids are in its word.
    home: u64,
}

/// In a parameter: whether an event stays set.
const MANUAL: u64 = 1;

impl SyncObject {
    pub(crate) fn create(name: Option<&Name>, setup: Setup, options: &Options) -> Result<Self> {
        let step = create_step(setup.kind());
        let place = name.map(NamePlace::of).transpose()?;
        if let Some(place) = &place {
            place.prepare()?;
        }
        let _kept = Thread::current().keep_will();
        let mut new = Self::unpublished(place, setup, options)?;
        let holder = match new.object_mut() {
            Some(object) => object.publish(step)?,
            None => None,
        };
        match holder {
            None => new.begin(setup),
            Some(other) => Err(taken(other, setup.kind(), step)),
        }
    }

    pub(crate) fn open(name: &Name, kind: Kind, options: &Options) -> Result<Self> {
        Self::open_place(NamePlace::of(name)?, kind, options)
    }

    pub(crate) fn open_or_create(
        name: &Name,
        setup: Setup,
        options: &Options,
    ) -> Result<(Self, Disposition)> {
        let kind = setup.kind();
        let place = NamePlace::of(name)?;
        let _kept = Thread::current().keep_will();
        let (object, disposition) = object::open_or_create(
            &place,
            kind,
            create_step(kind),
            |place| Self::open_place(place.clone(), kind, options),
            |place| Self::unpublished(Some(place.clone()), setup, options),
            Self::object_mut,
        )?;
        match disposition {
            Disposition::Created => Ok((object.begin(setup)?, disposition)),
            Disposition::Opened => Ok((object, disposition)),
        }
    }

    /// Opens the object that a token stands for.
    pub(crate) fn from_token(token: &str, kind: Kind, options: &Options) -> Result<Self> {
        let step = open_step(kind);
        let token = object::of_token(token, kind, step)?;
        let object = Object::open_token(token, options, step)?;
        Self::of_object(object, kind, step)
    }

    pub(crate) fn token(&self) -> Result<String> {
        Ok(self.seat.get().object().token())
    }

    /// A new object that nobody can find yet.
    fn unpublished(
        place: Option<NamePlace>,
        setup: Setup,
        options: &Options,
    ) -> Result<SyncObject> {
        let kind = setup.kind();
        let block = Segment::create(page_size(), options)?;
        block.prepare(options, HugePages::No, options.access)?;
        let link = Link {
            kind,
            domain: domain::current()?,
            segment: block.id(),
            traits: Traits {
                closed: options.security == Security::nobody(),
                ..Traits::default()
            },
            pages: Pages::Within,
        };
        let object = Object::unpublished(block, link, place);
        let seat = Seat::new(object, create_step(kind))?;
        let (rule, parameter, word) = match setup {
            Setup::Event { manual, set } => {
                let rule = event_rule(manual);
                let unset = Word(0);
                let word = if set { unset.set(rule).0 } else { unset };
                (rule, if manual { MANUAL } else { 0 }, word)
            }
            Setup::Semaphore { count, max } => {
                (Rule::Semaphore, max.into(), Word(0).with_count(count))
            }
            Setup::Mutex { owned } => {
                let me = Thread::current().id();
                let word = match Rule::Mutex.take(Word(0), me, Rule::Mutex.ticket(Word(0))) {
                    Some((word, _)) if owned => word,
                    _ => Word(0),
                };
                (Rule::Mutex, 0, word)
            }
        };
        seat.parameter(0).store(parameter, Ordering::Relaxed);
        seat.parameter(1).store(pid_namespace(), Ordering::Relaxed);
        seat.word().store(word.0, Ordering::Release);
        let object = Self::new(seat, rule);
        // Until `begin`, for a mutex that is owned from its first moment.
        object.seat.at().write_will();
        Ok(object)
    }

    fn new(seat: Seat, rule: Rule) -> SyncObject {
        let max = seat.parameter(0).load(Ordering::Relaxed);
        let namespace = seat.parameter(1).load(Ordering::Relaxed);
        SyncObject {
            rule,
            max: u32::try_from(max).unwrap_or(u32::MAX),
            home: namespace,
            seat: OpenSeat::new(seat),
        }
    }

    /// What is left to do for a new object once others can find it.
    fn begin(self, setup: Setup) -> Result<SyncObject> {
        if setup == (Setup::Mutex { owned: true }) {
            protocol::keep(&self.seat.at(), Taken { abandoned: false })
                .map_err(|trouble| failed(create_step(Kind::Mutex), trouble))?;
        }
        Ok(self)
    }

    fn object_mut(&mut self) -> Option<&mut Object> {
        self.seat.get_mut().and_then(Seat::object_mut)
    }

    fn open_place(place: NamePlace, kind: Kind, options: &Options) -> Result<SyncObject> {
        let step = open_step(kind);
        let link = look_up(&place, kind, step)?;
        let object = Object::open(place, link, options, step)?;
        Self::of_object(object, kind, step)
    }

    fn of_object(object: Object, kind: Kind, step: &'static str) -> Result<SyncObject> {
        let is_whole = object.block().len() == page_size();
        if !is_whole {
            return Err(Error::new(ErrorKind::Corrupt, step).detail("its memory has another size"));
        }
        let seat = Seat::new(object, step)?;
        let rule = match kind {
            Kind::Mutex => Rule::Mutex,
            Kind::Semaphore => Rule::Semaphore,
            _ => event_rule(seat.parameter(0).load(Ordering::Relaxed) == MANUAL),
        };
        let object = Self::new(seat, rule);
        object.check_home(step)?;
        Ok(object)
    }

    /// Refuses a mutex where thread ids mean others than in its word: that of another PID namespace, as
    /// that of a forked child may be.
    fn check_home(&self, step: &'static str) -> Result<()> {
        match self.rule == Rule::Mutex && self.home != pid_namespace() {
            true => Err(foreign(step)),
            false => Ok(()),
        }
    }

    pub(crate) fn name(&self) -> Option<&Name> {
        self.seat.get().object().name()
    }

    /// Whether two are the same object.
    pub(crate) fn is_same(&self, other: &SyncObject) -> bool {
        self.seat.get().identity() == other.seat.get().identity()
    }

    pub(crate) fn close(self) -> Result<()> {
        self.seat.close()
    }

    pub(crate) fn state(&self) -> Result<SyncState> {
        let word = self.word();
        Ok(match self.rule {
            Rule::ManualEvent | Rule::AutoEvent => SyncState::Event {
                manual: self.rule == Rule::ManualEvent,
                set: word.is_set(),
            },
            Rule::Mutex => SyncState::Mutex {
                owner: Some(word.owner())
                    .filter(|owner| *owner != 0 && !self.rule.is_claimed(word)),
                abandoned: word.was_abandoned(),
            },
            Rule::Semaphore => SyncState::Semaphore {
                count: word.count(),
                max: self.max,
            },
        })
    }

    fn word(&self) -> Word {
        // Who only asks for a state may have no more right than to read.
        let word = self.seat.get().word();
        Word(ordered(Ordering::Acquire, |ordering| word.load(ordering)))
    }

    #[inline]
    pub(crate) fn set(&self) -> Result<()> {
        match protocol::set_at_once(&self.seat.at_unasked(), self.rule) {
            true => Ok(()),
            false => self.set_slowly(),
        }
    }

    #[inline(never)]
    fn set_slowly(&self) -> Result<()> {
        protocol::set_and_wake(&self.seat.at(), self.rule)
            .map_err(|trouble| failed("set event", trouble))
    }

    pub(crate) fn reset(&self) -> Result<()> {
        protocol::reset(&self.seat.at(), self.rule)
            .map_err(|trouble| failed("reset event", trouble))
    }

    pub(crate) fn pulse(&self) -> Result<()> {
        protocol::pulse(&self.seat.at(), self.rule)
            .map_err(|trouble| failed("pulse event", trouble))
    }

    pub(crate) fn release(&self, count: u32) -> Result<u32> {
        protocol::release(&self.seat.at(), count, self.max)
            .map_err(|trouble| failed("release semaphore", trouble))
    }

    #[inline]
    pub(crate) fn unlock(&self) -> Result<()> {
        match protocol::unlock_at_once(&self.seat.at_unasked()) {
            true => Ok(()),
            false => self.unlock_slowly(),
        }
    }

    #[inline(never)]
    fn unlock_slowly(&self) -> Result<()> {
        protocol::unlock(&self.seat.at()).map_err(|trouble| failed("unlock mutex", trouble))
    }

    /// Takes a mutex, if that is the matter of a moment.
    #[inline(always)]
    pub(crate) fn lock_at_once(&self) -> Option<Acquired> {
        protocol::take_at_once(&self.seat.at_unasked(), Rule::Mutex).map(acquired)
    }

    #[inline]
    fn take_at_once(&self) -> Option<Acquired> {
        protocol::take_at_once(&self.seat.at_unasked(), self.rule).map(acquired)
    }

    /// Waits for it and takes it; `None` if the time has passed. No time: as long as it takes.
    #[inline]
    pub(crate) fn acquire(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        match self.take_at_once() {
            Some(acquired) => Ok(Some(acquired)),
            None => self.acquire_slowly(timeout),
        }
    }

    #[inline(never)]
    fn acquire_slowly(&self, timeout: Option<Duration>) -> Result<Option<Acquired>> {
        self.check_home(WAIT)?;
        let taken = protocol::acquire(&self.seat.at(), self.rule, until(timeout));
        let taken = taken.map_err(|trouble| failed(WAIT, trouble))?;
        Ok(taken.map(acquired))
    }

    pub(crate) fn wait_any(
        objects: &[&SyncObject],
        timeout: Option<Duration>,
    ) -> Result<Option<(usize, Acquired)>> {
        for object in objects {
            object.check_home(WAIT)?;
        }
        let places = places(objects);
        let taken = protocol::take_any(&with_rules(&places), until(timeout));
        let taken = taken.map_err(|trouble| failed(WAIT, trouble))?;
        Ok(taken.map(|(index, taken)| (index, acquired(taken))))
    }

    pub(crate) fn wait_all(
        objects: &[&SyncObject],
        timeout: Option<Duration>,
    ) -> Result<Option<Acquired>> {
        // Who takes several claims each of them by its id.
        let here = pid_namespace();
        if objects.iter().any(|object| object.home != here) {
            return Err(foreign(WAIT));
        }
        let places = places(objects);
        let taken = protocol::take_all(&with_rules(&places), until(timeout));
        let taken = taken.map_err(|trouble| failed(WAIT, trouble))?;
        Ok(taken.map(acquired))
    }
}

/// What the object of a name is like. It is opened to be read, for an instant.
pub(crate) fn state(name: &Name, kind: Kind) -> Result<SyncState> {
    let options = Options {
        access: Access::ReadOnly,
        ..Options::default()
    };
    let object = SyncObject::open(name, kind, &options)?;
    let state = object.state()?;
    object.close()?;
    Ok(state)
}

const WAIT: &str = "wait";

fn places<'a>(objects: &[&'a SyncObject]) -> Vec<(At<'a>, Rule)> {
    let place = |object: &&'a SyncObject| (object.seat.at(), object.rule);
    objects.iter().map(place).collect()
}

fn with_rules<'p, 'a>(places: &'p [(At<'a>, Rule)]) -> Vec<(&'p At<'a>, Rule)> {
    places.iter().map(|(at, rule)| (at, *rule)).collect()
}

fn acquired(taken: Taken) -> Acquired {
    Acquired {
        abandoned: taken.abandoned,
    }
}

fn event_rule(manual: bool) -> Rule {
    if manual {
        Rule::ManualEvent
    } else {
        Rule::AutoEvent
    }
}

fn until(timeout: Option<Duration>) -> Until {
    match timeout {
        None => Until::Forever,
        Some(Duration::ZERO) => Until::Now,
        Some(timeout) => call::now()
            .checked_add(timeout)
            .map_or(Until::Forever, Until::At),
    }
}

#[cold]
fn failed(step: &'static str, trouble: Trouble) -> Error {
    let error = |kind| Error::new(kind, step);
    match trouble {
        Trouble::Claimed => error(ErrorKind::TimedOut).detail(
            "a process that waits for several objects has stopped in the midst of taking them",
        ),
        Trouble::Corrupt => {
            error(ErrorKind::Corrupt).detail("another process has written into the object")
        }
        Trouble::Full => error(ErrorKind::TooManyPosts),
        Trouble::NotOwner => error(ErrorKind::NotOwner),
        Trouble::WouldDeadlock => error(ErrorKind::WouldDeadlock),
        Trouble::Unknown => error(ErrorKind::Other)
            .detail("the system does not tell whether the owner of the lock is alive"),
        Trouble::Unsupported => error(ErrorKind::Unsupported).detail(
            "this thread cannot own the mutex: it is ending, it owns 1,024 others, or the C library \
             has not registered a robust list of the usual form for it",
        ),
    }
}

fn foreign(step: &'static str) -> Error {
    Error::new(ErrorKind::ForeignNamespace, step)
        .detail("it was made in another PID namespace, where thread ids mean other threads")
        .with_hint("run both programs in one PID namespace (`docker run --pid=...`)")
}

/// The inode of this process's PID namespace, in which thread ids mean something; 0 where /proc
/// does not tell.
fn pid_namespace() -> u64 {
    let known = PID_NAMESPACE.load(Ordering::Relaxed);
    if known != UNKNOWN {
        return known;
    }
    // From now on the children of this process forget what is stored here.
    thread::generation();
    let namespace = stat(c"/proc/thread-self/ns/pid").map_or(0, |stat| stat.inode);
    PID_NAMESPACE.store(namespace, Ordering::Relaxed);
    namespace
}

/// A process stays in its PID namespace; its children may be in another one.
static PID_NAMESPACE: AtomicU64 = AtomicU64::new(UNKNOWN);
const UNKNOWN: u64 = u64::MAX;

/// In a forked child: it may be in another one.
fn forget_pid_namespace() {
    PID_NAMESPACE.store(UNKNOWN, Ordering::Relaxed);
}
