//! The locks under a model checker, as the objects with a name are (`protocol/model.rs`): loom runs
//! every interleaving of a few threads, a simulated system does what Linux does when one sleeps, wakes
//! another one or dies, and a victim is killed at each of its steps. Each algorithm is also run with
//! bugs put into it, and the model must find them.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;

use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::super::model::{WAS_KILLED, check_with, finds, interruptions};
use super::*;

/// A bug to put in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bug {
    None,
    /// A dying thread's will is lost.
    NoWill,
    /// A dying thread's life is not marked.
    NoLife,
    /// A sleeper does not watch the owner's life.
    WatchesNobody,
    /// A sleeper does not look at the word again when it is in the queue.
    SleepsUnseen,
    /// Who was woken and takes does not say that others may be asleep.
    ForgetsOthers,
    /// An owner for whom others sleep that do not watch it wakes none of them.
    WakesNoWatcher,
    /// Who was woken for the end of a life that it watched tells no others of it.
    KeepsAnEndToItself,
    /// Reader and writer do not see one another.
    Unordered,
    /// Changes are not published.
    Relaxed,
}

/// A word, with what it is: queues and lives too.
struct Cell64 {
    number: u32,
    value: AtomicU64,
}

struct Sleeper {
    on: Vec<u32>,
    woken: Rc<Cell<bool>>,
}

/// Who sleeps, in the order in which they came.
type Queues = Rc<(Mutex<Vec<Sleeper>>, Condvar)>;

const WORDS: u32 = 6;
const LIVES: u32 = 5;

/// The words of a lock, of what is beside it, and of the lives of its threads.
struct World {
    bug: Bug,
    words: Vec<Cell64>,
    lives: Vec<Cell64>,
    queues: Queues,
}

/// What unwinds a thread that is killed.
struct Killed;

struct Thread {
    world: Rc<World>,
    id: u32,
    kill_at: Option<u32>,
    steps: Cell<u32>,
    is_dead: Cell<bool>,
    will: Cell<Option<u32>>,
    /// Whether it is the owner of word 0 and may have changed what that protects.
    is_inside: Cell<bool>,
}

/// What became of a thread.
struct End<R> {
    result: Option<R>,
    died_inside: bool,
}

impl World {
    fn new(bug: Bug) -> Rc<World> {
        let cells = |numbers: std::ops::Range<u32>, value| {
            let cell = |number| Cell64 {
                number,
                value: AtomicU64::new(value),
            };
            numbers.map(cell).collect()
        };
        Rc::new(World {
            bug,
            words: cells(0..WORDS, 0),
            lives: cells(WORDS..WORDS + LIVES, 1),
            queues: Rc::new((Mutex::new(Vec::new()), Condvar::new())),
        })
    }

    fn word(&self, number: usize) -> u64 {
        self.words[number].value.load(Ordering::SeqCst)
    }

    fn wake(&self, number: u32, most: u32) -> u32 {
        let mut left = most;
        let mut sleepers = self.queues.0.lock().unwrap();
        sleepers.retain(|sleeper| {
            let goes = left != 0 && sleeper.on.contains(&number);
            if goes {
                left -= 1;
                sleeper.woken.set(true);
            }
            !goes
        });
        self.queues.1.notify_all();
        most - left
    }

    fn spawn<R: 'static>(
        self: &Rc<Self>,
        id: u32,
        kill_at: Option<u32>,
        body: impl FnOnce(&Thread) -> R + 'static,
    ) -> thread::JoinHandle<End<R>> {
        let world = self.clone();
        thread::spawn(move || world.run(id, kill_at, body))
    }

    /// Runs a body to its end or to its thread's, and then does what the kernel does.
    fn run<R>(
        self: &Rc<Self>,
        id: u32,
        kill_at: Option<u32>,
        body: impl FnOnce(&Thread) -> R,
    ) -> End<R> {
        let thread = Thread {
            world: self.clone(),
            id,
            kill_at,
            steps: Cell::new(0),
            is_dead: Cell::new(false),
            will: Cell::new(None),
            is_inside: Cell::new(false),
        };
        let result = match panic::catch_unwind(AssertUnwindSafe(|| body(&thread))) {
            Ok(result) => Some(result),
            Err(reason) if reason.is::<Killed>() => {
                thread.die();
                None
            }
            Err(reason) => panic::resume_unwind(reason),
        };
        let died_inside = result.is_none() && thread.is_inside.get();
        End {
            result,
            died_inside,
        }
    }

    fn lock(&self) -> Lock<'_, Thread> {
        Lock {
            word: &self.words[0],
            queue: &self.words[1],
        }
    }

    fn other_lock(&self) -> Lock<'_, Thread> {
        Lock {
            word: &self.words[2],
            queue: &self.words[3],
        }
    }

    fn condition(&self) -> Condition<'_, Thread> {
        Condition {
            state: &self.words[2],
            queue: &self.words[3],
        }
    }

    fn shared(&self, places: usize) -> Shared<'_, Thread> {
        Shared {
            gate: self.lock(),
            drain: &self.words[2],
            places: &self.words[3..3 + places],
        }
    }
}

