//! The two kinds of text: ANSI, which is UTF-8 here, and wide, which is UTF-16.
//!
//! Functions in an A and a W variant are written once over [`Unit`].

use crate::win32::boundary::Plain;

use super::winerror::*;

/// A unit of text: a byte of ANSI text or 16 bits of wide text.
pub(crate) trait Unit: Plain + Default + PartialEq + 'static {
    /// What these units say.
    ///
    /// A byte of ANSI text that is no part of valid UTF-8 is read as Windows-1252, the code page of
    /// most programs with such text: `"uni\xE9"` is `L"uni\u00E9"`. Half a surrogate pair
    /// means no character, so it is refused.
    fn decode(units: &[Self]) -> Result<String>;

    /// The units for a text.
    fn encode(text: &str) -> Vec<Self>;

    /// The bytes of units.
    fn to_bytes(units: &[Self]) -> Vec<u8>;

    /// The units for a text, and the zero behind it.
    fn encode_with_zero(text: &str) -> Vec<Self> {
        let mut units = Self::encode(text);
        units.push(Self::default());
        units
    }
}

impl Unit for u8 {
    fn decode(units: &[u8]) -> Result<String> {
        let mut text = String::with_capacity(units.len());
        for chunk in units.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|byte| windows_1252(*byte)));
        }
        Ok(text)
    }

    fn encode(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    fn to_bytes(units: &[u8]) -> Vec<u8> {
        units.to_vec()
    }
}

impl Unit for u16 {
    fn decode(units: &[u16]) -> Result<String> {
        String::from_utf16(units).map_err(|_| ERROR_INVALID_NAME)
    }

    fn encode(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn to_bytes(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_ne_bytes()).collect()
    }
}

/// What a byte stands for in Windows-1252. The five bytes that it leaves open stand for the control
/// characters of the same number, as in Microsoft's table of best fits.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž',
        '\u{8F}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => FROM_80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ansi_text_is_utf_8_and_otherwise_windows_1252() {
        assert_eq!(u8::decode("имя é".as_bytes()).unwrap(), "имя é");
        assert_eq!(u8::decode(b"uni\xE9").unwrap(), "uni\u{E9}");
        assert_eq!(u8::decode(b"\x80\x99\x9F\xFF").unwrap(), "€™Ÿÿ");
        // A lead byte without its rest, between valid characters.
        assert_eq!(u8::decode(b"a\xD0b\xC3\xA9").unwrap(), "aÐbé");
    }

    #[test]
    fn wide_text_is_utf_16() {
        let crab: Vec<u16> = u16::encode("x\u{1F980}");
        assert_eq!(crab, [0x78, 0xD83E, 0xDD80]);
        assert_eq!(u16::decode(&crab).unwrap(), "x\u{1F980}");
        assert_eq!(u16::decode(&[0x78, 0xD83E]), Err(ERROR_INVALID_NAME));
        assert_eq!(u16::encode_with_zero("x"), [0x78, 0]);
    }
}
