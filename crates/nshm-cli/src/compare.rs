//! Comparing two streams of bytes, in one pass and one buffer each.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use nshm::{Section, View};

use crate::failure::{Failure, Result};
use crate::hexdump::WIDTH;
use crate::progress::Progress;
use crate::size;
use crate::stream::{self, CHUNK};

/// One of the two.
pub(crate) struct Side {
    /// What it is called, safe to show.
    pub(crate) label: String,
    /// How long it is, where that is known before.
    pub(crate) len: Option<u64>,
    from: Box<dyn Read>,
}

impl Side {
    /// The bytes of a view.
    pub(crate) fn view(label: String, view: View) -> Self {
        Side {
            label,
            len: Some(view.len() as u64),
            from: Box::new(ViewBytes { view, at: 0 }),
        }
    }

    /// All of a section.
    pub(crate) fn section(name: &nshm::Name) -> Result<Self> {
        let view = Section::open_read_only(name)?.map_read_only()?;
        let label = name.to_string();
        Ok(Side::view(crate::text::escape(&label).into_owned(), view))
    }

    /// What can be read from something; `len` is how much that is, where it is known.
    pub(crate) fn stream(label: String, len: Option<u64>, from: impl Read + 'static) -> Self {
        Side {
            label,
            len,
            from: Box::new(from),
        }
    }

    /// The bytes of a file, or of the standard input for `-`.
    pub(crate) fn file(path: &Path) -> Result<Self> {
        if is_stdin(path) {
            return Ok(Side::stream(label_of_source(path), None, io::stdin()));
        }
        let (file, len) = open(path)?;
        Ok(Side::stream(label(path), len, file))
    }
}

/// Opens a file to read, and says how long it is if it is an ordinary one.
pub(crate) fn open(path: &Path) -> Result<(File, Option<u64>)> {
    let fail = |error| Failure::io(format!("open {}", path.display()), error);
    let file = File::open(path).map_err(fail)?;
    let about = file.metadata().map_err(fail)?;
    if about.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    let len = about.is_file().then_some(about.len());
    Ok((file, len))
}

/// A path for messages.
pub(crate) fn label(path: &Path) -> String {
    crate::text::escape(&path.to_string_lossy()).into_owned()
}

/// Whether a path that is read stands for the standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What is read from a path, for messages.
pub(crate) fn label_of_source(path: &Path) -> String {
    if is_stdin(path) {
        "the standard input".into()
    } else {
        label(path)
    }
}

/// A view as a stream. (The cursor of a view borrows it.)
struct ViewBytes {
    view: View,
    at: usize,
}

impl Read for ViewBytes {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let now = bytes.len().min(self.view.len() - self.at);
        self.view.read_at(self.at, &mut bytes[..now])?;
        self.at += now;
        Ok(now)
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// How many bytes both have.
    pub(crate) common: u64,
    /// How many of those differ.
    pub(crate) differing: u64,
    /// How many runs of differing bytes there are.
    pub(crate) places: u64,
    /// Where the first one is.
    pub(crate) first: Option<u64>,
    /// How many bytes only the first has.
    pub(crate) only_first: u64,
    /// How many bytes only the second has.
    pub(crate) only_second: u64,
}

impl Outcome {
    /// Whether both have the same bytes, and as many.
    pub(crate) fn is_same(&self) -> bool {
        self.differing == 0 && self.only_first == 0 && self.only_second == 0
    }

    /// The outcome in a sentence.
    pub(crate) fn words(&self, first: &str, second: &str) -> String {
        if self.is_same() {
            return format!(
                "{first} and {second} are the same: {}",
                size::plural(self.common, "byte")
            );
        }
        let mut parts = Vec::new();
        if let Some(at) = self.first {
            let verb = if self.differing == 1 {
                "differs"
            } else {
                "differ"
            };
            parts.push(format!(
                "{} of {} {verb}, in {}, the first at offset {at} (0x{at:x})",
                size::plural(self.differing, "byte"),
                self.common,
                size::plural(self.places, "place"),
            ));
        }
        for (who, more) in [(first, self.only_first), (second, self.only_second)] {
            if more > 0 {
                parts.push(format!("{who} is longer by {}", size::plural(more, "byte")));
            }
        }
        parts.join("; ")
    }
}

