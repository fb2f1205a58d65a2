//! A value for each page of a region, kept as runs of pages that are alike.

use std::ops::Range;

/// Where each run begins, in ascending order from 0, and its value. Neighbours differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runs<T> {
    runs: Vec<(usize, T)>,
    end: usize,
}

impl<T: Copy + PartialEq> Runs<T> {
    /// `len` pages (or bytes, in whole pages) that are alike.
    pub(crate) fn new(len: usize, value: T) -> Self {
        Runs {
            runs: vec![(0, value)],
            end: len,
        }
    }

    /// The run that a position, which is in front of the end, is in.
    pub(crate) fn at(&self, position: usize) -> (Range<usize>, T) {
        // The first run begins at 0, so some run begins at or in front of any position.
        let behind = self.runs.partition_point(|(start, _)| *start <= position);
        let (start, value) = self.runs[behind - 1];
        let end = self.runs.get(behind).map_or(self.end, |(start, _)| *start);
        (start..end, value)
    }

    /// The runs in a range, cut to it.
    pub(crate) fn within(&self, range: Range<usize>) -> Vec<(Range<usize>, T)> {
        let mut found = Vec::new();
        let mut position = range.start;
        while position < range.end.min(self.end) {
            let (run, value) = self.at(position);
            let end = run.end.min(range.end);
            found.push((position..end, value));
            position = end;
        }
        found
    }

    /// Gives a range another value.
    pub(crate) fn set(&mut self, range: Range<usize>, value: T) {
        if range.is_empty() {
            return;
        }
        let after = (range.end < self.end).then(|| self.at(range.end).1);
        self.runs
            .retain(|(start, _)| !(range.start..=range.end).contains(start));
        let place = self.runs.partition_point(|(start, _)| *start < range.start);
        let behind = after.map(|after| (range.end, after));
        self.runs.splice(
            place..place,
            [Some((range.start, value)), behind].into_iter().flatten(),
        );
        self.runs.dedup_by(|second, first| second.1 == first.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_split_and_join() {
        let mut runs = Runs::new(100, 'a');
        assert_eq!(runs.at(50), (0..100, 'a'));
        runs.set(20..30, 'b');
        assert_eq!(runs.at(19), (0..20, 'a'));
        assert_eq!(runs.at(20), (20..30, 'b'));
        assert_eq!(runs.at(30), (30..100, 'a'));
        runs.set(30..40, 'b');
        assert_eq!(runs.at(25), (20..40, 'b'));
        runs.set(0..20, 'b');
        runs.set(40..100, 'b');
        assert_eq!(runs, Runs::new(100, 'b'));
        runs.set(99..100, 'c');
        assert_eq!(runs.at(99), (99..100, 'c'));
        runs.set(0..100, 'd');
        assert_eq!(runs, Runs::new(100, 'd'));
        runs.set(5..5, 'e');
        assert_eq!(runs, Runs::new(100, 'd'));
    }

    #[test]
    fn a_range_is_cut_out_of_runs() {
        let mut runs = Runs::new(10, 0);
        runs.set(3..6, 1);
        assert_eq!(runs.within(2..5), [(2..3, 0), (3..5, 1)]);
        assert_eq!(runs.within(0..99), [(0..3, 0), (3..6, 1), (6..10, 0)]);
        assert_eq!(runs.within(4..4), []);
    }

    /// Against a value for each position.
    #[test]
    fn any_sequence_is_as_each_position_by_itself() {
        let mut runs = Runs::new(32, 0);
        let mut each = [0; 32];
        let mut random: u32 = 1;
        let mut next = |below: usize| {
            random = random.wrapping_mul(1_103_515_245).wrapping_add(12345);
            (random >> 16) as usize % below
        };
        for _ in 0..2000 {
            let start = next(32);
            let end = start + next(33 - start);
            let value = next(3);
            runs.set(start..end, value);
            each[start..end].fill(value);
            for (position, value) in each.iter().enumerate() {
                let (run, found) = runs.at(position);
                assert!(run.contains(&position) && found == *value);
            }
            let neighbours = runs.runs.windows(2);
            assert!(neighbours.into_iter().all(|two| two[0].1 != two[1].1));
        }
    }
}
