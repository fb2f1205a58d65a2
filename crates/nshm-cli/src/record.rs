//! Records: what bytes mean, as `--as` says it in words like those of C.
//!
//! ```text
//! u32 tick, f32 rpm, f32 speed, char[32] track
//! ```
//!
//! docs/watch.md has the rules for people. Everything here is a pure function of text and bytes.

use std::fmt::Write as _;

use crate::hexdump::character;
use crate::size;
use crate::text::push_for_terminal;

/// What a list of fields comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) fields: Vec<Field>,
    /// From the beginning of one record to that of the next.
    pub(crate) size: usize,
}

/// One field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Safe to show.
    pub(crate) name: String,
    /// Its type as it was written, `char[32]`.
    pub(crate) words: String,
    /// From the beginning of the record.
    pub(crate) offset: usize,
    kind: Kind,
    /// How many there are; a field that is no array has 1.
    count: usize,
    is_array: bool,
    order: Order,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// What `cfg!` would say, without asking which system it is.
const NATIVE: Order = if u16::from_ne_bytes([1, 0]) == 1 {
    Order::Little
} else {
    Order::Big
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsigned(usize),
    Signed(usize),
    Float(usize),
    Bool,
    Char,
    Hex,
    Pad,
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::Unsigned(size) | Kind::Signed(size) | Kind::Float(size) => size,
            Kind::Bool | Kind::Char | Kind::Hex | Kind::Pad => 1,
        }
    }
}

/// No record is longer: it is for looking at, not for whole sections.
const MOST: usize = 1 << 20;

impl Record {
    /// Reads the words of `--as`.
    pub(crate) fn parse(text: &str) -> Result<Record, String> {
        let mut order = NATIVE;
        let mut packed = false;
        let mut fields = Vec::new();
        let (mut end, mut align) = (0_usize, 1);
        for (index, item) in text.split(',').map(str::trim).enumerate() {
            match item {
                "" => return Err("there is nothing between two commas, or at an end".into()),
                "packed" if fields.is_empty() => packed = true,
                "le" if fields.is_empty() => order = Order::Little,
                "be" if fields.is_empty() => order = Order::Big,
                _ => {
                    let said = Said::parse(item, order)
                        .map_err(|why| format!("field {} (`{item}`): {why}", index + 1))?;
                    let natural = if packed { 1 } else { said.kind.size() };
                    let offset = said.offset.unwrap_or(end.next_multiple_of(natural));
                    let len = said.kind.size() * said.count;
                    align = align.max(natural);
                    end = match offset.checked_add(len) {
                        Some(end) if end <= MOST => end,
                        _ => return Err(format!("`{item}` ends behind the first MiB")),
                    };
                    if said.kind != Kind::Pad {
                        fields.push(said.field(offset));
                    }
                }
            }
        }
        if fields.is_empty() {
            return Err("there are no fields in it".into());
        }
        // With offsets given, the last one need not be the one that ends last.
        let longest = fields.iter().map(Field::end).max().unwrap_or(end).max(end);
        Ok(Record {
            fields,
            size: longest.next_multiple_of(align),
        })
    }
}

/// A field as it was written, before it has its place.
struct Said {
    offset: Option<usize>,
    words: String,
    kind: Kind,
    count: usize,
    is_array: bool,
    order: Order,
    name: Option<String>,
}

impl Said {
    fn parse(item: &str, order: Order) -> Result<Said, String> {
        let mut words = item.split_whitespace().peekable();
        let offset = match words.next_if(|word| word.starts_with('@')) {
            Some(word) => Some(size::parse(&word[1..])?),
            None => None,
        };
        let word = words.next().ok_or("there is no type")?;
        let (scalar, count) = match word.split_once('[') {
            Some((scalar, rest)) => {
                let count = rest.strip_suffix(']').ok_or("a `]` is missing")?;
                let count = count
                    .parse()
                    .ok()
                    .filter(|count| (1..=MOST).contains(count));
                (
                    scalar,
                    Some(count.ok_or("an array has 1 to 1048576 items")?),
                )
            }
            None => (word, None),
        };
        let (kind, order) = kind(scalar, order)?;
        let name = words.next().map(str::to_owned);
        if words.next().is_some() {
            return Err("more than a type and a name".into());
        }
        Ok(Said {
            offset,
            words: word.to_owned(),
            kind,
            count: count.unwrap_or(1),
            is_array: count.is_some(),
            order,
            name,
        })
    }

