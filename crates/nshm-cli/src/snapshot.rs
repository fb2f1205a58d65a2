//! The bytes of a snapshot: a small header, the contents of a section, a checksum.
//!
//! docs/snapshot.md is the same for people. Everything here is a pure function of bytes: what a
//! stranger wrote is refused with the reason, and nothing is allocated because it says so.

use std::fmt;

/// What each snapshot begins with.
pub(crate) const MAGIC: [u8; 8] = *b"nshmsnap";
/// The only version there is.
pub(crate) const VERSION: u32 = 1;
/// How long the part of the header in front of the name is.
pub(crate) const FIXED: usize = 32;
/// How long a name may be, in bytes: more than any that can be spelled.
pub(crate) const MAX_NAME: usize = 1024;
/// How long each of the two checksums is.
pub(crate) const SUM: usize = 4;
/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The name of the section, as it was asked for.
    pub(crate) name: String,
    /// How many bytes of contents follow.
    pub(crate) size: u64,
    /// When it was made, in seconds since 1970.
    pub(crate) time: u64,
}

/// Why bytes are no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// They do not begin as one.
    Magic,
    /// A version that this program does not know.
    Version(u32),
    /// The name is empty, too long, no UTF-8, or has a NUL.
    Name,
    /// There are no contents: no section is like that.
    Empty,
    /// A time that no calendar has.
    Time,
    /// The header is damaged.
    HeaderSum,
    /// The contents are damaged.
    ContentSum,
    /// It ends too early.
    Short,
    /// Something follows its end.
    Trailing,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Magic => "it is no snapshot of nshm",
            Flaw::Version(version) => {
                return write!(f, "its version is {version}; this program knows {VERSION}");
            }
            Flaw::Name => "the name in its header cannot be one",
            Flaw::Empty => "it has no contents",
            Flaw::Time => "the time in its header cannot be one",
            Flaw::HeaderSum => "its header is damaged: the checksum differs",
            Flaw::ContentSum => "its contents are damaged: the checksum differs",
            Flaw::Short => "it is cut off",
            Flaw::Trailing => "something follows its end",
        })
    }
}

/// Says how long the whole header is, after a look at its first bytes.
pub(crate) fn header_len(fixed: &[u8; FIXED]) -> Result<usize, Flaw> {
    if fixed[..8] != MAGIC {
        return Err(Flaw::Magic);
    }
    match u32_at(fixed, 8) {
        VERSION => {}
        other => return Err(Flaw::Version(other)),
    }
    match u32_at(fixed, 12) as usize {
        len @ 1..=MAX_NAME => Ok(FIXED + len + SUM),
        _ => Err(Flaw::Name),
    }
}

impl Header {
    /// Reads a header, which must be all that `bytes` holds.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Header, Flaw> {
        let fixed = bytes.first_chunk().ok_or(Flaw::Short)?;
        let len = header_len(fixed)?;
        if bytes.len() < len {
            return Err(Flaw::Short);
        }
        if bytes.len() > len {
            return Err(Flaw::Trailing);
        }
        let (summed, sum) = bytes.split_at(len - SUM);
        if sum != crc32fast::hash(summed).to_le_bytes() {
            return Err(Flaw::HeaderSum);
        }
        let size = u64_at(fixed, 16);
        if size == 0 {
            return Err(Flaw::Empty);
        }
        let time = u64_at(fixed, 24);
        if time > LAST_SECOND {
            return Err(Flaw::Time);
        }
        let name = std::str::from_utf8(&summed[FIXED..]).map_err(|_| Flaw::Name)?;
        if name.contains('\0') {
            return Err(Flaw::Name);
        }
        Ok(Header {
            name: name.to_owned(),
            size,
            time,
        })
    }

    /// The bytes that [`parse`](Header::parse) reads, or what is wrong with the header.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Flaw> {
        let len = u32::try_from(self.name.len()).map_err(|_| Flaw::Name)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(len.to_le_bytes());
        bytes.extend(self.size.to_le_bytes());
        bytes.extend(self.time.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Header::parse(&bytes).map(|_| bytes)
    }
}

fn u32_at(bytes: &[u8; FIXED], at: usize) -> u32 {
    let mut field = [0; 4];
    field.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(field)
}

fn u64_at(bytes: &[u8; FIXED], at: usize) -> u64 {
    let mut field = [0; 8];
    field.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            name: r"Global\имя".into(),
            size: 4096,
            time: 1_790_000_000,
        }
    }

    /// A header with one field changed, and its checksum made right again.
    fn changed(at: usize, field: &[u8]) -> Result<Header, Flaw> {
        let mut bytes = header().to_bytes().unwrap();
        bytes[at..at + field.len()].copy_from_slice(field);
        let end = bytes.len() - SUM;
        let sum = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&sum);
        Header::parse(&bytes)
    }

    #[test]
    fn the_golden_header() {
        let golden = Header {
            name: "x".into(),
            size: 4096,
            time: 1_790_000_000,
        };
        let bytes = b"nshmsnap\x01\0\0\0\x01\0\0\0\0\x10\0\0\0\0\0\0\x80\x3b\xb1\x6a\0\0\0\0x";
        let made = golden.to_bytes().unwrap();
        assert_eq!(made[..33], bytes[..]);
        // What zlib says of them.
        assert_eq!(made[33..], [0x95, 0x18, 0xc7, 0xa3]);
        assert_eq!(Header::parse(&made), Ok(golden));
    }

    #[test]
    fn every_length_and_every_flipped_bit_is_refused() {
        let whole = header().to_bytes().unwrap();
        assert_eq!(Header::parse(&whole), Ok(header()));
        for len in 0..whole.len() {
            assert_eq!(Header::parse(&whole[..len]), Err(Flaw::Short), "{len}");
        }
        let longer = [whole.as_slice(), b"\0"].concat();
        assert_eq!(Header::parse(&longer), Err(Flaw::Trailing));
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::parse(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_right_checksum_does_not_make_a_wrong_header_right() {
        assert_eq!(changed(0, b"N"), Err(Flaw::Magic));
        assert_eq!(changed(8, &[2]), Err(Flaw::Version(2)));
        assert_eq!(changed(16, &[0; 8]), Err(Flaw::Empty));
        assert_eq!(changed(24, &[0xff; 8]), Err(Flaw::Time));
        assert_eq!(changed(FIXED, &[0xff]), Err(Flaw::Name));
        assert_eq!(changed(FIXED, &[0]), Err(Flaw::Name));
        for len in [0, MAX_NAME as u32 + 1, u32::MAX] {
            assert_eq!(changed(12, &len.to_le_bytes()), Err(Flaw::Name));
        }
        let long = Header {
            name: "n".repeat(MAX_NAME + 1),
            ..header()
        };
        assert_eq!(long.to_bytes(), Err(Flaw::Name));
    }
}
