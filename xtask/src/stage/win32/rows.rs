//! What the programs say, a row on a line, and whether it is as it should be.

use std::collections::HashMap;

use super::system::System;

/// A row as a program has reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    id: String,
    result: String,
    windows: String,
    /// What Wine does instead, and why.
    wine: Option<Marker>,
    /// What Linux does instead, and why.
    linux: Option<Marker>,
}

/// Why one system answers otherwise, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Marker {
    answers: String,
    why: String,
}

impl Row {
    /// Reads `ROW id<TAB>result<TAB>windows<TAB>wine<TAB>why<TAB>linux<TAB>why`.
    fn read(line: &str) -> Option<Row> {
        let fields: Vec<&str> = line.strip_prefix("ROW ")?.split('\t').collect();
        // The last fields are empty where a program's output has lost blanks at the end.
        let field = |index: usize| fields.get(index).copied().unwrap_or_default().to_owned();
        let marker = |index: usize| {
            let marker = Marker {
                answers: field(index),
                why: field(index + 1),
            };
            (!marker.why.is_empty()).then_some(marker)
        };
        (fields.len() >= 3).then(|| Row {
            id: field(0),
            result: field(1),
            windows: field(2),
            wine: marker(3),
            linux: marker(5),
        })
    }

    fn marker(&self, system: System) -> Option<&Marker> {
        match system {
            System::Wine => self.wine.as_ref(),
            System::Linux => self.linux.as_ref(),
        }
    }

    /// What is wrong with the answer of this system.
    fn complaint(&self, system: System) -> Option<String> {
        let Row { id, result, .. } = self;
        match self.marker(system) {
            None if *result == self.windows => None,
            None => Some(format!(
                "{id}: {system} answers {result:?}, Windows {:?}",
                self.windows
            )),
            Some(_) if *result == self.windows => Some(format!(
                "{id}: {system} answers as Windows does: its marker must go"
            )),
            Some(marker) if *result == marker.answers => None,
            Some(marker) => Some(format!(
                "{id}: {system} answers {result:?}, and neither {:?} as Windows nor {:?}",
                self.windows, marker.answers
            )),
        }
    }
}

/// A row of the table for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) id: String,
    pub(crate) windows: String,
    /// What each system has answered; nothing where the row is not for it.
    pub(crate) wine: Option<String>,
    pub(crate) linux: Option<String>,
    /// Why they differ from Windows where they may.
    pub(crate) note: String,
    complaints: Vec<String>,
}

impl Verdict {
    /// Why it is a failure, if it is one.
    pub(super) fn failure(&self) -> Option<String> {
        (!self.complaints.is_empty()).then(|| self.complaints.join("; "))
    }

    /// What the last column says.
    pub(crate) fn remark(&self) -> String {
        match self.failure() {
            Some(_) if self.note.is_empty() => "WRONG".to_owned(),
            Some(_) => format!("WRONG; {}", self.note),
            None => self.note.clone(),
        }
    }
}

/// The rows of all programs on both systems.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<[Option<Row>; 2]>,
    /// Where a row is, by program and id.
    index: HashMap<String, usize>,
    /// The programs that have run, by system.
    ran: [Vec<String>; 2],
    /// The program of each row.
    programs: Vec<String>,
}

impl Table {
    /// Takes what a program has said on a system. Gives what is wrong with it as a report.
    pub(super) fn add(&mut self, system: System, program: &str, lines: &[String]) -> Vec<String> {
        let mut wrong = Vec::new();
        self.ran[system as usize].push(program.to_owned());
        for line in lines {
            let Some(row) = Row::read(line) else {
                wrong.push(format!("{program} under {system} says {line:?}"));
                continue;
            };
            let next = self.rows.len();
            let index = *self.index.entry(row.id.clone()).or_insert(next);
            if index == next {
                self.rows.push([None, None]);
                self.programs.push(program.to_owned());
            }
            let place = &mut self.rows[index][system as usize];
            if place.is_some() || self.programs[index] != program {
                wrong.push(format!("{}: more than one row has this id", row.id));
            }
            *place = Some(row);
        }
        wrong
    }

