//! Sizes, offsets and lengths as people write and read them.

use std::str::FromStr;

/// Reads `256`, `64K`, `1M`, `2GiB` (K, KiB and so on are powers of 1024, in either case) or
/// `0x1000`.
pub(crate) fn parse(text: &str) -> Result<usize, String> {
    let (digits, radix, unit) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => (digits, 16, 1),
        None => {
            let end = text
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(text.len());
            let (digits, unit) = text.split_at(end);
            (digits, 10, unit_of(unit)?)
        }
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(EXPECTED.into());
    }
    u64::from_str_radix(digits, radix)
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| "more bytes than an address space has".into())
}

/// The same for the size of a section, which is not zero.
pub(crate) fn parse_section(text: &str) -> Result<usize, String> {
    match parse(text)? {
        0 => Err("a section has at least one byte".into()),
        bytes => Ok(bytes),
    }
}

/// Reads a plain number, as of what is counted one by one.
pub(crate) fn parse_count<N: FromStr>(text: &str) -> Result<N, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("expected a plain number as in 0, 3 or 100".into());
    }
    text.parse().map_err(|_| "the number is too large".into())
}

const EXPECTED: &str = "expected bytes as in 256, 64K, 1M, 2GiB or 0x1000";

fn unit_of(unit: &str) -> Result<u64, String> {
    let unit = unit.to_ascii_lowercase();
    match unit.as_str() {
        "" | "b" => Ok(1),
        "k" | "kib" => Ok(1 << 10),
        "m" | "mib" => Ok(1 << 20),
        "g" | "gib" => Ok(1 << 30),
        "t" | "tib" => Ok(1 << 40),
        "kb" | "mb" | "gb" | "tb" => Err(format!(
            "{0}B means 1000s to some and 1024s to others; write {0} or {0}iB for 1024s",
            unit[..1].to_ascii_uppercase()
        )),
        _ => Err(EXPECTED.into()),
    }
}

/// `300 B`, `64 KiB`, `1.5 MiB`: exact where that is short, otherwise with one decimal.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut shift = 10;
    let mut unit = 0;
    while unit + 1 < UNITS.len() && bytes >> shift >= 1024 {
        shift += 10;
        unit += 1;
    }
    let whole = bytes >> shift;
    let rest = bytes & ((1 << shift) - 1);
    // Rounded down, so that 1023.99 KiB does not read as 1024.0 KiB.
    let tenth = (u128::from(rest) * 10) >> shift;
    if rest == 0 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenth} {}", UNITS[unit])
    }
}

/// `1 byte`, `27 bytes`.
pub(crate) fn count(bytes: usize) -> String {
    plural(bytes as u64, "byte")
}

/// `1 time`, `2 times`.
pub(crate) fn plural(number: u64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("256", 256),
            ("256B", 256),
            ("007", 7),
            ("64K", 64 << 10),
            ("64k", 64 << 10),
            ("64KiB", 64 << 10),
            ("1M", 1 << 20),
            ("1mib", 1 << 20),
            ("2GiB", 2 << 30),
            ("3T", 3 << 40),
            ("0x100", 256),
            ("0X1b", 27),
            ("18446744073709551615", usize::MAX),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in [
            "", "K", "-1", "+1", "1.5M", "1 M", " 1", "1X", "1Ki", "0x", "0x1G", "0x+1", "1_000",
            "٣", "1KB", "1kb", "2GB",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["18446744073709551616", "16777216T", "0x10000000000000000"] {
            assert!(parse(text).unwrap_err().contains("address space"), "{text}");
        }
        assert!(parse("1MB").unwrap_err().contains("write M or MiB"));
    }

    #[test]
    fn a_section_has_a_size() {
        assert_eq!(parse_section("1"), Ok(1));
        for text in ["0", "0K", "0x0"] {
            let why = parse_section(text).unwrap_err();
            assert_eq!(why, "a section has at least one byte");
        }
        assert!(parse_section("lots").is_err());
    }

    #[test]
    fn counts_are_plain_numbers() {
        assert_eq!(parse_count("0"), Ok(0_u32));
        assert_eq!(parse_count("4294967295"), Ok(u32::MAX));
        for text in ["", "-1", "+1", "1K", "0x10", "1.5", "lots"] {
            let why = parse_count::<u32>(text).unwrap_err();
            assert!(why.contains("plain number"), "{text}: {why}");
        }
        let why = parse_count::<u32>("4294967296").unwrap_err();
        assert_eq!(why, "the number is too large");
    }

    #[test]
    fn sizes_for_people() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (4096, "4 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1 MiB"),
            (3 << 30, "3 GiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(human(bytes), text);
        }
        assert_eq!(count(1), "1 byte");
        assert_eq!(count(0), "0 bytes");
    }
}
