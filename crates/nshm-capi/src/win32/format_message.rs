//! The little language of `FormatMessage`: inserts, escapes, line breaks and width.

use std::iter::Peekable;
use std::str::Chars;

use super::boundary::Text;
use super::text::Unit;
use super::winerror::*;

/// What becomes of inserts.
#[derive(Clone, Copy)]
pub(crate) enum Inserts<'a> {
    /// They stay in the text as they are.
    Ignored,
    /// They are replaced; this gives so many arguments.
    From(&'a dyn Fn(usize) -> Result<Vec<usize>>),
}

/// How lines are broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// As the message breaks them.
    AsItIs,
    /// At so many columns, and where the message says `%n`.
    Columns(usize),
    /// Only where the message says `%n`.
    Endless,
}

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Character(char),
    /// A line break of the source: it may go.
    Break,
    /// `%n`: it stays.
    HardBreak,
    /// `%1!format!`
    Insert(Insert),
}

#[derive(Debug, PartialEq, Eq)]
struct Insert {
    /// The number of its first argument, from 0.
    first: usize,
    format: Format,
}

/// What stands between the exclamation marks, as for `printf`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Format {
    left: bool,
    zeros: bool,
    alternative: bool,
    plus: bool,
    space: bool,
    width: Option<Count>,
    precision: Option<Count>,
    size: Size,
    kind: char,
}

/// A number, or the argument that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Is(usize),
    Argument,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Usual,
    /// `h`
    Short,
    /// `l`, `w`
    Long,
    /// `I64`, `ll`, `I`
    Wide,
}

/// The text that a message makes. Texts among its arguments are of `U` unless they say otherwise.
///
/// # Errors
/// 87 for a message that breaks the rules.
pub(crate) fn format<U: Unit>(message: &str, inserts: Inserts<'_>, width: Width) -> Result<String> {
    let parts = parse(message, matches!(inserts, Inserts::Ignored))?;
    let needed = parts.iter().map(Part::needs).max().unwrap_or(0);
    let arguments = match inserts {
        Inserts::From(take) if needed > 0 => take(needed)?,
        _ => Vec::new(),
    };
    let mut text = String::new();
    for part in &parts {
        match part {
            Part::Character(character) => text.push(*character),
            Part::Break if width == Width::AsItIs => text.push(HARD),
            Part::Break => text.push(' '),
            Part::HardBreak => text.push(HARD),
            Part::Insert(insert) => text.push_str(&insert.render::<U>(&arguments)?),
        }
    }
    let lines = text.split(HARD).flat_map(|line| match width {
        Width::Columns(columns) => wrap(line, columns),
        _ => vec![line.to_owned()],
    });
    Ok(lines.collect::<Vec<_>>().join("\r\n"))
}

/// Stands for a line break until the lines are final: a character that is none.
const HARD: char = '\u{FFFFE}';

/// Breaks a line at spaces, so that none is longer than this where it can be helped.
fn wrap(line: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split(' ') {
        let len = word.chars().count();
        match lines.last_mut() {
            Some(last) if used == 0 => {
                last.push_str(word);
                used = len;
            }
            Some(last) if used + 1 + len <= columns => {
                last.push(' ');
                last.push_str(word);
                used += 1 + len;
            }
            _ => {
                lines.push(word.to_owned());
                used = len;
            }
        }
    }
    lines
}

impl Part {
    /// How many arguments it takes that there are.
    fn needs(&self) -> usize {
        match self {
            Part::Insert(insert) => insert.first + insert.format.arguments(),
            _ => 0,
        }
    }
}

type Source<'a> = Peekable<Chars<'a>>;

fn parse(message: &str, inserts_stay: bool) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut source = message.chars().peekable();
    while let Some(character) = source.next() {
        match character {
            '\r' => {
                source.next_if_eq(&'\n');
                parts.push(Part::Break);
            }
            '\n' => parts.push(Part::Break),
            '%' => match source.next().ok_or(ERROR_INVALID_PARAMETER)? {
                '0' => break,
                'n' => parts.push(Part::HardBreak),
                'r' => parts.push(Part::Character('\r')),
                't' => parts.push(Part::Character('\t')),
                'b' => parts.push(Part::Character(' ')),
                digit @ '1'..='9' if inserts_stay => {
                    parts.extend(['%', digit].map(Part::Character));
                }
                digit @ '1'..='9' => parts.push(Part::Insert(parse_insert(digit, &mut source)?)),
                other => parts.push(Part::Character(other)),
            },
            other => parts.push(Part::Character(other)),
        }
    }
    Ok(parts)
}

/// `1`, `12`, `1!format!`
fn parse_insert(digit: char, source: &mut Source<'_>) -> Result<Insert> {
    let mut number = digit.to_digit(10).unwrap_or(0) as usize;
    if let Some(second) = source.next_if(char::is_ascii_digit) {
        number = number * 10 + second.to_digit(10).unwrap_or(0) as usize;
    }
    let format = match source.next_if_eq(&'!') {
        None => Format::text(),
        Some(_) => {
            let format = Format::parse(source)?;
            source.next_if_eq(&'!').ok_or(ERROR_INVALID_PARAMETER)?;
            format
        }
    };
    Ok(Insert {
        first: number - 1,
        format,
    })
}