impl Thread {
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

    /// What a thread does that was woken while it watched a life.
    fn tell_of_an_end(&self, life: Option<&Cell64>) {
        if let Some(life) = life
            && self.world.bug != Bug::KeepsAnEndToItself
            && life.value.load(Ordering::Acquire) == 0
        {
            self.step();
            self.world.wake(life.number, u32::MAX);
        }
    }

    /// `exit_robust_list` of the kernel: first the list, in which the life is, then the will.
    fn die(&self) {
        let bug = self.world.bug;
        let life = &self.world.lives[self.id as usize];
        if bug != Bug::NoLife {
            life.value.store(0, Ordering::SeqCst);
            self.world.wake(life.number, 1);
        }
        if let Some(queue) = self.will.get()
            && bug != Bug::NoWill
        {
            self.world.wake(queue, 1);
        }
    }
}

impl Machine for Thread {
    type Word = Cell64;
    type Life = u32;

    fn load(&self, word: &Cell64) -> u64 {
        self.step();
        word.value.load(Ordering::Acquire)
    }

    fn replace(&self, word: &Cell64, from: u64, to: u64) -> bool {
        self.step();
        let is_taken = word.number == 0 && Owner::of_bits(from) != self.me() && to & OWNER != 0;
        let forgets = self.world.bug == Bug::ForgetsOthers && is_taken && from & WAITERS == 0;
        let to = if forgets { to & !WAITERS } else { to };
        let success = match self.world.bug {
            Bug::Relaxed => Ordering::Relaxed,
            _ => Ordering::AcqRel,
        };
        let replaced = word
            .value
            .compare_exchange(from, to, success, Ordering::Acquire)
            .is_ok();
        if replaced && word.number == 0 {
            let is_mine = Owner::of_bits(to) == self.me();
            self.is_inside.set(is_mine && to & CLEAN == 0);
        }
        replaced
    }

    fn order(&self) {
        if self.world.bug != Bug::Unordered {
            fence(Ordering::SeqCst);
        }
    }

    fn me(&self) -> Owner {
        Owner::new(self.id, self.id)
    }

    fn life(&self, owner: Owner) -> Result<Life<u32>, Trouble> {
        self.step();
        let life = &self.world.lives[owner.tag() as usize];
        if life.value.load(Ordering::Acquire) != 0 {
            return Ok(Life::Alive(owner.tag()));
        }
        self.world.wake(life.number, u32::MAX);
        Ok(Life::Ended)
    }

    fn sleep(
        &self,
        queue: &Cell64,
        word: &Cell64,
        value: u64,
        life: Option<&u32>,
        until: Until,
    ) -> Slept {
        self.step();
        let watches = self.world.bug != Bug::WatchesNobody;
        let life = life.filter(|_| watches);
        let life = life.map(|id| &self.world.lives[*id as usize]);
        let mut sleepers = self.world.queues.0.lock().unwrap();
        let is_same = word.value.load(Ordering::SeqCst) as u32 == value as u32;
        let is_alive = life.is_none_or(|life| life.value.load(Ordering::SeqCst) != 0);
        if self.world.bug != Bug::SleepsUnseen && !(is_same && is_alive) {
            return Slept::Disturbed;
        }
        let woken = Rc::new(Cell::new(false));
        let on = [queue].into_iter().chain(life).map(|cell| cell.number);
        sleepers.push(Sleeper {
            on: on.collect(),
            woken: woken.clone(),
        });
        if until != Until::Forever {
            // Time passes while others run, for as long as the model likes.
            drop(sleepers);
            thread::yield_now();
            let mut sleepers = self.world.queues.0.lock().unwrap();
            sleepers.retain(|sleeper| !Rc::ptr_eq(&sleeper.woken, &woken));
            drop(sleepers);
            if !woken.get() {
                return Slept::TimedOut;
            }
        } else {
            while !woken.get() {
                sleepers = self.world.queues.1.wait(sleepers).unwrap();
            }
            drop(sleepers);
        }
        self.tell_of_an_end(life);
        Slept::Woken
    }