/// Compares all of two sides. `show` gets each line of up to 16 bytes that differs: its offset
/// and both versions.
pub(crate) fn compare(
    mut first: Side,
    mut second: Side,
    mut show: impl FnMut(u64, &[u8], &[u8]) -> Result<()>,
) -> Result<Outcome> {
    let longest = first.len.max(second.len);
    let total = longest.and_then(|len| usize::try_from(len).ok());
    let mut progress = Progress::new(total, false);
    let (mut a, mut b) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut outcome = Outcome::default();
    let mut in_place = false;
    loop {
        let read_a = read(&mut first, &mut a)?;
        let read_b = read(&mut second, &mut b)?;
        let both = read_a.min(read_b);
        let (a, b) = (&a[..both], &b[..both]);
        if a == b {
            in_place &= both == 0;
        } else {
            for range in runs(a, b) {
                // A run that goes on from the block before is still the same place.
                if !(in_place && range.start == 0) {
                    outcome.places += 1;
                }
                outcome
                    .first
                    .get_or_insert(outcome.common + range.start as u64);
                outcome.differing += range.len() as u64;
                in_place = range.end == both;
            }
            let lines = a.chunks(WIDTH).zip(b.chunks(WIDTH)).enumerate();
            for (index, (a, b)) in lines.filter(|(_, (a, b))| a != b) {
                show(outcome.common + (index * WIDTH) as u64, a, b)?;
            }
        }
        outcome.common += both as u64;
        outcome.only_first += (read_a - both) as u64;
        outcome.only_second += (read_b - both) as u64;
        progress.advance(read_a.max(read_b));
        if read_a < CHUNK && read_b < CHUNK {
            progress.done();
            return Ok(outcome);
        }
    }
}

fn read(side: &mut Side, buffer: &mut [u8]) -> Result<usize> {
    stream::read_full(&mut side.from, buffer)
        .map_err(|error| Failure::io(format!("read {}", side.label), error))
}

/// The runs of bytes that differ.
pub(crate) fn runs<'a>(a: &'a [u8], b: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let pairs = |from: usize| a[from..].iter().zip(&b[from..]);
        let start = at + pairs(at).position(|(a, b)| a != b)?;
        let len = pairs(start).position(|(a, b)| a == b);
        let end = len.map_or(a.len().min(b.len()), |len| start + len);
        at = end;
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(a: &'static [u8], b: &'static [u8]) -> (Outcome, Vec<u64>) {
        let side = |bytes: &'static [u8]| Side::stream("it".into(), None, bytes);
        let mut lines = Vec::new();
        let outcome = compare(side(a), side(b), |offset, _, _| {
            lines.push(offset);
            Ok(())
        });
        (outcome.unwrap(), lines)
    }

    #[test]
    fn runs_of_differences() {
        let ranges: Vec<_> = runs(b"abcdefg", b"xbcdxxg").collect();
        assert_eq!(ranges, [0..1, 4..6]);
        assert_eq!(runs(b"same", b"same").count(), 0);
        assert_eq!(runs(b"", b"longer").count(), 0);
        assert_eq!(runs(b"ab", b"xyz").next(), Some(0..2));
    }

    #[test]
    fn the_outcome_counts_and_says_so() {
        let (same, lines) = compared(b"abc", b"abc");
        assert!(same.is_same() && lines.is_empty());
        assert_eq!(same.words("a", "b"), "a and b are the same: 3 bytes");
        let (other, lines) = compared(b"0123456789abcdefXY", b"0123456789abcdefxYz");
        assert_eq!(lines, [16]);
        assert_eq!(
            other.words("a", "b"),
            "1 byte of 18 differs, in 1 place, the first at offset 16 (0x10); \
             b is longer by 1 byte"
        );
        let (shorter, _) = compared(b"abc", b"");
        assert_eq!(shorter.words("a", "b"), "a is longer by 3 bytes");
    }

    #[test]
    fn a_run_across_two_blocks_is_one_place() {
        let mut a = vec![0; CHUNK + 100];
        a[CHUNK - 2..CHUNK + 2].fill(1);
        a[CHUNK + 10] = 1;
        let a: &'static [u8] = a.leak();
        let b: &'static [u8] = vec![0; CHUNK + 100].leak();
        let (outcome, lines) = compared(a, b);
        assert_eq!((outcome.places, outcome.differing), (2, 5));
        assert_eq!(outcome.first, Some(CHUNK as u64 - 2));
        assert_eq!(lines, [CHUNK as u64 - 16, CHUNK as u64]);
    }
}
