//! The protocol under a model checker: loom runs every interleaving of a few threads, and a
//! simulated kernel does what Linux does when a thread sleeps, wakes another one, or dies.
//!
//! A thread is killed by unwinding it at its n-th step, for every n: what it would still have done
//! does not happen, and the kernel executes its will. A lost wake-up is a deadlock, which loom
//! reports. Each algorithm is also run with bugs put into it, by places that do not keep what
//! [`Place`] promises, and the model must find them.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;

use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::*;

/// A bug to put in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bug {
    None,
    /// A dying thread's will is lost.
    NoWill,
    /// A dying thread's locks stay as they are.
    NoRobustList,
    /// A sleeper does not look at the word again when it is in the queue.
    SleepsUnseen,
    /// Who was woken and takes does not say that others may be asleep.
    ForgetsOthers,
    /// Of those who sleep on several words one is woken, where all must be.
    WakesOneOfCrowd,
    /// Changes are not published.
    Relaxed,
    /// Who unlocks a mutex does not leave word that others sleep.
    UnmarksSleepers,
    /// What a thread takes for watched is not in its robust list.
    OnlyTakenForWatched,
    /// Who wakes is told that there was somebody.
    WakesNobody,
}

struct Object {
    number: u32,
    rule: Rule,
    word: AtomicU64,
}

/// A thread that sleeps, or was woken and has not run yet.
struct Sleeper {
    /// Where it can be woken, also once more.
    on: Vec<u32>,
    looks_again: bool,
    /// Why its sleep has ended, and at which object.
    ended: Rc<Cell<Option<(Slept, u32)>>>,
}

struct Kernel {
    /// In the order in which they came.
    sleepers: Mutex<Vec<Sleeper>>,
    /// Some were woken.
    woken: Condvar,
    /// One has come.
    come: Condvar,
    /// Who has become another program; changed while the sleepers are locked.
    gone: Cell<u32>,
    /// How many have been killed; changed as above.
    deaths: Cell<u32>,
}

impl Kernel {
    fn new() -> Rc<Self> {
        Rc::new(Kernel {
            sleepers: Mutex::new(Vec::new()),
            woken: Condvar::new(),
            come: Condvar::new(),
            gone: Cell::new(0),
            deaths: Cell::new(0),
        })
    }

    /// Waits until so many are asleep, or dead.
    fn await_sleepers(&self, count: usize) {
        let mut sleepers = self.sleepers.lock().unwrap();
        let is_asleep = |sleeper: &&Sleeper| sleeper.ended.get().is_none();
        while sleepers.iter().filter(is_asleep).count() < count {
            sleepers = self.come.wait(sleepers).unwrap();
        }
    }

    /// A thread becomes another program, and what it owns stays as it is. A second passes.
    fn exec(&self, thread: u32) {
        let sleepers = self.sleepers.lock().unwrap();
        self.gone.set(thread);
        for sleeper in &*sleepers {
            sleeper.ended.set(Some((Slept::Late, 0)));
        }
        self.woken.notify_all();
    }

    fn is_gone(&self, thread: u32) -> bool {
        let _sleepers = self.sleepers.lock().unwrap();
        self.gone.get() == thread
    }

    /// Counts a thread that has died among the sleepers whom nobody wakes. A second passes.
    fn bury(&self) {
        let mut sleepers = self.sleepers.lock().unwrap();
        self.deaths.set(self.deaths.get() + 1);
        for sleeper in sleepers.iter().filter(|sleeper| sleeper.looks_again) {
            if sleeper.ended.get().is_none() {
                sleeper.ended.set(Some((Slept::Late, 0)));
            }
        }
        self.woken.notify_all();
        sleepers.push(Sleeper {
            on: Vec::new(),
            looks_again: false,
            ended: Rc::default(),
        });
        self.come.notify_all();
    }

    fn wake(&self, object: &Object, mut count: u32) -> bool {
        let most = count;
        let mut sleepers = self.sleepers.lock().unwrap();
        for sleeper in &mut *sleepers {
            let place = sleeper.on.iter().position(|on| *on == object.number);
            let Some(place) = place.filter(|_| count != 0) else {
                continue;
            };
            count -= 1;
            sleeper.on.remove(place);
            if !matches!(sleeper.ended.get(), Some((Slept::Woken, _))) {
                sleeper.ended.set(Some((Slept::Woken, object.number)));
            }
        }
        self.woken.notify_all();
        count != most
    }

    /// Gives why the sleep has ended, and the number of the object at which it was woken.
    fn sleep(&self, words: &[(&Object, Word)], how: How) -> (Slept, u32) {
        let mut sleepers = self.sleepers.lock().unwrap();
        let is_same = |(object, word): &(&Object, Word)| {
            Word(object.word.load(Ordering::SeqCst)).lower() == word.lower()
        };
        if !how.unseen && !words.iter().all(is_same) {
            return (Slept::Disturbed, 0);
        }
        let ended = Rc::new(Cell::new(None));
        sleepers.push(Sleeper {
            on: words.iter().map(|(object, _)| object.number).collect(),
            looks_again: how.looks_again,
            ended: ended.clone(),
        });
        self.come.notify_all();
        if let Some(end) = how.end {
            // Time passes while others run, for as long as the model likes.
            drop(sleepers);
            thread::yield_now();
            sleepers = self.sleepers.lock().unwrap();
            ended.set(ended.get().or(Some((end, 0))));
        }
        loop {
            if let Some(end) = ended.get() {
                sleepers.retain(|sleeper| !Rc::ptr_eq(&sleeper.ended, &ended));
                return end;
            }
            sleepers = self.woken.wait(sleepers).unwrap();
        }
    }
}

/// How a thread sleeps.
struct How {
    /// As what it ends when the model likes.
    end: Option<Slept>,
    /// It ends when somebody has died, as that much time passes then.
    looks_again: bool,
    /// The words are not looked at once more.
    unseen: bool,
}

