//! Every byte that another process reads: the text of a link. `docs/format.md` is its
//! specification, and the golden test below holds the two together.
//!
//! A section has no header: its memory is the caller's, whole. What a name needs beyond that is
//! in the link that carries it, which only its owner can write, and in the kernel's own record of
//! the segment, which nobody can.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use crate::access::{Caching, Protection};
use crate::name::{Decimal, Name, Namespace, Scope, decode, encode, parse_decimal, take_decimal};

/// What an object is. One name space serves all kinds, as on Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Memory under a name.
    Section,
    /// Something that happens.
    Event,
    /// A lock that belongs to a thread.
    Mutex,
    /// A counter of what may be taken.
    Semaphore,
}

impl Kind {
    /// The word for it in links and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Section => "section",
            Kind::Event => "event",
            Kind::Mutex => "mutex",
            Kind::Semaphore => "semaphore",
        }
    }

    fn parse(word: &[u8]) -> Option<Self> {
        match word {
            b"section" => Some(Kind::Section),
            b"event" => Some(Kind::Event),
            b"mutex" => Some(Kind::Mutex),
            b"semaphore" => Some(Kind::Semaphore),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: Kind,
    pub(crate) domain: Domain,
    /// The segment that lives as long as the object.
    pub(crate) segment: SegmentId,
    pub(crate) traits: Traits,
    pub(crate) pages: Pages,
}

/// What was settled when an object was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Openers ask for transparent huge pages too.
    pub(crate) huge: bool,
    /// The most that views may do, as [`Protection::of_section`] gives it.
    pub(crate) protection: Protection,
    pub(crate) caching: Caching,
    /// Behind the pages lies a bit for each, which says whether it is committed.
    pub(crate) commit_map: bool,
    /// Nobody may open it any more.
    pub(crate) closed: bool,
}

/// Where the pages of a section are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// In the segment of the object.
    Within,
    /// In a segment of their own, which views keep as well.
    Apart(SegmentId),
    /// In a file. Boxed, because links are handed on and few of them have one.
    File(Box<FileId>),
}

/// A file, told apart from any other that comes to lie under its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    /// How much of it the section has, in bytes.
    pub(crate) len: u64,
    pub(crate) path: Vec<u8>,
}

/// The first field of every link of this version.
const MAGIC: &[u8] = b"nshm1:";

/// Whose a `Global\` name is, in a token.
const GLOBAL_TOKEN: &[u8] = b"global";

/// The longest text of a link that Linux holds, in bytes.
pub(crate) const MAX_LINK: usize = 4095;

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
        push_segment(&mut text, self.segment);
        text.push(b':');
        self.traits.push(&mut text);
        match &self.pages {
            Pages::Within => {}
            Pages::Apart(segment) => {
                text.push(b',');
                push_segment(&mut text, *segment);
            }
            Pages::File(file) => {
                for number in [file.device, file.inode, file.len] {
                    text.push(b',');
                    push_decimal(&mut text, number);
                }
                text.push(b',');
                push_path(&mut text, &file.path);
            }
        }
        text.push(b':');
        text.extend_from_slice(encoded_leaf.as_bytes());
        text
    }

    /// Reads a link and the encoded leaf behind it; `None` where no [`text`](Link::text) begins
    /// like that. Every field has one spelling only.
    pub(crate) fn parse(text: &[u8]) -> Option<(Link, &[u8])> {
        let mut reader = Reader(text.strip_prefix(MAGIC)?);
        let kind = Kind::parse(reader.until(b':')?)?;
        let boot = reader.hexadecimal()?;
        reader.skip(b'.')?;
        let namespace = reader.decimal()?;
        reader.skip(b':')?;
        let segment = reader.segment()?;
        reader.skip(b':')?;
        let traits_and_pages = reader.until(b':')?;
        let (traits, pages) = match split(traits_and_pages, b',') {
            None => (traits_and_pages, Pages::Within),
            Some((traits, pages)) => (traits, Pages::parse(pages)?),
        };
        let link = Link {
            kind,
            domain: Domain { boot, namespace },
            segment,
            traits: Traits::parse(traits)?,
            pages,
        };
        Some((link, reader.0))
    }
}

