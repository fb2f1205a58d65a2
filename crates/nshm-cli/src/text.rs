//! Text of foreign origin, made safe to look at.
//!
//! Another user chooses the name of a section, the command line of a process and the bytes in
//! shared memory. On a terminal they must not move the cursor, recolour, reorder or hide anything.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts on a terminal, or on the text around it, instead of being seen.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Marks, embeddings, overrides and isolates of bidirectional text.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            // Separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // What has no width and no use in a name.
            | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text on one line, what acts written as `\u{1b}`. No name has a backslash before `u{`, so
/// in names this is unambiguous.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().any(acts) {
        let mut out = String::with_capacity(text.len() + 16);
        push_escaped(&mut out, text, |_| false);
        Cow::Owned(out)
    } else {
        Cow::Borrowed(text)
    }
}

/// Adds bytes to a text for a terminal: lines and tabs stay, what acts is escaped, and bytes that
/// are no UTF-8 become `\xff`. What may be the begin of a character that the next bytes complete
/// is left over, and its length is returned.
pub(crate) fn push_for_terminal(out: &mut String, bytes: &[u8]) -> usize {
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(text) => {
                push_escaped(out, text, is_layout);
                return 0;
            }
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                push_escaped(out, &String::from_utf8_lossy(good), is_layout);
                let Some(len) = error.error_len() else {
                    return bad.len();
                };
                push_bytes(out, &bad[..len]);
                rest = &bad[len..];
            }
        }
    }
}

/// Adds bytes as `\xff`.
pub(crate) fn push_bytes(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

fn is_layout(character: char) -> bool {
    matches!(character, '\n' | '\t')
}

fn push_escaped(out: &mut String, text: &str, keep: impl Fn(char) -> bool) {
    for character in text.chars() {
        if acts(character) && !keep(character) {
            let _ = write!(out, "{}", character.escape_unicode());
        } else {
            out.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_escaped_and_what_is_seen_stays() {
        for (text, expected) in [
            (r"Global\MyFileMappingObject", r"Global\MyFileMappingObject"),
            ("имя 名前 🦀 é", "имя 名前 🦀 é"),
            ("a\x1b[31mb", r"a\u{1b}[31mb"),
            ("a\nb\rc\td\x7f", r"a\u{a}b\u{d}c\u{9}d\u{7f}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("abc\u{202e}fdp.exe", r"abc\u{202e}fdp.exe"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        ] {
            assert_eq!(escape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn bytes_for_a_terminal() {
        let mut out = String::new();
        assert_eq!(
            push_for_terminal(&mut out, b"ok\n\t\x1b[2J\xff\xd0\x98\xe2\x82"),
            2
        );
        assert_eq!(out, "ok\n\t\\u{1b}[2J\\xffИ");
        // A character that was cut is whole when the rest comes with it.
        out.clear();
        assert_eq!(push_for_terminal(&mut out, b"\xe2\x82\xac"), 0);
        assert_eq!(out, "€");
    }
}