/// A thread, and when it is to die.
struct Thread {
    id: u32,
    kernel: Rc<Kernel>,
    bug: Bug,
    kill_at: Option<u32>,
    steps: Cell<u32>,
    is_dead: Cell<bool>,
    will: RefCell<Option<Rc<Object>>>,
    held: RefCell<Vec<(Rc<Object>, u32)>>,
    /// What stays in its robust list, held or not.
    watched: RefCell<Vec<Rc<Object>>>,
    /// It has no room for what it would own.
    is_full: Cell<bool>,
    /// After so many deaths it has looked again.
    has_looked: Cell<u32>,
    /// What it took of each object and did not give back: tokens and locks.
    has: Cell<[i64; 2]>,
}

/// What unwinds a thread that is killed.
struct Killed;

impl Thread {
    fn new(id: u32, kernel: &Rc<Kernel>, bug: Bug, kill_at: Option<u32>) -> Rc<Self> {
        Rc::new(Thread {
            id,
            kernel: kernel.clone(),
            bug,
            kill_at,
            steps: Cell::new(0),
            is_dead: Cell::new(false),
            will: RefCell::new(None),
            held: RefCell::new(Vec::new()),
            watched: RefCell::new(Vec::new()),
            is_full: Cell::new(false),
            has_looked: Cell::new(0),
            has: Cell::new([0; 2]),
        })
    }

    fn step(&self) {
        if self.is_dead.get() {
            return;
        }
        if self.kill_at == Some(self.steps.get()) {
            self.is_dead.set(true);
            WAS_KILLED.set(true);
            panic::resume_unwind(Box::new(Killed));
        }
        self.steps.set(self.steps.get() + 1);
    }

    /// Sleeps for ever, or as long as the model likes. Nothing needs a second look but a grant that is
    /// left, an owner that is gone, and a crowd at an event of whom one was killed.
    fn sleep(&self, words: &[(&Object, Word)], until: Until) -> (Slept, u32) {
        self.step();
        let is_left = |(object, word): &(&Object, Word)| match object.rule {
            Rule::Mutex => self.kernel.is_gone(word.owner()),
            rule => rule.is_granted(*word),
        };
        let is_crowd =
            |(object, word): &(&Object, Word)| object.rule == Rule::AutoEvent && word.has_crowd();
        let looks_again = words.iter().any(is_crowd);
        let deaths = self.kernel.deaths.get();
        let is_due = looks_again && self.has_looked.replace(deaths) < deaths;
        let end = match until {
            Until::Forever => (is_due || words.iter().any(is_left)).then_some(Slept::Late),
            Until::Now | Until::At(_) => Some(Slept::TimedOut),
        };
        let how = How {
            end,
            looks_again,
            unseen: self.bug == Bug::SleepsUnseen,
        };
        self.kernel.sleep(words, how)
    }

    /// Runs a body to its end or to this thread's, and then does what the kernel does.
    fn run<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        let result = panic::catch_unwind(AssertUnwindSafe(body));
        match result {
            Ok(result) => Some(result),
            Err(reason) if reason.is::<Killed>() => {
                self.die();
                None
            }
            Err(reason) => panic::resume_unwind(reason),
        }
    }

    /// `exit_robust_list` of the kernel.
    fn die(&self) {
        let will = self.will.take();
        let is_will = |object: &Object| will.as_ref().is_some_and(|it| it.number == object.number);
        let held = self.held.take().into_iter().map(|(object, _)| object);
        let watched = match self.bug {
            Bug::OnlyTakenForWatched => Vec::new(),
            _ => self.watched.take(),
        };
        for object in held.chain(watched) {
            if !is_will(&object) {
                self.bury(&object, false);
            }
        }
        if let Some(object) = will {
            self.bury(&object, true);
        }
        self.kernel.bury();
    }

    /// `handle_futex_death` of the kernel.
    fn bury(&self, object: &Object, is_will: bool) {
        let mut word = Word(object.word.load(Ordering::SeqCst));
        loop {
            if is_will && word.owner() == 0 {
                if self.bug != Bug::NoWill {
                    self.kernel.wake(object, 1);
                }
                return;
            }
            if word.owner() != self.id || self.bug == Bug::NoRobustList {
                return;
            }
            let to = word.abandon();
            match object
                .word
                .compare_exchange(word.0, to.0, Ordering::SeqCst, Ordering::SeqCst)
            {
                Ok(_) => break,
                Err(now) => word = Word(now),
            }
        }
        if word.has_waiters() {
            self.kernel.wake(object, 1);
        }
    }
}

/// An object, as a thread sees it.
struct At {
    thread: Rc<Thread>,
    object: Rc<Object>,
}

impl At {
    fn new(thread: &Rc<Thread>, object: &Rc<Object>) -> Self {
        At {
            thread: thread.clone(),
            object: object.clone(),
        }
    }

    /// Puts the object into the thread's robust list for good.
    fn watch(&self) {
        self.thread.watched.borrow_mut().push(self.object.clone());
    }
}

impl Place for At {
    fn load(&self) -> Word {
        self.thread.step();
        Word(self.object.word.load(Ordering::Acquire))
    }

    fn replace(&self, from: Word, to: Word) -> bool {
        self.thread.step();
        let forgets = self.thread.bug == Bug::ForgetsOthers && self.thread.will.borrow().is_some();
        let to = match forgets && !from.has_waiters() {
            true => to.without_waiters(),
            false => to,
        };
        let frees = from.owner() == self.thread.id && to.owner() == 0;
        let to = match self.thread.bug == Bug::UnmarksSleepers && frees {
            true => to.without_waiters(),
            false => to,
        };
        let success = match self.thread.bug {
            Bug::Relaxed => Ordering::Relaxed,
            _ => Ordering::AcqRel,
        };
        let replaced = self
            .object
            .word
            .compare_exchange(from.0, to.0, success, Ordering::Acquire)
            .is_ok();
        if replaced {
            let Object { rule, number, .. } = *self.object;
            let mut has = self.thread.has.get();
            has[number as usize] += worth(rule, from) - worth(rule, to);
            self.thread.has.set(has);
        }
        replaced
    }

