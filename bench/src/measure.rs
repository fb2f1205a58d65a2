//! Rounds in which the peers take turns, so that a slow moment hits all of them, and what becomes
//! of the figures: medians, spreads, and ratios to the first peer *of the same round*.

use anyhow::Result;

use crate::results::{Cell, Spread};

/// The most that one call of a [`Runner`] measures.
pub(crate) type Figures = Vec<f64>;

/// One of those that take turns.
pub(crate) struct Runner<'a> {
    pub(crate) who: &'a str,
    run: Box<dyn FnMut() -> Result<Figures> + 'a>,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(who: &'a str, run: impl FnMut() -> Result<Figures> + 'a) -> Runner<'a> {
        let run = Box::new(run);
        Runner { who, run }
    }
}

/// What came of one runner: a list of figures for each round, or why there is none.
pub(crate) type Outcome = Result<Vec<Figures>, String>;

/// Lets all take turns, for one round to warm up and then `rounds` that count. The order changes
/// with every round. Who fails drops out.
pub(crate) fn interleave(rounds: usize, runners: &mut [Runner<'_>]) -> Vec<Outcome> {
    let count = runners.len();
    let mut outcomes: Vec<Outcome> = (0..count).map(|_| Ok(Vec::new())).collect();
    for round in 0..=rounds {
        for turn in 0..count {
            // Forwards and backwards by turns, from another begin each time.
            let place = if round % 2 == 0 {
                turn
            } else {
                count - 1 - turn
            };
            let index = (place + round) % count;
            let Ok(figures) = &mut outcomes[index] else {
                continue;
            };
            match (runners[index].run)() {
                Ok(_) if round == 0 => {}
                Ok(measured) => figures.push(measured),
                Err(error) => outcomes[index] = Err(format!("{error:#}")),
            }
        }
    }
    outcomes
}

/// The cell of each outcome for its figure number `which`; the first outcome is the baseline.
pub(crate) fn cells(outcomes: &[Outcome], which: usize) -> Vec<Cell> {
    let pick = |outcome: &Outcome| -> Result<Vec<f64>, String> {
        let figures = outcome.as_ref().map_err(String::clone)?;
        let picked = figures.iter().map(|round| round[which]);
        let picked: Vec<f64> = picked.filter(|figure| !figure.is_nan()).collect();
        if picked.is_empty() {
            return Err("there is no such operation".into());
        }
        Ok(picked)
    };
    let base = outcomes.first().and_then(|first| pick(first).ok());
    outcomes
        .iter()
        .map(|outcome| match pick(outcome) {
            Ok(figures) => Cell::Measured {
                value: Spread::of(&figures),
                ratio: base.as_ref().map(|base| {
                    let ratios = figures.iter().zip(base).map(|(figure, base)| figure / base);
                    Spread::of(&ratios.collect::<Vec<_>>())
                }),
                rounds: figures.len(),
            },
            Err(reason) => Cell::Absent { reason },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_within_a_round() {
        let mut slow = 0.0;
        let mut fast = 0.0;
        let mut runners = [
            Runner::new("base", || {
                fast += 1.0;
                Ok(vec![fast])
            }),
            Runner::new("twice", || {
                slow += 2.0;
                Ok(vec![slow])
            }),
        ];
        let outcomes = interleave(11, &mut runners);
        let cells = cells(&outcomes, 0);
        let Cell::Measured { ratio, rounds, .. } = &cells[1] else {
            panic!("{cells:?}")
        };
        let ratio = ratio.unwrap();
        assert_eq!((ratio.low, ratio.median, ratio.high), (2.0, 2.0, 2.0));
        assert_eq!(*rounds, 11);
    }

    #[test]
    fn who_fails_is_named_with_the_reason() {
        let mut runners = [
            Runner::new("base", || Ok(vec![1.0])),
            Runner::new("broken", || anyhow::bail!("no such thing")),
        ];
        let cells = cells(&interleave(2, &mut runners), 0);
        assert!(matches!(&cells[1], Cell::Absent { reason } if reason == "no such thing"));
        assert!(matches!(&cells[0], Cell::Measured { rounds: 2, .. }));
    }

    #[test]
    fn every_runner_has_a_turn_in_every_round() {
        let order = std::cell::RefCell::new(Vec::new());
        let order = &order;
        let mut runners: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .map(|who| {
                Runner::new(who, move || {
                    order.borrow_mut().push(who);
                    Ok(vec![1.0])
                })
            })
            .collect();
        interleave(4, &mut runners);
        for round in order.borrow().chunks(3) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, ["a", "b", "c"]);
        }
        assert_ne!(order.borrow()[..3], order.borrow()[3..6]);
    }
}
