//! Question 6, many at once: processes that create and open names at the same time, each its own
//! or all the same.

use std::time::Instant;

use anyhow::{Result, bail};

use super::{PAGE, Plan};
use crate::child::{Peer, figures};
use crate::foreign::Entrant;
use crate::measure::{Figures, Outcome, Runner, cells, interleave};
use crate::results::{Cell, Spread, Table, Unit};

pub(super) fn ask(plan: &Plan<'_>) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for (word, title, what) in [
        (
            "own",
            "Different names",
            "each create and destroy 4 KiB under a name of their own",
        ),
        (
            "equal",
            "One name",
            "all open or create, and close, 4 KiB under one name",
        ),
    ] {
        tables.extend(storm(plan, word, title, what)?);
    }
    Ok(tables)
}

fn storm(plan: &Plan<'_>, word: &str, title: &str, what: &str) -> Result<Vec<Table>> {
    let table = |id: &str, head: &str, unit, note: &str| {
        let (id, title) = (format!("many-{word}-{id}"), format!("{title}: {head}"));
        let note = format!("So many processes {what}, over and over. {note}");
        Table::new(&id, &title, "processes", unit, &note)
    };
    let mut time = table(
        "time",
        "time for one",
        Unit::Nanoseconds,
        "From the first word to the last answer, divided by all that was done.",
    );
    let mut slow = table(
        "slow",
        "99 of 100",
        Unit::Nanoseconds,
        "How long one takes that is slower than 99 of 100, in the slowest process.",
    );
    let mut failures = table(
        "failures",
        "failures",
        Unit::Count,
        "How many of 10,000 fail that should not. Nobody tries again after a failure.",
    );
    let named = |entrant: &&Entrant| entrant.known.named;
    let entrants: Vec<&Entrant> = plan.entrants.iter().filter(named).collect();
    let names: Vec<&str> = entrants.iter().map(|entrant| entrant.known.name).collect();
    for count in plan.mode.pick(&[2, 16][..], &[2, 8, 16, 32, 64]) {
        let label = count.to_string();
        plan.say(&time, &label);
        let mut runners: Vec<Runner<'_>> = entrants
            .iter()
            .map(|entrant| {
                let mut crowd = Crowd::start(plan, entrant, *count);
                Runner::new(entrant.known.name, move || match &mut crowd {
                    Ok(crowd) => crowd.storm(word),
                    Err(error) => bail!("{error:#}"),
                })
            })
            .collect();
        let outcomes = interleave(plan.rounds, &mut runners);
        let at = *count as f64;
        time.add(&label, at, &names, cells(&outcomes, 0));
        slow.add(&label, at, &names, cells(&outcomes, 1));
        failures.add(&label, at, &names, outcomes.iter().map(failed).collect());
    }
    Ok(vec![time, slow, failures])
}

/// Failures of ten thousand, over all rounds together.
fn failed(outcome: &Outcome) -> Cell {
    let rounds = match outcome {
        Ok(rounds) => rounds,
        Err(reason) => return Cell::absent(reason.clone()),
    };
    let parts: Vec<f64> = rounds.iter().map(|round| round[2]).collect();
    let mut spread = Spread::of(&parts);
    // Not the middle: a failure in one round of eleven must not vanish.
    spread.median = parts.iter().sum::<f64>() / parts.len() as f64;
    Cell::Measured {
        value: spread,
        ratio: None,
        rounds: rounds.len(),
    }
}

/// Processes that work at the same time, wherever the system puts them.
struct Crowd {
    peers: Vec<Peer>,
    name: String,
    turns: usize,
}

impl Crowd {
    fn start(plan: &Plan<'_>, entrant: &Entrant, count: usize) -> Result<Crowd> {
        if !entrant.alone {
            bail!("left out: many processes would measure Wine's server");
        }
        let mut peers = Vec::new();
        for _ in 0..count {
            peers.push(plan.start_anywhere(entrant)?);
        }
        let name = entrant.name("many");
        let one = peers[0].figures(&format!("create {name} {PAGE} 5"))?;
        let Some(one) = one.first() else {
            bail!("it said no figure");
        };
        // All of them together work for as long as one in the other questions, five times.
        let turns = plan.turn.as_secs_f64() * 5e9 / (one * count as f64);
        let turns = turns.clamp(5.0, 2000.0) as usize;
        Ok(Crowd { peers, name, turns })
    }

    /// Time for one, the slow one of a hundred, failures of ten thousand.
    fn storm(&mut self, word: &str) -> Result<Figures> {
        let line = format!("{word} {} {} {PAGE}", self.name, self.turns);
        let begin = Instant::now();
        for peer in &mut self.peers {
            peer.tell(&line)?;
        }
        let (mut slow, mut failures) = (0.0f64, 0.0);
        for peer in &mut self.peers {
            let figures = figures(&peer.answer()?)?;
            let [_, slowest, failed] = figures[..] else {
                bail!("it said {figures:?}");
            };
            slow = slow.max(slowest);
            failures += failed;
        }
        let all = (self.turns * self.peers.len()) as f64;
        let time = begin.elapsed().as_secs_f64() * 1e9 / all;
        Ok(vec![time, slow, failures * 1e4 / all])
    }
}