    fn sleep(&self, word: Word, until: Until, _: bool) -> Slept {
        self.thread.sleep(&[(&*self.object, word)], until).0
    }

    fn sleep_any(places: &[(&Self, Word)], until: Until) -> (Slept, usize) {
        let words: Vec<_> = places
            .iter()
            .map(|(place, word)| (&*place.object, *word))
            .collect();
        let (slept, number) = places[0].0.thread.sleep(&words, until);
        let index = words.iter().position(|(object, _)| object.number == number);
        (slept, index.unwrap_or(0))
    }

    fn wake(&self, sleepers: Sleepers) -> bool {
        self.thread.step();
        let count = match sleepers {
            Sleepers::None => return false,
            Sleepers::Some(count) => count,
            Sleepers::All if self.thread.bug == Bug::WakesOneOfCrowd => 1,
            Sleepers::All => u32::MAX,
        };
        self.thread.kernel.wake(&self.object, count) || self.thread.bug == Bug::WakesNobody
    }

    fn pause(&self, _: u32, until: Until) -> bool {
        self.thread.step();
        thread::yield_now();
        until == Until::Forever
    }

    /// One look.
    fn spin(&self, word: Word) -> bool {
        self.load() != word
    }

    fn thread(&self) -> u32 {
        self.thread.id
    }

    fn write_will(&self) -> usize {
        self.thread.step();
        self.thread.will.replace(Some(self.object.clone()));
        0
    }

    fn restore_will(&self, _: usize) {
        if !self.thread.is_dead.get() {
            self.thread.will.replace(None);
        }
    }

    fn is_gone(&self, owner: u32) -> bool {
        self.thread.kernel.is_gone(owner)
    }

    fn is_held(&self) -> bool {
        let held = self.thread.held.borrow();
        held.iter()
            .any(|(object, _)| object.number == self.object.number)
    }

    fn is_watched(&self) -> bool {
        let watched = self.thread.watched.borrow();
        watched
            .iter()
            .any(|object| object.number == self.object.number)
    }

    fn hold_watched(&self) {
        let mut held = self.thread.held.borrow_mut();
        held.push((self.object.clone(), 1));
    }

    fn let_go_watched(&self) -> bool {
        let mut held = self.thread.held.borrow_mut();
        let is_it = |(object, depth): &(Rc<Object>, u32)| {
            object.number == self.object.number && *depth == 1
        };
        let index = held.iter().position(is_it).filter(|_| self.is_watched());
        index.map(|index| held.remove(index)).is_some()
    }

    fn hold(&self) -> Result<(), Trouble> {
        self.thread.step();
        if self.thread.is_full.get() {
            return Err(Trouble::Unsupported);
        }
        let mut held = self.thread.held.borrow_mut();
        held.push((self.object.clone(), 1));
        Ok(())
    }

    fn hold_again(&self) -> Result<(), Trouble> {
        let mut held = self.thread.held.borrow_mut();
        let is_it = |(object, _): &&mut (Rc<Object>, u32)| object.number == self.object.number;
        let (_, depth) = held.iter_mut().find(is_it).ok_or(Trouble::Corrupt)?;
        *depth += 1;
        Ok(())
    }

    fn let_go(&self) -> Left {
        self.thread.step();
        let mut held = self.thread.held.borrow_mut();
        let is_it = |(object, _): &(Rc<Object>, u32)| object.number == self.object.number;
        let Some(index) = held.iter().position(is_it) else {
            return Left::Nothing;
        };
        held[index].1 -= 1;
        if held[index].1 != 0 {
            return Left::Some;
        }
        held.remove(index);
        Left::All
    }

    fn identity(&self) -> u128 {
        u128::from(self.object.number)
    }
}

/// How much there is to take.
fn worth(rule: Rule, word: Word) -> i64 {
    match rule {
        Rule::ManualEvent => i64::from(word.is_set()),
        Rule::AutoEvent => i64::from(word.is_set()) + grants(word),
        Rule::Semaphore => i64::from(word.count()),
        Rule::Mutex => i64::from(word.owner() == 0 || rule.is_claimed(word)),
    }
}

/// How many sleepers of an event may go who have not run yet.
fn grants(word: Word) -> i64 {
    let fewer = |word: &Word| word.ungranted().map(|(fewer, _)| fewer);
    std::iter::successors(fewer(&word), fewer).count() as i64
}

/// A world for one run: objects, a kernel, and a bug.
struct World {
    kernel: Rc<Kernel>,
    bug: Bug,
    objects: Vec<Rc<Object>>,
}

/// What became of a thread.
struct End<R> {
    result: Option<R>,
    /// What it had taken of each object and not given back.
    has: [i64; 2],
}

impl World {
    fn new(bug: Bug, objects: &[(Rule, Word)]) -> Rc<Self> {
        let objects = objects.iter().zip(0..).map(|((rule, word), number)| {
            Rc::new(Object {
                number,
                rule: *rule,
                word: AtomicU64::new(word.0),
            })
        });
        Rc::new(World {
            kernel: Kernel::new(),
            bug,
            objects: objects.collect(),
        })
    }

    fn word(&self, index: usize) -> Word {
        Word(self.objects[index].word.load(Ordering::SeqCst))
    }

    fn places(&self, thread: &Rc<Thread>) -> Vec<At> {
        let at = |object| At::new(thread, object);
        self.objects.iter().map(at).collect()
    }

