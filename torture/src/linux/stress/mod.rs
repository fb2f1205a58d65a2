//! Stress: eight processes at one object, all at once, as often as can be. Everybody who waits must
//! get on, nobody may be beside an owner, and what there was in the beginning is there in the end.
//! What they do in a [`scene`] changes plain counters on a [`board`], which are exact only if one
//! came after the other.

mod board;
mod scene;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use nshm::{Event, Reset, Section};

use self::board::{Board, Cell};
pub(super) use self::scene::Scene;
use self::scene::{Named, Placed, Worker};
use super::attack::Campaign;
use super::party::{Party, go_with_parent};
use super::report::Figures;

const PROCESSES: usize = 8;
/// How long anybody may wait for what others have for microseconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// A wake-up that is lost may be made up for by the look that sleepers take once a second, and then
/// the wait is so long. So it is on a machine with much else to do.
const LONG: Duration = Duration::from_millis(500);

const BEGIN: &str = "begin";

/// So many sleeps may a turn take, of all processes together. Most take less than one.
const MOST_SLEEPS: u64 = 10;

/// A worker: plays its part as often as it is told, and ends.
pub(super) fn work(scene: Scene, name: &str, number: usize, turns: u64, seed: u64) -> Result<()> {
    go_with_parent()?;
    let board = Board(Section::open(name)?.map()?);
    let begin = Event::open(&*scene::part(name, BEGIN))?;
    board.add(Cell::Ready, 1)?;
    ensure!(begin.wait_timeout(PATIENCE)?, "it does not begin");
    let mut worker = Worker::new(&board, number, seed);
    scene.play(name, &mut worker, turns)?;
    worker.tell()
}

pub(super) fn run(campaign: &Campaign<'_>, figures: &mut Figures) -> Result<()> {
    figures.set("processes", PROCESSES as u64);
    figures.set("scenes", Scene::ALL.len() as u64);
    let parts = (PROCESSES * Scene::ALL.len()) as u64;
    let turns = campaign.turns.div_ceil(parts);
    for (number, scene) in Scene::ALL.into_iter().enumerate() {
        let seed = campaign.seed.wrapping_add((number * PROCESSES) as u64);
        let name = campaign.stage.leaf();
        play(scene, &name, turns, seed, figures).with_context(|| format!("{scene:?}"))?;
    }
    Ok(())
}

/// Lets all of them play a scene, and looks at what has become of the objects.
fn play(scene: Scene, name: &str, turns: u64, seed: u64, figures: &mut Figures) -> Result<()> {
    let board = Board(Section::create(name, Board::SIZE)?.map()?);
    let (named, placed) = (Named::of(name)?, Placed::of(&board)?);
    let begin = Event::options()
        .reset(Reset::Manual)
        .create(&*scene::part(name, BEGIN))?;
    let scene_word = scene.word();
    let workers = (0..PROCESSES).map(|number| {
        let seed = seed.wrapping_add(number as u64).to_string();
        let [number, turns] = [number as u64, turns].map(|number| number.to_string());
        Party::start(&["stress-worker", &scene_word, name, &number, &turns, &seed])
    });
    let mut workers = workers.collect::<Result<Vec<_>>>()?;
    watch(&mut workers, &board, |board| {
        Ok(board.get(Cell::Ready)? == PROCESSES as u64)
    })?;
    begin.set()?;
    watch(&mut workers, &board, |_| Ok(false))?;
    named.judge()?;
    placed.judge()?;
    let changes = board.judge()?;
    let turns = turns * PROCESSES as u64;
    let sleeps = board.get(Cell::Sleeps)?;
    ensure!(
        sleeps < turns * MOST_SLEEPS,
        "{sleeps} sleeps in {turns} turns: they wake one another for nothing"
    );
    figures.add("turns", turns);
    figures.add("changes of plain counters, none of them lost", changes);
    figures.add("sleeps", sleeps);
    figures.most("µs longest wait", board.get(Cell::Longest)?);
    figures.add("waits of half a second", board.get(Cell::Long)?);
    Ok(())
}

/// Waits until something holds or all workers have ended well. Each of them must get on meanwhile.
fn watch(
    workers: &mut [Party],
    board: &Board,
    holds: impl Fn(&Board) -> Result<bool>,
) -> Result<()> {
    let mut seen = [(0, Instant::now()); PROCESSES];
    loop {
        let mut living = 0;
        for (number, worker) in workers.iter_mut().enumerate() {
            let Some(status) = worker.ended()? else {
                living += 1;
                let turn = board.turn(number)?;
                let (before, since) = &mut seen[number];
                if turn != *before {
                    (*before, *since) = (turn, Instant::now());
                }
                // Its own waits end before.
                let waited = since.elapsed();
                ensure!(waited < 2 * PATIENCE, "{number} hangs in its turn {turn}");
                continue;
            };
            ensure!(status.success(), "process {number} ended with {status}");
        }
        if living == 0 || holds(board)? {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(2));
    }
}