    fn field(self, offset: usize) -> Field {
        let name = self.name.unwrap_or_else(|| format!("+{offset}"));
        Field {
            name: crate::text::escape(&name).into_owned(),
            words: self.words,
            offset,
            kind: self.kind,
            count: self.count,
            is_array: self.is_array,
            order: self.order,
        }
    }
}

/// The types: `u8` to `f64` with `le` or `be` behind, `bool`, `char`, `hex` and `pad`.
fn kind(word: &str, order: Order) -> Result<(Kind, Order), String> {
    let (base, order) = match (word.strip_suffix("le"), word.strip_suffix("be")) {
        (Some(base), _) => (base, Order::Little),
        (_, Some(base)) => (base, Order::Big),
        _ => (word, order),
    };
    let kind = match base {
        "u8" => Kind::Unsigned(1),
        "u16" => Kind::Unsigned(2),
        "u32" => Kind::Unsigned(4),
        "u64" => Kind::Unsigned(8),
        "i8" => Kind::Signed(1),
        "i16" => Kind::Signed(2),
        "i32" => Kind::Signed(4),
        "i64" => Kind::Signed(8),
        "f32" => Kind::Float(4),
        "f64" => Kind::Float(8),
        "bool" => Kind::Bool,
        "char" => Kind::Char,
        "hex" => Kind::Hex,
        "pad" => Kind::Pad,
        _ => {
            return Err(format!(
                "no type `{word}`: there are u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 (with le or be \
                 behind), bool, char, hex and pad"
            ));
        }
    };
    Ok((kind, order))
}

impl Field {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.kind.size() * self.count
    }

    fn end(&self) -> usize {
        self.offset + self.len()
    }

    /// Its bytes in those of a record; `None` if the record is cut off before.
    pub(crate) fn bytes<'a>(&self, record: &'a [u8]) -> Option<&'a [u8]> {
        record.get(self.offset..self.end())
    }

    /// Whether its values line up at the right.
    pub(crate) fn is_number(&self) -> bool {
        !self.is_array && !matches!(self.kind, Kind::Char | Kind::Hex | Kind::Bool)
    }

    /// How many columns its values take at most, within reason.
    pub(crate) fn width(&self) -> usize {
        const MOST: usize = 32;
        let one = match self.kind {
            Kind::Unsigned(1) => 3,
            Kind::Unsigned(2) => 5,
            Kind::Unsigned(4) => 10,
            Kind::Unsigned(_) => 20,
            Kind::Signed(1) => 4,
            Kind::Signed(2) => 6,
            Kind::Signed(4) => 11,
            Kind::Signed(_) => 20,
            Kind::Float(4) => 12,
            Kind::Float(_) => 18,
            Kind::Bool => 5,
            Kind::Char => return self.count.clamp(1, MOST),
            Kind::Hex => return (self.count * 3 - 1).min(MOST),
            Kind::Pad => 0,
        };
        (one * self.count + 2 * (self.count - 1)).min(MOST)
    }

    /// The value in `bytes`, which are [`len`](Field::len) many.
    pub(crate) fn show(&self, bytes: &[u8]) -> String {
        match self.kind {
            Kind::Char => text(bytes),
            Kind::Hex => {
                let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                bytes.join(" ")
            }
            _ => {
                let items = bytes.chunks_exact(self.kind.size());
                let items: Vec<_> = items.map(|item| self.show_one(item)).collect();
                items.join(", ")
            }
        }
    }

    /// The value as a number, if it is one.
    pub(crate) fn number(&self, bytes: &[u8]) -> Option<f64> {
        if !self.is_number() {
            return None;
        }
        match self.kind {
            Kind::Unsigned(_) => Some(self.unsigned(bytes) as f64),
            Kind::Signed(_) => Some(self.signed(bytes) as f64),
            Kind::Float(_) => Some(self.float(bytes)).filter(|number| number.is_finite()),
            Kind::Bool | Kind::Char | Kind::Hex | Kind::Pad => None,
        }
    }

    fn show_one(&self, bytes: &[u8]) -> String {
        match self.kind {
            Kind::Signed(_) => self.signed(bytes).to_string(),
            Kind::Float(4) => float(f64::from(self.float(bytes) as f32), |short| {
                (short as f32).to_string()
            }),
            Kind::Float(_) => float(self.float(bytes), |short| short.to_string()),
            Kind::Bool => match bytes {
                [0] => "false".into(),
                [1] => "true".into(),
                other => format!("?{}", other.first().copied().unwrap_or_default()),
            },
            _ => self.unsigned(bytes).to_string(),
        }
    }

    /// Up to eight bytes in the order of this field.
    fn unsigned(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self.order {
            Order::Big => bytes.iter().fold(0, add),
            Order::Little => bytes.iter().rev().fold(0, add),
        }
    }

    fn signed(&self, bytes: &[u8]) -> i64 {
        let unused = 64 - 8 * bytes.len().clamp(1, 8);
        (self.unsigned(bytes) << unused) as i64 >> unused
    }

    fn float(&self, bytes: &[u8]) -> f64 {
        let bits = self.unsigned(bytes);
        match u32::try_from(bits) {
            Ok(bits) if self.kind == Kind::Float(4) => f64::from(f32::from_bits(bits)),
            _ => f64::from_bits(bits),
        }
    }
}