/// What stands in a token behind the fields of a link, where a link has its leaf: whose names the
/// object's is one of, a slash, and the encoded leaf. Nothing for an object without a name.
pub(crate) fn token_tail(scope: &Scope, user: u32, encoded_leaf: &str) -> String {
    let mut text = Vec::new();
    match scope {
        Scope::Local | Scope::Session(_) => push_decimal(&mut text, user.into()),
        Scope::Global => text.extend_from_slice(GLOBAL_TOKEN),
        // A relative one means something in one process only.
        Scope::Private(namespace) if namespace.dir().is_absolute() => {
            push_path(&mut text, namespace.dir().as_os_str().as_encoded_bytes());
        }
        Scope::Private(_) | Scope::Posix => return String::new(),
    }
    text.push(b'/');
    text.extend_from_slice(encoded_leaf.as_bytes());
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads a [`token_tail`]; the inner `None` is an object without a name. `to_path` is how this system
/// reads the bytes of a path.
pub(crate) fn parse_token_tail(
    tail: &[u8],
    to_path: impl FnOnce(Vec<u8>) -> OsString,
) -> Option<Option<Name>> {
    if tail.is_empty() {
        return Some(None);
    }
    // Neither an encoded leaf nor a number has a slash.
    let at = tail.iter().rposition(|byte| *byte == b'/')?;
    let (whose, encoded) = (&tail[..at], std::str::from_utf8(&tail[at + 1..]).ok()?);
    let scope = match whose {
        GLOBAL_TOKEN => Scope::Global,
        [b'/', ..] => {
            let dir = PathBuf::from(to_path(parse_path(whose)?));
            Scope::Private(Namespace::new(dir))
        }
        _ => Scope::Session(parse_decimal(whose)?.try_into().ok()?),
    };
    let leaf = decode(encoded)?;
    if encode(&leaf) != encoded {
        return None;
    }
    Name::in_scope(&scope, &leaf).ok().map(Some)
}

impl Traits {
    /// A letter for each that is not the usual, in this order, or a dash.
    fn push(&self, text: &mut Vec<u8>) {
        let begin = text.len();
        if self.huge {
            text.push(b'h');
        }
        match self.protection {
            Protection::ReadWrite => {}
            Protection::ExecuteReadWrite => text.push(b'w'),
            Protection::ExecuteRead | Protection::ExecuteCopyOnWrite => text.push(b'x'),
            Protection::NoAccess | Protection::ReadOnly | Protection::CopyOnWrite => {
                text.push(b'r');
            }
        }
        match self.caching {
            Caching::Cached => {}
            Caching::NoCache => text.push(b'n'),
            Caching::WriteCombine => text.push(b'c'),
        }
        if self.commit_map {
            text.push(b'm');
        }
        if self.closed {
            text.push(b'o');
        }
        if text.len() == begin {
            text.push(b'-');
        }
    }

    fn parse(text: &[u8]) -> Option<Traits> {
        let mut traits = Traits::default();
        if text == b"-" {
            return Some(traits);
        }
        for letter in text {
            match letter {
                b'h' => traits.huge = true,
                b'w' => traits.protection = Protection::ExecuteReadWrite,
                b'x' => traits.protection = Protection::ExecuteRead,
                b'r' => traits.protection = Protection::ReadOnly,
                b'n' => traits.caching = Caching::NoCache,
                b'c' => traits.caching = Caching::WriteCombine,
                b'm' => traits.commit_map = true,
                b'o' => traits.closed = true,
                _ => return None,
            }
        }
        // One spelling only: no letter out of its place, none twice.
        let mut again = Vec::with_capacity(8);
        traits.push(&mut again);
        (again == text).then_some(traits)
    }
}

impl Pages {
    fn parse(text: &[u8]) -> Option<Pages> {
        let Some((device, rest)) = split(text, b',') else {
            let mut reader = Reader(text);
            let segment = reader.segment()?;
            return reader.0.is_empty().then_some(Pages::Apart(segment));
        };
        let (inode, rest) = split(rest, b',')?;
        let (len, path) = split(rest, b',')?;
        Some(Pages::File(Box::new(FileId {
            device: parse_decimal(device)?,
            inode: parse_decimal(inode)?,
            len: parse_decimal(len)?,
            path: parse_path(path)?,
        })))
    }
}

fn push_segment(text: &mut Vec<u8>, segment: SegmentId) {
    push_decimal(text, segment.id.cast_unsigned().into());
    text.push(b'.');
    push_decimal(text, segment.born);
}

/// A path, with every byte percent-encoded that is not one of those in most paths.
fn push_path(text: &mut Vec<u8>, path: &[u8]) {
    for byte in path {
        if is_plain(*byte) {
            text.push(*byte);
        } else {
            let digit = |value: u8| b"0123456789ABCDEF"[usize::from(value & 0xf)];
            text.extend_from_slice(&[b'%', digit(byte >> 4), digit(*byte)]);
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'@' | b'~')
}

fn parse_path(text: &[u8]) -> Option<Vec<u8>> {
    let mut path = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'%' {
            path.push(*byte);
            continue;
        }
        let [high, low, tail @ ..] = rest else {
            return None;
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        path.push(u8::try_from(digit(high)? << 4 | digit(low)?).ok()?);
        rest = tail;
    }
    let mut again = Vec::with_capacity(text.len());
    push_path(&mut again, &path);
    (again == text && path.first() == Some(&b'/')).then_some(path)
}

// Texts are written and read by hand: this is on the way of every create and open, where the
// formatting machinery would cost as much as a system call.

fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

fn push_decimal(text: &mut Vec<u8>, number: u64) {
    text.extend_from_slice(Decimal::of(number).as_bytes());
}

/// Sixteen digits in lower case.
fn push_hexadecimal(text: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 16];
    for (index, digit) in digits.iter_mut().rev().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * index)) as usize & 0xf];
    }
    text.extend_from_slice(&digits);
}

