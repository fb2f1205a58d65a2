//! Every byte that another process reads: the text of a link. `docs/format.md` is its
//! specification, and the golden test below holds the two together.
//!
//! A section has no header: its memory is the caller's, whole. What a name needs beyond that is
//! in the link that carries it, which only its owner can write, and in the kernel's own record of
//! the segment, which nobody can.

use std::fmt;

use crate::name::parse_decimal;

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

    fn parse(word: &str) -> Option<Self> {
        match word {
            "section" => Some(Kind::Section),
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
    pub(crate) born: i64,
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
const MAGIC: &str = "nshm1";

/// The longest text of a link, in bytes: the fixed fields and a leaf of 260 units, each of
/// which takes at most three bytes, as UTF-8 or percent-encoded.
pub(crate) const MAX_LINK: usize = 1024;

impl Link {
    /// The text of the link for a leaf that [`encode`](crate::name::encode) gave.
    pub(crate) fn text(&self, encoded_leaf: &str) -> String {
        format!(
            "{MAGIC}:{}:{:016x}.{}:{}.{}:{}:{encoded_leaf}",
            self.kind.as_str(),
            self.domain.boot,
            self.domain.namespace,
            self.segment.id,
            self.segment.born,
            if self.huge { "h" } else { "-" },
        )
    }

    /// Reads a link and the encoded leaf behind it; `None` where no [`text`](Link::text) begins
    /// like that. Every field has one spelling only.
    pub(crate) fn parse(text: &str) -> Option<(Link, &str)> {
        let mut fields = text.splitn(6, ':');
        let mut next = || fields.next();
        if next()? != MAGIC {
            return None;
        }
        let kind = Kind::parse(next()?)?;
        let (boot, namespace) = next()?.split_once('.')?;
        let (id, born) = next()?.split_once('.')?;
        let link = Link {
            kind,
            domain: Domain {
                boot: parse_hexadecimal(boot)?,
                namespace: parse_decimal(namespace)?,
            },
            segment: SegmentId {
                id: parse_decimal(id)?.try_into().ok()?,
                born: parse_decimal(born)?.try_into().ok()?,
            },
            huge: match next()? {
                "h" => true,
                "-" => false,
                _ => return None,
            },
        };
        Some((link, next()?))
    }
}

/// Sixteen digits in lower case.
fn parse_hexadecimal(text: &str) -> Option<u64> {
    let canonical = text.len() == 16
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if canonical {
        u64::from_str_radix(text, 16).ok()
    } else {
        None
    }
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
        assert_eq!(example().text(&encode("My/Object")), text);
        assert_eq!(Link::parse(text), Some((example(), "My%2FObject")));
        let document = include_str!("../../../docs/format.md");
        assert!(document.contains(text), "docs/format.md shows another text");
    }

    #[test]
    fn a_leaf_may_hold_the_separator() {
        let link = Link {
            huge: true,
            ..example()
        };
        assert_eq!(Link::parse(&link.text("a:b:c")), Some((link, "a:b:c")));
    }

    #[test]
    fn the_longest_leaf_fits() {
        for unit in ["/", "\u{ffff}"] {
            let leaf = encode(&unit.repeat(260));
            let link = Link {
                segment: SegmentId {
                    id: i32::MAX,
                    born: i64::MAX,
                },
                ..example()
            };
            assert!(link.text(&leaf).len() < MAX_LINK);
            assert_eq!(Link::parse(&link.text(&leaf)), Some((link, leaf.as_str())));
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
            assert_eq!(Link::parse(bad), None, "{bad:?}");
        }
        let good = example().text("");
        for cut in 0..good.len() {
            assert_eq!(Link::parse(&good[..cut]), None);
        }
    }
}
