//! What may differ from one run to the next: numbers, bytes, and the room that they take.

/// A line with each number, each unit and each byte of a hexdump replaced by one of its kind.
pub(crate) fn mask(line: &str) -> String {
    // The characters of a hexdump.
    let line = match line.trim_end().strip_suffix('|') {
        Some(line) => match line.split_once("  |") {
            Some((bytes, _)) => format!("{bytes} |.|"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    };
    let words: Vec<_> = line.split_whitespace().map(word).collect();
    // A name that is shorter than the one it stands for has room behind it.
    words.join(" ").replace(" ,", ",")
}

fn word(word: &str) -> String {
    let is_hex = |text: &str| {
        let has_length = matches!(text.len(), 2 | 8);
        has_length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if is_hex(word) {
        return "0".into();
    }
    let mut out = String::new();
    // The sign of a rate.
    let mut rest = word.trim_start_matches(['+', '-']);
    while let Some(first) = rest.chars().next() {
        if let Some(digits) = rest.strip_prefix("0x") {
            out.push('0');
            rest = digits.trim_start_matches(|it: char| it.is_ascii_hexdigit());
        } else if first.is_ascii_digit() {
            out.push('0');
            rest = rest.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    for unit in ["KiB", "MiB", "GiB"] {
        out = out.replace(unit, "B");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_bytes_do_not_count_and_words_do() {
        for (one, other) in [
            ("by you (4711), 2s ago", "by you (123), 31s ago"),
            (
                "tick   u32   0x0  232   +116/s",
                "tick  u32  0x10  1232.5   -7.25/s",
            ),
            (
                "00000000  e8 00 9e b9  |....Nord|",
                "00000010  01 ff aa b9  |A|..Nord|",
            ),
            ("292.9 KiB/s+", "31 MiB/s+"),
            ("by anna  , 2s ago", "by anna, 2s ago"),
        ] {
            assert_eq!(mask(one), mask(other));
        }
        for (one, other) in [
            ("by you (4711)", "by me (4711)"),
            ("holders 12 (car)", "holders 12 (dashboard)"),
            ("q quit", "q leave"),
        ] {
            assert_ne!(mask(one), mask(other));
        }
    }
}