    fn spawn<R: 'static>(
        self: &Rc<Self>,
        id: u32,
        kill_at: Option<u32>,
        body: impl FnOnce(&[At]) -> R + 'static,
    ) -> thread::JoinHandle<End<R>> {
        let world = self.clone();
        thread::spawn(move || world.run(id, kill_at, body))
    }

    fn run<R>(&self, id: u32, kill_at: Option<u32>, body: impl FnOnce(&[At]) -> R) -> End<R> {
        let thread = Thread::new(id, &self.kernel, self.bug, kill_at);
        let places = self.places(&thread);
        let result = thread.run(|| body(&places));
        End {
            result,
            has: thread.has.get(),
        }
    }
}

/// Runs a scene in every order of its threads' steps in which no more than two are interrupted.
fn check(scene: impl Fn() + Sync + Send + 'static) {
    check_with(2, scene);
}

pub(super) fn check_with(interruptions: usize, scene: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(interruptions);
    model.max_branches = 2_000;
    model.check(scene);
}

std::thread_local! {
    /// Whether a victim has come to the step at which it is to die. All threads of a model are
    /// one to the system.
    pub(super) static WAS_KILLED: Cell<bool> = const { Cell::new(false) };
}

/// How many threads are interrupted in a scene that is run for every step of its victim.
/// `NSHM_TEST_INTERRUPTIONS` sets it: one more takes ten times as long. A bug ends the search.
pub(super) fn interruptions(has_bug: bool) -> usize {
    let set = std::env::var("NSHM_TEST_INTERRUPTIONS").ok();
    let usual = if has_bug { 2 } else { 1 };
    set.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Runs a scene with its victim killed at each of its steps, and once unharmed.
fn check_kills(bug: Bug, scene: impl Fn(Option<u32>) + Sync + Send + Copy + 'static) {
    for step in 0.. {
        WAS_KILLED.set(false);
        check_with(interruptions(bug != Bug::None), move || scene(Some(step)));
        if !WAS_KILLED.get() {
            return;
        }
    }
}

/// Asserts that a scene fails.
#[track_caller]
pub(super) fn finds(bug: impl std::fmt::Debug, run: impl FnOnce()) {
    let found = panic::catch_unwind(AssertUnwindSafe(run)).is_err();
    assert!(found, "the model does not find {bug:?}");
}

const FOREVER: Until = Until::Forever;

fn took(end: &End<Result<Option<Taken>, Trouble>>) -> bool {
    matches!(end.result, Some(Ok(Some(_))))
}

/// Words to begin with.
fn unset() -> Word {
    Word(0)
}

mod event {
    use super::*;

    const RULE: Rule = Rule::AutoEvent;

    /// One sets, one waits, and sees what the first wrote before.
    fn hands_data_over(bug: Bug, rule: Rule) {
        check(move || {
            let world = World::new(bug, &[(rule, unset())]);
            let data = Rc::new(AtomicU32::new(0));
            let written = data.clone();
            let setter = world.spawn(2, None, move |at| {
                written.store(1, Ordering::Relaxed);
                set(&at[0], rule)
            });
            let end = world.run(1, None, |at| acquire(&at[0], rule, FOREVER));
            assert!(took(&end));
            assert_eq!(data.load(Ordering::Relaxed), 1);
            setter.join().unwrap();
        });
    }

    #[test]
    fn what_was_written_before_is_seen_after() {
        hands_data_over(Bug::None, Rule::AutoEvent);
        hands_data_over(Bug::None, Rule::ManualEvent);
        for bug in [Bug::Relaxed, Bug::SleepsUnseen] {
            finds(bug, || hands_data_over(bug, Rule::AutoEvent));
        }
    }

    /// Two wait and hand the one token on, and one of them is killed.
    fn one_of_two_is_killed(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &[(RULE, unset())]);
            let pass = |at: &[At]| {
                let taken = acquire(&at[0], RULE, FOREVER);
                set(&at[0], RULE).map(|()| taken)
            };
            let victim = world.spawn(2, kill_at, pass);
            let other = world.spawn(3, None, pass);
            world.run(1, None, |at| set(&at[0], RULE));
            if victim.join().unwrap().has[0] != 0 {
                // It was killed while it had the token.
                world.run(1, None, |at| set(&at[0], RULE));
            }
            other.join().unwrap();
            assert!(worth(RULE, world.word(0)) != 0);
        });
    }

    #[test]
    fn no_token_is_lost_with_a_waiter_or_a_setter() {
        one_of_two_is_killed(Bug::None);
        finds(Bug::NoWill, || one_of_two_is_killed(Bug::NoWill));
    }

    fn wait(at: &[At]) -> Result<Option<Taken>, Trouble> {
        acquire(&at[0], RULE, FOREVER)
    }

    fn wait_shortly(at: &[At]) -> Result<Option<Taken>, Trouble> {
        acquire(&at[0], RULE, Until::At(Duration::ZERO))
    }

    /// Whether somebody who comes now finds the event set.
    fn is_found_set(world: &World) -> bool {
        took(&world.run(9, None, |at| acquire(&at[0], RULE, Until::Now)))
    }

    /// Two sleep, and the event is set twice before any of them has run. A reset takes nothing back, and
    /// who comes later takes nothing away.
    fn two_sets_let_two_go(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let sleepers = [world.spawn(2, None, wait), world.spawn(3, None, wait)];
            world.kernel.await_sleepers(2);
            world.run(1, None, |at| {
                set(&at[0], RULE).unwrap();
                set(&at[0], RULE).unwrap();
                reset(&at[0], RULE).unwrap();
            });
            assert!(!is_found_set(&world));
            for sleeper in sleepers {
                assert!(took(&sleeper.join().unwrap()));
            }
            assert_eq!(worth(RULE, world.word(0)), 0);
        });
    }

    #[test]
    fn two_sets_in_a_row_let_one_of_two_sleepers_go() {
        two_sets_let_two_go(Bug::None);
        finds(Bug::ForgetsOthers, || {
            two_sets_let_two_go(Bug::ForgetsOthers)
        });
    }

    /// Two sleep, the event is set twice, and one of the two is killed, or the one who sets.
    fn one_is_killed_who_was_let_go(bug: Bug, victim: u32) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &[(RULE, unset())]);
            let kill = |id| kill_at.filter(|_| id == victim);
            let sleepers = [world.spawn(2, kill(2), wait), world.spawn(3, None, wait)];
            world.kernel.await_sleepers(2);
            let setter = world.run(1, kill(1), |at| {
                set(&at[0], RULE).unwrap();
                set(&at[0], RULE).unwrap();
            });
            if setter.result.is_none() {
                world.run(4, None, |at| {
                    set(&at[0], RULE).unwrap();
                    set(&at[0], RULE).unwrap();
                });
            }
            let [first, second] = sleepers.map(|sleeper| sleeper.join().unwrap());
            assert!(took(&second));
            assert!(took(&first) || first.result.is_none());
            if setter.result.is_some() {
                assert_eq!(worth(RULE, world.word(0)) + first.has[0] + second.has[0], 2);
            }
        });
    }

    #[test]
    fn who_was_let_go_was_killed_and_the_other_slept_on() {
        for victim in [1, 2] {
            one_is_killed_who_was_let_go(Bug::None, victim);
        }
    }

    /// One waits for a while, and the event is set: one of the two has it, the waiter or the event.
    fn one_leaves(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let hasty = world.spawn(2, None, wait_shortly);
            world.run(1, None, |at| set(&at[0], RULE));
            let took_it = took(&hasty.join().unwrap());
            assert_eq!(is_found_set(&world), !took_it);
        });
    }

    #[test]
    fn what_a_waiter_left_could_not_be_found() {
        one_leaves(Bug::None);
        finds(Bug::WakesNobody, || one_leaves(Bug::WakesNobody));
    }

    /// The same beside one who sleeps on.
    fn one_leaves_another(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let hasty = world.spawn(2, None, wait_shortly);
            let patient = world.spawn(3, None, wait);
            world.run(1, None, |at| set(&at[0], RULE));
            if took(&hasty.join().unwrap()) {
                world.run(1, None, |at| set(&at[0], RULE));
            }
            assert!(took(&patient.join().unwrap()));
            assert_eq!(worth(RULE, world.word(0)), 0);
        });
    }

    #[test]
    fn who_leaves_lets_another_go() {
        one_leaves_another(Bug::None);
        finds(Bug::SleepsUnseen, || one_leaves_another(Bug::SleepsUnseen));
    }

    /// A pulse lets a sleeper go, and leaves nothing where there is none any more.
    fn is_pulsed(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let hasty = world.spawn(2, None, wait_shortly);
            world.run(1, None, |at| pulse(&at[0], RULE));
            hasty.join().unwrap();
            assert!(!is_found_set(&world));
            let earlier = RULE.ticket(unset());
            assert_eq!(RULE.take(world.word(0), 9, earlier), None);

            let patient = world.spawn(3, None, wait);
            world.kernel.await_sleepers(1);
            world.run(1, None, |at| pulse(&at[0], RULE));
            assert!(took(&patient.join().unwrap()));
            assert!(!is_found_set(&world));
        });
    }

    #[test]
    fn a_pulse_that_nobody_heard_was_kept() {
        is_pulsed(Bug::None);
        finds(Bug::WakesNobody, || is_pulsed(Bug::WakesNobody));
    }
}

