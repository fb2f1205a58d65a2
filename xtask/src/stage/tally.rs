//! How many tests there were, as the harness of Rust tells it, and what those said that have failed.

/// Tests that have run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Takes what a line of the output says: `test result: ok. 34 passed; 0 failed; …`.
    pub(crate) fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|result| result.split_once(". "))
        else {
            return;
        };
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// A test that has failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) test: String,
    /// What it said, if not too much.
    pub(crate) said: Vec<String>,
}

/// Finds those that have failed in the output of a test program.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    found: Vec<Failure>,
    /// The last one goes on.
    within: bool,
}

impl Failures {
    /// What is said is for who looks for the cause; the whole output is above.
    const MOST_LINES: usize = 20;

    /// Takes what a line says: `---- name stdout ----`, and what comes after it until the next one
    /// or the list of the names.
    pub(crate) fn add(&mut self, line: &str) {
        let name = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"));
        if let Some(test) = name {
            self.within = true;
            self.found.push(Failure {
                test: test.to_owned(),
                said: Vec::new(),
            });
        } else if line == "failures:" {
            self.within = false;
        } else if let Some(failure) = self.found.last_mut()
            && self.within
            && !line.trim().is_empty()
            && failure.said.len() < Self::MOST_LINES
        {
            failure.said.push(line.to_owned());
        }
    }

    pub(crate) fn into_found(self) -> Vec<Failure> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_test_said_is_kept() {
        let output = "
running 3 tests
.FF
failures:

---- one::two stdout ----

thread 'one::two' panicked at src/lib.rs:1:2:
not so

---- three stdout ----
thread 'three' panicked at src/lib.rs:3:4:

failures:
    one::two
    three

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out
";
        let mut failures = Failures::default();
        output.lines().for_each(|line| failures.add(line));
        let failure = |test: &str, said: &[&str]| Failure {
            test: test.to_owned(),
            said: said.iter().map(|line| (*line).to_owned()).collect(),
        };
        let two = ["thread 'one::two' panicked at src/lib.rs:1:2:", "not so"];
        let three = ["thread 'three' panicked at src/lib.rs:3:4:"];
        assert_eq!(
            failures.into_found(),
            [failure("one::two", &two), failure("three", &three)]
        );
    }

    #[test]
    fn binaries_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "test one ... ok",
            "test result: ok. 34 passed; 0 failed; 0 ignored; 0 measured; 12 filtered out",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            tally.add(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 37,
                failed: 2
            }
        );
    }
}
