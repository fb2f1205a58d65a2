//! Searching a section, piece by piece, so that the screen stays alive meanwhile.

use memchr::memmem;
use nshm::View;

/// How much one step looks through.
const STEP: usize = 16 << 20;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// Reads what was typed: text, or bytes as `0x6d657373`.
pub(crate) fn pattern(text: &str) -> Result<Vec<u8>, String> {
    let Some(digits) = text.strip_prefix("0x") else {
        return match text {
            "" => Err("nothing to search for".into()),
            _ => Ok(text.as_bytes().to_vec()),
        };
    };
    let digits: Vec<char> = digits.chars().filter(|it| *it != ' ').collect();
    let value = |digit: &char| digit.to_digit(16).and_then(|it| u8::try_from(it).ok());
    let byte = |pair: &[char]| match pair {
        [high, low] => Some(value(high)? << 4 | value(low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
    bytes
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| "bytes are pairs of hexadecimal digits, as in 0x6d65".into())
}

/// A search that is under way. It goes once around the section.
#[derive(Debug)]
pub(crate) struct Search {
    pattern: Vec<u8>,
    direction: Direction,
    /// Where the next step begins (forward) or ends (backward): starts of matches up to there
    /// have been looked at.
    at: usize,
    /// How many starts of matches are left.
    left: usize,
}

/// What a step came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Found(usize),
    /// Not yet; how much of the section is left, in hundredths.
    Left(usize),
    Nowhere,
}

impl Search {
    /// Searches from behind (or in front of) an offset in a section of `len` bytes.
    pub(crate) fn new(pattern: Vec<u8>, direction: Direction, from: usize, len: usize) -> Self {
        // How many places a match can begin at.
        let starts = (len + 1).saturating_sub(pattern.len().max(1));
        let at = match direction {
            Direction::Forward => from.saturating_add(1),
            Direction::Backward => from,
        };
        Search {
            pattern,
            direction,
            at: if at > starts { 0 } else { at },
            left: starts,
        }
    }

    /// Looks through some more.
    pub(crate) fn step(&mut self, view: &View) -> nshm::Result<Step> {
        let starts = (view.len() + 1).saturating_sub(self.pattern.len());
        self.left = self.left.min(starts);
        if self.left == 0 {
            return Ok(Step::Nowhere);
        }
        let (first, count) = match self.direction {
            Direction::Forward => {
                let first = if self.at >= starts { 0 } else { self.at };
                (first, STEP.min(starts - first).min(self.left))
            }
            Direction::Backward => {
                let end = if self.at == 0 {
                    starts
                } else {
                    self.at.min(starts)
                };
                let count = STEP.min(end).min(self.left);
                (end - count, count)
            }
        };
        let bytes = view.read_vec(first, count + self.pattern.len() - 1)?;
        let found = match self.direction {
            Direction::Forward => memmem::find(&bytes, &self.pattern),
            Direction::Backward => memmem::rfind(&bytes, &self.pattern),
        };
        if let Some(found) = found {
            return Ok(Step::Found(first + found));
        }
        self.left -= count;
        self.at = match self.direction {
            Direction::Forward => first + count,
            Direction::Backward => first,
        };
        Ok(match self.left {
            0 => Step::Nowhere,
            left => Step::Left(left * 100 / starts),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(view: &View, pattern: &[u8], direction: Direction, from: usize) -> Step {
        let mut search = Search::new(pattern.to_vec(), direction, from, view.len());
        loop {
            match search.step(view).unwrap() {
                Step::Left(_) => {}
                end => return end,
            }
        }
    }

    #[test]
    fn what_is_typed() {
        assert_eq!(pattern("text"), Ok(b"text".to_vec()));
        assert_eq!(pattern("0x00 fF"), Ok(vec![0, 255]));
        for text in ["", "0x", "0x1", "0xxy", "0x+1"] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }

    #[test]
    fn goes_around_once_in_both_directions() {
        use Direction::{Backward, Forward};
        let section = nshm::Section::anonymous(8192).unwrap();
        let view = section.map().unwrap();
        for at in [0, 4094, 8189] {
            view.write_at(at, b"abc").unwrap();
        }
        for (from, next, previous) in [
            (0, 4094, 8189),
            (1, 4094, 0),
            (4094, 8189, 0),
            (4095, 8189, 4094),
            (8189, 0, 4094),
            (8191, 0, 8189),
            (usize::MAX, 0, 8189),
        ] {
            assert_eq!(
                run(&view, b"abc", Forward, from),
                Step::Found(next),
                "{from}"
            );
            let found = run(&view, b"abc", Backward, from);
            assert_eq!(found, Step::Found(previous), "{from}");
        }
        assert_eq!(run(&view, b"abcd", Forward, 0), Step::Nowhere);
        assert_eq!(run(&view, b"abcd", Backward, 0), Step::Nowhere);
        assert_eq!(run(&view, &[0; 9000], Forward, 0), Step::Nowhere);
        // The only match is where it begins.
        view.fill(.., 0).unwrap();
        view.write_at(100, b"x").unwrap();
        assert_eq!(run(&view, b"x", Forward, 100), Step::Found(100));
        assert_eq!(run(&view, b"x", Backward, 100), Step::Found(100));
    }

    #[test]
    fn a_match_may_lie_across_two_steps() {
        let section = nshm::Section::anonymous(STEP + 4096).unwrap();
        let view = section.map().unwrap();
        view.write_at(STEP - 1, b"abc").unwrap();
        let found = run(&view, b"abc", Direction::Forward, 0);
        assert_eq!(found, Step::Found(STEP - 1));
        let found = run(&view, b"abc", Direction::Backward, STEP + 100);
        assert_eq!(found, Step::Found(STEP - 1));
    }
}
