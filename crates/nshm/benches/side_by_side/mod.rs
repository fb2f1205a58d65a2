//! Ways to do a thing, timed side by side. The cases of a group take turns, in an order that changes
//! with every round, so that a slow moment hits all of them; each figure is the median over the
//! rounds, and the ratio is to the first case.

use std::time::Instant;

/// One way to do a thing, and how long it took in each round, in nanoseconds.
pub(crate) struct Case<'a> {
    what: &'a str,
    run: Box<dyn FnMut() -> f64 + 'a>,
    rounds: Vec<f64>,
}

pub(crate) fn case<'a>(what: &'a str, run: impl FnMut() -> f64 + 'a) -> Case<'a> {
    Case {
        what,
        run: Box::new(run),
        rounds: Vec::new(),
    }
}

/// Times `count` turns of `body` and gives the time of one, in nanoseconds.
pub(crate) fn each(count: u32, mut body: impl FnMut()) -> f64 {
    let begin = Instant::now();
    for _ in 0..count {
        body();
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

pub(crate) fn compare(
    title: &str,
    rounds: usize,
    mut cases: Vec<Case<'_>>,
    budgets: &[(usize, f64)],
) {
    for round in 0..rounds + 1 {
        let count = cases.len();
        for turn in 0..count {
            // Coprime steps visit every case once, in another order each round.
            let index = (turn * if round % 2 == 0 { 1 } else { count - 1 } + round) % count;
            let case = &mut cases[index];
            let time = (case.run)();
            // The first round warms up.
            if round > 0 {
                case.rounds.push(time);
            }
        }
    }
    println!("\n{title}");
    let mut first = None;
    for (index, case) in cases.iter_mut().enumerate() {
        case.rounds.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| case.rounds[case.rounds.len() * part / 100];
        let median = at(50);
        let first = *first.get_or_insert(median);
        let ratio = median / first;
        let budget = budgets
            .iter()
            .find(|(which, _)| *which == index)
            .map(|(_, most)| {
                let verdict = if ratio <= *most { "within" } else { "above" };
                format!("  {verdict} {most:.2}")
            })
            .unwrap_or_default();
        println!(
            "  {:<44} {:>12}  [{} .. {}]  {ratio:>5.2}{budget}",
            case.what,
            show(median),
            show(at(10)),
            show(at(90)),
        );
    }
}

fn show(nanoseconds: f64) -> String {
    match nanoseconds {
        0.0..1e4 => format!("{nanoseconds:.1} ns"),
        1e4..1e7 => format!("{:.2} us", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}