impl Format {
    /// `s`
    fn text() -> Format {
        Format {
            left: false,
            zeros: false,
            alternative: false,
            plus: false,
            space: false,
            width: None,
            precision: None,
            size: Size::Usual,
            kind: 's',
        }
    }

    fn parse(source: &mut Source<'_>) -> Result<Format> {
        let mut format = Format::text();
        while let Some(flag) = source.next_if(|it| "-0#+ ".contains(*it)) {
            match flag {
                '-' => format.left = true,
                '0' => format.zeros = true,
                '#' => format.alternative = true,
                '+' => format.plus = true,
                _ => format.space = true,
            }
        }
        format.width = Count::parse(source)?;
        if source.next_if_eq(&'.').is_some() {
            format.precision = Some(Count::parse(source)?.unwrap_or(Count::Is(0)));
        }
        format.size = Size::parse(source);
        format.kind = source.next().ok_or(ERROR_INVALID_PARAMETER)?;
        if "sScCdiuxXop".contains(format.kind) {
            Ok(format)
        } else {
            Err(ERROR_INVALID_PARAMETER)
        }
    }

    /// How many arguments it takes.
    fn arguments(&self) -> usize {
        let counts = [self.width, self.precision];
        let said = counts.iter().filter(|it| **it == Some(Count::Argument));
        1 + said.count()
    }

    /// Puts it into a field: a sign or a prefix, and what follows.
    fn pad(&self, prefix: &str, body: &str, width: usize, zeros: bool) -> String {
        let len = prefix.chars().count() + body.chars().count();
        let missing = width.saturating_sub(len);
        if self.left {
            format!("{prefix}{body}{}", " ".repeat(missing))
        } else if zeros {
            format!("{prefix}{}{body}", "0".repeat(missing))
        } else {
            format!("{}{prefix}{body}", " ".repeat(missing))
        }
    }
}

impl Count {
    /// The most that a field may have: more would only fill memory.
    const MOST: usize = 0xFFFF;

    fn parse(source: &mut Source<'_>) -> Result<Option<Count>> {
        if source.next_if_eq(&'*').is_some() {
            return Ok(Some(Count::Argument));
        }
        let mut number = None;
        while let Some(digit) = source.next_if(char::is_ascii_digit) {
            let digit = digit.to_digit(10).unwrap_or(0) as usize;
            number = Some(number.unwrap_or(0) * 10 + digit);
            if number > Some(Count::MOST) {
                return Err(ERROR_INVALID_PARAMETER);
            }
        }
        Ok(number.map(Count::Is))
    }
}

impl Size {
    fn parse(source: &mut Source<'_>) -> Size {
        let mut size = Size::Usual;
        while let Some(letter) = source.next_if(|it| "hlwIL".contains(*it)) {
            size = match (letter, size) {
                ('h', _) => Size::Short,
                ('l', Size::Long) | ('I', _) => Size::Wide,
                _ => Size::Long,
            };
            if letter == 'I' {
                let bits: [Option<char>; 2] = [
                    source.next_if(|it| "36".contains(*it)),
                    source.next_if(|it| "24".contains(*it)),
                ];
                if bits == [Some('3'), Some('2')] {
                    size = Size::Usual;
                }
            }
        }
        size
    }
}

impl Insert {
    fn render<U: Unit>(&self, arguments: &[usize]) -> Result<String> {
        let mut rest = arguments.iter().skip(self.first).copied();
        let mut next = || rest.next().ok_or(ERROR_INVALID_PARAMETER);
        let mut count = |count: Option<Count>| -> Result<Option<usize>> {
            match count {
                None => Ok(None),
                Some(Count::Is(number)) => Ok(Some(number)),
                Some(Count::Argument) => Ok(Some(next()?.min(Count::MOST))),
            }
        };
        let format = &self.format;
        let width = count(format.width)?.unwrap_or(0);
        let precision = count(format.precision)?;
        let value = next()?;
        Ok(match format.kind {
            's' | 'S' => {
                let most = precision.unwrap_or(usize::MAX);
                let text = if self.is_wide::<U>() {
                    read::<u16>(value, most)
                } else {
                    read::<u8>(value, most)
                };
                format.pad("", &text?, width, false)
            }
            'c' | 'C' => {
                let [low, high, ..] = value.to_le_bytes();
                let text = if self.is_wide::<U>() {
                    u16::decode(&[u16::from_le_bytes([low, high])])
                } else {
                    u8::decode(&[low])
                };
                format.pad("", &text?, width, false)
            }
            'p' => format.pad("", &format!("{value:016X}"), width, false),
            'd' | 'i' => self.signed(value, width, precision),
            _ => self.unsigned(value, width, precision),
        })
    }