    fn wake(&self, queue: &Cell64, sleepers: Sleepers) -> u32 {
        self.step();
        match sleepers {
            Sleepers::None => 0,
            Sleepers::Some(_) if self.is_inside.get() && self.world.bug == Bug::WakesNoWatcher => 0,
            Sleepers::Some(count) => self.world.wake(queue.number, count),
            Sleepers::All => self.world.wake(queue.number, u32::MAX),
        }
    }

    fn spin(&self, _: &Cell64, _: u64) -> bool {
        false
    }

    fn write_will(&self, queue: &Cell64) -> usize {
        self.step();
        let former = self.will.replace(Some(queue.number));
        former.map_or(0, |queue| queue as usize + 1)
    }

    fn restore_will(&self, former: usize) {
        let former = former.checked_sub(1).map(|queue| queue as u32);
        self.will.set(former);
    }
}

const FOREVER: Until = Until::Forever;

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

/// What lies beside a lock, and whether anybody has seen it half-done.
#[derive(Clone, Default)]
struct Data(Rc<(AtomicU32, AtomicU32)>);

impl Data {
    /// Changes one after the other, and says what they were.
    fn change(&self, thread: &Thread) -> (u32, u32) {
        // Relaxed: the lock is to make it visible.
        let before = self.look();
        self.0.0.store(before.0 + 1, Ordering::Relaxed);
        thread.step();
        self.0.1.store(before.0 + 1, Ordering::Relaxed);
        before
    }

    fn look(&self) -> (u32, u32) {
        (
            self.0.0.load(Ordering::Relaxed),
            self.0.1.load(Ordering::Relaxed),
        )
    }
}

mod mutex {
    use super::*;

    /// Three lock and unlock at the same time, and one of them is killed on its way. Nobody is locked
    /// out, two never own it at once, and a death as owner is told to one of the next, once.
    fn one_is_killed(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let data = Data::default();
            let enter = {
                let world = world.clone();
                move |thread: &Thread| {
                    let taken = acquire(thread, world.lock(), FOREVER).unwrap().unwrap();
                    let (before, _) = data.change(thread);
                    release(thread, world.lock()).unwrap();
                    (taken.abandoned, before)
                }
            };
            let victim = world.spawn(1, kill_at, enter.clone());
            let other = world.spawn(2, None, enter.clone());
            let main = world.run(3, None, enter);
            let ends = [victim.join().unwrap(), other.join().unwrap(), main];
            let died_inside = ends[0].died_inside;
            let results: Vec<_> = ends.iter().filter_map(|end| end.result).collect();
            let told = results.iter().filter(|(abandoned, _)| *abandoned).count();
            let left = usize::from(Owner::of_bits(world.word(0)) == Owner::new(1, 1));
            assert_eq!(told + left, usize::from(died_inside));
            let mut seen: Vec<u32> = results.iter().map(|(_, before)| *before).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), results.len(), "two were inside at once");
        });
    }

    #[test]
    fn a_death_is_told_once_and_locks_nobody_out() {
        one_is_killed(Bug::None);
        for bug in [
            Bug::NoLife,
            Bug::NoWill,
            Bug::WatchesNobody,
            Bug::SleepsUnseen,
            Bug::ForgetsOthers,
            Bug::WakesNoWatcher,
            Bug::Relaxed,
        ] {
            finds(bug, || one_is_killed(bug));
        }
    }

    /// One waits only for a while. It does not take with it what it was woken for, nor the look-out
    /// for the owner's death.
    fn one_gives_up(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let enter = |until| {
                let world = world.clone();
                move |thread: &Thread| {
                    let taken = acquire(thread, world.lock(), until).unwrap();
                    taken.map(|_| release(thread, world.lock()).unwrap())
                }
            };
            let owner = world.spawn(1, kill_at, enter(FOREVER));
            let hasty = world.spawn(2, None, enter(Until::At(std::time::Duration::ZERO)));
            assert!(world.run(3, None, enter(FOREVER)).result.is_some());
            owner.join().unwrap();
            hasty.join().unwrap();
        });
    }

    #[test]
    fn who_gives_up_leaves_the_watch_to_others() {
        one_gives_up(Bug::None);
        finds(Bug::NoLife, || one_gives_up(Bug::NoLife));
    }

    /// One owns two locks and is killed as it gives the first one up. Of those who sleep, each for
    /// another lock, the system wakes one for the end of the life that both watch.
    fn the_owner_of_two_is_killed(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let owner = world.spawn(1, kill_at, {
                let world = world.clone();
                move |thread: &Thread| {
                    acquire(thread, world.lock(), FOREVER).unwrap().unwrap();
                    acquire(thread, world.other_lock(), FOREVER)
                        .unwrap()
                        .unwrap();
                    release(thread, world.lock()).unwrap();
                    release(thread, world.other_lock()).unwrap();
                }
            });
            let sleeper = world.spawn(2, None, {
                let world = world.clone();
                move |thread: &Thread| {
                    acquire(thread, world.lock(), FOREVER).unwrap().unwrap();
                    release(thread, world.lock()).unwrap();
                }
            });
            let other = world.run(3, None, |thread| {
                acquire(thread, world.other_lock(), FOREVER)
                    .unwrap()
                    .unwrap();
                release(thread, world.other_lock()).unwrap();
            });
            assert!(other.result.is_some());
            owner.join().unwrap();
            sleeper.join().unwrap();
        });
    }

    #[test]
    fn a_death_was_kept_from_who_sleeps_at_another_lock() {
        the_owner_of_two_is_killed(Bug::None);
        for bug in [Bug::NoLife, Bug::KeepsAnEndToItself] {
            finds(bug, || the_owner_of_two_is_killed(bug));
        }
    }

    #[test]
    fn an_owner_is_told_that_it_would_wait_for_itself() {
        check_with(1, || {
            let world = World::new(Bug::None);
            world.run(1, None, |thread| {
                assert!(acquire(thread, world.lock(), FOREVER).unwrap().is_some());
                let again = acquire(thread, world.lock(), FOREVER);
                assert_eq!(again, Err(Trouble::WouldDeadlock));
                assert_eq!(release(thread, world.lock()), Ok(()));
                assert_eq!(release(thread, world.lock()), Err(Trouble::NotOwner));
            });
            assert_eq!(world.word(0), 0);
        });
    }
}

