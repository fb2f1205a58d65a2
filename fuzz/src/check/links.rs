//! Links: the text that another process reads, and may have written.

use arbitrary::{Arbitrary, Unstructured};

use crate::access::{Caching, Protection};
use crate::format::{Domain, FileId, Kind, Link, MAX_LINK, Pages, SegmentId, Traits};
use crate::name::encode;

/// The input is a text that somebody left in a directory; and it is choices of which a link is made.
pub fn run(data: &[u8]) {
    is_refused_or_the_only_text(data);
    if let Ok((said, leaf)) = Arbitrary::arbitrary(&mut Unstructured::new(data)) {
        is_read_as_it_was_written(&Said::link(said), leaf);
    }
}

fn is_refused_or_the_only_text(text: &[u8]) {
    let Some((link, leaf)) = Link::parse(text) else {
        return;
    };
    assert!(link.segment.id >= 0, "no segment has a negative id");
    assert_eq!(link.traits.protection.of_section(), link.traits.protection);
    if let Pages::File(file) = &link.pages {
        assert_eq!(file.path.first(), Some(&b'/'));
    }
    let head = &text[..text.len() - leaf.len()];
    assert_eq!(link.text(""), head, "a link has one text");
    if let Ok(leaf) = std::str::from_utf8(leaf) {
        assert_eq!(link.text(leaf), text);
    }
}

fn is_read_as_it_was_written(link: &Link, leaf: &str) {
    let leaf = encode(leaf);
    let text = link.text(&leaf);
    assert_eq!(Link::parse(&text), Some((link.clone(), leaf.as_bytes())));
    // What is cut off is no link, or it is another leaf of the same.
    let head = text.len() - leaf.len();
    for end in 0..text.len().min(MAX_LINK) {
        let cut = Link::parse(&text[..end]);
        assert_eq!(
            cut.map(|(link, _)| link),
            (end >= head).then(|| link.clone())
        );
    }
}

/// What a link can say, as numbers and choices.
#[derive(Arbitrary)]
struct Said {
    kind: u8,
    boot: u64,
    namespace: u64,
    segment: (u32, u64),
    flags: u8,
    protection: u8,
    caching: u8,
    pages: SaidPages,
}

#[derive(Arbitrary)]
enum SaidPages {
    Within,
    Apart(u32, u64),
    File(u64, u64, u64, Vec<u8>),
}

impl Said {
    fn link(self) -> Link {
        let kinds = [Kind::Section, Kind::Event, Kind::Mutex, Kind::Semaphore];
        let protections = [
            Protection::ReadOnly,
            Protection::ReadWrite,
            Protection::ExecuteRead,
            Protection::ExecuteReadWrite,
        ];
        let cachings = [Caching::Cached, Caching::NoCache, Caching::WriteCombine];
        Link {
            kind: pick(&kinds, self.kind),
            domain: Domain {
                boot: self.boot,
                namespace: self.namespace,
            },
            segment: segment(self.segment.0, self.segment.1),
            traits: Traits {
                huge: self.flags & 1 != 0,
                commit_map: self.flags & 2 != 0,
                closed: self.flags & 4 != 0,
                protection: pick(&protections, self.protection),
                caching: pick(&cachings, self.caching),
            },
            pages: match self.pages {
                SaidPages::Within => Pages::Within,
                SaidPages::Apart(id, born) => Pages::Apart(segment(id, born)),
                SaidPages::File(device, inode, len, path) => Pages::File(Box::new(FileId {
                    device,
                    inode,
                    len,
                    path: [b"/", path.as_slice()].concat(),
                })),
            },
        }
    }
}

fn segment(id: u32, born: u64) -> SegmentId {
    SegmentId {
        id: (id & i32::MAX.cast_unsigned()).cast_signed(),
        born,
    }
}

fn pick<T: Copy>(choices: &[T], number: u8) -> T {
    choices[usize::from(number) % choices.len()]
}
