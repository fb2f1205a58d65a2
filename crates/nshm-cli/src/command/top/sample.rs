//! How much is written into sections, as far as looking tells.
//!
//! Nothing counts writes, so contents are compared from one look to the next. A look costs at most
//! [`BUDGET`] bytes in all: of a small section every byte is read, of a larger one some pages that
//! lie evenly in it, and if there are too many sections they take turns. So a rate is a lower
//! bound: what is written with the same value, twice between two looks, or beside the sample is
//! not seen. Nothing is held between two looks.

use std::collections::HashMap;
use std::time::{Instant, SystemTime};

use nshm::{ErrorKind, Name, Section};

/// How many bytes a look reads at most.
pub(crate) const BUDGET: usize = 1 << 20;
/// How many bytes of one section are read at most.
pub(crate) const OF_ONE: usize = PIECES * PIECE;
/// Of larger ones this many pieces are read...
const PIECES: usize = 16;
/// ...of this many bytes: a page, so that no more memory than that becomes resident by it.
const PIECE: usize = 4096;

/// What is known of the writes into a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rate {
    /// Not looked at twice yet.
    Unknown,
    /// So many bytes change in a second, at least; whether that is of a sample.
    Changing { bytes: f64, is_sample: bool },
    /// This user may not read it.
    Denied,
    /// It has no contents to look at, or they cannot be had.
    None,
}

impl Rate {
    /// For sorting: what is not known comes last.
    pub(crate) fn sort_key(self) -> f64 {
        match self {
            Rate::Changing { bytes, .. } => bytes,
            Rate::Unknown => -1.0,
            Rate::None | Rate::Denied => -2.0,
        }
    }
}

/// Which object it is: another one may have the name by the next look.
pub(crate) type Identity = (Name, SystemTime, u64);

/// The memory of all looks.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    seen: HashMap<Identity, Sample>,
    /// Where the next turn begins, if not all fit in one.
    turn: usize,
}

#[derive(Debug)]
struct Sample {
    bytes: Vec<u8>,
    at: Instant,
    rate: Rate,
}

impl Sampler {
    /// Looks at as many of these as the budget allows.
    pub(crate) fn look(&mut self, objects: &[Identity], now: Instant) {
        self.seen.retain(|known, _| objects.contains(known));
        let count = objects.len();
        let mut spent = 0;
        for step in 0..count {
            let identity = &objects[(self.turn + step) % count];
            let len = usize::try_from(identity.2).unwrap_or(usize::MAX);
            if spent + len.min(OF_ONE) > BUDGET {
                self.turn = (self.turn + step) % count;
                return;
            }
            spent += len.min(OF_ONE);
            let before = self.seen.remove(identity);
            let sample = Sample::take(&identity.0, before, now);
            self.seen.insert(identity.clone(), sample);
        }
        self.turn = 0;
    }

    /// What is known of one.
    pub(crate) fn rate(&self, identity: &Identity) -> Rate {
        self.seen
            .get(identity)
            .map_or(Rate::Unknown, |sample| sample.rate)
    }
}

impl Sample {
    fn take(name: &Name, before: Option<Sample>, now: Instant) -> Sample {
        let without = |rate| Sample {
            bytes: Vec::new(),
            at: now,
            rate,
        };
        let (bytes, is_sample) = match read(name) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::AccessDenied => return without(Rate::Denied),
            Err(_) => return without(Rate::None),
        };
        let rate = match before {
            Some(before) if before.bytes.len() == bytes.len() => {
                let pairs = before.bytes.iter().zip(&bytes);
                let changed = pairs.filter(|(old, new)| old != new).count();
                let seconds = now.duration_since(before.at).as_secs_f64().max(0.001);
                Rate::Changing {
                    bytes: changed as f64 / seconds,
                    is_sample,
                }
            }
            _ => Rate::Unknown,
        };
        Sample {
            bytes,
            at: now,
            rate,
        }
    }
}

