//! What a run has given, as libFuzzer tells it on its standard error.

use std::time::Duration;

use serde_json::{Value, json};

/// What a target has given.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) time: Duration,
    /// Of a processor; less where others were at work, too.
    pub(crate) cpu_time: Duration,
    pub(crate) executions: u64,
    /// Inputs that reached something new.
    pub(crate) new_inputs: u64,
    pub(crate) crashes: u64,
    /// How many inputs reach all that is reached.
    pub(crate) corpus: u64,
    /// How many places in the code were reached.
    pub(crate) coverage: u64,
}

/// The figures of a target, for whoever writes about them.
pub(super) fn to_json(figures: &Figures) -> Value {
    json!({
        "name": figures.name,
        "seconds": tenths(figures.time),
        "cpu_seconds": tenths(figures.cpu_time),
        "executions": figures.executions,
        "new_inputs": figures.new_inputs,
        "crashes": figures.crashes,
        "corpus": figures.corpus,
        "coverage": figures.coverage,
    })
}

fn tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

/// Reads the lines of libFuzzer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reader {
    pub(super) executions: u64,
    pub(super) new_inputs: u64,
    pub(super) corpus: u64,
    pub(super) coverage: u64,
}

impl Reader {
    /// Takes what a line tells: `#2048 pulse cov: 10 ft: 20 corp: 3/40b …`, and at the end
    /// `stat::number_of_executed_units: 4096`.
    pub(super) fn read(&mut self, line: &str) {
        if let Some((name, value)) = line
            .strip_prefix("stat::")
            .and_then(|it| it.split_once(':'))
        {
            match (name, value.trim().parse()) {
                ("number_of_executed_units", Ok(value)) => self.executions = value,
                ("new_units_added", Ok(value)) => self.new_inputs = value,
                _ => {}
            }
            return;
        }
        if !line.starts_with('#') {
            return;
        }
        let mut words = line.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let place = match word {
                "cov:" => &mut self.coverage,
                "corp:" => &mut self.corpus,
                _ => continue,
            };
            let value = words.next().and_then(|value| value.split('/').next());
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                *place = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_run() {
        let mut reader = Reader::default();
        for line in [
            "INFO: Running with entropic power schedule (0xFF, 100).",
            "#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 30Mb",
            "#2048\tpulse  cov: 97 ft: 301 corp: 41/1297b lim: 21 exec/s: 1024 rss: 41Mb",
            "#5000\tDONE   cov: 99 ft: 310 corp: 44/2Kb lim: 21 exec/s: 1000 rss: 44Mb",
            "stat::number_of_executed_units: 5000",
            "stat::average_exec_per_sec:     1000",
            "stat::new_units_added:          43",
        ] {
            reader.read(line);
        }
        let expected = Reader {
            executions: 5000,
            new_inputs: 43,
            corpus: 44,
            coverage: 99,
        };
        assert_eq!(reader, expected);
    }

    #[test]
    fn figures_for_the_page() {
        let figures = Figures {
            name: "names".into(),
            time: Duration::from_millis(3_600_040),
            cpu_time: Duration::from_secs(1800),
            executions: 7,
            new_inputs: 1,
            crashes: 0,
            corpus: 4,
            coverage: 9,
        };
        let json = to_json(&figures);
        assert_eq!(json["seconds"], 3600.0);
        assert_eq!(json["executions"], 7);
        assert_eq!(json["corpus"], 4);
    }
}
