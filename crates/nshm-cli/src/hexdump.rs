//! Lines of a hexdump, as `hexdump -C` gives them.

use std::fmt::Write as _;

/// How many bytes a line shows.
pub(crate) const WIDTH: usize = 16;

/// One line, with its end.
pub(crate) fn line(offset: usize, bytes: &[u8]) -> String {
    marked_line(offset, bytes, |_, text, line| line.push_str(text))
}

/// One line, with its end; `add` adds the text of each byte in its own way.
pub(crate) fn marked_line(
    offset: usize,
    bytes: &[u8],
    add: impl Fn(usize, &str, &mut String),
) -> String {
    let mut line = String::with_capacity(80);
    let mut text = String::with_capacity(4);
    let _ = write!(line, "{offset:08x} ");
    for place in 0..WIDTH {
        if place % 8 == 0 {
            line.push(' ');
        }
        match bytes.get(place) {
            Some(byte) => {
                text.clear();
                let _ = write!(text, "{byte:02x}");
                add(place, &text, &mut line);
                line.push(' ');
            }
            None => line.push_str("   "),
        }
    }
    line.push_str(" |");
    for (place, byte) in bytes.iter().enumerate() {
        text.clear();
        text.push(character(*byte));
        add(place, &text, &mut line);
    }
    line.push_str("|\n");
    line
}

/// A byte as a character, a dot where it is none of ASCII.
pub(crate) fn character(byte: u8) -> char {
    match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }
}