mod semaphore {
    use super::*;

    const RULE: Rule = Rule::Semaphore;

    /// Two wait, a third one releases both at once, and one of them all is killed.
    fn one_of_three_is_killed(bug: Bug, victim: u32) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &[(RULE, unset())]);
            let kill = |id| kill_at.filter(|_| id == victim);
            let wait = |at: &[At]| acquire(&at[0], RULE, FOREVER);
            let first = world.spawn(2, kill(2), wait);
            let second = world.spawn(3, kill(3), wait);
            let giver = world.run(1, kill(1), |at| release(&at[0], 2, 2));
            if giver.has[0] == 0 {
                // It was killed before it could.
                world
                    .run(4, None, |at| release(&at[0], 2, 2))
                    .result
                    .unwrap()
                    .unwrap();
            }
            let has = first.join().unwrap().has[0] + second.join().unwrap().has[0];
            // Nothing is lost: what nobody has is there.
            assert_eq!(i64::from(world.word(0).count()) + has, 2);
        });
    }

    #[test]
    fn the_count_is_conserved_and_nobody_is_left_asleep() {
        one_of_three_is_killed(Bug::None, 1);
        one_of_three_is_killed(Bug::None, 2);
        finds(Bug::NoWill, || one_of_three_is_killed(Bug::NoWill, 1));
        finds(Bug::SleepsUnseen, || {
            one_of_three_is_killed(Bug::SleepsUnseen, 2)
        });
    }

    /// Released one by one, while those who wait are many.
    fn one_by_one(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let wait = |at: &[At]| acquire(&at[0], RULE, FOREVER);
            let waiters = [world.spawn(2, None, wait), world.spawn(3, None, wait)];
            for _ in 0..2 {
                world.run(1, None, |at| release(&at[0], 1, 2));
            }
            for waiter in waiters {
                assert!(took(&waiter.join().unwrap()));
            }
        });
    }

    #[test]
    fn who_was_woken_thinks_of_those_still_asleep() {
        one_by_one(Bug::None);
        finds(Bug::ForgetsOthers, || one_by_one(Bug::ForgetsOthers));
    }

    /// Who waits no longer must not keep what it was woken for.
    fn one_gives_up(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset())]);
            let hasty = world.spawn(2, None, |at| {
                acquire(&at[0], RULE, Until::At(Duration::ZERO))
            });
            let patient = world.spawn(3, None, |at| acquire(&at[0], RULE, FOREVER));
            world.run(1, None, |at| release(&at[0], 1, 2));
            if took(&hasty.join().unwrap()) {
                world.run(1, None, |at| release(&at[0], 1, 2));
            }
            assert!(took(&patient.join().unwrap()));
            assert_eq!(world.word(0).count(), 0);
        });
    }

    #[test]
    fn a_wait_that_times_out_loses_nothing() {
        one_gives_up(Bug::None);
        finds(Bug::SleepsUnseen, || one_gives_up(Bug::SleepsUnseen));
    }
}