    /// Whether a text or character among the arguments is wide.
    fn is_wide<U: Unit>(&self) -> bool {
        let usual = size_of::<U>() > 1;
        match self.format.size {
            Size::Short => false,
            Size::Long | Size::Wide => true,
            Size::Usual => usual != self.format.kind.is_uppercase(),
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "that is what the size says"
    )]
    fn signed(&self, value: usize, width: usize, precision: Option<usize>) -> String {
        let number = match self.format.size {
            Size::Short => i64::from(value as i16),
            Size::Usual | Size::Long => i64::from(value as i32),
            Size::Wide => value as i64,
        };
        let sign = match (number < 0, self.format.plus, self.format.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        self.number(sign, &number.unsigned_abs().to_string(), width, precision)
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "that is what the size says"
    )]
    fn unsigned(&self, value: usize, width: usize, precision: Option<usize>) -> String {
        let number = match self.format.size {
            Size::Short => u64::from(value as u16),
            Size::Usual | Size::Long => u64::from(value as u32),
            Size::Wide => value as u64,
        };
        let marked = self.format.alternative && number != 0;
        let (prefix, digits) = match self.format.kind {
            'x' => ("0x", format!("{number:x}")),
            'X' => ("0X", format!("{number:X}")),
            'o' => ("0", format!("{number:o}")),
            _ => ("", number.to_string()),
        };
        self.number(if marked { prefix } else { "" }, &digits, width, precision)
    }

    fn number(&self, prefix: &str, digits: &str, width: usize, precision: Option<usize>) -> String {
        let missing = precision.unwrap_or(0).saturating_sub(digits.len());
        let body = format!("{}{digits}", "0".repeat(missing));
        let zeros = self.format.zeros && precision.is_none();
        self.format.pad(prefix, &body, width, zeros)
    }
}

/// A text among the arguments.
fn read<U: Unit>(address: usize, most: usize) -> Result<String> {
    match Text::<U>::at(address).at_most(most) {
        Some(units) => U::decode(&units),
        None => Ok("(null)".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(message: &str, arguments: &[usize]) -> Result<String> {
        let take = |count: usize| {
            let taken = arguments.get(..count).map(<[usize]>::to_vec);
            taken.ok_or(ERROR_INVALID_PARAMETER)
        };
        format::<u8>(message, Inserts::From(&take), Width::AsItIs)
    }

    fn plain(message: &str, width: Width) -> String {
        format::<u8>(message, Inserts::Ignored, width).unwrap()
    }

    fn address<T>(text: &[T]) -> usize {
        text.as_ptr().expose_provenance()
    }

    #[test]
    fn escapes_and_line_breaks() {
        assert_eq!(
            plain("50%% %1 %2!d!%n%t%r%b%.%!", Width::AsItIs),
            "50% %1 %2!d!\r\n\t\r .!"
        );
        assert_eq!(
            plain("a\nb\r\nc\rd%0 not this", Width::AsItIs),
            "a\r\nb\r\nc\r\nd"
        );
        assert_eq!(plain("a\r\nb%nc\r\n", Width::Endless), "a b\r\nc ");
        let ends_open = format::<u8>("100%", Inserts::Ignored, Width::AsItIs);
        assert_eq!(ends_open, Err(ERROR_INVALID_PARAMETER));
    }

    #[test]
    fn lines_are_broken_at_spaces() {
        let text = "one two three\nfour%nfive";
        assert_eq!(
            plain(text, Width::Columns(9)),
            "one two\r\nthree\r\nfour\r\nfive"
        );
        assert_eq!(
            plain("immeasurable x", Width::Columns(4)),
            "immeasurable\r\nx"
        );
    }

    #[test]
    fn inserts_are_rendered_as_printf_does() {
        let text = address(b"text\0");
        let wide = [0x77_u16, 0xE9, 0];
        let arguments = [text, 42, address(&wide), usize::MAX];
        let table = [
            ("%1 %2!d! %1", "text 42 text"),
            (
                "[%1!10s!] [%1!-6s!] [%1!.2s!]",
                "[      text] [text  ] [te]",
            ),
            ("%3!ls! %3!S! %3!ws!", "wé wé wé"),
            (
                "%2!5d!|%2!-5d!|%2!05d!|%2!.4d!|%2!+d!",
                "   42|42   |00042|0042|+42",
            ),
            ("%2!x! %2!X! %2!#x! %2!o! %2!c!", "2a 2A 0x2a 52 *"),
            (
                "%4!d! %4!u! %4!hu! %4!I64d! %4!I32u!",
                "-1 4294967295 65535 -1 4294967295",
            ),
            ("%4!I64u!", "18446744073709551615"),
            ("%2!p!", "000000000000002A"),
            ("%2!lu!", "42"),
        ];
        for (message, expected) in table {
            assert_eq!(
                with(message, &arguments).as_deref(),
                Ok(expected),
                "{message}"
            );
        }
        assert_eq!(with("%1!*.*s!", &[6, 2, text]).unwrap(), "    te");
        assert_eq!(with("%1", &[0]).unwrap(), "(null)");
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        for message in ["%2", "%1!f!", "%1!d", "%1!9999999d!", "%1!", "%99"] {
            assert_eq!(
                with(message, &[1]),
                Err(ERROR_INVALID_PARAMETER),
                "{message}"
            );
        }
    }
}