/// What is left of a text that is read from left to right.
struct Reader<'t>(&'t [u8]);

impl<'t> Reader<'t> {
    /// What stands before the next separator, which is left behind.
    fn until(&mut self, separator: u8) -> Option<&'t [u8]> {
        let (head, rest) = split(self.0, separator)?;
        self.0 = rest;
        Some(head)
    }

    fn skip(&mut self, separator: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[separator])?;
        Some(())
    }

    fn decimal(&mut self) -> Option<u64> {
        let (number, rest) = take_decimal(self.0)?;
        self.0 = rest;
        Some(number)
    }

    /// Sixteen digits in lower case.
    fn hexadecimal(&mut self) -> Option<u64> {
        let (digits, rest) = self.0.split_first_chunk::<16>()?;
        let mut number = 0;
        for byte in digits {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            };
            number = number << 4 | u64::from(digit);
        }
        self.0 = rest;
        Some(number)
    }

    fn segment(&mut self) -> Option<SegmentId> {
        let id = self.decimal()?.try_into().ok()?;
        self.skip(b'.')?;
        let born = self.decimal()?;
        Some(SegmentId { id, born })
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
            traits: Traits::default(),
            pages: Pages::Within,
        }
    }

    /// The other texts of docs/format.md.
    fn examples() -> [(Link, &'static str); 3] {
        let apart = Link {
            traits: Traits {
                protection: Protection::ReadOnly,
                caching: Caching::NoCache,
                commit_map: true,
                closed: true,
                huge: true,
            },
            pages: Pages::Apart(SegmentId {
                id: 98_347,
                born: 1_790_000_000,
            }),
            ..example()
        };
        let file = Link {
            pages: Pages::File(Box::new(FileId {
                device: 64_769,
                inode: 1_234,
                len: 36,
                path: b"/tmp/a b:c,%".to_vec(),
            })),
            ..example()
        };
        [
            (
                example(),
                "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-:My%2FObject",
            ),
            (
                apart,
                "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:hrnmo,98347.1790000000:My%2FObject",
            ),
            (
                file,
                "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,64769,1234,36,/tmp/a%20b%3Ac%2C%25:My%2FObject",
            ),
        ]
    }

    /// The text of docs/format.md. It changes only together with the number in its magic.
    #[test]
    fn golden() {
        let document = include_str!("../../../docs/format.md");
        for (link, text) in examples() {
            assert_eq!(link.text(&encode("My/Object")), text.as_bytes());
            let parsed = Link::parse(text.as_bytes());
            assert_eq!(parsed, Some((link, &b"My%2FObject"[..])));
            assert!(document.contains(text), "docs/format.md lacks {text}");
        }
    }

    #[test]
    fn every_trait_has_one_spelling() {
        for protection in [
            Protection::ReadOnly,
            Protection::ReadWrite,
            Protection::ExecuteRead,
            Protection::ExecuteReadWrite,
        ] {
            for caching in [Caching::Cached, Caching::NoCache, Caching::WriteCombine] {
                for bits in 0..8 {
                    let traits = Traits {
                        huge: bits & 1 != 0,
                        commit_map: bits & 2 != 0,
                        closed: bits & 4 != 0,
                        protection,
                        caching,
                    };
                    let mut text = Vec::new();
                    traits.push(&mut text);
                    assert_eq!(Traits::parse(&text), Some(traits));
                }
            }
        }
        for bad in ["", "--", "h-", "oh", "hh", "rw", "H"] {
            assert_eq!(Traits::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn any_path_is_told_as_it_is() {
        let every_byte: Vec<u8> = (1..=255).collect();
        let path = [b"/", &every_byte[..]].concat();
        let mut text = Vec::new();
        push_path(&mut text, &path);
        assert!(!text.contains(&b':') && !text.contains(&b','));
        assert_eq!(parse_path(&text), Some(path));
        for bad in ["", "a", "/%", "/%2", "/%2f", "/%41", "/ "] {
            assert_eq!(parse_path(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn a_leaf_may_hold_the_separator() {
        for (link, _) in examples() {
            assert_eq!(
                Link::parse(&link.text("a:b,c")),
                Some((link, &b"a:b,c"[..]))
            );
        }
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
                pages: Pages::Apart(SegmentId {
                    id: i32::MAX,
                    born: u64::MAX,
                }),
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
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,:x",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,98347:x",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,1,2,/x:x",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,1,2,3,x:x",
            "nshm1:section:00abcdef01234567.4026531839:98346.1790000000:-,1,2,3,/x,y:x",
            "/etc/passwd",
        ] {
            assert_eq!(Link::parse(bad.as_bytes()), None, "{bad:?}");
        }
        for (link, _) in examples() {
            let good = link.text("");
            for cut in 0..good.len() {
                assert_eq!(Link::parse(&good[..cut]), None);
            }
        }
    }
}