mod mutex {
    use super::*;

    const RULE: Rule = Rule::Mutex;

    /// Two of three lock and unlock, and the third is killed on its way. Nobody is locked out, two
    /// never own it at once, and a death as owner is told to one of the next, once.
    fn one_is_killed(bug: Bug, is_watched: bool) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &[(RULE, unset())]);
            let inside = Rc::new(AtomicU32::new(0));
            let enter = move |at: &[At]| {
                if is_watched {
                    at[0].watch();
                }
                let taken = acquire(&at[0], RULE, FOREVER).unwrap().unwrap();
                // Relaxed: the lock is to make it visible.
                let others = inside.load(Ordering::Relaxed);
                inside.store(others + 1, Ordering::Relaxed);
                unlock(&at[0]).unwrap();
                (taken.abandoned, others)
            };
            let victim = world.spawn(2, kill_at, enter.clone());
            let ends = [
                world.spawn(3, None, enter.clone()).join().unwrap(),
                world.run(1, None, enter),
            ];
            let victim = victim.join().unwrap();
            let died_inside = victim.result.is_none() && victim.has[0] != 0;
            let mut results: Vec<_> = ends.iter().filter_map(|end| end.result).collect();
            results.extend(victim.result);
            let told = results.iter().filter(|(abandoned, _)| *abandoned).count();
            let left = usize::from(world.word(0).owner_died());
            assert_eq!(told + left, usize::from(died_inside));
            let mut seen: Vec<u32> = results.iter().map(|(_, others)| *others).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), results.len(), "two were inside at once");
            assert_eq!(world.word(0).owner(), 0);
        });
    }

    #[test]
    fn a_death_is_told_once_and_locks_nobody_out() {
        one_is_killed(Bug::None, false);
        for bug in [Bug::NoRobustList, Bug::NoWill, Bug::Relaxed] {
            finds(bug, || one_is_killed(bug, false));
        }
    }

    #[test]
    fn the_same_where_the_kernel_goes_on_watching() {
        one_is_killed(Bug::None, true);
        for bug in [Bug::OnlyTakenForWatched, Bug::NoWill, Bug::Relaxed] {
            finds(bug, || one_is_killed(bug, true));
        }
    }

    /// The owner unlocks and is killed before it can wake who sleeps, while a third one locks: the
    /// kernel wakes nobody then.
    fn a_third_one_comes_before_the_wake_up(bug: Bug, is_watched: bool) {
        check_kills(bug, move |kill_at| {
            let owned = RULE.take(unset(), 2, RULE.ticket(unset())).unwrap().0;
            let world = World::new(bug, &[(RULE, owned)]);
            let enter = move |at: &[At]| {
                if is_watched {
                    at[0].watch();
                }
                acquire(&at[0], RULE, FOREVER).unwrap().unwrap();
                unlock(&at[0]).unwrap();
            };
            let sleeper = world.spawn(3, None, enter);
            let victim = world.spawn(2, kill_at, move |at| {
                if is_watched {
                    at[0].watch();
                }
                at[0]
                    .thread
                    .held
                    .borrow_mut()
                    .push((at[0].object.clone(), 1));
                unlock(&at[0]).unwrap();
            });
            world.run(1, None, enter);
            sleeper.join().unwrap();
            victim.join().unwrap();
            assert_eq!(world.word(0).owner(), 0);
        });
    }

    #[test]
    fn who_comes_in_between_wakes_who_sleeps() {
        for is_watched in [false, true] {
            a_third_one_comes_before_the_wake_up(Bug::None, is_watched);
            finds(Bug::UnmarksSleepers, || {
                a_third_one_comes_before_the_wake_up(Bug::UnmarksSleepers, is_watched);
            });
        }
    }

    /// The owner becomes another program, and two others wait.
    #[test]
    fn an_owner_that_became_another_program_kept_the_mutex() {
        check(|| {
            let owned = RULE.take(unset(), 2, RULE.ticket(unset())).unwrap().0;
            let world = World::new(Bug::None, &[(RULE, owned)]);
            let inside = Rc::new(AtomicU32::new(0));
            let enter = move |at: &[At]| {
                let taken = acquire(&at[0], RULE, FOREVER).unwrap().unwrap();
                let others = inside.load(Ordering::Relaxed);
                inside.store(others + 1, Ordering::Relaxed);
                unlock(&at[0]).unwrap();
                (taken.abandoned, others)
            };
            let sleeper = world.spawn(3, None, enter.clone());
            world.kernel.exec(2);
            let other = world.run(1, None, enter).result.unwrap();
            let sleeper = sleeper.join().unwrap().result.unwrap();
            assert!(sleeper.0 != other.0, "it is told once");
            assert!(sleeper.1 != other.1, "two were inside at once");
            assert_eq!(world.word(0).owner(), 0);
        });
    }

    /// A sleeper looks for the owner of a mutex that another one of the same id could have by now.
    #[test]
    fn a_later_owner_of_the_same_id_was_taken_for_the_dead_one() {
        let take = |word| RULE.take(word, 7, RULE.ticket(word));
        let marked = unset().with_waiters();
        let (owned, _) = take(marked).unwrap();
        let (after_death, taken) = take(owned.abandon()).unwrap();
        assert!(taken.abandoned && after_death != owned);
        let (after_unlock, _) = take(owned.unlock()).unwrap();
        assert_ne!(after_unlock, owned);
        let (after_help, _) = take(owned.abandon_for()).unwrap();
        assert_ne!(after_help, owned);
    }

    /// One that cannot own the mutex gives it back, while others come to wait for it.
    #[test]
    fn what_was_refused_stayed_owned() {
        check(|| {
            let world = World::new(Bug::None, &[(RULE, unset())]);
            let other = world.spawn(2, None, |at| {
                acquire(&at[0], RULE, FOREVER).unwrap().unwrap();
                unlock(&at[0]).unwrap();
            });
            world.run(1, None, |at| {
                at[0].thread.is_full.set(true);
                let refused = acquire(&at[0], RULE, FOREVER);
                assert_eq!(refused, Err(Trouble::Unsupported));
            });
            assert!(other.join().unwrap().result.is_some());
            assert_eq!(world.word(0).owner(), 0);
        });
    }

    #[test]
    fn an_owner_locks_again_and_others_cannot_unlock() {
        check(|| {
            let world = World::new(Bug::None, &[(RULE, unset())]);
            world.run(1, None, |at| {
                assert_eq!(unlock(&at[0]), Err(Trouble::NotOwner));
                for _ in 0..2 {
                    let taken = acquire(&at[0], RULE, Until::Now).unwrap();
                    assert_eq!(taken, Some(Taken { abandoned: false }));
                }
                world.run(2, None, |at| {
                    assert_eq!(unlock(&at[0]), Err(Trouble::NotOwner));
                    assert_eq!(acquire(&at[0], RULE, Until::Now), Ok(None));
                });
                assert_eq!(unlock(&at[0]), Ok(()));
                assert_eq!(world.word(0).owner(), 1);
                assert_eq!(unlock(&at[0]), Ok(()));
                assert_eq!(unlock(&at[0]), Err(Trouble::NotOwner));
            });
            assert_eq!(world.word(0), unset());
        });
    }
}

