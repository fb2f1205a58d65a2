//! `docs/performance.md`: the figures as a document, with its pictures beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::foreign::FOREIGN;
use crate::question::QUESTIONS;
use crate::results::{Answer, Cell, Most, Run, Spread, Table, Unit};
use crate::{bell, peer, plot};

/// Writes the document and the pictures below `root`.
pub(crate) fn write(run: &Run, root: &Path) -> Result<()> {
    let docs = root.join("docs");
    let pictures = docs.join("performance");
    fs::create_dir_all(&pictures).with_context(|| format!("cannot make {}", pictures.display()))?;
    remove_old(&pictures).context("old pictures")?;
    let mut drawn = Vec::new();
    for table in run.questions.iter().flat_map(|answer| &answer.tables) {
        if let Some(svg) = plot::svg(table) {
            let path = pictures.join(format!("{}.svg", table.id));
            fs::write(&path, svg).with_context(|| format!("cannot write {}", path.display()))?;
            drawn.push(table.id.as_str());
        }
    }
    let path = docs.join("performance.md");
    fs::write(&path, document(run, &drawn))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Removes the pictures of tables that may not be there any more.
fn remove_old(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "svg") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn document(run: &Run, drawn: &[&str]) -> String {
    let mut text = String::from(include_str!("page/head.md"));
    let machine = &run.machine;
    let _ = writeln!(
        text,
        "\nMeasured on {}: {}, {} processors, {} GiB, {}, {}; shared memory and huge pages: `{}`.\n",
        run.date,
        machine.processor,
        machine.processors,
        machine.memory_gib,
        machine.kernel,
        machine.rustc,
        machine.huge_pages,
    );
    verdicts(run, &mut text);
    peers(&mut text);
    for question in QUESTIONS {
        let found = run.questions.iter().find(|it| it.question == question.name);
        let _ = writeln!(text, "\n## {}\n\n{}", question.title, question.why.trim());
        match found {
            Some(answer) => answered(answer, drawn, &mut text),
            None => text += "\nNot measured in this run.\n",
        }
    }
    text
}

/// What the budgets say.
fn verdicts(run: &Run, text: &mut String) {
    *text += "## Against the budgets\n\n| what | budget | measured | |\n|---|---|---|---|\n";
    for table in run.questions.iter().flat_map(|answer| &answer.tables) {
        for budget in &table.budgets {
            let Some(Cell::Measured { value, ratio, .. }) = table.cell(&budget.who, &budget.column)
            else {
                continue;
            };
            let (most, measured, is_within) = match (budget.most, ratio) {
                (Most::Value(most), _) => (
                    show(table.unit, most, 0.0),
                    show(table.unit, value.median, 0.0),
                    value.median <= most,
                ),
                (Most::Ratio(most), Some(ratio)) => {
                    (times(most), spread(ratio), ratio.median <= most)
                }
                (Most::Ratio(_), None) => continue,
            };
            let verdict = if is_within { "within" } else { "**above**" };
            let (title, column) = (&table.title, &budget.column);
            let _ = writeln!(
                text,
                "| {title}, {column} | {most} | {measured} | {verdict} |"
            );
        }
    }
}

/// Who is who.
fn peers(text: &mut String) {
    *text += "\n## Who is compared\n\n| peer | what | found by a name | after `kill -9` |\n\
              |---|---|---|---|\n";
    for known in peer::KNOWN.iter().chain(FOREIGN) {
        let mut what = known.what.to_owned();
        if !known.remark.is_empty() {
            let _ = write!(what, "; {}", known.remark);
        }
        let named = if known.named { "yes" } else { "no" };
        let (name, after) = (known.name, known.after_kill);
        let _ = writeln!(text, "| {name} | {what} | {named} | {after} |");
    }
    *text += "\nTo wake another process:\n\n| peer | what |\n|---|---|\n";
    for known in bell::KNOWN {
        let _ = writeln!(text, "| {} | {} |", known.name, known.what);
    }
}

fn answered(answer: &Answer, drawn: &[&str], text: &mut String) {
    for table in &answer.tables {
        let _ = writeln!(text, "\n### {}\n\n{}\n", table.title, table.note);
        if drawn.contains(&table.id.as_str()) {
            let (title, id) = (&table.title, &table.id);
            let _ = writeln!(text, "![{title}](performance/{id}.svg)\n");
        }
        rows(table, text);
    }
    for absent in &answer.absent {
        let _ = writeln!(text, "\n{} is not here: {}.", absent.who, absent.reason);
    }
    let (before, after) = answer.load;
    let _ = writeln!(
        text,
        "\nMeasured by `{}`, with {before:.1} runnable processes for each processor when it began \
         and {after:.1} when it ended.",
        answer.command
    );
}

fn rows(table: &Table, text: &mut String) {
    let labels: Vec<&str> = table.columns.iter().map(|it| &*it.label).collect();
    let _ = writeln!(text, "| {} | {} |", table.across, labels.join(" | "));
    let _ = writeln!(text, "|---{}|", "|---".repeat(labels.len()));
    // A reason that many cells have is told once, below.
    let mut reasons: Vec<&str> = Vec::new();
    for row in &table.rows {
        let cells: Vec<String> = row
            .cells
            .iter()
            .zip(&table.columns)
            .map(|(cell, column)| match cell {
                Cell::Measured {
                    value: figure,
                    ratio,
                    ..
                } => {
                    let value = show(table.unit, figure.median, column.at);
                    match ratio {
                        Some(ratio) => format!("{value}<br>{}", spread(ratio)),
                        None => value + &range(table.unit, figure),
                    }
                }
                Cell::Absent { reason } => {
                    let at = reasons.iter().position(|it| it == reason);
                    let at = at.unwrap_or_else(|| {
                        reasons.push(reason);
                        reasons.len() - 1
                    });
                    format!("({})", at + 1)
                }
            })
            .collect();
        let ours = row.who.starts_with(peer::NSHM);
        let who = if ours {
            format!("**{}**", row.who)
        } else {
            row.who.clone()
        };
        let _ = writeln!(text, "| {who} | {} |", cells.join(" | "));
    }
    if !reasons.is_empty() {
        text.push('\n');
    }
    for (index, reason) in reasons.iter().enumerate() {
        let _ = writeln!(text, "({}) {reason}. ", index + 1);
    }
}

/// How far a figure without a ratio is spread, if it is; failures are told as a mean.
fn range(unit: Unit, value: &Spread) -> String {
    if value.low == value.high || unit == Unit::Count {
        return String::new();
    }
    let [low, high] = [value.low, value.high].map(|it| show(unit, it, 0.0));
    format!("<br>({low} to {high})")
}

/// `1.82× (1.70–1.95)`
fn spread(ratio: &Spread) -> String {
    let [low, high] = [ratio.low, ratio.high].map(digits);
    format!("{} ({low}–{high})", times(ratio.median))
}

fn times(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// Three digits that matter.
fn digits(figure: f64) -> String {
    match figure.abs() {
        0.0..10.0 => format!("{figure:.2}"),
        10.0..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}

/// A figure in words; `at` is how many bytes it is for, where it is a transfer.
fn show(unit: Unit, figure: f64, at: f64) -> String {
    match unit {
        Unit::Nanoseconds => match figure {
            ..1e3 => format!("{} ns", digits(figure)),
            1e3..1e6 => format!("{} µs", digits(figure / 1e3)),
            1e6..1e9 => format!("{} ms", digits(figure / 1e6)),
            _ => format!("{} s", digits(figure / 1e9)),
        },
        Unit::Transfer => format!("{} GB/s", digits(at / figure)),
        Unit::Bytes => match figure.abs() {
            0.0..1024.0 => format!("{figure:.0} B"),
            1024.0..1048576.0 => format!("{} KiB", digits(figure / 1024.0)),
            _ => format!("{} MiB", digits(figure / 1048576.0)),
        },
        Unit::Count if figure.fract() == 0.0 => format!("{figure:.0}"),
        Unit::Count => digits(figure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_words() {
        assert_eq!(show(Unit::Nanoseconds, 12_345.0, 0.0), "12.3 µs");
        assert_eq!(show(Unit::Nanoseconds, 5e7, 0.0), "50.0 ms");
        assert_eq!(show(Unit::Transfer, 100.0, 1000.0), "10.0 GB/s");
        assert_eq!(show(Unit::Bytes, 1048576.0, 0.0), "1.00 MiB");
        assert_eq!(show(Unit::Count, 3.0, 0.0), "3");
        let ratio = Spread::of(&[1.5, 1.5, 1.5]);
        assert_eq!(spread(&ratio), "1.50× (1.50–1.50)");
    }

    #[test]
    fn a_reason_is_told_once_and_below() {
        let mut table = Table::new("t", "T", "size", Unit::Count, "");
        let cells = || vec![Cell::plain(&[1.0]), Cell::absent("it cannot")];
        table.add("a", 1.0, &["nshm", "other"], cells());
        table.add("b", 2.0, &["nshm", "other"], cells());
        let mut text = String::new();
        rows(&table, &mut text);
        assert_eq!(text.matches("it cannot").count(), 1);
        assert!(text.contains("| other | (1) | (1) |"), "{text}");
        assert!(text.contains("| **nshm** | 1 | 1 |"), "{text}");
    }
}