mod condition {
    use super::*;

    /// What is under the lock: whether there is something to take.
    type Token = Rc<AtomicU32>;

    fn put(world: &World, thread: &Thread, token: &Token) {
        acquire(thread, world.lock(), FOREVER).unwrap().unwrap();
        token.store(1, Ordering::Relaxed);
        release(thread, world.lock()).unwrap();
    }

    fn await_token(world: &World, thread: &Thread, token: &Token) {
        acquire(thread, world.lock(), FOREVER).unwrap().unwrap();
        while token.load(Ordering::Relaxed) == 0 {
            wait(thread, world.condition(), world.lock(), FOREVER).unwrap();
        }
    }

    /// Two wait for one token and hand it on. One is killed: if it was before it had the token, that
    /// is for the other one, and nobody says so once more.
    fn a_waiter_is_killed(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let token = Token::default();
            let has_taken = Rc::new(Cell::new(false));
            let pass = |note: Rc<Cell<bool>>| {
                let (world, token) = (world.clone(), token.clone());
                move |thread: &Thread| {
                    await_token(&world, thread, &token);
                    note.set(true);
                    token.store(0, Ordering::Relaxed);
                    release(thread, world.lock()).unwrap();
                    put(&world, thread, &token);
                    notify_one(thread, world.condition());
                }
            };
            let victim = world.spawn(1, kill_at, pass(has_taken.clone()));
            let other = world.spawn(2, None, pass(Rc::default()));
            world.run(3, None, |thread| {
                put(&world, thread, &token);
                notify_one(thread, world.condition());
            });
            let is_dead = victim.join().unwrap().result.is_none();
            if is_dead && has_taken.get() {
                world.run(3, None, |thread| {
                    put(&world, thread, &token);
                    notify_all(thread, world.condition());
                });
            }
            other.join().unwrap();
        });
    }

    #[test]
    fn no_notification_is_lost_with_a_waiter() {
        a_waiter_is_killed(Bug::None);
        for bug in [Bug::NoWill, Bug::SleepsUnseen] {
            finds(bug, || a_waiter_is_killed(bug));
        }
    }

    /// Who wakes all is killed. If it had begun, all wake.
    fn the_notifier_is_killed(bug: Bug) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let token = Token::default();
            let waits = {
                let (world, token) = (world.clone(), token.clone());
                move |thread: &Thread| {
                    await_token(&world, thread, &token);
                    release(thread, world.lock()).unwrap();
                }
            };
            let waiters = [1, 2].map(|id| world.spawn(id, None, waits.clone()));
            let tell = |thread: &Thread| {
                put(&world, thread, &token);
                notify_all(thread, world.condition());
            };
            let end = world.run(3, kill_at, tell);
            let has_begun = world.word(2) >> 32 != 0;
            if end.result.is_none() && !has_begun {
                world.run(4, None, tell);
            }
            for waiter in waiters {
                waiter.join().unwrap();
            }
        });
    }

    #[test]
    fn all_are_woken_though_the_notifier_dies() {
        the_notifier_is_killed(Bug::None);
        finds(Bug::NoWill, || the_notifier_is_killed(Bug::NoWill));
    }
}

