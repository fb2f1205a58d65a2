//! Everything that xtask says.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use crate::deps::{Missing, Tool};
use crate::fuzz::Figures;
use crate::stage::Stage;
use crate::stage::win32::rows::Verdict as RowVerdict;
use crate::test::{Report, Verdict};

/// Begins the output of a stage.
pub(crate) fn header(number: usize, count: usize, stage: &Stage) {
    println!(
        "\n==== {number}/{count} {}: {} ====",
        stage.name, stage.what
    );
}

/// A line of a child process, passed on.
pub(crate) fn pass_on(line: &str) {
    println!("{line}");
}

/// The same for a line of its standard error.
pub(crate) fn pass_on_error(line: &str) {
    eprintln!("{line}");
}

/// What is being done.
pub(crate) fn say(what: &str) {
    println!("  {what}");
}

/// How the stage that has just ended went.
pub(crate) fn verdict(report: &Report<'_>) {
    let time = seconds(report.time);
    println!("---- {}: {} ({time})", report.stage.name, report.verdict);
}

/// The table at the end, what the stages have skipped within them, and what their tests said that
/// have failed.
pub(crate) fn summary(reports: &[Report<'_>]) {
    let mut table = table(["stage", "result", "time"]);
    for report in reports {
        table.add_row([
            report.stage.name.to_owned(),
            report.verdict.to_string(),
            seconds(report.time),
        ]);
    }
    println!("\n==== summary ====\n{table}");
    for report in reports {
        for skipped in &report.skipped {
            println!("skipped in {}: {skipped}", report.stage.name);
        }
    }
    for report in reports {
        for failure in &report.failures {
            println!("failed in {}: {}", report.stage.name, failure.test);
            for line in &failure.said {
                println!("    {line}");
            }
        }
    }
    let count = |which: fn(&Verdict) -> bool| {
        let verdicts = reports.iter().map(|report| &report.verdict);
        verdicts.filter(|verdict| which(verdict)).count()
    };
    println!(
        "{} passed, {} failed, {} skipped in {}",
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Skipped(_))),
        seconds(reports.iter().map(|report| report.time).sum()),
    );
}

/// The stages there are.
pub(crate) fn stages(stages: &[Stage]) {
    let mut table = table(["stage", "what", "needs"]);
    for stage in stages {
        table.add_row([stage.name, stage.what, &stage.needs.join(", ")]);
    }
    println!("{table}");
}

/// What Windows does and what Wine and Linux have done, row by row.
pub(crate) fn rows(verdicts: &[RowVerdict]) {
    let mut table = table(["row", "Windows", "Wine", "Linux", "note"]);
    let or_dash = |answer: &Option<String>| answer.clone().unwrap_or_else(|| "-".to_owned());
    for verdict in verdicts {
        table.add_row([
            verdict.id.clone(),
            verdict.windows.clone(),
            or_dash(&verdict.wine),
            or_dash(&verdict.linux),
            verdict.remark(),
        ]);
    }
    println!("{table}");
    let answered = |of: fn(&RowVerdict) -> &Option<String>| {
        verdicts
            .iter()
            .filter(|verdict| of(verdict).is_some())
            .count()
    };
    println!(
        "{} rows: {} under Wine, {} on Linux; {} with a note",
        verdicts.len(),
        answered(|verdict| &verdict.wine),
        answered(|verdict| &verdict.linux),
        verdicts
            .iter()
            .filter(|verdict| !verdict.note.is_empty())
            .count(),
    );
}

/// What fuzzing a target has given.
pub(crate) fn fuzzed(figures: &Figures) {
    println!(
        "  {}: {} executions in {} ({} of a processor), {} crashes; {} new inputs, {} in all, {} \
         places reached",
        figures.name,
        figures.executions,
        seconds(figures.time),
        seconds(figures.cpu_time),
        figures.crashes,
        figures.new_inputs,
        figures.corpus,
        figures.coverage,
    );
}

/// What the stages need, and whether it is there.
pub(crate) fn tools(rows: &[(&Tool, Result<(), Missing>)]) {
    let mut table = table(["tool", "why", "state"]);
    for (tool, state) in rows {
        let state = match state {
            Ok(()) => "there".to_owned(),
            Err(missing) => missing.to_string(),
        };
        table.add_row([tool.name, tool.why, &state]);
    }
    println!("{table}");
}

/// The one error that ends xtask.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

fn table<const COLUMNS: usize>(head: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(head);
    table
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