/// Very large and very small numbers with an exponent, the others as `plain` has them.
fn float(number: f64, plain: impl Fn(f64) -> String) -> String {
    let size = number.abs();
    if number.is_finite() && size != 0.0 && !(1e-5..1e12).contains(&size) {
        format!("{number:.5e}")
    } else {
        plain(number)
    }
}

/// Text up to the first NUL, on one line.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let bytes = &bytes[..end.unwrap_or(bytes.len())];
    let mut out = String::new();
    let left = push_for_terminal(&mut out, bytes);
    for byte in &bytes[bytes.len() - left..] {
        let _ = write!(out, "\\x{byte:02x}");
    }
    if out.contains(['\n', '\t']) {
        out = out.replace('\n', "\\n").replace('\t', "\\t");
    }
    // What has no glyph at all would shift the columns.
    out.chars()
        .map(|it| if it.is_control() { character(0) } else { it })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> (Vec<(String, usize)>, usize) {
        let record = Record::parse(text).unwrap();
        let places = record.fields.iter();
        let places = places.map(|field| (field.name.clone(), field.offset));
        (places.collect(), record.size)
    }

    fn shown(text: &str, bytes: &[u8]) -> Vec<String> {
        let record = Record::parse(text).unwrap();
        let values = record.fields.iter();
        values
            .map(|field| field.bytes(bytes).map_or("cut".into(), |it| field.show(it)))
            .collect()
    }

    #[test]
    fn fields_lie_as_in_c() {
        let named = |all: &[(&str, usize)]| -> Vec<(String, usize)> {
            all.iter()
                .map(|(name, at)| (name.to_string(), *at))
                .collect()
        };
        let (places_, size) = places("u32 tick, f32 rpm, f32 speed, char[32] track");
        let all = named(&[("tick", 0), ("rpm", 4), ("speed", 8), ("track", 12)]);
        assert_eq!((places_, size), (all, 44));
        let (places_, size) = places("u8 a, u32 b, u8 c, f64 d, u16 e");
        let all = named(&[("a", 0), ("b", 4), ("c", 8), ("d", 16), ("e", 24)]);
        assert_eq!((places_, size), (all, 32));
        let (places_, size) = places("packed, u8 a, u32 b, u16 c");
        assert_eq!((places_, size), (named(&[("a", 0), ("b", 1), ("c", 5)]), 7));
        let (places_, size) = places("u8 a, pad[7], @0x20 u16[3] b, @4 u8, u64 c");
        let all = named(&[("a", 0), ("b", 32), ("+4", 4), ("c", 8)]);
        assert_eq!((places_, size), (all, 40));
    }

    #[test]
    fn values_of_every_type() {
        let bytes = [0xff, 1, 2, 0x80, 0, 0, 0x80, 0x3f];
        assert_eq!(shown("u8, i8, u16be", &bytes), ["255", "1", "640"]);
        assert_eq!(
            shown("packed, i8, i16le, i32le", &bytes)[..2],
            ["-1", "513"]
        );
        assert_eq!(
            shown("le, @4 f32, @4 f32be x", &bytes),
            ["1", "4.60060e-41"]
        );
        assert_eq!(shown("be, i64", &bytes), ["-71773370282115009"]);
        assert_eq!(shown("le, u64", &[0xff; 8]), ["18446744073709551615"]);
        assert_eq!(shown("le, i64", &[0xff; 8]), ["-1"]);
        let pi = std::f64::consts::PI.to_le_bytes();
        assert_eq!(shown("f64le", &pi), ["3.141592653589793"]);
        assert_eq!(shown("f64le", &1e300_f64.to_le_bytes()), ["1.00000e300"]);
        assert_eq!(shown("f32le", &0.1_f32.to_le_bytes()), ["0.1"]);
        assert_eq!(shown("f32le", &f32::NAN.to_le_bytes()), ["NaN"]);
        assert_eq!(
            shown("bool, bool, bool", &[0, 1, 7]),
            ["false", "true", "?7"]
        );
        assert_eq!(shown("le, u16[3]", &[1, 0, 2, 0, 3, 0]), ["1, 2, 3"]);
        assert_eq!(shown("hex[3]", &[1, 0xab, 0xff]), ["01 ab ff"]);
        assert_eq!(shown("char[6]", b"ab\n\x1b\0z"), [r"ab\n\u{1b}"]);
        assert_eq!(shown("char[3]", b"\xffa\xe2"), [r"\xffa\xe2"]);
        assert_eq!(shown("u8, u32", &[1, 2]), ["1", "cut"]);
    }

    #[test]
    fn numbers_for_rates() {
        let number = |text: &str, bytes: &[u8]| {
            let record = Record::parse(text).unwrap();
            record.fields[0].number(bytes)
        };
        assert_eq!(number("u16be", &[1, 0]), Some(256.0));
        assert_eq!(number("i8", &[0xff]), Some(-1.0));
        assert_eq!(number("f32le", &1.5_f32.to_le_bytes()), Some(1.5));
        assert_eq!(number("f32le", &f32::NAN.to_le_bytes()), None);
        assert_eq!(number("u8[2]", &[1, 2]), None);
        assert_eq!(number("char[2]", b"12"), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("", "nothing between"),
            ("u32 a,", "nothing between"),
            ("u32 a,,u8 b", "nothing between"),
            ("u33 a", "no type `u33`"),
            ("charbe x", ""),
            ("u32 a b", "more than a type"),
            ("u32[0] a", "1 to"),
            ("u32[ a", "`]` is missing"),
            ("u32[x] a", "1 to"),
            ("@ u32 a", "expected bytes"),
            ("@4", "no type"),
            ("u8 a, packed", "no type `packed`"),
            ("packed, pad[8]", "no fields"),
            ("u64[1048576] a", "behind the first MiB"),
            ("@0xffffffffffffffff u8 a", "behind the first MiB"),
        ] {
            match Record::parse(text) {
                Err(why) => assert!(why.contains(words), "{text}: {why}"),
                Ok(_) => assert!(words.is_empty(), "{text}"),
            }
        }
    }
}
