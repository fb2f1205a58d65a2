//! Every byte that another process reads: the text of a link. `docs/format.md` is its
//! specification, and the golden test below holds the two together.
//!
//! A section has no header: its memory is the caller's, whole. What a name needs beyond that is
//! in the link that carries it, which only its owner can write, and in the kernel's own record of
//! the segment, which nobody can.

use std::fmt;

use crate::name::{parse_decimal, push_decimal};

/// What an object is. One name space serves all kinds, as on Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Memory under a name.
    Section,
}

impl Kind {
    /// The word for it in links and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Section => "section",
        }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        match word {
            b"section" => Some(Kind::Section),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The place in which a segment id means something: one run of one kernel, one IPC namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Domain {
    /// The first 64 bits of the kernel's boot id.
    pub(crate) boot: u64,
    /// The inode number of the IPC namespace.
    pub(crate) namespace: u64,
}

/// A segment of the kernel, told apart from any other that ever has its id: ids come round
/// again after some four million creations, and not within the second of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SegmentId {
    pub(crate) id: i32,
    /// When the kernel made it, in seconds since the epoch (`shm_ctime`).
    pub(crate) born: u64,
}

/// What a link says of its object. Behind it stands the encoded leaf, so that a link which was
/// moved to another name is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: Kind,
    pub(crate) domain: Domain,
    pub(crate) segment: SegmentId,
    /// Openers ask for transparent huge pages too.
    pub(crate) huge: bool,
}

/// The first field of every link of this version.
const MAGIC: &[u8] = b"nshm1:";

/// The longest text of a link, in bytes: the fixed fields and a leaf of 260 units, each of
/// which takes at most three bytes, as UTF-8 or percent-encoded.
pub(crate) const MAX_LINK: usize = 1024;

impl Link {
    /// The text of the link for a leaf that [`encode`](crate::name::encode) gave.
    pub(crate) fn text(&self, encoded_leaf: &str) -> Vec<u8> {
        let mut text = Vec::with_capacity(96 + encoded_leaf.len());
        text.extend_from_slice(MAGIC);
        text.extend_from_slice(self.kind.as_str().as_bytes());
        text.push(b':');
        push_hexadecimal(&mut text, self.domain.boot);
        text.push(b'.');
        push_decimal(&mut text, self.domain.namespace);
        text.push(b':');
        push_decimal(&mut text, self.segment.id.cast_unsigned().into());
        text.push(b'.');
        push_decimal(&mut text, self.segment.born);
        text.extend_from_slice(if self.huge { b":h:" } else { b":-:" });
        text.extend_from_slice(encoded_leaf.as_bytes());
        text
    }

    /// Reads a link and the encoded leaf behind it; `None` where no [`text`](Link::text) begins
    /// like that. Every field has one spelling only.
    pub(crate) fn parse(text: &[u8]) -> Option<(Link, &[u8])> {
        let rest = text.strip_prefix(MAGIC)?;
        let (kind, rest) = split(rest, b':')?;
        let (boot, rest) = split(rest, b'.')?;
        let (namespace, rest) = split(rest, b':')?;
        let (id, rest) = split(rest, b'.')?;
        let (born, rest) = split(rest, b':')?;
        let (flag, encoded_leaf) = split(rest, b':')?;
        let link = Link {
            kind: Kind::parse(kind)?,
            domain: Domain {
                boot: parse_hexadecimal(boot)?,
                namespace: parse_decimal(namespace)?,
            },
            segment: SegmentId {
                id: parse_decimal(id)?.try_into().ok()?,
                born: parse_decimal(born)?,
            },
            huge: match flag {
                b"h" => true,
                b"-" => false,
                _ => return None,
            },
        };
        Some((link, encoded_leaf))
    }
}

// Texts are written and read by hand: this is on the way of every create and open, where the
// formatting machinery would cost as much as a system call.

fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Sixteen digits in lower case.
fn push_hexadecimal(text: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 16];
    for (index, digit) in digits.iter_mut().rev().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * index)) as usize & 0xf];
    }
    text.extend_from_slice(&digits);
}

fn parse_hexadecimal(text: &[u8]) -> Option<u64> {
    if text.len() != 16 {
        return None;
    }
    text.iter().try_fold(0, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::encode;

    fn example() -> Link {
        Link {
            kind: Kind::Section,
            domain: Domain {
                boot: 0x00ab_cdef_0123_4567,
                namespace: 4_026_531_839,
            },
            segment: SegmentId {
                id: 98_346,
                born: 1_790_000_000,
            },
            huge: false,
        }
    }

    /// The text of docs/format.md. It changes only together with the number in its magic.
    #[test]
    fn golden() {
        let text = "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-:My%2FObject";
        assert_eq!(example().text(&encode("My/Object")), text.as_bytes());
        let parsed = Link::parse(text.as_bytes());
        assert_eq!(parsed, Some((example(), &b"My%2FObject"[..])));
        let document = include_str!("../../../docs/format.md");
        assert!(document.contains(text), "docs/format.md shows another text");
    }

    #[test]
    fn a_leaf_may_hold_the_separator() {
        let link = Link {
            huge: true,
            ..example()
        };
        assert_eq!(
            Link::parse(&link.text("a:b:c")),
            Some((link, &b"a:b:c"[..]))
        );
    }

    #[test]
    fn the_longest_leaf_fits() {
        for unit in ["/", "\u{ffff}"] {
            let leaf = unit.repeat(260);
            let leaf = encode(&leaf);
            let link = Link {
                segment: SegmentId {
                    id: i32::MAX,
                    born: u64::MAX,
                },
                ..example()
            };
            assert!(link.text(&leaf).len() < MAX_LINK);
            assert_eq!(
                Link::parse(&link.text(&leaf)),
                Some((link, leaf.as_bytes()))
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "nshm1",
            "nshm2:section:00abcdef01234567.4026531839:98346.1790000000:-:x",
            "nshm1:teapot:00abcdef01234567.4026531839:98346.1790000000:-:x",
            "nshm1:section:abcdef01234567.4026531839:98346.1790000000:-:x",
            "nshm1:section:00ABCDEF01234567.4026531839:98346.1790000000:-:x",
            "nshm1:section:+0abcdef01234567.4026531839:98346.1790000000:-:x",
            "nshm1:section:00abcdef01234567.04026531839:98346.1790000000:-:x",
            "nshm1:section:00abcdef01234567.4026531839:-1.1790000000:-:x",
            "nshm1:section:00abcdef01234567.4026531839:2147483648.1790000000:-:x",
            "nshm1:section:00abcdef01234567.4026531839:98346:-:x",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:?:x",
            "/etc/passwd",
        ] {
            assert_eq!(Link::parse(bad.as_bytes()), None, "{bad:?}");
        }
        let good = example().text("");
        for cut in 0..good.len() {
            assert_eq!(Link::parse(&good[..cut]), None);
        }
    }
}