mod shared {
    use super::*;

    /// What a thread has seen of the lock and behind it.
    type Seen = (bool, (u32, u32));

    fn reads(
        world: &Rc<World>,
        data: &Data,
        places: usize,
    ) -> impl Fn(&Thread) -> Seen + Clone + use<> {
        let (world, data) = (world.clone(), data.clone());
        move |thread| {
            let lock = world.shared(places);
            let reader = read(thread, lock, FOREVER).unwrap().unwrap();
            let seen = data.look();
            release_read(thread, lock, reader.place).unwrap();
            (reader.abandoned, seen)
        }
    }

    fn writes(
        world: &Rc<World>,
        data: &Data,
        places: usize,
    ) -> impl Fn(&Thread) -> Seen + Clone + use<> {
        let (world, data) = (world.clone(), data.clone());
        move |thread| {
            let lock = world.shared(places);
            let taken = write(thread, lock, FOREVER).unwrap().unwrap();
            let before = data.change(thread);
            release_write(thread, lock).unwrap();
            (taken.abandoned, before)
        }
    }

    fn is_whole((abandoned, (one, other)): &Seen) -> bool {
        *abandoned || one == other
    }

    /// A reader and a writer come together, and neither sees what the other one does.
    fn two_meet(bug: Bug) {
        check_with(2, move || {
            let world = World::new(bug);
            let data = Data::default();
            let reader = world.spawn(1, None, reads(&world, &data, 1));
            let writer = world.run(2, None, writes(&world, &data, 1));
            let reader = reader.join().unwrap();
            for end in [&reader, &writer] {
                assert!(end.result.as_ref().is_some_and(is_whole));
            }
        });
    }

    #[test]
    fn nobody_reads_while_somebody_writes() {
        two_meet(Bug::None);
        for bug in [Bug::Unordered, Bug::Relaxed, Bug::SleepsUnseen] {
            finds(bug, || two_meet(bug));
        }
    }

    /// Two write and one reads, and one of them is killed. The others come in, and hear of the death
    /// if it was in the midst of a change, until a writer has mended it.
    fn one_is_killed(bug: Bug, victim_writes: bool, places: usize) {
        check_kills(bug, move |kill_at| {
            let world = World::new(bug);
            let data = Data::default();
            let reading = reads(&world, &data, places);
            let writing = writes(&world, &data, places);
            let victim = match victim_writes {
                true => world.spawn(1, kill_at, writing.clone()),
                false => world.spawn(1, kill_at, reading.clone()),
            };
            let reader = world.spawn(2, None, reading);
            let writer = world.run(3, None, writing);
            let (victim, reader) = (victim.join().unwrap(), reader.join().unwrap());
            let (reader, writer) = (reader.result.unwrap(), writer.result.unwrap());
            if !victim.died_inside {
                assert!(is_whole(&reader) && is_whole(&writer));
                assert!(!reader.0 && !writer.0);
                return;
            }
            let left = world.word(0);
            let is_left = left & ABANDONED != 0 || Owner::of_bits(left) == Owner::new(1, 1);
            assert!(writer.0 != is_left, "one writer is told");
            assert!(is_whole(&reader));
        });
    }

    #[test]
    fn a_dead_reader_or_writer_locks_nobody_out() {
        one_is_killed(Bug::None, true, 2);
        one_is_killed(Bug::None, false, 2);
        for bug in [Bug::NoLife, Bug::WatchesNobody, Bug::NoWill] {
            finds(bug, || {
                one_is_killed(bug, true, 2);
                one_is_killed(bug, false, 2);
            });
        }
    }

    #[test]
    fn a_reader_without_a_place_reads_alone() {
        one_is_killed(Bug::None, false, 1);
    }
}
