//! A range of bytes that is looked at again and again: what it is now, and when each byte changed.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long a change counts for the rate.
const WINDOW: Duration = Duration::from_secs(2);
/// How long a byte that has changed is marked as having just done so.
const FRESH: Duration = Duration::from_millis(400);
/// How long it is marked at all.
const RECENT: Duration = Duration::from_secs(2);

/// How a byte is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// It has just changed.
    Fresh,
    /// It changed a moment ago.
    Recent,
    /// It has not changed for a while, or was never seen to.
    Old,
}

/// The bytes and their past.
#[derive(Debug, Default)]
pub(crate) struct Pane {
    start: usize,
    bytes: Vec<u8>,
    changed: Vec<Option<Instant>>,
    /// The looks at these very bytes: when, and how many had changed since the one before.
    looks: VecDeque<(Instant, usize)>,
}

impl Pane {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes from an offset on, if they are in it.
    pub(crate) fn at(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset.checked_sub(self.start)?).copied()
    }

    /// What has been seen now. Bytes that were not seen before have no past.
    pub(crate) fn take(&mut self, start: usize, bytes: Vec<u8>, now: Instant) {
        let before = std::mem::take(self);
        let moved = before.start != start || before.bytes.len() != bytes.len();
        self.start = start;
        self.changed = vec![None; bytes.len()];
        let mut count = 0;
        for (index, byte) in bytes.iter().enumerate() {
            let Some(old) = (start + index).checked_sub(before.start) else {
                continue;
            };
            let Some(was) = before.bytes.get(old) else {
                break;
            };
            self.changed[index] = if was == byte {
                before.changed[old]
            } else {
                count += 1;
                Some(now)
            };
        }
        self.bytes = bytes;
        if !moved {
            self.looks = before.looks;
        }
        self.looks.push_back((now, count));
        // Two are kept, however long ago the first was.
        while self.looks.len() > 2 && now.duration_since(self.looks[0].0) > WINDOW {
            self.looks.pop_front();
        }
    }

    /// Forgets everything: the next bytes are another section's.
    pub(crate) fn clear(&mut self) {
        *self = Pane::default();
    }

    /// How the byte at an offset is marked.
    pub(crate) fn age(&self, offset: usize, now: Instant) -> Age {
        let index = offset.wrapping_sub(self.start);
        match self.changed.get(index) {
            Some(Some(at)) => match now.saturating_duration_since(*at) {
                age if age < FRESH => Age::Fresh,
                age if age < RECENT => Age::Recent,
                _ => Age::Old,
            },
            _ => Age::Old,
        }
    }

    /// The youngest of several bytes.
    pub(crate) fn youngest(&self, range: Range<usize>, now: Instant) -> Age {
        let mut youngest = Age::Old;
        for offset in range {
            match self.age(offset, now) {
                Age::Fresh => return Age::Fresh,
                Age::Recent => youngest = Age::Recent,
                Age::Old => {}
            }
        }
        youngest
    }

    /// How many bytes change in a second; a byte that changes twice between two looks counts once.
    pub(crate) fn rate(&self) -> Option<f64> {
        let (first, last) = (self.looks.front()?.0, self.looks.back()?.0);
        let seconds = last.duration_since(first).as_secs_f64();
        let count: usize = self.looks.iter().skip(1).map(|(_, count)| count).sum();
        (seconds > 0.0).then(|| count as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_marked_and_age() {
        let mut pane = Pane::default();
        let begin = Instant::now();
        let at = |milliseconds| begin + Duration::from_millis(milliseconds);
        pane.take(16, b"abcd".to_vec(), at(0));
        assert_eq!(pane.age(16, at(0)), Age::Old);
        assert_eq!(pane.rate(), None);
        pane.take(16, b"aXcY".to_vec(), at(500));
        let ages = |now| [15, 16, 17, 18, 19, 20].map(|offset| pane.age(offset, now));
        use Age::{Fresh, Old, Recent};
        assert_eq!(ages(at(500)), [Old, Old, Fresh, Old, Fresh, Old]);
        assert_eq!(ages(at(1000)), [Old, Old, Recent, Old, Recent, Old]);
        assert_eq!(ages(at(2500)), [Old; 6]);
        assert_eq!(pane.youngest(16..18, at(500)), Fresh);
        assert_eq!(pane.youngest(18..19, at(500)), Old);
        assert_eq!(pane.rate(), Some(4.0));
        assert_eq!(pane.at(17), Some(b'X'));
        assert_eq!((pane.at(15), pane.at(20)), (None, None));
    }

    #[test]
    fn what_comes_into_view_is_no_change_and_what_stays_keeps_its_past() {
        let mut pane = Pane::default();
        let now = Instant::now();
        pane.take(0, b"abcd".to_vec(), now);
        pane.take(0, b"abXd".to_vec(), now);
        pane.take(2, b"Xdef".to_vec(), now);
        assert_eq!(pane.age(2, now), Age::Fresh);
        assert_eq!(pane.youngest(3..6, now), Age::Old);
        // Back again: what was out of view begins anew.
        pane.take(0, b"zbXd".to_vec(), now);
        assert_eq!(pane.age(0, now), Age::Old);
        assert_eq!(pane.age(2, now), Age::Fresh);
        pane.clear();
        pane.take(0, b"other".to_vec(), now);
        assert_eq!(pane.youngest(0..5, now), Age::Old);
    }

    #[test]
    fn the_rate_forgets() {
        let mut pane = Pane::default();
        let begin = Instant::now();
        for look in 0..60_u8 {
            let now = begin + Duration::from_millis(100 * u64::from(look));
            // One byte changes each time, for the first three seconds.
            pane.take(0, vec![look.min(30), 0], now);
            let rate = pane.rate();
            match look {
                0 => assert_eq!(rate, None),
                20..30 => assert!((rate.unwrap() - 10.0).abs() < 1.0, "{rate:?}"),
                55.. => assert_eq!(rate, Some(0.0)),
                _ => {}
            }
        }
        // Looks may be far apart.
        let late = begin + Duration::from_secs(16);
        pane.take(0, vec![99, 99], late);
        assert!((pane.rate().unwrap() - 0.2).abs() < 0.01);
    }
}
