//! What the command line makes of words and bytes: the columns of `--as`, sizes, text for a terminal,
//! and the line that a shell completes.

use crate::record::{Field, Record};
use crate::shell_words::{Line, Quote};
use crate::size;
use crate::text;

/// No record is longer than this and its alignment.
const MOST: usize = (1 << 20) + 8;

/// The input is a text, a zero, and the bytes of a record; and it is two texts.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let words = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let bytes = parts.next().unwrap_or_default();
    fields_have_places_and_values(&words, bytes);
    sizes_are_read_as_they_are_written(&words);
    nothing_acts_on_a_terminal(data);
    what_is_completed_means_it(&words, &String::from_utf8_lossy(bytes));
}

fn fields_have_places_and_values(words: &str, bytes: &[u8]) {
    let record = match Record::parse(words) {
        Ok(record) => record,
        Err(why) => return assert!(!why.is_empty()),
    };
    assert!(!record.fields.is_empty());
    assert!((1..=MOST).contains(&record.size), "{}", record.size);
    let is_plain = !words.contains('@');
    let is_packed = words.split(',').any(|item| item.trim() == "packed");
    let mut end = 0;
    for field in &record.fields {
        assert!(field.len() >= 1 && field.offset + field.len() <= record.size);
        assert!(
            !field.name.is_empty() && is_quiet(&field.name),
            "{:?}",
            field.name
        );
        assert!(field.width() <= 32);
        if is_plain {
            assert!(field.offset >= end, "they overlap");
            assert!(is_packed || field.offset.is_multiple_of(scalar_size(field)));
            end = field.offset + field.len();
        }
    }
    if is_packed && is_plain && !words.contains("pad") {
        assert_eq!(end, record.size, "there is no room between");
    }
    for field in &record.fields {
        if let Some(bytes) = field.bytes(bytes) {
            shows_what_is_there(field, bytes);
        }
    }
}

/// What a type says of the size of one value, by its digits.
fn scalar_size(field: &Field) -> usize {
    let scalar = field.words.split('[').next().unwrap_or_default();
    let digits: String = scalar.chars().filter(char::is_ascii_digit).collect();
    digits.parse().map_or(1, |bits: usize| bits / 8)
}

fn shows_what_is_there(field: &Field, bytes: &[u8]) {
    assert_eq!(bytes.len(), field.len());
    let shown = field.show(bytes);
    assert!(is_quiet(&shown), "{shown:?}");
    assert!(!shown.contains(['\n', '\t']), "it is one line: {shown:?}");
    let scalar = field.words.split('[').next().unwrap_or_default();
    let size = scalar_size(field);
    let is_big = match scalar {
        _ if scalar.ends_with("le") => false,
        _ if scalar.ends_with("be") => true,
        // The order of the list, which the field does not tell.
        _ if size > 1 => return,
        _ => false,
    };
    let values: Vec<&str> = shown.split(", ").collect();
    let kind = scalar.chars().next().unwrap_or_default();
    if !matches!(kind, 'u' | 'i' | 'f') {
        return;
    }
    assert_eq!(values.len(), bytes.len() / size);
    for (value, bytes) in values.into_iter().zip(bytes.chunks_exact(size)) {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes);
        if is_big {
            wide[..size].reverse();
        }
        let number = u64::from_le_bytes(wide);
        match (kind, size) {
            ('u', _) => assert_eq!(value.parse(), Ok(number)),
            ('i', 1) => assert_eq!(value.parse(), Ok(number as i8)),
            ('i', 2) => assert_eq!(value.parse(), Ok(number as i16)),
            ('i', 4) => assert_eq!(value.parse(), Ok(number as i32)),
            ('i', _) => assert_eq!(value.parse(), Ok(number as i64)),
            ('f', 4) => is_about(value, f32::from_bits(number as u32).into()),
            _ => is_about(value, f64::from_bits(number)),
        }
        if values_are_numbers(field) {
            let number = field.number(bytes);
            let is_finite = value.parse().is_ok_and(f64::is_finite);
            assert_eq!(number.is_some(), is_finite, "{value}");
        }
    }
}

fn values_are_numbers(field: &Field) -> bool {
    field.is_number() && field.len() == scalar_size(field)
}

/// Whether a number is written with the five digits behind the point that it may be cut to.
fn is_about(shown: &str, number: f64) {
    let read: f64 = shown.parse().expect("a number is written as one");
    let is_same = read == number || read.is_nan() && number.is_nan();
    let error = ((read - number) / number).abs();
    assert!(is_same || error < 1e-5, "{shown} for {number:e}");
}

fn sizes_are_read_as_they_are_written(text: &str) {
    let Ok(bytes) = size::parse(text) else {
        return;
    };
    assert_eq!(size::parse(&bytes.to_string()), Ok(bytes));
    assert_eq!(size::parse(&format!("{bytes:#x}")), Ok(bytes));
    let human = size::human(bytes as u64);
    let number = human.split(' ').next().unwrap_or_default();
    assert!(number.len() <= 6, "{human}");
}

fn nothing_acts_on_a_terminal(bytes: &[u8]) {
    let mut out = String::new();
    let left = text::push_for_terminal(&mut out, bytes);
    assert!(left < 4, "no character is longer");
    assert!(is_quiet(&out.replace(['\n', '\t'], "")), "{out:?}");
    // In two pieces it is the same, as far as it is whole.
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let mut pieces = String::new();
    let rest = text::push_for_terminal(&mut pieces, first);
    let second = [&first[first.len() - rest..], second].concat();
    assert_eq!(text::push_for_terminal(&mut pieces, &second), left);
    assert_eq!(pieces, out);
    if let Ok(whole) = std::str::from_utf8(bytes) {
        let escaped = text::escape(whole);
        assert!(is_quiet(&escaped), "{escaped:?}");
        assert_eq!(text::escape(&escaped), escaped, "once is enough");
    }
}

/// Whether nothing in a text moves the cursor or changes the order of what is seen.
fn is_quiet(text: &str) -> bool {
    let acts =
        |character: char| character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character);
    !text.chars().any(acts)
}

/// A line that somebody types, and a name that its last word becomes.
fn what_is_completed_means_it(typed: &str, name: &str) {
    const BREAKS: &str = " \t\n\"'@><=;|&(:";
    let line = Line::parse(typed, BREAKS);
    assert!(line.last.is_char_boundary(line.kept));
    let Some(completion) = line.completion(name) else {
        return;
    };
    // The shell keeps what is in front of the place where it completes: an own word here.
    let begin = match line.quote {
        Quote::None => "n ",
        Quote::Single => "n '",
        Quote::Double => "n \"",
    };
    let again = Line::parse(&format!("{begin}{completion}"), BREAKS);
    assert_eq!(again.words, ["n"]);
    assert_eq!(again.last, name[line.kept..]);
    assert_eq!(again.quote, line.quote);
}