    /// Every row, judged.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let both = self.rows.iter().zip(&self.programs);
        both.map(|(row, program)| self.verdict(row, program))
            .collect()
    }

    fn verdict(&self, row: &[Option<Row>; 2], program: &str) -> Verdict {
        let mut verdict = Verdict {
            id: String::new(),
            windows: String::new(),
            wine: None,
            linux: None,
            note: String::new(),
            complaints: Vec::new(),
        };
        let mut notes = Vec::new();
        let mut missing = Vec::new();
        for system in [System::Wine, System::Linux] {
            let Some(row) = &row[system as usize] else {
                if self.ran[system as usize].iter().any(|ran| ran == program) {
                    missing.push(system);
                }
                continue;
            };
            let answer = Some(row.result.clone());
            match system {
                System::Wine => verdict.wine = answer,
                System::Linux => verdict.linux = answer,
            }
            if let Some(marker) = row.marker(system) {
                notes.push(format!("{system} {}", marker.why));
            }
            verdict.id.clone_from(&row.id);
            verdict.windows.clone_from(&row.windows);
            verdict.complaints.extend(row.complaint(system));
        }
        for system in missing {
            let complaint = format!("{}: {system} has no such row", verdict.id);
            verdict.complaints.push(complaint);
        }
        verdict.note = notes.join("; ");
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(wine: &[&str], linux: &[&str]) -> Vec<String> {
        let lines = |rows: &[&str]| -> Vec<String> {
            rows.iter().map(|row| format!("ROW {row}")).collect()
        };
        let mut table = Table::default();
        let mut failures = table.add(System::Wine, "p", &lines(wine));
        failures.extend(table.add(System::Linux, "p", &lines(linux)));
        failures.extend(table.verdicts().iter().filter_map(Verdict::failure));
        failures
    }

    #[test]
    fn what_is_as_on_windows_is_well() {
        assert!(failures(&["1.a\tok\tok\t\t\t\t"], &["1.a\tok\tok"]).is_empty());
    }

    #[test]
    fn what_differs_is_a_failure() {
        let found = failures(&["1.a\tok\tok\t\t\t\t"], &["1.a\tNULL 5\tok\t\t\t\t"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("Linux answers \"NULL 5\""), "{found:?}");
    }

    #[test]
    fn a_marker_lets_one_system_differ_and_no_other() {
        let differs = "1.a\tNULL 5\tok\tNULL 5\tis older\t\t";
        let differs_too = "1.a\tNULL 6\tok\tNULL 5\tis older\t\t";
        assert!(failures(&[differs], &["1.a\tok\tok"]).is_empty());
        assert_eq!(failures(&[differs_too], &["1.a\tok\tok"]).len(), 1);
        assert_eq!(failures(&[differs], &[differs]).len(), 1);
    }

    #[test]
    fn a_marker_that_is_no_longer_true_is_a_failure() {
        let stale = "1.a\tok\tok\t\t\tNULL 5\tis younger";
        assert!(failures(&[stale], &[])[0].contains("has no such row"));
        assert!(failures(&[stale], &[stale])[0].contains("must go"));
    }

    #[test]
    fn what_is_no_row_or_the_same_row_again_is_a_failure() {
        let row = "1.a\tok\tok";
        assert_eq!(failures(&[row, row], &[row]).len(), 1);
        assert_eq!(failures(&[row, "1.b"], &[row]).len(), 1);
        let mut table = Table::default();
        let lines = [format!("ROW {row}")];
        assert!(table.add(System::Wine, "p", &lines).is_empty());
        assert_eq!(table.add(System::Wine, "q", &lines).len(), 1);
    }

    #[test]
    fn a_program_for_one_system_needs_no_rows_on_the_other() {
        let mut table = Table::default();
        table.add(System::Wine, "p", &["ROW 1.a\tok\tok".to_owned()]);
        let verdicts = table.verdicts();
        assert_eq!(verdicts[0].failure(), None);
        assert_eq!(verdicts[0].linux, None);
    }
}