/// The bytes that are compared, and whether they are not all.
fn read(name: &Name) -> nshm::Result<(Vec<u8>, bool)> {
    let view = Section::open_read_only(name)?.map_read_only()?;
    let len = view.len();
    if len <= OF_ONE {
        return Ok((view.read_vec(0, len)?, false));
    }
    let mut bytes = vec![0; OF_ONE];
    for (index, piece) in bytes.chunks_mut(PIECE).enumerate() {
        view.read_at(place(len, index), piece)?;
    }
    Ok((bytes, true))
}

/// Where a piece is: the first at the beginning, the last at the end, each at a page.
fn place(len: usize, index: usize) -> usize {
    let pages = len / PIECE;
    let step = (pages - 1) / (PIECES - 1);
    match index + 1 {
        PIECES => (pages - 1) * PIECE,
        _ => index * step * PIECE,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pieces_are_pages_within() {
        for len in [OF_ONE + PIECE, 1 << 20, (1 << 30) + PIECE, OF_ONE + 1] {
            let places: Vec<_> = (0..PIECES).map(|index| place(len, index)).collect();
            assert_eq!(places[0], 0);
            assert!(places.iter().all(|at| at % PIECE == 0 && at + PIECE <= len));
            assert!(places.is_sorted(), "{len}: {places:?}");
            assert_eq!(places[PIECES - 1], (len / PIECE - 1) * PIECE);
        }
    }

    /// A section of a name that no other test has.
    fn section(what: &str, len: usize) -> (Section, Identity) {
        let name = format!("nshm-cli-sample-{what}-{}", std::process::id());
        let name = Name::new(&name).unwrap();
        let section = Section::create(&name, len).unwrap();
        let identity = (name, SystemTime::UNIX_EPOCH, len as u64);
        (section, identity)
    }

    #[test]
    fn rates_are_lower_bounds() {
        let begin = Instant::now();
        let (small, small_id) = section("small", 8192);
        let (large, large_id) = section("large", 1 << 20);
        let all = [small_id.clone(), large_id.clone()];
        let mut sampler = Sampler::default();
        assert_eq!(sampler.rate(&small_id), Rate::Unknown);
        sampler.look(&all, begin);
        assert_eq!(sampler.rate(&small_id), Rate::Unknown);
        small.map().unwrap().write_at(5000, b"ab\0").unwrap();
        let view = large.map().unwrap();
        view.write_at(0, b"abc").unwrap();
        // Between two pieces.
        view.write_at(5000, b"abc").unwrap();
        sampler.look(&all, begin + Duration::from_secs(2));
        let changing = |bytes, is_sample| Rate::Changing { bytes, is_sample };
        assert_eq!(sampler.rate(&small_id), changing(1.0, false));
        assert_eq!(sampler.rate(&large_id), changing(1.5, true));
        // A look costs no more than it may, also in memory.
        let resident = large.info().unwrap().resident;
        // Windows does not tell, and says 0; here bytes were written just now.
        if resident != 0 {
            assert_eq!(resident, (OF_ONE + PIECE) as u64);
        }
        drop((small, view, large));
        sampler.look(&all, begin + Duration::from_secs(3));
        assert_eq!(sampler.rate(&small_id), Rate::None);
        sampler.look(&[], begin + Duration::from_secs(4));
        assert_eq!(sampler.rate(&small_id), Rate::Unknown);
    }

    #[test]
    fn too_many_take_turns() {
        let sections: Vec<_> = (0..40)
            .map(|number| section(&format!("turn-{number}"), OF_ONE))
            .collect();
        let all: Vec<_> = sections
            .iter()
            .map(|(_, identity)| identity.clone())
            .collect();
        let mut sampler = Sampler::default();
        let known = |sampler: &Sampler| {
            let known = all
                .iter()
                .filter(|identity| sampler.seen.contains_key(identity));
            known.count()
        };
        sampler.look(&all, Instant::now());
        assert_eq!(known(&sampler), BUDGET / OF_ONE);
        for _ in 0..2 {
            sampler.look(&all, Instant::now());
        }
        assert_eq!(known(&sampler), all.len());
    }
}
