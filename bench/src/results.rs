//! The figures as data: what `results.json` holds.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// A run, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) questions: Vec<Answer>,
}

/// What one question gave.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// The word for `--only`.
    pub(crate) question: String,
    /// What measures it again.
    pub(crate) command: String,
    /// Runnable processes for each processor when it began and when it ended: more than one means
    /// that others were at work.
    pub(crate) load: (f64, f64),
    pub(crate) tables: Vec<Table>,
    /// Who is not in the tables at all, and why.
    pub(crate) absent: Vec<Absent>,
}

/// A peer that could not be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Absent {
    pub(crate) who: String,
    pub(crate) reason: String,
}

/// One comparison: peers down, a parameter across.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    /// A word for file names.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is measured, exactly.
    pub(crate) note: String,
    /// What the columns are.
    pub(crate) across: String,
    pub(crate) unit: Unit,
    pub(crate) columns: Vec<Column>,
    /// The first one is what the ratios are to.
    pub(crate) rows: Vec<Row>,
    /// Whom the table judges, and how.
    pub(crate) budgets: Vec<Budget>,
}

/// What the figures count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    Nanoseconds,
    /// Nanoseconds for the bytes that the column names, shown as a bandwidth.
    Transfer,
    Bytes,
    Count,
}

/// A value of the parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) label: String,
    /// Where it is on an axis.
    pub(crate) at: f64,
}

/// A peer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) who: String,
    /// One for each column.
    pub(crate) cells: Vec<Cell>,
}

/// A figure, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Measured {
        value: Spread,
        /// To the first row, in the same round.
        ratio: Option<Spread>,
        rounds: usize,
    },
    Absent {
        reason: String,
    },
}

/// How much a ratio may be at most.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Budget {
    pub(crate) who: String,
    pub(crate) column: String,
    /// In the unit of the table, or to the first row.
    pub(crate) most: Most,
}

/// What a budget limits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Most {
    Ratio(f64),
    Value(f64),
}

/// The middle of the rounds, and where eight of ten of them are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of at least one figure.
    pub(crate) fn of(figures: &[f64]) -> Spread {
        let mut sorted = figures.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
        Spread {
            median: at(0.5),
            low: at(0.1),
            high: at(0.9),
        }
    }
}

impl Table {
    /// A table whose rows and columns come with [`Table::add`].
    pub(crate) fn new(id: &str, title: &str, across: &str, unit: Unit, note: &str) -> Table {
        Table {
            id: id.into(),
            title: title.into(),
            note: note.into(),
            across: across.into(),
            unit,
            columns: Vec::new(),
            rows: Vec::new(),
            budgets: Vec::new(),
        }
    }

    /// Sets a limit for one cell.
    pub(crate) fn with_budget(mut self, who: &str, column: &str, most: Most) -> Table {
        self.budgets.push(Budget {
            who: who.into(),
            column: column.into(),
            most,
        });
        self
    }

    /// Adds a column; the rows are those of the first one.
    pub(crate) fn add(&mut self, label: &str, at: f64, who: &[&str], cells: Vec<Cell>) {
        for (who, cell) in who.iter().zip(cells) {
            let before = self.columns.len();
            let row = match self.rows.iter_mut().position(|row| row.who == *who) {
                Some(index) => &mut self.rows[index],
                None => {
                    self.rows.push(Row {
                        who: (*who).into(),
                        cells: Vec::new(),
                    });
                    let last = self.rows.len() - 1;
                    &mut self.rows[last]
                }
            };
            row.cells.resize(before, Cell::not_asked());
            row.cells.push(cell);
        }
        self.columns.push(Column {
            label: label.into(),
            at,
        });
        for row in &mut self.rows {
            row.cells.resize(self.columns.len(), Cell::not_asked());
        }
    }

    pub(crate) fn cell(&self, who: &str, column: &str) -> Option<&Cell> {
        let column = self.columns.iter().position(|it| it.label == column)?;
        let row = self.rows.iter().find(|row| row.who == who)?;
        row.cells.get(column)
    }
}

impl Cell {
    /// A figure that is no time: there is nothing to divide it by.
    pub(crate) fn plain(figures: &[f64]) -> Cell {
        Cell::Measured {
            value: Spread::of(figures),
            ratio: None,
            rounds: figures.len(),
        }
    }

    pub(crate) fn absent(reason: impl Into<String>) -> Cell {
        Cell::Absent {
            reason: reason.into(),
        }
    }

    fn not_asked() -> Cell {
        Cell::absent("not asked")
    }
}

impl Run {
    pub(crate) fn load(path: &Path) -> Result<Run> {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no run", path.display()))
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("results")? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Takes the answer in, in the place of an earlier one to the same question.
    pub(crate) fn take(&mut self, answer: Answer) {
        match self
            .questions
            .iter_mut()
            .find(|earlier| earlier.question == answer.question)
        {
            Some(earlier) => *earlier = answer,
            None => self.questions.push(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_and_eight_of_ten() {
        let figures: Vec<f64> = (0..=10).rev().map(f64::from).collect();
        let spread = Spread::of(&figures);
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 5.0, 9.0));
        assert_eq!(Spread::of(&[3.0]).high, 3.0);
    }

    #[test]
    fn rows_that_come_late_are_as_long_as_the_others() {
        let mut table = Table::new("t", "t", "names", Unit::Count, "");
        table.add("1", 1.0, &["a"], vec![Cell::plain(&[1.0])]);
        let cells = || vec![Cell::plain(&[1.0]), Cell::plain(&[2.0])];
        table.add("2", 2.0, &["a", "b"], cells());
        table.add("3", 3.0, &["b"], vec![Cell::plain(&[1.0])]);
        assert!(table.rows.iter().all(|row| row.cells.len() == 3));
        assert!(matches!(table.cell("b", "2"), Some(Cell::Measured { .. })));
        assert!(matches!(table.cell("a", "3"), Some(Cell::Absent { .. })));
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let cell = Cell::plain(&[1.5, 2.5, 3.5]);
        let text = serde_json::to_string(&[cell, Cell::absent("no")]).unwrap();
        let read: Vec<Cell> = serde_json::from_str(&text).unwrap();
        assert!(matches!(&read[0], Cell::Measured { value, .. } if value.median == 2.5));
        assert!(matches!(&read[1], Cell::Absent { reason } if reason == "no"));
    }
}