mod any {
    use super::*;

    const RULE: Rule = Rule::AutoEvent;

    fn both(at: &[At]) -> [(&At, Rule); 2] {
        [(&at[0], RULE), (&at[1], RULE)]
    }

    /// One waits for either of two objects, another for the second one; both can be taken, and the first
    /// waiter is killed on its way.
    fn the_one_of_two_is_killed(bug: Bug, rule: Rule) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &[(rule, unset()), (rule, unset())]);
            let give = move |at: &At| match rule {
                Rule::Semaphore => release(at, 1, 2).map(drop),
                _ => set(at, rule),
            };
            let either = move |at: &[At]| take_any(&[(&at[0], rule), (&at[1], rule)], FOREVER);
            let victim = world.spawn(2, kill_at, either);
            let other = world.spawn(3, None, move |at| acquire(&at[1], rule, FOREVER));
            world.run(1, None, |at| give(&at[1]));
            world.run(1, None, |at| give(&at[0]));
            let victim = victim.join().unwrap();
            let [first, second] = victim.has;
            assert!(first + second <= 1);
            if second == 1 {
                // It took the one that the other one waits for.
                world.run(1, None, |at| give(&at[1]));
            }
            assert!(took(&other.join().unwrap()));
        });
    }

    #[test]
    fn one_is_taken_and_the_other_is_left_to_others() {
        the_one_of_two_is_killed(Bug::None, Rule::AutoEvent);
        the_one_of_two_is_killed(Bug::None, Rule::Semaphore);
        finds(Bug::WakesOneOfCrowd, || {
            the_one_of_two_is_killed(Bug::WakesOneOfCrowd, Rule::Semaphore);
        });
    }

    /// One sleeps on two events, and both are set: it takes one, and the other one is set.
    fn both_are_set(bug: Bug) {
        check(move || {
            let world = World::new(bug, &[(RULE, unset()), (RULE, unset())]);
            let sleeper = world.spawn(2, None, |at| take_any(&both(at), FOREVER));
            world.kernel.await_sleepers(1);
            world.run(1, None, |at| set(&at[1], RULE));
            world.run(1, None, |at| set(&at[0], RULE));
            let taken = sleeper.join().unwrap().result.unwrap().unwrap();
            assert_eq!(taken.unwrap().0, 1, "the one that was set first");
            for (number, index) in [(3, 0), (4, 1)] {
                let found = world.run(number, None, move |at| {
                    acquire(&at[index], RULE, Until::Now)
                });
                assert_eq!(took(&found), index == 0);
                assert_eq!(worth(RULE, world.word(index)), 0, "nothing is left");
            }
        });
    }

    #[test]
    fn what_was_set_for_one_who_took_another_one_was_lost() {
        both_are_set(Bug::None);
        finds(Bug::WakesNobody, || both_are_set(Bug::WakesNobody));
    }

    /// Two sleep on the same two events, one of which is set twice.
    #[test]
    fn two_sets_let_two_go_of_a_crowd() {
        check(|| {
            let world = World::new(Bug::None, &[(RULE, unset()), (RULE, unset())]);
            let wait = |at: &[At]| take_any(&both(at), FOREVER);
            let sleepers = [world.spawn(2, None, wait), world.spawn(3, None, wait)];
            world.kernel.await_sleepers(2);
            world.run(1, None, |at| {
                set(&at[0], RULE).unwrap();
                set(&at[0], RULE).unwrap();
                reset(&at[0], RULE).unwrap();
            });
            for sleeper in sleepers {
                assert!(sleeper.join().unwrap().result.unwrap().unwrap().is_some());
            }
            assert_eq!(worth(RULE, world.word(0)), 0);
        });
    }

    /// One event is set twice and the other one once, where one sleeps on both: it takes the first, and
    /// nothing is left that nobody could find.
    #[test]
    fn a_grant_was_left_that_nobody_could_find() {
        check(|| {
            let world = World::new(Bug::None, &[(RULE, unset()), (RULE, unset())]);
            let sleeper = world.spawn(2, None, |at| take_any(&both(at), FOREVER));
            world.kernel.await_sleepers(1);
            world.run(1, None, |at| {
                set(&at[1], RULE).unwrap();
                set(&at[1], RULE).unwrap();
                set(&at[0], RULE).unwrap();
            });
            assert!(sleeper.join().unwrap().result.unwrap().unwrap().is_some());
            let reset_both = |at: &[At]| at.iter().try_for_each(|at| reset(at, RULE));
            world.run(1, None, reset_both).result.unwrap().unwrap();
            assert_eq!([0, 1].map(|index| worth(RULE, world.word(index))), [0, 0]);
        });
    }

    #[test]
    fn the_first_in_the_list_is_taken() {
        check(|| {
            let world = World::new(Bug::None, &[(RULE, unset()), (RULE, unset())]);
            world.run(1, None, |at| {
                set(&at[1], RULE).unwrap();
                set(&at[0], RULE).unwrap();
                for expected in [0, 1] {
                    let (index, _) = take_any(&both(at), Until::Now).unwrap().unwrap();
                    assert_eq!(index, expected);
                }
                assert_eq!(take_any(&both(at), Until::Now), Ok(None));
            });
        });
    }
}

mod all {
    use super::*;

    const RULES: [Rule; 2] = [Rule::AutoEvent, Rule::Mutex];

    fn objects() -> [(Rule, Word); 2] {
        [(RULES[0], unset().set(RULES[0]).0), (RULES[1], unset())]
    }

    fn forward(at: &[At]) -> [(&At, Rule); 2] {
        [(&at[0], RULES[0]), (&at[1], RULES[1])]
    }

    fn backward(at: &[At]) -> [(&At, Rule); 2] {
        [(&at[1], RULES[1]), (&at[0], RULES[0])]
    }

    fn give_back(at: &[At]) {
        unlock(&at[1]).unwrap();
        set(&at[0], RULES[0]).unwrap();
    }

    /// Two want both objects, and name them in opposite orders.
    fn in_opposite_orders(bug: Bug) {
        check_with(3, move || {
            let world = World::new(bug, &objects());
            let first = world.spawn(2, None, |at| {
                let taken = take_all(&forward(at), Until::Now);
                took_all(&taken).then(|| give_back(at));
            });
            let taken = world.run(1, None, |at| take_all(&backward(at), FOREVER));
            assert!(took(&taken));
            first.join().unwrap();
        });
    }

    fn took_all(taken: &Result<Option<Taken>, Trouble>) -> bool {
        matches!(taken, Ok(Some(_)))
    }

    #[test]
    fn opposite_orders_are_no_deadlock() {
        in_opposite_orders(Bug::None);
        finds(Bug::SleepsUnseen, || in_opposite_orders(Bug::SleepsUnseen));
    }

    /// One of the two is killed on its way, and its claims go with it.
    fn one_is_killed(bug: Bug, is_watched: bool) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug, &objects());
            let victim = world.spawn(2, kill_at, move |at| {
                if is_watched {
                    at[1].watch();
                }
                let taken = take_all(&forward(at), Until::Now);
                took_all(&taken).then(|| give_back(at));
            });
            let other = world.spawn(3, None, |at| take_all(&backward(at), FOREVER));
            let victim = victim.join().unwrap();
            if victim.has[0] == 1 {
                // It was killed after it had taken the event, which nobody else can give back.
                world.run(1, None, |at| set(&at[0], RULES[0]));
            }
            let taken = other.join().unwrap().result.unwrap().unwrap().unwrap();
            // A claim is not yet an ownership.
            let died_inside = victim.result.is_none() && victim.has[1] == 1;
            assert_eq!(taken.abandoned, died_inside);
            assert_eq!(world.word(1).owner(), 3);
        });
    }

    #[test]
    fn a_claim_dies_with_its_owner() {
        for is_watched in [false, true] {
            one_is_killed(Bug::None, is_watched);
            for bug in [Bug::NoRobustList, Bug::NoWill] {
                finds(bug, || one_is_killed(bug, is_watched));
            }
        }
    }

    /// One of two events is set for which somebody sleeps who wants both: whoever comes finds it set.
    #[test]
    fn who_waits_for_all_keeps_nothing_from_others() {
        check(|| {
            const RULE: Rule = Rule::AutoEvent;
            let world = World::new(Bug::None, &[(RULE, unset()), (RULE, unset())]);
            let both = |at: &[At]| take_all(&[(&at[0], RULE), (&at[1], RULE)], FOREVER);
            let sleeper = world.spawn(2, None, both);
            world.kernel.await_sleepers(1);
            world.run(1, None, |at| {
                set(&at[0], RULE).unwrap();
                assert!(acquire(&at[0], RULE, Until::Now).unwrap().is_some());
                set(&at[0], RULE).unwrap();
                set(&at[1], RULE).unwrap();
            });
            assert!(took(&sleeper.join().unwrap()));
            assert_eq!([0, 1].map(|index| worth(RULE, world.word(index))), [0, 0]);
        });
    }

    #[test]
    fn nothing_is_taken_where_one_is_missing() {
        check(|| {
            let world = World::new(Bug::None, &objects());
            let owner = world.spawn(2, None, |at| {
                acquire(&at[1], RULES[1], Until::Now).unwrap().is_some()
            });
            let end = world.run(1, None, |at| take_all(&backward(at), Until::Now));
            let owns = owner.join().unwrap().result.unwrap();
            // One of the two has the mutex, and the event went with it or stayed.
            assert_eq!(took(&end), !owns);
            assert_eq!(world.word(0).is_set(), owns);
            assert_eq!(world.word(1).owner(), if owns { 2 } else { 1 });
        });
    }
}
